package runs

import "github.com/mlb-betting/mlb-betting/internal/mlb"

// MaxRuns is the most runs of one side that Scores carries; what lies beyond
// is counted there.
const MaxRuns = 32

// Scores is the joint distribution of both sides' runs at the end of a game or
// of its first five innings.
type Scores struct {
	p [MaxRuns + 1][MaxRuns + 1]float64 // by home, away
}

// P is the probability of one score.
func (s *Scores) P(at mlb.Score) float64 {
	if at.Home < 0 || at.Away < 0 || at.Home > MaxRuns || at.Away > MaxRuns {
		return 0
	}
	return s.p[at.Home][at.Away]
}

// Margin is the probability that the home side wins at the handicap: that its
// runs and the line are more than the away side's. push is that of a level
// score; it is 0 for lines of half runs, and for line 0 at the end of a game.
func (s *Scores) Margin(line mlb.Line) (win, push float64) {
	return s.sum(func(home, away int) int { return 2*(home-away) + int(line) })
}

// Total is the probability that both sides score more runs than the line, and
// that they score exactly as many.
func (s *Scores) Total(line mlb.Line) (over, push float64) {
	return s.sum(func(home, away int) int { return 2*(home+away) - int(line) })
}

// sum is the probability that f is above 0, and that it is 0.
func (s *Scores) sum(f func(home, away int) int) (above, level float64) {
	for home := range s.p {
		for away, p := range s.p[home] {
			switch d := f(home, away); {
			case d > 0:
				above += p
			case d == 0:
				level += p
			}
		}
	}
	return above, level
}

// side is the distribution of one side's runs.
type side [MaxRuns + 1]float64

// through is the distribution of the runs of the first n innings, over all
// forms of the day.
func (h Half) through(n int) (mixed side) {
	for _, f := range form {
		total := side{1}
		for i := 1; i <= n; i++ {
			total = total.plus(newInning(f.factor * h.in(i)))
		}
		for k, p := range total {
			mixed[k] += f.p * p
		}
	}
	return mixed
}

func (t side) plus(p inning) (sum side) {
	for have, pt := range t {
		if pt < 1e-15 {
			continue
		}
		for more, pm := range p {
			sum[min(have+more, MaxRuns)] += pt * pm
		}
	}
	return sum
}

// FirstFive is the distribution of the score after five innings, which may be
// level.
func (g Game) FirstFive() *Scores {
	home, away := g.Home.through(firstFive), g.Away.through(firstFive)
	s := new(Scores)
	for h, ph := range home {
		for a, pa := range away {
			s.p[h][a] = ph * pa
		}
	}
	return s
}

// Scores is the distribution of the final score. It is never level.
func (g Game) Scores() *Scores {
	s := new(Scores)
	home, away := g.Home.through(g.Innings-1), g.Away.through(g.Innings-1).plus(newInning(g.Away.in(g.Innings)))
	bottom := newBottom(newInning(g.Home.in(g.Innings)))
	var level side // after the last scheduled inning
	for h, ph := range home {
		for a, pa := range away {
			if h > a {
				s.p[h][a] += ph * pa
			} else {
				level[a] += ph * pa * bottom.play(s, h, a, ph*pa)
			}
		}
	}
	g.extra(s, level)
	return s
}

// bottom is the last half-inning: what becomes of a home side by how many runs
// it is behind.
type bottom struct {
	runs  inning
	leads [maxInning + 1][maxMargin + 1]float64 // by runs behind, runs ahead at the end
}

func newBottom(runs inning) (b bottom) {
	b.runs = runs
	for behind := range b.leads {
		for k := behind + 1; k <= maxInning; k++ {
			for margin, p := range walkOff(k - behind) {
				b.leads[behind][margin] += runs[k] * p
			}
		}
	}
	return b
}

// play adds to s what becomes of the score with probability p, and returns the
// share of it that ends level.
func (b *bottom) play(s *Scores, home, away int, p float64) (level float64) {
	behind := away - home
	for k, pk := range b.runs[:min(behind, maxInning+1)] {
		s.p[home+k][away] += p * pk
	}
	if behind > maxInning {
		return 0
	}
	for margin, pm := range b.leads[behind][1:] {
		s.p[min(away+margin+1, MaxRuns)][away] += p * pm
	}
	return b.runs[behind]
}

// extra settles the games that are level after the scheduled innings. An extra
// inning plays the same whatever the score, so the scores at which one begins
// are a renewal: those of the scheduled innings, and after each the ones that
// a level inning leads to.
func (g Game) extra(s *Scores, begins side) {
	one, level := g.extraInning()
	for at := range begins {
		for k := 1; k <= min(at, maxInning); k++ {
			begins[at] += begins[at-k] * level[k]
		}
		begins[at] /= 1 - level[0]
	}
	for at, p := range begins {
		for home := range one.p[:min(maxInning+maxMargin, MaxRuns-at)+1] {
			for away, po := range one.p[home][:min(maxInning, MaxRuns-at)+1] {
				s.p[at+home][at+away] += p * po
			}
		}
	}
}

// extraInning is the distribution of the runs of an extra inning that decides
// the game, and of those, the same for both sides, that leave it level.
func (g Game) extraInning() (decided *Scores, level inning) {
	away, home := newInning(g.Away.Late), newInning(g.Home.Late)
	if g.Runner {
		away, home = away.withRunner(), home.withRunner()
	}
	b := newBottom(home)
	decided = new(Scores)
	for k, p := range away {
		level[k] = p * b.play(decided, 0, k, p)
	}
	return decided, level
}
