package simulator

import (
	"math/rand/v2"
	"sort"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/runs"
)

// half is a half-inning as it was played.
type half struct {
	inning     int
	top        bool
	runs       int
	start, end time.Time
}

const betweenHalves = 130 * time.Second

// timeHalves gives every half-inning its time, and suspends the game in one of
// them where rain stops it and the clubs meet again the next day.
func (g *game) timeHalves(r *rand.Rand, e *event) {
	t := e.firstPitch
	stopAfter := -1
	if resume, ok := g.canSuspend(); ok && r.Float64() < 0.006 {
		stopAfter, g.resumed = 5+r.IntN(10), resume
	}
	for i := range g.lineScore.Away {
		for _, top := range []bool{true, false} {
			h := half{inning: i + 1, top: top, runs: int(g.lineScore.Away[i]), start: t}
			if !top {
				h.runs = int(g.lineScore.Home[i])
			}
			if h.runs == int(mlb.NotPlayed) {
				continue
			}
			h.end = h.start.Add(time.Duration(330+r.IntN(180)+h.runs*110) * time.Second)
			g.halves, t = append(g.halves, h), h.end.Add(betweenHalves)
			if len(g.halves)-1 == stopAfter {
				g.suspended, t = h.end.Add(time.Minute), g.resumed
			}
		}
	}
	g.ends = g.halves[len(g.halves)-1].end
	if g.suspended.IsZero() || g.suspended.After(g.ends) {
		g.suspended, g.resumed = time.Time{}, time.Time{}
	}
}

// canSuspend tells whether the game could be taken up the next afternoon,
// before the series goes on in the evening.
func (g *game) canSuspend() (resume time.Time, ok bool) {
	n := g.next
	if n == nil || g.home.covered || g.early || g.double != single || n.double != single || !g.date.Before(n.date) {
		return resume, false
	}
	resume = g.home.at(n.date, 13*60+5)
	return resume, n.start.Sub(resume) >= 4*time.Hour
}

// play is one plate appearance.
type play struct {
	half       int // of game.halves
	start, end time.Time
	event      string // as eventType has it: "home_run"
	batter     int    // place in the order, from 0
	runs       int
	outs       int // after it
	score      mlb.Score
}

// isHit tells whether the play is one.
func (p play) isHit() bool {
	return p.event == "single" || p.event == "double" || p.event == "home_run"
}

func (p play) isOut() bool { return p.event == "strikeout" || p.event == "field_out" }

// plays is every plate appearance of the game. Only the half-innings' runs are
// modelled; the plays are one way to score them.
func (g *game) plays() (all []play) {
	r := g.season.rand(forPlays, g.n)
	var score mlb.Score
	order := [2]int{}
	for i, h := range g.halves {
		var margin int
		if i == len(g.halves)-1 && !h.top && !g.early && g.score.Home > g.score.Away {
			margin = g.score.Home - g.score.Away
		}
		turn := &order[0]
		if !h.top {
			turn = &order[1]
		}
		events := halfPlays(r, h.runs, g.onBase(h), margin)
		for k, p := range events {
			step := h.end.Sub(h.start) / time.Duration(len(events))
			p.half, p.start, p.end = i, h.start.Add(step*time.Duration(k)), h.start.Add(step*time.Duration(k+1))
			p.batter, *turn = *turn%9, *turn+1
			if h.top {
				score.Away += p.runs
			} else {
				score.Home += p.runs
			}
			p.score = score
			all = append(all, p)
		}
	}
	return all
}

// onBase is how many men the half-inning begins with on base.
func (g *game) onBase(h half) int {
	if h.inning > g.innings && g.season.cfg.Season >= runs.RunnerFrom {
		return 1
	}
	return 0
}

// halfPlays is a half-inning of the given runs: men reach base, and as many of
// them score. margin is how far ahead the last play puts the home side in a
// walk-off; 0: the inning ends with the third out.
func halfPlays(r *rand.Rand, runs, onBase, margin int) []play {
	left := r.IntN(3)
	if margin > 0 {
		left = min(left, 4-margin)
	}
	if runs == 0 || runs+left == onBase {
		left = max(left, onBase)
	}
	reach, outs := runs+left-onBase, 3
	if margin > 0 {
		outs = r.IntN(3)
	}
	order := halfOrder(r, reach, outs, margin > 0)
	events := make([]play, len(order))
	out, reached := 0, 0
	for i, safe := range order {
		p := play{event: "field_out"}
		switch {
		case safe:
			reached++
			onBase++
			p.event, p.runs = reachBase(r, onBase, left, reached == reach)
			onBase -= p.runs
		case r.Float64() < 0.36:
			p.event = "strikeout"
			fallthrough
		default:
			out++
		}
		p.outs = out
		events[i] = p
	}
	return events
}

// halfOrder is which of the batters reach base: in any order, but the last
// play is the third out, or the one that wins the game.
func halfOrder(r *rand.Rand, reach, outs int, walkOff bool) []bool {
	order := make([]bool, reach+outs)
	for i := range reach {
		order[i] = true
	}
	last := len(order) - 1
	if walkOff {
		order[0], order[last] = order[last], order[0]
	}
	if last > 0 {
		r.Shuffle(last, func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	return order
}

// reachBase is what brings a man to base, and how many score by it: bases hold
// three men, and the inning's last such play leaves as many as are left on
// base.
func reachBase(r *rand.Rand, onBase, left int, last bool) (event string, runs int) {
	room := 3
	if last {
		room = left
	}
	runs = max(0, onBase-room)
	switch u := r.Float64(); {
	case last && left == 0 && runs > 0:
		return "home_run", runs
	case runs > 1 || u < 0.16:
		return "double", runs
	case runs == 0 && u < 0.42:
		return "walk", runs
	default:
		return "single", runs
	}
}

// begun is how many half-innings have, at a moment.
func (g *game) begun(at time.Time) int {
	return sort.Search(len(g.halves), func(i int) bool { return g.halves[i].start.After(at) })
}

// state is where a listing stands.
type state uint8

const (
	scheduled state = iota
	pregame
	delayed
	live
	suspended
	over  // just ended
	final // and official
	called
)

// officialAfter is how long a game is over before it is final.
const officialAfter = 9 * time.Minute

// state is where the listing stands at a moment.
func (e *event) state(at time.Time) state {
	switch {
	case !e.played():
		if !at.Before(e.off) {
			return called
		}
		if at.After(e.start.Add(-2 * time.Hour)) {
			return pregame
		}
		return scheduled
	case !at.Before(e.ends.Add(officialAfter)):
		return final
	case !at.Before(e.ends):
		return over
	case !e.suspended.IsZero() && !at.Before(e.suspended) && at.Before(e.resumed):
		return suspended
	case !at.Before(e.firstPitch):
		return live
	case !e.delay.at.IsZero() && !at.Before(e.delay.at):
		return delayed
	case at.After(e.start.Add(-2 * time.Hour)):
		return pregame
	default:
		return scheduled
	}
}

// announced is the start that is announced at a moment.
func (e *event) announced(at time.Time) time.Time {
	if !e.delay.at.IsZero() && !at.Before(e.delay.at) {
		return e.start.Add(e.delay.by)
	}
	return e.start
}
