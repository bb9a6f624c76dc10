package simulator

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// betting is how much was bet on a market by a moment, first side and second.
type betting struct {
	tickets [2]int
	money   [2]float64 // dollars
}

// splits are the bets of an event's public, checkpoint by checkpoint.
type splits struct {
	start time.Time
	at    [][len(markets)]betting // by checkpoint
}

// checkpoint is how often the bets are counted.
const checkpoint = 10 * time.Minute

// averageStake is a bettor's, in dollars; one in a thousand stakes much more.
const (
	averageStake = 34
	whales       = 0.001
)

// bets draws the public's bets from the opening to the close: few at first,
// most in the last hours; and the sharp money among them.
func (e *event) bets() splits {
	r := e.season.rand(forPublic, e.n)
	s := splits{start: e.opens}
	var sum [len(markets)]betting
	n := int(e.closes().Sub(e.opens)/checkpoint) + 1
	weight := make([]float64, n)
	total := 0.0
	for i := range weight {
		hours := max(0, e.start.Sub(e.opens.Add(time.Duration(i)*checkpoint)).Hours())
		weight[i] = math.Exp(-hours/3.2) + 0.01
		total += weight[i]
	}
	for i := range weight {
		for k := range markets {
			e.public[k].bet(r, &sum[k], weight[i]/total, e.sharpShare(k, i, n))
		}
		s.at = append(s.at, sum)
	}
	return s
}

// sharpShare is which part of the sharp money comes by checkpoint i of n: that
// of a drift along with it, any other in the last six hours.
func (e *event) sharpShare(k, i, n int) float64 {
	from, to := max(0, n-36), n-3
	if e.public[k].drifts {
		from, to = n, 0
		for _, s := range e.shocks {
			if s.kind == drift && s.market == markets[k] {
				c := int(s.at.Sub(e.opens) / checkpoint)
				from, to = min(from, c), max(to, c)
			}
		}
	}
	if i < from || i > to || to < from {
		return 0
	}
	return 1 / float64(to-from+1)
}

// bet adds a share of all bets to the sum.
func (l *lean) bet(r *rand.Rand, sum *betting, share, sharp float64) {
	n := l.count * share
	n = max(0, math.Round(n+math.Sqrt(n)*r.NormFloat64()))
	onFirst := math.Round(n*l.tickets + math.Sqrt(n*l.tickets*(1-l.tickets))*r.NormFloat64())
	onFirst = min(max(onFirst, 0), n)
	for side, bets := range [2]float64{onFirst, n - onFirst} {
		sum.tickets[side] += int(bets)
		if bets > 0 {
			sum.money[side] += math.Round(max(10, averageStake+30*r.NormFloat64()/math.Sqrt(bets)) * bets)
		}
	}
	if r.Float64() < n*whales { // a rich bettor who knows no more than the others
		side := 0
		if r.Float64() > l.tickets {
			side = 1
		}
		sum.money[side] += math.Round(1200 * math.Exp(0.8*r.NormFloat64()))
	}
	if l.gap == 0 || sharp == 0 {
		return
	}
	side, mine := 0, l.tickets
	if l.sharp == mlb.Away || l.sharp == mlb.Under {
		side, mine = 1, 1-l.tickets
	}
	all := l.count * averageStake * l.gap / (1 - mine - l.gap)
	sum.money[side] += math.Round(all * sharp)
	sum.tickets[side]++
}

// by is what had been counted at a moment.
func (s *splits) by(at time.Time) (all [len(markets)]betting) {
	i := int(at.Sub(s.start)/checkpoint) - 1
	if at.Before(s.start) || i < 0 || len(s.at) == 0 {
		return all
	}
	return s.at[min(i, len(s.at)-1)]
}

// percents are the shares of both sides in whole percent, which sum to 100;
// 0 and 0 where there is nothing.
func percents(first, second float64) (a, b int) {
	if first+second <= 0 {
		return 0, 0
	}
	a = int(math.Round(100 * first / (first + second)))
	return a, 100 - a
}
