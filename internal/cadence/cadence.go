// Package cadence says when a source is to be looked at next, and which looks
// should have happened. It does no I/O, knows no clock and draws from the
// generator it is given.
//
// # The model
//
// Every game opens windows in time, in each of which a look is wanted every so
// often: the plan's phases before the scheduled start, denser towards it; the
// last phase again while a late game has not begun; the live interval from the
// first pitch to the end. A feed that shows several games follows the window
// that asks for most at each moment. Outside all windows it is quiet, or idle
// where the plan gives an interval for that.
//
// The next look is the first moment t for which t minus the last look is at
// least the interval in force at t. Unlike "last look plus interval" this
// cannot sleep through the start of a denser phase, needs no memory beyond the
// last look, and gives a later answer to a later question.
//
// # Pins
//
// A pinned capture is made at a moment of its own: so long before the
// scheduled start (a closing price), and at the first pitch, which is the
// scheduled start until the actual one is known. A regular look due less than
// the minimum interval before a pin waits for it; a pin less than the minimum
// after a look is late by less than the minimum, which Validate keeps within
// the tolerance, and the tolerance before the start. Pins of one kind within
// Merge of each other are one look, at the first of them: for a feed that
// shows the whole slate and is paid by the call.
//
// # Jitter
//
// For each look one draw stretches all intervals, and one delays the starts of
// all phases by part of the interval that begins there, so that neither the
// looks nor the changes of phase of many feeds fall together. Pins are only
// delayed, within their tolerance. The same generator state gives the same
// answer.
//
// # What does not count
//
// A game that is postponed, cancelled or forfeited opens no window and pins
// nothing. One that is over or suspended asks for nothing more, yet its past
// windows count in Expected. All arithmetic is on instants: midnight UTC and
// the days of 23 and 25 hours are moments like others; only a break's dates are
// read in a time zone.
package cadence

import (
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Shape says what one request to a source shows.
type Shape uint8

// The shapes.
const (
	Slate   Shape = iota // all games of the day: a scoreboard, a list of odds
	PerGame              // one game: its price history, its live feed
)

// Phase is an interval in force from so long before the scheduled start.
type Phase struct {
	Lead  time.Duration
	Every time.Duration
}

// Break is a time in which a source is not looked at whatever happens: From
// inclusive, To exclusive.
type Break struct {
	From, To time.Time
}

// Days is the break from the first through the last of two days, as they begin
// and end in the zone.
func Days(first, last mlb.Date, zone *time.Location) Break {
	return Break{
		From: time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, zone),
		To:   time.Date(last.Year, last.Month, last.Day+1, 0, 0, 0, 0, zone),
	}
}

// Plan is the cadence of one source.
type Plan struct {
	Shape     Shape
	Min       time.Duration   // between two looks at one feed, whatever else is asked for
	Phases    []Phase         // the longest lead first; it is the horizon
	Late      time.Duration   // the last phase goes on so long past a start without a first pitch
	Live      time.Duration   // interval during a game; 0: none
	LiveFor   time.Duration   // after so long a game no source has ended is taken to be over
	Idle      time.Duration   // interval while no game is within the horizon; 0: quiet. For a slate only
	Pinned    []time.Duration // before the scheduled start; 0: at the first pitch
	Tolerance time.Duration   // a pinned capture is made at most so late
	Merge     time.Duration   // one look serves pins of one kind up to so long after it
	Jitter    float64         // part of an interval that chance moves a look by, either way: 0 to 0.5
	Grace     time.Duration   // a look may be so late before the feed is stale: retries, slow answers
	Breaks    []Break
}

// Standard is a plan for a free feed of the shape: hourly from twelve hours
// before the start, every 5 minutes from three hours, every minute from one,
// pinned 5 minutes before the start and at the first pitch, not live.
func Standard(s Shape) Plan {
	return Plan{
		Shape:     s,
		Min:       30 * time.Second,
		Phases:    []Phase{{12 * time.Hour, time.Hour}, {3 * time.Hour, 5 * time.Minute}, {time.Hour, time.Minute}},
		Late:      4 * time.Hour,
		LiveFor:   8 * time.Hour,
		Pinned:    []time.Duration{5 * time.Minute, 0},
		Tolerance: time.Minute,
		Jitter:    0.1,
		Grace:     time.Minute,
	}
}

// Validate names what makes the plan impossible. The error wraps
// mlb.ErrInvalid.
func (p Plan) Validate() error {
	for _, check := range []func() error{p.checkPhases, p.checkRest, p.checkPins, p.checkBreaks} {
		if err := check(); err != nil {
			return fmt.Errorf("%w: cadence: %w", mlb.ErrInvalid, err)
		}
	}
	return nil
}

func (p Plan) checkPhases() error {
	if p.Min <= 0 {
		return fmt.Errorf("minimum interval %v: want more than 0", p.Min)
	}
	for i, ph := range p.Phases {
		switch {
		case ph.Lead <= 0:
			return fmt.Errorf("phase %d begins %v before the start: want more than 0", i+1, ph.Lead)
		case ph.Every < p.Min:
			return fmt.Errorf("phase %d looks every %v, below the source's minimum of %v", i+1, ph.Every, p.Min)
		case i > 0 && ph.Lead >= p.Phases[i-1].Lead:
			return fmt.Errorf("phase %d begins %v before the start, not after phase %d: order them by lead, the longest first", i+1, ph.Lead, i)
		case i > 0 && ph.Every > p.Phases[i-1].Every:
			return fmt.Errorf("phase %d looks every %v, sparser than phase %d: phases get denser", i+1, ph.Every, i)
		}
	}
	return nil
}

func (p Plan) checkRest() error {
	switch {
	case p.Late < 0 || p.LiveFor < 0 || p.Grace < 0 || p.Merge < 0 || p.Tolerance < 0:
		return fmt.Errorf("late %v, live for %v, grace %v, merge %v, tolerance %v: none may be negative", p.Late, p.LiveFor, p.Grace, p.Merge, p.Tolerance)
	case p.Live != 0 && p.Live < p.Min:
		return fmt.Errorf("live interval %v, below the source's minimum of %v", p.Live, p.Min)
	case p.Live != 0 && p.LiveFor == 0:
		return fmt.Errorf("live interval %v without a longest duration of a game", p.Live)
	case p.Idle != 0 && p.Shape == PerGame:
		return fmt.Errorf("idle interval %v for a feed of one game: only a slate is looked at without games", p.Idle)
	case p.Idle != 0 && (p.Idle < p.Min || len(p.Phases) > 0 && p.Idle < p.Phases[0].Every):
		return fmt.Errorf("idle interval %v: want no denser than the first phase and the source's minimum of %v", p.Idle, p.Min)
	case !(p.Jitter >= 0 && p.Jitter <= 0.5):
		return fmt.Errorf("jitter %v: want 0 to 0.5", p.Jitter)
	}
	return nil
}

func (p Plan) checkPins() error {
	if len(p.Pinned) == 0 {
		return nil
	}
	if p.Tolerance < p.Min || p.Tolerance < p.Merge {
		return fmt.Errorf("pins with a tolerance of %v: want at least the minimum interval %v and the merge %v", p.Tolerance, p.Min, p.Merge)
	}
	for _, lead := range p.Pinned {
		switch {
		case lead < 0:
			return fmt.Errorf("pin %v before the start: want 0 or more", lead)
		case len(p.Phases) == 0 || lead > p.Phases[0].Lead:
			return fmt.Errorf("pin %v before the start lies outside every phase", lead)
		case lead > 0 && lead < p.Tolerance:
			return fmt.Errorf("pin %v before the start could be made after it: its tolerance is %v", lead, p.Tolerance)
		}
	}
	return nil
}

func (p Plan) checkBreaks() error {
	for _, b := range p.Breaks {
		if !b.From.Before(b.To) {
			return fmt.Errorf("break from %v to %v is empty", b.From, b.To)
		}
	}
	return nil
}

func (p Plan) rests(t time.Time) bool {
	return slices.ContainsFunc(p.Breaks, func(b Break) bool { return !t.Before(b.From) && t.Before(b.To) })
}

// Game is what a cadence depends on.
type Game struct {
	ID         mlb.GameID
	Start      time.Time // scheduled; zero: only the day is known, and nothing is asked for
	FirstPitch time.Time // actual; zero until known
	Ended      time.Time // zero until known
	Status     mlb.Status
}

// cutoff is when pregame prices end.
func (g Game) cutoff() time.Time { return mlb.CutoffOf(g.FirstPitch, g.Start).At }

// dead tells that the game is not played as scheduled.
func (g Game) dead() bool {
	return g.Status == mlb.Postponed || g.Status == mlb.Cancelled || g.Status == mlb.Forfeited
}

// Over tells that nothing more happens in the game as listed.
func (g Game) Over() bool {
	return g.dead() || g.Status == mlb.Final || g.Status == mlb.Suspended
}

// begun tells that the first pitch is past, whether or not its time is known.
func (g Game) begun() bool {
	return !g.FirstPitch.IsZero() || g.Status == mlb.InProgress || g.Status == mlb.Final || g.Status == mlb.Suspended
}

// Upcoming tells that the game is still to begin.
func (g Game) Upcoming(now time.Time) bool { return !g.Over() && !g.begun() && now.Before(g.cutoff()) }

// Feed is what one request of a source is about.
type Feed struct {
	Game  mlb.GameID // 0: the whole slate
	Games []Game
}

// Feeds are the feeds that the source has of a day's games.
func (p Plan) Feeds(games []Game) []Feed {
	if p.Shape == Slate {
		return []Feed{{Games: games}}
	}
	feeds := make([]Feed, len(games))
	for i, g := range games {
		feeds[i] = Feed{Game: g.ID, Games: games[i : i+1 : i+1]}
	}
	return feeds
}
