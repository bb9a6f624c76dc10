package odds

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestParseAmerican(t *testing.T) {
	for in, want := range map[string]American{"-110": -110, "+145": 145, "100": 100, "EVEN": 100, "-100000": -100000} {
		if got, err := ParseAmerican(in); err != nil || got != want {
			t.Errorf("ParseAmerican(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "99", "-99", "0", "0.0001", "-34.7", "abc", "\u2212110", "10000000"} {
		if got, err := ParseAmerican(in); !errors.Is(err, ErrPrice) {
			t.Errorf("ParseAmerican(%q) = %d, %v; want ErrPrice", in, got, err)
		}
	}
}

// The vectors are those of the sources cited at Method, worked out by hand.
func TestDevig2(t *testing.T) {
	for _, c := range []struct {
		a, b American
		m    Method
		want float64
	}{
		{-150, 130, Multiplicative, .579832},
		{-150, 130, Additive, .582609},
		{-150, 130, Power, .583983},
		{-150, 130, OddsRatio, .582712},
		{-150, 130, Probit, .582690},
		{-150, 130, Goto, .584108},
		{-300, 240, Multiplicative, .718310},
		{-300, 240, Shin, .727941},
		{-300, 240, Power, .733084},
		{-300, 240, OddsRatio, .728503},
		{-300, 240, Probit, .728387},
		{-300, 240, Goto, .733540},
	} {
		got, err := Devig2(c.m, c.a.Prob(), c.b.Prob())
		if err != nil || math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s of %s/%s = %.6f, %v; want %.6f", c.m, c.a, c.b, got, err, c.want)
		}
	}
}

func TestDevigAgreesWithTwoWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q1 := rapid.Float64Range(0.05, 0.95).Draw(t, "q1")
		q2 := rapid.Float64Range(1-q1, 0.98).Draw(t, "q2")
		for _, m := range Methods() {
			two, err := Devig2(m, q1, q2)
			if err != nil {
				t.Fatal(err)
			}
			n, _, err := Devig(m, []float64{q1, q2}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(n[0]-two) > 1e-8 || math.Abs(n[0]+n[1]-1) > 1e-8 {
				t.Fatalf("%s of %v, %v: two-way %v, n-way %v", m, q1, q2, two, n)
			}
		}
	})
}

func TestDevigRefuses(t *testing.T) {
	for _, q := range [][]float64{{}, {.5}, {.4, .5}, {.5, math.NaN()}, {1, .5}, {0, .9}} {
		if _, _, err := Devig(Shin, q, nil); !errors.Is(err, ErrMarket) {
			t.Errorf("Devig(%v): %v, want ErrMarket", q, err)
		}
	}
}

func TestKelly(t *testing.T) {
	d110, d105 := American(-110).Decimal(), American(-105).Decimal()
	for _, c := range []struct{ d, win, push, want float64 }{
		{2, .55, 0, .10},
		{d105, .54, 0, .0570},
		{d105, .50, .09, .076374},
		{d110, .515, 0, 0}, // the fair price is never the price taken
		{3.5, .3, 0, .02},
		{1.8, .4, 0, 0},
	} {
		if got := Kelly(c.d, c.win, c.push); math.Abs(got-c.want) > 1e-4 {
			t.Errorf("Kelly(%v, %v, %v) = %v, want %v", c.d, c.win, c.push, got, c.want)
		}
	}
}

func TestPriceRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := American(rapid.IntRange(100, 100_000).Draw(t, "a") * rapid.SampledFrom([]int{-1, 1}).Draw(t, "sign"))
		p, err := FromAmerican(a)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var back Price
		if err := json.Unmarshal(text, &back); err != nil || back != p {
			t.Fatalf("%s came back as %s, %v", text, back, err)
		}
		if math.Abs(p.Prob()*p.Decimal()-1) > 1e-12 {
			t.Fatalf("%s: probability %v, decimal %v", p, p.Prob(), p.Decimal())
		}
	})
}

func BenchmarkDevig2(b *testing.B) {
	for _, m := range Methods() {
		b.Run(m.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Devig2(m, .6, .434783); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
