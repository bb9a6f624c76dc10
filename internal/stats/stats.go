// Package stats measures forecasts and results. It does no I/O and imports
// nothing of the platform: probabilities are fractions, an outcome is whether
// the thing forecast happened, and money is in the unit it is given in.
package stats

import (
	"errors"
	"fmt"
	"math"
)

// ErrSample reports a sample of which the figure asked for does not exist: an
// empty one, a probability outside 0..1, or one that cannot be fitted.
var ErrSample = errors.New("stats: no figure from this sample")

// Forecast is a probability and whether what it was given to happened. One
// game is one sample: a forecast of its other side says nothing new.
type Forecast struct {
	P        float64
	Happened bool
}

func (f Forecast) y() float64 {
	if f.Happened {
		return 1
	}
	return 0
}

func check(fs []Forecast) error {
	if len(fs) == 0 {
		return fmt.Errorf("%w: it is empty", ErrSample)
	}
	for i, f := range fs {
		if !(f.P >= 0 && f.P <= 1) {
			return fmt.Errorf("%w: forecast %d has probability %v", ErrSample, i+1, f.P)
		}
	}
	return nil
}

// LogLoss is the mean of -log of the probability given to what happened, in
// nats. It is infinite where something happened that was called impossible.
// Source: Good 1952, "Rational decisions".
func LogLoss(fs []Forecast) (float64, error) {
	if err := check(fs); err != nil {
		return 0, err
	}
	var sum kahan
	for _, f := range fs {
		if f.Happened {
			sum.add(-math.Log(f.P))
		} else {
			sum.add(-math.Log1p(-f.P))
		}
	}
	return sum.total / float64(len(fs)), nil
}

// Interval is a range with its two ends.
type Interval struct{ Low, High float64 }

// Wilson is the score interval of a proportion: of n trials, k happened. z is
// the normal quantile of the level, 1.959964 for 95 %.
// Source: Wilson 1927, "Probable inference, the law of succession".
func Wilson(k, n int, z float64) (Interval, error) {
	if n <= 0 || k < 0 || k > n || !(z >= 0) || math.IsInf(z, 1) {
		return Interval{}, fmt.Errorf("%w: %d of %d at z %v", ErrSample, k, n, z)
	}
	p, m := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	w := Interval{math.Max(0, middle-half), math.Min(1, middle+half)}
	if k == 0 { // exactly, where rounding would leave a trace
		w.Low = 0
	}
	if k == n {
		w.High = 1
	}
	return w, nil
}

// Mean is the mean of a sample and its standard error, which is NaN for a
// sample of one.
func Mean(xs []float64) (mean, se float64, err error) {
	if len(xs) == 0 {
		return 0, 0, fmt.Errorf("%w: it is empty", ErrSample)
	}
	n := float64(len(xs))
	var sum, squares kahan
	for _, x := range xs {
		sum.add(x)
	}
	mean = sum.total / n
	for _, x := range xs {
		squares.add((x - mean) * (x - mean))
	}
	return mean, math.Sqrt(squares.total / (n - 1) / n), nil
}

// kahan is a sum that does not lose the small terms of a long series.
// Source: Kahan 1965, as improved by Neumaier 1974.
type kahan struct{ total, sum, lost float64 }

func (k *kahan) add(x float64) {
	t := k.sum + x
	if math.Abs(k.sum) >= math.Abs(x) {
		k.lost += (k.sum - t) + x
	} else {
		k.lost += (x - t) + k.sum
	}
	k.sum = t
	k.total = k.sum + k.lost
	if math.IsInf(t, 0) || math.IsNaN(t) { // nothing to compensate
		k.total = t
	}
}
