package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Detection is what the strategies said of a day's games.
type Detection struct {
	Games map[mlb.GameID]mlb.Game
	Books map[mlb.BookID]mlb.Book
	// Taken are the opportunities, each as first seen; Refused the last
	// comparison of every line and side that was none, or is none any more: the
	// last one with a fair price, where there ever was one.
	Taken, Refused []mlb.Opportunity
}

// comparison is what one verdict replaces another of.
type comparison struct {
	strategy string
	key      mlb.LineKey
	side     mlb.Side
}

// Detect replays a day's ticks in the order they were observed, up to now and
// to each game's start, and asks every strategy at every moment something
// changed. No verdict sees a price from after its own moment.
func (a *App) Detect(ctx context.Context, day mlb.Date, now time.Time, mc market.Config, dc detect.Config) (Detection, error) {
	games, err := a.DB.GamesOn(ctx, day)
	if err != nil {
		return Detection{}, err
	}
	books, err := mlb.Books()
	if err != nil {
		return Detection{}, err
	}
	d := Detection{Games: map[mlb.GameID]mlb.Game{}, Books: map[mlb.BookID]mlb.Book{}}
	ids := make([]mlb.GameID, len(games))
	for i, g := range games {
		d.Games[g.ID], ids[i] = g, g.ID
	}
	for _, b := range books {
		d.Books[b.ID] = b
	}
	ticks, polls, err := events(ctx, a.DB, ids)
	if err != nil {
		return Detection{}, err
	}
	r := newReplay(&d, books, mc, dc)
	r.run(ticks, polls, now)
	return d, nil
}

func events(ctx context.Context, db *store.DB, games []mlb.GameID) ([]mlb.Quote, []mlb.Poll, error) {
	ticks, err := db.Ticks(ctx, games)
	if err != nil {
		return nil, nil, err
	}
	polls, err := db.Polls(ctx, games)
	return ticks, polls, err
}

type replay struct {
	state *market.State
	cfg   detect.Config
	d     *Detection
	last  map[comparison]mlb.Opportunity
	open  map[comparison]map[mlb.BookID]bool // books whose price is listed already
}

func newReplay(d *Detection, books []mlb.Book, mc market.Config, dc detect.Config) *replay {
	return &replay{
		state: market.New(books, mc), cfg: dc, d: d,
		last: map[comparison]mlb.Opportunity{}, open: map[comparison]map[mlb.BookID]bool{},
	}
}

// run applies every event of one moment before anything is asked about it.
func (r *replay) run(ticks []mlb.Quote, polls []mlb.Poll, now time.Time) {
	for len(ticks) > 0 || len(polls) > 0 {
		at := nextMoment(ticks, polls)
		if at.After(now) {
			break
		}
		touched := map[mlb.GameID]bool{}
		for len(ticks) > 0 && ticks[0].ObservedAt.Equal(at) {
			r.state.Apply(ticks[0])
			touched[ticks[0].Game] = true
			ticks = ticks[1:]
		}
		for len(polls) > 0 && polls[0].ObservedAt.Equal(at) {
			r.state.Confirm(polls[0])
			touched[polls[0].Game] = true
			polls = polls[1:]
		}
		for id := range touched {
			r.ask(r.d.Games[id], at)
		}
	}
	for _, o := range r.last {
		r.d.Refused = append(r.d.Refused, o)
	}
	for _, all := range [][]mlb.Opportunity{r.d.Taken, r.d.Refused} {
		slices.SortFunc(all, r.order)
	}
}

func nextMoment(ticks []mlb.Quote, polls []mlb.Poll) time.Time {
	switch {
	case len(ticks) == 0:
		return polls[0].ObservedAt
	case len(polls) == 0 || ticks[0].ObservedAt.Before(polls[0].ObservedAt):
		return ticks[0].ObservedAt
	default:
		return polls[0].ObservedAt
	}
}

func (r *replay) ask(g mlb.Game, at time.Time) {
	if !at.Before(g.Start) { // pregame prices only
		return
	}
	view := r.state.View(g, at)
	for _, s := range detect.All() {
		for _, o := range s.Detect(view, r.cfg) {
			r.note(o)
		}
	}
}

// note keeps the first sight of an opportunity for as long as it stays open,
// and the last of everything refused.
func (r *replay) note(o mlb.Opportunity) {
	c := comparison{o.Strategy, o.LineKey, o.Side}
	if o.Refused != "" {
		delete(r.open, c)
		if last, ok := r.last[c]; !ok || o.Fair != nil || last.Fair == nil {
			r.last[c] = o
		}
		return
	}
	delete(r.last, c)
	if r.open[c] == nil {
		r.open[c] = map[mlb.BookID]bool{}
	}
	if !r.open[c][o.Book] {
		r.open[c][o.Book] = true
		r.d.Taken = append(r.d.Taken, o)
	}
}

func (r *replay) order(a, b mlb.Opportunity) int {
	return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Market, b.Market),
		cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Book, b.Book))
}
