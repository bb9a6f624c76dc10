// Package runs models how a baseball game is scored, inning by inning: from
// the expected runs of a half-inning to the joint distribution of both final
// scores, and to one game drawn from it. It knows the unplayed bottom of the
// ninth, the walk-off, the runner on second in extra innings, and that no game
// ends level. It does no I/O and takes its randomness as an argument.
//
// A half-inning's runs follow Tango's distribution: none with probability
// 1/(1+cm) at m expected runs, and each further run with the same chance as
// the one before it. Before the last inning a side's expectation is multiplied
// by its form of the day, which has mean 1: the sum of nine innings is then as
// widely spread as the scores of 2025 and 2026 are (variance 11.0 at 4.45
// runs), which Poisson runs are not by half, and games are as seldom decided
// by one run.
package runs

// control is Tango's c for the runs of one team against all others.
const control = 0.767

// maxInning is the most runs of a half-inning that the exact distributions
// carry; what lies beyond is counted there.
const maxInning = 14

// Half is what a side is expected to score in a half-inning that is played to
// three outs: in the first five, which the starters pitch, and from then on.
type Half struct{ Early, Late float64 }

// Scale is the half with both expectations multiplied by f.
func (h Half) Scale(f float64) Half { return Half{h.Early * f, h.Late * f} }

func (h Half) in(inning int) float64 {
	if inning <= firstFive {
		return h.Early
	}
	return h.Late
}

// form is what a side's day is worth, each with its probability: three points
// with mean 1 and standard deviation 0.27.
var form = [3]struct{ factor, p float64 }{{0.532, 1. / 6}, {1, 4. / 6}, {1.468, 1. / 6}}

// firstFive is the last inning of the first-five markets.
const firstFive = 5

// Game is what decides the distribution of a game's scores.
type Game struct {
	Home, Away Half
	Innings    int  // scheduled: 9, or 7
	Runner     bool // extra innings begin with a runner on second
}

// RunnerFrom is the first season whose extra innings begin with a runner on
// second.
const RunnerFrom = 2020

// ShortDoubleheaders tells whether the season's doubleheaders were of seven
// innings.
func ShortDoubleheaders(season int) bool { return season == 2020 || season == 2021 }

// inning is the distribution of the runs of a half-inning: inning[k] is the
// probability of k.
type inning [maxInning + 1]float64

// newInning is the distribution with mean m runs; m is positive.
func newInning(m float64) (p inning) {
	p[0] = 1 / (1 + control*m)
	again := 1 - control*p[0]
	rest := 1 - p[0]
	for k := 1; k < maxInning; k++ {
		p[k] = rest * (1 - again)
		rest *= again
	}
	p[maxInning] = rest
	return p
}

// The runner on second scores with these probabilities: where the batters
// alone would have scored nothing, and where they would have scored. With 0.5
// expected runs that makes 1.1 runs and no run in 39 of 100 half-innings, as
// major league games show.
const (
	runnerAlone = 0.46
	runnerWith  = 0.97
)

// withRunner is the distribution of a half-inning that begins with a runner on
// second.
func (p inning) withRunner() (q inning) {
	for k, pk := range p {
		scores := runnerWith
		if k == 0 {
			scores = runnerAlone
		}
		q[min(k+1, maxInning)] += pk * scores
		q[k] += pk * (1 - scores)
	}
	return q
}

// walkOff is how far ahead the home side is when it takes the lead in the last
// half-inning: the game ends on the play, and only a home run brings in more
// than the runner who decides it. excess is how many runs ahead the side would
// be had the inning gone on, from 1.
func walkOff(excess int) (margin [maxMargin + 1]float64) {
	most := min(excess, maxMargin)
	margin[1] += 1 - walkOffBig
	margin[most] += walkOffBig
	return margin
}

// A walk-off is by a home run with men on base in about three of ten cases
// that allow it, and by four runs at most.
const (
	walkOffBig = 0.3
	maxMargin  = 4
)
