package mlb

import (
	"fmt"
	"time"
)

// Date is a calendar day of the league (MLB's officialDate), without a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads "2026-07-18".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%w: date %q, want YYYY-MM-DD", ErrInvalid, s)
	}
	return DateOf(t), nil
}

// DateOf is the calendar day of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// Time is midnight UTC of the day: a date as the database keeps it. No date is
// the zero time.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// IsZero tells that there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Before tells whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Time().Before(e.Time()) }

// String prints "2026-07-18".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// MarshalText makes a Date print as "2026-07-18" in JSON.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// GameID is our own number of a game. It outlives the game's names: a
// provisional game keeps it when a schedule names its gamePk.
type GameID int32

// Game is one game of the league. PK is MLB's gamePk, the canonical key; it
// is 0 while the game is provisional, that is not yet named by a schedule.
type Game struct {
	ID         GameID
	PK         int64
	Date       Date
	Number     int // 1, or 2 for the second game of a doubleheader; 0 unknown
	Home       TeamID
	Away       TeamID
	Start      time.Time // scheduled start, UTC; zero where only the day is known
	FirstPitch time.Time // actual start, UTC; zero until known
}

// GameIDs are the ids of games, in their order.
func GameIDs(games []Game) []GameID {
	ids := make([]GameID, len(games))
	for i, g := range games {
		ids[i] = g.ID
	}
	return ids
}

// Provisional tells that no schedule has named the game yet.
func (g Game) Provisional() bool { return g.PK == 0 }

// Matchup prints "NYM @ PHI".
func (g Game) Matchup() string { return g.Away.String() + " @ " + g.Home.String() }

// StartBasis says what a cutoff is taken from.
type StartBasis uint8

// The bases, the worst first.
const (
	NoStart        StartBasis = iota // no start is known
	ScheduledStart                   // the start announced: the game may have begun sooner or later
	ActualStart                      // the first pitch
)

var basisNames = [...]string{"none", "scheduled", "actual"}

// String is the basis's name as the CLI and the JSON print it.
func (b StartBasis) String() string {
	if int(b) >= len(basisNames) {
		return nameOf(nil, int(b))
	}
	return basisNames[b]
}

// Cutoff is the moment from which a price is no pregame price any more.
type Cutoff struct {
	At    time.Time // zero without a basis
	Basis StartBasis
}

// CutoffOf is the first pitch where it is known, else the announced start. A
// zero time is not known.
func CutoffOf(firstPitch, scheduled time.Time) Cutoff {
	switch {
	case !firstPitch.IsZero():
		return Cutoff{firstPitch, ActualStart}
	case !scheduled.IsZero():
		return Cutoff{scheduled, ScheduledStart}
	default:
		return Cutoff{}
	}
}

// Cutoff is when the game's pregame prices end.
func (g Game) Cutoff() Cutoff { return CutoffOf(g.FirstPitch, g.Start) }
