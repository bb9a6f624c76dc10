package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
)

// oddsFormats are the layouts `import odds` reads.
var oddsFormats = map[string]func() (source.OddsFormat, error){
	"boltodds": boltodds.Format,
}

func (e *env) importCommand() *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Take in files of odds"}
	var format string
	var dryRun bool
	odds := &cobra.Command{
		Use: "odds FILE...", Short: "Take in files of odds", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) (err error) {
			open, ok := oddsFormats[format]
			if !ok {
				return fmt.Errorf("--format %q: want one of %v: %w", format, slices.Sorted(maps.Keys(oddsFormats)), errUsage)
			}
			f, err := open()
			if err != nil {
				return err
			}
			a, err := e.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			for _, name := range files {
				body, err := os.Open(name) //nolint:gosec // the user's own file
				if err != nil {
					return fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
				}
				r, err := ingest.Odds(cmd.Context(), a.DB, f, filepath.Base(name), body, ingest.Options{DryRun: dryRun, Now: e.now()})
				body.Close()
				if err != nil {
					return err
				}
				if err := e.printReport(r); err != nil {
					return err
				}
			}
			return nil
		},
	}
	odds.Flags().StringVar(&format, "format", "", "layout of the files: boltodds")
	odds.Flags().BoolVar(&dryRun, "dry-run", false, "say what an import would do, and do nothing")
	c.AddCommand(odds)
	return c
}

func (e *env) printReport(r ingest.Report) error {
	if e.json {
		return e.printJSON(r)
	}
	if r.Known {
		fmt.Fprintf(e.out, "%s: taken in before; nothing new\n", r.Document)
	}
	fmt.Fprintf(e.out, "%d read = %d stored + %d duplicate + %d quarantined\n", r.Read, r.Stored, r.Duplicate, r.Quarantined)
	for _, why := range slices.Sorted(maps.Keys(r.Reasons)) {
		fmt.Fprintf(e.out, "  %-16s %d\n", why, r.Reasons[why])
	}
	return nil
}
