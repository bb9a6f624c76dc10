package mlb

import "time"

// Status is where a game stands. The zero value is unknown.
type Status uint8

// The statuses a schedule gives.
const (
	Scheduled Status = iota + 1
	InProgress
	Suspended
	Postponed
	Cancelled
	Forfeited
	Final
)

var statusNames = [...]string{"", "scheduled", "in_progress", "suspended", "postponed", "cancelled", "forfeited", "final"}

// String is the status's name as the CLI and the JSON print it.
func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Score is the runs of both sides.
type Score struct{ Home, Away int }

// NotPlayed stands in a line score for a half-inning that was not played: the
// home side's last one when it was ahead, or all after a game was called.
const NotPlayed int8 = -1

// LineScore is the runs by inning of both sides, as far as a source tells
// them. Some sources stop at nine: what a side scored later is then the
// difference to its final score.
type LineScore struct{ Away, Home []int8 }

// Through is the score after n whole innings. It is false where an inning of
// them is not told or was not played by the away side, or by the home side
// while it was behind or level.
func (l LineScore) Through(n int) (s Score, ok bool) {
	if len(l.Away) < n || len(l.Home) < n {
		return Score{}, false
	}
	for i := range n {
		away, home := l.Away[i], l.Home[i]
		if away == NotPlayed {
			return Score{}, false
		}
		s.Away += int(away)
		if home != NotPlayed {
			s.Home += int(home)
		} else if i < n-1 || s.Home <= s.Away {
			return Score{}, false
		}
	}
	return s, true
}

// Result is what one source says of a game. Score and LineScore have meaning
// for a final game, and for one in progress or suspended as the runs so far.
type Result struct {
	Game             GameID
	Status           Status
	Score            Score
	LineScore        LineScore // empty: not told
	ScheduledInnings int       // 9, or 7; 0: not told
	FirstPitch       time.Time // actual, UTC; zero: not told
	HomeStarter      string    // pitcher of the first pitch; "" where not told
	AwayStarter      string
}

// Weather is the sky over a park, as a source tells it. The zero Weather is
// none told.
type Weather struct {
	Condition   string // "Sunny", "Roof Closed"
	Temperature *int   // Fahrenheit; nil: not told
	Wind        string // "8 mph, Out To CF"
}

// IsZero tells that nothing was told.
func (w Weather) IsZero() bool { return w == Weather{} }
