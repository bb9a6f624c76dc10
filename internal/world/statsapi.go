package world

import (
	"net/http"
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// maxSpan is how many days one schedule may span; the real one has no such
// limit.
const maxSpan = 14

// schedule is the Stats API's: of date, of startDate to endDate, or today's.
func schedule(s *slates, q question) (a answer, err error) {
	first, last, err := s.span(q)
	if err != nil {
		return a, err
	}
	dates, games, playing := []any{}, int64(0), int64(0)
	var top object
	for d := first; !last.Before(d); d = shift(d, 1) {
		day, err := s.dayOf(d)
		if err != nil {
			return a, err
		}
		if day == nil {
			continue
		}
		body := day.Schedule(q.at)
		if first == last {
			return jsonAnswer(body), nil
		}
		doc, err := decode(body)
		if err != nil {
			return a, err
		}
		top = asObject(doc)
		dates = append(dates, asList(top["dates"])...)
		games, playing = games+asInt(top["totalGames"]), playing+asInt(top["totalGamesInProgress"])
	}
	return jsonAnswer(compact(object{
		"copyright": top["copyright"], "totalItems": games, "totalEvents": 0, "totalGames": games, "totalGamesInProgress": playing, "dates": dates,
	})), nil
}

func (s *slates) span(q question) (first, last mlb.Date, err error) {
	first, last = s.today(q.at), s.today(q.at)
	for _, p := range []struct {
		name string
		to   []*mlb.Date
	}{{"date", []*mlb.Date{&first, &last}}, {"startDate", []*mlb.Date{&first}}, {"endDate", []*mlb.Date{&last}}} {
		told := q.values.Get(p.name)
		if told == "" {
			continue
		}
		d, ok := statsDate(told)
		if !ok {
			return first, last, refuse(http.StatusBadRequest, "", "Invalid Request with value: %s", told)
		}
		for _, to := range p.to {
			*to = d
		}
	}
	if last.Before(first) || !last.Before(shift(first, maxSpan)) {
		return first, last, refuse(http.StatusBadRequest, "", "want from 1 to %d days, have %s to %s", maxSpan, first, last)
	}
	return first, last, nil
}

// statsDate reads both forms that the Stats API takes.
func statsDate(s string) (mlb.Date, bool) {
	for _, layout := range []string{time.DateOnly, "01/02/2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return mlb.DateOf(t), true
		}
	}
	return mlb.Date{}, false
}

func liveFeed(s *slates, q question) (answer, error) { return s.ofGame(q, (*simulator.Day).LiveFeed) }

func linescore(s *slates, q question) (answer, error) { return s.ofGame(q, (*simulator.Day).Linescore) }

func boxscore(s *slates, q question) (answer, error) { return s.ofGame(q, (*simulator.Day).Boxscore) }

func (s *slates) ofGame(q question, body func(*simulator.Day, int64, time.Time) ([]byte, error)) (a answer, err error) {
	pk, err := strconv.ParseInt(q.args[0], 10, 64)
	if err != nil {
		return a, refuse(http.StatusBadRequest, "", "Invalid Request with value: %.20s", q.args[0])
	}
	day, err := s.dayOfGame(pk, q.at)
	if err != nil {
		return a, err
	}
	text, err := body(day, pk, q.at)
	return jsonAnswer(text), err
}

func teams(s *slates, _ question) (answer, error) { return jsonAnswer(s.season.Teams()), nil }
