package results2026

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const (
	startHeader = "date,start_et,away,home,away_runs,home_runs\n"
	pkHeader    = "game_pk,date,away,home,game_start_utc,away_runs,home_runs,n_results_same_day,n_split_rows\n"
)

func read(t *testing.T, text string) (rows []source.ResultRow, bad []*source.RowError) {
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

func TestStarts(t *testing.T) {
	for text, want := range map[string]string{
		"2026-06-04,2026-06-04 19:05:00":        "2026-06-04T23:05:00Z",
		"2026-06-04,6/4/26 19:05":               "2026-06-04T23:05:00Z",
		"2026-06-04,19:05 ET":                   "2026-06-04T23:05:00Z",
		"2026-06-04,19:05":                      "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04T19:05:00":        "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04T19:05":           "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04 19:05":           "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04 19:05:00.000":    "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04 19:05:00-04:00":  "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04T18:05:00-05:00":  "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04T23:05:00Z":       "2026-06-04T23:05:00Z",
		"2026-06-04,2026-06-04T23:05Z":          "2026-06-04T23:05:00Z",
		"20260604,2026-06-04 23:05Z":            "2026-06-04T23:05:00Z",
		"2026-06-04,noon":                       "0001-01-01T00:00:00Z", // a start that cannot be read is not told
		"2026-06-04,2026-06-04 25:05:00":        "0001-01-01T00:00:00Z",
		"2026-03-01,2026-03-01 19:05:00":        "2026-03-02T00:05:00Z", // standard time
		"2026-06-04,2026-06-05 00:10:00":        "2026-06-05T04:10:00Z", // after midnight
		"\ufeff2026-06-04,":                     "",
		"1,2026-06-04,A,B,2026-06-05T02:10:00Z": "2026-06-05T02:10:00Z",
		"1,2026-06-04,A,B,2026-06-05 02:10:00":  "2026-06-05T02:10:00Z",
		"1.0,2026-06-04,A,B,2026-06-05 02:10":   "2026-06-05T02:10:00Z",
		"1,2026-06-04,A,B,02:10":                "0001-01-01T00:00:00Z",
		"1,2026-06-04,A,B,":                     "0001-01-01T00:00:00Z",
	} {
		doc := startHeader + text + ",A,B,2,3\n"
		if text[0] == '1' {
			doc = pkHeader + text + ",2,3,1,5\n"
		}
		rows, bad := read(t, doc)
		if want == "" { // a byte-order mark belongs before the header
			if len(bad) != 1 || bad[0].Reason != source.BadTime {
				t.Errorf("%s: %+v, refused %v", text, rows, bad)
			}
			continue
		}
		if len(rows) != 1 || len(bad) != 0 || rows[0].Start.Format(time.RFC3339) != want {
			t.Errorf("%s: %+v, refused %v; want start %s", text, rows, bad, want)
			continue
		}
		r := rows[0]
		if r.Away != "A" || r.Home != "B" || r.Score != (mlb.Score{Home: 3, Away: 2}) || r.Status != mlb.Final || r.Number != 0 || (r.PK == 1) == (doc[0] == 'd') {
			t.Errorf("%s: %+v", text, r)
		}
	}
}

// Columns that are not read may be there or not, in any order, and runs be
// written as a column with gaps is.
func TestOtherColumns(t *testing.T) {
	for name, text := range map[string]string{
		"one more":        "date,start_et,away,home,away_runs,home_runs,venue\n2026-06-04,2026-06-04 19:05:00,A,B,2.0,3.0,x\n",
		"without counts":  "game_pk,date,away,home,game_start_utc,away_runs,home_runs\n1,2026-06-04,A,B,2026-06-04T23:05:00Z,2,3\n",
		"gamePk, Eastern": "home_runs,away_runs,home,away,start_et,date,game_pk\n3,2,B,A,19:05 ET,2026-06-04,1\n",
	} {
		rows, bad := read(t, text)
		if len(rows) != 1 || rows[0].Score != (mlb.Score{Home: 3, Away: 2}) || rows[0].Start.Format(time.RFC3339) != "2026-06-04T23:05:00Z" {
			t.Errorf("%s: %+v, refused %v", name, rows, bad)
		}
	}
}

func TestDoubleheaders(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []int // numbers of the rows that are not refused
	}{
		{"second leg first, another day between", startHeader +
			"2026-06-04,2026-06-04 19:05:00,A,B,2,3\n2026-06-05,2026-06-05 19:05:00,A,B,2,3\n2026-06-04,2026-06-04 13:05:00,A,B,4,5\n", []int{2, 0, 1}},
		{"home and away change", startHeader + "2026-06-04,2026-06-04 19:05:00,A,B,2,3\n2026-06-04,2026-06-04 13:05:00,B,A,4,5\n", []int{0, 0}},
		{"one start", startHeader + "2026-06-04,2026-06-04 19:05:00,A,B,2,3\n2026-06-04,2026-06-04 19:05:00,A,B,4,5\n", []int{0, 0}},
		{"no start", pkHeader + "1,2026-06-04,A,B,,2,3,2,5\n2,2026-06-04,A,B,2026-06-04T17:05:00Z,4,5,2,5\n", []int{0, 0}},
		{"the first leg without a score", pkHeader + "1,2026-06-04,A,B,2026-06-04T17:05:00Z,,,2,5\n2,2026-06-04,A,B,2026-06-04T23:05:00Z,4,5,2,5\n", []int{2}},
	} {
		rows, bad := read(t, "\xef\xbb\xbf"+c.text)
		var got []int
		for _, r := range rows {
			got = append(got, r.Number)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, refused %v; want %v", c.name, got, bad, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
	}
}

func TestBadGames(t *testing.T) {
	const good = "2026-06-04,2026-06-04 19:05:00,A,B,2,3"
	for text, want := range map[string]source.Reason{
		strings.Replace(good, "06-04,", "31,", 1):    source.BadTime,
		strings.Replace(good, "04 19", "06 19", 1):   source.BadTime,
		strings.Replace(good, "04 19", "03 19", 1):   source.BadTime,
		strings.Replace(good, ",A,", ",B,", 1):       source.BadGame,
		strings.Replace(good, ",A,", ",,", 1):        source.BadGame,
		strings.Replace(good, ",2,3", ",,", 1):       source.BadScore,
		strings.Replace(good, ",2,3", ",2,", 1):      source.BadScore,
		strings.Replace(good, ",2,3", ",2,three", 1): source.BadScore,
		good + ",": source.BadRecord,
	} {
		rows, bad := read(t, startHeader+text+"\n"+good+"\n")
		if len(rows) != 1 || rows[0].N != 2 || len(bad) != 1 || bad[0].Reason != want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good game", text, rows, bad, want)
		}
	}
	if _, bad := read(t, pkHeader+"x,2026-06-04,A,B,,2,3,1,5\n"); len(bad) != 1 || bad[0].Reason != source.BadGame {
		t.Errorf("no gamePk: %v", bad)
	}
}

func TestBadDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "missing column": "game_pk,date\n", "no start": "date,away,home,away_runs,home_runs\n",
		"column twice":   strings.Replace(startHeader, "\n", ",start_et\n", 1),
		"too many games": startHeader + strings.Repeat("x\n", maxGames+1),
		"too large":      startHeader + strings.Repeat("x", maxBody),
	} {
		f, err := Format()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(strings.NewReader(text)); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

func TestRealCaptures(t *testing.T) {
	for name, want := range map[string]struct{ rows, legs, bad int }{
		"results_2025_2026.csv":    {3760, 78, 0},
		"splits_games_results.csv": {369, 0, 16}, // the legs of eight doubleheaders have no score
	} {
		text, err := os.ReadFile("../../../../shared/data/results/" + name)
		if err != nil {
			t.Skip("real captures absent: ../shared/data/results")
		}
		rows, bad := read(t, string(text))
		legs := 0
		for _, r := range rows {
			if r.Number > 0 {
				legs++
			}
		}
		if len(rows) != want.rows || legs != want.legs || len(bad) != want.bad {
			t.Errorf("%s: %d games, %d of doubleheaders, refused %v; want %+v", name, len(rows), legs, bad, want)
		}
	}
}

// Whatever the bytes, a list is refused whole or every game is read or refused
// with a reason.
func FuzzRead(f *testing.F) {
	f.Add(startHeader + "2026-06-04,6/4/26 19:05,A,B,2,3\n2026-06-04,19:05 ET,A,B,2,3\n")
	f.Add(pkHeader + "1,2026-06-04,A,B,2026-06-05T02:10:00Z,2,3,1,5\n")
	f.Add("")
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
			if err == nil && (row.Home == row.Away || row.Number > 2 || row.Status != mlb.Final) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
