package source

import (
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// SplitRow is how the public bets on one market of one game, as a source
// showed it at one moment, teams in the source's own names. A market without
// data (0 % on both sides, or empty) makes no row.
type SplitRow struct {
	N          int64  // split of the document, from 1
	Text       string // the split as it is shown where it cannot be used
	ObservedAt time.Time
	UpdatedAt  time.Time // the provider's own time; zero: not told
	PK         int64     // MLB's gamePk; 0: not told
	Ref        string    // the source's own name of the game; "" for none
	Date       mlb.Date
	Number     int       // of a doubleheader; 0: not told
	Start      time.Time // scheduled, UTC; zero: not told
	Home, Away string
	Provider   string
	Market     mlb.Market
	Period     mlb.Period
	Bets       mlb.Share
	Money      mlb.Share
	Tickets    int64 // 0: not told
	Simulated  bool  // made by the simulator: see SimulatedFrom
}

// SplitReader hands out the splits of one document; its contract is that of
// OddsReader.
type SplitReader interface {
	Next() (SplitRow, error)
}

// SplitFormat is one layout that splits arrive in.
type SplitFormat struct {
	Name   string
	Source string
	// Synthetic says that the rows were made by the simulator.
	Synthetic bool
	// Zone is where times and days that carry no zone were written; nil is an
	// error, never a guess.
	Zone *time.Location
	// NeedsTime says that the document does not tell when it was seen: the
	// operator must (--observed-at).
	NeedsTime bool
	Open      func(r io.Reader, zone *time.Location, observedAt time.Time) (SplitReader, error)
}

// Read opens a document of this format. observedAt is when the document was
// seen, for those that do not tell; zero otherwise.
func (f SplitFormat) Read(r io.Reader, observedAt time.Time) (SplitReader, error) {
	if f.Zone == nil {
		return nil, zoneError(f.Name)
	}
	return f.Open(r, f.Zone, observedAt)
}
