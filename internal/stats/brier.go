package stats

import (
	"fmt"
	"math"
)

// Bin is the forecasts of one range of probability. The ends are those of the
// range, the low one inside it.
type Bin struct {
	Low, High float64
	N         int
	Happened  int
	MeanP     float64  // mean forecast; NaN in an empty bin
	Rate      float64  // share that happened; NaN in an empty bin
	Wilson    Interval // of Rate, 95 %
}

// Murphy is the Brier score and where it comes from:
//
//	Brier = Reliability - Resolution + Uncertainty + WithinBins
//
// Reliability is how far the bins' rates are from what was forecast (0 is
// best), Resolution how far they are from the overall rate, Uncertainty the
// score of forecasting the overall rate always. WithinBins is what forecasts
// that differ inside one bin add or take; without it the sum is only close.
// Sources: Brier 1950; Murphy 1973, "A new vector partition of the probability
// score"; Stephenson, Coelho & Jolliffe 2008 for the last term.
type Murphy struct {
	N           int
	Brier       float64
	Reliability float64
	Resolution  float64
	Uncertainty float64
	WithinBins  float64
	Bins        []Bin
}

// z95 is the two-sided 95 % quantile of the normal distribution.
const z95 = 1.959963984540054

// Brier is the mean squared difference of forecast and outcome.
func Brier(fs []Forecast) (float64, error) {
	if err := check(fs); err != nil {
		return 0, err
	}
	var sum kahan
	for _, f := range fs {
		sum.add((f.P - f.y()) * (f.P - f.y()))
	}
	return sum.total / float64(len(fs)), nil
}

// Decompose splits the Brier score over n bins of equal width.
func Decompose(fs []Forecast, n int) (Murphy, error) {
	if n < 1 || n > 1000 {
		return Murphy{}, fmt.Errorf("%w: %d bins", ErrSample, n)
	}
	brier, err := Brier(fs)
	if err != nil {
		return Murphy{}, err
	}
	m := Murphy{N: len(fs), Brier: brier, Bins: bins(fs, n)}
	happened := 0
	for _, b := range m.Bins {
		happened += b.Happened
	}
	rate := float64(happened) / float64(m.N)
	m.Uncertainty = rate * (1 - rate)
	for _, b := range m.Bins {
		if b.N > 0 {
			w := float64(b.N) / float64(m.N)
			m.Reliability += w * (b.MeanP - b.Rate) * (b.MeanP - b.Rate)
			m.Resolution += w * (b.Rate - rate) * (b.Rate - rate)
		}
	}
	m.WithinBins = withinBins(fs, m.Bins)
	return m, nil
}

func bins(fs []Forecast, n int) []Bin {
	all := make([]Bin, n)
	sums := make([]kahan, n)
	for _, f := range fs {
		i := binOf(f.P, n)
		all[i].N++
		sums[i].add(f.P)
		if f.Happened {
			all[i].Happened++
		}
	}
	for i := range all {
		b := &all[i]
		b.Low, b.High = float64(i)/float64(n), float64(i+1)/float64(n)
		b.MeanP, b.Rate = sums[i].total/float64(b.N), float64(b.Happened)/float64(b.N)
		b.Wilson = Interval{math.NaN(), math.NaN()}
		if w, err := Wilson(b.Happened, b.N, z95); err == nil { // not of an empty bin
			b.Wilson = w
		}
	}
	return all
}

func binOf(p float64, n int) int { return min(int(p*float64(n)), n-1) }

// withinBins is the variance of the forecasts in their bins, less twice their
// covariance with the outcomes.
func withinBins(fs []Forecast, all []Bin) float64 {
	var sum kahan
	for _, f := range fs {
		b := all[binOf(f.P, len(all))]
		d := f.P - b.MeanP
		sum.add(d*d - 2*d*(f.y()-b.Rate))
	}
	return sum.total / float64(len(fs))
}
