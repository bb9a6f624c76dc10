package odds

import "math"

// EV is the expected profit per unit staked at decimal price d, when the bet
// wins and pushes with the given probabilities and loses otherwise.
func EV(d, win, push float64) float64 { return win*(d-1) - (1 - win - push) }

// Kelly is the fraction of the bankroll that grows it fastest, never below 0:
// (b*win - lose) / (b*(win+lose)) with b = d-1. d must be the price taken, not
// a fair one.
func Kelly(d, win, push float64) float64 {
	b, lose := d-1, 1-win-push
	if b <= 0 || win+lose <= 0 {
		return 0
	}
	return math.Max(0, (b*win-lose)/(b*(win+lose)))
}

// FractionalKelly is a fraction of Kelly, at most limit of the bankroll.
func FractionalKelly(d, win, push, fraction, limit float64) float64 {
	return math.Min(limit, fraction*Kelly(d, win, push))
}

// Logit is the log-odds of a probability.
func Logit(p float64) float64 { return math.Log(p) - math.Log1p(-p) }

// Sigmoid is the probability of log-odds.
func Sigmoid(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}
