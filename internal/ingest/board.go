package ingest

import (
	"cmp"
	"iter"
	"math"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// group is what one book quotes in one market of one game: several lines at
// once, of which one is the main line.
type group struct {
	game   mlb.GameID
	book   mlb.BookID
	market mlb.Market
	period mlb.Period
}

type ladder struct {
	lines []rung
	main  mlb.Line
	set   bool // main has been decided
	// closed is the last moment the main line was judged at: a new price of
	// that moment or before changes what was decided.
	closed time.Time
}

// rung is one line of a ladder: its two sides, in the order of Market.Sides.
type rung struct {
	line  mlb.Line
	sides [2]*store.LineSummary
}

// board is the present state of every line of the games being taken in.
type board map[group]*ladder

func groupOf(q *mlb.Quote) group { return group{q.Game, q.Book, q.Market, q.Period} }

func sideIndex(m mlb.Market, s mlb.Side) int {
	if first, _ := m.Sides(); s == first {
		return 0
	}
	return 1
}

func (b board) ladder(g group) *ladder {
	l := b[g]
	if l == nil {
		l = &ladder{}
		b[g] = l
	}
	return l
}

// at is where the ladder keeps one price; nil inside where there is none yet.
func (l *ladder) at(line mlb.Line, side int) **store.LineSummary {
	for i := range l.lines {
		if l.lines[i].line == line {
			return &l.lines[i].sides[side]
		}
	}
	l.lines = append(l.lines, rung{line: line})
	return &l.lines[len(l.lines)-1].sides[side]
}

// prices are the prices of the ladder, in no order.
func (l *ladder) prices() iter.Seq[*store.LineSummary] {
	return func(yield func(*store.LineSummary) bool) {
		for _, r := range l.lines {
			for _, s := range r.sides {
				if s != nil && !yield(s) {
					return
				}
			}
		}
	}
}

func (b board) load(all []store.LineSummary) {
	for i := range all {
		s := &all[i]
		l := b.ladder(group{s.Game, s.Book, s.Market, s.Period})
		*l.at(s.Line, sideIndex(s.Market, s.Side)) = s
		if s.ChangedAt.After(l.closed) {
			l.closed = s.ChangedAt
		}
	}
}

// fate is what becomes of one price.
type fate uint8

const (
	isNew     fate = iota // differs from the price before it: a tick
	isSame                // the price before it once more
	isClash               // another price for the same moment is there
	isEarlier             // observed before the last one seen
)

// judge tells what a quote is to the line it belongs to.
func judge(s *store.LineSummary, q *mlb.Quote) fate {
	switch {
	case s == nil:
		return isNew
	case q.ObservedAt.Before(s.SeenAt):
		return isEarlier
	case q.Price == s.Price:
		return isSame
	case q.ObservedAt.Equal(s.SeenAt):
		return isClash
	default:
		return isNew
	}
}

// tick moves a line on to a new price. start cuts off the closing price; while
// none is known there is no closing price.
func tick(s *store.LineSummary, q *mlb.Quote, start time.Time) *store.LineSummary {
	if s == nil {
		s = &store.LineSummary{
			LineKey: q.LineKey, Book: q.Book, Side: q.Side,
			Open: q.Price, Low: q.Price, High: q.Price, OpenedAt: q.ObservedAt,
		}
	}
	s.Price, s.ChangedAt, s.SeenAt = q.Price, q.ObservedAt, q.ObservedAt
	s.Ticks++
	if q.ObservedAt.Before(start) { // withdrawn, it has no closing price
		s.Close, s.ClosedAt = q.Price, q.ObservedAt
	}
	if !q.Price.Valid() {
		return s
	}
	if odds.Better(s.Low, q.Price) {
		s.Low = q.Price
	}
	if odds.Better(q.Price, s.High) {
		s.High = q.Price
	}
	return s
}

// mainLine is the two-sided line nearest to even: lowest |logit p| of the
// no-vig probability, which for the multiplicative method is |ln(q1/q2)| and
// orders as the larger quotient does. Of two equally near, the smaller handicap
// or total is taken, of -1 and +1 the one with the home side giving runs: the
// same whatever order the prices came in.
func (l *ladder) mainLine() (best mlb.Line, ok bool) {
	least := math.Inf(1)
	for _, r := range l.lines {
		if r.sides[0] == nil || r.sides[1] == nil || !r.sides[0].Price.Valid() || !r.sides[1].Price.Valid() {
			continue
		}
		q1, q2 := r.sides[0].Price.Prob(), r.sides[1].Price.Prob()
		far := max(q1/q2, q2/q1)
		if cmp.Or(cmp.Compare(far, least), cmp.Compare(abs(r.line), abs(best)), cmp.Compare(r.line, best)) < 0 {
			best, least, ok = r.line, far, true
		}
	}
	return best, ok
}

func abs(l mlb.Line) mlb.Line { return max(l, -l) }
