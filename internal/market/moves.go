package market

import (
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// At is the same game at another moment, no later than the view's own.
func (v View) At(t time.Time) View {
	if t.Before(v.now) {
		v.now = t
	}
	return v
}

// History is how far back the view remembers, at most.
func (v View) History() time.Duration { return v.state.cfg.History }

// Markets calls f with every market and period that was ever quoted.
func (v View) Markets(f func(mlb.Market, mlb.Period)) {
	if g := v.state.games[v.game.ID]; g != nil {
		for _, mp := range g.markets {
			f(mp.market, mp.period)
		}
	}
}

// Stride says what counts as a move.
type Stride struct {
	Window time.Duration // within which it was made, both ends included
	Least  float64       // log-odds it is at least
	// Turn is what a new main line of a total is worth, in log-odds; 0: nothing.
	Turn float64
}

// Move is how far one book has come towards a side within a window.
type Move struct {
	Book mlb.Book
	Key  mlb.LineKey // the book's main line when the window began, or else now
	// To is the book's main line after it; Key.Line unless the old line was
	// given up for it. The move is then what such a turn is worth.
	To          mlb.Line
	From, Until float64 // log-odds of the side on Key
	// First is when it had come as far as counts, Last when it had last come
	// as far again: the same for a move made at once.
	First, Last Moment
}

// Moment is when something was seen, and how well that is known.
type Moment struct {
	At  time.Time
	Gap time.Duration // since the poll before, at which it was not yet so; negative: there was none
}

// After is the last moment at which it was surely not yet so.
func (m Moment) After() time.Time { return m.At.Add(-m.Gap) }

// Size is the move in log-odds, above 0.
func (m Move) Size() float64 { return m.Until - m.From }

// Moves are the books that have a vote and have come towards a side, by book,
// one move each. Of the books that share a feed one speaks, the one the feed is
// named after or else the first in the directory that was looked at within the
// window: its copies confirm nothing, and coming late are no move of their own.
//
// A move is measured on one line, the book's main line when the window began
// or else its present one, from its furthest point in the window: so a move
// that turned back counts from the turn, and none begins because time passes.
// A book whose total left its line for another without a last price moved as
// well. (A run line does not count so: it turns from -1.5 to +1.5 where two
// clubs are about even, by however little the market moves.)
func (v View) Moves(m mlb.Market, p mlb.Period, side mlb.Side, s Stride) []Move {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	sign := 1.0
	if sideIndex(m, side) == 1 {
		sign = -1
	}
	s.Window = min(s.Window, v.History())
	now := v.now.UnixNano()
	from := now - int64(s.Window)
	var all []Move
	for _, venue := range g.venues {
		l := venue.find(m, p)
		if l != nil && hasVote(venue.book) && venue.speaks(m, p, from, now) {
			if x, ok := l.move(from, now, sign, s); ok {
				all = append(all, x)
			}
		}
	}
	return all
}

func (l *ladder) move(from, now int64, sign float64, s Stride) (Move, bool) {
	i := l.index(now)
	if i < 0 {
		return Move{}, false
	}
	main := i
	// The main line in force before the window, or else the first within it.
	for i > 0 && l.turns.at(i).at >= from {
		i--
	}
	for _, j := range []int{i, main} {
		if x, ok := l.turns.at(j).place.climb(from, now, sign, s.Least); ok {
			return x, true
		}
	}
	return l.turned(from, now, sign, s)
}

// climb is the rise of a place from its lowest point of a window to its end.
func (p *place) climb(from, now int64, sign, least float64) (Move, bool) {
	end := p.index(now)
	if end < 0 {
		return Move{}, false
	}
	low := end
	for i := end; i >= 0; i-- {
		x := p.trail.at(i)
		if sign*x.x < sign*p.trail.at(low).x {
			low = i
		}
		if x.at < from {
			break
		}
	}
	start, until := sign*p.trail.at(low).x, sign*p.trail.at(end).x
	if !(until-start >= least) { // nor where it is not offered any more
		return Move{}, false
	}
	last := end
	for !(until-sign*p.trail.at(last).x >= least) {
		last--
	}
	return p.moved(p.line.key.Line, start, until, p.reached(low, sign, least), p.reached(last, sign, least)), true
}

// reached is when the price had first come so far from that of a point.
func (p *place) reached(from int, sign, least float64) int64 {
	i := from
	for !(sign*(p.trail.at(i).x-p.trail.at(from).x) >= least) {
		i++
	}
	return p.trail.at(i).at
}

func (p *place) moved(to mlb.Line, from, until float64, first, last int64) Move {
	return Move{
		Book: p.book, Key: p.line.key, To: to, From: from, Until: until,
		First: p.venue.moment(first), Last: p.venue.moment(last),
	}
}

// turned is the last change of a total's main line within a window.
func (l *ladder) turned(from, now int64, sign float64, s Stride) (Move, bool) {
	i := l.index(now)
	for i > 0 && l.turns.at(i).place == l.turns.at(i-1).place {
		i--
	}
	if i < 1 || l.turns.at(i).at < from || l.market != mlb.Total || s.Turn < s.Least || s.Turn <= 0 {
		return Move{}, false
	}
	at, old, main := l.turns.at(i).at, l.turns.at(i-1).place, l.turns.at(i).place
	x, left := old.left(at, now)
	up := main.line.key.Line > old.line.key.Line
	if !left || up != (sign > 0) || !main.pricedAt(at) || math.IsNaN(main.then(now)) {
		return Move{}, false
	}
	return old.moved(main.line.key.Line, sign*x, sign*x+s.Turn, at, at), true
}

// left is the last price of a line that a book turned from, if it gave it none
// of that moment or later: a line still quoted shows the move itself.
func (p *place) left(at, now int64) (x float64, ok bool) {
	i := p.index(now)
	if i > 0 && math.IsNaN(p.trail.at(i).x) {
		i-- // withdrawn
	}
	if i < 0 || p.trail.at(i).at >= at {
		return 0, false
	}
	return p.trail.at(i).x, true
}

// pricedAt tells a turn made by a new price from one made by the withdrawal of
// another line.
func (p *place) pricedAt(at int64) bool {
	i := p.index(at)
	return i >= 0 && p.trail.at(i).at == at
}

func (v *venue) moment(at int64) Moment {
	m := Moment{At: time.Unix(0, at).UTC(), Gap: -1}
	if before, ok := v.seen(at - 1); ok {
		m.Gap = time.Duration(at - before)
	}
	return m
}

// Changes are the moments within a window at which a book's price or main line
// of a market changed, newest first, each once.
func (v View) Changes(m mlb.Market, p mlb.Period, window time.Duration) []time.Time {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	now := v.now.UnixNano()
	from := now - int64(min(window, v.History()))
	var all []int64
	for _, venue := range g.venues {
		if l := venue.find(m, p); l != nil {
			for _, place := range l.places {
				all = place.changes(all, from, now)
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	slices.Reverse(all)
	var times []time.Time
	for _, at := range all {
		times = append(times, time.Unix(0, at).UTC())
	}
	return times
}

func (p *place) changes(all []int64, from, now int64) []int64 {
	for i := p.index(now); i >= 0 && p.trail.at(i).at >= from; i-- {
		all = append(all, p.trail.at(i).at)
	}
	return all
}

// LogOdds is a book's fair price of a side of a line, without its margin, as
// log-odds; false where it does not offer both sides.
func (v View) LogOdds(key mlb.LineKey, book mlb.BookID, side mlb.Side) (x float64, ok bool) {
	g := v.state.games[v.game.ID]
	if g == nil || g.lines[key] == nil {
		return 0, false
	}
	p := g.lines[key].place(book)
	if p == nil {
		return 0, false
	}
	x = p.then(v.now.UnixNano())
	if sideIndex(key.Market, side) == 1 {
		x = -x
	}
	return x, !math.IsNaN(x)
}

// Resolution is how closely one book was watched.
type Resolution struct {
	Book  mlb.Book
	Polls int           // as far as remembered: some ten seconds apart or more
	Gap   time.Duration // the longest time without one that reaches into the window
	Age   time.Duration // since the last poll
}

// Resolutions are those of every book that has a vote and was looked at, within
// a window up to now, by book.
func (v View) Resolutions(window time.Duration) []Resolution {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	var all []Resolution
	for _, venue := range g.venues {
		r := venue.resolution(v.now.UnixNano(), window)
		if r.Book = venue.book; r.Polls > 0 && hasVote(r.Book) {
			all = append(all, r)
		}
	}
	return all
}

func (v *venue) resolution(now int64, window time.Duration) (r Resolution) {
	next := now
	for i := v.polls.len() - 1; i >= 0 && next > now-int64(window); i-- {
		at := *v.polls.at(i)
		if at > now {
			continue
		}
		if r.Polls == 0 {
			r.Age = time.Duration(now - at)
		}
		r.Polls++
		r.Gap = max(r.Gap, time.Duration(next-at))
		next = at
	}
	return r
}
