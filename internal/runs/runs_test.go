package runs

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func flat(m float64) Half { return Half{m / 9, m / 9} }

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// The published vector of the distribution: 4.4 runs a game.
func TestNineInnings(t *testing.T) {
	p := side{1}
	for range 9 {
		p = p.plus(newInning(4.4 / 9))
	}
	mean, square := 0.0, 0.0
	for k, pk := range p {
		mean += float64(k) * pk
		square += float64(k*k) * pk
	}
	if variance := square - mean*mean; !near(mean, 4.4, 1e-4) || !near(variance, 9.2244, 1e-2) {
		t.Errorf("mean %.4f, variance %.4f; want 4.4, 9.2244", mean, square-mean*mean)
	}
	for k, want := range []float64{.0569, .1054, .1389, .1463, .1347, .1133, .0893, .0670} {
		if !near(p[k], want, 0.004) { // the vector is of a fit to the nine innings' sum
			t.Errorf("P(%d): %.4f, want %.4f", k, p[k], want)
		}
	}
}

func TestInningWithRunner(t *testing.T) {
	q := newInning(0.5).withRunner()
	mean := 0.0
	for k, p := range q {
		mean += float64(k) * p
	}
	if !near(mean, 1.1, 0.05) || !near(q[0], 0.39, 0.01) {
		t.Errorf("mean %.3f, no run %.3f; want about 1.1, 0.39", mean, q[0])
	}
}

// What a final score's distribution must be, whatever the sides are worth.
func TestScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := func(label string) float64 { return rapid.Float64Range(0.3, 0.9).Draw(t, label) }
		g := Game{
			Home: Half{rate("he"), rate("hl")}, Away: Half{rate("ae"), rate("al")},
			Innings: rapid.SampledFrom([]int{7, 9}).Draw(t, "innings"), Runner: rapid.Bool().Draw(t, "runner"),
		}
		s := g.Scores()
		win, level := s.Margin(0)
		sum := 0.0
		for i := range s.p {
			for _, p := range s.p[i] {
				sum += p
			}
		}
		if !near(sum, 1, 1e-5) || level > 1e-6 {
			t.Fatalf("sums to %v, level %v", sum, level)
		}
		minus, _ := s.Margin(-3)
		plus, _ := s.Margin(3)
		if !(minus < win && win < plus) {
			t.Fatalf("-1.5 %.4f, moneyline %.4f, +1.5 %.4f: want a rising row", minus, win, plus)
		}
		better := g
		better.Home = g.Home.Scale(1.1)
		if w, _ := better.Scores().Margin(0); w <= win {
			t.Fatalf("a better home side wins %.4f, the worse one %.4f", w, win)
		}
		if over, push := s.Total(17); push != 0 || !(over > 0 && over < 1) {
			t.Fatalf("over 8.5: %v, push %v", over, push)
		}
	})
}

// Games drawn are of the distribution computed.
func TestPlayMatchesScores(t *testing.T) {
	for _, g := range []Game{
		{Home: Half{.55, .48}, Away: Half{.47, .5}, Innings: 9, Runner: true},
		{Home: Half{.4, .5}, Away: Half{.6, .5}, Innings: 7},
	} {
		const n = 200_000
		r := rand.New(rand.NewPCG(1, 2))
		var wins, over, cover, five float64
		for range n {
			l := g.Play(r)
			if len(l.Away) != len(l.Home) || len(l.Away) < g.Innings {
				t.Fatalf("line score %+v", l)
			}
			s, ok := l.Through(len(l.Away))
			if !ok || s.Home == s.Away {
				t.Fatalf("line score %+v ends %+v, %v", l, s, ok)
			}
			wins += is(s.Home > s.Away)
			over += is(s.Home+s.Away > 8)
			cover += is(s.Home > s.Away+1)
			f, _ := l.Through(5)
			five += is(f.Home > f.Away)
		}
		s := g.Scores()
		wantWin, _ := s.Margin(0)
		wantOver, _ := s.Total(17)
		wantCover, _ := s.Margin(-3)
		wantFive, _ := g.FirstFive().Margin(0)
		for _, c := range []struct {
			what      string
			got, want float64
		}{{"home wins", wins, wantWin}, {"over 8.5", over, wantOver}, {"home -1.5", cover, wantCover}, {"first five", five, wantFive}} {
			if !near(c.got/n, c.want, 0.005) {
				t.Errorf("%s: drawn %.4f, computed %.4f", c.what, c.got/n, c.want)
			}
		}
	}
}

// The facts of market mathematics that an independent Poisson model misses.
func TestShape(t *testing.T) {
	s := Game{Home: flat(4.5), Away: flat(4.4), Innings: 9, Runner: true}.Scores()
	win, _ := s.Margin(0)
	minus, _ := s.Margin(-3)
	plus, _ := s.Margin(3)
	if home, away := minus/win, (1-plus)/(1-win); !near(home, 0.666, 0.025) || !near(away, 0.77, 0.025) {
		t.Errorf("winners cover -1.5: home %.3f, away %.3f; 2025 and 2026 have 0.666 and 0.770", home, away)
	}
	odd := 0.0
	for h := range s.p {
		for a, p := range s.p[h] {
			odd += p * float64((h+a)%2)
		}
	}
	if !near(odd, 0.582, 0.02) {
		t.Errorf("odd totals %.3f; 2025 and 2026 have 0.582", odd)
	}
}

func is(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func BenchmarkScores(b *testing.B) {
	g := Game{Home: Half{.55, .48}, Away: Half{.47, .5}, Innings: 9, Runner: true}
	for b.Loop() {
		g.Scores()
	}
}
