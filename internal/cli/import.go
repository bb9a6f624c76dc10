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
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
)

// oddsFormats are the layouts `import odds` reads.
var oddsFormats = map[string]func() (source.OddsFormat, error){
	"boltodds": boltodds.Format,
	"oddsapi":  oddsapi.Format,
}

// resultFormats are the layouts `import results` reads.
var resultFormats = map[string]func() source.ResultFormat{
	"statsapi": statsapi.Format,
}

func (e *env) importCommand() *cobra.Command {
	return group(&cobra.Command{Use: "import", Short: "Take in files"},
		fileCommand(e, &cobra.Command{
			Use: "odds FILE...", Short: "Take in files of odds",
			Long: "Takes in files of odds, plain or gzip. What a row cannot be read or identified by is set\n" +
				"aside with its reason; a file taken in before stores nothing; an interrupted import is\n" +
				"taken up where it stopped.",
			Example: "mlb-betting import odds --format boltodds changes.csv.gz",
		}, oddsFormats, e.importOdds),
		fileCommand(e, &cobra.Command{
			Use: "results FILE...", Short: "Take in schedules and results",
			Long: "Takes in schedules and results. A game known from odds alone gets its gamePk, games that\n" +
				"were one are merged, and what is said of each game is stored.",
			Example: "mlb-betting import results --format statsapi schedule.json",
		}, resultFormats, e.importResults),
	)
}

// fileCommand completes a command that takes in files of one of the formats.
func fileCommand[F any](e *env, c *cobra.Command, formats map[string]F,
	take func(ctx context.Context, a *app.App, format F, file *os.File, opt ingest.Options) (ingest.Report, error),
) *cobra.Command {
	var name string
	var dryRun bool
	names := strings.Join(slices.Sorted(maps.Keys(formats)), ", ")
	c.Args = cobra.MinimumNArgs(1)
	c.RunE = func(cmd *cobra.Command, files []string) (err error) {
		format, ok := formats[name]
		if !ok {
			return fmt.Errorf("--format %q: want one of %s: %w", name, names, errUsage)
		}
		if e.demo {
			return fmt.Errorf("%w: a file is real data and never goes to the demo database", mlb.ErrConflict)
		}
		a, err := e.openReady(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		for _, f := range files {
			err := e.importFile(f, dryRun, func(file *os.File, opt ingest.Options) (ingest.Report, error) {
				return take(cmd.Context(), a, format, file, opt)
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	c.Flags().StringVar(&name, "format", "", "layout of the files: "+names)
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what an import would do, and leave everything as it was")
	return c
}

func (e *env) importOdds(ctx context.Context, a *app.App, open func() (source.OddsFormat, error), file *os.File, opt ingest.Options) (ingest.Report, error) {
	f, err := open()
	if err != nil {
		return ingest.Report{}, err
	}
	bar := e.progressBar()
	defer bar.clear()
	opt.Progress = bar.show
	return ingest.Odds(ctx, a.DB, f, filepath.Base(file.Name()), file, opt)
}

func (e *env) importResults(ctx context.Context, a *app.App, open func() source.ResultFormat, file *os.File, opt ingest.Options) (ingest.Report, error) {
	return ingest.Results(ctx, a.DB, open(), filepath.Base(file.Name()), file, opt)
}

func (e *env) importFile(name string, dryRun bool, take func(*os.File, ingest.Options) (ingest.Report, error)) error {
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	defer file.Close()
	r, err := take(file, ingest.Options{DryRun: dryRun, Now: e.now()})
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
	if n := r.Named; n != nil {
		fmt.Fprintf(e.out, "games: %d added, %d named, %d updated, %d merged (%d prices gave way), %d waiting\n",
			n.Added, n.Named, n.Updated, n.Merged, n.Clashes, n.Waiting)
	}
	return nil
}
