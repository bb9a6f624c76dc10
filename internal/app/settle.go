package app

import (
	"context"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/grade"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// lateNet is how long after its start a game is still replayed: its last
// prices may have come late.
const lateNet = 30 * time.Minute

// NoteToday replays the games that are about to start, or have just begun, and
// writes down what is found that nobody has written down yet. It returns how
// many were new.
func (a *App) NoteToday(ctx context.Context, now time.Time, mc market.Config, dc detect.Config) (fresh int, err error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return 0, err
	}
	today := now.In(eastern)
	for _, at := range []time.Time{today.AddDate(0, 0, -1), today} { // last night's games may begin after midnight
		day := mlb.DateOf(at)
		games, err := a.DB.GamesOn(ctx, day)
		if err != nil {
			return fresh, err
		}
		on := false
		for _, g := range games {
			on = on || g.Cutoff().At.After(now.Add(-lateNet))
		}
		if !on {
			continue
		}
		d, err := a.Detect(ctx, day, now, mc, dc)
		if err != nil {
			return fresh, err
		}
		n, err := a.noteFound(ctx, d.Taken, store.ByNet, now)
		if fresh += n; err != nil {
			return fresh, err
		}
	}
	return fresh, nil
}

// NoteFound writes down what was found as it was found, where nobody has yet.
func (a *App) NoteFound(ctx context.Context, all []mlb.Opportunity, by string, now time.Time) error {
	_, err := a.noteFound(ctx, all, by, now)
	return err
}

func (a *App) noteFound(ctx context.Context, all []mlb.Opportunity, by string, now time.Time) (fresh int, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	found := make([]store.Found, len(all))
	for i, o := range all {
		found[i].Opportunity = o
	}
	return a.DB.NoteFound(ctx, found, by, now)
}

// Settle grades what was found for a game and writes the verdicts down: a unit
// on each price when it was first found. It returns how many verdicts are new.
func (a *App) Settle(ctx context.Context, id mlb.GameID, now time.Time, mc market.Config) (fresh int, err error) {
	word, err := a.DB.LastWord(ctx, id)
	if err != nil {
		return 0, err
	}
	found, err := a.DB.FoundOf(ctx, id)
	if err != nil {
		return 0, err
	}
	c, t, err := a.caseOf(ctx, id, now, mc)
	if err != nil {
		return 0, err
	}
	staked := map[priceKey]bool{}
	pending := 0
	var all []store.Verdict
	for _, f := range found {
		k := priceKey{f.LineKey, f.Side, f.Book}
		if staked[k] { // the same price offered again is the same bet
			continue
		}
		staked[k] = true
		g := c.grade(f.Opportunity, t)
		if g.Outcome == grade.Pending {
			pending++
		}
		all = append(all, verdictOf(f, g))
	}
	return a.DB.Settle(ctx, id, word, pending, all, now)
}

func verdictOf(f store.Found, g Graded) store.Verdict {
	v := store.Verdict{Found: f.Key, Rules: g.Citation, Outcome: g.Outcome.String(), Event: g.Event, Note: g.Note}
	if g.Outcome.Settled() {
		v.Return = &g.Return
	}
	if g.CLV != nil {
		v.CLV = &g.CLV.NoVig
	}
	return v
}

// caseOf is what is known of a game and of its prices up to the start.
func (a *App) caseOf(ctx context.Context, id mlb.GameID, now time.Time, mc market.Config) (c closer, t grade.Timeline, err error) {
	g, err := a.DB.Game(ctx, int64(id))
	if err != nil {
		return c, t, err
	}
	results, err := a.DB.Results(ctx, []mlb.GameID{g.ID})
	if err != nil {
		return c, t, err
	}
	ev, err := live.Read(ctx, a.DB, []mlb.GameID{g.ID})
	if err != nil {
		return c, t, err
	}
	list, err := mlb.Books()
	if err != nil {
		return c, t, err
	}
	books := map[mlb.BookID]mlb.Book{}
	for _, b := range list {
		books[b.ID] = b
	}
	return newCloser(g, ev, books, mc), timeline(g, results[g.ID], now), nil
}
