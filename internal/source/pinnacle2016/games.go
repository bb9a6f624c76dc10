package pinnacle2016

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// ResultFormat is the list of games, whose final scores are results. Its times
// carry their zone; Eastern time gives a start its calendar day.
func ResultFormat() (source.ResultFormat, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return source.ResultFormat{}, fmt.Errorf("%s: %w", name, err)
	}
	return source.ResultFormat{
		Name:   name,
		Source: name,
		Zone:   eastern,
		Open: func(r io.Reader, zone *time.Location) (source.ResultReader, error) {
			g, err := openGames(r, zone)
			if err != nil {
				return nil, err
			}
			return resultReader{g}, nil
		},
	}, nil
}

var gameColumns = []string{
	"game_no", "bref_game_id", "event_time_utc", "away", "home", "dh_game", "away_sp", "home_sp", "away_runs", "home_runs",
	"n_lines", "first_line_utc", "last_line_utc", "n_lines_after_start",
}

// game is a row of the list. err is a *source.RowError.
type game struct {
	row source.ResultRow
	err error
}

// gameReader hands out the games of a list. bref_game_id is not read: it is
// not unique and in part not known.
type gameReader struct {
	records *source.Records
	zone    *time.Location
	fields  []string
}

func openGames(r io.Reader, zone *time.Location) (*gameReader, error) {
	records, err := source.NewRecords(r, gameColumns...)
	if err != nil {
		return nil, err
	}
	return &gameReader{records: records, zone: zone}, nil
}

func (g *gameReader) field(column string) string { return g.fields[g.records.Column(column)] }

// next is the next game, without its score.
func (g *gameReader) next() (row source.ResultRow, err error) {
	g.fields, err = g.records.Next()
	if err == io.EOF { //nolint:errorlint // Records' contract is io.EOF itself
		return row, io.EOF
	}
	row = source.ResultRow{N: g.records.N(), Text: source.Shown(g.records.Text()), Status: mlb.Final}
	if err != nil {
		return row, err
	}
	return row, g.parse(&row)
}

func (g *gameReader) parse(row *source.ResultRow) error {
	if row.Ref = strings.Clone(g.field("game_no")); row.Ref == "" || len(row.Ref) > 20 {
		return source.Reject(source.BadGame, "game_no %.20q", row.Ref)
	}
	start, err := time.Parse(time.RFC3339, g.field("event_time_utc"))
	if err != nil {
		return source.Reject(source.BadTime, "event_time_utc %.40q of game %s, want RFC 3339", g.field("event_time_utc"), row.Ref)
	}
	row.Start, row.Date = start.UTC(), mlb.DateOf(start.In(g.zone))
	switch n := g.field("dh_game"); n {
	case "0": // the only game of its clubs on the day
	case "1", "2":
		row.Number = int(n[0] - '0')
	default:
		return source.Reject(source.BadGame, "dh_game %.20q of game %s, want 0, 1 or 2", n, row.Ref)
	}
	row.Away, row.Home = g.field("away"), g.field("home")
	if row.Away == "" || row.Home == "" || row.Away == row.Home {
		return source.Reject(source.BadGame, "away %.40q and home %.40q of game %s are no two clubs", row.Away, row.Home, row.Ref)
	}
	row.AwayStarter, row.HomeStarter = g.field("away_sp"), g.field("home_sp")
	return nil
}

type resultReader struct{ games *gameReader }

// Next is the next game.
func (r resultReader) Next() (source.ResultRow, error) {
	row, err := r.games.next()
	if err != nil {
		return row, err
	}
	row.Score, err = source.ParseScore(r.games.field("away_runs"), r.games.field("home_runs"))
	return row, err
}

// maxGames bounds the memory of a list: a season has 2,500.
const maxGames = 100_000

// readGames is the list by game_no. A game that cannot be read keeps the
// reason, so that its lines can tell it.
func readGames(r io.Reader, zone *time.Location) (map[string]game, error) {
	g, err := openGames(r, zone)
	if err != nil {
		return nil, err
	}
	games := map[string]game{}
	for {
		row, err := g.next()
		if err == io.EOF { //nolint:errorlint // next's contract is io.EOF itself
			return games, nil
		}
		if err != nil && !errors.As(err, new(*source.RowError)) {
			return nil, err
		}
		row.Text = "" // the list's own import shows it
		if old, twice := games[row.Ref]; twice && row.Ref != "" && !same(old.row, row) {
			err = source.Reject(source.BadGame, "game %s stands for two games", row.Ref)
		}
		if games[row.Ref] = (game{row, err}); len(games) > maxGames {
			return nil, fmt.Errorf("%w: more than %d games", mlb.ErrInvalid, maxGames)
		}
	}
}

// same tells whether two rows of the list are one game.
func same(a, b source.ResultRow) bool {
	return a.Start.Equal(b.Start) && a.Home == b.Home && a.Away == b.Away && a.Number == b.Number
}
