package mlb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Verdict is what a rule came to.
type Verdict uint8

// The verdicts. NotIdentifiable is an answer of its own: the data cannot tell,
// which is neither that something happened nor that nothing did.
const (
	Found           Verdict = iota + 1
	Explained               // found, and news accounts for it
	NotIdentifiable         // from this data
)

var verdictNames = [...]string{"", "found", "explained", "not_identifiable"}

// String is the verdict's name as the CLI and the JSON print it.
func (v Verdict) String() string { return nameOf(verdictNames[:], int(v)) }

// Signal is something the market did that a rule looks for, or why it cannot
// be judged. It is no opportunity: it names no price to take.
type Signal struct {
	LineKey    // the game alone where NotIdentifiable says why
	Side       Side
	Strategy   string
	DetectedAt time.Time
	// Since is when what the signal tells of began: the first book's move, or
	// the time of the split.
	Since    time.Time
	LogOdds  float64 // size, towards Side, in log-odds
	Points   float64 // size in probability, 0.01 a point
	Path     []Step  // who moved, the originator first; steam only
	Behind   []Laggard
	Crowd    *Crowd // the bettors it rests on; nil for steam
	News     string // what explains it; empty: nothing known
	Reasons  []string
	MayAlert bool // whether the operator wants to be told
	// NotIdentifiable is why the data cannot tell; empty: it can. Nothing but
	// the game, the strategy and the moment is then set.
	NotIdentifiable string
}

// Step is one book's part in a move.
type Step struct {
	Book     BookID
	From, To float64 // the book's own no-vig probability of the side
	At       time.Time
	Latency  time.Duration // after the originator; 0 where the polls cannot tell
	Line     Line          // its main line afterwards
}

// Laggard is a book that had not followed a move when it was detected.
type Laggard struct {
	Book        BookID
	Probability float64       // the book's own no-vig probability of the side
	Behind      float64       // the movers' mean less that
	Age         time.Duration // since the price was last confirmed
}

// Crowd is a public split seen from the side that most tickets or the money
// are on, and the fair price since.
type Crowd struct {
	Provider   string
	Side       Side      // whose shares these are
	At         time.Time // the split's own time
	Age        time.Duration
	Tickets    int64   // 0: not told
	Bets       float64 // share of the tickets
	Money      float64 // share of the money; 0: not told
	GapSE      float64 // standard error of Money - Bets; 0: not known
	StakeRatio float64 // average stake on the side by that on the other; 0: not known
	Then, Now  float64 // fair probability of the side at the split's time and at detection; 0: not used
}

// Verdict is what the rule came to.
func (s Signal) Verdict() Verdict {
	switch {
	case s.NotIdentifiable != "":
		return NotIdentifiable
	case s.News != "":
		return Explained
	default:
		return Found
	}
}

// Originator is the book that moved first; 0 where no book did.
func (s Signal) Originator() BookID {
	if len(s.Path) == 0 {
		return 0
	}
	return s.Path[0].Book
}

// ID is the same for the same signal at every moment it can be seen.
func (s Signal) ID() string {
	provider := ""
	if s.Crowd != nil {
		provider = s.Crowd.Provider
	}
	since := int64(0)
	if !s.Since.IsZero() {
		since = s.Since.UnixMicro()
	}
	h := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%d|%d|%d|%d|%q|%d|%t", s.Strategy, s.Game, s.Market, s.Period,
		s.Line, s.Side, provider, since, s.NotIdentifiable != ""))
	return hex.EncodeToString(h[:8])
}
