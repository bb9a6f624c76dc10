// Package oddsapi reads bodies of The Odds API v4: the live list of events or
// one event, the historical envelope around either, and a collector's wrapper
// around a list.
package oddsapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

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

// body is any of the forms, after what they hold has been put into one list.
type body struct {
	Timestamp *time.Time // historical envelope
	FetchedAt *time.Time // wrapper
	Events    []source.Element[event]
}

type event struct {
	ID         string                      `json:"id"`
	Commence   string                      `json:"commence_time"`
	Home       string                      `json:"home_team"`
	Away       string                      `json:"away_team"`
	Bookmakers []source.Element[bookmaker] `json:"bookmakers"`
}

type bookmaker struct {
	Key        string                   `json:"key"`
	LastUpdate string                   `json:"last_update"`
	Markets    []source.Element[market] `json:"markets"`
}

type market struct {
	Key        string                    `json:"key"`
	LastUpdate string                    `json:"last_update"`
	Outcomes   []source.Element[outcome] `json:"outcomes"`
}

type outcome struct {
	Name  string        `json:"name"`
	Price source.Number `json:"price"`
	Point source.Number `json:"point"`
}

// Open reads a whole body; the days of its games are those of the zone.
func Open(r io.Reader, zone *time.Location) (source.OddsReader, error) {
	return openFetched(r, zone, time.Time{})
}

// openFetched reads a body that was fetched at a moment, zero where that is not known.
func openFetched(r io.Reader, zone *time.Location, fetchedAt time.Time) (source.OddsReader, error) {
	text, err := source.ReadBody(r)
	if err != nil {
		return nil, err
	}
	b, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not a body of The Odds API v4: %w", mlb.ErrInvalid, err)
	}
	if b.FetchedAt == nil && !fetchedAt.IsZero() {
		b.FetchedAt = &fetchedAt
	}
	rows := flatten(b.Events)
	seen, err := b.observedAt(rows)
	if err != nil {
		return nil, err
	}
	return &reader{rows: rows, seen: seen, zone: zone, decimal: inDecimal(rows)}, nil
}

func parse(text []byte) (b body, err error) {
	if text[0] == '[' {
		b.Events, err = parseEvents(text)
		return b, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return b, err
	}
	if fields["bookmakers"] != nil { // the answer for one event
		b.Events, err = parseEvents(text)
		return b, err
	}
	return parseEnvelope(fields)
}

// parseEnvelope refuses an object without a list of events: an error message
// of the API is one.
func parseEnvelope(fields map[string]json.RawMessage) (b body, err error) {
	if missing(fields["data"]) && missing(fields["games"]) {
		var message string
		_ = json.Unmarshal(fields["message"], &message) // best effort: it only explains
		if message == "" {
			return b, errors.New("no list of events in it")
		}
		return b, fmt.Errorf("the API answered %q", message)
	}
	for _, name := range []string{"data", "games"} {
		events, err := parseEvents(fields[name])
		if err != nil {
			return b, fmt.Errorf("%s: %w", name, err)
		}
		b.Events = append(b.Events, events...)
	}
	if b.Timestamp, err = parseTime(fields, "timestamp"); err != nil {
		return b, err
	}
	b.FetchedAt, err = parseTime(fields, "fetched_at")
	return b, err
}

// missing tells that a field is not there, or null.
func missing(field json.RawMessage) bool { return field == nil || string(field) == "null" }

// parseEvents reads a list of events, or one event alone. A list without one
// that can be read is none.
func parseEvents(text json.RawMessage) (events []source.Element[event], err error) {
	switch {
	case len(text) == 0:
		return nil, nil
	case text[0] == '{':
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	if err := json.Unmarshal(text, &events); err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.Err == nil {
			return events, nil
		}
		err = e.Err
	}
	return events, err
}

func parseTime(fields map[string]json.RawMessage, name string) (*time.Time, error) {
	var t *time.Time
	if text := fields[name]; text != nil {
		if err := json.Unmarshal(text, &t); err != nil {
			return nil, fmt.Errorf("%s %s, want RFC 3339", name, source.Shown(string(text)))
		}
	}
	return t, nil
}

// observedAt is when the body was fetched; where it does not say, the newest
// of its updates: it was fetched then or later.
func (b body) observedAt(rows []flat) (time.Time, error) {
	switch {
	case b.Timestamp != nil:
		return b.Timestamp.UTC(), nil
	case b.FetchedAt != nil:
		return b.FetchedAt.UTC(), nil
	}
	var newest time.Time
	for _, f := range rows {
		for _, told := range []string{f.market.LastUpdate, f.book.LastUpdate} {
			at, err := time.Parse(time.RFC3339, told)
			if err == nil && at.After(newest) {
				newest = at
			}
		}
	}
	if newest.IsZero() && len(rows) > 0 {
		return newest, fmt.Errorf("%w: the body says neither when it was fetched nor when any market was updated", mlb.ErrInvalid)
	}
	return newest.UTC(), nil
}

// inDecimal tells whether the body's prices are decimal. A price of -100 or less
// is American, one with a fraction above 1 is decimal; where neither is there,
// most prices decide. A sentinel below 1 says nothing.
func inDecimal(rows []flat) bool {
	small, large, broken := 0, 0, false
	for _, f := range rows {
		p, err := strconv.ParseFloat(string(f.outcome.Price), 64)
		switch {
		case err != nil:
		case p <= -100:
			return false
		case p > 1 && p < 100:
			small++
			broken = broken || p != math.Trunc(p)
		case p >= 100:
			large++
		}
	}
	return broken || small > large
}

// flat is one outcome with all it belongs to, or the innermost of them that
// cannot be read, and why.
type flat struct {
	event   event
	book    bookmaker
	market  market
	outcome outcome
	raw     json.RawMessage // what cannot be read
	bad     error
}

func flatten(events []source.Element[event]) (all []flat) {
	for _, e := range events {
		f := flat{event: e.Value}
		if e.Err != nil {
			all = append(all, f.unread("an event", e.Raw, e.Err))
			continue
		}
		for _, k := range e.Value.Bookmakers {
			if f.book = k.Value; k.Err != nil {
				all = append(all, f.unread("a bookmaker", k.Raw, k.Err))
				continue
			}
			for _, m := range k.Value.Markets {
				all = append(all, f.ofMarket(m)...)
			}
		}
	}
	return all
}

func (f flat) ofMarket(m source.Element[market]) (all []flat) {
	if f.market = m.Value; m.Err != nil {
		return []flat{f.unread("a market", m.Raw, m.Err)}
	}
	for _, o := range m.Value.Outcomes {
		one := f
		if one.outcome = o.Value; o.Err != nil {
			one = one.unread("an outcome", o.Raw, o.Err)
		}
		all = append(all, one)
	}
	return all
}

func (f flat) unread(what string, raw json.RawMessage, err error) flat {
	f.raw, f.bad = raw, source.Reject(source.BadRecord, "not %s: %v", what, err)
	return f
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
		Complete: true,
		N:        r.n, Text: f.text(), ObservedAt: r.seen, Ref: source.Shown(f.event.ID), Home: f.event.Home, Away: f.event.Away,
		Book: f.book.Key, Simulated: strings.HasPrefix(f.event.ID, source.SimulatedPrefix),
	}
	if f.bad != nil {
		return row, f.bad
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
	if f.raw != nil {
		s = fmt.Sprintf("%s | %s | %s", f.event.ID, f.book.Key, f.raw)
	}
	return source.Shown(s)
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
