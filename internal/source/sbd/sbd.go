// Package sbd reads SportsBettingDime's body of betting splits: for each game
// and market the number of bets on both sides and their share of the money.
// The body also lists prices of sportsbooks, but not when they were seen: they
// are not read.
package sbd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// name is the format's, the source's and the provider's.
const name = "sbd"

// SplitFormat is the body as served: {group, games[]}, alone or under "data",
// or the bare list of games. A body does not say when it was fetched; where
// the operator does not either, it was then or later than its newest update.
func SplitFormat() (source.SplitFormat, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return source.SplitFormat{}, fmt.Errorf("%s: %w", name, err)
	}
	return source.SplitFormat{Name: name, Source: name, Zone: eastern, Open: Open}, nil
}

type game struct {
	ID     string `json:"_id"` // "20260716.11-MLB-NYM@SD"
	Start  string `json:"date"`
	Day    string `json:"gameday"` // the slate it belongs to
	Home   team   `json:"home"`
	Away   team   `json:"away"`
	Splits map[string]json.RawMessage `json:"bettingSplits"` // by the market's key
}

type team struct {
	ID   string `json:"_id"` // "MLB_SD"
	Code string `json:"code"`
}

// split is one market. Its own number of bets is null at times where those of
// its sides are told; elsewhere it is their sum.
type split struct {
	Updated string `json:"updated"`
	Bets    *int64 `json:"bets"`
	Home    *half  `json:"home"`
	Away    *half  `json:"away"`
	Over    *half  `json:"over"`
	Under   *half  `json:"under"`
}

type half struct {
	Bets  *int64  `json:"bets"`
	Share float64 `json:"betsPercentage"`
	Money float64 `json:"stakePercentage"`
}

// Open reads a whole body; days of games that do not name theirs are those of
// the zone.
func Open(r io.Reader, zone *time.Location, observedAt time.Time) (source.SplitReader, error) {
	text, err := source.ReadBody(r)
	if err != nil {
		return nil, err
	}
	games, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not a body of SportsBettingDime's betting splits: %w", mlb.ErrInvalid, err)
	}
	if observedAt.IsZero() {
		observedAt = newest(games)
	}
	rd := &reader{seen: observedAt.UTC(), zone: zone}
	for _, g := range games {
		rd.rows = append(rd.rows, rd.ofGame(g)...)
	}
	return rd, nil
}

func parse(text []byte) (games []source.Element[game], err error) {
	if text[0] == '[' {
		err = json.Unmarshal(text, &games)
		return games, err
	}
	var b struct {
		Games *[]source.Element[game] `json:"games"`
		Data  json.RawMessage         `json:"data"`
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, err
	}
	switch {
	case b.Games != nil:
		return *b.Games, nil
	case len(b.Data) > 0 && b.Data[0] == '[':
		err = json.Unmarshal(b.Data, &games)
		return games, err
	case len(b.Data) > 0:
		var inner struct {
			Games *[]source.Element[game] `json:"games"`
		}
		if err := json.Unmarshal(b.Data, &inner); err == nil && inner.Games != nil {
			return *inner.Games, nil
		}
	}
	return nil, errors.New("no list of games in it")
}

// newest is the last update of any market, zero where none is told.
func newest(games []source.Element[game]) (last time.Time) {
	for _, g := range games {
		for _, m := range g.Value.markets() {
			if m.split.Err != nil || m.split.Value == nil {
				continue
			}
			at, err := time.Parse(time.RFC3339, m.split.Value.Updated)
			if err == nil && at.After(last) {
				last = at
			}
		}
	}
	return last
}

// told is one market of a game as the body tells it.
type told struct {
	key    string
	market mlb.Market
	split  source.Element[*split]
}

var markets = []struct {
	key    string
	market mlb.Market
}{{"moneyline", mlb.Moneyline}, {"spread", mlb.RunLine}, {"total", mlb.Total}}

// markets are those of the game that are known here and there.
func (g *game) markets() (all []told) {
	for _, m := range markets {
		raw, ok := g.Splits[m.key]
		if !ok {
			continue
		}
		t := told{key: m.key, market: m.market}
		if t.split.Err = json.Unmarshal(raw, &t.split.Value); t.split.Err != nil {
			t.split.Value = nil
		}
		t.split.Raw = raw
		all = append(all, t)
	}
	return all
}

// others are the keys of markets that hold something and are not known here.
func (g *game) others() (keys []string) {
	for _, key := range slices.Sorted(maps.Keys(g.Splits)) {
		known := slices.ContainsFunc(markets, func(m struct {
			key    string
			market mlb.Market
		},
		) bool {
			return m.key == key
		})
		if !known && string(g.Splits[key]) != "null" {
			keys = append(keys, key)
		}
	}
	return keys
}

// missing are the keys of markets that are known here and not there, of a game
// that has others.
func (g *game) missing() (keys []string) {
	for _, m := range markets {
		if _, ok := g.Splits[m.key]; !ok && len(g.Splits) > 0 {
			keys = append(keys, m.key)
		}
	}
	return keys
}

type item struct {
	row source.SplitRow
	err error
}

type reader struct {
	rows []item
	seen time.Time
	zone *time.Location
	n    int64
}

// Next is the next market of the body.
func (r *reader) Next() (source.SplitRow, error) {
	if r.n == int64(len(r.rows)) {
		return source.SplitRow{}, io.EOF
	}
	it := r.rows[r.n]
	r.n++
	it.row.N = r.n
	return it.row, it.err
}

func (r *reader) ofGame(e source.Element[game]) (all []item) {
	row := source.SplitRow{ObservedAt: r.seen, Provider: name, Period: mlb.FullGame, Text: source.Shown(string(e.Raw))}
	if e.Err != nil {
		return []item{{row, source.Reject(source.BadRecord, "not a game: %v", e.Err)}}
	}
	if err := r.identify(&row, &e.Value); err != nil {
		return []item{{row, err}}
	}
	for _, m := range e.Value.markets() {
		row.Market, row.Text = m.market, source.Shown(fmt.Sprintf("%s %s %s", e.Value.ID, m.key, m.split.Raw))
		one := item{row: row}
		if one.err = m.fill(&one.row); one.err == nil && !one.row.Bets.Known() && !one.row.Money.Known() {
			continue // nobody has bet yet
		}
		all = append(all, one)
	}
	return all
}

// identify reads who plays when. Codes are those of one league: another
// league's clubs share some of them.
func (r *reader) identify(row *source.SplitRow, g *game) error {
	row.Ref, row.Home, row.Away = source.Shown(g.ID), g.Home.Code, g.Away.Code
	for _, t := range []team{g.Home, g.Away} {
		if t.Code == "" || t.ID != "" && !strings.HasPrefix(t.ID, "MLB_") {
			return source.Reject(source.BadGame, "team %q of code %q in game %q, want a club of MLB", t.ID, t.Code, g.ID)
		}
	}
	if row.Home == row.Away {
		return source.Reject(source.BadGame, "%q plays itself in game %q", row.Home, g.ID)
	}
	start, err := time.Parse(time.RFC3339, g.Start)
	if err != nil {
		return source.Reject(source.BadTime, "date %q of game %q, want RFC 3339", g.Start, g.ID)
	}
	row.Start, row.Date = start.UTC(), mlb.DateOf(start.In(r.zone))
	if g.Day == "" {
		return nil
	}
	if row.Date, err = mlb.ParseDate(g.Day); err != nil {
		return source.Reject(source.BadTime, "gameday %q of game %q", g.Day, g.ID)
	}
	return nil
}

func (m *told) fill(row *source.SplitRow) (err error) {
	switch {
	case m.split.Err != nil:
		return source.Reject(source.BadRecord, "%s: %v", m.key, m.split.Err)
	case m.split.Value == nil: // not offered
		return nil
	}
	s := m.split.Value
	first, second := s.Home, s.Away
	if m.market == mlb.Total {
		first, second = s.Over, s.Under
	}
	if first == nil || second == nil {
		return source.Reject(source.BadSplit, "%s: a side is missing", m.key)
	}
	n, isTold := s.tickets(first, second)
	if isTold && n == 0 {
		return nil
	}
	if row.Tickets = n; n < 0 {
		return source.Reject(source.BadSplit, "%d bets on %s", n, m.key)
	}
	if err := s.fillTime(row); err != nil {
		return err
	}
	if row.Bets, err = source.Percents(first.Share, second.Share); err != nil {
		return source.Reject(source.BadSplit, "betsPercentage of %s: %v", m.key, err)
	}
	if row.Money, err = source.Percents(first.Money, second.Money); err != nil {
		return source.Reject(source.BadSplit, "stakePercentage of %s: %v", m.key, err)
	}
	return nil
}

// tickets is the number of bets on both sides, negative where it is none; it
// is false where no number is told.
func (s *split) tickets(first, second *half) (n int64, isTold bool) {
	switch {
	case first.Bets != nil && second.Bets != nil:
		if least := min(*first.Bets, *second.Bets); least < 0 {
			return least, true
		}
		return *first.Bets + *second.Bets, true
	case s.Bets != nil:
		return *s.Bets, true
	default:
		return 0, false
	}
}

// clockSlack is how far the clock of whoever fetched the body may be behind.
const clockSlack = time.Minute

// fillTime refuses a split that was updated after the start: it may hold bets
// made during the game.
func (s *split) fillTime(row *source.SplitRow) (err error) {
	last := row.ObservedAt
	if s.Updated != "" || last.IsZero() {
		if last, err = time.Parse(time.RFC3339, s.Updated); err != nil {
			return source.Reject(source.BadTime, "updated %q, want RFC 3339", s.Updated)
		}
		row.UpdatedAt = last.UTC()
	}
	if row.UpdatedAt.After(row.ObservedAt.Add(clockSlack)) {
		return source.Reject(source.BadTime, "updated at %s, after it was seen at %s", s.Updated, row.ObservedAt.Format(time.RFC3339))
	}
	if !row.Start.After(last) {
		return source.Reject(source.InPlay, "updated at %s, the game began at %s",
			last.Format(time.RFC3339), row.Start.Format(time.RFC3339))
	}
	return nil
}
