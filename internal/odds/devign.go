package odds

import (
	"fmt"
	"math"
	"slices"
)

// Info is what a method found on the way.
type Info struct {
	Param    float64 // k of power, z of Shin, c of odds ratio and probit, s of goto; else 0
	Negative bool    // an additive or goto probability is not above 0: do not use
}

// Devig is the fair probability of each of n outcomes, appended to dst.
func Devig(m Method, q, dst []float64) ([]float64, Info, error) {
	if len(q) < 2 {
		return dst, Info{}, fmt.Errorf("%w: %d outcomes", ErrMarket, len(q))
	}
	for _, x := range q {
		if !(x > 0 && x < 1) {
			return dst, Info{}, fmt.Errorf("%w: implied probability %v", ErrMarket, x)
		}
	}
	b := Booksum(q)
	if b < 1-sumSlack {
		return dst, Info{}, fmt.Errorf("%w: booksum %v is below 1", ErrMarket, b)
	}
	return devig(m, q, b, dst)
}

func devig(m Method, q []float64, b float64, dst []float64) ([]float64, Info, error) {
	switch m {
	case Multiplicative:
		return each(dst, q, func(x float64) float64 { return x / b }), Info{}, nil
	case Additive:
		cut := (b - 1) / float64(len(q))
		return signed(dst, q, 0, func(x float64) float64 { return x - cut })
	case Power:
		return shifted(dst, q, 1, math.Log, func(l, k float64) (float64, float64) {
			p := math.Exp(k * l)
			return p, p * l
		})
	case Shin:
		return shin(dst, q, b)
	case OddsRatio:
		return shifted(dst, q, 0, Logit, func(l, c float64) (float64, float64) {
			p := Sigmoid(l - c)
			return p, -p * (1 - p)
		})
	case Probit:
		return shifted(dst, q, 0, probit, func(x, c float64) (float64, float64) {
			return phi(x - c), -math.Exp(-(x-c)*(x-c)/2) / math.Sqrt(2*math.Pi)
		})
	case Goto:
		roots := 0.0
		for _, x := range q {
			roots += math.Sqrt(1 - x)
		}
		s := (b - 1) / roots
		return signed(dst, q, s, func(x float64) float64 { return x - s*math.Sqrt(1-x) })
	default:
		return dst, Info{}, fmt.Errorf("%w: %s", ErrMarket, m)
	}
}

func each(dst, q []float64, f func(float64) float64) []float64 {
	for _, x := range q {
		dst = append(dst, f(x))
	}
	return dst
}

// signed is each for the methods that may fall to 0 and below.
func signed(dst, q []float64, param float64, f func(float64) float64) ([]float64, Info, error) {
	dst = each(dst, q, f)
	return dst, Info{Param: param, Negative: slices.Min(dst[len(dst)-len(q):]) <= 0}, nil
}

// shifted solves sum p(link(q_i), c) = 1 for the one parameter c.
func shifted(dst, q []float64, from float64, link func(float64) float64, p func(l, c float64) (y, dy float64)) ([]float64, Info, error) {
	links := each(make([]float64, 0, len(q)), q, link)
	c := solve(func(c float64) (y, dy float64) {
		y = -1
		for _, l := range links {
			a, da := p(l, c)
			y, dy = y+a, dy+da
		}
		return y, dy
	}, from)
	return each(dst, links, func(l float64) float64 { y, _ := p(l, c); return y }), Info{Param: c}, nil
}

// shin solves p = (sqrt(z^2 + 4(1-z)q^2/B) - z) / (2(1-z)), sum p = 1, for z
// by bisection: the sum falls as z grows. Without a margin z is 0.
func shin(dst, q []float64, b float64) ([]float64, Info, error) {
	p := func(x, z float64) float64 { return (math.Sqrt(z*z+4*(1-z)*x*x/b) - z) / (2 * (1 - z)) }
	sum := func(z float64) (s float64) {
		for _, x := range q {
			s += p(x, z)
		}
		return s
	}
	if b <= 1 {
		return each(dst, q, func(x float64) float64 { return x / b }), Info{}, nil
	}
	lo, hi := 0.0, 1-1e-9
	for range 100 {
		z := (lo + hi) / 2
		if sum(z) > 1 {
			lo = z
		} else {
			hi = z
		}
	}
	z := (lo + hi) / 2
	return each(dst, q, func(x float64) float64 { return p(x, z) }), Info{Param: z}, nil
}

// WorstCase is the least fair probability any method gives each outcome,
// appended to dst: a bound, not probabilities.
func WorstCase(q, dst []float64) ([]float64, error) {
	start := len(dst)
	scratch := make([]float64, 0, len(q))
	for _, m := range Methods() {
		p, _, err := Devig(m, q, scratch[:0])
		if err != nil {
			return dst[:start], err
		}
		if m == Multiplicative {
			dst = append(dst, p...)
			continue
		}
		for i, x := range p {
			dst[start+i] = min(dst[start+i], x)
		}
	}
	return dst, nil
}
