package cadence

import (
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Kind says what a look is for.
type Kind uint8

// The kinds of look.
const (
	Pregame Kind = iota + 1 // a phase before the scheduled start
	Waiting                 // the start is past, the first pitch is not known
	Live                    // the game is being played
	Idle                    // no game is within the horizon
	Pinned                  // a capture at a moment of its own
)

// Span is a time in which one interval is in force: From inclusive, To
// exclusive.
type Span struct {
	From, To time.Time
	Every    time.Duration
	// Weight is how many games' worth a look is: 1 for each game that asks
	// for this interval, and for one that asks for another the square of
	// their ratio. It is 1 while idle.
	Weight float64
	Kind   Kind
	Game   mlb.GameID // that asks for most; 0 while idle
	Start  time.Time  // of that game: scheduled, or actual where it is known
}

// pace is how chance changes a plan for one look.
type pace struct {
	stretch float64 // of every interval
	shift   float64 // of the start of each phase, in intervals of the phase
}

var steady = pace{stretch: 1}

// slowest is the pace of the latest look that chance allows.
func (p Plan) slowest() pace {
	return pace{stretch: 1 + p.Jitter, shift: p.Jitter}
}

func (p Plan) every(d time.Duration, at pace) time.Duration {
	return max(p.Min, time.Duration(float64(d)*at.stretch))
}

// Spans are the spans between two moments that the games ask for, in order and
// without jitter; where nothing is asked for there is none.
func (p Plan) Spans(from, to time.Time, games []Game) []Span {
	return p.spans(p.windows(games, steady), from, to, steady)
}

// windows are the spans of every game by itself.
func (p Plan) windows(games []Game, at pace) (all []Span) {
	for _, g := range games {
		if g.cutoff().IsZero() || g.dead() {
			continue
		}
		all = p.pregame(all, g, at)
		all = p.played(all, g, at)
	}
	return all
}

// pregame adds the phases before the start and, while a late game is waited
// for, after it.
func (p Plan) pregame(all []Span, g Game, at pace) []Span {
	start := g.Start
	if start.IsZero() {
		start = g.FirstPitch
	}
	for i, ph := range p.Phases {
		w := Span{From: start.Add(-p.lead(i, at)), To: start, Every: p.every(ph.Every, at), Weight: 1, Kind: Pregame, Game: g.ID, Start: start}
		if i+1 < len(p.Phases) {
			w.To = start.Add(-p.lead(i+1, at))
		}
		all = clipped(all, w, g)
	}
	if n := len(p.Phases); n > 0 && p.Late > 0 {
		w := Span{From: start, To: start.Add(p.Late), Every: p.every(p.Phases[n-1].Every, at), Weight: 1, Kind: Waiting, Game: g.ID, Start: start}
		all = clipped(all, w, g)
	}
	return all
}

// lead is how long before the start a phase begins: later by the pace, never
// after the phase that follows.
func (p Plan) lead(i int, at pace) time.Duration {
	ph := p.Phases[i]
	end := time.Duration(0)
	if i+1 < len(p.Phases) {
		end = p.lead(i+1, at)
	}
	return max(end, ph.Lead-time.Duration(at.shift*float64(ph.Every)))
}

// clipped adds a window as far as it lies before the game's first pitch.
func clipped(all []Span, w Span, g Game) []Span {
	if g.begun() {
		w.To = earlier(w.To, g.cutoff())
	}
	if w.From.Before(w.To) {
		all = append(all, w)
	}
	return all
}

// played adds the time of play. Of a game that is over it is known only with
// its end.
func (p Plan) played(all []Span, g Game, at pace) []Span {
	if p.Live == 0 || !g.begun() || g.Over() && g.Ended.IsZero() {
		return all
	}
	w := Span{From: g.cutoff(), To: g.cutoff().Add(p.LiveFor), Every: p.every(p.Live, at), Weight: 1, Kind: Live, Game: g.ID, Start: g.cutoff()}
	if !g.Ended.IsZero() {
		w.To = earlier(w.To, g.Ended)
	}
	if w.From.Before(w.To) {
		all = append(all, w)
	}
	return all
}

// spans lays windows over each other. It sorts them in place.
func (p Plan) spans(windows []Span, from, to time.Time, at pace) (all []Span) {
	slices.SortStableFunc(windows, func(a, b Span) int { return a.From.Compare(b.From) })
	edges := p.edges(windows, from, to)
	var open []Span
	next := 0
	for i := 0; i+1 < len(edges); i++ {
		a, b := edges[i], edges[i+1]
		for ; next < len(windows) && !windows[next].From.After(a); next++ {
			open = append(open, windows[next])
		}
		open = slices.DeleteFunc(open, func(w Span) bool { return !w.To.After(a) })
		if s, ok := p.overlay(open, at); ok && !p.rests(a) {
			s.From, s.To = a, b
			all = append(all, s)
		}
	}
	return all
}

// edges are all moments from one to another at which what is asked for may
// change, both included.
func (p Plan) edges(windows []Span, from, to time.Time) []time.Time {
	if !from.Before(to) {
		return nil
	}
	edges := []time.Time{from, to}
	add := func(t time.Time) {
		if t.After(from) && t.Before(to) {
			edges = append(edges, t)
		}
	}
	for _, w := range windows {
		add(w.From)
		add(w.To)
	}
	for _, b := range p.Breaks {
		add(b.From)
		add(b.To)
	}
	slices.SortFunc(edges, time.Time.Compare)
	return slices.CompactFunc(edges, time.Time.Equal)
}

// overlay is what several windows ask for together.
func (p Plan) overlay(open []Span, at pace) (s Span, ok bool) {
	if len(open) == 0 {
		return Span{Every: p.every(p.Idle, at), Weight: 1, Kind: Idle}, p.Idle > 0
	}
	s = slices.MinFunc(open, func(a, b Span) int { return int(a.Every - b.Every) })
	s.Weight = 0
	for _, w := range open {
		ratio := float64(s.Every) / float64(w.Every)
		s.Weight += ratio * ratio
	}
	return s, true
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
