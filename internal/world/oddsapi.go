package world

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// oddsEvent is an event of The Odds API v4.
type oddsEvent struct {
	ID         string     `json:"id"`
	SportKey   string     `json:"sport_key"`
	SportTitle string     `json:"sport_title"`
	Commence   string     `json:"commence_time"`
	Home       string     `json:"home_team"`
	Away       string     `json:"away_team"`
	Bookmakers []oddsBook `json:"bookmakers,omitzero"` // nil: not asked for
}

type oddsBook struct {
	Key        string       `json:"key"`
	Title      string       `json:"title"`
	LastUpdate string       `json:"last_update"`
	Markets    []oddsMarket `json:"markets"`
}

type oddsMarket struct {
	Key        string        `json:"key"`
	LastUpdate string        `json:"last_update"`
	Outcomes   []oddsOutcome `json:"outcomes"`
}

type oddsOutcome struct {
	Name  string      `json:"name"`
	Price json.Number `json:"price"`
	Point json.Number `json:"point,omitempty"`
}

// bulkMarkets are served for all events at once, the others event by event.
var bulkMarkets = []string{"h2h", "spreads", "totals"}

var eventMarkets = []string{"alternate_spreads", "alternate_totals", "h2h_1st_5_innings", "spreads_1st_5_innings", "totals_1st_5_innings"}

// regions of the books; one that is not here is of the first.
var (
	regions = []string{"us", "us2", "us_dfs", "us_ex", "uk", "eu", "au", "fr", "se"}
	inEU    = []string{"pinnacle"}
)

// wish is which part of the market a request asks for.
type wish struct {
	markets, regions, books []string
	decimal                 bool
}

// parseWish reads the parameters of odds; bulk ones give no markets beside the
// main ones.
func parseWish(v url.Values, bulk bool) (w wish, err error) {
	w = wish{markets: split(v.Get("markets")), regions: split(v.Get("regions")), books: split(v.Get("bookmakers"))}
	if len(w.markets) == 0 {
		w.markets = []string{"h2h"}
	}
	for _, m := range w.markets {
		switch {
		case slices.Contains(bulkMarkets, m):
		case !slices.Contains(eventMarkets, m):
			return w, refuse(http.StatusUnprocessableEntity, "INVALID_MARKET", "Invalid markets parameter: %.40s", m)
		case bulk:
			return w, refuse(http.StatusUnprocessableEntity, "INVALID_MARKET",
				"Markets not supported by this endpoint: %s. Query it one event at a time", m)
		}
	}
	if len(w.books) == 0 && len(w.regions) == 0 {
		return w, refuse(http.StatusUnprocessableEntity, "MISSING_REGION", "Missing regions parameter")
	}
	for _, r := range w.regions {
		if !slices.Contains(regions, r) {
			return w, refuse(http.StatusUnprocessableEntity, "INVALID_REGION", "Invalid regions parameter: %.40s", r)
		}
	}
	return w, w.format(v)
}

func (w *wish) format(v url.Values) error {
	switch v.Get("oddsFormat") {
	case "", "decimal":
		w.decimal = true
	case "american":
	default:
		return refuse(http.StatusUnprocessableEntity, "INVALID_ODDS_FORMAT", "Invalid oddsFormat parameter")
	}
	if f := v.Get("dateFormat"); f != "" && f != "iso" {
		return refuse(http.StatusUnprocessableEntity, "INVALID_DATE_FORMAT", "Invalid dateFormat parameter: this server only writes iso")
	}
	return nil
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' })
}

// areas is what a request costs a market: its regions, or one for every ten
// books.
func (w *wish) areas() int {
	if len(w.books) > 0 {
		return (len(w.books) + 9) / 10
	}
	return len(w.regions)
}

// of leaves the wished part of an event.
func (w *wish) of(e oddsEvent) oddsEvent {
	kept := []oddsBook{}
	for _, b := range e.Bookmakers {
		if !w.wants(b.Key) {
			continue
		}
		var markets []oddsMarket
		for _, m := range b.Markets {
			if slices.Contains(w.markets, m.Key) {
				markets = append(markets, w.priced(m))
			}
		}
		if b.Markets = markets; len(markets) > 0 {
			kept = append(kept, b)
		}
	}
	e.Bookmakers = kept
	return e
}

func (w *wish) wants(book string) bool {
	if len(w.books) > 0 {
		return slices.Contains(w.books, book)
	}
	region := regions[0]
	if slices.Contains(inEU, book) {
		region = "eu"
	}
	return slices.Contains(w.regions, region)
}

// priced writes the prices in the format asked for.
func (w *wish) priced(m oddsMarket) oddsMarket {
	if !w.decimal {
		return m
	}
	m.Outcomes = slices.Clone(m.Outcomes)
	for i, o := range m.Outcomes {
		a, err := odds.ParseAmerican(o.Price.String())
		if err != nil {
			continue // the simulator writes none
		}
		m.Outcomes[i].Price = json.Number(fmt.Sprintf("%.2f", math.Round(100*a.Decimal())/100))
	}
	return m
}

// open are all events open at a moment, those of the days around it.
func (s *slates) open(at time.Time) (all []oddsEvent, err error) {
	days, err := s.around(at, 1, 1)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		events, err := eventsOf(d, at)
		if err != nil {
			return nil, err
		}
		all = append(all, events...)
	}
	return all, nil
}

func eventsOf(d *simulator.Day, at time.Time) (events []oddsEvent, err error) {
	if err := json.Unmarshal(d.OddsAPILive(at), &events); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return events, nil
}

// within leaves the events that the parameters ask for.
func within(events []oddsEvent, v url.Values) ([]oddsEvent, error) {
	from, to := v.Get("commenceTimeFrom"), v.Get("commenceTimeTo")
	for _, told := range []string{from, to} {
		if _, err := time.Parse(time.RFC3339, told); told != "" && err != nil {
			return nil, refuse(http.StatusUnprocessableEntity, "INVALID_COMMENCE_TIME_FROM", "Invalid commence time %.30q", told)
		}
	}
	ids := split(v.Get("eventIds"))
	return slices.DeleteFunc(events, func(e oddsEvent) bool { // whole seconds in UTC sort as text
		return from != "" && e.Commence < from || to != "" && e.Commence > to || len(ids) > 0 && !slices.Contains(ids, e.ID)
	}), nil
}

// sports costs nothing, and is how a client learns what it has left.
func sports(*slates, question) (answer, error) {
	return jsonAnswer([]byte(`[{"key":"baseball_mlb","group":"Baseball","title":"MLB","description":"Major League Baseball","active":true,"has_outrights":false}]`)), nil
}

func liveOdds(s *slates, q question) (a answer, err error) {
	events, cost, err := s.bulk(q, q.at)
	a = jsonAnswer(compact(events))
	a.cost = cost
	return a, err
}

// bulk is the wished part of all events, and what it costs.
func (s *slates) bulk(q question, at time.Time) (events []oddsEvent, cost int, err error) {
	w, err := parseWish(q.values, true)
	if err != nil {
		return nil, 0, err
	}
	if events, err = s.open(at); err != nil {
		return nil, 0, err
	}
	if events, err = within(events, q.values); err != nil {
		return nil, 0, err
	}
	for i, e := range events {
		events[i] = w.of(e)
	}
	if len(events) == 0 {
		return []oddsEvent{}, 0, nil
	}
	return events, len(w.markets) * w.areas(), nil
}

func liveEvents(s *slates, q question) (a answer, err error) {
	events, err := s.named(q, q.at)
	return jsonAnswer(compact(events)), err
}

// named are the events without their prices.
func (s *slates) named(q question, at time.Time) (events []oddsEvent, err error) {
	if events, err = s.open(at); err != nil {
		return nil, err
	}
	for i := range events {
		events[i].Bookmakers = nil
	}
	if events == nil {
		events = []oddsEvent{}
	}
	return within(events, q.values)
}

func liveEventOdds(s *slates, q question) (a answer, err error) {
	e, cost, err := s.single(q, q.at)
	a = jsonAnswer(compact(e))
	a.cost = cost
	return a, err
}

// single is the wished part of one event, and what it costs: the markets that
// are in it.
func (s *slates) single(q question, at time.Time) (e oddsEvent, cost int, err error) {
	w, err := parseWish(q.values, false)
	if err != nil {
		return e, 0, err
	}
	events, err := s.open(at)
	if err != nil {
		return e, 0, err
	}
	i := slices.IndexFunc(events, func(e oddsEvent) bool { return e.ID == q.args[0] })
	if i < 0 {
		return e, 0, refuse(http.StatusNotFound, "EVENT_NOT_FOUND", "Event not found. The event may have expired or the event id is invalid")
	}
	e = w.of(events[i])
	found := map[string]bool{}
	for _, b := range e.Bookmakers {
		for _, m := range b.Markets {
			found[m.Key] = true
		}
	}
	return e, len(found) * w.areas(), nil
}

// What a historical request costs more, and how far snapshots are apart.
const (
	pastPrice     = 10
	snapshotEvery = 5 * time.Minute
)

// envelope is a historical answer.
type envelope struct {
	Timestamp string `json:"timestamp"`
	Previous  string `json:"previous_timestamp"`
	Next      string `json:"next_timestamp"`
	Data      any    `json:"data"`
}

func enveloped(at time.Time, data any, cost int) answer {
	a := jsonAnswer(compact(envelope{
		at.Format(time.RFC3339), at.Add(-snapshotEvery).Format(time.RFC3339), at.Add(snapshotEvery).Format(time.RFC3339), data,
	}))
	a.cost = cost
	return a
}

// snapshot is the last one at the moment asked for, which must be past.
func (q question) snapshot() (time.Time, error) {
	told := q.values.Get("date")
	at, err := time.Parse(time.RFC3339, told)
	switch {
	case told == "":
		return at, refuse(http.StatusUnprocessableEntity, "MISSING_HISTORICAL_TIMESTAMP", "Missing date parameter")
	case err != nil || at.After(q.at):
		return at, refuse(http.StatusUnprocessableEntity, "INVALID_HISTORICAL_TIMESTAMP", "Invalid date parameter: %.30s", told)
	}
	return at.UTC().Truncate(snapshotEvery), nil
}

func pastOdds(s *slates, q question) (a answer, err error) {
	at, err := q.snapshot()
	if err != nil {
		return a, err
	}
	events, cost, err := s.bulk(q, at)
	return enveloped(at, events, pastPrice*cost), err
}

func pastEvents(s *slates, q question) (a answer, err error) {
	at, err := q.snapshot()
	if err != nil {
		return a, err
	}
	events, err := s.named(q, at)
	return enveloped(at, events, min(1, len(events))), err
}

func pastEventOdds(s *slates, q question) (a answer, err error) {
	at, err := q.snapshot()
	if err != nil {
		return a, err
	}
	e, cost, err := s.single(q, at)
	return enveloped(at, e, pastPrice*cost), err
}
