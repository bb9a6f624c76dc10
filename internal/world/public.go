package world

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// matchup is how the public bets on one game, and what the book that VSiN
// shows quotes on it.
type matchup struct {
	id         int64 // Action Network's
	start      time.Time
	date       mlb.Date
	status     string
	home, away mlb.Team
	bets       map[mlb.Market]bets
}

// bets is one market: of the first side and of the second.
type bets struct {
	tickets [2]int64
	money   [2]int64   // dollars
	prices  [2]int64   // 0: none
	lines   [2]float64 // from the side's view
}

// known tells whether both sides have bets.
func (b bets) known() bool { return min(b.tickets[0], b.tickets[1], b.money[0], b.money[1]) > 0 }

// percents are the shares of two sides, of the first rounded to so many parts
// of a percent.
func percents(pair [2]int64, parts int64) (first, second float64) {
	sum := pair[0] + pair[1]
	if sum == 0 {
		return 0, 0
	}
	a := (pair[0]*200*parts + sum) / (2 * sum)
	return float64(a) / float64(parts), float64(100*parts-a) / float64(parts)
}

// shown is what is read of the scoreboard.
type shown struct {
	Games []struct {
		ID      int64     `json:"id"`
		Status  string    `json:"status"`
		Start   time.Time `json:"start_time"`
		Home    int       `json:"home_team_id"`
		Away    int       `json:"away_team_id"`
		Markets map[string]struct {
			Event map[string][]shownOutcome `json:"event"`
		} `json:"markets"`
	} `json:"games"`
}

type shownOutcome struct {
	Odds  int64   `json:"odds"`
	Value float64 `json:"value"`
	Bets  struct {
		Tickets struct {
			Value int64 `json:"value"`
		} `json:"tickets"`
		Money struct {
			Value int64 `json:"value"`
		} `json:"money"`
	} `json:"bet_info"`
}

// The columns of the scoreboard that are read, and its markets' names.
const (
	consensus  = "15"
	draftKings = "68"
)

var marketKeys = []struct {
	key    string
	market mlb.Market
}{{"moneyline", mlb.Moneyline}, {"spread", mlb.RunLine}, {"total", mlb.Total}}

// matchups are a day's games as the public bets on them at a moment, in order
// of their starts.
func matchups(d *simulator.Day, at time.Time) (all []matchup, err error) {
	var board shown
	if err := json.Unmarshal(d.Scoreboard(at), &board); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	clubs := map[int]mlb.Team{}
	for _, t := range mlb.Teams() {
		clubs[t.ActionNetwork] = t
	}
	for _, g := range board.Games {
		m := matchup{id: g.ID, start: g.Start, date: d.Date(), status: g.Status, home: clubs[g.Home], away: clubs[g.Away], bets: map[mlb.Market]bets{}}
		for _, k := range marketKeys {
			m.bets[k.market] = readBets(g.Markets[consensus].Event[k.key], g.Markets[draftKings].Event[k.key])
		}
		all = append(all, m)
	}
	slices.SortStableFunc(all, func(a, b matchup) int { return a.start.Compare(b.start) })
	return all, nil
}

func readBets(public, book []shownOutcome) (b bets) {
	for i, o := range public[:min(2, len(public))] {
		b.tickets[i], b.money[i] = o.Bets.Tickets.Value, o.Bets.Money.Value
	}
	for i, o := range book[:min(2, len(book))] {
		b.prices[i], b.lines[i] = o.Odds, o.Value
	}
	return b
}
