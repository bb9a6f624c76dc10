package collect

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/store"
)

// longestRest is the longest pause between two tries of a database that does
// not answer.
const longestRest = 30 * time.Second

// Run collects until ctx ends, and only then ends. A look that fails is written
// down and tried again later; so is, after a pause that grows, what the
// database does not allow.
func (c *Collector) Run(ctx context.Context) error {
	begun := false
	for {
		err := c.turn(ctx, &begun)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to end
		}
		rest := c.cfg.Tick
		if err != nil {
			rest = c.rest()
			c.cfg.Log.ErrorContext(ctx, "cannot collect", "cause", causeName(err), "err", err, "again_in", rest)
		}
		t := time.NewTimer(rest)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

func (c *Collector) turn(ctx context.Context, begun *bool) error {
	if !*begun {
		if err := c.begin(ctx); err != nil {
			c.answered(err)
			return err
		}
		*begun = true
	}
	_, err := c.Step(ctx)
	return err
}

// rest is the pause after so many failures in a row.
func (c *Collector) rest() time.Duration {
	return min(longestRest, c.cfg.Tick<<min(c.Outage().Tries, 12))
}

// Step looks at everything that is due now and returns how many looks it made.
// An error is one of the database.
func (c *Collector) Step(ctx context.Context) (looks int, err error) {
	looks, err = c.step(ctx)
	if err != nil && ctx.Err() == nil {
		c.answered(err)
	}
	return looks, err
}

// Outage is a time in which this process could not collect at all.
type Outage struct {
	Cause, Detail string // "": none is
	Since         time.Time
	Tries         int // in vain
}

// outage is the present one, and one that is over and of which the ledger does
// not know yet.
type outage struct {
	mu   sync.Mutex
	now  Outage
	over *Outage
	end  time.Time
}

// Outage is what keeps this process from collecting. The ledger cannot tell:
// it is in the database that fails.
func (c *Collector) Outage() Outage {
	c.outage.mu.Lock()
	defer c.outage.mu.Unlock()
	return c.outage.now
}

// answered learns how the database has answered.
func (c *Collector) answered(err error) {
	o := &c.outage
	o.mu.Lock()
	defer o.mu.Unlock()
	switch now := c.cfg.Now(); {
	case err == nil && o.now.Cause != "":
		past := o.now
		o.now, o.over, o.end = Outage{}, &past, now
	case err != nil && !errors.Is(err, context.Canceled):
		if o.now.Cause == "" {
			o.now.Since = now
		}
		o.now.Cause, o.now.Detail = causeName(err), err.Error()
		o.now.Tries++
	}
}

// recall tells the ledger, with the first look after it, of an outage.
func (c *Collector) recall(run *store.Run) {
	o := &c.outage
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over == nil {
		return
	}
	note(run, Finding{o.over.Cause, fmt.Sprintf("from %s to %s, %d tries in vain: %s",
		o.over.Since.UTC().Format(time.RFC3339), o.end.UTC().Format(time.RFC3339), o.over.Tries, o.over.Detail)})
	o.over = nil
}

// finish writes a look down. One of a worker that has lost its lease is noted
// as such, and says nothing of the feed.
func (c *Collector) finish(ctx context.Context, t store.Target, run store.Run) error {
	err := c.cfg.DB.FinishRun(ctx, t, run)
	if !errors.Is(err, store.ErrLeaseLost) {
		c.metrics.made(t, run)
		return c.settle(ctx, t, err)
	}
	c.cfg.Log.WarnContext(ctx, "lease lost", "source", t.Source, "feed", t.Feed)
	run.Outcome, run.Cause, run.Detail = store.RunFailed, "", ""
	run.ObservedAt, run.Counts = time.Time{}, store.Counts{}
	note(&run, Finding{CauseLeaseLost, fmt.Sprintf("%s held it from %s", run.Worker, run.StartedAt.UTC().Format(time.RFC3339))})
	c.metrics.made(t, run)
	return c.cfg.DB.NoteRun(ctx, t, run)
}
