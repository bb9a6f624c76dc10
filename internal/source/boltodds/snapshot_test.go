package boltodds

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const total = `{"captured_at": "2026-07-16T04:00:00.5Z", "mode": "prematch", "sport": "MLB", "market": "Total", "game": "A vs B, 2026-07-16",
	"starts_at": "2026-07-16, 07:10 PM", "sportsbook": "x", "selection": "A O 8.5", "target": "", "side": "O", "line": 8.5, "odds": "-110", "link": null}`

func body(prices ...string) string {
	return `{"capturedAt": "2026-07-16T04:00:00.5Z", "games": [{"id": "1"}], "odds": [` + strings.Join(prices, ",") + `]}`
}

func readSnapshot(t *testing.T, text io.Reader) ([]source.OddsRow, []*source.RowError) {
	t.Helper()
	f, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

// A snapshot's price is the log's row of it.
func TestSnapshot(t *testing.T) {
	want, err := first(t, `2026-07-16T04:00:00.5Z,prematch,Total,"A vs B, 2026-07-16","2026-07-16, 07:10 PM",x,A O 8.5,,O,8.5,-110`)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"plain":           body(total),
		"byte-order mark": "\xef\xbb\xbf \n" + body(total),
		"line as text":    body(strings.Replace(total, "8.5, ", `"8.5", `, 1)),
		"unknown field":   body(strings.Replace(total, `"link": null`, `"depth": {"a": [1]}`, 1)),
	} {
		rows, bad := readSnapshot(t, strings.NewReader(text))
		if len(rows) != 1 || len(bad) != 0 {
			t.Errorf("%s: %+v, refused %v", name, rows, bad)
			continue
		}
		if rows[0].Text = want.Text; fmt.Sprint(rows[0]) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, want %+v", name, rows[0], want)
		}
	}
}

func TestBadSnapshotPrices(t *testing.T) {
	for text, want := range map[string]string{
		`7`:    "bad_record: not an object",
		`null`: "bad_record: not an object",
		strings.Replace(total, `"odds"`, `"price"`, 1):                           `bad_record: no field "odds"`,
		strings.Replace(total, `"-110"`, `{"a": 1}`, 1):                          "bad_price",
		strings.Replace(total, `"-110"`, `null`, 1):                              `bad_price: ""`,
		strings.Replace(total, `"prematch"`, `"live"`, 1):                        "in_play",
		strings.Replace(total, `"A O 8.5"`, `"`+strings.Repeat("x", 501)+`"`, 1): `field "selection" is longer than 500 bytes`,
		strings.Replace(total, `"Total"`, `"a\u0000b"`, 1):                       `bad_market: market "a�b"`,
	} {
		rows, bad := readSnapshot(t, strings.NewReader(body(text, total)))
		if len(rows) != 1 || rows[0].N != 2 || len(bad) != 1 || !strings.Contains(bad[0].Error(), want) {
			t.Errorf("%s: %+v, refused %v; want %q beside one good price", text, rows, bad, want)
		}
	}
	f, err := Format()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"{": "not a snapshot", `{"games": []}`: "no list of odds", `{"odds": {}}`: "not a snapshot", body(total) + "]": "not a snapshot"} {
		if _, err := f.Read(strings.NewReader(text)); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

const finalsHeader = "espn_id,date,name,away,away_runs,home,home_runs,matched_event,detail\n"

func readFinals(t *testing.T, text io.Reader) ([]source.ResultRow, []*source.RowError) {
	t.Helper()
	r, err := ResultFormat().Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestFinals(t *testing.T) {
	const good = `40,2026-07-16,Club A at Club B,A,4,B,1,"Club B vs Club A, 2026-07-18",Final/10`
	rows, bad := readFinals(t, strings.NewReader(finalsHeader+good+"\n"+strings.Replace(good, "Final/10", "Postponed", 1)))
	if len(rows) != 2 || len(bad) != 0 {
		t.Fatalf("%+v, refused %v", rows, bad)
	}
	if r := rows[0]; r.Date.String() != "2026-07-16" || r.Away != "Club A" || r.Home != "Club B" || r.Score != (mlb.Score{Home: 1, Away: 4}) || r.Status != mlb.Final || r.Ref != "40" {
		t.Errorf("got %+v", r)
	}
	if r := rows[1]; r.Status != mlb.Postponed || r.Score != (mlb.Score{}) {
		t.Errorf("got %+v", r)
	}
	for text, want := range map[string]source.Reason{
		strings.Replace(good, "2026-07-16", "", 1):  source.BadTime, // the event's day is not the game's
		strings.Replace(good, " at ", " in ", 1):    source.BadGame,
		strings.Replace(good, "Final/10", "1st", 1): source.BadRecord,
		strings.Replace(good, ",4,", ",,", 1):       source.BadScore,
		"40":                                        source.BadRecord,
	} {
		if rows, bad := readFinals(t, strings.NewReader(finalsHeader+text)); len(rows) != 0 || len(bad) != 1 || bad[0].Reason != want {
			t.Errorf("%s: %+v, refused %v; want %s", text, rows, bad, want)
		}
	}
}

const captures = "../../../../shared/data/boltodds/"

func TestRealSnapshots(t *testing.T) {
	files, err := filepath.Glob(captures + "*.json.gz")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/boltodds")
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		rows, bad := readSnapshot(t, z)
		t.Logf("%s: %d prices, refused %v", name, len(rows), bad)
		if len(rows) < 2000 || len(bad) != 0 {
			t.Errorf("%s: %d prices, refused %v", name, len(rows), bad)
		}
	}
}

func TestRealFinals(t *testing.T) {
	f, err := os.Open(captures + "finals.csv")
	if err != nil {
		t.Skip("real captures absent: ../shared/data/boltodds")
	}
	defer f.Close()
	rows, bad := readFinals(t, f)
	if len(rows) != 0 || len(bad) != 53 {
		t.Errorf("%d finals, refused %v; want all 53 refused for want of a day", len(rows), bad)
	}
	for _, e := range bad {
		if e.Reason != source.BadTime {
			t.Errorf("refused %v, want bad_time", e)
		}
	}
}

// Whatever the bytes, every final is read or refused with a reason.
func FuzzFinals(f *testing.F) {
	f.Add(finalsHeader + `40,2026-07-16,A at B,A,4,B,1,"B vs A, 2026-07-18",Final/10`)
	f.Add(finalsHeader + `,,,,,,,,`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ResultFormat().Read(strings.NewReader(text))
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
			if err == nil && (row.Status == 0 || row.Date == (mlb.Date{}) || row.Home == row.Away) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
