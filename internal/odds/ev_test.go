package odds

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// wager is a bet at decimal price d with the probabilities of its results.
type wager struct{ d, win, push float64 }

func (w wager) lose() float64 { return 1 - w.win - w.push }

// wagers is any bet whose result is open.
func wagers() *rapid.Generator[wager] {
	return rapid.Custom(func(t *rapid.T) wager {
		push := rapid.Float64Range(0, .9).Draw(t, "push")
		return wager{
			d:    rapid.Float64Range(1.01, 30).Draw(t, "d"),
			win:  rapid.Float64Range(.01, .99).Draw(t, "win") * (1 - push),
			push: push,
		}
	})
}

func TestEV(t *testing.T) {
	d110 := American(-110).Decimal()
	for _, c := range []struct{ d, win, push, want float64 }{
		{2, .55, 0, .1},
		{2, .5, 0, 0},
		{d110, 110. / 210, 0, 0}, // the break-even of -110
		{d110, .5, 0, -1. / 22},
		{d110, .5, .1, .5/1.1 - .4}, // a push gives the stake back
		{2.2, .470395, 0, .034869},
		{3, 0, 1, 0},
		{3, 0, 0, -1},
	} {
		if got := EV(c.d, c.win, c.push); !near(got, c.want, 1e-9) {
			t.Errorf("EV(%v, %v, %v): got %v, want %v", c.d, c.win, c.push, got, c.want)
		}
	}
}

func TestEVCountsThePushAsStakeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		if got, want := EV(w.d, w.win, w.push), w.win*w.d+w.push-1; !near(got, want, 1e-12) {
			t.Fatalf("EV of %+v: got %v, want what comes back less the stake, %v", w, got, want)
		}
	})
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
		{2, 1, 0, 1},
		{2, 0, 1, 0}, // always a push
		{1, .9, 0, 0},
		{1, 1, 0, 0},
		{0, .9, 0, 0}, // no price
	} {
		if got := Kelly(c.d, c.win, c.push); !near(got, c.want, 1e-6) {
			t.Errorf("Kelly(%v, %v, %v): got %v, want %v", c.d, c.win, c.push, got, c.want)
		}
	}
}

func TestKellyIsAShareOfTheBankroll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		if got := Kelly(w.d, w.win, w.push); !(got >= 0 && got <= 1) {
			t.Fatalf("Kelly of %+v: got %v, want 0 to 1", w, got)
		}
	})
}

func TestKellyBetsNothingAtTheFairPrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		fair := 1 + w.lose()/w.win
		if got := Kelly(fair, w.win, w.push); !near(got, 0, 1e-12) {
			t.Fatalf("Kelly of %+v at %v: got %v, want 0", w, fair, got)
		}
	})
}

func TestKellyBetsWhereEVIsPositive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		ev := EV(w.d, w.win, w.push)
		if math.Abs(ev) < 1e-12 {
			t.Skip("at the fair price rounding decides")
		}
		if got := Kelly(w.d, w.win, w.push); (got > 0) != (ev > 0) {
			t.Fatalf("Kelly of %+v: got %v, want its sign to be that of the EV %v", w, got, ev)
		}
	})
}

func TestKellyGrowsWithTheChanceAndThePrice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		f := Kelly(w.d, w.win, w.push)
		likelier := w.win + rapid.Float64Range(0, 1).Draw(t, "more")*w.lose()
		if got := Kelly(w.d, likelier, w.push); got < f-1e-12 {
			t.Fatalf("Kelly of %+v winning %v: got %v, want at least %v", w, likelier, got, f)
		}
		longer := w.d + rapid.Float64Range(0, 5).Draw(t, "longer")
		if got := Kelly(longer, w.win, w.push); got < f-1e-12 {
			t.Fatalf("Kelly of %+v at %v: got %v, want at least %v", w, longer, got, f)
		}
	})
}

// A push only delays the result, so it does not change the stake.
func TestKellyWithAPushIsKellyOfTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		want := Kelly(w.d, w.win/(w.win+w.lose()), 0)
		if got := Kelly(w.d, w.win, w.push); !near(got, want, 1e-9) {
			t.Fatalf("Kelly of %+v: got %v, want %v", w, got, want)
		}
	})
}

// Kelly is what its definition says: no other fraction grows faster.
func TestKellyMaximisesGrowth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wagers().Draw(t, "wager")
		growth := func(f float64) float64 {
			return w.win*math.Log1p(f*(w.d-1)) + w.lose()*math.Log1p(-f)
		}
		f := Kelly(w.d, w.win, w.push)
		other := rapid.Float64Range(0, .999).Draw(t, "other")
		if growth(other) > growth(f)+1e-12 {
			t.Fatalf("growth of %+v: got %v staking %v, want it below %v staking %v", w, growth(other), other, growth(f), f)
		}
	})
}

func TestFractionalKelly(t *testing.T) {
	for _, c := range []struct{ win, fraction, limit, want float64 }{
		{.55, .25, 1, .025},
		{.55, 1, 1, .1},
		{.55, .25, .02, .02},
		{.45, .25, .02, 0},
	} {
		if got := FractionalKelly(2, c.win, 0, c.fraction, c.limit); !near(got, c.want, 1e-12) {
			t.Errorf("%v of Kelly, winning %v, at most %v: got %v, want %v", c.fraction, c.win, c.limit, got, c.want)
		}
	}
}

func TestSigmoid(t *testing.T) {
	for _, c := range []struct{ x, want float64 }{
		{0, .5},
		{math.Log(3), .75},
		{-math.Log(3), .25},
		{800, 1}, // exp(800) overflows
		{-800, 0},
		{math.Inf(1), 1},
		{math.Inf(-1), 0},
	} {
		if got := Sigmoid(c.x); !near(got, c.want, 1e-15) {
			t.Errorf("Sigmoid(%v): got %v, want %v", c.x, got, c.want)
		}
	}
}

func TestSigmoidInvertsLogit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(1e-9, 1-1e-9).Draw(t, "p")
		if got := Sigmoid(Logit(p)); !near(got, p, 1e-14) {
			t.Fatalf("Sigmoid(Logit(%v)): got %v", p, got)
		}
		x := rapid.Float64Range(-700, 700).Draw(t, "x")
		if got := Sigmoid(x) + Sigmoid(-x); !near(got, 1, 1e-15) {
			t.Fatalf("Sigmoid(%v) and its complement: got a sum of %v, want 1", x, got)
		}
	})
}
