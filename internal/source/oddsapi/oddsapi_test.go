package oddsapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

// events is a list of one event with one market of one book.
func events(market, outcomes string) string {
	return fmt.Sprintf(`[{"id":"e1","sport_key":"baseball_mlb","commence_time":"2026-07-17T02:10:00Z","home_team":"San Diego Padres",
		"away_team":"New York Mets","bookmakers":[{"key":"pinnacle","title":"Pinnacle","last_update":"2026-07-16T20:00:00Z",
		"markets":[{"key":%q,"last_update":"2026-07-16T20:00:05Z","outcomes":[%s]}]}]}]`, market, outcomes)
}

const h2h = `{"name":"San Diego Padres","price":-130},{"name":"New York Mets","price":118}`

func read(t *testing.T, text string) (rows []source.OddsRow, bad []*source.RowError) {
	t.Helper()
	f, err := Format()
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
	list := events("h2h", h2h)
	for name, c := range map[string]struct{ text, seen string }{
		"live list":           {list, "2026-07-16T20:00:05Z"},
		"byte-order mark":     {"\xef\xbb\xbf" + list, "2026-07-16T20:00:05Z"},
		"historical envelope": {`{"timestamp":"2026-07-16T20:05:00Z","previous_timestamp":null,"data":` + list + `}`, "2026-07-16T20:05:00Z"},
		"history of an event": {`{"timestamp":"2026-07-16T20:05:00Z","data":` + list[1:len(list)-1] + `}`, "2026-07-16T20:05:00Z"},
		"one event":           {list[1 : len(list)-1], "2026-07-16T20:00:05Z"},
		"updates of books":    {strings.Replace(list, `"last_update":"2026-07-16T20:00:05Z"`, `"x":1`, 1), "2026-07-16T20:00:00Z"},
		"wrapper":             {`{"fetched_at":"2026-07-16T20:06:07.5Z","games":` + list + `,"errors":["x"]}`, "2026-07-16T20:06:07.5Z"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, bad := read(t, c.text)
			if len(rows) != 2 || len(bad) != 0 {
				t.Fatalf("%d rows, refused %v; want 2", len(rows), bad)
			}
			r := rows[0]
			if r.ObservedAt.Format(time.RFC3339Nano) != c.seen || r.Date.String() != "2026-07-16" || r.Side != mlb.Home ||
				r.Price.String() != "-130" || r.Book != "pinnacle" || r.Market != mlb.Moneyline || r.Ref != "e1" || r.Simulated {
				t.Errorf("got %+v, want seen at %s, a game of 2026-07-16 in the evening of New York", r, c.seen)
			}
		})
	}
}

func TestMarkets(t *testing.T) {
	for _, c := range []struct {
		market, outcomes string
		want             mlb.Market
		period           mlb.Period
		side             mlb.Side
		line             mlb.Line
		price            string
	}{
		{"spreads", `{"name":"New York Mets","price":-190,"point":1.5}`, mlb.RunLine, mlb.FullGame, mlb.Away, -3, "-190"},
		{"alternate_spreads", `{"name":"San Diego Padres","price":300,"point":-3}`, mlb.RunLine, mlb.FullGame, mlb.Home, -6, "+300"},
		{"totals", `{"name":"Over","price":-105,"point":8}`, mlb.Total, mlb.FullGame, mlb.Over, 16, "-105"},
		{"totals_1st_5_innings", `{"name":"Under","price":-105.0,"point":4.5}`, mlb.Total, mlb.FirstFive, mlb.Under, 9, "-105"},
		{"h2h_1st_5_innings", `{"name":"New York Mets","price":1.95}`, mlb.Moneyline, mlb.FirstFive, mlb.Away, 0, "1.95"},
	} {
		rows, bad := read(t, events(c.market, c.outcomes))
		if len(rows) != 1 {
			t.Fatalf("%s: refused %v", c.market, bad)
		}
		r := rows[0]
		if r.Market != c.want || r.Period != c.period || r.Side != c.side || r.Line != c.line || r.Price.String() != c.price {
			t.Errorf("%s: got %+v, want %+v", c.market, r, c)
		}
	}
}

// A body in decimal odds has prices that no American price can be: then its
// longshots above 100 are decimal too.
func TestDecimalBodies(t *testing.T) {
	rows, bad := read(t, events("h2h", `{"name":"San Diego Padres","price":1.005},{"name":"New York Mets","price":151}`))
	if len(bad) != 0 || rows[1].Price.String() != "151" || !rows[1].Price.IsDecimal() {
		t.Errorf("got %+v, refused %v; want a decimal 151", rows, bad)
	}
	_, bad = read(t, events("h2h", `{"name":"San Diego Padres","price":-130},{"name":"New York Mets","price":1.9}`))
	if len(bad) != 1 || bad[0].Reason != source.AveragePrice {
		t.Errorf("a decimal among American prices: refused %v, want average_price", bad)
	}
}

func TestBadOutcomes(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       source.Reason
	}{
		{"unknown market", events("totals_1st_1_innings", `{"name":"Over","price":-105,"point":0.5}`), source.BadMarket},
		{"lay", events("h2h_lay", h2h), source.BadMarket},
		{"draw", events("h2h", `{"name":"Draw","price":500}`), source.BadMarket},
		{"no point", events("totals", `{"name":"Over","price":-105}`), source.BadLine},
		{"quarter", events("totals", `{"name":"Over","price":-105,"point":8.25}`), source.BadLine},
		{"negative total", events("totals", `{"name":"Over","price":-105,"point":-8}`), source.BadLine},
		{"point of a moneyline", events("h2h", `{"name":"New York Mets","price":-105,"point":1.5}`), source.BadLine},
		{"no price", events("h2h", `{"name":"New York Mets","price":null}`), source.BadPrice},
		{"price is an object", events("h2h", `{"name":"New York Mets","price":{}}`), source.BadPrice},
		{"sentinel", events("h2h", `{"name":"New York Mets","price":-50}`), source.AveragePrice},
		{"one team", strings.ReplaceAll(events("h2h", h2h), "New York Mets", "San Diego Padres"), source.BadGame},
		{"no start", strings.ReplaceAll(events("h2h", h2h), "2026-07-17T02:10:00Z", "soon"), source.BadTime},
		{"begun", strings.ReplaceAll(events("h2h", h2h), "2026-07-17T02:10:00Z", "2026-07-16T20:00:05Z"), source.InPlay},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, bad := read(t, c.text)
			if len(rows) != 0 || len(bad) == 0 || bad[0].Reason != c.want || bad[0].Detail == "" {
				t.Errorf("got %+v, refused %v; want %s", rows, bad, c.want)
			}
		})
	}
}

func TestBadBodies(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "empty",
		"<html>":                        "not a body",
		`{"message":"quota"}`:           `the API answered "quota"`,
		`{"a":1}`:                       "no list of events",
		`{"data":7}`:                    "data: json",
		`{"data":[],"timestamp":"now"}`: "timestamp",
		`{"data":[],"fetched_at":7}`:    "fetched_at",
		`[{"id":7}]`:                    "not a body",
		events("h2h", h2h)[:100]:        "not a body",
		strings.ReplaceAll(events("h2h", h2h), `"last_update"`, `"x"`): "neither when it was fetched",
	} {
		f, err := Format()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(strings.NewReader(text)); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

// What cannot be read removes itself and nothing beside it.
func TestUnreadable(t *testing.T) {
	list := events("h2h", h2h)
	for name, text := range map[string]string{
		"event":     strings.TrimSuffix(list, "]") + `,{"id":7}]`,
		"bookmaker": strings.Replace(list, `"bookmakers":[`, `"bookmakers":[7,`, 1),
		"market":    strings.Replace(list, `"markets":[`, `"markets":[{"key":"totals","outcomes":{}},`, 1),
		"outcome":   strings.Replace(list, `"outcomes":[`, `"outcomes":[{"name":7,"price":"\u0000"},`, 1),
	} {
		rows, bad := read(t, text)
		if len(rows) != 2 || len(bad) != 1 || bad[0].Reason != source.BadRecord || !strings.Contains(bad[0].Detail, name) {
			t.Errorf("%s: %d rows, refused %v; want 2 and one bad_record", name, len(rows), bad)
		}
	}
}

// One body a line: each was seen when it says. A line that is none removes
// itself.
func TestLinesOfBodies(t *testing.T) {
	list := strings.NewReplacer("\n", " ", "\t", "").Replace(events("h2h", h2h))
	line := func(at string) string { return `{"timestamp":"` + at + `","data":` + list + "}\n" }
	rows, bad := read(t, "\xef\xbb\xbf"+line("2026-07-16T20:05:00Z")+"\r\n"+list[:90]+"\n"+`{"message":"quota"}`+"\n"+line("2026-07-16T20:10:00Z"))
	if len(rows) != 4 || len(bad) != 2 || bad[0].Reason != source.BadRecord || !strings.Contains(bad[1].Detail, "quota") {
		t.Fatalf("%+v, refused %v; want two prices of two bodies", rows, bad)
	}
	if rows[1].ObservedAt.Minute() != 5 || rows[2].ObservedAt.Minute() != 10 || rows[3].N != 6 {
		t.Errorf("got %+v", rows)
	}
	decimal := strings.NewReplacer("-130", "1.77", "118", "2.18").Replace(list)
	if rows, bad := read(t, list+"\n"+decimal); len(rows) != 4 || rows[1].Price.IsDecimal() || !rows[3].Price.IsDecimal() {
		t.Errorf("American and decimal: %+v, refused %v", rows, bad)
	}
}

func TestTooLarge(t *testing.T) {
	f, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	text := events("h2h", h2h) + strings.Repeat(" ", maxBody)
	if _, err := f.Read(strings.NewReader(text)); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "larger than 8 MB") {
		t.Errorf("%v, want the bound named", err)
	}
}

// A body takes a few times its size and its rows next to nothing: none holds a
// copy of its game, book or market.
func TestMemory(t *testing.T) {
	outcomes := strings.Repeat(h2h+",", 20_000)
	text := events("h2h", outcomes[:len(outcomes)-1])
	f, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r, err := f.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int(after.HeapAlloc) - int(before.HeapAlloc); held > 4*len(text) {
		t.Errorf("a body of %d bytes holds %d", len(text), held)
	}
	if _, err := r.Next(); err != nil {
		t.Error(err)
	}
}

func TestSimulated(t *testing.T) {
	rows, _ := read(t, strings.Replace(events("h2h", h2h), `"e1"`, `"`+source.SimulatedPrefix+`0001"`, 1))
	if len(rows) != 2 || !rows[0].Simulated {
		t.Errorf("got %+v, want simulated prices", rows)
	}
}

func TestEmptySlate(t *testing.T) {
	if rows, bad := read(t, "[]"); len(rows)+len(bad) != 0 {
		t.Errorf("got %v, %v", rows, bad)
	}
}

// The wrapped slates hold every outcome the API served: those of games not
// begun become prices, the others are in play and nothing else is refused.
func TestRealCaptures(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/odds_api/*.json")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/odds_api")
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, bad := read(t, string(text))
		if want := bytes.Count(text, []byte(`"price"`)); len(rows) == 0 || len(rows)+len(bad) != want {
			t.Errorf("%s: %d rows and %d refused of %d outcomes", name, len(rows), len(bad), want)
		}
		for _, e := range bad {
			if e.Reason != source.InPlay {
				t.Errorf("%s: %v", name, e)
			}
		}
		t.Logf("%s: %d prices, %d in play", filepath.Base(name), len(rows), len(bad))
	}
}

// Whatever the bytes, a body is refused whole or every outcome is read or
// refused with a reason.
func FuzzRead(f *testing.F) {
	f.Add(events("h2h", h2h))
	f.Add(events("totals", `{"name":"Over","price":1.9,"point":8.5}`))
	f.Add(`{"timestamp":"2026-07-16T20:05:00Z","data":[]}`)
	f.Add(`{"message":"x"}`)
	f.Add("[]\n{\"timestamp\":\"2026-07-16T20:05:00Z\",\"data\":[{\"id\":7}]}\n[7\n")
	f.Add(`[{"id":7},{"id":"e1","bookmakers":[7,{"markets":[{"outcomes":{}}]}]}]`)
	format, err := Format()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := format.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") {
				t.Fatalf("%q: %v", text, err)
			}
			if err == nil && (!row.Price.Valid() || !row.Side.Of(row.Market) || !row.Start.After(row.ObservedAt)) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
