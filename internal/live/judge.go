package live

import (
	"cmp"
	"slices"

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

// verdicts are what the strategies said of one game.
type verdicts struct {
	taken []mlb.Opportunity
	last  map[comparison]mlb.Opportunity
	open  map[comparison]map[mlb.BookID]bool // books whose price is listed already
}

func newVerdicts() *verdicts {
	return &verdicts{last: map[comparison]mlb.Opportunity{}, open: map[comparison]map[mlb.BookID]bool{}}
}

// ask asks every strategy about a game in which something changed.
func (j *verdicts) ask(v market.View, cfg detect.Config) {
	if !v.Now().Before(v.Game().Cutoff().At) { // pregame prices only
		return
	}
	for _, s := range detect.All() {
		for _, o := range s.Detect(v, cfg) {
			j.note(o)
		}
	}
}

// note keeps the first sight of an opportunity for as long as it stays open,
// and the last of everything refused.
func (j *verdicts) note(o mlb.Opportunity) {
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
		j.taken = append(j.taken, o)
	}
}

// detection is what was said of the whole day.
func (d *day) detection() Detection {
	all := Detection{Games: d.games, Books: d.books}
	book := func(id mlb.BookID) mlb.Book { return d.books[id] }
	for _, j := range d.judged {
		all.Taken = append(all.Taken, j.taken...)
		for _, o := range j.last {
			o.Reasons = detect.Explain(o, d.games[o.Game], book)
			all.Refused = append(all.Refused, o)
		}
	}
	sortOpportunities(all.Taken)
	sortOpportunities(all.Refused)
	return all
}

func sortOpportunities(all []mlb.Opportunity) {
	slices.SortFunc(all, func(a, b mlb.Opportunity) int {
		return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Market, b.Market),
			cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side), cmp.Compare(a.Book, b.Book))
	})
}
