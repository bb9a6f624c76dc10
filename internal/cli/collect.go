package cli

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

func (e *env) collectCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "collect", Short: "Look at the sources that are turned on until interrupted", Args: cobra.NoArgs,
		Long: "Looks at every source that the operator has acknowledged, as often as the games ask for, takes\n" +
			"in what it shows and writes every look down. Any number of processes may collect at once: what\n" +
			"is due is claimed by leases. A source that was not acknowledged is never asked.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCollector(cmd, func(c *collect.Collector, db *store.DB) error {
				on, err := db.ActiveSources(cmd.Context())
				if err != nil {
					return err
				}
				if len(on) == 0 {
					return errNoSource
				}
				return c.Run(cmd.Context())
			})
		},
	}
	c.AddCommand(e.collectStatusCommand(), e.collectSourcesCommand(), e.acknowledgeCommand())
	return c
}

// withCollector opens the database and runs f with a collector on it.
func (e *env) withCollector(cmd *cobra.Command, f func(*collect.Collector, *store.DB) error) (err error) {
	if e.demo {
		return fmt.Errorf("%w: real sources never fill the demo database: leave out --demo", mlb.ErrConflict)
	}
	a, err := e.open(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	c, err := e.collector(a)
	if err != nil {
		return err
	}
	return f(c, a.DB)
}

func (e *env) collector(a *app.App) (*collect.Collector, error) {
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())) //nolint:gosec // spreads looks in time, keeps no secret
	return a.Collector(version, e.now, random, e.log())
}

// feedJSON is a feed as --json prints it.
type feedJSON struct {
	Source        string     `json:"source"`
	Feed          string     `json:"feed"`
	Verified      *time.Time `json:"verified_at"` // null: it has never run against a live body
	LastSuccess   *time.Time `json:"last_success_at"`
	NextAt        time.Time  `json:"next_at"`
	Fresh         bool       `json:"fresh"`
	Allowed       *float64   `json:"allowed_age_s"` // null: no game asks for it
	Reason        string     `json:"reason"`
	Failing       int        `json:"failing"`
	Outcome       string     `json:"last_outcome"`
	Cause         string     `json:"last_cause"`
	Detail        string     `json:"last_detail"`
	GamesExpected int        `json:"games_expected"`
	GamesGot      int        `json:"games_got"`
}

func (e *env) collectStatusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say how every feed stands: fresh or not, what failed last and why", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withCollector(cmd, func(c *collect.Collector, _ *store.DB) error {
				all, err := c.Statuses(cmd.Context())
				if err != nil {
					return err
				}
				return e.printFeeds(all)
			})
		},
	}
}

func (e *env) printFeeds(all []collect.Status) error {
	rows := make([]feedJSON, len(all))
	for i, s := range all {
		rows[i] = feedJSON{
			Source: s.Source, Feed: s.Feed, Verified: orNull(s.Verified), LastSuccess: orNull(s.LastSuccess), NextAt: s.NextAt,
			Fresh: s.Fresh, Reason: s.Reason, Failing: s.Failing, Outcome: s.LastRun.Outcome, Cause: s.LastRun.Cause,
			Detail: s.LastRun.Detail, GamesExpected: s.LastRun.GamesExpected, GamesGot: s.LastRun.GamesGot,
		}
		if s.Allowed > 0 && s.Allowed < 1000*time.Hour {
			seconds := s.Allowed.Seconds()
			rows[i].Allowed = &seconds
		}
	}
	if e.json {
		return e.printJSON(rows)
	}
	if len(rows) == 0 {
		e.line("Nothing was collected yet today: `%s collect` begins, `%s collect sources` says what may be asked.", e.self(), e.self())
		return nil
	}
	t := e.table("SOURCE", "FEED", "STATE", "LAST SUCCESS", "GAMES", "NEXT", "CAUSE")
	for _, r := range rows {
		t.row(r.Source, r.Feed, r.state(), e.ago(r.LastSuccess), fmt.Sprintf("%d of %d", r.GamesGot, r.GamesExpected),
			r.NextAt.Format("15:04:05 UTC"), r.Cause)
	}
	return t.print()
}

func (r feedJSON) state() string {
	switch {
	case r.Verified == nil:
		return "unverified"
	case !r.Fresh:
		return "stale: " + r.Reason
	case r.Failing > 0:
		return "failing"
	default:
		return "fresh"
	}
}

func (e *env) ago(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return market.Short(e.now().Sub(*t)) + " ago"
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
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			a, err := e.open(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			all, err := a.DB.Licences(cmd.Context())
			if err != nil {
				return err
			}
			return e.printLicences(all)
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
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			day, err := mlb.ParseDate(readOn)
			if err != nil {
				return fmt.Errorf("--read-on: the day you read its terms: %w: %w", err, errUsage)
			}
			a, err := e.open(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, a.Close()) }()
			if err := a.Acknowledge(cmd.Context(), args[0], day, e.now()); err != nil {
				return err
			}
			e.line("%s is on.", args[0])
			return nil
		},
	}
	c.Flags().StringVar(&readOn, "read-on", "", "the day you read the source's terms, YYYY-MM-DD")
	return c
}
