package collect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Paid is a feed that is paid by the call: its plan, and the adapter of a call
// as broad as the plan affords.
type Paid struct {
	Plan    quota.Plan
	Adapter func(quota.Level) source.Adapter
}

// refusal is the governor's: no call is made now.
type refusal struct{ why string }

// Error is the reason.
func (r *refusal) Error() string { return r.why }

// takePaid asks a paid feed where its plan affords it. The client makes one
// attempt a call: each is paid.
func (c *Collector) takePaid(ctx context.Context, w Watch, t *store.Target, run *store.Run, games []cadence.Game, ask source.Ask) error {
	id := fmt.Sprintf("%s %d %d", c.cfg.Worker, t.ID, t.Fence)
	requests, err := c.pay(ctx, w, id, ask, purposeOf(t))
	if err != nil {
		return err
	}
	var docs []source.Doc
	var told source.Credits
	for _, r := range requests {
		var doc source.Doc
		if doc, err = c.cfg.Client.Fetch(ctx, r); err != nil {
			break
		}
		docs, told = append(docs, doc), doc.Credits
	}
	// What was paid is noted whatever became of the call, an interruption included.
	noted := c.govern(context.WithoutCancel(ctx), w, func(g *quota.Governor) { settlePaid(g, c.cfg.Now(), id, err, told) })
	if err := errors.Join(err, noted); err != nil {
		return err
	}
	for _, doc := range docs {
		if err := c.takeDoc(ctx, w, t, run, games, doc); err != nil {
			return err
		}
	}
	return nil
}

// settlePaid notes how a call ended.
func settlePaid(g *quota.Governor, now time.Time, id string, err error, told source.Credits) {
	var header *quota.Header
	if told.Known {
		header = &quota.Header{Used: told.Used, Remaining: told.Remaining}
	}
	switch {
	case errors.Is(err, fetch.ErrNoCredit):
		g.Refused(now, id, quota.ErrNoCredit)
	case errors.Is(err, fetch.ErrUnauthorised):
		g.Refused(now, id, quota.ErrKey)
	default:
		g.End(now, id, err == nil, header)
	}
}

// purposeOf is what a look at a target is for.
func purposeOf(t *store.Target) quota.Purpose {
	if t.Pin.IsZero() {
		return quota.Purpose{Kind: quota.Regular}
	}
	return quota.Purpose{Kind: quota.Closing, Pin: t.Pin}
}

// pay asks the governor for the requests that a look makes, and notes them as
// begun. The error is a *refusal where the plan does not afford them now.
func (c *Collector) pay(ctx context.Context, w Watch, id string, ask source.Ask, purpose quota.Purpose) (requests []source.Request, err error) {
	now := c.cfg.Now()
	var asked error
	err = c.govern(ctx, w, func(g *quota.Governor) {
		if requests, asked = w.Paid.Adapter(g.Level()).Requests(w.Feed, ask); asked != nil {
			return
		}
		cost := 0
		for i := range requests {
			requests[i].Base = w.Adapter.Base
			cost += requests[i].Credits
		}
		if ok, why := g.May(now, cost, purpose); !ok {
			asked = &refusal{why}
			return
		}
		g.Begin(now, id, cost, purpose)
	})
	return requests, errors.Join(err, asked)
}

// govern lets f decide with the plan's state, alone among all processes.
func (c *Collector) govern(ctx context.Context, w Watch, f func(*quota.Governor)) error {
	now := c.cfg.Now()
	games, through, err := c.month(ctx)
	if err != nil {
		return err
	}
	return c.cfg.DB.GovernQuota(ctx, w.Adapter.Name, now, func(state []byte) ([]byte, error) {
		g, err := governor(w, state)
		if err != nil {
			return nil, err
		}
		g.Schedule(now, through, games)
		f(g)
		return json.Marshal(g.State())
	})
}

func governor(w Watch, state []byte) (*quota.Governor, error) {
	var s quota.State
	if state != nil {
		if err := json.Unmarshal(state, &s); err != nil {
			return nil, fmt.Errorf("%w: what is kept of the plan of %s cannot be read: %w", mlb.ErrInvalid, w.Adapter.Name, err)
		}
	}
	return quota.New(w.Paid.Plan, s)
}

func (c *Collector) renewKey(ctx context.Context, w Watch) error {
	return c.govern(ctx, w, (*quota.Governor).NewKey)
}

// How far a month of games is looked for.
const (
	monthBack  = 1
	monthAhead = 32
	dawn       = 10 * time.Hour // UTC, when a day's games are over everywhere
)

// month are the games from yesterday on, as far as they are listed, and the end
// of the last day that is.
func (c *Collector) month(ctx context.Context) (games []cadence.Game, through time.Time, err error) {
	today := c.today().Time()
	all, err := c.cfg.DB.GamesBetween(ctx, mlb.DateOf(today.AddDate(0, 0, -monthBack)), mlb.DateOf(today.AddDate(0, 0, monthAhead)))
	if err != nil || len(all) == 0 {
		return nil, time.Time{}, err
	}
	games, err = c.played(ctx, all)
	return games, all[len(all)-1].Date.Time().Add(24*time.Hour + dawn), err
}

// postpone gives a look back that the plan does not afford now, to be asked for
// when the cadence wants the next one.
func (c *Collector) postpone(ctx context.Context, w Watch, t *store.Target, games []cadence.Game, why *refusal) error {
	now := c.cfg.Now()
	c.next(w, t, now, now, games)
	t.Why = "not affordable: " + why.why
	c.metrics.unaffordable(*t)
	return c.cfg.DB.PostponeTarget(ctx, *t, now)
}

// Plan is how the plan of a paid source stands.
type Plan struct {
	Source   string
	Estimate quota.Estimate
	Forecast quota.Forecast
	Refused  error // why no call can succeed; nil while calls can
}

// Plans price the rest of the month of every paid feed, before its first call
// too.
func (c *Collector) Plans(ctx context.Context) (all []Plan, err error) {
	for _, w := range c.cfg.Watches {
		if w.Paid == nil || !w.Key.IsSet() {
			continue
		}
		state, err := c.cfg.DB.QuotaState(ctx, w.Adapter.Name)
		if err != nil {
			return nil, err
		}
		g, err := governor(w, state)
		if err != nil {
			return nil, err
		}
		games, through, err := c.month(ctx)
		if err != nil {
			return nil, err
		}
		now := c.cfg.Now()
		g.Schedule(now, through, games)
		all = append(all, Plan{w.Adapter.Name, g.Estimate(now), g.Forecast(now), g.Err()})
	}
	return all, nil
}
