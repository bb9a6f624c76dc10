// Package source is the contract between the formats that data arrives in and
// the rest of the platform: what a parsed row looks like in the source's own
// names, and how a row that cannot be understood is reported. Parsing needs no
// network and no database.
package source

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Reason names why a row was set aside. The set is closed, so that reports
// and alerts can count by it.
type Reason string

// The reasons a row is quarantined.
const (
	BadRecord     Reason = "bad_record"     // not the number of fields, or broken quoting
	BadTime       Reason = "bad_time"       // a time that cannot be read, or is impossible
	BadGame       Reason = "bad_game"       // a game text that names no two teams and a date
	BadMarket     Reason = "bad_market"     // a market, period or side this format does not define
	BadLine       Reason = "bad_line"       // a line no book quotes
	BadPrice      Reason = "bad_price"      // a price no book quotes
	BadScore      Reason = "bad_score"      // a final score no game ends with
	InPlay        Reason = "in_play"        // a price quoted during the game
	UnknownTeam   Reason = "unknown_team"   // a team name in no alias table
	UnknownBook   Reason = "unknown_book"   // a book name in no alias table
	UnknownGame   Reason = "unknown_game"   // the source's own name of a game that nothing has explained yet
	BadSplit      Reason = "bad_split"      // shares that are no shares, or do not sum to about 1
	AmbiguousGame Reason = "ambiguous_game" // more than one game fits, none better
	Conflict      Reason = "conflict"       // another price for the same moment is stored

	SentinelPrice  Reason = "sentinel_price"  // a number that stands for no price
	AveragePrice   Reason = "average_price"   // a mean of prices, or a price of a book that gives means
	DuplicatedBook Reason = "duplicated_book" // of a book that is listed twice at different prices
	SwappedTeams   Reason = "swapped_teams"   // home and away have changed places
	Unscheduled    Reason = "unscheduled"     // a second game of two teams, of which the schedule knows one
	Suspended      Reason = "suspended"       // a price that cannot be bet at the moment
	Postponed      Reason = "postponed"       // a price of a game that its source calls off
)

// RowError says why one row cannot be used. The rows around it can.
type RowError struct {
	Reason Reason
	Detail string // names the offending text
}

// Error is the reason and the detail.
func (e *RowError) Error() string { return string(e.Reason) + ": " + e.Detail }

// Reject makes a RowError.
func Reject(r Reason, format string, args ...any) error {
	return &RowError{Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// PriceKind says what a price's moment is.
type PriceKind uint8

// The kinds of price. Archives of seasons label prices without telling when
// they were seen: no time is invented for them.
const (
	Observed PriceKind = iota // at ObservedAt
	Opening                   // the book's first price
	Closing                   // the book's last price before the game
)

// String is the kind's name as the CLI and the JSON print it.
func (k PriceKind) String() string {
	switch k {
	case Opening:
		return "opening"
	case Closing:
		return "closing"
	default:
		return "observed"
	}
}

// SimulatedFrom is the least gamePk and the least Action Network event number
// that the simulator gives; MLB and Action Network are far from it. Together
// with SimulatedPrefix it keeps simulated bodies, which look like real ones in
// every other way, out of real databases and real ones out of simulated.
const SimulatedFrom = 900_000_000

// SimulatedPrefix begins every event id of The Odds API that the simulator
// makes: "simulated" in hexadecimal.
const SimulatedPrefix = "73696d756c61746564"

// OddsRow is one price as a source said it: values are typed, teams and books
// still carry the source's own names.
type OddsRow struct {
	N          int64     // data row of the document, from 1
	Text       string    // the row as received
	ObservedAt time.Time // zero for an opening or closing price
	Kind       PriceKind
	Ref        string // the source's own name of the game, "" for none; alone it stands for day, teams and start
	Date       mlb.Date
	Number     int       // 1, or 2 for the second game of a doubleheader; 0: not told
	Start      time.Time // scheduled start the row gives; zero: not told
	Home, Away string
	Book       string
	Market     mlb.Market
	Period     mlb.Period
	Side       mlb.Side
	Line       mlb.Line // from the home side's view
	Price      odds.Price
	Simulated  bool // made by the simulator
	// Complete says that the capture lists every price the book offers in the
	// game's market: one it does not list any more is withdrawn.
	Complete bool
}

// OddsReader hands out the rows of one document in order. Next returns io.EOF
// after the last row, and a *RowError, together with N and Text, for a row
// that cannot be used; any other error ends the document.
type OddsReader interface {
	Next() (OddsRow, error)
}

// OddsFormat is one layout that odds arrive in.
type OddsFormat struct {
	Name   string
	Source string
	// Zone is where times that carry no zone were written. A format whose
	// times all carry one leaves it UTC; nil is an error, never a guess.
	Zone *time.Location
	// Confirmation says what the document tells about a price it does not
	// repeat; it decides how old that price is.
	Confirmation string
	Synthetic    bool
	Open         func(r io.Reader, zone *time.Location) (OddsReader, error)
}

// ErrZone reports a format that does not say where its times were written.
var ErrZone = errors.New("time zone not declared")

func zoneError(format string) error { return fmt.Errorf("format %s: %w", format, ErrZone) }

// Read opens a document of this format.
func (f OddsFormat) Read(r io.Reader) (OddsReader, error) {
	if f.Zone == nil {
		return nil, zoneError(f.Name)
	}
	return f.Open(r, f.Zone)
}
