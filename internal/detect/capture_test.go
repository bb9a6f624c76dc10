package detect

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
)

// A real change log of nine venues, looked at some minutes to hours apart:
// nobody can say from it who moved within five minutes of whom, and no rule
// does.
func TestCaptureIsNotIdentifiable(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/boltodds/*changes*.csv*")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/boltodds")
	}
	quotes, games := capture(t, files[0])
	books, err := mlb.Books()
	if err != nil {
		t.Fatal(err)
	}
	state := market.New(books, market.DefaultConfig())
	views := map[string]int{}
	steams := Told{}
	for i, q := range quotes {
		state.Apply(q)
		g := games[q.Game]
		if i+1 < len(quotes) && quotes[i+1].Game == q.Game && quotes[i+1].ObservedAt.Equal(q.ObservedAt) || !q.ObservedAt.Before(g.Start) {
			continue
		}
		for _, r := range Signals() {
			v := state.View(g, q.ObservedAt)
			found := r.Detect(v, DefaultSignals())
			for _, s := range found {
				checkSignal(t, v, s)
				what, _, _ := strings.Cut(s.NotIdentifiable, ":")
				if what == "" {
					what = "found"
					steams.New([]mlb.Signal{s})
				}
				views[r.Name+": "+strings.TrimLeft(what, "0123456789 ")]++
			}
			if len(found) == 0 {
				views[r.Name+": nothing"]++
			}
		}
	}
	for what, n := range views {
		t.Logf("%d views: %s", n, what)
	}
	t.Logf("%d quotes of %d games; %d signals", len(quotes), len(games), len(steams))
	if views["steam: nothing"] > 0 || len(steams) > 0 {
		t.Errorf("a five-minute window was judged on polls minutes apart: %v", views)
	}
}

// cent is the price so many cents up from -110.
func cent(up int) odds.American {
	if x := -110 - up; x <= -100 {
		return odds.American(x)
	}
	return odds.American(90 - up)
}

// capture reads the rows of a change log whose books are known. A game is
// whatever the log calls by one date, start and matchup.
func capture(t *testing.T, path string) ([]mlb.Quote, map[mlb.GameID]mlb.Game) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			t.Fatal(err)
		}
	}
	format, err := boltodds.Format()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := format.Read(in)
	if err != nil {
		t.Fatal(err)
	}
	names, err := mlb.BookAliases(format.Source)
	if err != nil {
		t.Fatal(err)
	}
	type matchup struct {
		start      int64
		home, away string
	}
	ids := map[matchup]mlb.GameID{}
	games := map[mlb.GameID]mlb.Game{}
	var quotes []mlb.Quote
	for {
		row, err := rows.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return quotes, games
		case errors.As(err, &bad) || err == nil && names[row.Book] == 0:
			continue
		case err != nil:
			t.Fatal(err)
		}
		m := matchup{row.Start.Unix(), row.Home, row.Away}
		if ids[m] == 0 {
			ids[m] = mlb.GameID(len(ids) + 1)
			games[ids[m]] = mlb.Game{ID: ids[m], Start: row.Start}
		}
		quotes = append(quotes, mlb.Quote{
			LineKey: mlb.LineKey{Game: ids[m], Market: row.Market, Period: row.Period, Line: row.Line},
			Book:    names[row.Book], Side: row.Side, Price: row.Price, ObservedAt: row.ObservedAt,
		})
	}
}

// BenchmarkSignals is what asking all rules of one game costs at every moment
// of a market of ten books, fourteen ticks of one of them a moment. A book's
// prices walk by two cents, now and then by ten.
func BenchmarkSignals(b *testing.B) {
	books, err := mlb.Books()
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	state := market.New(books, market.DefaultConfig())
	at := clock("12:00")
	g := game
	g.Start = at.AddDate(1, 0, 0)
	cfg := DefaultSignals()
	cents := map[mlb.BookID]int{}
	step := func() {
		at = at.Add(3 * time.Second)
		book := mlb.BookID(r.IntN(10) + 5)
		move := 2 * (r.IntN(3) - 1)
		if r.IntN(20) == 0 {
			move *= 5
		}
		cents[book] = max(-30, min(30, cents[book]+move))
		for i := range 7 {
			key := mlb.LineKey{Game: 7, Market: mlb.Total, Period: mlb.FullGame, Line: mlb.Line(14 + i)}
			if i == 6 {
				key.Market, key.Line = mlb.Moneyline, 0
			}
			first, second := key.Market.Sides()
			one, other := cent(cents[book]+40*i-120), cent(-cents[book]-40*i+120)
			for side, a := range map[mlb.Side]odds.American{first: one, second: other} {
				p, err := odds.FromAmerican(a)
				if err != nil {
					b.Fatal(err)
				}
				state.Apply(mlb.Quote{LineKey: key, Book: book, Side: side, Price: p, ObservedAt: at})
			}
		}
	}
	for range 2000 {
		step()
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		step()
		b.StartTimer()
		for _, rule := range Signals() {
			rule.Detect(state.View(g, at), cfg)
		}
	}
}
