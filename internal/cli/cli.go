// Package cli is the command line: one file a command, tables for people,
// --json for machines, and the one place where errors become exit codes.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"charm.land/fang/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Exit codes: done, failed, misused, and the answer "no" of a command that was
// asked to say nothing.
const (
	exitDone   = 0
	exitFailed = 1
	exitMisuse = 2
	exitNo     = 3
)

// errUsage marks a command that was called wrongly.
var errUsage = errors.New("usage")

// errSilent fails a command that has nothing to say: its exit code is the
// answer.
var errSilent = errors.New("no")

// env is what every command works with.
type env struct {
	out, err io.Writer
	now      func() time.Time
	dataDir  string
	demo     bool // asked for with --demo
	json     bool
	rehearse string // the control of a simulated world, asked for with --rehearse
	// synthetic is what the opened database says of its data, whatever was
	// asked for: it marks every line.
	synthetic bool
	color     bool                 // out is a terminal that shows colours
	metrics   *prometheus.Registry // nil until it is asked for
}

// Main runs the command line and returns its exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second ctrl-C ends the program at once
	e := &env{out: stdout, err: stderr, now: time.Now, color: isTerminal(stdout) && os.Getenv("NO_COLOR") == ""}
	root := e.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := fang.Execute(ctx, root, fang.WithVersion(version), fang.WithErrorHandler(printError))
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errUsage), isUsage(err):
		return exitMisuse
	case errors.Is(err, errSilent):
		return exitNo
	default:
		return exitFailed
	}
}

// isTerminal tells whether a person watches w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func printError(w io.Writer, _ fang.Styles, err error) {
	if errors.Is(err, errSilent) {
		return
	}
	fmt.Fprintf(w, "mlb-betting: %s\n", strings.TrimSuffix(err.Error(), ": usage"))
	if errors.Is(err, errUsage) || isUsage(err) {
		fmt.Fprintln(w, "Run with --help to see how it is called.")
	}
}

// isUsage recognises cobra's own complaints, which have no type.
func isUsage(err error) bool {
	for _, s := range []string{"unknown command", "unknown flag", "unknown shorthand", "accepts ", "requires at least", "required flag", "invalid argument", "flag needs an argument"} {
		if strings.HasPrefix(err.Error(), s) {
			return true
		}
	}
	return false
}

func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "mlb-betting",
		Short: "MLB odds in, opportunities out, every claim a command that proves it",
		Long: "mlb-betting collects MLB odds, gives every price its game, book and age, pools independent\n" +
			"books into a fair price and says where a price is better than fair, and how sure that is.\n" +
			"Analysis only: it places no bets and holds no sportsbook credentials.",
		Example:       "mlb-betting up --demo\nmlb-betting import odds --format boltodds changes.csv.gz\nmlb-betting opportunities --date 2026-07-18 --all",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringVar(&e.dataDir, "data-dir", "", "data folder (MLB_DATA_DIR; the private database lives here)")
	root.PersistentFlags().BoolVar(&e.json, "json", false, "print JSON for machines")
	root.PersistentFlags().BoolVar(&e.demo, "demo", false, "work on the database of synthetic data")
	root.AddCommand(e.upCommand(), e.workerCommand(), e.importCommand(), e.collectCommand(), e.jobsCommand(), e.gamesCommand(), e.linesCommand(), e.opportunitiesCommand(), e.signalsCommand(), e.gradeCommand(),
		e.identityCommand(), e.simulateCommand(), e.worldCommand(), e.databaseCommand(), e.configCommand(), e.versionCommand())
	return root
}

// group is a command that only holds others.
func group(c *cobra.Command, under ...*cobra.Command) *cobra.Command {
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("unknown command %q for %q: %w", args[0], c.CommandPath(), errUsage)
		}
		return c.Help()
	}
	c.AddCommand(under...)
	return c
}

// open opens the platform's database and refuses a schema it does not know.
func (e *env) open(ctx context.Context) (*app.App, error) {
	a, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	if err = a.DB.CheckSchema(ctx, e.self()); err == nil {
		err = e.readZone(ctx, a)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// readZone learns whether the opened database holds synthetic data.
func (e *env) readZone(ctx context.Context, a *app.App) (err error) {
	e.synthetic, err = a.DB.Synthetic(ctx)
	return err
}

// self is how the program is called on the same database.
func (e *env) self() string {
	text := "mlb-betting"
	if e.dataDir != "" {
		text += " --data-dir '" + e.dataDir + "'"
	}
	if e.demo {
		text += " --demo"
	}
	return text
}

// openReady is open for commands that may make an empty private database
// ready by themselves.
func (e *env) openReady(ctx context.Context) (*app.App, error) {
	a, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	status, err := a.DB.MigrationStatus(ctx)
	if err == nil && status.Current == 0 && os.Getenv("DATABASE_URL") == "" {
		_, err = a.Setup(ctx, e.demo, e.now())
	} else if err == nil {
		err = a.DB.CheckSchema(ctx, e.self())
	}
	if err == nil {
		err = e.readZone(ctx, a)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (e *env) connect(ctx context.Context) (*app.App, error) {
	dir, _, err := e.folder()
	if err != nil {
		return nil, err
	}
	redis, _, err := redisURL()
	if err != nil {
		return nil, err
	}
	return app.Open(ctx, app.Options{DataDir: dir, DatabaseURL: os.Getenv("DATABASE_URL"), RedisURL: redis, Demo: e.demo, Log: e.log()})
}

// log writes to stderr at the level MLB_LOG names; warnings by default.
func (e *env) log() *slog.Logger {
	level := slog.LevelWarn
	if text := os.Getenv("MLB_LOG"); text != "" {
		if err := level.UnmarshalText([]byte(text)); err != nil {
			fmt.Fprintf(e.err, "mlb-betting: MLB_LOG=%q is no level: want debug, info, warn or error\n", text)
		}
	}
	return slog.New(slog.NewTextHandler(e.err, &slog.HandlerOptions{Level: level}))
}

func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// day reads a --date flag; empty is today in the league's zone or, where the
// data is synthetic, the newest day there is.
func (e *env) day(ctx context.Context, a *app.App, text string) (mlb.Date, error) {
	if text != "" {
		return parseDay(text)
	}
	if e.synthetic {
		if d, err := a.DB.NewestDay(ctx); err != nil || !d.IsZero() {
			return d, err
		}
	}
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return mlb.Date{}, err
	}
	return mlb.DateOf(e.now().In(eastern)), nil
}

// onDatabase opens the database for one piece of work.
func (e *env) onDatabase(ctx context.Context, f func(context.Context, *app.App) error) (err error) {
	a, err := e.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return f(ctx, a)
}

// onDay opens the database and does a command's work on the day that --date
// names.
func (e *env) onDay(ctx context.Context, date string, run func(context.Context, *app.App, mlb.Date) error) error {
	return e.onDatabase(ctx, func(ctx context.Context, a *app.App) error {
		day, err := e.day(ctx, a, date)
		if err != nil {
			return err
		}
		return run(ctx, a, day)
	})
}

func parseDay(text string) (mlb.Date, error) {
	d, err := mlb.ParseDate(text)
	if err != nil {
		return d, fmt.Errorf("--date: %w: %w", err, errUsage)
	}
	return d, nil
}
