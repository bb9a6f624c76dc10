package simulator

import "time"

// tally is one side's runs, hits and men left on base.
type tally struct{ runs, hits, left int }

// inningTally is an inning on the scoreboard; played says which halves have
// begun.
type inningTally struct {
	away, home tally
	played     [2]bool
}

// board is the scoreboard at a moment.
type board struct {
	innings    []inningTally
	away, home tally
	half       int // of game.halves, the one in play or the last; -1 before the first pitch
	outs       int
	last       int // of the plays, the last that is over; -1: none
}

// board shows the plays that are over at a moment.
func (m *market) board(at time.Time) board { return boardOf(m.event, m.plays, at) }

func boardOf(e *event, plays []play, at time.Time) board {
	b := board{half: -1, last: -1}
	begun := e.begun(at)
	for _, h := range e.halves[:begun] {
		b.begin(h, e.onBase(h))
	}
	for i, p := range plays {
		if p.end.After(at) {
			break
		}
		b.add(e.halves[p.half], p)
		b.last = i
		if p.half == begun-1 {
			b.outs = p.outs
		}
	}
	return b
}

// begin starts a half-inning with as many men on base.
func (b *board) begin(h half, onBase int) {
	if h.inning > len(b.innings) {
		b.innings = append(b.innings, inningTally{})
	}
	b.half++
	inning := &b.innings[h.inning-1]
	inning.played[side(h.top)] = true
	if h.top {
		inning.away.left += onBase
		b.away.left += onBase
	} else {
		inning.home.left += onBase
		b.home.left += onBase
	}
}

// side is 0 for the away side, which bats in the top.
func side(top bool) int {
	if top {
		return 0
	}
	return 1
}

func (b *board) add(h half, p play) {
	inning := &b.innings[h.inning-1]
	sum, all := &inning.home, &b.home
	if h.top {
		sum, all = &inning.away, &b.away
	}
	for _, t := range []*tally{sum, all} {
		t.runs += p.runs
		if p.isHit() {
			t.hits++
		}
		if !p.isOut() {
			t.left++
		}
		t.left -= p.runs
	}
}
