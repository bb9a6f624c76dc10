package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
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
	ev, err := readEvents(ctx, a.DB, ids)
	if err != nil {
		return Detection{}, err
	}
	j := &judge{cfg: dc, d: &d, last: map[comparison]mlb.Opportunity{}, open: map[comparison]map[mlb.BookID]bool{}}
	state := market.New(books, mc)
	replay(state, ev, now, func(game mlb.GameID, at time.Time) { j.ask(state.View(d.Games[game], at)) })
	j.finish()
	return d, nil
}

// judge keeps the verdicts of a replay.
type judge struct {
	cfg  detect.Config
	d    *Detection
	last map[comparison]mlb.Opportunity
	open map[comparison]map[mlb.BookID]bool // books whose price is listed already
}

// ask asks every strategy about a game in which something changed.
func (j *judge) ask(v market.View) {
	if !v.Now().Before(v.Game().Cutoff().At) { // pregame prices only
		return
	}
	for _, s := range detect.All() {
		for _, o := range s.Detect(v, j.cfg) {
			j.note(o)
		}
	}
}

func (j *judge) finish() {
	book := func(id mlb.BookID) mlb.Book { return j.d.Books[id] }
	for _, o := range j.last {
		o.Reasons = detect.Explain(o, j.d.Games[o.Game], book)
		j.d.Refused = append(j.d.Refused, o)
	}
	for _, all := range [][]mlb.Opportunity{j.d.Taken, j.d.Refused} {
		slices.SortFunc(all, inOrder)
	}
}

// note keeps the first sight of an opportunity for as long as it stays open,
// and the last of everything refused.
func (j *judge) note(o mlb.Opportunity) {
	c := comparison{o.Strategy, o.LineKey, o.Side}
	if o.Refused != "" {
		delete(j.open, c)
		if last, ok := j.last[c]; !ok || o.Fair != nil || last.Fair == nil {
			j.last[c] = o
		}
		return
	}
	delete(j.last, c)
	if j.open[c] == nil {
		j.open[c] = map[mlb.BookID]bool{}
	}
	if !j.open[c][o.Book] {
		j.open[c][o.Book] = true
		j.d.Taken = append(j.d.Taken, o)
	}
}

func inOrder(a, b mlb.Opportunity) int {
	return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Market, b.Market),
		cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Book, b.Book))
}
