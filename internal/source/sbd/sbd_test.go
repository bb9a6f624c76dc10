package sbd

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

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

// moneyline is a market with so many bets on each side.
func moneyline(home, away int) string {
	return fmt.Sprintf(`"moneyline":{"updated":"2026-07-16T20:10:15.799Z","bets":%d,"home":{"bets":%d,"betsPercentage":60,"stakePercentage":45.5},
		"away":{"bets":%d,"betsPercentage":40,"stakePercentage":54.5}}`, home+away, home, away)
}

const total = `"total":{"updated":"2026-07-16T20:11:15.799Z","bets":null,"over":{"bets":90,"betsPercentage":90,"stakePercentage":91.17},
	"under":{"bets":10,"betsPercentage":10,"stakePercentage":8.83}}`

// gameOf is a game with the given markets; the others are not offered.
func gameOf(told ...string) string {
	for _, m := range markets {
		if !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, `"`+m.key+`"`) }) {
			told = append(told, `"`+m.key+`":null`)
		}
	}
	return gameWith(told...)
}

func gameWith(markets ...string) string {
	return `{"_id":"20260717.02-MLB-NYM@SD","identifier":"x","date":"2026-07-17T02:10:00.000Z","gameday":"2026-07-16",
		"home":{"_id":"MLB_SD","code":"SD"},"away":{"_id":"MLB_NYM","code":"NYM"},"sportsbooks":[],"bettingSplits":{` + strings.Join(markets, ",") + `}}`
}

func bodyOf(games ...string) string {
	return `{"group":"2026-07-16","games":[` + strings.Join(games, ",") + `]}`
}

func read(t *testing.T, text string, seen time.Time) (rows []source.SplitRow, bad []*source.RowError) {
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

func TestForms(t *testing.T) {
	list := "[" + gameOf(moneyline(30, 20), total, `"spread":null`) + "]"
	for name, text := range map[string]string{
		"body": bodyOf(list[1 : len(list)-1]), "byte-order mark": "\xef\xbb\xbf" + bodyOf(list[1:len(list)-1]), "bare list": list,
		"under data": `{"data":` + bodyOf(list[1:len(list)-1]) + `}`, "list under data": `{"data":` + list + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			rows, bad := read(t, text, time.Time{})
			if len(rows) != 2 || len(bad) != 0 {
				t.Fatalf("%+v, refused %v; want a moneyline and a total", rows, bad)
			}
			m, o := rows[0], rows[1]
			if m.Market != mlb.Moneyline || m.Period != mlb.FullGame || m.Provider != "sbd" || m.Tickets != 50 || m.N != 1 || m.Home != "SD" || m.Away != "NYM" ||
				m.Ref != "20260717.02-MLB-NYM@SD" || m.Date.String() != "2026-07-16" || m.Start.Format(time.RFC3339) != "2026-07-17T02:10:00Z" ||
				m.Bets != (mlb.Share{First: 0.6, Second: 0.4}) || m.Money != (mlb.Share{First: 0.455, Second: 0.545}) {
				t.Errorf("got %+v", m)
			}
			if o.Market != mlb.Total || o.Tickets != 100 || o.Bets.First != 0.9 || o.N != 2 {
				t.Errorf("got %+v", o)
			}
			if got := m.ObservedAt.Format(time.RFC3339Nano); got != "2026-07-16T20:11:15.799Z" || m.UpdatedAt.Format(time.RFC3339) != "2026-07-16T20:10:15Z" {
				t.Errorf("seen at %s, updated at %s; want the newest update of the body", got, m.UpdatedAt)
			}
		})
	}
}

// The operator may know when the body was fetched, and a game's day may not be
// told.
func TestObservedAt(t *testing.T) {
	seen := time.Date(2026, 7, 16, 21, 0, 0, 0, time.UTC)
	text := strings.Replace(gameOf(total), `"gameday":"2026-07-16",`, "", 1)
	if rows, bad := read(t, bodyOf(text), seen); len(rows) != 1 || !rows[0].ObservedAt.Equal(seen) || rows[0].Date.String() != "2026-07-16" {
		t.Errorf("%+v, refused %v", rows, bad)
	}
	without := strings.Replace(text, `"updated":"2026-07-16T20:11:15.799Z",`, "", 1)
	if rows, bad := read(t, bodyOf(without), seen); len(rows) != 1 || !rows[0].UpdatedAt.IsZero() {
		t.Errorf("no update told: %+v, refused %v", rows, bad)
	}
	if rows, bad := read(t, bodyOf(text), seen.Add(-time.Hour)); len(rows) != 0 || bad[0].Reason != source.BadTime {
		t.Errorf("updated after it was seen: %+v, refused %v", rows, bad)
	}
}

// A market nobody has bet on is no data; one without counts is data.
func TestTickets(t *testing.T) {
	if rows, bad := read(t, bodyOf(gameOf(moneyline(0, 0))), time.Time{}); len(rows)+len(bad) != 0 {
		t.Errorf("no bets: %+v, refused %v", rows, bad)
	}
	text := strings.NewReplacer(`{"bets":90,`, `{`, `{"bets":10,`, `{`).Replace(gameOf(total))
	if rows, bad := read(t, bodyOf(text), time.Time{}); len(rows) != 1 || rows[0].Tickets != 0 {
		t.Errorf("no counts: %+v, refused %v", rows, bad)
	}
	text = strings.Replace(text, `"bets":null`, `"bets":70`, 1)
	if rows, bad := read(t, bodyOf(text), time.Time{}); len(rows) != 1 || rows[0].Tickets != 70 {
		t.Errorf("the market's count alone: %+v, refused %v", rows, bad)
	}
}

func TestBadMarkets(t *testing.T) {
	good := gameOf(moneyline(30, 20), total)
	for _, c := range []struct {
		name, text string
		want       source.Reason
	}{
		{"not an object", gameOf(moneyline(30, 20), `"total":7`), source.BadRecord},
		{"a share is no number", strings.Replace(good, `"betsPercentage":90`, `"betsPercentage":"most"`, 1), source.BadRecord},
		{"one side", gameOf(moneyline(30, 20), strings.Replace(total, "under", "upper", 1)), source.BadSplit},
		{"sum of bets", strings.Replace(good, `"betsPercentage":90`, `"betsPercentage":80`, 1), source.BadSplit},
		{"sum of money", strings.Replace(good, `"stakePercentage":91.17`, `"stakePercentage":8.83`, 1), source.BadSplit},
		{"negative count", strings.Replace(good, `"bets":90`, `"bets":-1`, 1), source.BadSplit},
		{"odd update", strings.Replace(good, "2026-07-16T20:11:15.799Z", "just now", 1), source.BadTime},
		{"updated after the start", strings.Replace(good, "2026-07-16T20:11:15.799Z", "2026-07-17T02:10:00Z", 1), source.InPlay},
	} {
		rows, bad := read(t, bodyOf(c.text), time.Time{})
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside the moneyline", c.name, rows, bad, c.want)
		}
	}
}

// A market that has got another name is not lost in silence, under the one
// name or the other.
func TestRenamedMarkets(t *testing.T) {
	renamed := strings.Replace(total, `"total"`, `"totals"`, 1)
	for _, c := range []struct {
		name    string
		markets []string
		want    []string
	}{
		{"renamed", []string{moneyline(30, 20), `"spread":null`, renamed}, []string{`bad_market: "totals"`, `bad_record: no "total"`}},
		{"more", []string{moneyline(30, 20), `"spread":null`, `"total":null`, `"zebra":{"x":1}`, `"ape":{"x":1}`}, []string{`"ape"`, `"zebra"`}},
		{"missing", []string{moneyline(30, 20)}, []string{`no "spread"`, `no "total"`}},
		{"no splits", []string{moneyline(30, 20), `"spread":null`, `"total":null`, `"updated":"x"`, `"totals":null`, `"f5":{}`, `"list":[{}]`}, nil},
	} {
		rows, bad := read(t, bodyOf(gameWith(c.markets...)), time.Time{})
		if len(rows) != 1 || len(bad) != len(c.want) {
			t.Errorf("%s: %+v, refused %v; want %q beside the moneyline", c.name, rows, bad, c.want)
			continue
		}
		for i, e := range bad {
			if !strings.Contains(e.Error(), c.want[i]) {
				t.Errorf("%s: refused %v, want %q", c.name, e, c.want[i])
			}
		}
	}
	if rows, bad := read(t, bodyOf(gameWith(), gameWith(`"moneyline":null`)), time.Time{}); len(rows)+len(bad) != 0 {
		t.Errorf("no splits at all: %+v, refused %v", rows, bad)
	}
	var many []string
	for i := range 3 * maxUnknown {
		many = append(many, fmt.Sprintf(`"m%d":{"x":1}`, i))
	}
	if _, bad := read(t, bodyOf(gameOf(many...)), time.Time{}); len(bad) != maxUnknown {
		t.Errorf("refused %d, want %d", len(bad), maxUnknown)
	}
}

func TestBadGames(t *testing.T) {
	good := gameOf(total)
	for _, c := range []struct {
		name, text string
		want       source.Reason
	}{
		{"not an object", `7`, source.BadRecord},
		{"another league", strings.Replace(good, "MLB_SD", "NBA_SD", 1), source.BadGame},
		{"no code", strings.Replace(good, `"code":"SD"`, `"code":""`, 1), source.BadGame},
		{"one team", strings.Replace(good, `"code":"SD"`, `"code":"NYM"`, 1), source.BadGame},
		{"no start", strings.Replace(good, "2026-07-17T02:10:00.000Z", "late", 1), source.BadTime},
		{"odd day", strings.Replace(good, `"gameday":"2026-07-16"`, `"gameday":"Thursday"`, 1), source.BadTime},
	} {
		rows, bad := read(t, bodyOf(c.text, good), time.Time{})
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good split", c.name, rows, bad, c.want)
		}
	}
}

func TestBadBodies(t *testing.T) {
	f, err := SplitFormat()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"": "empty", "<html>": "not a body", `{"games":7}`: "not a body", `{"data":{}}`: "no list of games", `{"group":"x"}`: "no list of games", "[7": "not a body",
		`{"data":[7}`: "not a body", bodyOf(gameOf(total))[:80]: "not a body",
	} {
		if _, err := f.Read(strings.NewReader(text), time.Time{}); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

// Of 15 games with three markets each, one was updated after it began.
func TestRealCapture(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/splits/sbd*.json")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/splits")
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	rows, bad := read(t, string(text), time.Time{})
	if len(rows) != 42 || len(bad) != 3 {
		t.Fatalf("%d splits, refused %v; want 42 and 3", len(rows), bad)
	}
	for _, e := range bad {
		if e.Reason != source.InPlay {
			t.Error(e)
		}
	}
	for _, r := range rows {
		if r.Tickets < 100 || !r.Bets.Known() || !r.Money.Known() || r.Date.String() != "2025-06-13" {
			t.Errorf("got %+v", r)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(bodyOf(gameOf(moneyline(30, 20), total)))
	f.Add(bodyOf(gameWith(`"totals":{"home":7}`, `"spread":{"home":{}}`)))
	f.Add(`{"data":[` + gameOf(strings.Replace(total, "2026-07-16T20", "2026-07-18T20", 1)) + `,7]}`)
	format, err := SplitFormat()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := format.Read(strings.NewReader(text), time.Time{})
		if err != nil {
			if !errors.Is(err, mlb.ErrInvalid) {
				t.Fatal(err)
			}
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
			if err == nil && (!row.Bets.Known() && !row.Money.Known() || row.Tickets < 0 || !row.Start.After(row.UpdatedAt) || row.ObservedAt.IsZero()) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
