// Package statsapi reads bodies of MLB's Stats API: schedules of v1, plain or
// hydrated with linescores, probable pitchers and teams, a bare list of a
// schedule's games, and live feeds of v1.1. MLB permits individual,
// non-commercial, non-bulk use.
package statsapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Format is a schedule or a live feed.
func Format() source.ResultFormat {
	return source.ResultFormat{Name: "statsapi", Source: "statsapi", Zone: time.UTC, Open: Open}
}

// Open reads a whole body; its times carry their zone.
func Open(r io.Reader, _ *time.Location) (source.ResultReader, error) {
	text, err := source.ReadBody(r)
	if err != nil {
		return nil, err
	}
	all, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not a schedule or live feed of MLB's Stats API: %w", mlb.ErrInvalid, err)
	}
	return &reader{games: all}, nil
}

// listed is one game of a body and the date it is listed under.
type listed struct {
	date string
	text json.RawMessage
}

func parse(text []byte) (all []listed, err error) {
	if text[0] == '[' {
		return parseList(text)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	switch {
	case fields["dates"] != nil:
		return parseDates(fields["dates"])
	case fields["gameData"] != nil:
		return []listed{{"", text}}, nil
	case fields["innings"] != nil:
		return nil, errors.New("a linescore alone does not name its game: fetch the live feed, or the schedule with hydrate=linescore")
	case fields["officials"] != nil && fields["teams"] != nil:
		return nil, errors.New("a boxscore alone does not name its game: fetch the live feed")
	default:
		return nil, errors.New("no list of dates and no gameData in it")
	}
}

// parseList reads the games of a schedule without the schedule around them.
func parseList(text []byte) (all []listed, err error) {
	var games []json.RawMessage
	if err := json.Unmarshal(text, &games); err != nil {
		return nil, err
	}
	for _, g := range games {
		all = append(all, listed{"", g})
	}
	if len(games) > 0 && !slices.ContainsFunc(games, hasPK) {
		return nil, errors.New("a list in which nothing has a gamePk")
	}
	return all, nil
}

func hasPK(text json.RawMessage) bool {
	var g struct {
		PK json.RawMessage `json:"gamePk"`
	}
	return json.Unmarshal(text, &g) == nil && g.PK != nil
}

func parseDates(text json.RawMessage) (all []listed, err error) {
	var dates []struct {
		Date  string            `json:"date"`
		Games []json.RawMessage `json:"games"`
	}
	if err := json.Unmarshal(text, &dates); err != nil {
		return nil, err
	}
	for _, d := range dates {
		for _, g := range d.Games {
			all = append(all, listed{d.Date, g})
		}
	}
	return all, nil
}

type reader struct {
	games []listed
	n     int64
}

// Next is the next game of the body.
func (r *reader) Next() (source.ResultRow, error) {
	if r.n == int64(len(r.games)) {
		return source.ResultRow{}, io.EOF
	}
	l := r.games[r.n]
	r.n++
	row := source.ResultRow{N: r.n, Text: source.Shown(string(l.text[:min(len(l.text), 4096)]))}
	g, err := readGame(l.text)
	if err != nil {
		return row, source.Reject(source.BadRecord, "not a game: %v", err)
	}
	if g.OfficialDate == "" { // as bodies before 2020 have it
		g.OfficialDate = l.date
	}
	return row, g.fill(&row)
}

// readGame reads a schedule's game, or a live feed as one.
func readGame(text json.RawMessage) (g game, err error) {
	var f feed
	if err := json.Unmarshal(text, &f); err != nil {
		return g, err
	}
	if f.Data != nil {
		return f.game(), nil
	}
	err = json.Unmarshal(text, &g)
	return g, err
}
