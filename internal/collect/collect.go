// Package collect looks at sources for as long as it runs: it claims what is
// due by leases, fetches, takes the answers in and writes down every look, what
// came of it and, where it failed, why. Any number of processes may run it at
// once; one that dies costs its own leases alone.
package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Watch is a feed to be looked at, and how often. A feed that is asked game by
// game has a plan of the shape PerGame, one that shows the day of the shape
// Slate.
type Watch struct {
	Adapter source.Adapter
	Feed    string
	Plan    cadence.Plan
	Key     source.Secret
	Ahead   int           // days after today that are looked at too; for feeds that are asked for a day
	Quiet   time.Duration // between two looks while no game asks for one; default an hour
	Paid    *Paid         // nil: it costs nothing
}

// Config is what a collector is made of.
type Config struct {
	DB        *store.DB
	Client    *fetch.Client
	Watches   []Watch
	Worker    string // names this process in leases and the ledger
	Now       func() time.Time
	Rand      *rand.Rand
	Log       *slog.Logger
	Metrics   prometheus.Registerer // nil: none
	Synthetic bool                  // the sources are simulated
	Tick      time.Duration         // real time between two looks for what is due
	Lease     time.Duration         // by Now; 0: DefaultLease
}

// DefaultLease is longer than any look: a lease that runs out is a worker that
// died.
const DefaultLease = 2 * time.Minute

// Limits of a collector.
const (
	atOnce   = 4
	slowest  = 15 * time.Minute // between two tries of a feed that fails
	aimEvery = time.Minute      // how often new targets are thought of
	farQuiet = 12 * time.Hour   // between two looks at a day beyond tomorrow
)

// Collector collects.
type Collector struct {
	cfg     Config
	eastern *time.Location
	rand    sync.Mutex // guards cfg.Rand
	feeds   []string   // "source feed" of each watch
	metrics metrics
	good    sync.Map // "source feed": the last body in which nothing was wrong
	outage  outage
	aimed   time.Time // when targets were last added
}

// New makes a collector. Watches of an unknown feed, or with a plan that is none
// or of another shape than the feed's, wrap mlb.ErrInvalid.
func New(cfg Config) (*Collector, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return nil, fmt.Errorf("collect: %w", err)
	}
	cfg.Lease = cmp.Or(cfg.Lease, DefaultLease)
	c := &Collector{cfg: cfg, eastern: eastern}
	for i := range cfg.Watches {
		w := &cfg.Watches[i]
		if err := w.settle(); err != nil {
			return nil, err
		}
		c.feeds = append(c.feeds, w.Adapter.Name+" "+w.Feed)
	}
	c.metrics, err = newMetrics(cfg.Metrics, c)
	return c, err
}

// Check names what makes a watch impossible. The error wraps mlb.ErrInvalid.
func (w Watch) Check() error { return w.settle() }

// settle gives a watch its defaults and checks it.
func (w *Watch) settle() error {
	feed, err := w.Adapter.Feed(w.Feed)
	if err != nil {
		return err
	}
	if w.Quiet == 0 {
		w.Quiet = time.Hour
	}
	if w.Paid != nil {
		if err := w.Paid.Plan.Validate(); err != nil {
			return fmt.Errorf("%s %s: %w", w.Adapter.Name, w.Feed, err)
		}
		w.Plan = w.Paid.Plan.Cadence
	}
	if feed.PerGame != (w.Plan.Shape == cadence.PerGame) {
		return fmt.Errorf("%w: %s %s: the plan's shape is not the feed's", mlb.ErrInvalid, w.Adapter.Name, w.Feed)
	}
	if err := w.Plan.Validate(); err != nil {
		return fmt.Errorf("%s %s: %w", w.Adapter.Name, w.Feed, err)
	}
	return nil
}

// begin forgets that a key was refused: the operator may have set another.
func (c *Collector) begin(ctx context.Context) error {
	for _, w := range c.cfg.Watches {
		if w.Paid == nil || !w.Key.IsSet() {
			continue
		}
		if err := c.renewKey(ctx, w); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

func (c *Collector) step(ctx context.Context) (looks int, err error) {
	claim := store.Claim{Worker: c.cfg.Worker, Feeds: c.feeds, Now: c.cfg.Now(), Lease: c.cfg.Lease, Most: atOnce}
	if err := c.aim(ctx, claim.Now); err != nil {
		return 0, err
	}
	for {
		targets, err := c.cfg.DB.ClaimTargets(ctx, claim)
		if err == nil {
			c.answered(nil)
		}
		if err != nil || len(targets) == 0 {
			return looks, err
		}
		errs := make([]error, len(targets))
		var all sync.WaitGroup
		for i, t := range targets {
			all.Go(func() { errs[i] = c.look(ctx, t) })
		}
		all.Wait()
		looks += len(targets)
		if err := errors.Join(errs...); err != nil {
			return looks, err
		}
	}
}

func (c *Collector) watch(t store.Target) (Watch, error) {
	for _, w := range c.cfg.Watches {
		if w.Adapter.Name == t.Source && w.Feed == t.Feed {
			return w, nil
		}
	}
	return Watch{}, fmt.Errorf("%w: %s %s is not watched by this process", mlb.ErrNotFound, t.Source, t.Feed)
}

// today is the day in the league's zone.
func (c *Collector) today() mlb.Date { return mlb.DateOf(c.cfg.Now().In(c.eastern)) }
