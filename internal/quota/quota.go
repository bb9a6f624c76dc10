// Package quota governs a feed that is paid by the call, The Odds API: what a
// month's schedule costs before the first call, what a plan too small for it
// gives up, and whether a call may be made now. It does no I/O and knows no
// clock; its whole memory is a small value that a store can keep.
//
// # Credits
//
// A call costs markets x regions, a historical one ten times that, and ten
// bookmakers count as one region. Calls that list sports or events are free,
// and their answers carry the counters too. The API tells used and remaining
// with every answer.
//
// # Whose count holds
//
// The API's. Committed credits are what it last told, plus every call begun
// and not yet answered, plus every call that ended without an answer, which is
// presumed to be charged until an answer to a later call tells. Answers may
// come out of order: a count told to a call that did not begin after the last
// one was heard can only raise ours. One told to a later call replaces ours, up or
// down. A count that falls below half of what the API told before is its
// reset: a new month begins there, and its day replaces the plan's. Around our
// own reset day the first call of a month waits for its answer before the
// next, so that a reset that has not happened yet costs no more than one call.
// What the API counts beyond our calls is taken to be other users of the key,
// and to go on. Where the API tells a smaller plan than the configured one,
// the smaller holds; a larger one needs the operator.
//
// # Closing captures first
//
// Every group of games that start together (cadence merges pins nearby) has one
// closing capture, T-5. Those to come are reserved before anything else is
// spent, so a capture promised can always be paid. The rest goes to regular
// looks, less a margin for retries of closing captures.
//
// # Where the rest is spent
//
// The cadence says how often a look is wanted and how many games' worth each
// is: closer to the first pitch and with more games, more. A share k of the
// cadence is afforded: looks come at the rate min(1, k sqrt(weight)) / every.
// The square root is what minimises the mean age of prices weighted by what
// they matter: rates go as the root of importance. k is solved so that
// the whole rest of the month costs what is left; it is solved again as
// credits are spent, so errors are paid back in small coin by all days to come.
// A look may be made when the rate has added up to one; unused ones are kept
// up to two, so that an outage does not end in a burst.
//
// # What a small plan gives up, in this order
//
//  1. Frequency: looks far from the first pitch first, as the rate has it,
//     until closing captures take ClosingShare of the month.
//  2. Regions, from the end of the plan's list to the first.
//  3. Markets, from the end of the plan's list to the first.
//  4. Closing captures: those of the fewest games, the latest first.
//
// Regions go before markets: a price of one market is still a price with
// fewer books, but a market not asked for is not there at all. Breadth is
// chosen at the start of a month and falls within it only where what is left
// cannot pay the closing captures to come.
//
// # Forecast
//
// Month-end use is what is committed plus what is reserved plus the looks
// still planned. Where the plan affords the whole cadence, the ratio of what
// past days cost to what they were planned to corrects it. The interval comes
// from the spread of the days' errors, which add up over the days left; where
// credits are short later days pay back earlier ones, and only the last two
// remain.
package quota

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// The reasons the API refuses a key.
var (
	ErrNoCredit = fmt.Errorf("%w: The Odds API: the key is out of credit", mlb.ErrUnavailable)
	ErrKey      = fmt.Errorf("%w: The Odds API: the key is not accepted", mlb.ErrInvalid)
)

// Cost is what a call for current odds costs, in credits.
func Cost(markets, regions int) int { return markets * regions }

// Header is what the API tells of the key with every answer, in credits.
type Header struct{ Used, Remaining int }

// maxCount keeps sums of counts far from overflow.
const maxCount = 1 << 40

// Level is how broad a call is.
type Level struct{ Markets, Regions []string }

// Cost is what one call costs, in credits.
func (l Level) Cost() int { return Cost(len(l.Markets), len(l.Regions)) }

// Plan is what is paid for and what is wanted of it.
type Plan struct {
	Credits      int      // a month
	ResetDay     int      // of the month, at midnight UTC; a shorter month resets on its last day
	Markets      []string // wanted in one call, what matters most first
	Regions      []string // likewise; or groups of up to ten bookmakers
	ClosingShare float64  // of a month's credits closing captures may take before breadth is given up
	Margin       float64  // share of the credits that only closing captures may touch
	Timeout      time.Duration
	Cadence      cadence.Plan // of the feed; its pins before the start are the closing captures
}

// Standard is a plan of so many credits a month for the main markets of the
// United States and, for its sharp books, Europe.
func Standard(credits int) Plan {
	c := cadence.Standard(cadence.Slate)
	c.Pinned, c.Tolerance, c.Merge = []time.Duration{5 * time.Minute}, 5*time.Minute, 5*time.Minute
	return Plan{
		Credits: credits, ResetDay: 1,
		Markets: []string{"h2h", "totals", "spreads"}, Regions: []string{"us", "eu", "us2"},
		ClosingShare: 0.8, Margin: 0.01, Timeout: 2 * time.Minute, Cadence: c,
	}
}

// Validate names what makes the plan impossible. The error wraps
// mlb.ErrInvalid.
func (p Plan) Validate() error {
	problem := ""
	switch {
	case p.Credits < 1 || p.Credits > maxCount:
		problem = fmt.Sprintf("%d credits a month: want the number of the plan", p.Credits)
	case p.ResetDay < 1 || p.ResetDay > 31:
		problem = fmt.Sprintf("reset on day %d: want a day of the month", p.ResetDay)
	case len(p.Markets) == 0 || len(p.Regions) == 0:
		problem = "no market or no region: a call asks for at least one of each"
	case !(p.ClosingShare > 0 && p.ClosingShare <= 1):
		problem = fmt.Sprintf("closing share %v: want more than 0, at most 1", p.ClosingShare)
	case !(p.Margin >= 0 && p.Margin < 1):
		problem = fmt.Sprintf("margin %v: want 0 to below 1", p.Margin)
	case p.Timeout <= 0:
		problem = fmt.Sprintf("timeout %v: want how long a call takes at most", p.Timeout)
	}
	if problem != "" {
		return fmt.Errorf("%w: quota: %s", mlb.ErrInvalid, problem)
	}
	return p.Cadence.Validate()
}

// levels are the breadths of a call, in the order they are given up.
func (p Plan) levels() (all []Level) {
	for r := len(p.Regions); r > 0; r-- {
		all = append(all, Level{p.Markets, p.Regions[:r]})
	}
	for m := len(p.Markets) - 1; m > 0; m-- {
		all = append(all, Level{p.Markets[:m], p.Regions[:1]})
	}
	return all
}

// Kind says what a call is for.
type Kind uint8

// The kinds of call.
const (
	Regular  Kind = iota // a look of the cadence
	Closing              // the closing capture of a group of games
	Backfill             // odds as they were
)

// Purpose is what a call is for, and of a closing capture its pin.
type Purpose struct {
	Kind Kind
	Pin  time.Time
}

// PurposeOf is what a look of the cadence is for. Only pins before the start
// are closing captures.
func PurposeOf(l cadence.Look) Purpose {
	if l.Kind == cadence.Pinned && l.Lead > 0 {
		return Purpose{Closing, l.Pin}
	}
	return Purpose{Kind: Regular}
}

// closings are the closing captures among pins.
func closings(pins []cadence.Pin) []cadence.Pin {
	return slices.DeleteFunc(pins, func(p cadence.Pin) bool { return p.Lead == 0 })
}

// after is the next midnight UTC that begins the day of a month, or the last
// day of a month that has no such day.
func after(t time.Time, day int) time.Time {
	t = t.UTC()
	for month := t.Month(); ; month++ {
		last := time.Date(t.Year(), month+1, 0, 0, 0, 0, 0, time.UTC)
		if at := last.AddDate(0, 0, min(day, last.Day())-last.Day()); at.After(t) {
			return at
		}
	}
}

// before is the last such midnight at t or before it.
func before(t time.Time, day int) time.Time {
	t = t.UTC()
	for month := t.Month(); ; month-- {
		last := time.Date(t.Year(), month+1, 0, 0, 0, 0, 0, time.UTC)
		if at := last.AddDate(0, 0, min(day, last.Day())-last.Day()); !at.After(t) {
			return at
		}
	}
}

func list(names []string) string { return strings.Join(names, ", ") }
