package source

import (
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// ResultRow is one game as a schedule or a list of results gives it, teams in
// the source's own names.
type ResultRow struct {
	N          int64  // game of the document, from 1
	Text       string // the game as it is shown where it cannot be used
	PK         int64  // MLB's gamePk
	Date       mlb.Date
	Number     int       // 1, or 2 for the second game of a doubleheader
	Start      time.Time // scheduled, UTC
	Home, Away string
	Status     mlb.Status
	Score      mlb.Score // of a final game
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
	Open   func(r io.Reader) (ResultReader, error)
}
