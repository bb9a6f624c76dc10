package collect

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Status is how one feed stands, judged against the games of the day: a quiet
// night is no outage. Of its targets the stalest counts.
type Status struct {
	Source, Feed string
	Targets      int       // that are still looked at
	Verified     time.Time // zero: it has never run against a live body
	LastSuccess  time.Time // the newest; zero: never
	NextAt       time.Time // the next look; zero: none
	Why          string    // of NextAt, in words
	Failing      int       // targets whose last look failed
	LastRun      store.Run // of a target that fails, else the newest
	Fresh        bool
	Allowed      time.Duration // the age that is allowed now
	Reason       string
	Books        []store.BookCoverage // of the newest look that brought prices
}

// Statuses are how the watched feeds stand.
func (c *Collector) Statuses(ctx context.Context) ([]Status, error) {
	today := c.today()
	targets, err := c.cfg.DB.TargetStatuses(ctx, mlb.DateOf(today.Time().AddDate(0, 0, -1)))
	if err != nil {
		return nil, err
	}
	books, err := c.cfg.DB.BookCoverages(ctx, today)
	if err != nil {
		return nil, err
	}
	var all []Status
	days := map[mlb.Date][]cadence.Game{}
	for _, t := range targets {
		w, err := c.watch(t.Target)
		if err != nil {
			continue // another process, with other settings, watches it
		}
		if n := len(all); n == 0 || all[n-1].Source != t.Source || all[n-1].Feed != t.Feed {
			all = append(all, Status{Source: t.Source, Feed: t.Feed, Verified: t.Verified, Fresh: true})
		}
		games, err := c.gamesOf(ctx, days, t.Target)
		if err != nil {
			return nil, err
		}
		all[len(all)-1].add(w, t, games, c.cfg.Now())
	}
	for i := range all {
		for _, b := range books {
			if b.Source == all[i].Source && b.Feed == all[i].Feed {
				all[i].Books = append(all[i].Books, b)
			}
		}
	}
	return all, c.impaired(ctx, all)
}

// impaired says of every feed that nothing can be written down, where the
// database takes no writes: no look can be.
func (c *Collector) impaired(ctx context.Context, all []Status) error {
	err := c.cfg.DB.Writable(ctx)
	if !errors.Is(err, store.ErrReadOnly) {
		return err
	}
	for i := range all {
		all[i].LastRun.Cause, all[i].LastRun.Detail = CauseDatabaseReadOnly, err.Error()
	}
	return nil
}

// gamesOf are the games that a target shows, of days that are read once.
func (c *Collector) gamesOf(ctx context.Context, days map[mlb.Date][]cadence.Game, t store.Target) ([]cadence.Game, error) {
	games, ok := days[t.Date]
	if !ok {
		all, err := c.cfg.DB.GamesOn(ctx, t.Date)
		if err != nil {
			return nil, err
		}
		if games, err = c.played(ctx, all); err != nil {
			return nil, err
		}
		days[t.Date] = games
	}
	if i := slices.IndexFunc(games, func(g cadence.Game) bool { return g.ID == t.Game }); t.Game != 0 {
		return games[max(i, 0) : i+1], nil
	}
	return games, nil
}

// add takes a target into the status of its feed.
func (s *Status) add(w Watch, t store.TargetStatus, games []cadence.Game, now time.Time) {
	s.LastSuccess = later(s.LastSuccess, t.LastSuccess)
	failing := t.Failures > 0 && !t.Done
	if failing && s.Failing == 0 || failing == (s.Failing > 0) && t.LastRun.ID > s.LastRun.ID {
		s.LastRun = t.LastRun
	}
	if failing {
		s.Failing++
	}
	if t.Done {
		return
	}
	s.Targets++
	if s.NextAt.IsZero() || t.NextAt.Before(s.NextAt) {
		s.NextAt, s.Why = t.NextAt, t.Why
	}
	fresh, allowed, reason := w.Plan.Fresh(t.LastSuccess, now, games)
	if waits := w.Paid != nil && t.Failures == 0 && !now.After(t.NextAt.Add(w.Plan.Grace)); waits && !fresh {
		fresh, reason = true, t.Why // the plan does not afford the whole cadence
	}
	if s.Reason == "" || s.Fresh && (!fresh || allowed < s.Allowed) {
		s.Fresh, s.Allowed, s.Reason = fresh, allowed, reason
	}
}
