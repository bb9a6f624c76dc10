package actionnetwork

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const (
	home = `{"id":211,"full_name":"San Diego Padres"}`
	away = `{"id":213,"full_name":"New York Mets"}`
	at   = "https://api.actionnetwork.com/web/v2/scoreboard/publicbetting/mlb?bookIds=15,68&periods=event"
)

// gameOf is a game with the given teams and markets by book.
func gameOf(teams, markets string) string {
	return `{"id":260001,"league_id":8,"status":"scheduled","start_time":"2026-07-17T02:10:00.000Z","away_team_id":213,"home_team_id":211,
		"teams":[` + teams + `],"num_bets":3352,"markets":{` + markets + `}}`
}

func boardOf(games ...string) string {
	return `{"league":{"id":8,"name":"mlb"},"games":[` + strings.Join(games, ",") + `],"market_rules":{},"content_live_count":0}`
}

// one is a scoreboard with one market of one book.
func one(book, period, market string, outcomes ...string) string {
	return boardOf(gameOf(home+","+away, fmt.Sprintf(`%q:{%q:{%q:[%s]}}`, book, period, market, strings.Join(outcomes, ","))))
}

// capturedAt puts a body into a capture on one line.
func capturedAt(url, seen, body string) string {
	return fmt.Sprintf(`{"url":%q,"data":%s,"timestamp":%q}`, url, strings.ReplaceAll(body, "\n", " "), seen) + "\n"
}

const (
	moneyHome = `{"type":"moneyline","side":"home","period":"event","team_id":211,"odds":-130,"value":0,"is_live":false,"line_status":"normal"}`
	moneyAway = `{"type":"moneyline","side":"away","period":"event","team_id":213,"odds":118,"value":0,"is_live":false,"line_status":"opener"}`
)

// seen is when the captures of these tests were received.
var seen = time.Date(2026, 7, 16, 20, 0, 5, 0, time.UTC)

func readOdds(t *testing.T, text string) ([]source.OddsRow, []*source.RowError) {
	t.Helper()
	f, err := OddsFormatAt(seen)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestForms(t *testing.T) {
	body := one("68", "event", "moneyline", moneyHome, moneyAway)
	quoted := fmt.Sprintf("%q", strings.NewReplacer("\n", " ", "\t", " ").Replace(body))
	other := `{"url":"https://api.actionnetwork.com/web/v1/services/ipgeolocate","data":{"state_code":"CA"},"timestamp":"x"}` + "\n"
	for name, c := range map[string]struct{ text, seen string }{
		"body alone":               {body, "2026-07-16T20:00:05Z"},
		"byte-order mark":          {"\xef\xbb\xbf" + body, "2026-07-16T20:00:05Z"},
		"capture":                  {capturedAt(at, "2026-07-16T20:06:07.5Z", body), "2026-07-16T20:06:07.5Z"},
		"no zone":                  {capturedAt(at, "2026-07-16T13:06:07.5", body), "2026-07-16T20:06:07.5Z"}, // in California
		"no address":               {strings.Replace(capturedAt("", "2026-07-16T20:06:07Z", body), `"url":"",`, "", 1), "2026-07-16T20:06:07Z"},
		"body is a text":           {fmt.Sprintf(`{"url":%q,"body":%s,"fetched_at":"2026-07-16T20:06:07Z"}`, at, quoted), "2026-07-16T20:06:07Z"},
		"among other answers":      {other + "\n" + capturedAt(at, "2026-07-16T20:06:07Z", body) + other, "2026-07-16T20:06:07Z"},
		"after a body on a line":   {strings.ReplaceAll(boardOf(), "\n", " ") + "\n" + strings.ReplaceAll(body, "\n", " "), "2026-07-16T20:00:05Z"},
		"no line break at the end": {strings.TrimSpace(other + capturedAt(at, "2026-07-16T20:06:07Z", body)), "2026-07-16T20:06:07Z"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, bad := readOdds(t, c.text)
			if len(rows) != 2 || len(bad) != 0 {
				t.Fatalf("%d rows, refused %v; want 2", len(rows), bad)
			}
			r := rows[0]
			if r.ObservedAt.Format(time.RFC3339Nano) != c.seen || r.Date.String() != "2026-07-16" || r.Ref != "260001" || r.N != 1 ||
				r.Home != "San Diego Padres" || r.Away != "New York Mets" || r.Book != "68" || r.Price.String() != "-130" || r.Simulated {
				t.Errorf("got %+v, want seen at %s, a game of 2026-07-16 in the evening of New York", r, c.seen)
			}
		})
	}
}

// A damaged line removes itself and no other.
func TestDamagedLines(t *testing.T) {
	good := capturedAt(at, "2026-07-16T20:06:07Z", one("68", "event", "moneyline", moneyHome))
	for name, c := range map[string]struct {
		text string
		want source.Reason
	}{
		"first line cut":   {good[10:] + good, source.BadRecord},
		"last line cut":    {good + good[:90], source.BadRecord},
		"no time":          {good + capturedAt(at, "", boardOf())[:10] + "\n", source.BadRecord},
		"odd time":         {good + capturedAt(at, "yesterday", boardOf()), source.BadTime},
		"not an object":    {good + "7\n", source.BadRecord},
		"scoreboard v1":    {good + capturedAt("https://x/web/v1/scoreboard/mlb", "2026-07-16T20:06:07Z", boardOf()), source.BadRecord},
		"not a scoreboard": {good + capturedAt(at, "2026-07-16T20:06:07Z", `{"games":7}`), source.BadRecord},
		"no games":         {good + capturedAt(at, "2026-07-16T20:06:07Z", `{"error":"x"}`), source.BadRecord},
		"odd event":        {good + capturedAt("https://x/web/v2/markets/event/abc/history", "2026-07-16T20:06:07Z", `{}`), source.BadGame},
	} {
		rows, bad := readOdds(t, c.text)
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good price", name, rows, bad, c.want)
		}
	}
}

func TestBadDocuments(t *testing.T) {
	f, err := OddsFormat()
	if err != nil {
		t.Fatal(err)
	}
	s, err := SplitFormat()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"": "empty", "\xef\xbb\xbf\n": "empty", "<html>\n</html>": "neither captures", `{"error":"x"}`: "no list of games",
		boardOf(): "--observed-at", strings.ReplaceAll(boardOf(), "\n", " ")[:40]: "neither captures",
		`{"url":"` + at + `","data":[],"timestamp":"2026-07-16T20:06:07Z"}`: "not a scoreboard",
		`{"15":{"event":{}}}`: "needs the address",
	} {
		if _, err := f.Read(strings.NewReader(text)); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("odds of %.40q: %v, want ErrInvalid with %q", text, err, want)
		}
		if _, err := s.Read(strings.NewReader(text), time.Time{}); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("splits of %.40q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

func TestMarkets(t *testing.T) {
	for _, c := range []struct {
		period, market, outcome string
		want                    mlb.Market
		wantPeriod              mlb.Period
		side                    mlb.Side
		line                    mlb.Line
	}{
		{"event", "spread", `{"type":"spread","side":"away","team_id":213,"odds":-190,"value":1.5}`, mlb.RunLine, mlb.FullGame, mlb.Away, -3},
		{"event", "spread", `{"type":"spread","side":"home","team_id":211,"odds":-190,"value":-1.5}`, mlb.RunLine, mlb.FullGame, mlb.Home, -3},
		{"event", "total", `{"type":"total","side":"over","odds":-190,"value":8,"bet_info":null,"player_id":null}`, mlb.Total, mlb.FullGame, mlb.Over, 16},
		{"firstfiveinnings", "total", `{"side":"under","odds":-190.0,"value":4.5}`, mlb.Total, mlb.FirstFive, mlb.Under, 9},
		{"firstfiveinnings", "moneyline", `{"side":"home","odds":"-190"}`, mlb.Moneyline, mlb.FirstFive, mlb.Home, 0},
	} {
		rows, bad := readOdds(t, one("30", c.period, c.market, c.outcome))
		if len(rows) != 1 {
			t.Fatalf("%s: refused %v", c.outcome, bad)
		}
		r := rows[0]
		if r.Market != c.want || r.Period != c.wantPeriod || r.Side != c.side || r.Line != c.line || r.Price.String() != "-190" || r.Kind != source.Observed {
			t.Errorf("%s: got %+v, want %+v", c.outcome, r, c)
		}
	}
}

// What is not one of the three markets on a period we settle is no row.
func TestOtherMarkets(t *testing.T) {
	for _, c := range [][2]string{{"event", "core_bet_type_6_team_score"}, {"firstinning", "total"}, {"live", "moneyline"}} {
		if rows, bad := readOdds(t, one("68", c[0], c[1], moneyHome)); len(rows)+len(bad) != 0 {
			t.Errorf("%v: got %+v, refused %v; want neither", c, rows, bad)
		}
	}
}

// The order of teams is no role, and a body repeated gives the same rows in
// the same order.
func TestTeamsAreNeverSwapped(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		teams := rapid.Permutation([]string{home, away, `{"id":7,"full_name":"Nobody"}`}).Draw(rt, "teams")
		books := rapid.SliceOfNDistinct(rapid.IntRange(1, 3000), 1, 6, rapid.ID[int]).Draw(rt, "books")
		var markets []string
		for _, b := range books {
			markets = append(markets, fmt.Sprintf(`"%d":{"event":{"moneyline":[%s,%s]}}`, b, moneyAway, moneyHome))
		}
		body := boardOf(gameOf(strings.Join(teams, ","), strings.Join(markets, ",")))
		text := capturedAt(at, "2026-07-16T20:00:00Z", body) + capturedAt(at, "2026-07-16T20:00:30Z", body)
		rows, bad := readOdds(t, text)
		if len(bad) != 0 || len(rows) != 4*len(books) {
			rt.Fatalf("%d rows, refused %v", len(rows), bad)
		}
		for i, r := range rows {
			if r.Home != "San Diego Padres" || r.Away != "New York Mets" || (r.Side == mlb.Home) != (r.Price.String() == "-130") {
				rt.Fatalf("got %+v", r)
			}
			if i >= len(rows)/2 {
				first := rows[i-len(rows)/2]
				first.N, first.ObservedAt = r.N, r.ObservedAt
				if first != r {
					rt.Fatalf("the second poll gives %+v, the first %+v", r, first)
				}
			}
		}
	})
}

func TestBadOutcomes(t *testing.T) {
	const total = `{"type":"total","side":"over","odds":-110,"value":8.5}`
	for _, c := range []struct {
		name, market, outcome string
		want                  source.Reason
	}{
		{"not an object", "moneyline", `7`, source.BadRecord},
		{"another type", "moneyline", total, source.BadMarket},
		{"no side", "moneyline", `{"odds":-110}`, source.BadMarket},
		{"side of another market", "total", strings.Replace(total, "over", "home", 1), source.BadMarket},
		{"team of the other side", "moneyline", strings.Replace(moneyHome, "211", "213", 1), source.SwappedTeams},
		{"in play", "moneyline", strings.Replace(moneyHome, `"is_live":false`, `"is_live":true`, 1), source.InPlay},
		{"suspended", "moneyline", strings.Replace(moneyHome, "normal", "suspended", 1), source.Suspended},
		{"value of a moneyline", "moneyline", strings.Replace(moneyHome, `"value":0`, `"value":1.5`, 1), source.BadLine},
		{"no value", "total", `{"side":"over","odds":-110}`, source.BadLine},
		{"quarter", "total", strings.Replace(total, "8.5", "8.25", 1), source.BadLine},
		{"negative total", "total", strings.Replace(total, "8.5", "-8.5", 1), source.BadLine},
		{"no odds", "total", `{"side":"over","value":8.5}`, source.BadPrice},
		{"averaged odds", "total", strings.Replace(total, "-110", "-34.7", 1), source.AveragePrice},
		{"averaged to a fraction", "total", strings.Replace(total, "-110", "-123.5", 1), source.AveragePrice},
	} {
		rows, bad := readOdds(t, one("68", "event", c.market, c.outcome))
		if len(rows) != 0 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: got %+v, refused %v; want %s", c.name, rows, bad, c.want)
		}
	}
}

func TestBadGames(t *testing.T) {
	good := gameOf(away+","+home, `"68":{"event":{"moneyline":[`+moneyHome+`]}}`)
	for _, c := range []struct {
		name, text string
		want       source.Reason
	}{
		{"not an object", `7`, source.BadRecord},
		{"no id", strings.Replace(good, "260001", "0", 1), source.BadGame},
		{"another league", strings.Replace(good, `"league_id":8`, `"league_id":1`, 1), source.BadGame},
		{"no such team", strings.Replace(good, `"home_team_id":211`, `"home_team_id":210`, 1), source.BadGame},
		{"one team", strings.Replace(good, `"home_team_id":211`, `"home_team_id":213`, 1), source.BadGame},
		{"no start", strings.Replace(good, "2026-07-17T02:10:00.000Z", "tbd", 1), source.BadTime},
		{"markets are a list", strings.Replace(good, `"markets":{`, `"markets":[],"other":{`, 1), source.BadRecord},
		{"a market is an object", strings.Replace(good, `[`+moneyHome+`]`, `{}`, 1), source.BadRecord},
		{"begun", strings.Replace(good, "2026-07-17T02:10", "2026-07-16T02:10", 1), source.InPlay},
	} {
		rows, bad := readOdds(t, boardOf(c.text, good))
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good game", c.name, rows, bad, c.want)
		}
	}
	// The league of the body stands for games that do not tell.
	if rows, bad := readOdds(t, boardOf(strings.Replace(good, `"league_id":8,`, "", 1))); len(rows) != 1 {
		t.Errorf("refused %v", bad)
	}
}

// Where the league's number is left out its name tells, of the game before that
// of the body.
func TestLeagues(t *testing.T) {
	const number, named = `"league":{"id":8,"name":"mlb"}`, `"league_id":8,`
	good := gameOf(away+","+home, `"68":{"event":{"moneyline":[`+moneyHome+`]}}`)
	for _, c := range []struct {
		league, game string
		rows         int
	}{
		{`"league":"mlb"`, "", 1},
		{`"league":"MLB"`, `"league_name":"",`, 1},
		{`"league":{"name":"mlb"}`, "", 1},
		{`"league":8`, `"league_name":"mlb",`, 1},
		{`"x":1`, `"league_name":"mlb",`, 1},
		{`"x":1`, "", 0},
		{`"league":"nfl"`, "", 0},
		{`"league":{"id":1,"name":"mlb"}`, "", 0},
		{number, `"league_name":"nfl",`, 0},
		{`"league":"mlb"`, `"league_id":1,`, 0},
	} {
		rows, bad := readOdds(t, strings.Replace(boardOf(strings.Replace(good, named, c.game, 1)), number, c.league, 1))
		if len(rows) != c.rows || len(bad) != 1-c.rows || len(bad) == 1 && bad[0].Reason != source.BadGame {
			t.Errorf("%+v: %+v, refused %v", c, rows, bad)
		}
	}
}

// A game that names no teams has those of their numbers.
func TestTeamsByNumber(t *testing.T) {
	for _, teams := range []string{`"teams":[],`, `"teams":null,`, ""} {
		text := strings.Replace(one("68", "event", "moneyline", moneyHome), `"teams":[`+home+","+away+`],`, teams, 1)
		rows, bad := readOdds(t, text)
		if len(rows) != 1 || rows[0].Home != "San Diego Padres" || rows[0].Away != "New York Mets" {
			t.Errorf("%s: %+v, refused %v", teams, rows, bad)
		}
		if rows, bad := readOdds(t, strings.Replace(text, `"home_team_id":211`, `"home_team_id":11`, 1)); len(rows) != 0 || len(bad) != 1 || bad[0].Reason != source.BadGame {
			t.Errorf("%s: %+v, refused %v; want no club of that number", teams, rows, bad)
		}
	}
}

func TestZeroOfAMoneyline(t *testing.T) {
	for _, value := range []string{"0", "0.0", "-0.0", "0e0", `"0.00"`, "null", `""`} {
		if rows, bad := readOdds(t, one("68", "event", "moneyline", strings.Replace(moneyHome, `"value":0`, `"value":`+value, 1))); len(rows) != 1 {
			t.Errorf("%s: refused %v", value, bad)
		}
	}
}

func TestSimulated(t *testing.T) {
	body := strings.Replace(one("68", "event", "moneyline", moneyHome), "260001", "900000001", 1)
	if rows, bad := readOdds(t, body); len(rows) != 1 || !rows[0].Simulated {
		t.Errorf("got %+v, refused %v; want a simulated price", rows, bad)
	}
}

const eventAt = "https://api.actionnetwork.com/web/v2/markets/event/260001/history?bookIds=15,68"

func TestHistory(t *testing.T) {
	body := `{"68":{"event":{"spread":[{"side":"away","period":"event","team_id":213,"history":[
			{"odds":-180,"value":1.5,"updated_at":"2026-07-15T14:00:00.123456Z","line_status":"opener"},
			{"odds":-190,"value":1.5,"updated_at":"2026-07-15T15:00:00.123456","line_status":"normal"},
			{"odds":-50,"value":1.5,"updated_at":"2026-07-15T16:00:00Z"},
			{"odds":-200,"value":1.5,"updated_at":"soon"},
			{"odds":-200,"value":1.5,"updated_at":"2026-07-15T16:00:00Z","line_status":"suspended"}, 7]},
			{"side":"home","history":null}, 7]},
		"firstfiveinnings":{"total":[{"side":"under","history":[{"odds":100,"value":4.5,"updated_at":"2026-07-15T14:00:00Z"}]}]},
		"firstinning":{"total":[]}},
		"15":{"event":{"moneyline":{}}},"30":[]}`
	rows, bad := readOdds(t, capturedAt(eventAt, "", body))
	if len(rows) != 3 {
		t.Fatalf("%d rows, refused %v; want 3", len(rows), bad)
	}
	if r := rows[0]; r.Ref != "260001" || r.Home != "" || r.Date != (mlb.Date{}) || !r.Start.IsZero() || r.Book != "68" ||
		r.Side != mlb.Away || r.Line != -3 || r.Price.String() != "-180" || r.ObservedAt.Format(time.RFC3339Nano) != "2026-07-15T14:00:00.123456Z" {
		t.Errorf("got %+v", r)
	}
	if r := rows[1]; r.ObservedAt.Format(time.RFC3339Nano) != "2026-07-15T15:00:00.123456Z" {
		t.Errorf("a time without a zone is read as %s, want UTC", r.ObservedAt)
	}
	if r := rows[2]; r.Period != mlb.FirstFive || r.Market != mlb.Total || r.Side != mlb.Under {
		t.Errorf("got %+v", r)
	}
	var reasons []source.Reason
	for _, e := range bad {
		reasons = append(reasons, e.Reason)
	}
	slices.Sort(reasons)
	want := []source.Reason{"average_price", "bad_record", "bad_record", "bad_record", "bad_record", "bad_record", "bad_time", "suspended"}
	if !slices.Equal(reasons, want) {
		t.Errorf("refused %v", bad)
	}
	if rows, bad := readOdds(t, capturedAt(eventAt, "", `{}`)); len(rows)+len(bad) != 0 { // as an event of long ago is answered
		t.Errorf("an empty history gives %v, %v", rows, bad)
	}
}

func readSplits(t *testing.T, text string) ([]source.SplitRow, []*source.RowError) {
	t.Helper()
	f, err := SplitFormat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(strings.NewReader(text), seen)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

// info is an outcome with what the public bets on it.
func info(side string, tickets, money, count int) string {
	return fmt.Sprintf(`{"side":%q,"odds":-110,"value":8.5,"bet_info":{"money":{"value":9,"percent":%d},"tickets":{"value":%d,"percent":%d}}}`,
		side, money, count, tickets)
}

func TestSplits(t *testing.T) {
	body := boardOf(gameOf(home+","+away, fmt.Sprintf(`
		"68":{"event":{"total":[%s,%s],"moneyline":[%s,%s]}},
		"15":{"event":{"total":[%s,%s],"moneyline":[%s,%s],"spread":[%s]}}`,
		info("over", 1, 1, 0), info("under", 99, 99, 0), info("home", 60, 40, 30), info("away", 40, 60, 20),
		info("under", 57, 27, 0), info("over", 43, 73, 0), info("home", 0, 0, 0), info("away", 0, 0, 0), info("home", 10, 10, 0))))
	rows, bad := readSplits(t, capturedAt(at, "2026-07-16T20:00:05Z", body)+capturedAt(eventAt, "", `{}`))
	if len(rows) != 2 || len(bad) != 0 {
		t.Fatalf("got %+v, refused %v; want a moneyline and a total", rows, bad)
	}
	money, total := rows[0], rows[1] // the moneyline of the consensus has no data, its spread one side
	if money.Market != mlb.Moneyline || money.Bets != (mlb.Share{First: 0.6, Second: 0.4}) || money.Money != (mlb.Share{First: 0.4, Second: 0.6}) ||
		money.Tickets != 50 || money.Ref != "260001" || money.Provider != "actionnetwork" || money.N != 1 || !money.ObservedAt.Equal(seen) {
		t.Errorf("got %+v", money)
	}
	if total.Market != mlb.Total || total.Bets != (mlb.Share{First: 0.43, Second: 0.57}) || total.Money != (mlb.Share{First: 0.73, Second: 0.27}) || total.Tickets != 0 {
		t.Errorf("got %+v, want the consensus's", total)
	}
}

func TestBadSplits(t *testing.T) {
	pair := []string{info("over", 43, 73, 0), info("under", 57, 27, 0)}
	good := gameOf(home+","+away, `"15":{"event":{"total":[`+strings.Join(pair, ",")+`]}}`)
	for _, c := range []struct {
		name, text string
		want       source.Reason
	}{
		{"not an object", `7`, source.BadRecord},
		{"another league", strings.Replace(good, `"league_id":8`, `"league_id":1`, 1), source.BadGame},
		{"sum", strings.Replace(good, `"percent":43`, `"percent":57`, 1), source.BadSplit},
		{"money", strings.Replace(good, `"percent":73`, `"percent":-73`, 1), source.BadSplit},
		{"no number", strings.Replace(good, `"percent":43`, `"percent":"many"`, 1), source.BadSplit},
		{"begun", strings.Replace(good, "2026-07-17T02:10", "2026-07-16T02:10", 1), source.InPlay},
	} {
		rows, bad := readSplits(t, boardOf(c.text, good))
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good split", c.name, rows, bad, c.want)
		}
	}
	text := capturedAt(at, "2026-07-16T20:06:07Z", boardOf(good))
	if rows, bad := readSplits(t, text+text[:50]+"\n"+capturedAt(at, "2026-07-16T20:06:07Z", "{}")); len(rows) != 1 || len(bad) != 2 {
		t.Errorf("damaged lines: %+v, refused %v", rows, bad)
	}
}

func TestBooks(t *testing.T) {
	const nj = `{"id":68,"display_name":"DK NJ","parent_name":"DraftKings","meta":{"states":["NJ"]},"abbr":null}`
	const consensus = `{"id":15,"display_name":"Consensus"}`
	for _, text := range []string{
		"[" + nj + "," + consensus + "]", `{"68":` + nj + `,"15":` + consensus + "}", `{"books":[` + nj + "," + consensus + "]}",
	} {
		books, err := Books(strings.NewReader(text))
		if err != nil || len(books) != 2 || books[0].ID != 15 || books[1].Name != "DK NJ" || books[1].Parent != "DraftKings" || !slices.Equal(books[1].States, []string{"NJ"}) {
			t.Errorf("%s: %+v, %v", text, books, err)
		}
	}
	for _, text := range []string{"", "7", `{"message":"x"}`, `[{"id":68}]`, `{"books":7}`, `[7]`, `{"books":null,"x":7}`} {
		if _, err := Books(strings.NewReader(text)); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", text, err)
		}
	}
}

const captured = "../../../../shared/data/action_network/"

// The captured scoreboards are of another league, whose totals are beyond
// baseball's: of 768 outcomes 744 are of the three markets, 84 of them without
// bet_info; 52 of those are neither of the game that is over nor totals.
func TestRealScoreboards(t *testing.T) {
	files, err := filepath.Glob(captured + "*.jsonl")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/action_network")
	}
	f, err := OddsFormat()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	r, err := openOdds(strings.NewReader(string(text)), f.Zone, time.Time{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	count := map[source.Reason]int{}
	rows, bad := sourcetest.All(t, r.Next)
	for _, e := range bad {
		if count[e.Reason]++; e.Reason != source.InPlay && e.Reason != source.BadLine {
			t.Error(e)
		}
	}
	plain := 0
	for _, r := range rows {
		if !strings.Contains(r.Text, "bet_info") {
			plain++
		}
	}
	if len(rows) != 2*516 || count[source.InPlay] != 2*42 || count[source.BadLine] != 2*186 || plain != 2*52 {
		t.Errorf("%d prices, %d without bet_info, refused %v", len(rows), plain, count)
	}
	s, err := openSplits(strings.NewReader(string(text)), f.Zone, time.Time{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	splits, bad := sourcetest.All(t, s.Next)
	if len(splits) != 2*39 || len(bad) != 2*3 || bad[0].Reason != source.InPlay {
		t.Errorf("%d splits, refused %v", len(splits), bad)
	}
	games, bad := readOdds(t, string(text))
	if len(games) != 0 || len(bad) != 2*14 || bad[0].Reason != source.BadGame {
		t.Errorf("%d prices of another league, refused %v", len(games), bad)
	}
}

func TestRealDirectory(t *testing.T) {
	file, err := os.Open(captured + "books_all.json")
	if err != nil {
		t.Skip("real captures absent: ../shared/data/action_network")
	}
	defer file.Close()
	books, err := Books(file)
	if err != nil || len(books) != 439 {
		t.Errorf("%d books, %v; want 439", len(books), err)
	}
}

func FuzzOdds(f *testing.F) {
	f.Add(one("68", "event", "moneyline", moneyHome, moneyAway))
	f.Add(capturedAt(at, "2026-07-16T20:00:00", one("15", "event", "total", `{"side":"over","odds":-110,"value":8.5}`)) + "{")
	f.Add(capturedAt(eventAt, "", `{"68":{"event":{"total":[{"side":"under","history":[{"odds":100,"value":4.5,"updated_at":"2026-07-15T14:00:00Z"}]}]}}}`))
	format, err := OddsFormatAt(seen)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := format.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for n := int64(1); ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") || row.N != n || strings.Contains(row.Text, "\x00") {
				t.Fatalf("%q: %+v, %v", text, row, err)
			}
			if err == nil && (!row.Price.Valid() || !row.Side.Of(row.Market) || row.ObservedAt.IsZero() || row.Ref == "" ||
				!row.Start.IsZero() && !row.Start.After(row.ObservedAt)) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}

func FuzzSplits(f *testing.F) {
	f.Add(one("15", "event", "total", info("over", 43, 73, 10), info("under", 57, 27, 0)))
	f.Add(capturedAt(at, "2026-07-16T20:00:00", one("68", "event", "moneyline", info("home", 0, 0, 0), info("away", 100, 0, 0))))
	format, err := SplitFormat()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := format.Read(strings.NewReader(text), seen)
		if err != nil {
			return
		}
		for n := int64(1); ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") || row.N != n {
				t.Fatalf("%q: %+v, %v", text, row, err)
			}
			if err == nil && (!row.Bets.Known() && !row.Money.Known() || row.Tickets < 0 || !row.Start.After(row.ObservedAt)) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}

func FuzzBooks(f *testing.F) {
	f.Add(`{"68":{"id":68,"display_name":"DK NJ","meta":{"states":["NJ"]}}}`)
	f.Add(`{"books":[{"id":15,"display_name":"Consensus"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		books, err := Books(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, mlb.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		for _, b := range books {
			if b.ID <= 0 || b.Name == "" {
				t.Fatalf("accepted %+v", b)
			}
		}
	})
}
