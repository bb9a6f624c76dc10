package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"charm.land/bubbles/v2/progress"
	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
)

// oddsFormats are the layouts `import odds` reads.
var oddsFormats = map[string]func() (source.OddsFormat, error){
	"boltodds": boltodds.Format,
	"oddsapi":  oddsapi.Format,
}

func (e *env) importCommand() *cobra.Command {
	var format string
	var dryRun bool
	names := slices.Sorted(maps.Keys(oddsFormats))
	odds := &cobra.Command{
		Use: "odds FILE...", Short: "Take in files of odds", Args: cobra.MinimumNArgs(1),
		Long: "Takes in files of odds, plain or gzip. What a row cannot be read or identified by is set\n" +
			"aside with its reason; a file taken in before stores nothing; an interrupted import is\n" +
			"taken up where it stopped.",
		Example: "mlb-betting import odds --format boltodds changes.csv.gz",
		RunE: func(cmd *cobra.Command, files []string) (err error) {
			open, ok := oddsFormats[format]
			if !ok {
				return fmt.Errorf("--format %q: want one of %s: %w", format, strings.Join(names, ", "), errUsage)
			}
			f, err := open()
			if err != nil {
				return err
			}
			if e.demo {
				return fmt.Errorf("%w: a file of odds is real data and never goes to the demo database", mlb.ErrConflict)
			}
			a, err := e.openReady(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			for _, name := range files {
				if err := e.importFile(cmd.Context(), a, f, name, dryRun); err != nil {
					return err
				}
			}
			return nil
		},
	}
	odds.Flags().StringVar(&format, "format", "", "layout of the files: "+strings.Join(names, ", "))
	odds.Flags().BoolVar(&dryRun, "dry-run", false, "say what an import would do, and leave everything as it was")
	c := &cobra.Command{Use: "import", Short: "Take in files"}
	c.AddCommand(odds)
	return c
}

func (e *env) importFile(ctx context.Context, a *app.App, f source.OddsFormat, name string, dryRun bool) error {
	body, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	defer body.Close()
	bar := e.progressBar()
	r, err := ingest.Odds(ctx, a.DB, f, filepath.Base(name), body, ingest.Options{DryRun: dryRun, Now: e.now(), Progress: bar.show})
	bar.clear()
	if err != nil {
		return err
	}
	return e.printReport(r)
}

// bar shows on a terminal how far an import has come; elsewhere nothing.
type bar struct {
	out   io.Writer // nil: not a terminal
	model progress.Model
}

func (e *env) progressBar() bar {
	if !isTerminal(e.err) {
		return bar{}
	}
	return bar{out: e.err, model: progress.New(progress.WithWidth(40))}
}

func (b bar) show(done, all int64) {
	if b.out != nil && all > 0 {
		fmt.Fprintf(b.out, "\r%s %d of %d rows", b.model.ViewAs(float64(done)/float64(all)), done, all)
	}
}

func (b bar) clear() {
	if b.out != nil {
		fmt.Fprint(b.out, "\r\x1b[K")
	}
}

func (e *env) printReport(r ingest.Report) error {
	if e.json {
		return e.printJSON(r)
	}
	switch {
	case r.Known:
		fmt.Fprintf(e.out, "%s was taken in before: nothing new.\n", r.Document)
	case r.DryRun:
		fmt.Fprintf(e.out, "%s, dry run: nothing was changed. An import would find\n", r.Document)
	default:
		fmt.Fprintf(e.out, "%s, %d games\n", r.Document, r.Games)
	}
	fmt.Fprintf(e.out, "%d read = %d stored + %d duplicate + %d quarantined\n", r.Read, r.Stored, r.Duplicate, r.Quarantined)
	for _, why := range slices.Sorted(maps.Keys(r.Reasons)) {
		fmt.Fprintf(e.out, "  %-16s %d\n", why, r.Reasons[why])
	}
	return nil
}
