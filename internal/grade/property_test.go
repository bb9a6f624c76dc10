package grade

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// anyGame draws a line score of any shape, most of them games that can be
// played, with any status.
func anyGame(t *rapid.T) Timeline {
	innings := rapid.IntRange(0, 13).Draw(t, "innings")
	runs := rapid.SliceOfN(rapid.SampledFrom([]int8{0, 0, 0, 0, 1, 1, 2, 3, 5, mlb.NotPlayed}), 2*innings, 2*innings).Draw(t, "runs")
	r := mlb.Result{Status: mlb.Status(rapid.IntRange(0, 7).Draw(t, "status"))}
	if rapid.Bool().Draw(t, "final") {
		r.Status = mlb.Final
	}
	sane := rapid.Bool().Draw(t, "sane")
	for i, x := range runs {
		side, score := &r.LineScore.Away, &r.Score.Away
		if i%2 == 1 {
			side, score = &r.LineScore.Home, &r.Score.Home
		}
		if x < 0 && sane {
			x = 0
			if i == len(runs)-1 {
				x = mlb.NotPlayed
			}
		}
		*side = append(*side, x)
		*score += max(int(x), 0)
	}
	r.Score.Home += rapid.SampledFrom([]int{0, 0, 0, 0, 1, -9}).Draw(t, "off")
	r.ScheduledInnings = rapid.SampledFrom([]int{0, 7, 9, 9, 9}).Draw(t, "scheduled")
	tl := timeline(r)
	tl.LastHalf = Half(rapid.IntRange(0, 2).Draw(t, "last half"))
	tl.AsOf = scheduled.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
	if rapid.IntRange(0, 3).Draw(t, "suspended") == 0 {
		tl.Suspension = &Suspension{Score: r.Score, LineScore: r.LineScore, LastHalf: tl.LastHalf}
		if rapid.Bool().Draw(t, "resumed") {
			tl.Suspension.ResumesAt = scheduled.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "resumes")) * time.Hour)
		}
	}
	return tl
}

func anyBet(t *rapid.T) Bet {
	b := Bet{
		Market:   mlb.Market(rapid.IntRange(1, 3).Draw(t, "market")),
		Period:   mlb.Period(rapid.IntRange(1, 2).Draw(t, "period")),
		PlacedAt: placed,
	}
	first, second := b.Market.Sides()
	b.Side = rapid.SampledFrom([]mlb.Side{first, second}).Draw(t, "side")
	switch b.Market {
	case mlb.RunLine:
		b.Line = mlb.Line(rapid.IntRange(-9, 9).Draw(t, "line"))
	case mlb.Total:
		b.Line = mlb.Line(rapid.IntRange(1, 40).Draw(t, "line"))
	}
	b.Price, _ = odds.FromDecimal10k(int32(rapid.IntRange(10_100, 90_000).Draw(t, "price")))
	return b
}

func anyRules(t *rapid.T, b Bet) Ruleset {
	var fit []Ruleset
	for _, r := range Rulebook() {
		if r.Market == b.Market && r.Period == b.Period {
			fit = append(fit, r)
		}
	}
	return rapid.SampledFrom(fit).Draw(t, "rules")
}

func TestOppositeSides(t *testing.T) {
	mirror := map[Outcome]Outcome{Win: Lose, Lose: Win}
	rapid.Check(t, func(t *rapid.T) {
		tl, b := anyGame(t), anyBet(t)
		r := anyRules(t, b)
		other := b
		other.Side = b.Side.Opposite()
		g, h := Grade(b, tl, r), Grade(other, tl, r)
		want, ok := mirror[g.Outcome]
		if !ok {
			want = g.Outcome // a push, a void and what is open are the same for both
		}
		if h.Outcome != want {
			t.Fatalf("%s: %s, but %s: %s", b.Side, g.Event, other.Side, h.Event)
		}
	})
}

func TestReturnFollowsOutcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl, b := anyGame(t), anyBet(t)
		g := Grade(b, tl, anyRules(t, b))
		want := map[Outcome]float64{Win: b.Price.Decimal(), Push: 1, Void: 1}[g.Outcome]
		if g.Outcome == 0 || g.Return != want || g.Event == "" {
			t.Fatalf("%s returns %v at %s: %q", g.Outcome, g.Return, b.Price, g.Event)
		}
	})
}

// TestBetterLineIsNeverWorse moves a line in the bettor's favour.
func TestBetterLineIsNeverWorse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tl, b := anyGame(t), anyBet(t)
		b.Market = rapid.SampledFrom([]mlb.Market{mlb.RunLine, mlb.Total}).Draw(t, "market with a line")
		first, _ := b.Market.Sides()
		by := mlb.Line(rapid.IntRange(1, 6).Draw(t, "by"))
		better := b
		switch b.Side = first; {
		case rapid.Bool().Draw(t, "second side"):
			b.Side = first.Opposite()
			better.Line += by * sign(b.Market == mlb.Total)
		default:
			better.Line += by * sign(b.Market == mlb.RunLine)
		}
		better.Side, better.Market = b.Side, b.Market
		r := anyRules(t, b)
		g, h := Grade(b, tl, r), Grade(better, tl, r)
		if g.Outcome.Settled() && h.Outcome.Settled() && h.Return < g.Return {
			t.Fatalf("%s %s returns %v (%s), the better %s %v (%s)", b.Side, b.Line, g.Return, g.Event, better.Line, h.Return, h.Event)
		}
	})
}

func sign(positive bool) mlb.Line {
	if positive {
		return 1
	}
	return -1
}

// TestUnknownNeverSettlesOtherwise forgets one answer of the rules: what was
// settled may become manual, but never another outcome.
func TestUnknownNeverSettlesOtherwise(t *testing.T) {
	forget := []func(*Ruleset){
		func(r *Ruleset) { r.Official = 0 },
		func(r *Ruleset) { r.DecidedEarly = Unknown },
		func(r *Ruleset) { r.TieRefunds = Unknown },
		func(r *Ruleset) { r.ResumeWithin = 0 },
		func(r *Ruleset) { r.ResumeFrom = 0 },
		func(r *Ruleset) { r.LapsedStands = Unknown },
		func(r *Ruleset) { r.PostseasonStands = Unknown },
		func(r *Ruleset) { r.OtherDay = Unknown },
		func(r *Ruleset) { r.Starters = 0 },
	}
	rapid.Check(t, func(t *rapid.T) {
		tl, b := anyGame(t), anyBet(t)
		tl.Postseason = rapid.Bool().Draw(t, "postseason")
		r := anyRules(t, b)
		known := Grade(b, tl, r)
		rapid.SampledFrom(forget).Draw(t, "forget")(&r)
		if g := Grade(b, tl, r); g.Outcome != known.Outcome && g.Outcome != Manual && g.Outcome != Pending {
			t.Fatalf("known: %s (%s); with less known: %s (%s)", known.Outcome, known.Event, g.Outcome, g.Event)
		}
	})
}
