package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func (e *env) databaseCommand() *cobra.Command {
	c := &cobra.Command{Use: "database", Short: "Set up and look after the database"}
	c.AddCommand(
		&cobra.Command{Use: "setup-action-network", Short: "Make schema, partitions and the directory of teams and books", Args: cobra.NoArgs, RunE: e.setup},
		&cobra.Command{Use: "migrate", Short: "Bring the schema up to this program's version", Args: cobra.NoArgs, RunE: e.setup},
		&cobra.Command{Use: "status", Short: "Show schema version, partitions and directory", Args: cobra.NoArgs, RunE: e.databaseStatus},
	)
	return c
}

func (e *env) setup(cmd *cobra.Command, _ []string) (err error) {
	a, err := e.connect(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	s, err := a.Setup(cmd.Context(), e.demo, e.now())
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(s)
	}
	fmt.Fprintf(e.out, "%d migrations run, %d partitions made\n%d teams, %d brands, %d books, %d sources\n",
		s.Migrations, s.Partitions, s.Directory.Teams, s.Directory.Brands, s.Directory.Books, s.Directory.Sources)
	return nil
}

func (e *env) databaseStatus(cmd *cobra.Command, _ []string) (err error) {
	a, err := e.connect(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	s, err := a.DB.MigrationStatus(cmd.Context())
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(s)
	}
	fmt.Fprintf(e.out, "schema %d of %d\n", s.Current, s.Target)
	return nil
}
