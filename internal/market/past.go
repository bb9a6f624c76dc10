package market

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// How much is remembered, at most: points of a book's fair price on one line,
// of its main line, and moments it was looked at. What is older goes first,
// also from within Config.History, where a book moves faster than a person
// could follow.
const (
	maxPoints = 64
	maxPolls  = 128
	maxMains  = 32
)

// pollSpacing is how close two remembered polls are at least, the newest
// apart. maxPolls of them reach back over twenty minutes however often a book
// is looked at.
const pollSpacing = int64(10 * time.Second)

// point is a book's fair price on one line from a moment on.
type point struct {
	at int64   // Unix nanoseconds
	x  float64 // log-odds of the first side without the margin; NaN: not offered
}

// turn is the main line of a book from a moment on.
type turn struct {
	at    int64
	place *place
}

// venue is one book in one game.
type venue struct {
	id      mlb.BookID
	book    mlb.Book
	seniors []*venue // of the same feed, which speak for it where they can
	polls   ring[int64]
	ladders []*ladder
}

// ladder is all lines a book has of one market and period. The main line is
// the two-sided one nearest to even; of two equally near the one priced last, as
// a book leaves its old price standing in some sources when it gives up a line
// for the next, then the smaller handicap or total, then of -1 and +1 the one
// with the home side giving runs.
type ladder struct {
	marketPeriod
	places []*place
	main   *place
	turns  ring[turn]
}

func (s *State) venue(g *gameState, id mlb.BookID) *venue {
	i, ok := slices.BinarySearchFunc(g.venues, id, func(v *venue, id mlb.BookID) int { return cmp.Compare(v.id, id) })
	if ok {
		return g.venues[i]
	}
	v := &venue{id: id, book: s.books[id]}
	for _, other := range g.venues {
		if !hasVote(v.book) || !hasVote(other.book) || v.book.Brand.Feed != other.book.Brand.Feed {
			continue
		}
		if other.senior(v) {
			v.seniors = append(v.seniors, other)
		} else {
			other.seniors = append(other.seniors, v)
		}
	}
	g.venues = slices.Insert(g.venues, i, v)
	return v
}

// senior tells which of two books speaks for the feed they share: the one it
// is named after, then the first in the directory.
func (v *venue) senior(other *venue) bool {
	if named := v.book.Brand.Slug == v.book.Brand.Feed; named != (other.book.Brand.Slug == other.book.Brand.Feed) {
		return named
	}
	return v.id < other.id
}

// speaks tells whether a book is the voice of its feed in a market: no senior
// one that was looked at since a moment has prices there.
func (v *venue) speaks(m mlb.Market, p mlb.Period, since, now int64) bool {
	for _, s := range v.seniors {
		if l := s.find(m, p); l != nil && l.index(now) >= 0 {
			if seen, ok := s.seen(now); ok && seen >= since {
				return false
			}
		}
	}
	return true
}

func hasVote(b mlb.Book) bool { return b.Brand.Kind.Votes() && b.Brand.Sharp > 0 }

func (v *venue) ladder(m mlb.Market, p mlb.Period) *ladder {
	if l := v.find(m, p); l != nil {
		return l
	}
	l := &ladder{marketPeriod: marketPeriod{m, p}}
	v.ladders = append(v.ladders, l)
	return l
}

func (v *venue) find(m mlb.Market, p mlb.Period) *ladder {
	for _, l := range v.ladders {
		if l.market == m && l.period == p {
			return l
		}
	}
	return nil
}

// confirm remembers a poll. The newest one is always kept; of those before it
// some spacing apart is enough.
func (v *venue) confirm(at int64) {
	n := v.polls.len()
	if n == 0 {
		v.polls.add(maxPolls, at)
		return
	}
	last := v.polls.last()
	switch {
	case at <= *last:
	case n > 1 && *last-*v.polls.at(n - 2) < pollSpacing:
		*last = at
	default:
		v.polls.add(maxPolls, at)
	}
}

// seen is the last poll at or before a moment.
func (v *venue) seen(at int64) (poll int64, ok bool) {
	for i := v.polls.len() - 1; i >= 0; i-- {
		if t := *v.polls.at(i); t <= at {
			return t, true
		}
	}
	return 0, false
}

// record remembers what the prices of a place have come to.
func (s *State) record(p *place) {
	if p.pair[0].changedAt.IsZero() || p.pair[1].changedAt.IsZero() {
		return // one-sided so far
	}
	at := max(p.pair[0].changedAt.UnixNano(), p.pair[1].changedAt.UnixNano())
	was := p.far
	if p.remember(point{at, s.logOdds(p)}) {
		p.ladder.follow(p, was)
	}
}

// logOdds is NaN under the very conditions that keep a price out of Fair.
func (s *State) logOdds(p *place) float64 {
	q1, q2 := p.pair[0].price.Prob(), p.pair[1].price.Prob()
	sum := q1 + q2
	if !(sum >= s.cfg.MinBooksum && sum <= s.cfg.MaxBooksum) {
		return math.NaN()
	}
	fair, err := odds.Devig2(s.cfg.Method, q1, q2)
	if err != nil {
		return math.NaN()
	}
	return math.Log(fair / (1 - fair))
}

// remember returns false for what is known already. The last of several prices
// of one moment counts, so that their order does not.
func (p *place) remember(x point) bool {
	newest := p.trail.last()
	switch {
	case newest == nil && math.IsNaN(x.x), newest != nil && same(newest.x, x.x):
		return false
	case newest == nil || newest.at < x.at:
		p.trail.add(maxPoints, x)
	default:
		newest.x = x.x
	}
	p.last = x
	if p.far = math.Abs(x.x); math.IsNaN(x.x) {
		p.far = math.Inf(1)
	}
	return true
}

func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// follow finds the main line again after the price of one place, which was so
// far from even, changed.
func (l *ladder) follow(p *place, was float64) {
	old := l.main
	switch {
	case p != old:
		if nearer(p, old) {
			l.main = p
		}
	case p.far > was: // another may be nearer now
		for _, other := range l.places {
			if nearer(other, l.main) {
				l.main = other
			}
		}
	}
	if l.main != old {
		l.remember(turn{p.last.at, l.main})
	}
}

func nearer(p, main *place) bool {
	switch {
	case p == main || math.IsInf(p.far, 1):
		return false
	case main == nil || p.far < main.far:
		return true
	case p.far > main.far:
		return false
	}
	a, b := p.line.key.Line, main.line.key.Line
	return cmp.Or(cmp.Compare(main.last.at, p.last.at), cmp.Compare(max(a, -a), max(b, -b)), cmp.Compare(a, b)) < 0
}

func (l *ladder) remember(x turn) {
	last := l.turns.last()
	if last == nil || last.at < x.at {
		l.turns.add(maxMains, x)
		return
	}
	last.place = x.place
}

// index is that of the last point at or before a moment, -1 for none.
func (p *place) index(at int64) int {
	i := p.trail.len() - 1
	for i >= 0 && p.trail.at(i).at > at {
		i--
	}
	return i
}

// then is the fair price at a moment, as log-odds of the first side; NaN where
// it was not offered or is not remembered.
func (p *place) then(at int64) float64 {
	if i := p.index(at); i >= 0 {
		return p.trail.at(i).x
	}
	return math.NaN()
}

// index is that of the last turn at or before a moment, -1 for none.
func (l *ladder) index(at int64) int {
	i := l.turns.len() - 1
	for i >= 0 && l.turns.at(i).at > at {
		i--
	}
	return i
}
