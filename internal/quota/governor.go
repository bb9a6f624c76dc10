package quota

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
)

// maxOwed is how many regular looks are kept for later.
const maxOwed = 2

// resolve is how long a solution of the rate holds while nothing happens.
const resolve = time.Hour

// usuallyLate is how long after the scheduled start a first pitch is, mostly. A
// cadence waits longer for those that are not, but to price every game by that
// would pay for hours of waiting that do not come.
const usuallyLate = 5 * time.Minute

// Governor decides on calls. It is not safe for concurrent use: who asks May
// and then records Begin holds the state alone in between.
type Governor struct {
	plan    Plan
	levels  []Level
	state   State
	known   bool // the schedule has been given
	through time.Time
	pins    []cadence.Pin
	spans   []stretch
	stale   bool // the rate is to be solved again
	solved  time.Time
	pace    float64 // share of the cadence that is afforded: 0 to 1
}

// stretch is a span of the cadence, or a part of one.
type stretch struct {
	cadence.Span
	root float64 // of its weight
	near bool    // the next look is a closing capture, no regular one
}

// New is a governor that goes on from a state. The error wraps mlb.ErrInvalid.
func New(p Plan, s State) (*Governor, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	s.Open = slices.Clone(s.Open)
	g := &Governor{plan: p, levels: p.levels(), state: s, stale: true}
	g.state.Level = min(max(0, s.Level), len(g.levels)-1)
	return g, nil
}

// State is what to keep.
func (g *Governor) State() State {
	s := g.state
	s.Open = slices.Clone(s.Open)
	return s
}

// Schedule gives the games of the month, today's among them, as far as they
// are listed: up to through. The days of the month after it are taken to be
// like the listed ones. Give it again when games change and in a new month.
func (g *Governor) Schedule(now, through time.Time, games []cadence.Game) {
	g.known, g.through, g.stale = true, through, true
	g.pins = closings(g.plan.Cadence.Pins(games))
	g.spans = nil
	if from, to, ok := reach(games); ok {
		priced := g.plan.Cadence
		priced.Late = min(priced.Late, usuallyLate)
		g.spans = stretches(priced.Spans(from.Add(-24*time.Hour), to.Add(24*time.Hour), games), g.pins)
	}
	g.advance(now)
}

// stretches cuts spans where less than their interval is left before a pin.
func stretches(spans []cadence.Span, pins []cadence.Pin) (all []stretch) {
	first := 0
	for _, s := range spans {
		root := math.Sqrt(s.Weight)
		add := func(to time.Time, near bool) {
			if to.After(s.To) {
				to = s.To
			}
			if s.From.Before(to) {
				part := stretch{s, root, near}
				part.To, s.From = to, to
				all = append(all, part)
			}
		}
		for ; first < len(pins) && !pins[first].At.After(s.From); first++ {
		}
		for _, p := range pins[first:] {
			if p.At.Add(-s.Every).After(s.To) {
				break
			}
			add(p.At.Add(-s.Every), false)
			add(p.At, true)
		}
		add(s.To, false)
	}
	return all
}

// reach is the time from the first to the last of the games' starts.
func reach(games []cadence.Game) (from, to time.Time, ok bool) {
	for _, x := range games {
		switch {
		case x.Start.IsZero():
			continue
		case !ok:
			from, to, ok = x.Start, x.Start, true
		case x.Start.Before(from):
			from = x.Start
		case x.Start.After(to):
			to = x.Start
		}
	}
	return from, to, ok
}

// Level is how broad a call is to be.
func (g *Governor) Level() Level { return g.levels[g.state.Level] }

// May tells whether a call of so many credits may be made now, and why not, or
// what it is paid from.
func (g *Governor) May(now time.Time, cost int, purpose Purpose) (ok bool, why string) {
	g.advance(now)
	left := g.limit() - g.state.committed()
	switch {
	case g.state.Refusal == badKey, g.state.Refusal == noCredit && cost > 0:
		return false, g.Err().Error()
	case cost <= 0:
		return true, "free"
	case cost > left:
		return false, fmt.Sprintf("%d credits of %d left this month, the call costs %d", left, g.limit(), cost)
	case !g.state.confirmed() && len(g.state.Open) > 0:
		return false, "the first answer of the month, which tells the count, is awaited"
	}
	switch purpose.Kind {
	case Closing:
		return g.mayClose(now, cost, left, purpose.Pin)
	case Backfill:
		return g.mayBackfill(now, cost, left)
	default:
		return g.mayLook(now, cost, left)
	}
}

func (g *Governor) mayClose(now time.Time, cost, left int, pin time.Time) (bool, string) {
	if g.captured(pin) {
		return false, "this closing capture is made or being made"
	}
	promised := g.promised(now)
	reserve := g.reserve(now, len(promised))
	if slices.ContainsFunc(promised, func(p cadence.Pin) bool { return p.At.Equal(pin) }) {
		if others := reserve - g.Level().Cost(); cost <= left-others {
			return true, "reserved for this closing capture"
		}
	}
	if cost <= left-reserve {
		return true, "spare: this closing capture is not promised"
	}
	return false, fmt.Sprintf("%d credits left are reserved for %d closing captures of more games", left, len(promised))
}

func (g *Governor) mayLook(now time.Time, cost, left int) (bool, string) {
	if !g.known || !now.Before(g.through) {
		return false, "no schedule of the games to come: what closing captures need is not known"
	}
	promised := g.promised(now)
	if spare := left - g.margin() - g.reserve(now, len(promised)); cost > spare {
		return false, fmt.Sprintf("%d credits left are reserved for %d closing captures and their retries", left, len(promised))
	}
	if next, ok := g.next(promised, now); ok && next.Sub(now) < g.every(now) {
		return false, "a closing capture is the next look anyway"
	}
	g.solve(now)
	if g.pace >= 1 {
		return true, "the plan affords the whole cadence"
	}
	owed, want := g.owed(now), float64(cost)/float64(g.Level().Cost())
	return owed >= want, fmt.Sprintf("%.2f looks due at %.0f %% of the cadence, the call is %.2f", owed, 100*g.pace, want)
}

// mayBackfill pays only from what the rest of the month cannot use.
func (g *Governor) mayBackfill(now time.Time, cost, left int) (bool, string) {
	if !g.known || !now.Before(g.through) {
		return false, "no schedule of the games to come: what is left over is not known"
	}
	surplus := g.budget(now) - g.rest(now, g.end(), 1)*float64(g.Level().Cost())
	if float64(cost) > surplus {
		return false, fmt.Sprintf("%d credits left are planned for the games of this month, the call costs %d", left, cost)
	}
	return true, "left over this month"
}

// margin is what regular looks leave.
func (g *Governor) margin() int { return int(math.Ceil(g.plan.Margin * float64(g.limit()))) }

// captured tells that a closing capture is made, or being made.
func (g *Governor) captured(pin time.Time) bool {
	return !pin.After(g.state.Pin) || slices.ContainsFunc(g.state.Open, func(c Call) bool { return c.Pin.Equal(pin) })
}

// toCome are the closing captures of this month that can still be made.
func (g *Governor) toCome(now time.Time) []cadence.Pin {
	end, from := g.end(), now.Add(-g.plan.Cadence.Tolerance)
	i, _ := slices.BinarySearchFunc(g.pins, from, func(p cadence.Pin, t time.Time) int { return p.At.Compare(t) })
	j, _ := slices.BinarySearchFunc(g.pins, end, func(p cadence.Pin, t time.Time) int { return p.At.Compare(t) })
	pins := g.pins[i:max(i, j)]
	for len(pins) > 0 && g.captured(pins[0].At) {
		pins = pins[1:]
	}
	return pins
}

// unlisted is by how much the rest of the month is longer than the part of it
// whose games are listed.
func (g *Governor) unlisted(now time.Time) float64 {
	if end := g.end(); g.through.Before(end) && now.Before(g.through) {
		return float64(end.Sub(now)) / float64(g.through.Sub(now))
	}
	return 1
}

// settle chooses the breadth at the start of a month, and lowers it where what
// is left cannot pay the closing captures to come.
func (g *Governor) settle(now time.Time) {
	s := &g.state
	n := float64(len(g.toCome(now))) * g.unlisted(now)
	if n == 0 {
		return
	}
	left := float64(g.limit() - s.committed())
	if !s.Settled {
		s.Level, s.Settled = 0, true
		left *= g.plan.ClosingShare
	}
	for s.Level < len(g.levels)-1 && n*float64(g.Level().Cost()) > left {
		s.Level++
		g.stale = true
	}
}

// promised are the closing captures to come that are paid for: all of them, or
// those of the most games.
func (g *Governor) promised(now time.Time) []cadence.Pin {
	pins := g.toCome(now)
	left := max(0, g.limit()-g.state.committed())
	most := int(float64(left/g.Level().Cost()) / g.unlisted(now))
	if len(pins) <= most {
		return pins
	}
	pins = slices.Clone(pins)
	slices.SortStableFunc(pins, func(a, b cadence.Pin) int { return cmp.Compare(len(b.Games), len(a.Games)) })
	return pins[:most]
}

// reserve is what promised closing captures cost, those of days not listed
// among them.
func (g *Governor) reserve(now time.Time, promised int) int {
	return int(math.Ceil(float64(promised)*g.unlisted(now))) * g.Level().Cost()
}

// next is the first of the pins that is still to come.
func (g *Governor) next(pins []cadence.Pin, now time.Time) (first time.Time, ok bool) {
	for _, p := range pins {
		if !p.At.Before(now) && (!ok || p.At.Before(first)) {
			first, ok = p.At, true
		}
	}
	return first, ok
}

// every is the interval of the cadence at a moment; 0 while it is quiet.
func (g *Governor) every(t time.Time) time.Duration {
	if s := g.spans[g.spanAt(t):]; len(s) > 0 && !t.Before(s[0].From) {
		return s[0].Every
	}
	return 0
}

// spanAt is the first span that ends after a moment.
func (g *Governor) spanAt(t time.Time) int {
	i, _ := slices.BinarySearchFunc(g.spans, t, func(s stretch, t time.Time) int {
		if s.To.After(t) {
			return 1
		}
		return -1
	})
	return i
}

// looks are how many a share of the cadence makes between two moments.
func (g *Governor) looks(from, to time.Time, pace float64) (n float64) {
	for _, s := range g.spans[g.spanAt(from):] {
		if !s.From.Before(to) {
			break
		}
		if s.near {
			continue
		}
		a, b := s.From, s.To
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		n += min(1, pace*s.root) * float64(b.Sub(a)) / float64(s.Every)
	}
	return n
}

// rest is looks, the days not listed among them.
func (g *Governor) rest(from, to time.Time, pace float64) float64 {
	return g.looks(from, to, pace) * g.unlisted(from)
}

// foreign is what other users of the key are expected to spend until the end
// of the month, from the first day on.
func (g *Governor) foreign(now time.Time) float64 {
	past := now.Sub(g.state.Period)
	if past < 24*time.Hour {
		return 0
	}
	return float64(g.state.Foreign) * float64(g.end().Sub(now)) / float64(past)
}

// budget is what regular looks may cost until the end of the month, in credits.
func (g *Governor) budget(now time.Time) float64 {
	left := g.limit() - g.state.committed() - g.margin() - g.reserve(now, len(g.promised(now)))
	return max(0, float64(left)-g.foreign(now))
}

// solve finds the share of the cadence that the budget pays.
func (g *Governor) solve(now time.Time) {
	if !g.stale && now.Sub(g.solved).Abs() < resolve {
		return
	}
	g.stale, g.solved = false, now
	looks := g.budget(now)/float64(g.Level().Cost()) - max(0, g.state.Owed)
	end := g.end()
	if g.pace = 1; g.rest(now, end, 1) <= looks {
		return
	}
	low, high := 0.0, 1.0
	for range 24 {
		g.pace = (low + high) / 2
		if g.rest(now, end, g.pace) > looks {
			high = g.pace
		} else {
			low = g.pace
		}
	}
}

// owed are the regular looks that have added up by now.
func (g *Governor) owed(now time.Time) float64 {
	s := g.state
	if s.OwedAt.IsZero() || !now.After(s.OwedAt) {
		return s.Owed
	}
	return min(maxOwed, s.Owed+g.looks(s.OwedAt, now, g.pace))
}
