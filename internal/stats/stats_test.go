package stats

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func near(t rapid.TB, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// told is n forecasts of p, of which k happened.
func told(p float64, k, n int) (fs []Forecast) {
	for i := range n {
		fs = append(fs, Forecast{p, i < k})
	}
	return fs
}

func forecasts(t *rapid.T) []Forecast {
	n := rapid.IntRange(1, 80).Draw(t, "n")
	fs := make([]Forecast, n)
	for i := range fs {
		fs[i] = Forecast{rapid.Float64Range(0, 1).Draw(t, "p"), rapid.Bool().Draw(t, "happened")}
	}
	return fs
}

func TestBrier(t *testing.T) {
	for _, c := range []struct {
		fs   []Forecast
		want float64
	}{
		{[]Forecast{{1, true}, {0, false}}, 0},
		{[]Forecast{{0, true}, {1, false}}, 1},
		{told(.5, 3, 7), .25},
		{[]Forecast{{.7, true}, {.6, false}, {.2, false}}, (.09 + .36 + .04) / 3},
	} {
		got, err := Brier(c.fs)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "Brier", got, c.want, 1e-15)
	}
}

// TestDecompose has 10 forecasts of .2, of which 3 came true, and 10 of .7, of
// which 6 did: reliability (.1^2 + .1^2)/2, resolution .15^2, uncertainty
// .45*.55.
func TestDecompose(t *testing.T) {
	m, err := Decompose(append(told(.2, 3, 10), told(.7, 6, 10)...), 10)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "reliability", m.Reliability, .01, 1e-15)
	near(t, "resolution", m.Resolution, .0225, 1e-15)
	near(t, "uncertainty", m.Uncertainty, .2475, 1e-15)
	near(t, "within bins", m.WithinBins, 0, 1e-15)
	near(t, "Brier", m.Brier, .235, 1e-15)
	if b := m.Bins[2]; b.N != 10 || b.Happened != 3 || b.Low != .2 || b.High != .3 {
		t.Errorf("bin %+v", b)
	}
	near(t, "low end of 3 in 10", m.Bins[2].Wilson.Low, .1078, 5e-5)
	if b := m.Bins[5]; b.N != 0 || !math.IsNaN(b.Rate) || !math.IsNaN(b.Wilson.Low) {
		t.Errorf("empty bin %+v", b)
	}
}

// TestDecompositionAddsUp holds exactly for any forecasts and bins.
func TestDecompositionAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := Decompose(forecasts(t), rapid.IntRange(1, 30).Draw(t, "bins"))
		if err != nil {
			t.Fatal(err)
		}
		near(t, "sum", m.Reliability-m.Resolution+m.Uncertainty+m.WithinBins, m.Brier, 1e-12)
		n := 0
		for _, b := range m.Bins {
			n += b.N
			if b.N > 0 && (b.MeanP < b.Low-1e-9 || b.MeanP > b.High+1e-9) {
				t.Fatalf("bin %+v", b)
			}
		}
		if n != m.N || m.Reliability < 0 || m.Resolution < 0 || m.Resolution > m.Uncertainty+1e-12 {
			t.Fatalf("%+v", m)
		}
	})
}

func TestLogLoss(t *testing.T) {
	got, err := LogLoss([]Forecast{{.8, true}, {.4, false}, {.5, true}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log-loss", got, -(math.Log(.8)+math.Log(.6)+math.Log(.5))/3, 1e-15)
	if got, _ := LogLoss([]Forecast{{0, true}, {.5, true}}); !math.IsInf(got, 1) {
		t.Errorf("the impossible happened: %v", got)
	}
	if got, _ := LogLoss([]Forecast{{1, true}, {0, false}}); got != 0 {
		t.Errorf("certain and right: %v", got)
	}
}

// TestProperScores: in expectation nothing beats the true probability.
func TestProperScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 200).Draw(t, "n")
		k := rapid.IntRange(1, n-1).Draw(t, "k")
		q := rapid.Float64Range(.001, .999).Draw(t, "q")
		for name, score := range map[string]func([]Forecast) (float64, error){"Brier": Brier, "log-loss": LogLoss} {
			best, err1 := score(told(float64(k)/float64(n), k, n))
			other, err2 := score(told(q, k, n))
			if err1 != nil || err2 != nil || other < best-1e-12 {
				t.Fatalf("%s: %v at %v, %v at the rate", name, other, q, best)
			}
		}
	})
}

// TestWilson has the published interval of 81 in 263 (Newcombe 1998), and the
// closed forms at the ends.
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{81, 263, .2553, .3662},
		{15, 148, .0624, .1605},
		{0, 20, 0, .1611},
		{1, 29, .0061, .1718},
	} {
		w, err := Wilson(c.k, c.n, z95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low", w.Low, c.low, 5e-5)
		near(t, "high", w.High, c.high, 5e-5)
	}
	w, _ := Wilson(0, 10, 2)
	if w.Low != 0 {
		t.Errorf("0 of 10: %+v", w)
	}
	near(t, "0 of 10 at z 2", w.High, 4./14, 1e-15) // z²/(n+z²)
	if w, _ := Wilson(10, 10, 2); w.High != 1 {
		t.Errorf("10 of 10: %+v", w)
	}
}

func TestWilsonHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5000).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		z := rapid.Float64Range(0, 5).Draw(t, "z")
		w, err := Wilson(k, n, z)
		p := float64(k) / float64(n)
		if err != nil || w.Low > p+1e-12 || w.High < p-1e-12 || w.Low < 0 || w.High > 1 {
			t.Fatalf("%d of %d: %+v, %v", k, n, w, err)
		}
		mirror, _ := Wilson(n-k, n, z)
		near(t, "mirror", mirror.Low, 1-w.High, 1e-12)
		wider, _ := Wilson(k, n, z+1)
		if wider.Low > w.Low+1e-12 || wider.High < w.High-1e-12 {
			t.Fatalf("%+v at z %v, %+v at %v", w, z, wider, z+1)
		}
		// its ends are where the score test rejects: |p-end| = z*sqrt(end(1-end)/n)
		if k > 0 && k < n {
			near(t, "score at the low end", p-w.Low, z*math.Sqrt(w.Low*(1-w.Low)/float64(n)), 1e-9)
		}
	})
}

func TestMean(t *testing.T) {
	mean, se, err := Mean([]float64{2, 4, 4, 4, 5, 5, 7, 9})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", mean, 5, 1e-15)
	near(t, "se", se, math.Sqrt(32./7/8), 1e-15)
	if mean, se, err = Mean([]float64{3}); err != nil || mean != 3 || !math.IsNaN(se) {
		t.Errorf("one: %v, %v, %v", mean, se, err)
	}
	if mean, _, _ := Mean([]float64{1e16, 1, -1e16, 1}); mean != .5 { // a plain sum gives .25
		t.Errorf("small terms lost: %v", mean)
	}
	if mean, _, _ := Mean([]float64{math.Inf(1), 1}); !math.IsInf(mean, 1) {
		t.Errorf("infinity: %v", mean)
	}
}

// TestCalibrateTwoGroups has a closed form: with two distinct forecasts the
// line goes through the logits of the two rates, and the variance of a rate's
// logit is 1/happened + 1/not.
func TestCalibrateTwoGroups(t *testing.T) {
	c, err := Calibrate(append(told(.4, 30, 100), told(.6, 90, 150)...))
	if err != nil {
		t.Fatal(err)
	}
	logit := func(p float64) float64 { return math.Log(p / (1 - p)) }
	x1, x2 := logit(.4), logit(.6)
	y1, y2 := logit(.3), logit(.6)
	v1, v2 := 1./30+1./70, 1./90+1./60
	slope := (y2 - y1) / (x2 - x1)
	near(t, "slope", c.Slope, slope, 1e-10)
	near(t, "intercept", c.Intercept, y1-slope*x1, 1e-10)
	near(t, "slope's error", c.SlopeSE, math.Sqrt(v1+v2)/(x2-x1), 1e-10)
	near(t, "intercept's error", c.InterceptSE, math.Sqrt(v1*x2*x2+v2*x1*x1)/(x2-x1), 1e-10)
	if c.N != 250 {
		t.Errorf("n %d", c.N)
	}
}

// TestCalibrateFindsTheLine draws outcomes from a known line.
func TestCalibrateFindsTheLine(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	const intercept, slope = -.2, .7
	var fs []Forecast
	for range 40_000 {
		x := rnd.NormFloat64()
		p := 1 / (1 + math.Exp(-x))
		chance := 1 / (1 + math.Exp(-(intercept + slope*x)))
		fs = append(fs, Forecast{p, rnd.Float64() < chance})
	}
	c, err := Calibrate(fs)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(c.Intercept-intercept) > 3*c.InterceptSE || math.Abs(c.Slope-slope) > 3*c.SlopeSE {
		t.Errorf("got %+v", c)
	}
}

// TestCalibrateSolvesItsEquations: at the maximum the residuals sum to 0, by
// themselves and weighed by the logits.
func TestCalibrateSolvesItsEquations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := forecasts(t)
		c, err := Calibrate(fs)
		if err != nil {
			if !errors.Is(err, ErrSample) {
				t.Fatal(err)
			}
			return
		}
		a, b := 0.0, 0.0
		for _, f := range fs {
			p := math.Min(math.Max(f.P, clampP), 1-clampP)
			x := math.Log(p / (1 - p))
			r := f.y() - 1/(1+math.Exp(-c.Intercept-c.Slope*x))
			a, b = a+r, b+r*x
		}
		near(t, "residuals", a, 0, 1e-6)
		near(t, "weighed residuals", b, 0, 1e-5)
	})
}

func TestCalibrateRefuses(t *testing.T) {
	for name, fs := range map[string][]Forecast{
		"empty":           nil,
		"all happened":    told(.4, 5, 5),
		"none happened":   append(told(.4, 0, 5), told(.6, 0, 5)...),
		"one forecast":    told(.4, 2, 5),
		"split cleanly":   append(told(.4, 0, 5), told(.6, 5, 5)...),
		"split the other": append(told(.4, 5, 5), told(.6, 0, 5)...),
		"split but a tie": append(append(told(.4, 0, 5), told(.5, 2, 5)...), told(.6, 5, 5)...),
		"not a number":    {{math.NaN(), true}, {.4, false}},
	} {
		if c, err := Calibrate(fs); !errors.Is(err, ErrSample) || c != (Calibration{}) {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
	}
}

func TestYield(t *testing.T) {
	bets := []Bet{
		{1, 1, .9, false},
		{2, 2, -2, false},
		{3, 1, 0, false}, // a push counts
		{4, 5, 0, true},  // a void does not
	}
	y, err := YieldOf(bets)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "yield", y.Yield, -1.1/4, 1e-15)
	if y.Bets != 3 || y.Voids != 1 || y.Clusters != 3 || y.Stake != 4 {
		t.Errorf("got %+v", y)
	}
	e1, e2, e3 := .9+.275, -2+.55, .275
	near(t, "error", y.SE, math.Sqrt(1.5*(e1*e1+e2*e2+e3*e3))/4, 1e-15)
}

// TestYieldOfFlatStakes is the plain mean and its error.
func TestYieldOfFlatStakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		profits := rapid.SliceOfN(rapid.Float64Range(-1, 5), 2, 50).Draw(t, "profits")
		bets := make([]Bet, len(profits))
		for i, p := range profits {
			bets[i] = Bet{int64(i), 1, p, false}
		}
		y, err := YieldOf(bets)
		mean, se, err2 := Mean(profits)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		near(t, "yield", y.Yield, mean, 1e-12)
		near(t, "error", y.SE, se, 1e-12)
		// the same bet twice in one game is one bet of twice the size
		twice := append(append([]Bet{}, bets...), bets...)
		if y2, _ := YieldOf(twice); math.Abs(y2.SE-y.SE) > 1e-12 || math.Abs(y2.Yield-y.Yield) > 1e-12 {
			t.Fatalf("doubled: %+v, %+v", y2, y)
		}
	})
}

func TestYieldOfOneGame(t *testing.T) {
	y, err := YieldOf([]Bet{{7, 1, .9, false}, {7, 1, -1, false}})
	if err != nil || !math.IsNaN(y.SE) || y.Clusters != 1 {
		t.Errorf("got %+v, %v", y, err)
	}
}

func TestRefuses(t *testing.T) {
	for name, f := range map[string]func() error{
		"no forecasts":      func() error { _, err := Brier(nil); return err },
		"no log-loss":       func() error { _, err := LogLoss(nil); return err },
		"probability of 2":  func() error { _, err := Brier([]Forecast{{2, true}}); return err },
		"no bins":           func() error { _, err := Decompose(told(.5, 1, 2), 0); return err },
		"nothing in bins":   func() error { _, err := Decompose(nil, 10); return err },
		"more than all":     func() error { _, err := Wilson(3, 2, 1); return err },
		"of none":           func() error { _, err := Wilson(0, 0, 1); return err },
		"z not a number":    func() error { _, err := Wilson(1, 2, math.NaN()); return err },
		"no mean":           func() error { _, _, err := Mean(nil); return err },
		"no bets":           func() error { _, err := YieldOf(nil); return err },
		"only voids":        func() error { _, err := YieldOf([]Bet{{1, 1, 0, true}}); return err },
		"no stake":          func() error { _, err := YieldOf([]Bet{{1, 0, 0, false}}); return err },
		"lost more than it": func() error { _, err := YieldOf([]Bet{{1, 1, -2, false}}); return err },
	} {
		if err := f(); !errors.Is(err, ErrSample) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
