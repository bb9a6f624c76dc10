package collect

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// manyPast is how many looks back a source is judged by.
const manyPast = 40

// inspect judges an answer before anything of it is taken in, by the games that
// the target shows; same says that it
// repeats the one before it. It stops one that confirms nothing, and fails on
// one that may not be taken in.
func (c *Collector) inspect(ctx context.Context, feed source.Feed, t *store.Target, run *store.Run, games []cadence.Game, doc source.Doc, same bool) (stop bool, err error) {
	note(run, skewed(doc)...)
	ahead := slices.ContainsFunc(games, func(g cadence.Game) bool { return g.Upcoming(doc.FetchedAt) })
	if bad := untimely(doc, stampsOf(doc, feed), t, same, ahead); len(bad) > 0 {
		return false, &unusable{bad[0]}
	}
	if !same {
		return false, nil
	}
	past, err := c.cfg.DB.PastRuns(ctx, t.ID, manyPast)
	if err != nil {
		return false, err
	}
	note(run, carried(past)...)
	found := frozen(past, doc.FetchedAt, t.LastChange, games)
	if len(found) > 0 {
		run.Outcome = store.RunUnchanged
	}
	note(run, found...)
	return len(found) > 0, nil
}

// weigh judges an answer by what became of its rows, or by the error that kept
// all of them out. It fails where nothing of the answer could be used.
func (c *Collector) weigh(ctx context.Context, feed source.Feed, t *store.Target, run *store.Run, doc source.Doc, r ingest.Report, err error) error {
	was, errShape := c.shape(ctx, t)
	if errShape != nil {
		return errors.Join(err, errShape)
	}
	drift := func() []string { return driftOf(was(), source.Shape(doc.Body)) }
	if errors.Is(err, mlb.ErrInvalid) {
		if fields := drift(); len(fields) > 0 {
			return &unusable{Finding{CauseSchemaDrift, driftText(fields, nil, 0) + "; " + err.Error()}}
		}
		return &unusable{Finding{CauseUnreadable, err.Error()}}
	}
	if err != nil {
		return err
	}
	note(run, fromRows(r, drift)...)
	note(run, movedGames(r.Moved)...)
	found, err := c.compare(ctx, feed, t, r, doc)
	if err != nil {
		return err
	}
	note(run, found...)
	switch {
	case nothing(r) && run.Cause != "":
		return &unusable{Findings(run.Cause, run.Detail)[0]}
	case nothing(r):
		return &unusable{Finding{CauseOddRows, fmt.Sprintf("not one of %d rows could be used", r.Read)}}
	case run.Cause == "":
		c.good.Store(t.Source+" "+t.Feed, slices.Clone(doc.Body))
	}
	return nil
}

// shape is the shape of the last answer in which nothing was wrong, as far as
// this process has seen one, else that of the first that was ever taken in.
func (c *Collector) shape(ctx context.Context, t *store.Target) (func() string, error) {
	if body, ok := c.good.Load(t.Source + " " + t.Feed); ok {
		text, _ := body.([]byte)
		return func() string { return source.Shape(text) }, nil
	}
	first, err := c.cfg.DB.Shape(ctx, t.Source, t.Feed)
	return func() string { return first }, err
}

// compare holds the games that an answer lists against those it should.
func (c *Collector) compare(ctx context.Context, feed source.Feed, t *store.Target, r ingest.Report, doc source.Doc) ([]Finding, error) {
	if feed.PerGame || r.Refs == nil {
		return nil, nil
	}
	games, err := c.cfg.DB.GamesOn(ctx, t.Date)
	if err != nil {
		return nil, err
	}
	states, err := c.played(ctx, games)
	if err != nil {
		return nil, err
	}
	if feed.Results != nil {
		return slices.Concat(missing(scheduled(games), r.Refs), happened(games, states, c.eastern)), nil
	}
	named, err := c.cfg.DB.GamesNamed(ctx, t.Source, t.Date)
	if err != nil {
		return nil, err
	}
	return missing(offered(games, states, named, doc.FetchedAt), r.Refs), nil
}

// scheduledDays tells of a day whether its schedule is stored: then no other
// source adds a game to it.
func (c *Collector) scheduledDays(ctx context.Context, day mlb.Date) (map[mlb.Date]bool, error) {
	for _, w := range c.cfg.Watches {
		feed, err := w.Adapter.Feed(w.Feed)
		if err != nil {
			return nil, err
		}
		if feed.Results == nil || feed.PerGame {
			continue
		}
		if ok, err := c.cfg.DB.LookedAt(ctx, w.Adapter.Name, w.Feed, day); ok || err != nil {
			return map[mlb.Date]bool{day: true}, err
		}
	}
	return nil, nil
}

// All tells everything that was found at a look, each with its cause.
func (s Status) All() []Finding { return Findings(s.LastRun.Cause, s.LastRun.Detail) }
