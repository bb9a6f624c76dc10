package stats

import (
	"fmt"
	"math"
)

// Calibration is the line logit P(happened) = Intercept + Slope*logit(forecast)
// fitted to the outcomes. Perfect forecasts have intercept 0 and slope 1; a
// slope below 1 is overconfidence.
type Calibration struct {
	Intercept, Slope     float64
	InterceptSE, SlopeSE float64
	N                    int
}

// clampP keeps a forecast of 0 or 1 from having an infinite logit.
const clampP = 1e-9

// Calibrate fits the calibration by maximum likelihood. It is an error where
// there is no maximum: all outcomes alike or split cleanly by the forecast, or
// all forecasts equal.
// Source: Cox 1958, "Two further applications of a model for binary
// regression"; Newton's method and the errors from the inverse information as
// in McCullagh & Nelder 1989, section 4.4.
func Calibrate(fs []Forecast) (Calibration, error) {
	if err := check(fs); err != nil {
		return Calibration{}, err
	}
	x := make([]float64, len(fs))
	for i, f := range fs {
		p := math.Min(math.Max(f.P, clampP), 1-clampP)
		x[i] = math.Log(p) - math.Log1p(-p)
	}
	if err := separable(fs, x); err != nil {
		return Calibration{}, err
	}
	return newton(fs, x)
}

// separable is an error where the likelihood has no maximum.
func separable(fs []Forecast, x []float64) error {
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for i, f := range fs {
		k := int(f.y())
		lo[k], hi[k] = math.Min(lo[k], x[i]), math.Max(hi[k], x[i])
	}
	switch {
	case math.IsInf(lo[0], 1) || math.IsInf(lo[1], 1):
		return fmt.Errorf("%w: all outcomes are alike", ErrSample)
	case math.Min(lo[0], lo[1]) == math.Max(hi[0], hi[1]):
		return fmt.Errorf("%w: all forecasts are equal", ErrSample)
	case hi[0] <= lo[1] || hi[1] <= lo[0]:
		return fmt.Errorf("%w: the forecasts split the outcomes cleanly", ErrSample)
	}
	return nil
}

// newton climbs the likelihood, halving a step that would go down.
func newton(fs []Forecast, x []float64) (Calibration, error) {
	a, b := 0.0, 1.0
	level := logLikelihood(fs, x, a, b)
	for range 100 {
		s := scoreAt(fs, x, a, b)
		da, db, ok := s.step()
		if !ok {
			break
		}
		for range 60 {
			next := logLikelihood(fs, x, a+da, b+db)
			if next >= level {
				level = next
				break
			}
			da, db = da/2, db/2
		}
		a, b = a+da, b+db
		if math.Abs(da) <= 1e-12*(1+math.Abs(a)) && math.Abs(db) <= 1e-12*(1+math.Abs(b)) {
			return withErrors(fs, x, a, b)
		}
	}
	return Calibration{}, fmt.Errorf("%w: the calibration does not converge", ErrSample)
}

func withErrors(fs []Forecast, x []float64, a, b float64) (Calibration, error) {
	s := scoreAt(fs, x, a, b)
	det := s.det()
	if !(det > 0) {
		return Calibration{}, fmt.Errorf("%w: the calibration has no error", ErrSample)
	}
	return Calibration{
		Intercept: a, Slope: b, N: len(fs),
		InterceptSE: math.Sqrt(s.hbb / det), SlopeSE: math.Sqrt(s.haa / det),
	}, nil
}

// score is the gradient of the log-likelihood and the information.
type score struct{ ga, gb, haa, hab, hbb float64 }

func scoreAt(fs []Forecast, x []float64, a, b float64) (s score) {
	for i, f := range fs {
		p := 1 / (1 + math.Exp(-(a + b*x[i])))
		r, w := f.y()-p, p*(1-p)
		s.ga += r
		s.gb += r * x[i]
		s.haa += w
		s.hab += w * x[i]
		s.hbb += w * x[i] * x[i]
	}
	return s
}

func (s score) det() float64 { return s.haa*s.hbb - s.hab*s.hab }

func (s score) step() (da, db float64, ok bool) {
	det := s.det()
	return (s.hbb*s.ga - s.hab*s.gb) / det, (s.haa*s.gb - s.hab*s.ga) / det, det > 0
}

// logLikelihood adds log p without taking the logarithm of a rounded 0.
func logLikelihood(fs []Forecast, x []float64, a, b float64) float64 {
	var sum kahan
	for i, f := range fs {
		z := a + b*x[i]
		if f.Happened {
			z = -z
		}
		sum.add(-math.Max(z, 0) - math.Log1p(math.Exp(-math.Abs(z)))) // -log(1+e^z)
	}
	return sum.total
}
