package quota

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// State is all a governor remembers. It is small, marshals to JSON and may be
// kept by a store between any two calls; the zero value is a key never used.
type State struct {
	Period     time.Time // start of the month in force
	ResetDay   int       // seen at the API; 0: the plan's
	Used       int       // credits as the API last told
	Told       time.Time // when it did; before Period: not yet in this month
	Limit      int       // credits a month as the API told; 0: not told
	Presumed   int       // credits of calls that ended without an answer since
	PresumedAt time.Time // the last of them
	Foreign    int       // credits the API counted this month beyond our calls
	Open       []Call    // begun and not ended
	Level      int       // of breadth, in the order they are given up
	Settled    bool      // the month's level has been chosen
	Pin        time.Time // of the latest closing capture made
	Owed       float64   // regular looks added up and not made, at OwedAt
	OwedAt     time.Time
	Refusal    string    // "credit" or "key" while the API refuses the key
	Day        Day       // in progress
	Errors     DayErrors // of the days of this month that are over
}

// Call is one request to the API.
type Call struct {
	ID   string
	At   time.Time
	Cost int
	Pin  time.Time // of a closing capture
}

// Day is what was planned for a day and how it began, in credits.
type Day struct {
	At      time.Time
	Used    int
	Planned float64
}

// DayErrors sums up how days differed from their plans, in credits.
type DayErrors struct {
	Days            int
	Actual, Planned float64
	SquaredErrors   float64
}

const (
	noCredit = "credit"
	badKey   = "key"
)

// committed is what is spent, as far as is known, and what may have been.
func (s *State) committed() int {
	n := s.Used + s.Presumed
	for _, c := range s.Open {
		n += c.Cost
	}
	return n
}

// confirmed tells that the API has told its count in this month.
func (s *State) confirmed() bool { return !s.Told.Before(s.Period) }

// Begin records that a call is being made. The id is unique to the call: one
// recorded twice counts once.
func (g *Governor) Begin(now time.Time, id string, cost int, purpose Purpose) {
	g.advance(now)
	s := &g.state
	if slices.ContainsFunc(s.Open, func(c Call) bool { return c.ID == id }) {
		return
	}
	c := Call{ID: id, At: now, Cost: cost}
	switch purpose.Kind {
	case Closing:
		c.Pin = purpose.Pin
	case Regular:
		g.solve(now)
		s.Owed, s.OwedAt = max(-maxOwed, g.owed(now)-float64(cost)/float64(g.Level().Cost())), now
	}
	s.Open = append(s.Open, c)
}

// End records how a call ended: whether it brought odds, and the counters its
// answer carried, nil for none. A call without them is presumed to be charged.
// An end recorded twice, or long after the timeout, can only raise the count.
func (g *Governor) End(now time.Time, id string, ok bool, h *Header) {
	g.advance(now)
	before := g.state.committed()
	c, known := g.take(id)
	switch {
	case h != nil:
		g.heard(now, c, known, *h)
	case known:
		g.presume(now, c)
	}
	if ok && c.Pin.After(g.state.Pin) {
		g.state.Pin = c.Pin
	}
	g.stale = g.stale || g.state.committed() != before
}

// Refused records that the API refused the key, with an error of Refusal; any
// other error is an end without an answer. A refused call is not charged.
func (g *Governor) Refused(now time.Time, id string, err error) {
	switch {
	case errors.Is(err, ErrNoCredit):
		g.state.Refusal = noCredit
	case errors.Is(err, ErrKey):
		g.state.Refusal = badKey
	default:
		g.End(now, id, false, nil)
		return
	}
	g.advance(now)
	g.take(id)
	g.stale = true
}

// NewKey forgets that the key was refused: the operator has set another.
func (g *Governor) NewKey() { g.state.Refusal = "" }

// Err is why no call can succeed; nil while calls can.
func (g *Governor) Err() error {
	switch g.state.Refusal {
	case noCredit:
		return fmt.Errorf("%w: %d of %d credits used; wait for %s or take a larger plan", ErrNoCredit, g.state.Used, g.limit(), g.end().Format(time.DateOnly))
	case badKey:
		return fmt.Errorf("%w: set another key", ErrKey)
	default:
		return nil
	}
}

// take removes an open call.
func (g *Governor) take(id string) (c Call, ok bool) {
	i := slices.IndexFunc(g.state.Open, func(c Call) bool { return c.ID == id })
	if i < 0 {
		return Call{}, false
	}
	c = g.state.Open[i]
	g.state.Open = slices.Delete(g.state.Open, i, i+1)
	return c, true
}

// presume counts a call whose answer is not known.
func (g *Governor) presume(now time.Time, c Call) {
	g.state.Presumed += c.Cost
	g.state.PresumedAt = now
}

// heard takes over what the API told. A call that is not known may have begun
// at any time before.
func (g *Governor) heard(now time.Time, c Call, known bool, h Header) {
	s := &g.state
	if !known || !c.At.After(s.Told) {
		s.Used = max(s.Used, h.Used)
		return
	}
	switch others := s.committed() - s.Used; {
	case s.confirmed() && 2*h.Used < s.Used:
		g.reset(now)
	case s.confirmed():
		s.Foreign += max(0, h.Used-s.Used-c.Cost-others)
	}
	s.Used, s.Told = h.Used, now
	if c.At.After(s.PresumedAt) {
		s.Presumed = 0
	}
	before := g.limit()
	s.Limit = h.Used + h.Remaining
	s.Settled = s.Settled && g.limit() == before
	if h.Remaining > 0 || s.Refusal == badKey {
		s.Refusal = ""
	}
}

// reset begins a month that the API has begun.
func (g *Governor) reset(now time.Time) {
	day := now.UTC().Truncate(24 * time.Hour)
	g.state.ResetDay = day.Day()
	g.month(day)
}

// month begins a month.
func (g *Governor) month(at time.Time) {
	s := &g.state
	s.Period, s.Used, s.Presumed, s.Foreign = at, 0, 0, 0
	s.Level, s.Settled = 0, false
	s.Day, s.Errors = Day{}, DayErrors{}
	if s.Refusal == noCredit {
		s.Refusal = ""
	}
}

// advance brings the state to now: the month, calls without an end, the
// breadth, the day.
func (g *Governor) advance(now time.Time) {
	if s := &g.state; s.Period.IsZero() || !now.Before(g.end()) {
		g.month(before(now, g.resetDay()))
		g.stale = true
	}
	g.expire(now)
	g.settle(now)
	g.turnDay(now)
}

// expire presumes calls that have not ended within the timeout.
func (g *Governor) expire(now time.Time) {
	g.state.Open = slices.DeleteFunc(g.state.Open, func(c Call) bool {
		if now.Sub(c.At) <= g.plan.Timeout {
			return false
		}
		g.presume(c.At.Add(g.plan.Timeout), c)
		return true
	})
}

func (g *Governor) resetDay() int {
	if g.state.ResetDay != 0 {
		return g.state.ResetDay
	}
	return g.plan.ResetDay
}

// end is when the month in force ends.
func (g *Governor) end() time.Time { return after(g.state.Period, g.resetDay()) }

// limit is the number of credits of the month.
func (g *Governor) limit() int {
	if g.state.Limit > 0 {
		return min(g.plan.Credits, g.state.Limit)
	}
	return g.plan.Credits
}
