package boltodds

import (
	"io"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// ResultFormat is the list of finals, whose days are of no zone.
//
// A day is taken from the date column alone. The column is empty throughout
// the one captured list, and the event it names instead is always a later game
// of the same teams: of its 30, 29 are a day late and one is two days. Such a
// final is refused rather than given to a game it is not of; the refused row
// still carries teams, score and the source's own number.
func ResultFormat() source.ResultFormat {
	return source.ResultFormat{Name: "boltodds", Source: "boltodds", Zone: time.UTC, Open: openFinals}
}

var finalColumns = []string{"espn_id", "date", "name", "away", "away_runs", "home", "home_runs", "matched_event", "detail"}

type finalReader struct {
	records *source.Records
	row     []string
}

func openFinals(r io.Reader, _ *time.Location) (source.ResultReader, error) {
	records, err := source.NewRecords(r, finalColumns...)
	if err != nil {
		return nil, err
	}
	return &finalReader{records: records}, nil
}

func (r *finalReader) field(name string) string { return r.row[r.records.Column(name)] }

// Next is the next final.
func (r *finalReader) Next() (source.ResultRow, error) {
	fields, err := r.records.Next()
	if err == io.EOF { //nolint:errorlint // the contract is io.EOF itself
		return source.ResultRow{}, io.EOF
	}
	row := source.ResultRow{N: r.records.N(), Text: source.Shown(r.records.Text())}
	if err != nil {
		return row, err
	}
	r.row = fields
	return row, r.parse(&row)
}

func (r *finalReader) parse(row *source.ResultRow) (err error) {
	row.Ref = r.field("espn_id")
	var ok bool
	if row.Away, row.Home, ok = strings.Cut(r.field("name"), " at "); !ok || row.Away == "" || row.Home == "" || row.Away == row.Home {
		return source.Reject(source.BadGame, "name %.60q, want AWAY at HOME", r.field("name"))
	}
	if row.Status = finalStatus(r.field("detail")); row.Status == 0 {
		return source.Reject(source.BadRecord, "detail %.40q of %.60q", r.field("detail"), r.field("name"))
	}
	if row.Status == mlb.Final {
		if row.Score, err = source.ParseScore(r.field("away_runs"), r.field("home_runs")); err != nil {
			return err
		}
	}
	if row.Date, err = mlb.ParseDate(r.field("date")); err != nil {
		return source.Reject(source.BadTime, "date %.20q of game %.20q, want YYYY-MM-DD; the day of matched_event %.80q is another game's",
			r.field("date"), row.Ref, r.field("matched_event"))
	}
	return nil
}

// finalStatus reads "Final", "Final/10" (innings) and what else can become of
// a game.
func finalStatus(detail string) mlb.Status {
	switch first, _, _ := strings.Cut(detail, "/"); first {
	case "Final":
		return mlb.Final
	case "Postponed":
		return mlb.Postponed
	case "Suspended":
		return mlb.Suspended
	case "Canceled":
		return mlb.Cancelled
	default:
		return 0
	}
}
