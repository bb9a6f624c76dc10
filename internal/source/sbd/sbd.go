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
	"slices"
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
	ID     string                     `json:"_id"` // "20260716.11-MLB-NYM@SD"
	Start  string                     `json:"date"`
	Day    string                     `json:"gameday"` // the slate it belongs to
	Home   team                       `json:"home"`
	Away   team                       `json:"away"`
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
	Bets  *int64   `json:"bets"`
	Share *float64 `json:"betsPercentage"`
	Money *float64 `json:"stakePercentage"`
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
	return &reader{games: games, seen: observedAt.UTC(), zone: zone}, nil
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
	for i := range games {
		for _, m := range games[i].Value.markets() {
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

// marketKey is the body's name of a market.
type marketKey struct {
	key    string
	market mlb.Market
}

var markets = []marketKey{{"moneyline", mlb.Moneyline}, {"spread", mlb.RunLine}, {"total", mlb.Total}}

// markets are those of the game that are known here.
func (g *game) markets() (all []told) {
	for _, m := range markets {
		raw, ok := g.Splits[m.key]
		if !ok {
			continue
		}
		t := told{key: m.key, market: m.market}
		t.split.Raw = raw
		t.split.Err = json.Unmarshal(raw, &t.split.Value)
		all = append(all, t)
	}
	return all
}

// maxUnknown bounds the rows that a game's unknown markets make.
const maxUnknown = 20

// unknown are the keys of the game's splits that are not known here, in their
// order, the first of them.
func (g *game) unknown() (keys []string) {
	for key, raw := range g.Splits {
		isKnown := slices.ContainsFunc(markets, func(m marketKey) bool { return m.key == key })
		if !isKnown && raw[0] == '{' && string(raw) != "{}" {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys[:min(len(keys), maxUnknown)]
}

// missing are the known markets that a game with other splits does not have:
// one that is not offered is null. A key may have got another name.
func (g *game) missing() (all []marketKey) {
	hasSplits := false
	for _, raw := range g.Splits {
		hasSplits = hasSplits || raw[0] == '{'
	}
	for _, m := range markets {
		if _, ok := g.Splits[m.key]; !ok && hasSplits {
			all = append(all, m)
		}
	}
	return all
}

type item struct {
	row source.SplitRow
	err error
}

type reader struct {
	games []source.Element[game]
	rows  []item // of the game last read
	seen  time.Time
	zone  *time.Location
	n     int64
}

// Next is the next market of the body.
func (r *reader) Next() (source.SplitRow, error) {
	for len(r.rows) == 0 {
		if len(r.games) == 0 {
			return source.SplitRow{}, io.EOF
		}
		r.rows = r.ofGame(&r.games[0])
		r.games = r.games[1:]
	}
	it := r.rows[0]
	r.rows = r.rows[1:]
	r.n++
	it.row.N = r.n
	return it.row, it.err
}

func (r *reader) ofGame(e *source.Element[game]) (all []item) {
	row := source.SplitRow{ObservedAt: r.seen, Provider: name, Period: mlb.FullGame, Text: source.Shown(string(e.Raw))}
	if e.Err != nil {
		return []item{{row, source.Reject(source.BadRecord, "not a game: %v", e.Err)}}
	}
	if err := r.identify(&row, &e.Value); err != nil {
		return []item{{row, err}}
	}
	for _, m := range e.Value.markets() {
		row.Market, row.Text = m.market, e.Value.text(m.key)
		one := item{row: row}
		if one.err = m.fill(&one.row); one.err == nil && !one.row.Bets.Known() && !one.row.Money.Known() {
			continue // nobody has bet yet
		}
		all = append(all, one)
	}
	return append(all, e.Value.changed(row)...)
}

// changed refuses what the body has under a key that is not known, and what it
// has not under one that is.
func (g *game) changed(row source.SplitRow) (all []item) {
	for _, key := range g.unknown() {
		row.Market, row.Text = 0, g.text(key)
		all = append(all, item{row, source.Reject(source.BadMarket, "%.40q in bettingSplits is none of the known markets", key)})
	}
	for _, m := range g.missing() {
		row.Market, row.Text = m.market, g.text(m.key)
		all = append(all, item{row, source.Reject(source.BadRecord, "no %q in bettingSplits beside the game's other splits", m.key)})
	}
	return all
}

// text is a market of the game as it is shown where it cannot be used.
func (g *game) text(key string) string {
	raw := g.Splits[key]
	return source.Shown(fmt.Sprintf("%s %s %s", g.ID, key, raw[:min(len(raw), 4096)]))
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
	if row.Bets, err = percents(first.Share, second.Share); err != nil {
		return source.Reject(source.BadSplit, "betsPercentage of %s: %v", m.key, err)
	}
	if row.Money, err = percents(first.Money, second.Money); err != nil {
		return source.Reject(source.BadSplit, "stakePercentage of %s: %v", m.key, err)
	}
	return nil
}

// percents are the shares of two sides, of a market that has bets: a field that
// is not there has got another name.
func percents(first, second *float64) (mlb.Share, error) {
	if first == nil || second == nil {
		return mlb.Share{}, source.Reject(source.BadSplit, "it is not there")
	}
	return source.Percents(*first, *second)
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
