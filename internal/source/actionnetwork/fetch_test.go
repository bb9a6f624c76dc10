package actionnetwork_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

// The scoreboard has one moneyline with its public splits, over several lines
// and after a byte-order mark.
const (
	scoreboardBody = "\xef\xbb\xbf" + `{"league":{"id":8,"name":"mlb"},"games":[
 {"id":260001,"league_id":8,"status":"scheduled","start_time":"2026-07-17T02:10:00.000Z","away_team_id":213,"home_team_id":211,
  "teams":[{"id":211,"full_name":"San Diego Padres"},{"id":213,"full_name":"New York Mets"}],"num_bets":3352,
  "markets":{"68":{"event":{"moneyline":[
   {"type":"moneyline","side":"home","period":"event","team_id":211,"odds":-130,"value":0,"is_live":false,"line_status":"normal",
    "bet_info":{"tickets":{"value":0,"percent":61},"money":{"value":0,"percent":48}}},
   {"type":"moneyline","side":"away","period":"event","team_id":213,"odds":118,"value":0,"is_live":false,"line_status":"normal",
    "bet_info":{"tickets":{"value":0,"percent":39},"money":{"value":0,"percent":52}}}]}}}}]}`

	historyBody = `{"68":{"event":{"moneyline":[
 {"side":"home","team_id":211,"history":[{"odds":-128,"value":0,"updated_at":"2026-07-16T18:00:00.123456Z","line_status":"opener"}]},
 {"side":"away","team_id":213,"history":[{"odds":116,"value":0,"updated_at":"2026-07-16T18:00:00.125Z","line_status":"opener"}]}]}}}`

	booksBody = `[{"id":15,"display_name":"Consensus"},{"id":68,"display_name":"DK NJ","parent_name":"DraftKings","meta":{"states":["NJ"]}}]`
)

func TestAdapter(t *testing.T) {
	const host, books = "https://api.actionnetwork.com", "15,30,68,69,71,75,79,123,2988"
	ask := source.Ask{
		Date:  mlb.Date{Year: 2026, Month: 7, Day: 16},
		Games: []source.Listed{{PK: 777001, Ref: "260001"}, {PK: 777002}, {Ref: "260002"}},
	}
	sourcetest.Run(t, actionnetwork.Adapter(), []sourcetest.Case{
		{
			Feed: "scoreboard", Ask: ask, Body: scoreboardBody, Rows: map[source.Kind]int{source.Odds: 2, source.Splits: 1},
			URLs: []string{host + "/web/v2/scoreboard/publicbetting/mlb?bookIds=" + books + "&date=20260716&periods=event"},
		},
		{
			Feed: "history", Ask: ask, Body: historyBody, Rows: map[source.Kind]int{source.Odds: 2}, URLs: []string{
				host + "/web/v2/markets/event/260001/history", host + "/web/v2/markets/event/260002/history",
			},
		},
		{Feed: "books", Body: booksBody, Rows: map[source.Kind]int{source.Directory: 2}, URLs: []string{host + "/web/v1/books"}},
	})
}

func TestScoreboardNeedsADay(t *testing.T) {
	if _, err := actionnetwork.Adapter(68).Requests("scoreboard", source.Ask{}); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}

// A body that is no JSON, or nothing, is refused and not taken apart.
func TestBadBodies(t *testing.T) {
	f, err := actionnetwork.Adapter().Feed("history")
	if err != nil {
		t.Fatal(err)
	}
	format, err := f.Odds(source.Doc{URL: "https://x/web/v2/markets/event/1/history"})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "<html>", `{"68":`, `{"games":[]}}, {"x":1`} {
		if r, err := format.Read(strings.NewReader(body)); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%q: %v, %v; want ErrInvalid", body, r, err)
		}
	}
}
