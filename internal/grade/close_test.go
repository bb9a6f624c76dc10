package grade

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

func price(t testing.TB, a odds.American) odds.Price {
	t.Helper()
	p, err := odds.FromAmerican(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// quote is a price a book told minutes before (or after, if negative) 23:05;
// 0 takes its price back.
func quote(t testing.TB, minutes float64, a odds.American) mlb.Quote {
	t.Helper()
	q := mlb.Quote{Book: 1, Side: mlb.Home, ObservedAt: before(minutes)}
	if a != 0 {
		q.Price = price(t, a)
	}
	return q
}

func before(minutes float64) time.Time {
	return scheduled.Add(-time.Duration(minutes * float64(time.Minute)))
}

func TestClosingQuote(t *testing.T) {
	allowed := MaxAge{Default: 30 * time.Minute, Book: map[mlb.BookID]time.Duration{2: 2 * time.Hour}}
	slow := quote(t, 90, -115)
	slow.Book = 2
	for name, c := range map[string]struct {
		quotes  []mlb.Quote
		polls   []time.Time
		start   mlb.Cutoff
		want    odds.American // 0: no price
		final   bool
		missing Missing
		late    int
		age     time.Duration
	}{
		"last before": {
			[]mlb.Quote{quote(t, 60, -110), quote(t, 2, -120), quote(t, 30, -115)},
			nil, mlb.CutoffOf(scheduled, time.Time{}), -120, true, "", 0, 2 * time.Minute,
		},
		"live odds are not a close": {
			[]mlb.Quote{quote(t, 5, -110), quote(t, 0, -130), quote(t, -20, -400)},
			nil, mlb.CutoffOf(scheduled, time.Time{}), -110, true, "", 2, 5 * time.Minute,
		},
		"the first pitch was late": { // a price seen after the schedule is still before the game
			[]mlb.Quote{quote(t, 5, -110), quote(t, -20, -118), quote(t, -40, -300)},
			nil, mlb.CutoffOf(before(-30), scheduled), -118, true, "", 1, 10 * time.Minute,
		},
		"the first pitch was early": {
			[]mlb.Quote{quote(t, 25, -110), quote(t, 5, -300)},
			nil, mlb.CutoffOf(before(10), scheduled), -110, true, "", 1, 15 * time.Minute,
		},
		"none": {nil, nil, mlb.CutoffOf(scheduled, time.Time{}), 0, false, MissingQuote, 0, 0},
		"only live": {
			[]mlb.Quote{quote(t, -1, -110)}, nil, mlb.CutoffOf(time.Time{}, scheduled), 0, false, MissingQuote, 1, 0,
		},
		"no start": {[]mlb.Quote{quote(t, 5, -110)}, nil, mlb.Cutoff{}, 0, false, MissingStart, 0, 0},
		"just not stale": {
			[]mlb.Quote{quote(t, 30, -110)}, nil, mlb.CutoffOf(scheduled, time.Time{}), -110, true, "", 0, 30 * time.Minute,
		},
		"stale": {
			[]mlb.Quote{quote(t, 31, -110)}, nil, mlb.CutoffOf(scheduled, time.Time{}), -110, false, MissingPoll, 0, 31 * time.Minute,
		},
		"quiet but looked at": {
			[]mlb.Quote{quote(t, 300, -110)},
			[]time.Time{before(200), before(3), before(-5)},
			mlb.CutoffOf(scheduled, time.Time{}), -110, true, "", 0, 3 * time.Minute,
		},
		"a book looked at less often": {
			[]mlb.Quote{slow}, nil, mlb.CutoffOf(scheduled, time.Time{}), -115, true, "", 0, 90 * time.Minute,
		},
		"withdrawn": { // and never back to the price before
			[]mlb.Quote{quote(t, 20, -110), quote(t, 10, 0)},
			[]time.Time{before(2)},
			mlb.CutoffOf(scheduled, time.Time{}), 0, false, MissingOffer, 0, 0,
		},
		"withdrawn and offered again": {
			[]mlb.Quote{quote(t, 20, -110), quote(t, 10, 0), quote(t, 4, -125)},
			nil, mlb.CutoffOf(scheduled, time.Time{}), -125, true, "", 0, 4 * time.Minute,
		},
		"two at one moment": { // the later told
			[]mlb.Quote{quote(t, 5, -110), quote(t, 5, -112)}, nil, mlb.CutoffOf(scheduled, time.Time{}), -112, true, "", 0, 5 * time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := ClosingQuote(c.quotes, c.polls, c.start, allowed)
			var want odds.Price
			if c.want != 0 {
				want = price(t, c.want)
			}
			if got.Quote.Price != want || got.Final != c.final || got.Missing != c.missing || got.Late != c.late ||
				got.Age != c.age || got.Basis != c.start.Basis {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestStartOf(t *testing.T) {
	actual := scheduled.Add(7 * time.Minute)
	for _, c := range []struct{ pitch, scheduled, at time.Time }{
		{actual, scheduled, actual},
		{actual, time.Time{}, actual},
		{time.Time{}, scheduled, scheduled},
		{time.Time{}, time.Time{}, time.Time{}},
	} {
		basis := mlb.ActualStart
		switch {
		case c.at.IsZero():
			basis = mlb.NoStart
		case c.pitch.IsZero():
			basis = mlb.ScheduledStart
		}
		if got := mlb.CutoffOf(c.pitch, c.scheduled); got != (mlb.Cutoff{At: c.at, Basis: basis}) {
			t.Errorf("got %+v", got)
		}
	}
}

// TestCloseIsBeforeStart holds for quotes in any order: the close is before
// the start, none before the start is later, and the order does not matter.
func TestCloseIsBeforeStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := rapid.SliceOfNDistinct(rapid.IntRange(-100, 500), 0, 20, rapid.ID[int]).Draw(t, "minutes")
		var quotes []mlb.Quote
		late, latest := 0, 501
		for i, m := range minutes {
			p, _ := odds.FromAmerican(odds.American(100 + i))
			quotes = append(quotes, mlb.Quote{ObservedAt: before(float64(m)), Price: p})
			if m <= 0 {
				late++
			} else {
				latest = min(latest, m)
			}
		}
		c := ClosingQuote(quotes, nil, mlb.CutoffOf(scheduled, time.Time{}), MaxAge{Default: 1000 * time.Hour})
		if c.Late != late || c.Final != (latest <= 500) {
			t.Fatalf("late %d, final %v", c.Late, c.Final)
		}
		if c.Final && !c.Quote.ObservedAt.Equal(before(float64(latest))) {
			t.Fatalf("close at %s", c.Quote.ObservedAt)
		}
		rand.Shuffle(len(quotes), func(i, j int) { quotes[i], quotes[j] = quotes[j], quotes[i] })
		if again := ClosingQuote(quotes, nil, mlb.CutoffOf(scheduled, time.Time{}), MaxAge{Default: 1000 * time.Hour}); again != c {
			t.Fatalf("in another order %+v", again)
		}
	})
}

// TestCLV has a bet at +120 that closed at +108/-118.
func TestCLV(t *testing.T) {
	closes := func(a odds.American) Close { return Close{Quote: mlb.Quote{Price: price(t, a)}, Final: true} }
	fair, err := FairClose(odds.Multiplicative, closes(108), closes(-118))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "fair close", fair, .470395, 5e-7)
	near(t, "fair decimal", 1/fair, 2.1259, 5e-5)
	v, err := CLVOf(price(t, 120), price(t, 108), fair)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "no-vig CLV", v.NoVig, .03487, 5e-6)
	near(t, "price CLV", v.Price, .05769, 5e-6)
	near(t, "points", v.Points, .01585, 5e-6)
	if v.Cents != 12 {
		t.Errorf("cents %d, want 12", v.Cents)
	}
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestCLVCrossesEven(t *testing.T) {
	v, err := CLVOf(price(t, 105), price(t, -105), 0.5)
	if err != nil || v.Cents != 10 {
		t.Errorf("got %+v, %v; want 10 cents", v, err)
	}
	dec, err := odds.ParseDecimal("2.05")
	if err != nil {
		t.Fatal(err)
	}
	if w, err := CLVOf(dec, price(t, -105), 0.5); err != nil || w != v {
		t.Errorf("decimal form: got %+v, %v; want %+v", w, err, v)
	}
}

func TestCLVRefuses(t *testing.T) {
	huge, err := odds.FromDecimal10k(2_000_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		taken, closing odds.Price
		fair           float64
	}{
		"no price":       {odds.Price{}, price(t, 100), .5},
		"no close":       {price(t, 100), odds.Price{}, .5},
		"fair of 0":      {price(t, 100), price(t, 100), 0},
		"fair of 1":      {price(t, 100), price(t, 100), 1},
		"fair not known": {price(t, 100), price(t, 100), math.NaN()},
		"beyond a price": {huge, price(t, 100), .5},
	} {
		if v, err := CLVOf(c.taken, c.closing, c.fair); !errors.Is(err, mlb.ErrInvalid) || v != (CLV{}) {
			t.Errorf("%s: got %+v, %v", name, v, err)
		}
	}
	good := Close{Quote: mlb.Quote{Price: price(t, 108)}, Final: true}
	for name, c := range map[string]Close{
		"stale":     {Quote: good.Quote, Missing: MissingPoll},
		"arbitrage": {Quote: mlb.Quote{Price: price(t, 108)}, Final: true},
	} {
		if p, err := FairClose(odds.OddsRatio, good, c); !errors.Is(err, mlb.ErrUnavailable) || p != 0 {
			t.Errorf("%s: got %v, %v", name, p, err)
		}
	}
}

// TestCLVSigns: with the close's own fair probability, taking the close itself
// is worth minus its margin, and a longer price is worth more by every
// measure.
func TestCLVSigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Int32Range(10_200, 100_000)
		taken, _ := odds.FromDecimal10k(d.Draw(t, "taken"))
		longer, _ := odds.FromDecimal10k(taken.Int() + rapid.Int32Range(1, 50_000).Draw(t, "longer"))
		closing, _ := odds.FromDecimal10k(d.Draw(t, "close"))
		p := rapid.Float64Range(.01, .99).Draw(t, "fair")
		a, errA := CLVOf(taken, closing, p)
		b, errB := CLVOf(longer, closing, p)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if b.Price <= a.Price || b.NoVig <= a.NoVig || b.Points <= a.Points || b.Cents < a.Cents {
			t.Fatalf("%s: %+v, %s: %+v", taken, a, longer, b)
		}
		if (a.NoVig > 1e-12) != (a.Points > 1e-12/taken.Decimal()) {
			t.Fatalf("signs of %+v", a)
		}
	})
}
