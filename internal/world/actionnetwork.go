package world

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// scoreboard is Action Network's day: the day asked for, or today.
func scoreboard(s *slates, q question) (a answer, err error) {
	date := s.today(q.at)
	if told := q.values.Get("date"); told != "" {
		if date, err = compactDate(told); err != nil {
			return a, refuse(http.StatusBadRequest, "", "date must be YYYYMMDD")
		}
	}
	day, err := s.dayOf(date)
	if err != nil {
		return a, err
	}
	if day == nil {
		return s.emptyScoreboard(q.at)
	}
	body := day.Scoreboard(q.at)
	if ids := q.values.Get("bookIds"); ids != "" && ids != allBooks(day.ScoreboardURL()) {
		if body, err = onlyBooks(body, strings.Split(ids, ",")); err != nil {
			return a, err
		}
	}
	return jsonAnswer(body), nil
}

// compactDate reads "20260701".
func compactDate(s string) (mlb.Date, error) {
	t, err := time.Parse("20060102", s)
	if err != nil {
		return mlb.Date{}, err
	}
	return mlb.DateOf(t), nil
}

// allBooks is the list of books of a scoreboard's address.
func allBooks(address string) string {
	_, rest, _ := strings.Cut(address, "bookIds=")
	ids, _, _ := strings.Cut(rest, "&")
	return ids
}

// emptyScoreboard is the scoreboard of a day without games: that of another
// day without its games.
func (s *slates) emptyScoreboard(at time.Time) (a answer, err error) {
	day, err := s.dayOf(s.season.Days()[0])
	if err != nil || day == nil {
		return a, err
	}
	doc, err := decode(day.Scoreboard(at))
	if err != nil {
		return a, err
	}
	if board, ok := doc.(object); ok {
		board["games"] = []any{}
	}
	return jsonAnswer(compact(doc)), nil
}

// onlyBooks leaves the books asked for in a scoreboard.
func onlyBooks(body []byte, ids []string) ([]byte, error) {
	var board map[string]json.RawMessage
	var games []map[string]json.RawMessage
	if err := json.Unmarshal(body, &board); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if err := json.Unmarshal(board["games"], &games); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	for _, g := range games {
		var markets map[string]json.RawMessage
		if err := json.Unmarshal(g["markets"], &markets); err != nil {
			return nil, fmt.Errorf("world: %w", err)
		}
		for id := range markets {
			if !slices.Contains(ids, id) {
				delete(markets, id)
			}
		}
		g["markets"] = compact(markets)
	}
	board["games"] = compact(games)
	return compact(board), nil
}

// history is every price of one event until now.
func history(s *slates, q question) (a answer, err error) {
	event, err := strconv.ParseInt(q.args[0], 10, 64)
	if err != nil {
		return a, refuse(http.StatusBadRequest, "", "event must be a number")
	}
	day, err := s.dayOfEvent(event, q.at)
	if err != nil {
		return a, err
	}
	body, err := day.History(event, q.at)
	return jsonAnswer(body), err
}

// books is Action Network's directory of books.
func books(*slates, question) (a answer, err error) {
	all, err := mlb.Books()
	if err != nil {
		return a, fmt.Errorf("world: %w", err)
	}
	list := []object{}
	for _, b := range all {
		if b.ActionNetwork == 0 {
			continue
		}
		list = append(list, object{
			"id": b.ActionNetwork, "display_name": b.Name, "source_name": b.Brand.Slug, "parent_name": b.Brand.Name,
			"meta": object{"states": strings.Fields(b.Licence), "logos": object{}, "is_legal": true}, "affiliate_id": nil,
		})
	}
	return jsonAnswer(compact(object{"books": list})), nil
}
