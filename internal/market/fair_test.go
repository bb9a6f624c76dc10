package market

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// near tells whether two numbers agree to what was worked out by hand.
func near(got, want float64) bool { return math.Abs(got-want) < 1e-6 }

// -150/+130 is .582712 and -140/+120 is .564488 by the odds-ratio method; the
// rest was worked out from the formulas at Fair.
func TestFair(t *testing.T) {
	for _, c := range []struct {
		name    string
		act     func(floor)
		p, se   float64
		weights []float64 // in order of the books
	}{
		{"two books of one age, by their priors", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.quote("12:00", delta, moneyline, -140, 120)
		}, .577526, .009890, []float64{.714286, .285714}},
		{"an older price weighs less", func(f floor) {
			f.quote("11:55", alpha, moneyline, -150, 130)
			f.quote("12:00", delta, moneyline, -140, 120)
		}, .576206, .009457, []float64{.641748, .358252}},
		{"a poll gives the weight back", func(f floor) {
			f.quote("11:30", alpha, moneyline, -150, 130)
			f.quote("12:00", delta, moneyline, -140, 120)
			f.poll("12:00", alpha)
		}, .577526, .009890, []float64{.714286, .285714}},
		{"two books of one feed are one voice, shared", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.quote("12:00", beta, moneyline, -140, 120)
			f.quote("12:00", lowbeta, moneyline, -140, 120)
		}, .576660, .009588, []float64{.666667, .166667, .166667}},
		{"one of them alone is the same voice", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.quote("12:00", beta, moneyline, -140, 120)
		}, .576660, .009588, []float64{.666667, .333333}},
		{"books that agree are still not exact", func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:00", delta, moneyline, -110, -110)
		}, .5, .0025, []float64{.714286, .285714}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open()
			c.act(f)
			v := f.at("12:00")
			home, left, why := v.Fair(moneyline, mlb.Home)
			if home == nil || len(left) > 0 || why != "" {
				t.Fatalf("got %v, left out %v, %q", home, left, why)
			}
			if !near(home.Probability, c.p) || !near(home.SE, c.se) {
				t.Errorf("got %.6f, give or take %.6f; want %.6f, %.6f", home.Probability, home.SE, c.p, c.se)
			}
			var weights []float64
			for _, s := range home.Sources {
				weights = append(weights, s.Weight)
			}
			if !slices.EqualFunc(weights, c.weights, near) {
				t.Errorf("weights: got %.6f, want %.6f", weights, c.weights)
			}
			away, _, _ := v.Fair(moneyline, mlb.Away)
			if !near(away.Probability, 1-c.p) || !near(away.SE, c.se) {
				t.Errorf("the other side: got %.6f, give or take %.6f; want %.6f, %.6f", away.Probability, away.SE, 1-c.p, c.se)
			}
		})
	}
}

func TestFairSources(t *testing.T) {
	f := open()
	f.quote("11:50", delta, total85, -140, 120)
	f.quote("12:00", alpha, total85, -150, 130)
	under, _, _ := f.at("12:00").Fair(total85, mlb.Under)
	want := []mlb.FairSource{
		{Book: alpha, Probability: 1 - .582712, Age: 0},
		{Book: delta, Probability: 1 - .564488, Age: 10 * time.Minute},
	}
	for i, s := range under.Sources {
		if s.Book != want[i].Book || !near(s.Probability, want[i].Probability) || s.Age != want[i].Age {
			t.Errorf("source %d: got %+v, want %+v", i, s, want[i])
		}
	}
	if len(under.Sources) != len(want) {
		t.Errorf("got %d sources, want %d", len(under.Sources), len(want))
	}
}

// Every reason to leave a book out, beside two good ones; and what is left
// when it is one of the two.
func TestExclusions(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(floor)
		want string // "" for none
	}{
		{"a good book", func(f floor) { f.quote("12:00", delta, total85, -110, -110) }, ""},
		{"as old as may be", func(f floor) { f.quote("11:45", delta, total85, -110, -110) }, ""},
		{"an exchange", func(f floor) { f.quote("12:00", exchange, total85, -105, -105) }, ""},
		{"no margin at all", func(f floor) { f.quote("12:00", delta, total85, 100, 100) }, ""},
		{"stale", func(f floor) { f.quote("11:44", delta, total85, -110, -110) }, "delta: stale, 16m"},
		{"stale for hours", func(f floor) { f.quote("09:00", delta, total85, -110, -110) }, "delta: stale, 3.0h"},
		{"first side only", func(f floor) { f.quote("12:00", delta, total85, -110, 0) }, "delta: one-sided"},
		{"second side only", func(f floor) { f.quote("12:00", delta, total85, 0, -110) }, "delta: one-sided"},
		{"one side withdrawn", func(f floor) {
			f.quote("11:59", delta, total85, -110, -110)
			f.Withdraw(total85, delta, mlb.Under, clock("12:00"))
		}, "delta: one-sided"},
		{"booksum above the range", func(f floor) { f.quote("12:00", delta, total85, -140, -140) }, "delta: booksum 1.167"},
		{"booksum below the range", func(f floor) { f.quote("12:00", delta, total85, 120, 120) }, "delta: booksum 0.909"},
		{"booksum in the range but below 1", func(f floor) { f.quote("12:00", delta, total85, 102, 102) }, "delta: booksum below 1"},
		{"consensus", func(f floor) { f.quote("12:00", consensus, total85, -110, -110) }, "consensus: no vote"},
		{"opening line", func(f floor) { f.quote("12:00", opener, total85, -110, -110) }, "opener: no vote"},
		{"daily fantasy", func(f floor) { f.quote("12:00", pickem, total85, -110, -110) }, "pickem: no vote"},
		{"without a prior", func(f floor) { f.quote("12:00", unrated, total85, -110, -110) }, "unrated: no vote"},
		{"in no directory", func(f floor) { f.quote("12:00", nobody, total85, -110, -110) }, ": no vote"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open()
			c.act(f)
			f.quote("12:00", alpha, total85, -110, -110)
			f.quote("12:00", beta, total85, -110, -110)
			fair, left, why := f.at("12:00").Fair(total85, mlb.Over)
			if fair == nil {
				t.Fatalf("two good books: got no fair price, %q", why)
			}
			if got := said(left); got != c.want {
				t.Errorf("left out: got %q, want %q", got, c.want)
			}
			if got, want := len(fair.Sources), map[bool]int{true: 3, false: 2}[c.want == ""]; got != want {
				t.Errorf("got %d sources, want %d", got, want)
			}

			f = open()
			c.act(f)
			f.quote("12:00", alpha, total85, -110, -110)
			fair, left, why = f.at("12:00").Fair(total85, mlb.Over)
			if got := said(left); (fair != nil) != (c.want == "") || (why == "") != (c.want == "") || got != c.want {
				t.Errorf("with one good book: got %v, %q, left out %q", fair, why, got)
			}
		})
	}
}

func said(left []Exclusion) string {
	var all []string
	for _, x := range left {
		all = append(all, x.Book.Brand.Slug+": "+x.Reason)
	}
	return strings.Join(all, "; ")
}

// A price is only compared with prices of its own line, period and market.
func TestLinesAreNotMixed(t *testing.T) {
	f := open()
	f.quote("12:00", alpha, total85, -110, -110)
	f.quote("12:00", beta, total8, -110, -110)
	f.quote("12:00", alpha, moneyline, -110, -110)
	f.quote("12:00", beta, firstFive, -110, -110)
	other := runLine
	other.Line = 3 // home +1.5, not home -1.5
	f.quote("12:00", alpha, runLine, -110, -110)
	f.quote("12:00", beta, other, -110, -110)
	v := f.at("12:00")
	for key, book := range map[mlb.LineKey]string{
		total85: "alpha", total8: "beta", moneyline: "alpha", firstFive: "beta", runLine: "alpha", other: "beta",
	} {
		first, _ := key.Market.Sides()
		fair, left, why := v.Fair(key, first)
		if want := "one independent fresh book (" + book + "); 2 needed"; fair != nil || len(left) > 0 || why != want {
			t.Errorf("%v: got %v, %v, %q; want %q", key, fair, left, why, want)
		}
	}
}

func TestNoFairPrice(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(floor)
		want string
	}{
		{"nothing", func(floor) {}, "no fresh two-sided book; 2 independent ones needed"},
		{"two books of one feed", func(f floor) {
			f.quote("12:00", beta, moneyline, -150, 130)
			f.quote("12:00", lowbeta, moneyline, -150, 130)
		}, "one independent fresh book (beta, lowbeta); 2 needed"},
		{"one fresh and two stale of four", func(f floor) {
			f.quote("11:40", delta, moneyline, -150, 130)
			f.quote("11:30", alpha, moneyline, -150, 130)
			f.quote("12:00", beta, moneyline, -150, 130)
			f.quote("12:00", consensus, moneyline, -150, 130)
		}, "one independent fresh book (beta); 2 needed; left out: alpha stale, 30m, consensus no vote, delta stale, 20m"},
		{"two licences of one brand, said once", func(f floor) {
			nj := directory()[delta-1]
			nj.ID = 100
			f.books[nj.ID] = nj
			f.quote("11:30", delta, moneyline, -150, 130)
			f.quote("11:30", nj.ID, moneyline, -150, 130)
		}, "no fresh two-sided book; 2 independent ones needed; left out: delta stale, 30m"},
		{"prices from after the moment", func(f floor) {
			f.quote("12:01", alpha, moneyline, -150, 130)
			f.quote("12:01", beta, moneyline, -150, 130)
		}, "no fresh two-sided book; 2 independent ones needed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open()
			c.act(f)
			for _, side := range []mlb.Side{mlb.Home, mlb.Away} {
				if fair, _, why := f.at("12:00").Fair(moneyline, side); fair != nil || why != c.want {
					t.Errorf("%s: got %v, %q; want %q", side, fair, why, c.want)
				}
			}
		})
	}
}

func TestMinFeeds(t *testing.T) {
	with := func(feeds int, books ...mlb.BookID) (*mlb.Fair, string) {
		cfg := DefaultConfig()
		cfg.MinFeeds = feeds
		f := floor{New(directory(), cfg)}
		for _, b := range books {
			f.quote("12:00", b, moneyline, -150, 130)
		}
		fair, _, why := f.at("12:00").Fair(moneyline, mlb.Home)
		return fair, why
	}
	const want = "2 independent fresh books (alpha, beta, lowbeta); 3 needed"
	if fair, why := with(3, alpha, beta, lowbeta); fair != nil || why != want {
		t.Errorf("two feeds of three: got %v, %q; want %q", fair, why, want)
	}
	if fair, why := with(3, alpha, beta, delta); fair == nil {
		t.Errorf("three feeds of three: got none, %q", why)
	}
	// One book has no spread, so nothing is known of its error: whatever is
	// configured, two are needed.
	for feeds := range 2 {
		if fair, why := with(feeds, alpha); fair != nil || why != "one independent fresh book (alpha); 2 needed" {
			t.Errorf("%d feeds asked for: got %v, %q", feeds, fair, why)
		}
		if fair, _ := with(feeds); fair != nil {
			t.Errorf("%d feeds asked for, none there: got %v", feeds, fair)
		}
	}
}

// Every method of taking out the margin gives a fair price.
func TestFairByEveryMethod(t *testing.T) {
	for _, m := range odds.Methods() {
		cfg := DefaultConfig()
		cfg.Method = m
		f := floor{New(directory(), cfg)}
		f.quote("12:00", alpha, moneyline, -150, 130)
		f.quote("12:00", beta, moneyline, -150, 130)
		fair, _, why := f.at("12:00").Fair(moneyline, mlb.Home)
		want, err := odds.Devig2(m, .6, 100./230)
		if err != nil {
			t.Fatal(err)
		}
		if fair == nil || !near(fair.Probability, want) {
			t.Errorf("%s: got %v, %q; want %.6f", m, fair, why, want)
		}
	}
}

func TestFairProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := hearing(drawMarket(t)).View(game, clock("12:30"))
		first, _, why1 := v.Fair(total85, mlb.Over)
		second, _, why2 := v.Fair(total85, mlb.Under)
		if why1 != why2 || (first == nil) != (second == nil) || (first == nil) != (why1 != "") {
			t.Fatalf("over: %v, %q; under: %v, %q", first, why1, second, why2)
		}
		if first == nil {
			return
		}
		if sum := first.Probability + second.Probability; math.Abs(sum-1) > 1e-12 {
			t.Fatalf("the sides sum to %v", sum)
		}
		for _, fair := range []*mlb.Fair{first, second} {
			checkFair(t, v, fair)
		}
	})
}

// drawMarket is a total of 8.5 at books of every kind, at prices a book might
// have, some of them old.
func drawMarket(t *rapid.T) []event {
	var all []event
	for book := alpha; book <= unrated; book++ {
		at := rapid.IntRange(0, 30).Draw(t, "minute")
		for _, side := range []mlb.Side{mlb.Over, mlb.Under} {
			all = append(all, event{at, book, total85, side, price(rapid.SampledFrom(prices).Draw(t, "price"))})
		}
	}
	return all
}

func checkFair(t *rapid.T, v View, fair *mlb.Fair) {
	t.Helper()
	lo, hi, sum := 1.0, 0.0, 0.0
	feeds := map[string]bool{}
	for _, s := range fair.Sources {
		lo, hi, sum = min(lo, s.Probability), max(hi, s.Probability), sum+s.Weight
		feeds[v.Book(s.Book).Brand.Feed] = true
		if s.Weight <= 0 || s.Age < 0 || s.Age > v.MaxAge() || !v.Book(s.Book).Brand.Kind.Votes() {
			t.Fatalf("source %+v: want a fresh book with a weight", s)
		}
	}
	if math.Abs(sum-1) > 1e-12 {
		t.Fatalf("the weights sum to %v", sum)
	}
	if fair.Probability < lo-1e-12 || fair.Probability > hi+1e-12 {
		t.Fatalf("%v is outside its sources, %v to %v", fair.Probability, lo, hi)
	}
	// Written so that no number at all fails too.
	if least := gridSE * fair.Probability * (1 - fair.Probability); !(fair.SE >= least*(1-1e-12) && fair.SE < 1) {
		t.Fatalf("standard error %v, want at least %v", fair.SE, least)
	}
	if len(feeds) < 2 {
		t.Fatalf("%d independent sources: %+v", len(feeds), fair.Sources)
	}
}

// Copying a book's prices under other names of the same feed is no evidence:
// neither the fair price nor its standard error moves.
func TestCopiesAreNoEvidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		books := directory()
		copies := rapid.IntRange(1, 30).Draw(t, "copies")
		for i := range copies {
			b := books[beta-1]
			b.ID = mlb.BookID(100 + i)
			b.Licence = fmt.Sprint(i)
			books = append(books, b)
		}
		one, many := open(), floor{New(books, DefaultConfig())}
		for _, book := range []mlb.BookID{alpha, beta, delta} {
			first := rapid.SampledFrom([]odds.American{-130, -120, -110, 100}).Draw(t, "price")
			at := rapid.SampledFrom([]string{"12:00", "12:05", "12:10"}).Draw(t, "time")
			one.quote(at, book, total85, first, -110)
			many.quote(at, book, total85, first, -110)
			for i := range copies {
				if book == beta {
					many.quote(at, mlb.BookID(100+i), total85, first, -110)
				}
			}
		}
		got, _, _ := many.at("12:10").Fair(total85, mlb.Over)
		want, _, _ := one.at("12:10").Fair(total85, mlb.Over)
		if math.Abs(got.Probability-want.Probability) > 1e-12 || math.Abs(got.SE-want.SE) > 1e-12 {
			t.Fatalf("with %d copies %v, give or take %v; without %v, %v", copies, got.Probability, got.SE, want.Probability, want.SE)
		}
	})
}

func TestShort(t *testing.T) {
	for in, want := range map[time.Duration]string{
		0: "0s", 45 * time.Second: "45s", time.Minute - 1: "59s", time.Minute: "1m", 12*time.Minute + 59*time.Second: "12m",
		time.Hour: "1.0h", 90 * time.Minute: "1.5h", 30 * time.Hour: "30.0h",
	} {
		if got := Short(in); got != want {
			t.Errorf("Short(%v): got %q, want %q", in, got, want)
		}
	}
}
