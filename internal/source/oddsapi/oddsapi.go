// Package oddsapi reads bodies of The Odds API v4: the live list of events,
// the historical envelope around one, and a collector's wrapper around one.
package oddsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// maxBody bounds the memory of one body: a slate at every book is some hundred
// kilobytes.
const maxBody = 64 << 20

// Format is the v4 body. Its times carry their zone; Eastern time gives a
// start its calendar day.
func Format() (source.OddsFormat, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return source.OddsFormat{}, fmt.Errorf("oddsapi: %w", err)
	}
	return source.OddsFormat{
		Name:         "oddsapi",
		Source:       "oddsapi",
		Zone:         eastern,
		Confirmation: "a body lists every price a book offers of a game in the markets asked for",
		Open:         Open,
	}, nil
}

// body is any of the three forms, after the bare list has been put into one.
type body struct {
	Timestamp *time.Time `json:"timestamp"`  // historical envelope
	FetchedAt *time.Time `json:"fetched_at"` // wrapper
	Data      []event    `json:"data"`
	Games     []event    `json:"games"`
}

type event struct {
	ID         string      `json:"id"`
	Commence   string      `json:"commence_time"`
	Home       string      `json:"home_team"`
	Away       string      `json:"away_team"`
	Bookmakers []bookmaker `json:"bookmakers"`
}

type bookmaker struct {
	Key        string   `json:"key"`
	LastUpdate string   `json:"last_update"`
	Markets    []market `json:"markets"`
}

type market struct {
	Key        string    `json:"key"`
	LastUpdate string    `json:"last_update"`
	Outcomes   []outcome `json:"outcomes"`
}

type outcome struct {
	Name  string `json:"name"`
	Price number `json:"price"`
	Point number `json:"point"`
}

// number is the text of whatever stands where a number should: what it is
// worth is judged outcome by outcome. It is empty for null or nothing.
type number string

// UnmarshalJSON takes any value.
func (n *number) UnmarshalJSON(b []byte) error {
	if *n = number(bytes.Trim(b, `"`)); *n == "null" {
		*n = ""
	}
	return nil
}

// Open reads a whole body; the days of its games are those of the zone.
func Open(r io.Reader, zone *time.Location) (source.OddsReader, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBody {
		return nil, fmt.Errorf("%w: the body is larger than %d MB: split it", mlb.ErrInvalid, maxBody>>20)
	}
	b, err := parse(bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	if err != nil {
		return nil, err
	}
	events := slices.Concat(b.Data, b.Games)
	seen, err := b.observedAt(events)
	if err != nil {
		return nil, err
	}
	return &reader{rows: flatten(events), seen: seen, zone: zone, decimal: inDecimal(events)}, nil
}

func parse(text []byte) (b body, err error) {
	if len(text) == 0 {
		return b, fmt.Errorf("%w: the file is empty", mlb.ErrInvalid)
	}
	if text[0] == '[' {
		err = json.Unmarshal(text, &b.Data)
	} else {
		b, err = parseObject(text)
	}
	if err != nil {
		return b, fmt.Errorf("%w: not a body of The Odds API v4: %w", mlb.ErrInvalid, err)
	}
	return b, nil
}

// parseObject refuses an object without a list of events: an error message of
// the API is one.
func parseObject(text []byte) (b body, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return b, err
	}
	if fields["data"] == nil && fields["games"] == nil {
		var message string
		_ = json.Unmarshal(fields["message"], &message) // best effort: it only explains
		if message == "" {
			return b, errors.New("no list of events in it")
		}
		return b, fmt.Errorf("the API answered %q", message)
	}
	err = json.Unmarshal(text, &b)
	return b, err
}

// observedAt is when the body was fetched; where it does not say, the newest
// of its updates: it was fetched then or later.
func (b body) observedAt(events []event) (time.Time, error) {
	switch {
	case b.Timestamp != nil:
		return b.Timestamp.UTC(), nil
	case b.FetchedAt != nil:
		return b.FetchedAt.UTC(), nil
	}
	var newest time.Time
	for _, e := range events {
		for _, k := range e.Bookmakers {
			for _, m := range k.Markets {
				at, err := time.Parse(time.RFC3339, m.LastUpdate)
				if err == nil && at.After(newest) {
					newest = at
				}
			}
		}
	}
	if newest.IsZero() && len(events) > 0 {
		return newest, fmt.Errorf("%w: the body says neither when it was fetched nor when any market was updated", mlb.ErrInvalid)
	}
	return newest.UTC(), nil
}

// inDecimal tells whether the body's prices are decimal: it has one that no
// American price can be, and none below 1.
func inDecimal(events []event) bool {
	decimal := false
	for _, f := range flatten(events) {
		p, err := strconv.ParseFloat(string(f.outcome.Price), 64)
		if err != nil {
			continue
		}
		if p < 1 {
			return false
		}
		decimal = decimal || p < 100
	}
	return decimal
}

// flat is one outcome with all it belongs to.
type flat struct {
	event   *event
	book    *bookmaker
	market  *market
	outcome *outcome
}

func flatten(events []event) (all []flat) {
	for i := range events {
		e := &events[i]
		for j := range e.Bookmakers {
			k := &e.Bookmakers[j]
			for n := range k.Markets {
				m := &k.Markets[n]
				for o := range m.Outcomes {
					all = append(all, flat{e, k, m, &m.Outcomes[o]})
				}
			}
		}
	}
	return all
}

type reader struct {
	rows    []flat
	seen    time.Time
	zone    *time.Location
	decimal bool
	n       int64
}

// Next is the next outcome of the body.
func (r *reader) Next() (source.OddsRow, error) {
	if r.n == int64(len(r.rows)) {
		return source.OddsRow{}, io.EOF
	}
	f := r.rows[r.n]
	r.n++
	row := source.OddsRow{
		N: r.n, Text: f.text(), ObservedAt: r.seen, Home: f.event.Home, Away: f.event.Away, Book: f.book.Key,
	}
	for _, step := range []func(flat, *source.OddsRow) error{r.parseGame, parseMarket, parseLine, r.parsePrice} {
		if err := step(f, &row); err != nil {
			return row, err
		}
	}
	return row, nil
}

// text is the outcome as it is shown where it cannot be used.
func (f flat) text() string {
	s := fmt.Sprintf("%s %s @ %s %s | %s | %s | %s %s | %s", f.event.ID, f.event.Away, f.event.Home,
		f.event.Commence, f.book.Key, f.market.Key, f.outcome.Name, f.outcome.Point, f.outcome.Price)
	return strings.ReplaceAll(s, "\x00", "\ufffd") // which PostgreSQL's text cannot hold
}

func (r *reader) parseGame(f flat, row *source.OddsRow) error {
	if f.event.Home == "" || f.event.Away == "" || f.event.Home == f.event.Away {
		return source.Reject(source.BadGame, "home_team %q, away_team %q", f.event.Home, f.event.Away)
	}
	start, err := time.Parse(time.RFC3339, f.event.Commence)
	if err != nil {
		return source.Reject(source.BadTime, "commence_time %q, want RFC 3339", f.event.Commence)
	}
	row.Start, row.Date = start.UTC(), mlb.DateOf(start.In(r.zone))
	if !start.After(r.seen) {
		return source.Reject(source.InPlay, "observed at %s, the game began at %s", r.seen.Format(time.RFC3339), f.event.Commence)
	}
	return nil
}

// markets are the keys this reader knows; anything else is not one of the
// three markets on a period we settle.
var markets = map[string]struct {
	market mlb.Market
	period mlb.Period
}{
	"h2h": {mlb.Moneyline, mlb.FullGame}, "h2h_1st_5_innings": {mlb.Moneyline, mlb.FirstFive},
	"spreads": {mlb.RunLine, mlb.FullGame}, "alternate_spreads": {mlb.RunLine, mlb.FullGame}, "spreads_1st_5_innings": {mlb.RunLine, mlb.FirstFive},
	"totals": {mlb.Total, mlb.FullGame}, "alternate_totals": {mlb.Total, mlb.FullGame}, "totals_1st_5_innings": {mlb.Total, mlb.FirstFive},
}

func parseMarket(f flat, row *source.OddsRow) error {
	m, ok := markets[f.market.Key]
	if !ok {
		return source.Reject(source.BadMarket, "market %q", f.market.Key)
	}
	row.Market, row.Period = m.market, m.period
	sides := map[string]mlb.Side{f.event.Home: mlb.Home, f.event.Away: mlb.Away}
	if m.market == mlb.Total {
		sides = map[string]mlb.Side{"Over": mlb.Over, "Under": mlb.Under}
	}
	if row.Side, ok = sides[f.outcome.Name]; !ok {
		return source.Reject(source.BadMarket, "outcome %q of market %q", f.outcome.Name, f.market.Key)
	}
	return nil
}

func parseLine(f flat, row *source.OddsRow) error {
	point := f.outcome.Point
	switch {
	case !row.Market.HasLine() && point == "":
		return nil
	case !row.Market.HasLine():
		return source.Reject(source.BadLine, "point %q of a moneyline", point)
	case point == "":
		return source.Reject(source.BadLine, "no point in market %q", f.market.Key)
	}
	l, err := mlb.ParseLine(string(point))
	if err != nil {
		return source.Reject(source.BadLine, "point %q", point)
	}
	if row.Market == mlb.Total && l <= 0 {
		return source.Reject(source.BadLine, "total of %s runs", point)
	}
	row.Line = l.ForSide(row.Market, row.Side)
	return nil
}

func (r *reader) parsePrice(f flat, row *source.OddsRow) (err error) {
	text := string(f.outcome.Price)
	if r.decimal {
		row.Price, err = odds.ParseDecimal(text)
	} else {
		var a odds.American
		if a, err = odds.ParseAmerican(strings.TrimSuffix(text, ".0")); err == nil {
			row.Price, err = odds.FromAmerican(a)
		}
	}
	if err != nil {
		return source.Reject(source.BadPrice, "%q", text)
	}
	return nil
}
