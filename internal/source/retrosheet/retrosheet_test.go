package retrosheet

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const header = "date,game_num,away,home,away_runs,home_runs\n"

func read(t *testing.T, in io.Reader) (rows []source.ResultRow, bad []*source.RowError) {
	t.Helper()
	r, err := Format().Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestGames(t *testing.T) {
	rows, bad := read(t, strings.NewReader(header+"2011-06-04,0,AAA,BBB,2,3\n20110605,2,AAA,BBB,1,1\n"))
	if len(rows) != 2 || len(bad) != 0 {
		t.Fatalf("%d games, refused %v", len(rows), bad)
	}
	for i, want := range []source.ResultRow{
		{N: 1, Date: mlb.Date{Year: 2011, Month: 6, Day: 4}, Score: mlb.Score{Home: 3, Away: 2}},
		{N: 2, Date: mlb.Date{Year: 2011, Month: 6, Day: 5}, Number: 2, Score: mlb.Score{Home: 1, Away: 1}}, // a called game can stay level
	} {
		r := rows[i]
		if r.N != want.N || r.Date != want.Date || r.Number != want.Number || r.Score != want.Score || r.Home != "BBB" || r.Away != "AAA" ||
			r.Status != mlb.Final || !r.Start.IsZero() {
			t.Errorf("got %+v, want %+v", r, want)
		}
	}
}

func TestBadGames(t *testing.T) {
	const good = "2011-06-04,0,AAA,BBB,2,3"
	for text, want := range map[string]source.Reason{
		strings.Replace(good, "06", "13", 1):   source.BadTime,
		strings.ReplaceAll(good, "-06-", "13"): source.BadTime,
		strings.Replace(good, ",0,", ",3,", 1): source.BadGame,
		strings.Replace(good, "AAA", "BBB", 1): source.BadGame,
		strings.Replace(good, "AAA", "", 1):    source.BadGame,
		strings.Replace(good, ",3", ",", 1):    source.BadScore,
		strings.Replace(good, ",3", ",99", 1):  source.BadScore,
		good + ",":                             source.BadRecord,
	} {
		rows, bad := read(t, strings.NewReader(header+text+"\n"+good))
		if len(rows) != 1 || len(bad) != 1 || bad[0].Reason != want || bad[0].Detail == "" {
			t.Errorf("%s: %+v, refused %v; want %s beside one good game", text, rows, bad, want)
		}
	}
	if _, err := Format().Read(strings.NewReader("date,away\n")); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("another header: %v", err)
	}
}

func TestRealCapture(t *testing.T) {
	f, err := os.Open("../../../../shared/data/retrosheet/retrosheet_results_2010_2016.csv.gz")
	if err != nil {
		t.Skip("real captures absent: ../shared/data/retrosheet")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, bad := read(t, z)
	legs := [3]int{}
	for _, r := range rows {
		legs[r.Number]++
	}
	if len(rows) != 17_000 || len(bad) != 0 || legs != [3]int{16_664, 168, 168} {
		t.Errorf("%d games, legs %v, refused %v; want 17000, 168 doubleheaders", len(rows), legs, bad)
	}
}

// Whatever the bytes, every row is read or refused with a reason.
func FuzzRead(f *testing.F) {
	f.Add(header + "2011-06-04,0,AAA,BBB,2,3\n")
	f.Add(header + "2011-06-04,1,AAA,BBB,-2,3\n,,,,,\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Format().Read(strings.NewReader(text))
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
			if err == nil && (row.Home == row.Away || row.Number > 2 || row.Score.Home < 0) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
