package cli

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

func (e *env) collectCommand() *cobra.Command {
	var address string
	c := &cobra.Command{
		Use: "collect", Short: "Look at the sources that are turned on until interrupted", Args: cobra.NoArgs,
		Long: "Looks at every source that the operator has acknowledged, as often as the games ask for, takes\n" +
			"in what it shows and writes every look down. Any number of processes may collect at once: what\n" +
			"is due is claimed by leases. A source that was not acknowledged is never asked. One that needs a\n" +
			"key is asked where there is one: ODDS_API_KEY, or the file that ODDS_API_KEY_FILE names.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCollector(cmd, func(c *collect.Collector, a *app.App) error {
				on, err := a.DB.ActiveSources(cmd.Context())
				if err != nil {
					return err
				}
				if len(on) == 0 {
					return errNoSource
				}
				return e.linked(cmd.Context(), a, func(ctx context.Context, _ *app.Link) error { return e.serving(ctx, address, c.Run) })
			})
		},
	}
	c.Flags().StringVar(&address, "metrics", "", "serve metrics for Prometheus at this address, such as 127.0.0.1:9464")
	c.PersistentFlags().StringVar(&e.rehearse, "rehearse", "", "ask the world at this control instead (`URL`), on its clock and into synthetic data")
	c.AddCommand(e.collectStatusCommand(), e.gapsCommand(), e.reparseCommand(), e.backfillCommand(), e.collectSourcesCommand(), e.acknowledgeCommand())
	return c
}

// withCollector opens the database and runs f with a collector on it.
func (e *env) withCollector(cmd *cobra.Command, f func(*collect.Collector, *app.App) error) error {
	if e.rehearse != "" {
		return e.withRehearsal(cmd.Context(), f)
	}
	if e.demo {
		return fmt.Errorf("%w: real sources never fill the demo database: leave out --demo, or rehearse with --rehearse", mlb.ErrConflict)
	}
	return e.onDatabase(cmd.Context(), func(_ context.Context, a *app.App) error {
		c, err := e.collector(a)
		if err != nil {
			return err
		}
		return f(c, a)
	})
}

// withRehearsal runs f with a collector that asks a simulated world, on that
// world's clock.
func (e *env) withRehearsal(ctx context.Context, f func(*collect.Collector, *app.App) error) (err error) {
	r, err := app.Rehearse(ctx, e.rehearse, e.now)
	if err != nil {
		return err
	}
	a, err := e.openReady(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := r.Prepare(ctx, a); err != nil {
		return err
	}
	e.now, e.synthetic = r.Now, true
	opt, err := e.collectOptions()
	if err != nil {
		return err
	}
	opt.Rehearsal = r
	c, err := a.Collector(opt)
	if err != nil {
		return err
	}
	return f(c, a)
}

func (e *env) collector(a *app.App) (*collect.Collector, error) {
	opt, err := e.collectOptions()
	if err != nil {
		return nil, err
	}
	return a.Collector(opt)
}

// collectOptions are the operator's settings of how sources are asked.
func (e *env) collectOptions() (opt app.CollectOptions, err error) {
	dir, _, err := e.folder()
	if err != nil {
		return opt, err
	}
	set, err := readConfig(filepath.Join(dir, configFile))
	if err != nil {
		return opt, err
	}
	keys, err := readKeys()
	if err != nil {
		return opt, err
	}
	opt = app.CollectOptions{
		Version: version, Now: e.now, Log: e.log(), Metrics: e.registry(), Sources: set.Sources, Keys: map[string]source.Secret{},
		Random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), //nolint:gosec // spreads looks in time, keeps no secret
	}
	for _, k := range keys {
		opt.Keys[k.source] = k.secret
	}
	return opt, nil
}

// licenceJSON is an entry of the register as --json prints it.
type licenceJSON struct {
	Source         string     `json:"source"`
	Title          string     `json:"title"`
	Official       bool       `json:"official"`
	TermsURL       string     `json:"terms_url"`
	Permitted      string     `json:"permitted"`
	Rate           string     `json:"rate"`
	Retention      string     `json:"retention"`
	NeedsKey       bool       `json:"needs_key"`
	ReadOn         *mlb.Date  `json:"read_on"`
	AcknowledgedAt *time.Time `json:"acknowledged_at"`
}

func (e *env) collectSourcesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "sources", Short: "Show the licence register: terms, rates, and what was acknowledged", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				all, err := a.DB.Licences(ctx)
				if err != nil {
					return err
				}
				return e.printLicences(all)
			})
		},
	}
}

func (e *env) printLicences(all []store.Licence) error {
	if e.json {
		rows := make([]licenceJSON, len(all))
		for i, l := range all {
			rows[i] = licenceJSON{
				l.Source, l.Title, l.Official, l.TermsURL, l.Permitted, l.Rate, l.Retention, l.NeedsKey, nil, orNull(l.AcknowledgedAt),
			}
			if !l.ReadOn.IsZero() {
				rows[i].ReadOn = &l.ReadOn
			}
		}
		return e.printJSON(rows)
	}
	t := e.table("SOURCE", "OFFICIAL", "STATE", "READ ON", "KEY", "RATE", "TERMS")
	for _, l := range all {
		state, read := "off", "unread"
		if !l.AcknowledgedAt.IsZero() {
			state = "on"
		}
		if !l.ReadOn.IsZero() {
			read = l.ReadOn.String()
		}
		t.row(l.Source, strconv.FormatBool(l.Official), state, read, strconv.FormatBool(l.NeedsKey), l.Rate, l.TermsURL)
	}
	if err := t.print(); err != nil {
		return err
	}
	e.line("`%s collect acknowledge SOURCE --read-on DATE` turns a source on once you have read its terms.", e.self())
	return nil
}

func (e *env) acknowledgeCommand() *cobra.Command {
	var readOn string
	c := &cobra.Command{
		Use: "acknowledge SOURCE", Short: "Turn a source on: you have read its terms", Args: cobra.ExactArgs(1),
		Example: "mlb-betting collect acknowledge statsapi --read-on 2026-03-01",
		RunE: func(cmd *cobra.Command, args []string) error {
			day, err := mlb.ParseDate(readOn)
			if err != nil {
				return fmt.Errorf("--read-on: the day you read its terms: %w: %w", err, errUsage)
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				if err := a.Acknowledge(ctx, args[0], day, e.now()); err != nil {
					return err
				}
				e.line("%s is on.", args[0])
				return nil
			})
		},
	}
	c.Flags().StringVar(&readOn, "read-on", "", "the day you read the source's terms, YYYY-MM-DD")
	return c
}
