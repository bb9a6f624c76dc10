// Package actionnetwork reads bodies of Action Network's web API: the v2
// scoreboard with its prices and public splits, the price history of an event,
// and the directory of books. The API is unofficial.
package actionnetwork

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// name is the format's and the source's.
const name = "actionnetwork"

// captureZone is where the collector of the known captures wrote timestamps
// without a zone: its capture of 03:30:49 on 2025-11-09 holds an article that
// was updated at 11:27:01 UTC, and the API placed the collector in California.
const captureZone = "America/Los_Angeles"

// OddsFormat is captures in JSON lines ({"url", "data" or "body", "timestamp"}
// each) of scoreboards and histories; lines of other addresses are passed
// over. A scoreboard outside a capture has no time and is refused: see
// OddsFormatAt.
func OddsFormat() (source.OddsFormat, error) { return OddsFormatAt(time.Time{}) }

// OddsFormatAt is OddsFormat for bodies that do not tell when they were seen:
// it was at observedAt.
func OddsFormatAt(observedAt time.Time) (source.OddsFormat, error) {
	zone, err := time.LoadLocation(captureZone)
	if err != nil {
		return source.OddsFormat{}, fmt.Errorf("%s: %w", name, err)
	}
	return source.OddsFormat{
		Name:         name,
		Source:       name,
		Zone:         zone,
		Confirmation: "a scoreboard lists every main price of the books and games asked for",
		Open: func(r io.Reader, zone *time.Location) (source.OddsReader, error) {
			return openOdds(r, zone, observedAt, mlbLeague)
		},
	}, nil
}

// form is what rows are made by.
type form struct {
	league  int64
	eastern *time.Location   // which gives a start its calendar day
	clubs   map[int64]string // full names by Action Network's numbers
}

func newForm(league int64) (form, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return form{}, fmt.Errorf("%s: %w", name, err)
	}
	clubs := map[int64]string{}
	for _, t := range mlb.Teams() {
		clubs[int64(t.ActionNetwork)] = t.Name
	}
	return form{league, eastern, clubs}, nil
}

// item is one row, or why there is none.
type item[R any] struct {
	row R
	err error
}

// feed turns captures into rows, one capture at a time.
type feed[R any] struct {
	captures *captures
	expand   func(capture) []item[R]
	refuse   func(text string, err error) item[R]
	queue    []item[R]
	n        int64
}

func (f *feed[R]) next() (item[R], error) {
	for len(f.queue) == 0 {
		c, err := f.captures.next()
		switch {
		case err == nil:
			f.queue = f.expand(c)
		case errors.As(err, new(*source.RowError)):
			f.queue = []item[R]{f.refuse(c.text, err)}
		default:
			return item[R]{}, err
		}
	}
	it := f.queue[0]
	f.queue = f.queue[1:]
	f.n++
	return it, nil
}

type oddsReader struct{ feed[source.OddsRow] }

func openOdds(r io.Reader, zone *time.Location, observedAt time.Time, league int64) (source.OddsReader, error) {
	c, err := openCaptures(r, zone, observedAt)
	if err != nil {
		return nil, err
	}
	return oddsIn(c, league)
}

func oddsIn(c *captures, league int64) (source.OddsReader, error) {
	f, err := newForm(league)
	if err != nil {
		return nil, err
	}
	return &oddsReader{feed[source.OddsRow]{captures: c, expand: f.odds, refuse: refuseOdds}}, nil
}

// Next is the next price of the document.
func (r *oddsReader) Next() (source.OddsRow, error) {
	it, err := r.next()
	if err != nil {
		return source.OddsRow{}, err
	}
	it.row.N = r.n
	return it.row, it.err
}

func refuseOdds(text string, err error) item[source.OddsRow] {
	return item[source.OddsRow]{source.OddsRow{Text: source.Shown(text)}, err}
}

// odds are the prices of one capture.
func (f form) odds(c capture) (all []item[source.OddsRow]) {
	if c.kind == history {
		return historyOdds(c)
	}
	games, err := c.games()
	if err != nil {
		return []item[source.OddsRow]{refuseOdds(c.text, err)}
	}
	for i := range games {
		all = append(all, f.gameOdds(&games[i], c.seen)...)
	}
	return all
}

// calledOff are the states of a game that is not played as listed: its prices
// cannot be bet.
var calledOff = []string{"postponed", "cancelled", "canceled"}

func (f form) gameOdds(e *source.Element[game], seen time.Time) (all []item[source.OddsRow]) {
	refuse := func(err error) []item[source.OddsRow] { return []item[source.OddsRow]{refuseOdds(string(e.Raw), err)} }
	if e.Err != nil {
		return refuse(source.Reject(source.BadRecord, "not a game: %v", e.Err))
	}
	g := &e.Value
	id, err := f.identify(g)
	if err != nil {
		return refuse(err)
	}
	if slices.Contains(calledOff, g.Status) {
		off := refuse(source.Reject(source.Postponed, "game %d, %s @ %s, has the status %q", g.ID, id.away, id.home, g.Status))
		off[0].row.Ref = id.ref
		return off
	}
	common := source.OddsRow{
		Complete:   true,
		ObservedAt: seen, Ref: id.ref, Date: id.date, Start: id.start, Home: id.home, Away: id.away, Simulated: id.simulated,
	}
	teams := map[mlb.Side]int64{mlb.Home: g.HomeID, mlb.Away: g.AwayID}
	for at, raw := range g.Markets.known() {
		all = append(all, marketOdds(common, at, teams, raw)...)
	}
	return all
}

func marketOdds(common source.OddsRow, at place, teams map[mlb.Side]int64, raw json.RawMessage) (all []item[source.OddsRow]) {
	common.Book, common.Market, common.Period = at.book, at.market, at.period
	var list []source.Element[outcome]
	if err := json.Unmarshal(raw, &list); err != nil {
		text := fmt.Sprintf("event %s book %s %s %s", common.Ref, at.book, at.marketKey, raw)
		return []item[source.OddsRow]{refuseOdds(text, source.Reject(source.BadRecord, "not a list of outcomes: %v", err))}
	}
	for _, o := range list {
		row := common
		row.Text = source.Shown(string(o.Raw))
		all = append(all, item[source.OddsRow]{row, nil})
		it := &all[len(all)-1]
		if o.Err != nil {
			it.err = source.Reject(source.BadRecord, "not an outcome: %v", o.Err)
			continue
		}
		it.err = o.Value.fill(&it.row, at, teams)
	}
	return all
}

// fill reads one outcome into the row of its market.
func (o *outcome) fill(row *source.OddsRow, at place, teams map[mlb.Side]int64) error {
	if o.Type != "" && o.Type != at.marketKey {
		return source.Reject(source.BadMarket, "type %q among the outcomes of %q", o.Type, at.marketKey)
	}
	if err := o.fillSide(row, teams); err != nil {
		return err
	}
	if o.Live {
		return source.Reject(source.InPlay, "is_live")
	}
	if !row.Start.IsZero() && !row.Start.After(row.ObservedAt) {
		return source.Reject(source.InPlay, "observed at %s, the game began at %s",
			row.ObservedAt.Format(time.RFC3339), row.Start.Format(time.RFC3339))
	}
	if err := o.fillLine(row); err != nil {
		return err
	}
	return o.fillPrice(row)
}

var sides = map[string]mlb.Side{"home": mlb.Home, "away": mlb.Away, "over": mlb.Over, "under": mlb.Under}

func (o *outcome) fillSide(row *source.OddsRow, teams map[mlb.Side]int64) error {
	side, ok := sides[o.Side]
	if !ok || !side.Of(row.Market) {
		return source.Reject(source.BadMarket, "side %q of a %s", o.Side, row.Market)
	}
	if want := teams[side]; o.TeamID != 0 && want != 0 && o.TeamID != want {
		reason := source.BadMarket
		if o.TeamID == teams[mlb.Home] || o.TeamID == teams[mlb.Away] {
			reason = source.SwappedTeams
		}
		return source.Reject(reason, "side %q, but team_id %d is not that side's %d", o.Side, o.TeamID, want)
	}
	row.Side = side
	return nil
}

func (o *outcome) fillLine(row *source.OddsRow) error {
	if !row.Market.HasLine() {
		if v, err := strconv.ParseFloat(string(o.Value), 64); o.Value != "" && (err != nil || v != 0) {
			return source.Reject(source.BadLine, "value %q of a moneyline", o.Value)
		}
		return nil
	}
	l, err := mlb.ParseLine(string(o.Value))
	if err != nil {
		return source.Reject(source.BadLine, "value %q", o.Value)
	}
	if row.Market == mlb.Total && l <= 0 {
		return source.Reject(source.BadLine, "total of %s runs", o.Value)
	}
	row.Line = l.ForSide(row.Market, row.Side)
	return nil
}

// fillPrice reads the odds. A suspended line cannot be bet: its price is none.
func (o *outcome) fillPrice(row *source.OddsRow) error {
	if o.LineStatus == "suspended" {
		return source.Reject(source.Suspended, "line_status suspended: %q cannot be bet", o.Odds)
	}
	a, err := odds.ParseAmerican(strings.TrimSuffix(string(o.Odds), ".0"))
	if err != nil {
		return source.RejectPrice(string(o.Odds))
	}
	row.Price, err = odds.FromAmerican(a)
	if err != nil {
		return source.Reject(source.BadPrice, "odds %q", o.Odds)
	}
	return nil
}

// line is one side of a market with all its prices.
type line struct {
	Side    string                       `json:"side"`
	TeamID  int64                        `json:"team_id"`
	History *[]source.Element[quotation] `json:"history"`
}

type quotation struct {
	outcome
	UpdatedAt string `json:"updated_at"`
}

// historyOdds are the prices of one event. A history names neither teams nor
// start: the event's number stands for them.
func historyOdds(c capture) (all []item[source.OddsRow]) {
	var byBook map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &byBook); err != nil {
		return []item[source.OddsRow]{refuseOdds(c.text, source.Reject(source.BadRecord, "not a history: %v", err))}
	}
	event, _ := strconv.ParseInt(c.event, 10, 64) // kindOf has read it
	common := source.OddsRow{Ref: c.event, Simulated: event >= source.SimulatedFrom}
	for _, book := range slices.Sorted(maps.Keys(byBook)) {
		all = append(all, bookHistory(common, book, byBook[book])...)
	}
	return all
}

func bookHistory(common source.OddsRow, book string, raw json.RawMessage) (all []item[source.OddsRow]) {
	var byPeriod map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &byPeriod); err != nil {
		text := fmt.Sprintf("event %s book %s %s", common.Ref, book, raw)
		return []item[source.OddsRow]{refuseOdds(text, source.Reject(source.BadRecord, "not a book's history: %v", err))}
	}
	for at, raw := range (marketMap{book: byPeriod}).known() {
		all = append(all, marketHistory(common, at, raw)...)
	}
	return all
}

func marketHistory(common source.OddsRow, at place, raw json.RawMessage) (all []item[source.OddsRow]) {
	common.Book, common.Market, common.Period = at.book, at.market, at.period
	var list []source.Element[line]
	refuse := func(raw json.RawMessage, detail string, err any) {
		text := fmt.Sprintf("event %s book %s %s %s", common.Ref, at.book, at.marketKey, raw)
		all = append(all, refuseOdds(text, source.Reject(source.BadRecord, "%s: %v", detail, err)))
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		refuse(raw, "not a list of lines", err)
	}
	for _, l := range list {
		switch {
		case l.Err != nil:
			refuse(l.Raw, "not a line", l.Err)
		case l.Value.History == nil:
			refuse(l.Raw, "not a line", "no list history")
		default:
			all = append(all, l.Value.odds(common, at)...)
		}
	}
	return all
}

func (l *line) odds(common source.OddsRow, at place) (all []item[source.OddsRow]) {
	for _, q := range *l.History {
		row := common
		row.Text = source.Shown(fmt.Sprintf("event %s book %s %s %s %s", common.Ref, at.book, at.marketKey, l.Side, q.Raw))
		it := item[source.OddsRow]{row: row}
		if q.Err != nil {
			it.err = source.Reject(source.BadRecord, "not a price: %v", q.Err)
		} else {
			q.Value.Side, q.Value.TeamID = l.Side, l.TeamID
			it.err = q.Value.fillAt(&it.row, at)
		}
		all = append(all, it)
	}
	return all
}

func (q *quotation) fillAt(row *source.OddsRow, at place) (err error) {
	if row.ObservedAt, err = parseTime(q.UpdatedAt, time.UTC); err != nil {
		return source.Reject(source.BadTime, "updated_at %q, want RFC 3339", q.UpdatedAt)
	}
	return q.fill(row, at, nil)
}
