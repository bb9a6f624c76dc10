package collect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Causes beside those of fetch.
const (
	causeBody         = "body"          // it cannot be read: the source has changed its shape, or sends something else
	causePartialSlate = "partial_slate" // fewer games than the schedule has
	causeDatabase     = "database"
	causeSettings     = "settings" // a key that is missing, a feed nobody watches here
)

// tally adds what became of an answer's rows to a run. Prices and splits of a
// game under way are set aside every time and no sign of anything.
func tally(run *store.Run, r ingest.Report) {
	run.GamesGot = max(run.GamesGot, r.Games)
	run.Counts.Stored += r.Stored
	run.Counts.Duplicate += r.Duplicate
	run.Counts.Quarantined += r.Quarantined
	most := int64(0)
	for why, n := range r.Reasons {
		if why != string(source.InPlay) && n > most {
			most = n
			run.Cause, run.Detail = why, fmt.Sprintf("%d of %d rows", n, r.Read)
		}
	}
}

// judge says what came of a look.
func (c *Collector) judge(t *store.Target, run *store.Run, err error) {
	if err != nil {
		t.Failures++
		run.Outcome, run.Cause, run.Detail = store.RunFailed, cause(err), err.Error()
		return
	}
	t.Failures = 0
	switch {
	case run.Cause != "":
		run.Outcome = store.RunPartial
	case run.Outcome == "" && run.Counts.Stored > 0:
		run.Outcome = store.RunStored
	case run.Outcome == "":
		run.Outcome = store.RunUnchanged
	}
	if run.Cause == "" && 2*run.GamesGot < run.GamesExpected && run.Outcome == store.RunStored {
		run.Outcome, run.Cause = store.RunPartial, causePartialSlate
		run.Detail = fmt.Sprintf("%d of %d games", run.GamesGot, run.GamesExpected)
	}
}

// cause names what is wrong, as the ledger and the metrics tell it.
func cause(err error) string {
	var asked *fetch.Error
	switch {
	case errors.As(err, &asked):
		return fetch.Name(err)
	case errors.Is(err, mlb.ErrUnavailable):
		return causeDatabase
	case errors.Is(err, mlb.ErrInvalid):
		return causeBody
	case errors.Is(err, mlb.ErrNotFound):
		return causeSettings
	default:
		return "other"
	}
}

// plan says when the target is due next, and why.
func (c *Collector) plan(ctx context.Context, w Watch, t *store.Target, run store.Run) error {
	if run.Outcome == store.RunFailed {
		wait := min(slowest, w.Plan.Min<<min(t.Failures, 10))
		t.NextAt, t.Why = run.FinishedAt.Add(wait), fmt.Sprintf("%d failures in a row: %s", t.Failures, run.Cause)
		return nil
	}
	games, err := c.games(ctx, t.Date)
	if err != nil {
		return err
	}
	c.rand.Lock()
	next, ok := w.Plan.Next(run.FinishedAt, run.StartedAt, games, c.cfg.Rand)
	c.rand.Unlock()
	t.NextAt, t.Why = run.FinishedAt.Add(quietly), "no game asks for it"
	if ok && next.At.Before(t.NextAt) {
		t.NextAt, t.Why = next.At, next.Why()
	}
	return nil
}

// games are a day's games as the cadence sees them.
func (c *Collector) games(ctx context.Context, day mlb.Date) ([]cadence.Game, error) {
	all, err := c.cfg.DB.GamesOn(ctx, day)
	if err != nil {
		return nil, err
	}
	ids := make([]mlb.GameID, len(all))
	for i, g := range all {
		ids[i] = g.ID
	}
	said, err := c.cfg.DB.Results(ctx, ids)
	if err != nil {
		return nil, err
	}
	var games []cadence.Game
	for _, g := range all {
		if g.Start.IsZero() {
			continue
		}
		x := cadence.Game{ID: g.ID, Start: g.Start, FirstPitch: g.FirstPitch, Status: mlb.Scheduled}
		for _, r := range said[g.ID] {
			x.Status = r.Status
		}
		games = append(games, x)
	}
	return games, nil
}

// Status is how one feed stands, judged against the games of the day: a quiet
// night is no outage.
type Status struct {
	store.FeedStatus
	Fresh   bool
	Allowed time.Duration // the age that is allowed now
	Reason  string
}

// Statuses are how the watched feeds stand.
func (c *Collector) Statuses(ctx context.Context) ([]Status, error) {
	now := c.cfg.Now()
	day := mlb.DateOf(now.In(c.eastern))
	all, err := c.cfg.DB.FeedStatuses(ctx, day)
	if err != nil {
		return nil, err
	}
	games, err := c.games(ctx, day)
	if err != nil {
		return nil, err
	}
	out := make([]Status, 0, len(all))
	for _, f := range all {
		s := Status{FeedStatus: f}
		for _, w := range c.cfg.Watches {
			if w.Adapter.Name == f.Source && w.Feed == f.Feed {
				s.Fresh, s.Allowed, s.Reason = w.Plan.Fresh(f.LastSuccess, now, games)
			}
		}
		out = append(out, s)
	}
	return out, nil
}
