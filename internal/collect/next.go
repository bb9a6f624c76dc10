package collect

import (
	"context"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// plan says when the target is due next, and why.
func (c *Collector) plan(ctx context.Context, w Watch, t *store.Target, run store.Run) error {
	if run.Outcome == store.RunFailed {
		wait := min(slowest, w.Plan.Min<<min(t.Failures, 10))
		t.NextAt, t.Why = run.FinishedAt.Add(wait), fmt.Sprintf("%d failures in a row: %s", t.Failures, run.Cause)
		if t.NextAt.After(t.Pin.Add(w.Plan.Tolerance)) {
			t.Pin = time.Time{}
		}
		t.Done = t.Done || c.past(t.Date, 2)
		return nil
	}
	all, err := c.games(ctx, *t)
	if err != nil {
		return err
	}
	games, err := c.played(ctx, all)
	if err != nil {
		return err
	}
	c.next(w, t, run.FinishedAt, run.StartedAt, games)
	return nil
}

// next gives the target the next look that the games ask for after the last
// one. The target of a day that is over, with nothing to come, is done.
func (c *Collector) next(w Watch, t *store.Target, now, last time.Time, games []cadence.Game) {
	c.rand.Lock()
	look, ok := w.Plan.Next(now, last, games, c.cfg.Rand)
	c.rand.Unlock()
	t.NextAt, t.Why, t.Pin = now.Add(c.quiet(w, t.Date)), "no game asks for it", time.Time{}
	if ok && look.At.Before(t.NextAt) {
		t.NextAt, t.Why = look.At, look.Why()
		if w.Paid != nil {
			t.Pin = quota.PurposeOf(look).Pin
		}
	}
	t.Done = t.Done || !ok && c.past(t.Date, w.corrected())
}

// quiet is how long to wait while no game asks for a look. The days beyond
// tomorrow change seldom.
func (c *Collector) quiet(w Watch, day mlb.Date) time.Duration {
	if c.past(day, -1) {
		return w.Quiet
	}
	return max(w.Quiet, farQuiet)
}

// corrected is for how many days a feed is still asked about a day that is
// over: results are corrected on the day after.
func (w Watch) corrected() int {
	if feed, err := w.Adapter.Feed(w.Feed); err == nil && feed.Results != nil && !feed.PerGame {
		return 2
	}
	return 1
}

// past tells that so many days, or more, have begun since the day; -1 that it
// is tomorrow or before.
func (c *Collector) past(day mlb.Date, days int) bool {
	return !c.today().Time().Before(day.Time().AddDate(0, 0, days))
}
