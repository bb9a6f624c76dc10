// Package oddsapi reads bodies of The Odds API v4: the live list of events or
// one event, the historical envelope around either, and a collector's wrapper
// around a list; one body a document, or one a line.
package oddsapi

import (
	"bytes"
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
	Events    []part[event]
}

type event struct {
	ID         string            `json:"id"`
	Commence   string            `json:"commence_time"`
	Home       string            `json:"home_team"`
	Away       string            `json:"away_team"`
	Bookmakers []part[bookmaker] `json:"bookmakers"`
}

type bookmaker struct {
	Key        string         `json:"key"`
	LastUpdate string         `json:"last_update"`
	Markets    []part[market] `json:"markets"`
}

type market struct {
	Key        string          `json:"key"`
	LastUpdate string          `json:"last_update"`
	Outcomes   []part[outcome] `json:"outcomes"`
}

type outcome struct {
	Name  string        `json:"name"`
	Price source.Number `json:"price"`
	Point source.Number `json:"point"`
}

// part is one element of a list, read apart from the others. Its text is kept
// only where it cannot be read.
type part[T any] struct {
	value  T
	unread *unread
}

// unread is what cannot be read, and why.
type unread struct {
	raw json.RawMessage
	err error
}

// UnmarshalJSON takes any value.
func (p *part[T]) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &p.value); err != nil {
		p.unread = &unread{bytes.Clone(b[:min(len(b), maxRaw)]), err}
	}
	return nil
}

// maxRaw is as much of what cannot be read as a row shows.
const maxRaw = 2000

// maxBody bounds the memory of one document: a slate at every book is some
// hundred kilobytes.
const maxBody = 8 << 20

// Open reads a whole document; the days of its games are those of the zone.
func Open(r io.Reader, zone *time.Location) (source.OddsReader, error) {
	rd, err := openFetched(r, zone, time.Time{})
	if err != nil {
		return nil, err
	}
	return rd, nil
}

// openFetched reads a document that was fetched at a moment, zero where that is
// not known.
func openFetched(r io.Reader, zone *time.Location, fetchedAt time.Time) (*reader, error) {
	text, err := source.ReadBodyUpTo(r, maxBody)
	if err != nil {
		return nil, err
	}
	rd := &reader{zone: zone}
	first, _, more := bytes.Cut(text, []byte("\n"))
	if !more || !json.Valid(first) {
		only, err := openBody(text, fetchedAt)
		if err != nil {
			return nil, fmt.Errorf("%w: not a body of The Odds API v4: %w", mlb.ErrInvalid, err)
		}
		rd.slates = []slate{only}
		return rd, nil
	}
	for line := range bytes.Lines(text) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		one, err := openBody(line, fetchedAt)
		if err != nil {
			one = unreadSlate(line, err)
		}
		rd.slates = append(rd.slates, one)
	}
	return rd, nil
}

// slate is a body that has been read.
type slate struct {
	quotes  []quotes
	seen    time.Time
	decimal bool
}

func openBody(text []byte, fetchedAt time.Time) (s slate, err error) {
	b, err := parse(text)
	if err != nil {
		return s, err
	}
	if b.FetchedAt == nil && !fetchedAt.IsZero() {
		b.FetchedAt = &fetchedAt
	}
	s.quotes = quotesOf(b.Events)
	s.decimal = inDecimal(s.quotes)
	s.seen, err = b.observedAt(s.quotes)
	return s, err
}

// unreadSlate is one row that tells of a line that is no body.
func unreadSlate(line []byte, err error) slate {
	q := quotes{event: &event{}, book: &bookmaker{}, market: &market{}}
	return slate{quotes: []quotes{q.refuse("a body", &unread{bytes.Clone(line[:min(len(line), maxRaw)]), err})}}
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
func parseEvents(text json.RawMessage) (events []part[event], err error) {
	switch {
	case len(text) == 0:
		return nil, nil
	case text[0] == '{':
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	if err := json.Unmarshal(text, &events); err != nil {
		return nil, err
	}
	for i := range events {
		if events[i].unread == nil {
			return events, nil
		}
		err = events[i].unread.err
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
func (b body) observedAt(all []quotes) (time.Time, error) {
	switch {
	case b.Timestamp != nil:
		return b.Timestamp.UTC(), nil
	case b.FetchedAt != nil:
		return b.FetchedAt.UTC(), nil
	}
	var newest time.Time
	for _, q := range all {
		for _, told := range []string{q.market.LastUpdate, q.book.LastUpdate} {
			at, err := time.Parse(time.RFC3339, told)
			if err == nil && at.After(newest) {
				newest = at
			}
		}
	}
	if newest.IsZero() && len(all) > 0 {
		return newest, errors.New("the body says neither when it was fetched nor when any market was updated")
	}
	return newest.UTC(), nil
}

// inDecimal tells whether the body's prices are decimal. A price of -100 or less
// is American, one with a fraction above 1 is decimal; where neither is there,
// most prices decide. A sentinel below 1 says nothing.
func inDecimal(all []quotes) bool {
	small, large, broken := 0, 0, false
	for _, q := range all {
		for i := range q.market.Outcomes {
			p, err := strconv.ParseFloat(string(q.market.Outcomes[i].value.Price), 64)
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
	}
	return broken || small > large
}

// quotes is one market with all it belongs to, or the innermost of them that
// cannot be read, and why. Its pointers are never nil.
type quotes struct {
	event  *event
	book   *bookmaker
	market *market
	raw    json.RawMessage // what cannot be read
	bad    error
}

func quotesOf(events []part[event]) (all []quotes) {
	for i := range events {
		e := &events[i]
		q := quotes{event: &e.value, book: &bookmaker{}, market: &market{}}
		if e.unread != nil {
			all = append(all, q.refuse("an event", e.unread))
			continue
		}
		for j := range e.value.Bookmakers {
			all = append(all, q.ofBook(&e.value.Bookmakers[j])...)
		}
	}
	return all
}

func (q quotes) ofBook(k *part[bookmaker]) (all []quotes) {
	if q.book = &k.value; k.unread != nil {
		return []quotes{q.refuse("a bookmaker", k.unread)}
	}
	for i := range k.value.Markets {
		m := &k.value.Markets[i]
		one := q
		if one.market = &m.value; m.unread != nil {
			one = one.refuse("a market", m.unread)
		}
		if one.bad != nil || len(m.value.Outcomes) > 0 {
			all = append(all, one)
		}
	}
	return all
}

// refuse leaves nothing of what cannot be read but its text.
func (q quotes) refuse(what string, u *unread) quotes {
	q.raw, q.bad = u.raw, source.Reject(source.BadRecord, "not %s: %v", what, u.err)
	return q
}

// flat is one outcome with all it belongs to.
type flat struct {
	quotes
	outcome *outcome
}

// at is the outcome at i, or what cannot be read: it is alone.
func (q quotes) at(i int) flat {
	if q.bad != nil {
		return flat{q, &outcome{}}
	}
	o := &q.market.Outcomes[i]
	if o.unread != nil {
		q = q.refuse("an outcome", o.unread)
	}
	return flat{q, &o.value}
}

func (q quotes) len() int {
	if q.bad != nil {
		return 1
	}
	return len(q.market.Outcomes)
}

type reader struct {
	slates []slate // the first is handed out
	zone   *time.Location
	given  int // outcomes of the first quotes of the first slate
	n      int64
}

// next is the next outcome and the slate it is of; false after the last.
func (r *reader) next() (flat, *slate, bool) {
	for ; len(r.slates) > 0; r.slates = r.slates[1:] {
		for s := &r.slates[0]; len(s.quotes) > 0; s.quotes, r.given = s.quotes[1:], 0 {
			if r.given < s.quotes[0].len() {
				r.given++
				return s.quotes[0].at(r.given - 1), s, true
			}
		}
	}
	return flat{}, nil, false
}

// Next is the next outcome of the document.
func (r *reader) Next() (source.OddsRow, error) {
	f, s, ok := r.next()
	if !ok {
		return source.OddsRow{}, io.EOF
	}
	r.n++
	row := source.OddsRow{
		Complete: true,
		N:        r.n, Text: f.text(), ObservedAt: s.seen, Ref: source.Shown(f.event.ID), Home: f.event.Home, Away: f.event.Away,
		Book: f.book.Key, Simulated: strings.HasPrefix(f.event.ID, source.SimulatedPrefix),
	}
	if f.bad != nil {
		return row, f.bad
	}
	if err := r.parseGame(f, &row); err != nil {
		return row, err
	}
	if err := parseMarket(f, &row); err != nil {
		return row, err
	}
	if err := parseLine(f, &row); err != nil {
		return row, err
	}
	return row, s.parsePrice(f, &row)
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
	if !start.After(row.ObservedAt) {
		return source.Reject(source.InPlay, "observed at %s, the game began at %s", row.ObservedAt.Format(time.RFC3339), f.event.Commence)
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

func (s *slate) parsePrice(f flat, row *source.OddsRow) (err error) {
	text := string(f.outcome.Price)
	if s.decimal {
		row.Price, err = odds.ParseDecimal(text)
	} else {
		var a odds.American
		if a, err = odds.ParseAmerican(strings.TrimSuffix(text, ".0")); err == nil {
			row.Price, err = odds.FromAmerican(a)
		}
	}
	switch {
	case err != nil && s.decimal:
		return source.Reject(source.BadPrice, "%q", text)
	case err != nil:
		return source.RejectPrice(text)
	default:
		return nil
	}
}
