package world

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is a morning of the season of these tests.
var start = time.Date(2026, 5, 26, 15, 0, 0, 0, time.UTC)

func options() Options {
	return Options{Season: simulator.Config{Season: 2026, Seed: 7}, Start: start, Real: time.Now}
}

func open(t testing.TB, o Options) *World {
	t.Helper()
	w, err := New(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// client is one that keeps no connections.
func client(t testing.TB) *http.Client {
	t.Helper()
	tr := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 10 * time.Second}
}

// got is an answer as a client sees it.
type got struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func get(t testing.TB, c *http.Client, address string, header ...string) (g got) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		return got{err: err}
	}
	defer resp.Body.Close()
	g = got{status: resp.StatusCode, header: resp.Header}
	g.body, g.err = io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	return g
}

// main is the address of each source's main route.
func (w *World) main(s Source) string {
	return w.URL(s) + map[Source]string{
		ActionNetwork: "/web/v2/scoreboard/publicbetting/mlb?bookIds=&date=20260526&periods=event",
		StatsAPI:      "/api/v1/schedule?sportId=1&date=2026-05-26",
		OddsAPI:       "/v4/sports/baseball_mlb/odds?apiKey=rehearsal&regions=us,eu&markets=h2h,spreads,totals&oddsFormat=american",
		VSiN:          "/mlb/betting-splits/?view=today",
		SBD:           "/v2/matchups/mlb/betting-splits",
	}[s]
}

// rows counts what a reader gives, and collects why rows were refused.
type rows struct {
	n   int
	bad []error
}

func drain[R any](t *testing.T, next func() (R, error), err error) (r rows) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return r
		case errors.As(err, &bad):
			r.bad = append(r.bad, err)
		case err != nil:
			t.Fatal(err)
		default:
			r.n++
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// capture wraps a body of Action Network as a collector does.
func capture(address string, body []byte, at time.Time) string {
	return fmt.Sprintf(`{"url":%q,"data":%s,"timestamp":%q}`, address, body, at.Format(time.RFC3339))
}

// parse reads a body with the real parser of its source.
func parse(t *testing.T, s Source, address string, body []byte, at time.Time) rows {
	t.Helper()
	switch s {
	case ActionNetwork:
		text := capture(address, body, at)
		r, err := must(actionnetwork.OddsFormat()).Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		all := drain(t, r.Next, err)
		sr, err := must(actionnetwork.SplitFormat()).Read(strings.NewReader(text), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		splits := drain(t, sr.Next, err)
		return rows{all.n + splits.n, append(all.bad, splits.bad...)}
	case StatsAPI:
		r, err := statsapi.Format().Read(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return drain(t, r.Next, err)
	case OddsAPI:
		r, err := must(oddsapi.Format()).Read(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return drain(t, r.Next, err)
	case VSiN:
		r, err := must(vsin.SplitFormat()).Read(bytes.NewReader(body), at)
		if err != nil {
			t.Fatal(err)
		}
		return drain(t, r.Next, err)
	default:
		r, err := must(sbd.SplitFormat()).Read(bytes.NewReader(body), at)
		if err != nil {
			t.Fatal(err)
		}
		return drain(t, r.Next, err)
	}
}

// allowed are the refusals that a sound body may cause.
func allowed(err error) bool {
	var bad *source.RowError
	return errors.As(err, &bad) && (bad.Reason == source.InPlay || strings.Contains(bad.Detail, "suspended"))
}

// routes are one address of every route with prices, splits or games.
func (w *World) routesOf(t *testing.T) map[string]Source {
	t.Helper()
	day := must(w.slates.dayOf(w.slates.today(w.moment())))
	pk, event := day.Games()[0], day.Events()[0]
	events := must(w.slates.open(w.moment()))
	all := map[string]Source{
		fmt.Sprintf("%s/web/v2/markets/event/%d/history", w.URL(ActionNetwork), event): ActionNetwork,
		fmt.Sprintf("%s/web/v2/scoreboard/publicbetting/mlb", w.URL(ActionNetwork)):    ActionNetwork,
		w.main(ActionNetwork): ActionNetwork,
		fmt.Sprintf("%s/api/v1.1/game/%d/feed/live", w.URL(StatsAPI), pk):                      StatsAPI,
		w.URL(StatsAPI) + "/api/v1/schedule?sportId=1&startDate=2026-05-25&endDate=2026-05-27": StatsAPI,
		w.URL(StatsAPI) + "/api/v1/schedule?sportId=1":                                         StatsAPI,
		w.main(OddsAPI): OddsAPI,
		w.URL(OddsAPI) + "/v4/historical/sports/baseball_mlb/odds?apiKey=rehearsal&regions=us&markets=totals&date=2026-05-26T14:03:00Z": OddsAPI,
		w.main(VSiN): VSiN,
		w.URL(VSiN) + "/mlb/betting-splits/?view=all": VSiN,
		w.main(SBD): SBD,
		w.URL(SBD) + "/v2/matchups/mlb/betting-splits?date=2026-05-27": SBD,
	}
	for _, e := range events[:min(1, len(events))] {
		all[w.URL(OddsAPI)+"/v4/sports/baseball_mlb/events/"+e.ID+
			"/odds?apiKey=rehearsal&regions=us,eu&markets=h2h,h2h_1st_5_innings,totals_1st_5_innings,alternate_totals&oddsFormat=american"] = OddsAPI
	}
	return all
}

// Every body of a sound day is read whole by the real parsers.
func TestRoutesParse(t *testing.T) {
	w, c := open(t, options()), client(t)
	total := 0
	for range 6 { // from the morning to the next
		for address, s := range w.routesOf(t) {
			at := w.moment()
			g := get(t, c, address)
			if g.err != nil || g.status != http.StatusOK {
				t.Fatalf("%s: %d %s %v", address, g.status, g.body, g.err)
			}
			r := parse(t, s, address, g.body, at)
			for _, err := range r.bad {
				if !allowed(err) {
					t.Fatalf("%s at %s: %v", address, at, err)
				}
			}
			total += r.n
		}
		w.Clock().Step(4 * time.Hour)
	}
	if total < 10_000 {
		t.Errorf("%d rows in all", total)
	}
}

// The routes whose bodies no parser reads.
func TestOtherRoutes(t *testing.T) {
	w, c := open(t, options()), client(t)
	pk := must(w.slates.dayOf(w.slates.today(start))).Games()[0]
	for address, want := range map[string]string{
		w.URL(StatsAPI) + fmt.Sprintf("/api/v1/game/%d/linescore", pk):                                          `"innings"`,
		w.URL(StatsAPI) + fmt.Sprintf("/api/v1/game/%d/boxscore", pk):                                           `"teams"`,
		w.URL(StatsAPI) + "/api/v1/teams?sportId=1":                                                             `"New York Yankees"`,
		w.URL(StatsAPI) + "/api/v1/schedule?sportId=1&date=12/25/2026":                                          `"dates":[]`,
		w.URL(OddsAPI) + "/v4/sports?apiKey=rehearsal":                                                          `"baseball_mlb"`,
		w.URL(OddsAPI) + "/v4/sports/baseball_mlb/events?apiKey=rehearsal":                                      `"commence_time"`,
		w.URL(ActionNetwork) + "/web/v2/scoreboard/publicbetting/mlb?date=20261225":                             `"games":[]`,
		w.URL(SBD) + "/v2/matchups/mlb/betting-splits?date=2026-12-25":                                          `"games":[]`,
		w.URL(OddsAPI) + "/v4/historical/sports/baseball_mlb/events?apiKey=rehearsal&date=2026-05-26T14:00:00Z": `"previous_timestamp":"2026-05-26T13:55:00Z"`,
	} {
		if g := get(t, c, address); g.status != http.StatusOK || !strings.Contains(string(g.body), want) {
			t.Errorf("%s: %d %.200s, want %s", address, g.status, g.body, want)
		}
	}
	g := get(t, c, w.URL(ActionNetwork)+"/web/v1/books")
	all, err := actionnetwork.Books(bytes.NewReader(g.body))
	if err != nil || !slices.ContainsFunc(all, func(b actionnetwork.Book) bool { return b.ID == 68 && b.Parent == "DraftKings" }) {
		t.Errorf("%d books, %v", len(all), err)
	}
	for address, want := range map[string]int{
		w.URL(StatsAPI) + "/api/v1.1/game/7/feed/live":                               404,
		w.URL(StatsAPI) + "/api/v1.1/game/x/feed/live":                               400,
		w.URL(StatsAPI) + "/api/v1/schedule?date=soon":                               400,
		w.URL(StatsAPI) + "/api/v1/schedule?startDate=2026-05-02&endDate=2026-05-01": 400,
		w.URL(ActionNetwork) + "/web/v2/markets/event/7/history":                     404,
		w.URL(ActionNetwork) + "/web/v2/markets/event/x/history":                     400,
		w.URL(ActionNetwork) + "/web/v2/scoreboard/publicbetting/mlb?date=today":     400,
		w.URL(ActionNetwork) + "/":                                                   404,
		w.URL(SBD) + "/v2/matchups/mlb/betting-splits?date=x":                        400,
		w.URL(VSiN) + "/nba/":                                                        404,
	} {
		if g := get(t, c, address); g.status != want {
			t.Errorf("%s: %d %s, want %d", address, g.status, g.body, want)
		}
	}
}

func TestOnlyTheBooksAskedFor(t *testing.T) {
	w, c := open(t, options()), client(t)
	g := get(t, c, w.URL(ActionNetwork)+"/web/v2/scoreboard/publicbetting/mlb?bookIds=15,68&periods=event")
	whole := get(t, c, w.main(ActionNetwork))
	for _, body := range []string{string(g.body)} {
		if !strings.Contains(body, `"68":`) || strings.Contains(body, `"69":`) || len(body)*3 > len(whole.body) {
			t.Errorf("%d bytes of %d", len(body), len(whole.body))
		}
	}
	if r := parse(t, ActionNetwork, w.main(ActionNetwork), g.body, start); r.n == 0 || len(r.bad) > 0 {
		t.Errorf("%d rows, refused %v", r.n, r.bad)
	}
}

// Two worlds serve the same bytes at the same virtual moments.
func TestTheSameBytes(t *testing.T) {
	o := options()
	o.Faults = []Fault{{Kind: AveragePrices, Source: ActionNetwork, Count: 3}, {Kind: PostponedGame}, {Kind: TeamRenamed, Source: VSiN}}
	one, two, c := open(t, o), open(t, o), client(t)
	for range 3 {
		for _, s := range Sources() {
			a, b := get(t, c, one.main(s)), get(t, c, two.main(s))
			if a.status != http.StatusOK || !bytes.Equal(a.body, b.body) {
				t.Errorf("%s: %d bytes, then %d", s, len(a.body), len(b.body))
			}
		}
		one.Clock().Step(97 * time.Minute)
		two.Clock().Step(97 * time.Minute)
	}
	for _, e := range one.Journal() {
		if _, err := one.Body(e); err != nil || e.SHA256 != two.Journal()[e.N-1].SHA256 {
			t.Errorf("%+v: %v", e, err)
		}
	}
}

func TestConditional(t *testing.T) {
	w, c := open(t, options()), client(t)
	first := get(t, c, w.main(ActionNetwork))
	if g := get(t, c, w.main(ActionNetwork), "If-None-Match", first.header.Get("ETag")); g.status != http.StatusNotModified || len(g.body) > 0 {
		t.Errorf("the same body: %d", g.status)
	}
	schedule := get(t, c, w.main(StatsAPI))
	if g := get(t, c, w.main(StatsAPI), "If-Modified-Since", schedule.header.Get("Last-Modified")); g.status != http.StatusNotModified {
		t.Errorf("the same schedule: %d", g.status)
	}
	w.Clock().Step(time.Hour)
	if g := get(t, c, w.main(ActionNetwork), "If-None-Match", first.header.Get("ETag")); g.status != http.StatusOK || bytes.Equal(g.body, first.body) {
		t.Errorf("an hour later: %d", g.status)
	}
	if want := start.Add(time.Hour).Format(http.TimeFormat); get(t, c, w.main(SBD)).header.Get("Date") != want {
		t.Errorf("the date is not the virtual one, %s", want)
	}
}

func TestGzip(t *testing.T) {
	w, c := open(t, options()), client(t)
	zipped := get(t, c, w.main(ActionNetwork), "Accept-Encoding", "gzip") // asked for by hand, it is not unpacked
	plain := get(t, c, w.main(ActionNetwork), "Accept-Encoding", "identity")
	if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body)*4 > len(plain.body) {
		t.Errorf("%d bytes of %d", len(zipped.body), len(plain.body))
	}
	if plain.header.Get("Content-Encoding") != "" || len(plain.body) < 100_000 {
		t.Errorf("plain: %d bytes, %s", len(plain.body), plain.header)
	}
}

func TestOptionsThatMakeNoWorld(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no time":      func(o *Options) { o.Real = nil },
		"speed":        func(o *Options) { o.Speed = -1 },
		"season":       func(o *Options) { o.Season.Season = 1900 },
		"not loopback": func(o *Options) { o.Listen = "0.0.0.0:0" },
		"no address":   func(o *Options) { o.Listen = "here" },
		"port":         func(o *Options) { o.Listen = "127.0.0.1:http" },
		"status":       func(o *Options) { o.Exhausted = 500 },
		"fault":        func(o *Options) { o.Faults = []Fault{{Kind: "rain"}} },
	} {
		o := options()
		change(&o)
		if w, err := New(t.Context(), o); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%s: %v, %v; want ErrInvalid", name, w, err)
		}
	}
	w := open(t, options())
	o := options()
	o.Listen = w.control
	if _, err := New(t.Context(), o); err == nil {
		t.Error("a port that is taken was taken again")
	}
}

func TestRun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options()
	o.Start = time.Time{}
	r, out := io.Pipe()
	o.Out = out
	ended := make(chan error)
	go func() {
		ended <- Run(ctx, o)
		out.Close()
	}()
	buf := make([]byte, 4096)
	var text string
	for !strings.Contains(text, "\nsbd") {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		text += string(buf[:n])
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !strings.Contains(text, "SYNTHETIC") || !strings.Contains(text, "actionnetwork  http://127.0.0.1:") || !strings.Contains(text, "T14:00:00Z") {
		t.Errorf("printed %s", text)
	}
}

// A scoreboard of 15 games at 12 books, made, packed and served anew.
func BenchmarkScoreboard(b *testing.B) {
	w, c := open(b, options()), &http.Client{}
	defer c.CloseIdleConnections()
	bytes := 0
	for b.Loop() {
		w.Clock().Step(15 * time.Second)
		g := get(b, c, w.main(ActionNetwork))
		if g.err != nil || g.status != http.StatusOK {
			b.Fatalf("%d %v", g.status, g.err)
		}
		bytes += len(g.body)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bodies/s")
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/body")
}
