package world

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// The reading of served bodies, on purpose apart from the parsers of the
// formats: what they lose must show.

// pollsOf reads one answer. A body that cannot be read shows nothing.
func pollsOf(e Exchange, body []byte) []poll {
	switch e.Route {
	case "scoreboard":
		return scoreboardPolls(e, body)
	case "history":
		return historyPolls(e, body)
	default:
		return oddsPolls(e, body)
	}
}

// quoted is a price of Action Network.
type quoted struct {
	Side    string          `json:"side"`
	Team    int64           `json:"team_id"`
	Odds    json.RawMessage `json:"odds"`
	Value   json.RawMessage `json:"value"`
	Live    bool            `json:"is_live"`
	Status  string          `json:"line_status"`
	Updated time.Time       `json:"updated_at"`
}

type quotedGame struct {
	ID      int64                                            `json:"id"`
	Start   time.Time                                        `json:"start_time"`
	Home    int64                                            `json:"home_team_id"`
	Away    int64                                            `json:"away_team_id"`
	Markets map[string]map[string]map[string]json.RawMessage `json:"markets"`
}

// periodKeys are the periods of Action Network that are read.
var periodKeys = []struct {
	key    string
	period mlb.Period
}{{"event", mlb.FullGame}, {"firstfiveinnings", mlb.FirstFive}}

var sideWords = map[string]mlb.Side{"home": mlb.Home, "away": mlb.Away, "over": mlb.Over, "under": mlb.Under}

func scoreboardPolls(e Exchange, body []byte) (polls []poll) {
	var board struct {
		Games []json.RawMessage `json:"games"`
	}
	if json.Unmarshal(body, &board) != nil {
		return nil
	}
	for _, raw := range board.Games {
		var g quotedGame
		if json.Unmarshal(raw, &g) != nil || !g.Start.After(e.At) {
			continue
		}
		p := poll{at: e.At, n: e.N, event: eventKey{e.Source, strconv.FormatInt(g.ID, 10)}, complete: true}
		for _, book := range slices.Sorted(maps.Keys(g.Markets)) {
			for _, period := range periodKeys {
				for _, m := range marketKeys {
					base := Key{Source: e.Source, Event: p.event.event, Book: book, Market: m.market, Period: period.period}
					p.prices = append(p.prices, g.prices(base, g.Markets[book][period.key][m.key])...)
				}
			}
		}
		polls = append(polls, p)
	}
	return polls
}

func (g *quotedGame) prices(base Key, raw json.RawMessage) (all []shownPrice) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil
	}
	for _, one := range list {
		var q quoted
		if json.Unmarshal(one, &q) != nil {
			continue
		}
		team := map[mlb.Side]int64{mlb.Home: g.Home, mlb.Away: g.Away}[sideWords[q.Side]]
		if q.Team != 0 && team != 0 && q.Team != team {
			continue
		}
		if s, ok := q.shown(base); ok {
			all = append(all, s)
		}
	}
	return all
}

// shown is the price, or the zero Price where it cannot be bet; ok is false
// where it names no outcome.
func (q *quoted) shown(k Key) (s shownPrice, ok bool) {
	k.Side = sideWords[q.Side]
	if !k.Side.Of(k.Market) || !k.fillLine(strings.Trim(string(q.Value), `"`)) {
		return s, false
	}
	if q.Live || q.Status == "suspended" {
		return shownPrice{key: k}, true
	}
	return shownPrice{k, american(strings.Trim(string(q.Odds), `"`))}, true
}

// fillLine reads the line from the side's view.
func (k *Key) fillLine(told string) bool {
	if !k.Market.HasLine() {
		return told == "" || told == "0" || told == "null"
	}
	l, err := mlb.ParseLine(told)
	if err != nil || k.Market == mlb.Total && l <= 0 {
		return false
	}
	k.Line = l.ForSide(k.Market, k.Side)
	return true
}

// american is the price, the zero Price where no book can quote it.
func american(told string) odds.Price {
	a, err := odds.ParseAmerican(told)
	if err != nil {
		return odds.Price{}
	}
	p, _ := odds.FromAmerican(a) // what ParseAmerican reads is a price
	return p
}

// historyPolls are the prices of a history, each at its own time.
func historyPolls(e Exchange, body []byte) (polls []poll) {
	var byBook map[string]map[string]map[string][]struct {
		Side    string   `json:"side"`
		Team    int64    `json:"team_id"`
		History []quoted `json:"history"`
	}
	if json.Unmarshal(body, &byBook) != nil {
		return nil
	}
	path, _, _ := strings.Cut(e.Target, "?")
	_, args, _ := serverOf(e.Source).find(path)
	for _, book := range slices.Sorted(maps.Keys(byBook)) {
		for _, period := range periodKeys {
			for _, m := range marketKeys {
				for _, line := range byBook[book][period.key][m.key] {
					for _, q := range line.History {
						q.Side = line.Side
						base := Key{Source: e.Source, Event: args[0], Book: book, Market: m.market, Period: period.period}
						if s, ok := q.shown(base); ok && !q.Updated.IsZero() {
							polls = append(polls, poll{at: q.Updated.UTC(), n: e.N, event: eventKey{e.Source, args[0]}, prices: []shownPrice{s}})
						}
					}
				}
			}
		}
	}
	return polls
}

// oddsMarkets are the markets of The Odds API that are read.
var oddsMarkets = map[string]struct {
	market mlb.Market
	period mlb.Period
}{
	"h2h": {mlb.Moneyline, mlb.FullGame}, "h2h_1st_5_innings": {mlb.Moneyline, mlb.FirstFive},
	"spreads": {mlb.RunLine, mlb.FullGame}, "alternate_spreads": {mlb.RunLine, mlb.FullGame}, "spreads_1st_5_innings": {mlb.RunLine, mlb.FirstFive},
	"totals": {mlb.Total, mlb.FullGame}, "alternate_totals": {mlb.Total, mlb.FullGame}, "totals_1st_5_innings": {mlb.Total, mlb.FirstFive},
}

func oddsPolls(e Exchange, body []byte) (polls []poll) {
	at, events := oddsBody(e, body)
	decimal := !strings.Contains(e.Target, "oddsFormat=american")
	for _, ev := range events {
		start, err := time.Parse(time.RFC3339, ev.Commence)
		if err != nil || !start.After(at) {
			continue
		}
		p := poll{at: at, n: e.N, event: eventKey{e.Source, ev.ID}}
		for _, b := range ev.Bookmakers {
			for _, m := range b.Markets {
				known, ok := oddsMarkets[m.Key]
				if !ok {
					continue
				}
				base := Key{Source: e.Source, Event: ev.ID, Book: b.Key, Market: known.market, Period: known.period}
				p.prices = append(p.prices, ev.prices(base, m, decimal)...)
			}
		}
		polls = append(polls, p)
	}
	return polls
}

// oddsBody is the events of a body in any of its forms, and when it is of.
func oddsBody(e Exchange, body []byte) (at time.Time, events []oddsEvent) {
	var past struct {
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}
	at = e.At
	if json.Unmarshal(body, &past) == nil && past.Data != nil {
		at, body = past.Timestamp.UTC(), past.Data
	}
	if json.Unmarshal(body, &events) == nil {
		return at, events
	}
	var one oddsEvent
	if json.Unmarshal(body, &one) == nil && one.ID != "" {
		return at, []oddsEvent{one}
	}
	return at, nil
}

func (ev *oddsEvent) prices(base Key, m oddsMarket, decimal bool) (all []shownPrice) {
	for _, o := range m.Outcomes {
		k := base
		k.Side = cmp.Or(map[string]mlb.Side{ev.Home: mlb.Home, ev.Away: mlb.Away, "Over": mlb.Over, "Under": mlb.Under}[o.Name], k.Side)
		if !k.Side.Of(k.Market) || !k.fillLine(o.Point.String()) {
			continue
		}
		price := american(o.Price.String())
		if decimal {
			price, _ = odds.ParseDecimal(o.Price.String()) // no price is the zero one
		}
		all = append(all, shownPrice{k, price})
	}
	return all
}
