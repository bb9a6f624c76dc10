package runs

import (
	"math/rand/v2"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// maxInnings ends a game that no chance would: the last of them is decided by
// one run.
const maxInnings = 30

// Play draws one game. The home side's last half-inning is mlb.NotPlayed where
// it was ahead; the game never ends level.
func (g Game) Play(r *rand.Rand) mlb.LineScore {
	var l mlb.LineScore
	home, away := 0, 0
	homeForm, awayForm := drawForm(r), drawForm(r)
	for n := 1; n <= g.Innings || home == away; n++ {
		runner := g.Runner && n > g.Innings
		if n == g.Innings {
			homeForm, awayForm = 1, 1
		}
		top := drawHalf(r, awayForm*g.Away.in(n), runner)
		l.Away, away = append(l.Away, int8(top)), away+top
		if n >= g.Innings && home > away {
			l.Home = append(l.Home, mlb.NotPlayed)
			break
		}
		bottom := drawHalf(r, homeForm*g.Home.in(n), runner)
		if n >= g.Innings {
			bottom = stopAtWalkOff(r, bottom, away-home)
		}
		if n == maxInnings && home+bottom == away {
			bottom++
		}
		l.Home, home = append(l.Home, int8(bottom)), home+bottom
	}
	return l
}

func drawForm(r *rand.Rand) float64 {
	u := r.Float64()
	for _, f := range form {
		if u -= f.p; u < 0 {
			return f.factor
		}
	}
	return 1
}

func drawHalf(r *rand.Rand, m float64, runner bool) int {
	k := drawInning(r, m)
	if !runner {
		return k
	}
	scores := runnerWith
	if k == 0 {
		scores = runnerAlone
	}
	if r.Float64() < scores {
		k++
	}
	return min(k, maxInning)
}

func drawInning(r *rand.Rand, m float64) int {
	none := 1 / (1 + control*m)
	if r.Float64() < none {
		return 0
	}
	k := 1
	for k < maxInning && r.Float64() < 1-control*none {
		k++
	}
	return k
}

// stopAtWalkOff is what is left of the runs of the last half-inning when the
// game ends on the play that decides it.
func stopAtWalkOff(r *rand.Rand, runs, behind int) int {
	if runs <= behind {
		return runs
	}
	u := r.Float64()
	for margin, p := range walkOff(runs - behind) {
		if u -= p; u < 0 {
			return behind + margin
		}
	}
	return behind + 1
}
