package world

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// sbdGame is a game of SportsBettingDime's feed.
type sbdGame struct {
	ID     string              `json:"_id"`
	Start  string              `json:"date"`
	Home   sbdTeam             `json:"home"`
	Away   sbdTeam             `json:"away"`
	Books  []string            `json:"sportsbooks"`
	Splits map[string]sbdSplit `json:"bettingSplits"`
	Comp   string              `json:"comp"`
	Day    string              `json:"gameday"`
}

type sbdTeam struct {
	ID   string `json:"_id"`
	Code string `json:"code"`
	Team string `json:"team"`
}

type sbdSplit struct {
	Updated string   `json:"updated"`
	Bets    int64    `json:"bets"`
	Home    *sbdHalf `json:"home,omitempty"`
	Away    *sbdHalf `json:"away,omitempty"`
	Over    *sbdHalf `json:"over,omitempty"`
	Under   *sbdHalf `json:"under,omitempty"`
}

type sbdHalf struct {
	Bets  int64   `json:"bets"`
	Share float64 `json:"betsPercentage"`
	Money float64 `json:"stakePercentage"`
}

// sbdMillis is how the feed writes times.
const sbdMillis = "2006-01-02T15:04:05.000Z"

// sbdFeed is SportsBettingDime's feed: of the date asked for, or today's.
func sbdFeed(s *slates, q question) (a answer, err error) {
	date := s.today(q.at)
	if told := q.values.Get("date"); told != "" {
		if date, err = mlb.ParseDate(told); err != nil {
			return a, refuse(http.StatusBadRequest, "", "date must be YYYY-MM-DD")
		}
	}
	day, err := s.dayOf(date)
	if err != nil {
		return a, err
	}
	games := []sbdGame{}
	if day != nil {
		all, err := matchups(day, q.at)
		if err != nil {
			return a, err
		}
		for i, m := range all {
			games = append(games, m.sbd(i+1, q.at))
		}
	}
	return jsonAnswer(compact(struct {
		Group string    `json:"group"`
		Games []sbdGame `json:"games"`
	}{date.String(), games})), nil
}

// sbd is the game as the feed tells it. Its splits stand still from the minute
// before the start on.
func (m matchup) sbd(n int, at time.Time) sbdGame {
	team := func(t mlb.Team) sbdTeam { return sbdTeam{"MLB_" + t.Code, t.Code, t.Name} }
	updated := at
	if last := m.start.Add(-time.Minute); last.Before(at) {
		updated = last
	}
	g := sbdGame{
		ID:    fmt.Sprintf("%s.%02d-MLB-%s@%s", strings.ReplaceAll(m.date.String(), "-", ""), n, m.away.Code, m.home.Code),
		Start: m.start.UTC().Format(sbdMillis), Home: team(m.home), Away: team(m.away), Books: []string{}, Splits: map[string]sbdSplit{},
		Comp: "Regular Season", Day: m.date.String(),
	}
	for _, k := range marketKeys {
		b := m.bets[k.market]
		split := sbdSplit{Updated: updated.UTC().Format(sbdMillis), Bets: b.tickets[0] + b.tickets[1]}
		first, second := b.sbdHalves()
		if k.market == mlb.Total {
			split.Over, split.Under = first, second
		} else {
			split.Home, split.Away = first, second
		}
		g.Splits[k.key] = split
	}
	return g
}

func (b bets) sbdHalves() (first, second *sbdHalf) {
	first, second = &sbdHalf{Bets: b.tickets[0]}, &sbdHalf{Bets: b.tickets[1]}
	first.Share, second.Share = percents(b.tickets, 100)
	first.Money, second.Money = percents(b.money, 100)
	return first, second
}
