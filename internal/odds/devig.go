package odds

import (
	"errors"
	"fmt"
	"math"
)

// ErrMarket reports prices from which no fair probability follows: fewer than
// two outcomes, a missing price, or a booksum below 1 (the best prices of
// several books, or an arbitrage).
var ErrMarket = errors.New("odds: no fair probability follows")

// Method is a way to take a book's margin out of its prices. q is 1/decimal,
// B the sum of q (the booksum), p the fair probability.
type Method uint8

// The methods. Sources: Shin 1992, 1993 and Jullien & Salanie 1994 (Shin);
// Clarke, Kovalchik & Ingram 2017 (additive, power, odds ratio); Cheung 2015
// (odds ratio); the goto method as in the R package implied.
const (
	Multiplicative Method = iota + 1 // p = q/B
	Additive                         // p = q - (B-1)/n, may go negative
	Power                            // p = q^k
	Shin                             // insiders hold the share z of the money
	OddsRatio                        // logit p = logit q - c
	Probit                           // probit p = probit q - c
	Goto                             // p = q - s*sqrt(1-q)
)

var methodNames = [...]string{"", "multiplicative", "additive", "power", "shin", "odds_ratio", "probit", "goto"}

// Methods are all of them, in order.
func Methods() []Method {
	return []Method{Multiplicative, Additive, Power, Shin, OddsRatio, Probit, Goto}
}

// String is the method's name.
func (m Method) String() string {
	if m == 0 || int(m) >= len(methodNames) {
		return fmt.Sprintf("method(%d)", int(m))
	}
	return methodNames[m]
}

// Booksum is the sum of the implied probabilities.
func Booksum(q []float64) (b float64) {
	for _, x := range q {
		b += x
	}
	return b
}

// Overround is how far the booksum exceeds 1.
func Overround(booksum float64) float64 { return booksum - 1 }

// Hold is the share of the money a balanced book keeps.
func Hold(booksum float64) float64 { return 1 - 1/booksum }

// sumSlack is how far below 1 rounding alone can bring a booksum.
const sumSlack = 1e-12

func check2(q1, q2 float64) error {
	if !(q1 > 0 && q1 < 1 && q2 > 0 && q2 < 1) {
		return fmt.Errorf("%w: implied probabilities %v and %v", ErrMarket, q1, q2)
	}
	if q1+q2 < 1-sumSlack {
		return fmt.Errorf("%w: booksum %v is below 1", ErrMarket, q1+q2)
	}
	return nil
}

// Devig2 is the fair probability of the first of two outcomes. It does not
// allocate; only the power method iterates.
func Devig2(m Method, q1, q2 float64) (float64, error) {
	if err := check2(q1, q2); err != nil {
		return 0, err
	}
	return devig2(m, q1, q2)
}

func devig2(m Method, q1, q2 float64) (float64, error) {
	switch m {
	case Multiplicative:
		return q1 / (q1 + q2), nil
	case Additive, Shin: // the same for two outcomes, while z is not below 0
		if m == Shin && q1+q2 < 1 {
			return q1 / (q1 + q2), nil
		}
		return (1 + q1 - q2) / 2, nil
	case Power:
		return power2(q1, q2), nil
	case OddsRatio:
		// sigmoid((logit q1 - logit q2)/2), without the logarithms; the ratio
		// may be infinite
		return 1 / (1 + math.Sqrt(q2*(1-q1)/(q1*(1-q2)))), nil
	case Probit:
		return phi((probit(q1) - probit(q2)) / 2), nil
	case Goto:
		r1, r2 := math.Sqrt(1-q1), math.Sqrt(1-q2)
		return q1 - (q1+q2-1)*r1/(r1+r2), nil
	default:
		return 0, fmt.Errorf("%w: %s", ErrMarket, m)
	}
}

func power2(q1, q2 float64) float64 {
	l1, l2 := math.Log(q1), math.Log(q2)
	k := solve(func(k float64) (f, df float64) {
		a, b := math.Exp(k*l1), math.Exp(k*l2)
		return a + b - 1, a*l1 + b*l2
	}, 1)
	return math.Exp(k * l1)
}

// solve finds the root of a decreasing function, a sum of probabilities less 1,
// by Newton's method kept inside a bracket that bisection narrows. No one
// probability is further from its value than their sum is from 1.
func solve(f func(float64) (y, dy float64), x float64) float64 {
	lo, hi := -1e3, 1e18 // no parameter of a method lies beyond
	for range 200 {
		y, dy := f(x)
		if math.Abs(y) <= 1e-14 {
			return x
		}
		if y > 0 {
			lo = x
		} else {
			hi = x
		}
		x -= y / dy
		if !(x > lo && x < hi) {
			x = (lo + hi) / 2
		}
	}
	return x
}

func phi(x float64) float64    { return math.Erfc(-x/math.Sqrt2) / 2 }
func probit(p float64) float64 { return -math.Sqrt2 * math.Erfcinv(2*p) }

// WorstCase2 is the least fair probability any method gives the first and the
// second of two outcomes: a bound for judging bets. The two do not sum to 1
// and are not probabilities.
func WorstCase2(q1, q2 float64) (p1, p2 float64, err error) {
	if err := check2(q1, q2); err != nil {
		return 0, 0, err
	}
	p1, p2 = 1, 1
	for m := Multiplicative; m <= Goto; m++ {
		p, err := devig2(m, q1, q2)
		if err != nil {
			return 0, 0, err
		}
		p1, p2 = min(p1, p), min(p2, 1-p)
	}
	return p1, p2, nil
}
