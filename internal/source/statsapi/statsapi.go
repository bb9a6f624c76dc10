// Package statsapi reads schedules of MLB's Stats API v1: the body as served,
// or a bare list of its games. MLB permits individual, non-commercial,
// non-bulk use.
package statsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// maxBody bounds the memory of one body; a whole season hydrated is some tens
// of megabytes.
const maxBody = 64 << 20

// Format is the schedule.
func Format() source.ResultFormat {
	return source.ResultFormat{Name: "statsapi", Source: "statsapi", Zone: time.UTC, Open: Open}
}

type schedule struct {
	Dates *[]struct {
		Date  string            `json:"date"`
		Games []json.RawMessage `json:"games"`
	} `json:"dates"`
}

type game struct {
	PK           int64  `json:"gamePk"`
	OfficialDate string `json:"officialDate"`
	Start        string `json:"gameDate"`
	Number       int    `json:"gameNumber"`
	Status       struct {
		Coded string `json:"codedGameState"`
	} `json:"status"`
	Teams struct{ Home, Away side } `json:"teams"`
}

type side struct {
	Team struct {
		Name string `json:"name"`
	} `json:"team"`
	Score *int `json:"score"`
}

// Open reads a whole body; its times carry their zone.
func Open(r io.Reader, _ *time.Location) (source.ResultReader, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, err
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	switch {
	case len(text) > maxBody:
		return nil, fmt.Errorf("%w: the body is larger than %d MB: split it", mlb.ErrInvalid, maxBody>>20)
	case len(text) == 0:
		return nil, fmt.Errorf("%w: the file is empty", mlb.ErrInvalid)
	}
	all, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not a schedule of MLB's Stats API: %w", mlb.ErrInvalid, err)
	}
	return &reader{games: all}, nil
}

// dated is a game and the date it is listed under.
type dated struct {
	date string
	text json.RawMessage
}

func parse(text []byte) (all []dated, err error) {
	if text[0] == '[' {
		var games []json.RawMessage
		err = json.Unmarshal(text, &games)
		for _, g := range games {
			all = append(all, dated{"", g})
		}
		return all, err
	}
	var s schedule
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, err
	}
	if s.Dates == nil {
		return nil, errors.New("no list of dates in it")
	}
	for _, d := range *s.Dates {
		for _, g := range d.Games {
			all = append(all, dated{d.Date, g})
		}
	}
	return all, nil
}

type reader struct {
	games []dated
	n     int64
}

// maxText is how much of a game that cannot be used is shown.
const maxText = 2000

// Next is the next game of the schedule.
func (r *reader) Next() (source.ResultRow, error) {
	if r.n == int64(len(r.games)) {
		return source.ResultRow{}, io.EOF
	}
	d := r.games[r.n]
	r.n++
	shown := d.text[:min(len(d.text), maxText)]
	row := source.ResultRow{N: r.n, Text: strings.ReplaceAll(strings.ToValidUTF8(string(shown), "\ufffd"), "\x00", "\ufffd")}
	var g game
	if err := json.Unmarshal(d.text, &g); err != nil {
		return row, source.Reject(source.BadRecord, "not a game: %v", err)
	}
	if g.OfficialDate == "" { // as bodies before 2020 have it
		g.OfficialDate = d.date
	}
	return row, g.fill(&row)
}

func (g *game) fill(row *source.ResultRow) (err error) {
	if row.PK = g.PK; g.PK <= 0 {
		return source.Reject(source.BadGame, "gamePk %d", g.PK)
	}
	if row.Date, err = mlb.ParseDate(g.OfficialDate); err != nil {
		return source.Reject(source.BadTime, "officialDate %q of game %d", g.OfficialDate, g.PK)
	}
	if row.Start, err = time.Parse(time.RFC3339, g.Start); err != nil {
		return source.Reject(source.BadTime, "gameDate %q of game %d", g.Start, g.PK)
	}
	row.Start = row.Start.UTC()
	if row.Number = g.Number; g.Number < 0 || g.Number > 2 {
		return source.Reject(source.BadGame, "gameNumber %d of game %d", g.Number, g.PK)
	}
	row.Home, row.Away = g.Teams.Home.Team.Name, g.Teams.Away.Team.Name
	if row.Status = status(g.Status.Coded); row.Status == 0 {
		return source.Reject(source.BadRecord, "codedGameState %q of game %d", g.Status.Coded, g.PK)
	}
	return g.score(row)
}

// status reads codedGameState: abstractGameState calls a postponed game
// "Final".
func status(coded string) mlb.Status {
	if coded == "" {
		return 0
	}
	switch coded[0] {
	case 'P', 'S':
		return mlb.Scheduled
	case 'I', 'M', 'N':
		return mlb.InProgress
	case 'U', 'T':
		return mlb.Suspended
	case 'D':
		return mlb.Postponed
	case 'C':
		return mlb.Cancelled
	case 'Q', 'R':
		return mlb.Forfeited
	case 'F', 'O':
		return mlb.Final
	default:
		return 0
	}
}

// maxRuns is beyond any score a game can end with: one team's record is 30
// since 1900.
const maxRuns = 60

func (g *game) score(row *source.ResultRow) error {
	if row.Status != mlb.Final {
		return nil
	}
	home, away := g.Teams.Home.Score, g.Teams.Away.Score
	if home == nil || away == nil {
		return source.Reject(source.BadScore, "game %d is final without a score", g.PK)
	}
	if *home < 0 || *away < 0 || *home > maxRuns || *away > maxRuns {
		return source.Reject(source.BadScore, "game %d ended %d-%d", g.PK, *away, *home)
	}
	row.Score = mlb.Score{Home: *home, Away: *away}
	return nil
}
