package odds

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// twoWay is the implied probabilities of two outcomes of which some book keeps
// a margin.
func twoWay(t *rapid.T) (q1, q2 float64) {
	q1 = rapid.Float64Range(.001, .999).Draw(t, "q1")
	q2 = rapid.Float64Range(1-q1, .9995).Draw(t, "q2")
	return q1, q2
}

// fair is probabilities of two to six outcomes.
func fair(t *rapid.T) []float64 {
	p := rapid.SliceOfN(rapid.Float64Range(.01, 1), 2, 6).Draw(t, "weights")
	sum := Booksum(p)
	for i := range p {
		p[i] /= sum
	}
	return p
}

// priced is the implied probabilities of two to six outcomes with a margin
// that leaves every one of them below 1.
func priced(t *rapid.T) []float64 {
	q := fair(t)
	k := rapid.Float64Range(1.001, 1.5).Draw(t, "margin")
	for i := range q {
		q[i] = math.Pow(q[i], 1/k)
	}
	return q
}

// devigged is Devig where it must not fail.
func devigged(t *rapid.T, m Method, q []float64) ([]float64, Info) {
	t.Helper()
	p, info, err := Devig(m, q, nil)
	if err != nil {
		t.Fatalf("%s of %v: %v", m, q, err)
	}
	return p, info
}

// devigged2 is Devig2 where it must not fail.
func devigged2(t *rapid.T, m Method, q1, q2 float64) float64 {
	t.Helper()
	p, err := Devig2(m, q1, q2)
	if err != nil {
		t.Fatalf("%s of %v, %v: %v", m, q1, q2, err)
	}
	return p
}

// The vectors come from the sources cited at Method, worked out by hand.
var vectors = []struct {
	a, b        American
	m           Method
	want, param float64
}{
	{-150, 130, Multiplicative, .579832, 0},
	{-150, 130, Additive, .582609, 0},
	{-150, 130, Power, .583983, 1.052970},
	{-150, 130, Shin, .582609, .034815},
	{-150, 130, OddsRatio, .582712, .071550},
	{-150, 130, Probit, .582690, .044568},
	{-150, 130, Goto, .584108, .025127},
	{-300, 240, Multiplicative, .718310, 0},
	{-300, 240, Additive, .727941, 0},
	{-300, 240, Power, .733084, 1.079300},
	{-300, 240, Shin, .727941, .044607},
	{-300, 240, OddsRatio, .728503, .111572},
	{-300, 240, Probit, .728387, .066547},
	{-300, 240, Goto, .733540, .032920},
	{155, -180, Multiplicative, .378890, 0},
	{155, -180, Additive, .374650, 0},
	{155, -180, Power, .372533, 1.054842},
	{155, -180, Shin, .374650, .035093},
	{155, -180, OddsRatio, .374486, .074766},
	{155, -180, Probit, .374521, .046202},
	{155, -180, Goto, .372336, .025423},
}

func TestDevigVectors(t *testing.T) {
	for _, c := range vectors {
		q1, q2 := c.a.Prob(), c.b.Prob()
		if got, err := Devig2(c.m, q1, q2); err != nil || !near(got, c.want, 1e-6) {
			t.Errorf("two-way %s of %s/%s: got %.6f, %v, want %.6f", c.m, c.a, c.b, got, err, c.want)
		}
		p, info, err := Devig(c.m, []float64{q1, q2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !near(p[0], c.want, 1e-6) || !near(info.Param, c.param, 1e-6) {
			t.Errorf("%s of %s/%s: got %.6f (%.6f), want %.6f (%.6f)", c.m, c.a, c.b, p[0], info.Param, c.want, c.param)
		}
	}
}

// These are worked examples of the package shin by M. Berk.
func TestShinVectors(t *testing.T) {
	for _, c := range []struct {
		decimals, want []float64
		z              float64
	}{
		{[]float64{2.6, 2.4, 4.3}, []float64{.372994060, .404779411, .222226529}, .016942513},
		{[]float64{1.5, 2.74}, []float64{.650851582, .349148418}, .031727285},
	} {
		q := each(nil, c.decimals, func(d float64) float64 { return 1 / d })
		got, info, err := Devig(Shin, q, nil)
		if err != nil || !near(info.Param, c.z, 1e-8) {
			t.Fatalf("z of %v: got %v, %v, want %v", c.decimals, info.Param, err, c.z)
		}
		for i := range got {
			if !near(got[i], c.want[i], 1e-8) {
				t.Errorf("Shin of %v: got %.9f, want %.9f", c.decimals, got, c.want)
			}
		}
	}
}

func TestWorstCaseVectors(t *testing.T) {
	for _, c := range []struct {
		a, b         American
		want1, want2 float64
	}{
		{-150, 130, .579832, .415892},
		{-300, 240, .718310, .266460},
		{155, -180, .372336, .621110},
	} {
		got1, got2, err := WorstCase2(c.a.Prob(), c.b.Prob())
		if err != nil || !near(got1, c.want1, 1e-6) || !near(got2, c.want2, 1e-6) {
			t.Errorf("worst case of %s/%s: got %.6f, %.6f, %v, want %.6f, %.6f", c.a, c.b, got1, got2, err, c.want1, c.want2)
		}
	}
}

func TestMargins(t *testing.T) {
	for _, c := range []struct {
		a, b                     American
		booksum, overround, hold float64
	}{
		{-110, -110, 1.047619, .047619, .045455},
		{100, -100, 1, 0, 0},
		{105, -102, .992756, -.007244, -.007297}, // the best of two books
	} {
		b := Booksum([]float64{c.a.Prob(), c.b.Prob()})
		if !near(b, c.booksum, 1e-6) || !near(Overround(b), c.overround, 1e-6) || !near(Hold(b), c.hold, 1e-6) {
			t.Errorf("%s/%s: got booksum %.6f, overround %.6f, hold %.6f, want %.6f, %.6f, %.6f",
				c.a, c.b, b, Overround(b), Hold(b), c.booksum, c.overround, c.hold)
		}
	}
}

func TestMethodString(t *testing.T) {
	for m, want := range map[Method]string{
		0: "method(0)", Multiplicative: "multiplicative", Shin: "shin", OddsRatio: "odds_ratio",
		Goto: "goto", Goto + 1: "method(8)", 255: "method(255)",
	} {
		if got := m.String(); got != want {
			t.Errorf("name of method %d: got %q, want %q", uint8(m), got, want)
		}
	}
	if got, want := len(Methods()), len(methodNames)-1; got != want {
		t.Errorf("methods: got %d, want one for each of %d names", got, want)
	}
}

func TestDevigRefuses(t *testing.T) {
	kept := []float64{42}
	for _, q := range [][]float64{
		{}, {.5}, {math.Nextafter(1, 0)}, // nothing to set against each other
		{.5, math.NaN()}, {math.NaN(), .5, .6}, {0, math.Nextafter(1, 0)}, {.6, 0}, // a price is missing
		{1, .5}, {.5, 1}, {1.2, .5}, {-.1, .9}, {math.Inf(1), .5}, // no such price
		{.4, .5}, {.3, .3, .3}, {.5, .5 - 1e-9}, // below 1: the prices of several books
	} {
		for _, m := range Methods() {
			got, _, err := Devig(m, q, kept)
			if !errors.Is(err, ErrMarket) || !slices.Equal(got, kept) {
				t.Errorf("%s of %v: got %v, %v, want ErrMarket and nothing appended", m, q, got, err)
			}
			if len(q) != 2 {
				continue
			}
			if got, err := Devig2(m, q[0], q[1]); !errors.Is(err, ErrMarket) || got != 0 {
				t.Errorf("two-way %s of %v: got %v, %v, want ErrMarket", m, q, got, err)
			}
		}
		if got, err := WorstCase(q, kept); !errors.Is(err, ErrMarket) || !slices.Equal(got, kept) {
			t.Errorf("worst case of %v: got %v, %v, want ErrMarket and nothing appended", q, got, err)
		}
		if len(q) != 2 {
			continue
		}
		if p1, p2, err := WorstCase2(q[0], q[1]); !errors.Is(err, ErrMarket) || p1 != 0 || p2 != 0 {
			t.Errorf("two-way worst case of %v: got %v, %v, %v, want ErrMarket", q, p1, p2, err)
		}
	}
}

func TestUnknownMethod(t *testing.T) {
	for _, m := range []Method{0, Goto + 1, 255} {
		if got, err := Devig2(m, .6, .5); !errors.Is(err, ErrMarket) {
			t.Errorf("two-way %s: got %v, %v, want ErrMarket", m, got, err)
		}
		if got, _, err := Devig(m, []float64{.6, .5}, nil); !errors.Is(err, ErrMarket) {
			t.Errorf("%s: got %v, %v, want ErrMarket", m, got, err)
		}
	}
}

// A long favourite among outsiders is where subtracting a margin fails.
func TestNegativeIsFlagged(t *testing.T) {
	q := []float64{.87, .2, .1, .05, .02, .01}
	for _, m := range Methods() {
		p, info, err := Devig(m, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		subtracts := m == Additive || m == Goto
		if info.Negative != subtracts || (slices.Min(p) < 0) != subtracts {
			t.Errorf("%s of %v: got %v flagged %v, want flagged %v", m, q, p, info.Negative, subtracts)
		}
	}
}

// A price may be so long that a ratio of probabilities overflows.
func TestDevig2AtTheEnds(t *testing.T) {
	longest, shortest := 1e-320, math.Nextafter(1, 0)
	for _, m := range Methods() {
		for _, c := range []struct{ q1, q2, want float64 }{{shortest, longest, 1}, {longest, shortest, 0}} {
			if got, err := Devig2(m, c.q1, c.q2); err != nil || !near(got, c.want, 1e-12) {
				t.Errorf("%s of %v, %v: got %v, %v, want %v", m, c.q1, c.q2, got, err, c.want)
			}
		}
	}
}

func TestDevigSumsToOneAndKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		for _, m := range Methods() {
			p, info := devigged(t, m, q)
			if got := Booksum(p); !near(got, 1, 1e-9) {
				t.Fatalf("%s of %v: got a sum of %v, want 1", m, q, got)
			}
			if lowest := slices.Min(p); (lowest <= 0) != info.Negative {
				t.Fatalf("%s of %v: got %v flagged %v, want it flagged where not above 0", m, q, p, info.Negative)
			}
			for i := range q {
				for j := range q {
					if q[i] < q[j] && p[i] > p[j]+1e-12 {
						t.Fatalf("%s of %v: got %v, want the same order", m, q, p)
					}
				}
			}
		}
	})
}

func TestDevigTakesMarginFromEveryOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		for _, m := range Methods() {
			p, _ := devigged(t, m, q)
			for i := range q {
				if p[i] >= q[i] {
					t.Fatalf("%s of %v: got %v, want each below its price", m, q, p)
				}
			}
		}
	})
}

func TestDevigDoesNotMindTheOrderOfOutcomes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		turned := slices.Clone(q)
		slices.Reverse(turned)
		for _, m := range Methods() {
			want, _ := devigged(t, m, q)
			got, _ := devigged(t, m, turned)
			slices.Reverse(got)
			for i := range got {
				if !near(got[i], want[i], 1e-9) {
					t.Fatalf("%s of %v turned round: got %v, want %v", m, q, got, want)
				}
			}
		}
	})
}

func TestDevigAppends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		for _, m := range Methods() {
			p, want := devigged(t, m, q)
			got, info, err := Devig(m, q, []float64{-42})
			if err != nil || !slices.Equal(got, append([]float64{-42}, p...)) || info != want {
				t.Fatalf("%s of %v after -42: got %v %+v, %v, want %v %+v", m, q, got, info, err, p, want)
			}
		}
	})
}

// scales say, for each method, what a margin changes by the same amount for
// every outcome, and how that amount relates to the parameter reported.
var scales = []struct {
	m     Method
	shift func(q, p, b float64) float64
	want  func(param, b float64, n int) float64
}{
	{Multiplicative, func(q, p, _ float64) float64 { return q / p }, func(_, b float64, _ int) float64 { return b }},
	{Additive, func(q, p, _ float64) float64 { return q - p }, func(_, b float64, n int) float64 { return (b - 1) / float64(n) }},
	{Power, func(q, p, _ float64) float64 { return math.Log(p) / math.Log(q) }, param},
	{Shin, func(q, p, b float64) float64 { return (q*q/b - p*p) / (p - p*p) }, param},
	{OddsRatio, func(q, p, _ float64) float64 { return Logit(q) - Logit(p) }, param},
	{Probit, func(q, p, _ float64) float64 { return probit(q) - probit(p) }, param},
	{Goto, func(q, p, _ float64) float64 { return (q - p) / math.Sqrt(1-q) }, param},
}

func param(param, _ float64, _ int) float64 { return param }

func TestEachMethodShiftsItsOwnScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		b := Booksum(q)
		for _, s := range scales {
			p, info := devigged(t, s.m, q)
			want := s.want(info.Param, b, len(q))
			for i := range q {
				if got := s.shift(q[i], p[i], b); !near(got, want, 1e-8) {
					t.Fatalf("shift of %s of %v to %v: got %v at %v, want %v", s.m, q, p, got, q[i], want)
				}
			}
		}
	})
}

func TestParamGrowsWithTheMargin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := fair(t)
		room := 1 / slices.Max(p)
		less := rapid.Float64Range(.01, .5).Draw(t, "less")
		more := rapid.Float64Range(less+.01, .9).Draw(t, "more")
		scaled := func(share float64) []float64 {
			return each(nil, p, func(x float64) float64 { return x * (1 + share*(room-1)) })
		}
		for _, m := range []Method{Power, Shin, OddsRatio, Probit, Goto} {
			_, low := devigged(t, m, scaled(less))
			_, high := devigged(t, m, scaled(more))
			if low.Param >= high.Param {
				t.Fatalf("%s of %v: got %v for %v of the room and %v for %v, want growth", m, p, low.Param, less, high.Param, more)
			}
		}
	})
}

// Rounding can bring a booksum below 1 and Devig lets that pass, so that the
// methods have to cope with it; a wide gap shows whether they do.
func TestBooksumBelowOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.Float64Range(.8, 1).Draw(t, "scale")
		q := each(nil, fair(t), func(x float64) float64 { return x * scale })
		b := Booksum(q)
		for _, m := range Methods() {
			p, info, err := devig(m, q, b, nil)
			if err != nil || !near(Booksum(p), 1, 1e-9) {
				t.Fatalf("%s of %v: got %v, %v, want a sum of 1", m, q, p, err)
			}
			if m == Shin && (!near(info.Param, 0, 1e-12) || !near(p[0], q[0]/b, 1e-12)) {
				t.Fatalf("Shin of %v: got %v with z %v, want no insiders", q, p, info.Param)
			}
			if len(q) != 2 {
				continue
			}
			if two, err := devig2(m, q[0], q[1]); err != nil || !near(two, p[0], 1e-9) {
				t.Fatalf("two-way %s of %v: got %v, %v, want %v", m, q, two, err, p[0])
			}
		}
	})
}

// Without a margin every method leaves the prices as they are.
func TestFairPricesStayAsTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := fair(t)
		for _, m := range Methods() {
			p, info := devigged(t, m, q)
			want := 0.0
			if m == Power {
				want = 1
			}
			if !near(info.Param, want, 1e-9) {
				t.Fatalf("%s of fair %v: got parameter %v, want %v", m, q, info.Param, want)
			}
			for i := range q {
				if !near(p[i], q[i], 1e-9) {
					t.Fatalf("%s of fair %v: got %v, want no change", m, q, p)
				}
			}
		}
	})
}

// A margin that multiplies all prices alike is no news to the multiplicative
// method.
func TestMultiplicativeIgnoresScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := fair(t)
		scale := rapid.Float64Range(1, 1/slices.Max(want)-1e-9).Draw(t, "scale")
		got, _ := devigged(t, Multiplicative, each(nil, want, func(x float64) float64 { return x * scale }))
		for i := range got {
			if !near(got[i], want[i], 1e-12) {
				t.Fatalf("got %v, want %v", got, want)
			}
		}
	})
}

func TestTwoWayIsAProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1, q2 := twoWay(t)
		for _, m := range Methods() {
			p1, p2 := devigged2(t, m, q1, q2), devigged2(t, m, q2, q1)
			if !(p1 > 0 && p1 < 1) || !near(p1+p2, 1, 1e-12) {
				t.Fatalf("%s of %v, %v: got %v and %v, want them to share 1", m, q1, q2, p1, p2)
			}
		}
	})
}

func TestTwoWayOfEvenPricesIsAHalf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.Float64Range(.5, .999).Draw(t, "q")
		for _, m := range Methods() {
			if got := devigged2(t, m, q, q); !near(got, .5, 1e-14) {
				t.Fatalf("%s of %v, %v: got %v, want 0.5", m, q, q, got)
			}
		}
	})
}

func TestTwoWayGrowsWithThePrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1, q2 := twoWay(t)
		shorter := rapid.Float64Range(q1, .9995).Draw(t, "shorter")
		for _, m := range Methods() {
			if low, high := devigged2(t, m, q1, q2), devigged2(t, m, shorter, q2); high < low-1e-12 {
				t.Fatalf("%s beside %v: got %v at %v and %v at %v, want no fall", m, q2, low, q1, high, shorter)
			}
		}
	})
}

// The methods differ in how much they take off outsiders; the multiplicative
// one takes least.
func TestMultiplicativeIsKindestToOutsiders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1, q2 := twoWay(t)
		outsider, favourite := min(q1, q2), max(q1, q2)
		most := devigged2(t, Multiplicative, outsider, favourite)
		for _, m := range Methods() {
			if got := devigged2(t, m, outsider, favourite); got > most+1e-12 {
				t.Fatalf("%s of %v beside %v: got %v, want at most %v", m, outsider, favourite, got, most)
			}
		}
	})
}

func TestTwoWayShinIsAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1, q2 := twoWay(t)
		p, info := devigged(t, Shin, []float64{q1, q2})
		if want := devigged2(t, Additive, q1, q2); !near(p[0], want, 1e-9) {
			t.Fatalf("Shin of %v, %v: got %v, want %v", q1, q2, p[0], want)
		}
		b, d := q1+q2, q1-q2
		if want := (b - 1) * (d*d - b) / (b * (d*d - 1)); !near(info.Param, want, 1e-9) {
			t.Fatalf("z of %v, %v: got %v, want %v", q1, q2, info.Param, want)
		}
	})
}

func TestDevigAgreesWithTwoWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1, q2 := twoWay(t)
		for _, m := range Methods() {
			want := devigged2(t, m, q1, q2)
			if got, _ := devigged(t, m, []float64{q1, q2}); !near(got[0], want, 1e-9) || !near(got[1], 1-want, 1e-9) {
				t.Fatalf("%s of %v, %v: got %v, want %v", m, q1, q2, got, want)
			}
		}
	})
}

func TestWorstCaseIsTheLeastOfTheMethods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		want := slices.Repeat([]float64{1}, len(q))
		for _, m := range Methods() {
			p, _ := devigged(t, m, q)
			for i := range p {
				want[i] = min(want[i], p[i])
			}
		}
		got, err := WorstCase(q, []float64{42})
		if err != nil || !slices.Equal(got, append([]float64{42}, want...)) {
			t.Fatalf("worst case of %v: got %v, %v, want %v", q, got, err, want)
		}
	})
}

func TestWorstCase2IsTheLeastOfTheMethods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1, q2 := twoWay(t)
		want1, want2 := 1.0, 1.0
		for _, m := range Methods() {
			want1 = min(want1, devigged2(t, m, q1, q2))
			want2 = min(want2, devigged2(t, m, q2, q1))
		}
		got1, got2, err := WorstCase2(q1, q2)
		if err != nil || !near(got1, want1, 1e-12) || !near(got2, want2, 1e-12) {
			t.Fatalf("worst case of %v, %v: got %v, %v, %v, want %v, %v", q1, q2, got1, got2, err, want1, want2)
		}
		if got1+got2 > 1+1e-12 {
			t.Fatalf("worst case of %v, %v: got a sum of %v, want at most 1", q1, q2, got1+got2)
		}
	})
}

// Far from its root a function of probabilities is flat to the last bit and
// Newton's step infinite.
func TestSolveFindsAFarRoot(t *testing.T) {
	for _, want := range []float64{0, 1, 1000, -900, 1e6} {
		got := solve(func(x float64) (y, dy float64) {
			y = Sigmoid(want - x)
			return y - .5, -y * (1 - y)
		}, 0)
		if !near(got, want, 1e-12*(1+math.Abs(want))) {
			t.Errorf("got root %v, want %v", got, want)
		}
	}
}

// The search must end where rounding keeps the sum from being exactly 1, not
// go on bisecting.
func TestSolveStopsAtTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := priced(t)
		calls := 0
		solve(func(k float64) (y, dy float64) {
			calls++
			y = -1
			for _, x := range q {
				p := math.Pow(x, k)
				y, dy = y+p, dy+p*math.Log(x)
			}
			return y, dy
		}, 1)
		if calls > 12 {
			t.Fatalf("power of %v: got %d evaluations, want at most 12", q, calls)
		}
	})
}
