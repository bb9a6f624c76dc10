package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func TestMain(m *testing.M) {
	if what := os.Getenv(writerVariable); what != "" {
		if err := beWriter(what); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(storetest.Main(m))
}

var now = time.Date(2026, 7, 16, 20, 0, 0, 0, time.UTC)

// rehearsal is an app whose database holds a simulated day up to some minutes
// into the last hour before its first game.
func rehearsal(t *testing.T) (*App, *Demo) {
	t.Helper()
	a := &App{DB: storetest.Open(t)}
	if _, err := a.Setup(t.Context(), true, now); err != nil {
		t.Fatal(err)
	}
	d, err := a.NewDemo(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Advance(t.Context(), d.Near().Add(10*time.Minute), now); err != nil {
		t.Fatal(err)
	}
	return a, d
}

func detectAt(t *testing.T, a *App, day mlb.Date, now time.Time) Detection {
	t.Helper()
	d, err := a.Detect(t.Context(), day, now, market.DefaultConfig(), detect.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// What is found by a moment does not depend on what was observed after it.
func TestNoLookAhead(t *testing.T) {
	t.Parallel()
	a, d := rehearsal(t)
	whole := detectAt(t, a, d.Day(), d.Clock())
	if len(whole.Taken) == 0 || len(whole.Refused) == 0 {
		t.Fatalf("%d taken, %d refused: nothing to compare", len(whole.Taken), len(whole.Refused))
	}
	for steps := range 12 {
		now := d.Clock().Add(-time.Duration(steps) * 10 * time.Minute)
		var want []string
		for _, o := range whole.Taken {
			if !o.DetectedAt.After(now) {
				want = append(want, o.ID())
			}
		}
		part := detectAt(t, a, d.Day(), now)
		var got []string
		for _, o := range part.Taken {
			got = append(got, o.ID())
		}
		if !slices.Equal(got, want) {
			t.Errorf("as of %s: %v, want %v", now.Format(time.TimeOnly), got, want)
		}
	}
}

func TestSameEventsSameVerdicts(t *testing.T) {
	t.Parallel()
	a, day := rehearsal(t)
	verdicts := func() (ids []string) {
		d := detectAt(t, a, day.Day(), day.Clock())
		for _, o := range append(d.Taken, d.Refused...) {
			ids = append(ids, o.ID()+o.Refused)
		}
		return ids
	}
	if a, b := verdicts(), verdicts(); !slices.Equal(a, b) {
		t.Error("two replays of the same events differ")
	}
}

func TestDemoAndRealNeverMix(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	if _, err := Open(t.Context(), Options{DatabaseURL: url, Demo: true}); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("demo in DATABASE_URL: %v, want ErrInvalid", err)
	}
	a, err := Open(t.Context(), Options{DatabaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Setup(t.Context(), false, now); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Setup(t.Context(), true, now); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("synthetic set-up of a real database: %v, want ErrConflict", err)
	}
}

// On the captured days: every game that at some moment two independent books
// quoted on one line has a comparison with its EV, and none uses a price from
// after its own time.
func TestRealCapture(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/boltodds/*changes*.csv*")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/boltodds")
	}
	a := &App{DB: storetest.Open(t)}
	f, err := boltodds.Format()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var days []mlb.Date
	for _, name := range files {
		body, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		if _, err := ingest.Odds(t.Context(), a.DB, f, name, body, ingest.Options{Now: now}); err != nil {
			t.Fatal(err)
		}
	}
	games, err := a.DB.GamesBetween(t.Context(), mlb.Date{Year: 2000, Month: 1, Day: 1}, mlb.Date{Year: 2030, Month: 1, Day: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range games {
		if !slices.Contains(days, g.Date) {
			days = append(days, g.Date)
		}
	}
	for _, day := range days {
		d := detectAt(t, a, day, now)
		compared := map[mlb.GameID]bool{}
		for _, o := range append(d.Taken, d.Refused...) {
			if o.PriceObservedAt.After(o.DetectedAt) || o.PriceAge < 0 || !o.DetectedAt.Before(d.Games[o.Game].Start) {
				t.Errorf("looks ahead: %+v", o)
			}
			if o.Fair != nil {
				compared[o.Game] = true
			}
			if o.Fair == nil && o.Refused == "" {
				t.Errorf("taken without a fair price: %+v", o)
			}
		}
		for id, g := range d.Games {
			if want := comparable2(t, a, g); want && !compared[id] {
				t.Errorf("%s %s: two independent books, and no comparison", day, g.Matchup())
			}
		}
	}
}

// comparable2 finds, the plain way, whether two feeds ever quoted both sides
// of one line at one capture before the start.
func comparable2(t *testing.T, a *App, g mlb.Game) bool {
	t.Helper()
	ticks, err := a.DB.Ticks(t.Context(), []mlb.GameID{g.ID})
	if err != nil {
		t.Fatal(err)
	}
	books, err := mlb.Books()
	if err != nil {
		t.Fatal(err)
	}
	brands := map[mlb.BookID]mlb.Brand{}
	for _, b := range books {
		brands[b.ID] = b.Brand
	}
	type at struct {
		when string
		key  mlb.LineKey
	}
	sums := map[at]map[string]float64{} // booksum by feed, of books with both sides at this capture
	for _, q := range ticks {
		if b := brands[q.Book]; !q.ObservedAt.Before(g.Start) || !b.Kind.Votes() || b.Sharp <= 0 {
			continue
		}
		k := at{q.ObservedAt.Format(time.RFC3339Nano), q.LineKey}
		if sums[k] == nil {
			sums[k] = map[string]float64{}
		}
		sums[k][brands[q.Book].Feed] += q.Price.Prob()
	}
	for _, feeds := range sums {
		n := 0
		for _, sum := range feeds {
			if sum >= 1 && sum <= 1.15 {
				n++
			}
		}
		if n >= 2 {
			return true
		}
	}
	return false
}
