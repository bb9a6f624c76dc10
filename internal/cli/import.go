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
	"time"

	"charm.land/bubbles/v2/progress"
	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func (e *env) importCommand() *cobra.Command {
	return group(&cobra.Command{Use: "import", Short: "Take in files"},
		fileCommand(e, &cobra.Command{
			Use: "odds FILE...", Short: "Take in files of odds",
			Long: "Takes in files of odds, plain or gzip. What a row cannot be read or identified by is set\n" +
				"aside with its reason; a file taken in before stores nothing; an interrupted import is\n" +
				"taken up where it stopped. Season files and lists of games that tell results too have them\n" +
				"taken in as well.",
			Example: "mlb-betting import odds --format boltodds changes.csv.gz",
		}, oddsFormats, e.importOdds),
		fileCommand(e, &cobra.Command{
			Use: "results FILE...", Short: "Take in schedules and results",
			Long: "Takes in schedules and results. A game known from odds alone gets its gamePk, games that\n" +
				"were one are merged, and what is said of each game is stored; sources that disagree are\n" +
				"both kept, and `games` shows the dispute.",
			Example: "mlb-betting import results --format statsapi schedule.json",
		}, resultFormats, e.importResults),
		fileCommand(e, &cobra.Command{
			Use: "splits FILE...", Short: "Take in how the public bets",
			Long: "Takes in public betting splits: the shares of bets and money on each side, by provider. A\n" +
				"market without data makes no row; shares that do not sum to 1 are set aside.",
			Example: "mlb-betting import splits --format sbd body.json",
		}, splitFormats, e.importSplits),
	)
}

// fileImport is one file on its way in.
type fileImport struct {
	app    *app.App
	format string
	told   told
	file   *os.File
	opt    ingest.Options
}

// fileCommand completes a command that takes in files of one of the formats.
func fileCommand[F any](e *env, c *cobra.Command, formats map[string]F, take func(context.Context, fileImport) (ingest.Report, error)) *cobra.Command {
	var format, observedAt string
	var dryRun bool
	var t told
	names := strings.Join(slices.Sorted(maps.Keys(formats)), ", ")
	c.Args = cobra.MinimumNArgs(1)
	c.RunE = func(cmd *cobra.Command, files []string) (err error) {
		if _, ok := formats[format]; !ok {
			return fmt.Errorf("--format %q: want one of %s: %w", format, names, errUsage)
		}
		if observedAt != "" {
			if t.observedAt, err = time.Parse(time.RFC3339, observedAt); err != nil {
				return fmt.Errorf("--observed-at %q: want RFC 3339, such as 2026-07-02T03:32:00Z: %w", observedAt, errUsage)
			}
		}
		a, err := e.openReady(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, a.Close()) }()
		for _, name := range files {
			i := fileImport{app: a, format: format, told: t, opt: ingest.Options{DryRun: dryRun, Now: e.now()}}
			i.told.file = name
			// A file that cannot be read does not keep the next ones out.
			err = errors.Join(err, e.importFile(cmd.Context(), i, take))
			if cmd.Context().Err() != nil {
				break
			}
		}
		return err
	}
	c.Flags().StringVar(&format, "format", "", "layout of the files: "+names)
	c.Flags().BoolVar(&dryRun, "dry-run", false, "say what an import would do, and leave everything as it was")
	c.Flags().IntVar(&t.season, "season", 0, "year of a season file (the year in its name)")
	c.Flags().StringVar(&t.games, "games", "", "list of the games a change log refers to (games.csv beside it)")
	c.Flags().StringVar(&observedAt, "observed-at", "", "when a document that does not tell was seen, RFC 3339 (the time in its name)")
	return c
}

func (e *env) importFile(ctx context.Context, i fileImport, take func(context.Context, fileImport) (ingest.Report, error)) (err error) {
	if i.file, err = os.Open(i.told.file); err != nil {
		return fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	defer i.file.Close()
	r, err := take(ctx, i)
	if err != nil {
		return err
	}
	return e.printReport(r)
}

func (i fileImport) name() string { return filepath.Base(i.file.Name()) }

func (e *env) importOdds(ctx context.Context, i fileImport) (r ingest.Report, err error) {
	f, err := oddsFormats[i.format](i.told)
	if err != nil {
		return r, err
	}
	f.Synthetic = e.demo
	results, err := e.resultsWith(ctx, i)
	if err != nil {
		return r, err
	}
	bar := e.progressBar()
	defer bar.clear()
	i.opt.Progress = bar.show
	r, err = ingest.Odds(ctx, i.app.DB, f, i.name(), i.file, i.opt)
	r.Add(results)
	return r, err
}

// resultsWith takes in the results that come with odds. Those of a list of
// games are reported by themselves: it is another file.
func (e *env) resultsWith(ctx context.Context, i fileImport) (r ingest.Report, err error) {
	with, ok := withResults[i.format]
	if !ok {
		return r, nil
	}
	name := with(i.told)
	own := name == i.told.file
	if i.file, err = os.Open(name); err != nil {
		return r, fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	defer i.file.Close()
	r, err = e.importResults(ctx, i)
	switch {
	case err != nil, own:
		return r, err
	case r.Known: // with another file that refers to it
		return ingest.Report{}, nil
	default:
		return ingest.Report{}, e.printReport(r)
	}
}

func (e *env) importResults(ctx context.Context, i fileImport) (ingest.Report, error) {
	f, err := resultFormats[i.format](i.told)
	if err != nil {
		return ingest.Report{}, err
	}
	f.Synthetic = e.demo
	return ingest.Results(ctx, i.app.DB, f, i.name(), i.file, i.opt)
}

func (e *env) importSplits(ctx context.Context, i fileImport) (ingest.Report, error) {
	f, err := splitFormats[i.format](i.told)
	if err != nil {
		return ingest.Report{}, err
	}
	if f.NeedsTime && i.told.seen().IsZero() {
		return ingest.Report{}, fmt.Errorf("%w: %s does not tell when it was seen: --observed-at says when", mlb.ErrInvalid, i.name())
	}
	f.Synthetic = e.demo
	return ingest.Splits(ctx, i.app.DB, f, i.name(), i.file, i.told.seen(), i.opt)
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
