package cadence

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Look is one request to make, and what it is for.
type Look struct {
	At    time.Time
	Kind  Kind
	Every time.Duration // the interval in force; 0 for a pinned capture
	Lead  time.Duration // of a pinned capture: before the scheduled start; 0: at the first pitch
	Pin   time.Time     // of a pinned capture: when it was to be made
	Game  mlb.GameID    // that asks for it; 0 while idle
	Start time.Time     // of that game
	Games int           // that a pinned capture serves
}

// Why tells a person why the look is made.
func (l Look) Why() string {
	switch l.Kind {
	case Pregame:
		return fmt.Sprintf("every %v: game %d starts in %v", round(l.Every), l.Game, round(l.Start.Sub(l.At)))
	case Waiting:
		return fmt.Sprintf("every %v: game %d should have started %v ago", round(l.Every), l.Game, round(l.At.Sub(l.Start)))
	case Live:
		return fmt.Sprintf("every %v: game %d is being played", round(l.Every), l.Game)
	case Pinned:
		return fmt.Sprintf("pinned: %s of game %d%s", l.moment(), l.Game, l.others())
	default:
		return fmt.Sprintf("every %v: no game is near", round(l.Every))
	}
}

func (l Look) moment() string {
	if l.Lead == 0 {
		return "first pitch"
	}
	return fmt.Sprintf("%v before the start", l.Lead)
}

func (l Look) others() string {
	if l.Games <= 1 {
		return ""
	}
	return fmt.Sprintf(" and %d more", l.Games-1)
}

func round(d time.Duration) time.Duration { return d.Round(time.Second) }

// Pin is a capture to be made at a moment of its own.
type Pin struct {
	At    time.Time
	Lead  time.Duration // before the scheduled start; 0: at the first pitch
	Games []Game        // that it serves, the first of them at its moment
}

// Pins are the pinned captures that the games ask for, in order.
func (p Plan) Pins(games []Game) (all []Pin) {
	for _, lead := range p.Pinned {
		all = append(all, p.merged(p.moments(games, lead))...)
	}
	slices.SortStableFunc(all, func(a, b Pin) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(b.Lead, a.Lead)) })
	return all
}

// moments are the pins of one kind, one for each game, in order.
func (p Plan) moments(games []Game, lead time.Duration) (all []Pin) {
	for _, g := range games {
		if at, ok := g.pin(lead); ok && !p.rests(at) {
			all = append(all, Pin{at, lead, []Game{g}})
		}
	}
	slices.SortStableFunc(all, func(a, b Pin) int { return a.At.Compare(b.At) })
	return all
}

// pin is when a capture of the game is pinned; false where it has none, as a
// game that has begun before it.
func (g Game) pin(lead time.Duration) (at time.Time, ok bool) {
	switch {
	case g.dead() || g.cutoff().IsZero():
		return at, false
	case lead == 0:
		return g.cutoff(), true
	case g.Start.IsZero():
		return at, false
	}
	at = g.Start.Add(-lead)
	return at, !g.begun() || !g.cutoff().Before(at)
}

// merged joins pins of one kind that one look serves.
func (p Plan) merged(pins []Pin) (all []Pin) {
	for _, pin := range pins {
		if n := len(all); n > 0 && pin.At.Sub(all[n-1].At) <= p.Merge {
			all[n-1].Games = append(all[n-1].Games, pin.Games...)
			continue
		}
		all = append(all, pin)
	}
	return all
}

func (pin Pin) look(at time.Time) Look {
	return Look{At: at, Kind: Pinned, Lead: pin.Lead, Pin: pin.At, Game: pin.Games[0].ID, Start: pin.Games[0].cutoff(), Games: len(pin.Games)}
}

func (s Span) look(at time.Time) Look {
	return Look{At: at, Kind: s.Kind, Every: s.Every, Game: s.Game, Start: s.Start}
}

// Next is the next look at a feed of the games, at now or after it. The last
// look is zero where there was none. It is false where nothing is to be looked
// at until the games change. It takes three numbers of the generator.
func (p Plan) Next(now, last time.Time, games []Game, r *rand.Rand) (Look, bool) {
	at := pace{stretch: 1 + p.Jitter*(2*r.Float64()-1), shift: p.Jitter * r.Float64()}
	delay := time.Duration(p.Jitter * r.Float64() * float64(max(0, min(p.Min, p.Tolerance-p.Min))))
	games = ahead(games)
	windows := p.windows(games, at)
	spans := p.spans(windows, now, p.near(now, last), at)
	if _, ok := due(spans, last); !ok {
		spans = p.spans(windows, now, p.horizon(windows, now, last), at)
	}
	return p.earliest(spans, p.Pins(games), now, last, delay)
}

// near is a moment by which the next look is mostly due, so that most need not
// lay out the whole day.
func (p Plan) near(now, last time.Time) time.Time {
	return later(now, last).Add(4 * p.Min)
}

// ahead are the games that may still ask for something.
func ahead(games []Game) []Game {
	return slices.DeleteFunc(slices.Clone(games), Game.Over)
}

// horizon is a moment after every change in what is asked for, and far enough
// to see one idle look after it.
func (p Plan) horizon(windows []Span, now, last time.Time) time.Time {
	end := later(now, last)
	for _, w := range windows {
		end = later(end, w.To)
	}
	for _, b := range p.Breaks {
		end = later(end, b.To)
	}
	return end.Add(2*p.Idle + 1)
}

// earliest is the first regular look, or the first pinned capture where that
// comes first or leaves no room for the regular one before it.
func (p Plan) earliest(spans []Span, pins []Pin, now, last time.Time, delay time.Duration) (Look, bool) {
	regular, ok := due(spans, last)
	for _, pin := range pins {
		if !pin.At.After(last) || pin.At.Add(p.Tolerance).Before(now) {
			continue
		}
		at := later(pin.At.Add(delay), now)
		if !last.IsZero() {
			at = later(at, last.Add(p.Min))
		}
		if !ok || regular.At.Add(p.Min).After(at) {
			return pin.look(at), true
		}
		break
	}
	return regular, ok
}

// due is the first moment at which the last look is as old as the interval in
// force.
func due(spans []Span, last time.Time) (Look, bool) {
	for _, s := range spans {
		at := s.From
		if !last.IsZero() {
			at = later(at, last.Add(s.Every))
		}
		if at.Before(s.To) {
			return s.look(at), true
		}
	}
	return Look{}, false
}

// Expected are the looks that should follow one at from, up to and including
// to, as the games are known today and without jitter. It errs low where the
// games have changed since: what a game asked for before it was postponed, and
// the play of one whose end is not told, are not counted.
func (p Plan) Expected(from, to time.Time, games []Game) (all []Look) {
	spans, pins := p.Spans(from, to.Add(1), games), p.Pins(games)
	for last := from; ; {
		look, ok := p.earliest(spans, pins, last, last, 0)
		if !ok || look.At.After(to) {
			return all
		}
		all, last = append(all, look), look.At
		for len(spans) > 0 && !spans[0].To.After(last) {
			spans = spans[1:]
		}
		for len(pins) > 0 && !pins[0].At.After(last) {
			pins = pins[1:]
		}
	}
}

// NoLimit is the age allowed while nothing is asked for.
const NoLimit = time.Duration(math.MaxInt64)

// Fresh tells whether the last look, zero for none, is as recent as the plan
// and the games ask for at now, and how old it may be. While nothing is asked
// for every age is fresh, and what was missed before a quiet time is a gap but
// not staleness.
func (p Plan) Fresh(last, now time.Time, games []Game) (ok bool, allowed time.Duration, reason string) {
	games = ahead(games)
	windows := p.windows(games, p.slowest())
	from := now
	if !last.IsZero() {
		from = earlier(last, now)
	}
	spans := inForce(p.spans(windows, from, p.horizon(windows, now, last), p.slowest()), now)
	look, ok := due(spans, last)
	switch {
	case len(spans) == 0:
		return true, NoLimit, p.quiet()
	case last.IsZero():
		return false, 0, "never looked at, wanted " + look.Why()
	case !ok:
		return true, NoLimit, "no further look is wanted before a quiet time"
	}
	latest := p.latest(look, spans[0].From, last, games).Add(p.Grace)
	allowed = latest.Sub(last)
	reason = fmt.Sprintf("looked at %v ago, allowed %v: %s", round(now.Sub(last)), round(allowed), look.Why())
	return !now.After(latest), allowed, reason
}

// inForce are the spans from the start of the time without a gap that holds
// now; none while nothing is asked for.
func inForce(spans []Span, now time.Time) []Span {
	first := 0
	for i, s := range spans {
		if i > 0 && !spans[i-1].To.Equal(s.From) {
			first = i
		}
		if now.Before(s.To) {
			if now.Before(s.From) {
				return nil
			}
			return spans[first:]
		}
	}
	return nil
}

// latest is when the look, or a capture pinned before it, is made at the
// latest. A look may wait for a pin by less than the minimum interval.
func (p Plan) latest(look Look, from, last time.Time, games []Game) time.Time {
	at := look.At.Add(p.Min)
	for _, pin := range p.Pins(games) {
		if pin.At.After(last) && !pin.At.Before(from) {
			at = earlier(at, pin.At.Add(p.Tolerance))
		}
	}
	return at
}

func (p Plan) quiet() string {
	if len(p.Phases) == 0 {
		return "quiet: no game is being played"
	}
	return fmt.Sprintf("quiet: no game within %v of its start", p.Phases[0].Lead)
}
