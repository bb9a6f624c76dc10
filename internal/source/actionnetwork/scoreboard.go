package actionnetwork

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// mlbLeague is Action Network's number of Major League Baseball, mlbName its
// name, which stands where a body leaves out the number.
const (
	mlbLeague = 8
	mlbName   = "mlb"
)

// board is a scoreboard's body.
type board struct {
	League league                  `json:"league"`
	Games  *[]source.Element[game] `json:"games"`
}

// league is an object, or the name alone.
type league struct {
	ID   int64
	Name string
}

// UnmarshalJSON takes any value: what is no league is not told.
func (l *league) UnmarshalJSON(b []byte) error {
	var told struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal(b, &told); err != nil {
		_ = json.Unmarshal(b, &told.Name) // best effort: neither tells the league
	}
	*l = league(told)
	return nil
}

// number is the league's, found by the name where the number is not told.
func (l league) number() int64 {
	if l.ID == 0 && strings.EqualFold(l.Name, mlbName) {
		return mlbLeague
	}
	return l.ID
}

type game struct {
	ID         int64  `json:"id"`
	League     int64  `json:"league_id"`
	LeagueName string `json:"league_name"`
	Start      string `json:"start_time"`
	Status     string `json:"status"`
	HomeID     int64  `json:"home_team_id"`
	AwayID     int64  `json:"away_team_id"`
	Teams      []struct {
		ID   int64  `json:"id"`
		Name string `json:"full_name"`
	} `json:"teams"`
	Markets marketMap `json:"markets"`
}

// marketMap is the outcomes by book, period and market.
type marketMap map[string]map[string]map[string]json.RawMessage

// outcome is one side of a market at a book. Only side and odds are always
// there.
type outcome struct {
	Type       string        `json:"type"`
	Side       string        `json:"side"`
	TeamID     int64         `json:"team_id"`
	Odds       source.Number `json:"odds"`
	Value      source.Number `json:"value"` // the line from this side's view
	Live       bool          `json:"is_live"`
	LineStatus string        `json:"line_status"`
	BetInfo    *betInfo      `json:"bet_info"`
}

// periods and markets are the ones settled here, in the order rows come.
// Everything else the map holds (props, team totals, first innings, halves) is
// not one of the three markets and makes no row at all.
var (
	periods = []struct {
		key    string
		period mlb.Period
	}{{"event", mlb.FullGame}, {"firstfiveinnings", mlb.FirstFive}}
	markets = []struct {
		key    string
		market mlb.Market
	}{{"moneyline", mlb.Moneyline}, {"spread", mlb.RunLine}, {"total", mlb.Total}}
)

// place is where in the map a market stands.
type place struct {
	book      string
	period    mlb.Period
	market    mlb.Market
	marketKey string
}

// known are the markets of the map that are known here, books in the order of
// their keys.
func (m marketMap) known() iter.Seq2[place, json.RawMessage] {
	return func(yield func(place, json.RawMessage) bool) {
		for _, book := range slices.Sorted(maps.Keys(m)) {
			for _, p := range periods {
				for _, k := range markets {
					raw, ok := m[book][p.key][k.key]
					if ok && !yield(place{book, p.period, k.market, k.key}, raw) {
						return
					}
				}
			}
		}
	}
}

// games are the games of a scoreboard, each with the league the body says
// where the game itself does not.
func (c capture) games() ([]source.Element[game], error) {
	if c.list != nil {
		return c.list, nil
	}
	var b board
	if err := json.Unmarshal(c.body, &b); err != nil {
		return nil, source.Reject(source.BadRecord, "not a scoreboard: %v", err)
	}
	if b.Games == nil {
		return nil, source.Reject(source.BadRecord, "no list of games in the scoreboard")
	}
	for i := range *b.Games {
		g := &(*b.Games)[i].Value
		if g.League == 0 && g.LeagueName == "" {
			g.League, g.LeagueName = b.League.ID, b.League.Name
		}
		g.League = league{g.League, g.LeagueName}.number()
	}
	return *b.Games, nil
}

// identity is what names a game in every row of it.
type identity struct {
	ref        string
	start      time.Time
	date       mlb.Date
	home, away string
	simulated  bool
}

// identify reads who plays when. The order of teams is no role: only the
// numbers tell home from away.
func (f form) identify(g *game) (id identity, err error) {
	switch {
	case g.ID <= 0:
		return id, source.Reject(source.BadGame, "id %d", g.ID)
	case g.League != f.league:
		return id, source.Reject(source.BadGame, "game %d is of league %d %q, want %d", g.ID, g.League, g.LeagueName, f.league)
	}
	id.ref, id.simulated = strconv.FormatInt(g.ID, 10), g.ID >= source.SimulatedFrom
	id.home, id.away = f.team(g, g.HomeID), f.team(g, g.AwayID)
	if id.home == "" || id.away == "" || id.home == id.away {
		return id, source.Reject(source.BadGame, "game %d: home_team_id %d and away_team_id %d do not name two of its teams",
			g.ID, g.HomeID, g.AwayID)
	}
	start, err := time.Parse(time.RFC3339, g.Start)
	if err != nil {
		return id, source.Reject(source.BadTime, "game %d: start_time %q, want RFC 3339", g.ID, g.Start)
	}
	id.start, id.date = start.UTC(), mlb.DateOf(start.In(f.eastern))
	return id, nil
}

// team is the full name of one of the game's teams, "" where it has none. A
// game of MLB that names no teams at all has those of their numbers.
func (f form) team(g *game, id int64) string {
	if len(g.Teams) == 0 && f.league == mlbLeague {
		return f.clubs[id]
	}
	for _, t := range g.Teams {
		if t.ID == id && id != 0 {
			return t.Name
		}
	}
	return ""
}
