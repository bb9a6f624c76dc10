package stats

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// Bet is a settled bet as a yield sees it.
type Bet struct {
	Cluster int64 // bets that win and lose together share one: those of one game
	Stake   float64
	Profit  float64 // 0 for a push or a void, -Stake for a loss
	Void    bool    // had no action, and is left out
}

// Yield is what bets returned per unit staked.
type Yield struct {
	Yield    float64 // profit over stake
	SE       float64 // by cluster; NaN with fewer than two clusters
	Stake    float64
	Profit   float64
	Bets     int // pushes among them
	Voids    int // left out
	Clusters int
}

// YieldOf is the sum of profit over the sum of stakes, pushes in and voids
// out. Its standard error is that of a ratio estimator whose clusters are
// independent, bets inside a cluster being as dependent as they like.
// Sources: Cochran 1977, "Sampling techniques", chapter 6 (ratio), with
// clusters as in Liang & Zeger 1986 and the factor G/(G-1).
func YieldOf(bets []Bet) (Yield, error) {
	var y Yield
	var stake, profit kahan
	for i, b := range bets {
		if b.Void {
			y.Voids++
			continue
		}
		if !(b.Stake > 0) || math.IsInf(b.Stake, 1) || !(b.Profit >= -b.Stake) || math.IsInf(b.Profit, 1) {
			return Yield{}, fmt.Errorf("%w: bet %d staked %v and made %v", ErrSample, i+1, b.Stake, b.Profit)
		}
		y.Bets++
		stake.add(b.Stake)
		profit.add(b.Profit)
	}
	if y.Bets == 0 {
		return Yield{}, fmt.Errorf("%w: no bet had action", ErrSample)
	}
	y.Stake, y.Profit = stake.total, profit.total
	y.Yield = y.Profit / y.Stake
	y.Clusters, y.SE = clusterSE(bets, y)
	return y, nil
}

func clusterSE(bets []Bet, y Yield) (clusters int, se float64) {
	residual := map[int64]float64{}
	for _, b := range bets {
		if !b.Void {
			residual[b.Cluster] += b.Profit - y.Yield*b.Stake
		}
	}
	g := float64(len(residual))
	if g < 2 {
		return len(residual), math.NaN()
	}
	sum := 0.0
	for _, c := range slices.Sorted(maps.Keys(residual)) { // in one order, for one sum
		sum += residual[c] * residual[c]
	}
	return len(residual), math.Sqrt(g/(g-1)*sum) / y.Stake
}
