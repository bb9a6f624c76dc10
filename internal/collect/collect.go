// Package collect looks at sources for as long as it runs: it claims what is
// due by leases, fetches, takes the answers in and writes down every look, what
// came of it and, where it failed, why. Any number of processes may run it at
// once; one that dies costs its own leases alone.
package collect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Watch is a feed to be looked at, and how often.
type Watch struct {
	Adapter source.Adapter
	Feed    string
	Plan    cadence.Plan // of the shape Slate: one request shows the day
	Key     source.Secret
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
	Synthetic bool          // the sources are simulated
	Tick      time.Duration // real time between two looks for what is due
}

// Limits of a collector.
const (
	lease   = 2 * time.Minute // longer than any look: a lease that runs out is a worker that died
	atOnce  = 4
	quietly = time.Hour // how often a feed is thought of while no game asks for it
	slowest = 15 * time.Minute
)

// Collector collects.
type Collector struct {
	cfg     Config
	eastern *time.Location
	rand    sync.Mutex // guards cfg.Rand
}

// New makes a collector. Watches of an unknown feed wrap mlb.ErrInvalid.
func New(cfg Config) (*Collector, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return nil, fmt.Errorf("collect: %w", err)
	}
	for _, w := range cfg.Watches {
		if _, err := w.Adapter.Feed(w.Feed); err != nil {
			return nil, err
		}
		if err := w.Plan.Validate(); err != nil {
			return nil, fmt.Errorf("%s %s: %w", w.Adapter.Name, w.Feed, err)
		}
	}
	return &Collector{cfg: cfg, eastern: eastern}, nil
}

// Run collects until ctx ends. A look that fails is written down and tried
// again later; Run itself fails only where the database does not answer.
func (c *Collector) Run(ctx context.Context) error {
	tick := time.NewTicker(c.cfg.Tick)
	defer tick.Stop()
	for {
		if _, err := c.Step(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Step looks at everything that is due now and returns how many looks it made.
func (c *Collector) Step(ctx context.Context) (looks int, err error) {
	now := c.cfg.Now()
	if err := c.aim(ctx, now); err != nil {
		return 0, err
	}
	for {
		targets, err := c.cfg.DB.ClaimTargets(ctx, c.cfg.Worker, now, lease, atOnce)
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

// aim adds the targets of today, in the league's zone.
func (c *Collector) aim(ctx context.Context, now time.Time) error {
	day := mlb.DateOf(now.In(c.eastern))
	for _, w := range c.cfg.Watches {
		t := store.Target{Source: w.Adapter.Name, Feed: w.Feed, Date: day, NextAt: now, Why: "the day's first look"}
		if err := c.cfg.DB.AddTarget(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Collector) watch(t store.Target) (Watch, error) {
	for _, w := range c.cfg.Watches {
		if w.Adapter.Name == t.Source && w.Feed == t.Feed {
			return w, nil
		}
	}
	return Watch{}, fmt.Errorf("%w: %s %s is not watched by this process", mlb.ErrNotFound, t.Source, t.Feed)
}

// look makes one look and writes it down. A lease that was lost meanwhile is no
// error: another worker looks now.
func (c *Collector) look(ctx context.Context, t store.Target) error {
	run := store.Run{Worker: c.cfg.Worker, StartedAt: c.cfg.Now()}
	w, err := c.watch(t)
	if err == nil {
		err = c.take(ctx, w, &t, &run)
	}
	if interrupted := ctx.Err() != nil; interrupted { // the lease runs out and the look is made again
		return nil //nolint:nilerr // what an interruption broke off is no failure
	}
	run.FinishedAt = c.cfg.Now()
	c.judge(&t, &run, err)
	if err := c.plan(ctx, w, &t, run); err != nil {
		return err
	}
	if run.Cause != "" {
		c.cfg.Log.WarnContext(ctx, "look failed", "source", t.Source, "feed", t.Feed, "cause", run.Cause, "detail", run.Detail, "next", t.NextAt)
	}
	err = c.cfg.DB.FinishRun(ctx, t, run)
	if errors.Is(err, mlb.ErrConflict) {
		c.cfg.Log.WarnContext(ctx, "lease lost", "source", t.Source, "feed", t.Feed)
		return nil
	}
	return err
}

// take asks the source and takes its answers in.
func (c *Collector) take(ctx context.Context, w Watch, t *store.Target, run *store.Run) error {
	games, err := c.cfg.DB.GamesOn(ctx, t.Date)
	if err != nil {
		return err
	}
	run.GamesExpected = len(games)
	requests, err := w.Adapter.Requests(w.Feed, source.Ask{Date: t.Date, Key: w.Key})
	if err != nil {
		return err
	}
	for _, r := range requests {
		if len(requests) == 1 {
			r.Validators = source.Validators{ETag: t.ETag, LastModified: t.LastModified}
		}
		doc, err := c.cfg.Client.Fetch(ctx, r)
		if err != nil {
			return err
		}
		if err := c.takeDoc(ctx, w, t, run, doc); err != nil {
			return err
		}
	}
	return nil
}

// takeDoc takes one answer in. One that says what the answer before it said
// confirms it.
func (c *Collector) takeDoc(ctx context.Context, w Watch, t *store.Target, run *store.Run, doc source.Doc) error {
	run.Status, run.Bytes, run.Credits = doc.Status, run.Bytes+int64(len(doc.Body)), run.Credits+doc.Credits.Last
	sum := sha256.Sum256(doc.Body)
	if doc.NotModified || t.LastBody != nil && bytes.Equal(sum[:], t.LastBody) {
		run.Outcome = store.RunUnchanged
		games, err := c.cfg.DB.Confirm(ctx, t.Source, t.LastSuccess, doc.FetchedAt, &store.Fence{Target: t.ID, Token: t.Fence})
		run.GamesGot = games
		t.LastSuccess = doc.FetchedAt.Truncate(time.Microsecond)
		return err
	}
	feed, err := w.Adapter.Feed(w.Feed)
	if err != nil {
		return err
	}
	if err := c.ingest(ctx, feed, t, run, doc); err != nil {
		return err
	}
	if t.LastSuccess.IsZero() {
		if _, err := c.cfg.DB.NoteShape(ctx, t.Source, t.Feed, source.Shape(doc.Body), doc.FetchedAt); err != nil {
			return err
		}
	}
	t.ETag, t.LastModified, t.LastBody = doc.ETag, doc.LastModified, sum[:]
	t.LastSuccess = doc.FetchedAt.Truncate(time.Microsecond)
	t.LastChange = t.LastSuccess
	return nil
}

// ingest takes in all that the feed's answers bring.
func (c *Collector) ingest(ctx context.Context, feed source.Feed, t *store.Target, run *store.Run, doc source.Doc) error {
	name := fmt.Sprintf("%s %s of %s", t.Source, t.Feed, doc.FetchedAt.UTC().Format(time.RFC3339))
	opt := ingest.Options{Now: c.cfg.Now(), Wait: true, Fence: &store.Fence{Target: t.ID, Token: t.Fence}}
	if feed.Results != nil {
		f, err := feed.Results(doc)
		if err != nil {
			return err
		}
		f.Synthetic = c.cfg.Synthetic
		r, err := ingest.Results(ctx, c.cfg.DB, f, name, bytes.NewReader(doc.Body), opt)
		if err != nil {
			return err
		}
		tally(run, r)
	}
	if feed.Odds != nil {
		f, err := feed.Odds(doc)
		if err != nil {
			return err
		}
		f.Synthetic = c.cfg.Synthetic
		r, err := ingest.Odds(ctx, c.cfg.DB, f, name, bytes.NewReader(doc.Body), opt)
		if err != nil {
			return err
		}
		tally(run, r)
	}
	if feed.Splits != nil {
		f, err := feed.Splits(doc)
		if err != nil {
			return err
		}
		f.Synthetic = c.cfg.Synthetic
		r, err := ingest.Splits(ctx, c.cfg.DB, f, name, bytes.NewReader(doc.Body), doc.FetchedAt, opt)
		if err != nil {
			return err
		}
		tally(run, r)
	}
	return nil
}
