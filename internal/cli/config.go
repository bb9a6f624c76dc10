package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

var errNoSource = errors.New("no source is set up")

func (e *env) configCommand() *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Show the settings in force"}
	show := &cobra.Command{
		Use: "show", Short: "Print every setting and where it comes from", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := e.folder()
			if err != nil {
				return err
			}
			database := "private cluster in the data folder"
			if os.Getenv("DATABASE_URL") != "" {
				database = "DATABASE_URL (not shown)"
			}
			if e.json {
				return e.printJSON(map[string]string{"data_dir": dir, "database": database, "log": os.Getenv("MLB_LOG")})
			}
			fmt.Fprintf(e.out, "data_dir  %s\ndatabase  %s\nlog       %s\n", dir, database, os.Getenv("MLB_LOG"))
			return nil
		},
	}
	c.AddCommand(show)
	return c
}
