package mlb

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Market is what a bet is on. The zero value is no market.
type Market uint8

// The three main markets.
const (
	Moneyline Market = iota + 1
	RunLine
	Total
)

var marketNames = [...]string{"", "moneyline", "run_line", "total"}

// String is the market's name as the CLI and the JSON print it.
func (m Market) String() string { return nameOf(marketNames[:], int(m)) }

// ParseMarket reads a market's own name, as String prints it.
func ParseMarket(s string) (Market, error) { return parseName[Market](marketNames[:], s, "market") }

// HasLine tells whether the market is quoted at a line (in runs).
func (m Market) HasLine() bool { return m == RunLine || m == Total }

// Sides are the two sides of the market, the one a fair probability is
// quoted for (home, over) first.
func (m Market) Sides() (first, second Side) {
	if m == Total {
		return Over, Under
	}
	return Home, Away
}

// Period is the part of the game a market is settled on.
type Period uint8

// The periods quoted by the sources.
const (
	FullGame Period = iota + 1
	FirstFive
)

var periodNames = [...]string{"", "game", "first_five"}

// String is the period's name as the CLI and the JSON print it.
func (p Period) String() string { return nameOf(periodNames[:], int(p)) }

// ParsePeriod reads a period's own name, as String prints it.
func ParsePeriod(s string) (Period, error) { return parseName[Period](periodNames[:], s, "period") }

// Side is one outcome of a two-way market.
type Side uint8

// The sides of the three markets.
const (
	Home Side = iota + 1
	Away
	Over
	Under
)

var sideNames = [...]string{"", "home", "away", "over", "under"}

// String is the side's name as the CLI and the JSON print it.
func (s Side) String() string { return nameOf(sideNames[:], int(s)) }

// ParseSide reads a side's own name, as String prints it.
func ParseSide(s string) (Side, error) { return parseName[Side](sideNames[:], s, "side") }

// Opposite is the other side of the same market.
func (s Side) Opposite() Side {
	switch s {
	case Home:
		return Away
	case Away:
		return Home
	case Over:
		return Under
	case Under:
		return Over
	default:
		return 0
	}
}

// Of tells whether s is a side of market m.
func (s Side) Of(m Market) bool {
	a, b := m.Sides()
	return s == a || s == b
}

// Line is a handicap or total in half-runs, so that -1.5 is exactly -3.
// A run line is kept from the home side's view in every store and key: both
// sides of one line then share it (home -1.5 and away +1.5 are Line -3).
// A moneyline's line is 0.
type Line int16

// Runs is the line in runs.
func (l Line) Runs() float64 { return float64(l) / 2 }

// ForSide is the line as the given side's ticket shows it: the away side of
// a run line sees the handicap with the other sign.
func (l Line) ForSide(m Market, s Side) Line {
	if m == RunLine && s == Away {
		return -l
	}
	return l
}

// String prints the line in runs with one decimal and, for handicaps, no
// forced sign: "8.5", "-1.5".
func (l Line) String() string { return strconv.FormatFloat(l.Runs(), 'f', 1, 64) }

// Label prints the line as a bettor writes it on a ticket: signed for a run
// line, plain for a total, empty for a moneyline.
func (l Line) Label(m Market, s Side) string {
	switch m {
	case RunLine:
		return fmt.Sprintf("%+.1f", l.ForSide(m, s).Runs())
	case Total:
		return l.String()
	default:
		return ""
	}
}

// maxLine is the largest line any book is known to quote by a wide margin: a
// larger one is a misread number, not an alternate.
const maxLine = Line(2 * 40)

// ParseLine reads a line in runs: "8.5", "-1.5", "9", "9.0". A comma is read
// as the decimal mark ("-3,5"), as one captured book writes it: with a single
// digit behind it no other reading exists. Quarter lines and anything else
// that is not a multiple of half a run are errors.
func ParseLine(s string) (Line, error) {
	bad := func() (Line, error) {
		return 0, fmt.Errorf("%w: line %q is not a number of half-runs", ErrInvalid, s)
	}
	text := strings.Replace(s, ",", ".", 1)
	whole, frac, hasFrac := strings.Cut(text, ".")
	if hasFrac && frac != "0" && frac != "5" && frac != "00" && frac != "50" {
		return bad()
	}
	neg := strings.HasPrefix(whole, "-")
	digits := strings.TrimLeft(whole, "+-")
	if len(whole)-len(digits) > 1 || len(digits) == 0 || len(digits) > 3 {
		return bad()
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return bad()
	}
	half := Line(2 * n)
	if hasFrac && frac[0] == '5' {
		half++
	}
	if half > maxLine {
		return 0, fmt.Errorf("%w: line %q is beyond what any book quotes", ErrInvalid, s)
	}
	if neg {
		half = -half
	}
	return half, nil
}

// LineFromRuns is the line nearest to a number of runs that is a multiple of
// one half.
func LineFromRuns(runs float64) (Line, error) {
	half := runs * 2
	if half != math.Trunc(half) || math.Abs(half) > float64(maxLine) {
		return 0, fmt.Errorf("%w: line %v is not a number of half-runs", ErrInvalid, runs)
	}
	return Line(half), nil
}

func nameOf(names []string, i int) string {
	if i <= 0 || i >= len(names) {
		return "unknown(" + strconv.Itoa(i) + ")"
	}
	return names[i]
}

func parseName[T ~uint8](names []string, s, what string) (T, error) {
	for i, n := range names {
		if i > 0 && n == s {
			return T(i), nil
		}
	}
	return 0, fmt.Errorf("%w: %s %q, want one of %s", ErrInvalid, what, s, strings.Join(names[1:], ", "))
}
