// Package retrosheet reads results drawn from Retrosheet's game logs, one CSV
// row a game, clubs by Retrosheet's codes. Retrosheet asks to be named: "The
// information used here was obtained free of charge from and is copyrighted by
// Retrosheet."
package retrosheet

import (
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Format is the list of results. It gives days and no times, hence no zone.
func Format() source.ResultFormat {
	return source.ResultFormat{Name: "retrosheet", Source: "retrosheet", Zone: time.UTC, Open: Open}
}

var columns = []string{"date", "game_num", "away", "home", "away_runs", "home_runs"}

// The columns by name, as indexes of reader.at.
const (
	date = iota
	gameNum
	away
	home
	awayRuns
	homeRuns
)

type reader struct {
	records *source.Records
	at      [6]int // positions of columns
}

// Open reads a list of results.
func Open(r io.Reader, _ *time.Location) (source.ResultReader, error) {
	records, err := source.NewRecords(r, columns...)
	if err != nil {
		return nil, err
	}
	rd := &reader{records: records}
	for i, name := range columns {
		rd.at[i] = records.Column(name)
	}
	return rd, nil
}

// Next is the next game.
func (r *reader) Next() (source.ResultRow, error) {
	fields, err := r.records.Next()
	if err == io.EOF { //nolint:errorlint // the contract is io.EOF itself
		return source.ResultRow{}, io.EOF
	}
	row := source.ResultRow{N: r.records.N(), Text: source.Shown(r.records.Text()), Status: mlb.Final}
	if err != nil {
		return row, err
	}
	return row, r.parse(fields, &row)
}

func (r *reader) parse(fields []string, row *source.ResultRow) (err error) {
	field := func(i int) string { return fields[r.at[i]] }
	if row.Date, err = source.ParseDay(field(date)); err != nil {
		return source.Reject(source.BadTime, "date %.20q, want YYYY-MM-DD or YYYYMMDD", field(date))
	}
	switch n := field(gameNum); n {
	case "0": // the only game of its clubs on the day
	case "1", "2":
		row.Number = int(n[0] - '0')
	default:
		return source.Reject(source.BadGame, "game_num %.20q, want 0, 1 or 2", n)
	}
	row.Away, row.Home = field(away), field(home)
	if row.Away == "" || row.Home == "" || row.Away == row.Home {
		return source.Reject(source.BadGame, "away %.20q and home %.20q are no two clubs", row.Away, row.Home)
	}
	row.Score, err = source.ParseScore(field(awayRuns), field(homeRuns))
	return err
}
