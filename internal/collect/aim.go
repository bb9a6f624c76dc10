package collect

import (
	"context"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// aim adds the targets of today and of the days ahead, in the league's zone:
// one a day, or one a game that the source can be asked about.
func (c *Collector) aim(ctx context.Context, now time.Time) error {
	if !c.aimed.IsZero() && now.Sub(c.aimed).Abs() < aimEvery {
		return nil
	}
	today := c.today()
	for _, w := range c.cfg.Watches {
		for ahead := range w.Ahead + 1 {
			day := mlb.DateOf(today.Time().AddDate(0, 0, ahead))
			if err := c.aimAt(ctx, w, day, now); err != nil {
				return err
			}
		}
	}
	c.aimed = now
	return nil
}

func (c *Collector) aimAt(ctx context.Context, w Watch, day mlb.Date, now time.Time) error {
	t := store.Target{Source: w.Adapter.Name, Feed: w.Feed, Date: day, NextAt: now, Why: "the first look"}
	if w.Plan.Shape == cadence.Slate {
		return c.cfg.DB.AddTarget(ctx, t)
	}
	games, err := c.cfg.DB.GamesOn(ctx, day)
	if err != nil {
		return err
	}
	listed, err := c.listed(ctx, w.Adapter.Name, games)
	if err != nil {
		return err
	}
	for i, g := range games {
		requests, err := w.Adapter.Requests(w.Feed, source.Ask{Date: day, Games: listed[i : i+1], Key: w.Key})
		if err != nil {
			return err
		}
		if len(requests) == 0 || g.Start.IsZero() { // the source cannot be asked about it yet
			continue
		}
		t.Game, t.NextAt, t.Why = g.ID, c.first(w, g, now), "the game's first look"
		if err := c.cfg.DB.AddTarget(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// first is when a game is first looked at.
func (c *Collector) first(w Watch, g mlb.Game, now time.Time) time.Time {
	if len(w.Plan.Phases) == 0 {
		return now
	}
	return later(now, g.Start.Add(-w.Plan.Phases[0].Lead))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// listed are games by the names that requests to a source can use.
func (c *Collector) listed(ctx context.Context, name string, games []mlb.Game) ([]source.Listed, error) {
	refs, err := c.cfg.DB.GameRefs(ctx, name, mlb.GameIDs(games))
	if err != nil {
		return nil, err
	}
	all := make([]source.Listed, len(games))
	for i, g := range games {
		all[i] = source.Listed{PK: g.PK, Ref: refs[g.ID]}
	}
	return all, nil
}

// games are the games that a target shows.
func (c *Collector) games(ctx context.Context, t store.Target) ([]mlb.Game, error) {
	if t.Game == 0 {
		return c.cfg.DB.GamesOn(ctx, t.Date)
	}
	g, err := c.cfg.DB.Game(ctx, int64(t.Game))
	return []mlb.Game{g}, err
}

// played are games as the cadence sees them.
func (c *Collector) played(ctx context.Context, all []mlb.Game) ([]cadence.Game, error) {
	said, err := c.cfg.DB.Results(ctx, mlb.GameIDs(all))
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
