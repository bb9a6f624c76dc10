package detect

import (
	"fmt"
	"math"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

const sharpName = "sharp"

// SharpConfig says when money on a side is more than its tickets explain.
type SharpConfig struct {
	Gap float64 // of the money's share over the tickets', at least
	SE  float64 // and in units of its standard error
	// Keep is the part of both at which a gap still counts as the same one.
	Keep float64
	// StakeCV is the standard deviation of single stakes by their mean. The
	// customary error of the gap, from the number of tickets alone, takes it
	// to be 1; real stakes spread more, and a larger value asks for more.
	StakeCV float64
	Alert   bool
}

// DefaultSharp are the values used unless told otherwise.
func DefaultSharp() SharpConfig {
	return SharpConfig{Gap: 0.10, SE: 3, Keep: 0.5, StakeCV: 1, Alert: true}
}

// sharp finds sides that draw far more of the money than of the tickets.
// Hypothesis: large stakes are better informed than small ones. Inputs: one
// provider's shares of tickets and of money, and the number of tickets.
//
// Where stakes do not depend on the side, the gap of the two shares has the
// standard error StakeCV x sqrt(t(1-t)/n): 20 points on 40 tickets are noise.
// Without the number of tickets, or without money, nothing is said.
func sharp(v market.View, cfg SignalConfig) []mlb.Signal {
	return judgeCrowds(v, sharpName, func(c market.Crowd) (mlb.Signal, bool, string) {
		return judgeSharp(v, cfg.Sharp, c)
	})
}

func judgeSharp(v market.View, cfg SharpConfig, c market.Crowd) (s mlb.Signal, found bool, why string) {
	last := c.Split(c.Len() - 1)
	switch {
	case !last.Bets.Known():
		return s, false, "gives no share of the tickets"
	case !last.Money.Known():
		return s, false, "gives its share of tickets or picks only, no money"
	case last.Tickets == 0:
		return s, false, "gives no ticket counts: the standard error of the gap is unknown"
	}
	side := moneySide(last)
	i, ok := begunAt(c,
		func(x market.Split) bool { return cfg.holds(x, side, 1) },
		func(x market.Split) bool { return cfg.holds(x, side, cfg.Keep) })
	if !ok {
		return s, false, ""
	}
	return cfg.signal(v, c.Split(i), side), true, ""
}

// moneySide is the side with more of the money than of the tickets.
func moneySide(s market.Split) mlb.Side {
	first, second := s.Market.Sides()
	if gap(s, second) > gap(s, first) {
		return second
	}
	return first
}

func gap(s market.Split, side mlb.Side) float64 {
	return s.Money.Of(s.Market, side) - s.Bets.Of(s.Market, side)
}

// se is the standard error of the gap. A share of 0 or 1 is not exact: one
// more ticket of each side is taken to exist.
func (cfg SharpConfig) se(s market.Split, side mlb.Side) float64 {
	n := float64(s.Tickets)
	t := (s.Bets.Of(s.Market, side)*n + 1) / (n + 2)
	return cfg.StakeCV * math.Sqrt(t*(1-t)/n)
}

// holds tells whether a part of the limits is reached.
func (cfg SharpConfig) holds(s market.Split, side mlb.Side, part float64) bool {
	if !s.Bets.Known() || !s.Money.Known() || s.Tickets == 0 {
		return false
	}
	g := gap(s, side)
	return g >= part*cfg.Gap-slack && g >= part*cfg.SE*cfg.se(s, side)
}

// signal describes a gap as it was when it began.
func (cfg SharpConfig) signal(v market.View, x market.Split, side mlb.Side) mlb.Signal {
	bets, money := x.Bets.Of(x.Market, side), x.Money.Of(x.Market, side)
	ratio := odds.Logit(sure(money)) - odds.Logit(sure(bets))
	s := mlb.Signal{
		LineKey: mlb.LineKey{Game: x.Game, Market: x.Market, Period: x.Period}, Side: side, Strategy: sharpName,
		DetectedAt: x.ObservedAt, Since: x.At, LogOdds: ratio, Points: gap(x, side), MayAlert: cfg.Alert,
		Crowd: &mlb.Crowd{
			Provider: x.Provider, Side: side, At: x.At, Age: x.ObservedAt.Sub(x.At), Tickets: x.Tickets,
			Bets: bets, Money: money, GapSE: cfg.se(x, side), StakeRatio: math.Exp(ratio),
		},
	}
	name := side.String()
	if x.Fair != nil {
		s.LineKey = x.Key
		name = Selection(v.Game(), x.Key, side)
	}
	s.Reasons = []string{
		fmt.Sprintf("%s of the money and %s of %d tickets on %s, %s", percent(money), percent(bets), x.Tickets, name, whose(*s.Crowd)),
		fmt.Sprintf("the gap of %.1f points is %.1f times its standard error", 100*s.Points, s.Points/s.Crowd.GapSE),
		fmt.Sprintf("the average stake on it is %.2f times that on the other side", s.Crowd.StakeRatio),
	}
	return s
}

// sure keeps a share that was rounded to whole percents off 0 and 1.
func sure(share float64) float64 { return min(max(share, 0.005), 0.995) }
