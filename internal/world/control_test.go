package world

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewClock(start, 240, time.Now)
		time.Sleep(30 * time.Second) // of the test's own time
		if got := c.Now().Sub(start); got != 2*time.Hour {
			t.Errorf("after 30 s at 240: %s", got)
		}
		c.SetSpeed(0)
		time.Sleep(time.Hour)
		c.Step(time.Minute)
		if got := c.Now().Sub(start); got != 2*time.Hour+time.Minute || c.Speed() != 0 {
			t.Errorf("stepped by a minute: %s", got)
		}
	})
}

func TestControl(t *testing.T) {
	w, c := open(t, options()), client(t)
	do := func(method, path, body string) (status int, text string) {
		t.Helper()
		req, err := http.NewRequest(method, w.Control()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, string(must(io.ReadAll(resp.Body)))
	}
	if g := get(t, c, w.main(ActionNetwork)); g.header.Get("World-Exchange") != "1" || g.header.Get("World-At") != "2026-05-26T15:00:00Z" {
		t.Errorf("%v", g.header)
	}
	for _, q := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/", "", 200, w.URL(SBD)},
		{"GET", "/clock", "", 200, `{"now":"2026-05-26T15:00:00Z","speed":0}`},
		{"POST", "/clock?step=90s", "", 200, "15:01:30Z"},
		{"POST", "/clock?step=-1s", "", 400, "a duration"},
		{"POST", "/clock?speed=many", "", 400, "from 0 to"},
		{"GET", "/kinds", "", 200, `"kind":"gzip-bomb"`},
		{"PUT", "/faults", `[{"kind":"forbidden","source":"sbd"}]`, 200, `"from":"2026-05-26T15:01:30Z"`},
		{"GET", "/faults", "", 200, "forbidden"},
		{"PUT", "/faults", `[{"kind":"rain"}]`, 400, "no fault"},
		{"PUT", "/faults", `[{"sort":"rain"}]`, 400, "unknown field"},
		{"GET", "/journal", "", 200, `"route":"scoreboard"`},
		{"GET", "/journal?after=1", "", 200, "[]"},
		{"GET", "/journal?after=x", "", 400, "want a number"},
		{"GET", "/body?n=1", "", 200, `\"games\":[`},
		{"GET", "/body?n=7", "", 404, "no exchange 7"},
		{"GET", "/ticks?date=2026-05-26", "", 200, `"Price"`},
		{"GET", "/ticks?date=May", "", 400, "date"},
		{"GET", "/expect?withdraw=true", "", 200, `"book":"68"`},
		{"GET", "/resolve?addr=" + SBD.Host() + ":443", "", 200, w.addrs[SBD]},
	} {
		if status, text := do(q.method, q.path, q.body); status != q.status || !strings.Contains(text, q.want) {
			t.Errorf("%s %s: %d %.200s, want %d with %s", q.method, q.path, status, text, q.status, q.want)
		}
	}
	if _, text := do("GET", "/kinds", ""); json.Unmarshal([]byte(text), &[]KindInfo{}) != nil {
		t.Errorf("kinds: %s", text)
	}
}

// Another process finds the world by its control alone.
func TestFromAnotherProcess(t *testing.T) {
	w := open(t, options())
	w.Clock().SetSpeed(60)
	clock, err := Follow(t.Context(), w.Control(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if off := clock.Now().Sub(w.Clock().Now()).Abs(); off > time.Minute || clock.Speed() != 60 {
		t.Errorf("the clock is %s off", off)
	}
	tr := &http.Transport{DialContext: Dialer(w.Control()), DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr}
	address := strings.Replace(w.main(SBD), w.addrs[SBD], SBD.Host(), 1)
	if g := get(t, c, address); g.status != http.StatusOK {
		t.Errorf("%d %v", g.status, g.err)
	}
	if err := w.SetFaults([]Fault{{Kind: DNSFailure, Source: SBD}}); err != nil {
		t.Fatal(err)
	}
	var dns *net.DNSError
	if g := get(t, c, address); !errors.As(g.err, &dns) || dns.Name != SBD.Host() {
		t.Errorf("with its name gone: %v", g.err)
	}
	if g := get(t, c, "http://example.com/"); !errors.As(g.err, &dns) {
		t.Errorf("another host: %v", g.err)
	}
	if _, err := Follow(t.Context(), w.URL(SBD), time.Now); err == nil {
		t.Error("followed what is no control")
	}
}

func TestCredits(t *testing.T) {
	o := options()
	o.Keys = map[string]Plan{"small": {Credits: 12}, "whole": {Credits: 500, Historical: true}}
	w, c := open(t, o), client(t)
	ask := func(path, key, rest string) got {
		t.Helper()
		return get(t, c, w.URL(OddsAPI)+"/v4/"+path+"?apiKey="+key+rest)
	}
	const odds, past = "sports/baseball_mlb/odds", "historical/sports/baseball_mlb/odds"
	const main = "&regions=us,eu&markets=h2h,spreads,totals"
	for _, q := range []struct {
		path, key, rest string
		status          int
		code            string
		last, left      string
	}{
		{odds, "", main, 401, "MISSING_KEY", "", ""},
		{odds, "wrong", main, 401, "INVALID_KEY", "", ""},
		{"sports/baseball_mlb/events", "small", "", 200, "", "0", "12"},
		{odds, "small", main, 200, "", "6", "6"},
		{odds, "small", "&bookmakers=draftkings,pinnacle&markets=h2h", 200, "", "1", "5"},
		{odds, "small", "&regions=us&markets=h2h_1st_5_innings", 422, "INVALID_MARKET", "0", "5"},
		{odds, "small", "&regions=us&markets=corners", 422, "INVALID_MARKET", "0", "5"},
		{odds, "small", "&regions=mars", 422, "INVALID_REGION", "0", "5"},
		{odds, "small", "", 422, "MISSING_REGION", "0", "5"},
		{odds, "small", "&regions=us&oddsFormat=fractional", 422, "INVALID_ODDS_FORMAT", "0", "5"},
		{odds, "small", "&regions=us&dateFormat=unix", 422, "INVALID_DATE_FORMAT", "0", "5"},
		{odds, "small", "&regions=us&eventIds=none", 200, "", "0", "5"},
		{odds, "small", "&regions=us&commenceTimeFrom=soon", 422, "INVALID_COMMENCE_TIME_FROM", "0", "5"},
		{past, "small", main + "&date=2026-05-26T14:00:00Z", 401, "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN", "0", "5"},
		{odds, "small", main, 200, "", "6", "0"}, // the last one may go beyond
		{odds, "small", main, 401, "OUT_OF_USAGE_CREDITS", "0", "0"},
		{"sports", "small", "", 200, "", "0", "0"},
		{past, "whole", "&regions=us&markets=h2h&date=2026-05-26T14:00:00Z", 200, "", "10", "490"},
		{past, "whole", "&regions=us&date=2026-05-27T14:00:00Z", 422, "INVALID_HISTORICAL_TIMESTAMP", "0", "490"},
		{past, "whole", "&regions=us", 422, "MISSING_HISTORICAL_TIMESTAMP", "0", "490"},
		{"sports/baseball_mlb/events/none/odds", "whole", "&regions=us", 404, "EVENT_NOT_FOUND", "0", "490"},
	} {
		g := ask(q.path, q.key, q.rest)
		if g.status != q.status || !strings.Contains(string(g.body), q.code) || g.header.Get("X-Requests-Last") != q.last || g.header.Get("X-Requests-Remaining") != q.left {
			t.Errorf("%s %s %s: %d %.80s %v, want %d %s, cost %s, left %s", q.key, q.path, q.rest, g.status, g.body, g.header, q.status, q.code, q.last, q.left)
		}
	}
	id := must(w.slates.open(start))[0].ID
	for path, want := range map[string]string{"sports/baseball_mlb/events/" + id + "/odds": "1", "historical/sports/baseball_mlb/events/" + id + "/odds": "10"} {
		g := ask(path, "whole", "&bookmakers=draftkings&markets=h2h_1st_5_innings,spreads_1st_5_innings&date=2026-05-26T14:00:00Z")
		if g.status != http.StatusOK || g.header.Get("X-Requests-Last") != want || !bytes.Contains(g.body, []byte("h2h_1st_5_innings")) {
			t.Errorf("%s: %d %.200s, cost %s, want %s", path, g.status, g.body, g.header.Get("X-Requests-Last"), want)
		}
	}
	w.Clock().Step(6 * 24 * time.Hour) // June
	if g := ask("sports", "small", ""); g.header.Get("X-Requests-Remaining") != "12" {
		t.Errorf("in the next month %s are left", g.header.Get("X-Requests-Remaining"))
	}
}

func TestTooFast(t *testing.T) {
	o := options()
	at := start // stands still
	o.Real = func() time.Time { return at }
	o.Exhausted, o.Keys = http.StatusTooManyRequests, map[string]Plan{"k": {}}
	w, c := open(t, o), client(t)
	if g := get(t, c, w.URL(OddsAPI)+"/v4/sports/baseball_mlb/odds?regions=us&apiKey=k"); g.status != 429 || !strings.Contains(string(g.body), "OUT_OF_USAGE") {
		t.Errorf("without credits: %d", g.status)
	}
	for i := range maxRate {
		if g := get(t, c, w.URL(OddsAPI)+"/v4/sports?apiKey=k"); (g.status == 200) != (i < maxRate-1) {
			t.Errorf("request %d: %d", i, g.status)
		}
	}
	at = at.Add(time.Second)
	if g := get(t, c, w.URL(OddsAPI)+"/v4/sports?apiKey=k"); g.status != 200 {
		t.Errorf("a second later: %d", g.status)
	}
}

func TestRecording(t *testing.T) {
	line := func(url, body string, at time.Time) string {
		return fmt.Sprintf("{\"url\":%q,\"body\":%s,\"timestamp\":%q}\n", url, body, at.Format(time.RFC3339))
	}
	const board = "https://api.actionnetwork.com/web/v2/scoreboard/publicbetting/mlb?bookIds=1,2&date=20260526&periods=event"
	text := line(board, `{"games":[],"take":2}`, start.Add(10*time.Minute)) + "\n" + line(board, `{"games":[],"take":1}`, start) +
		line("https://data.vsin.com/mlb/betting-splits/?view=today", `"<html>old</html>"`, start) +
		line("https://srfeeds.sportsbettingdime.com/v2/matchups/mlb/betting-splits", `"{\"games\":[]}"`, start.Add(time.Hour)) +
		line("https://example.com/", `1`, start)
	rec, err := ReadRecording(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	o.Recorded = rec
	w, c := open(t, o), client(t)
	for _, want := range []string{`"take":1`, `"take":1`, `"take":2`} {
		if g := get(t, c, w.main(ActionNetwork)); !strings.Contains(string(g.body), want) {
			t.Errorf("%.200s, want %s", g.body, want)
		}
		w.Clock().Step(5 * time.Minute)
	}
	if g := get(t, c, w.main(VSiN)); string(g.body) != "<html>old</html>" || !strings.HasPrefix(g.header.Get("Content-Type"), "text/html") {
		t.Errorf("%.100s", g.body)
	}
	if g := get(t, c, w.main(SBD)); len(g.body) < 1000 {
		t.Errorf("not simulated before it was recorded: %s", g.body)
	}
	for _, bad := range []string{"x", `{"url":"https://data.vsin.com/"}`, `{"url":"%zz","data":1,"timestamp":"2026-05-26T15:00:00Z"}`, strings.Repeat("x", maxLine+1)} {
		if _, err := ReadRecording(strings.NewReader(bad)); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%.40s: %v, want ErrInvalid", bad, err)
		}
	}
}
