package source

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// ResultRow is one game as a schedule or a list of results gives it, teams in
// the source's own names.
type ResultRow struct {
	N                int64  // game of the document, from 1
	Text             string // the game as it is shown where it cannot be used
	PK               int64  // MLB's gamePk; 0: not told
	Ref              string // the source's own name of the game; "" for none
	Date             mlb.Date
	Number           int       // 1, or 2 for the second game of a doubleheader; 0: not told
	Start            time.Time // scheduled, UTC; zero: not told
	Home, Away       string
	Status           mlb.Status
	Score            mlb.Score // of a final game
	LineScore        mlb.LineScore
	ScheduledInnings int
	FirstPitch       time.Time // actual; zero: not told
	HomeStarter      string
	AwayStarter      string
	Weather          mlb.Weather
	Simulated        bool // made by the simulator: see SimulatedFrom
}

// ResultReader hands out the games of one document; its contract is that of
// OddsReader.
type ResultReader interface {
	Next() (ResultRow, error)
}

// ResultFormat is one layout that results arrive in.
type ResultFormat struct {
	Name   string
	Source string
	// Synthetic says that the rows were made by the simulator.
	Synthetic bool
	// Zone is where times and days that carry no zone were written; nil is an
	// error, never a guess.
	Zone *time.Location
	Open func(r io.Reader, zone *time.Location) (ResultReader, error)
}

// Read opens a document of this format.
func (f ResultFormat) Read(r io.Reader) (ResultReader, error) {
	if f.Zone == nil {
		return nil, zoneError(f.Name)
	}
	return f.Open(r, f.Zone)
}

// maxRuns is beyond any score a game can end with: one team's record is 30
// since 1900.
const maxRuns = 60

// ParseScore reads the runs of both sides, see ParseInt. Anything but two
// numbers a game can end with is a RowError, BadScore.
func ParseScore(away, home string) (mlb.Score, error) {
	a, errAway := ParseInt(away)
	h, errHome := ParseInt(home)
	if errAway != nil || errHome != nil {
		return mlb.Score{}, Reject(BadScore, "runs %.20q and %.20q, want two numbers", away, home)
	}
	if min(a, h) < 0 || max(a, h) > maxRuns {
		return mlb.Score{}, Reject(BadScore, "no game ends %d-%d", a, h)
	}
	return mlb.Score{Home: int(h), Away: int(a)}, nil
}

// ParseInt reads a whole number, also as a common library writes a column of
// them in which one is missing: "5.0".
func ParseInt(s string) (int64, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	if strings.Trim(fraction, "0") != "" {
		return 0, fmt.Errorf("%w: %.40q is no whole number", mlb.ErrInvalid, s)
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %.40q is no whole number", mlb.ErrInvalid, s)
	}
	return n, nil
}

// ParseDay reads a date as YYYY-MM-DD or YYYYMMDD.
func ParseDay(s string) (mlb.Date, error) {
	if t, err := time.Parse("20060102", s); err == nil {
		return mlb.DateOf(t), nil
	}
	return mlb.ParseDate(s)
}
