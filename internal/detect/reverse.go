package detect

import (
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

const reverseName = "reverse"

// ReverseConfig says what a reverse line movement is.
type ReverseConfig struct {
	Share float64 // of the tickets that make a side the public's; 0.70 is the tight reading
	// Keep is the share at which it still is: a share that wavers about the
	// limit is one majority, not several.
	Keep       float64
	MinTickets int64
	// UnknownTickets judges providers that give no counts as well.
	UnknownTickets bool
	Fall           float64 // of the fair probability since the split's own time
	Alert          bool
}

// DefaultReverse are the values used unless told otherwise. The evidence for
// the rule is thin, so it alerts nobody until it has been tested.
func DefaultReverse() ReverseConfig {
	return ReverseConfig{Share: 0.60, Keep: 0.55, MinTickets: 100, Fall: 0.01}
}

// slack forgives what binary fractions do to a share or a point.
const slack = 1e-9

// reverse finds reverse line movement: most tickets are on a side, and its
// fair probability falls. Hypothesis: what moves the price against the many
// are few and better informed bets. Inputs: one provider's split, which is of
// its own customers and not of the market, and the fair price on one line then
// and now: the price may move while the posted run line stays at -1.5.
//
// The price is measured from the split's own time, never from the opening
// line: bets made before the split was taken are not told apart by it. Where
// the majority was told several times, the first of them counts, so that one
// majority has one signal. The signal's side is the one the price moved to.
func reverse(v market.View, cfg SignalConfig) []mlb.Signal {
	return judgeCrowds(v, reverseName, func(c market.Crowd) (mlb.Signal, bool, string) {
		return judgeReverse(v, cfg.Reverse, c)
	})
}

func judgeReverse(v market.View, cfg ReverseConfig, c market.Crowd) (s mlb.Signal, found bool, why string) {
	last := c.Split(c.Len() - 1)
	if why = cfg.lacks(last); why != "" {
		return s, false, why
	}
	side, ok := cfg.majority(c, last)
	if !ok {
		return s, false, ""
	}
	i, ok := cfg.since(c, side)
	if !ok {
		return s, false, ""
	}
	anchor := c.Split(i)
	if anchor.Fair == nil {
		return s, false, "cannot be compared: " + anchor.Why
	}
	now := v.FairThen(anchor.Key, side)
	if now == nil {
		return s, false, "cannot be compared: there is no fair price now"
	}
	then := anchor.Fair.Probability
	if first, _ := c.Market.Sides(); side != first {
		then = 1 - then
	}
	if then-now.Probability < cfg.Fall-slack {
		return s, false, ""
	}
	return reversed(v, cfg, anchor, last, side, then, now.Probability), true, ""
}

// lacks is what a split must tell and does not.
func (cfg ReverseConfig) lacks(s market.Split) string {
	switch {
	case !s.Bets.Known():
		return "gives no share of the tickets"
	case s.Tickets == 0 && !cfg.UnknownTickets:
		return "gives no ticket counts: the sample is unknown"
	case s.Tickets > 0 && s.Tickets < cfg.MinTickets:
		return fmt.Sprintf("counts %d tickets, %d needed", s.Tickets, cfg.MinTickets)
	default:
		return ""
	}
}

func (cfg ReverseConfig) majority(c market.Crowd, s market.Split) (side mlb.Side, ok bool) {
	first, second := c.Market.Sides()
	if s.Bets.Of(c.Market, second) > s.Bets.Of(c.Market, first) {
		first = second
	}
	return first, s.Bets.Of(c.Market, first) >= cfg.Share-slack
}

// since is the first split of the majority that lasts until now. One that was
// there before what is remembered began was reported then.
func (cfg ReverseConfig) since(c market.Crowd, side mlb.Side) (i int, ok bool) {
	return begunAt(c,
		func(s market.Split) bool {
			return s.Bets.Of(c.Market, side) >= cfg.Share-slack && cfg.lacks(s) == ""
		},
		func(s market.Split) bool { return s.Bets.Of(c.Market, side) >= cfg.Keep-slack })
}

// begunAt is the oldest split at which something began that has been kept up
// since; false where it never began, or before what is remembered.
func begunAt(c market.Crowd, begins, keeps func(market.Split) bool) (first int, ok bool) {
	for i := c.Len() - 1; i >= 0; i-- {
		s := c.Split(i)
		if !keeps(s) {
			return first, ok
		}
		if begins(s) {
			first, ok = i, true
		}
	}
	return first, ok && !c.Cut
}

func reversed(v market.View, cfg ReverseConfig, anchor, last market.Split, side mlb.Side, then, now float64) mlb.Signal {
	s := mlb.Signal{
		LineKey: anchor.Key, Side: side.Opposite(), Strategy: reverseName, DetectedAt: v.Now(), Since: anchor.At,
		LogOdds: odds.Logit(then) - odds.Logit(now), Points: then - now, MayAlert: cfg.Alert,
		Crowd: &mlb.Crowd{
			Provider: last.Provider, Side: side, At: last.At, Age: v.Now().Sub(last.At), Tickets: last.Tickets,
			Bets: last.Bets.Of(last.Market, side), Money: last.Money.Of(last.Market, side), Then: then, Now: now,
		},
	}
	s.Reasons = []string{
		fmt.Sprintf("%s of %s on %s, %s", percent(s.Crowd.Bets), tickets(last.Tickets),
			Selection(v.Game(), s.LineKey, side), whose(*s.Crowd)),
		fmt.Sprintf("its fair probability fell %.1f points, %s to %s, since the split of %s", 100*s.Points,
			percent(then), percent(now), anchor.At.UTC().Format("15:04 UTC")),
		"measured from the split's own time, not from the opening line",
	}
	return s
}

func tickets(n int64) string {
	if n == 0 {
		return "an unknown number of tickets"
	}
	return fmt.Sprintf("%d tickets", n)
}

// whose says what every report of a split must: of whom it is, and of when.
func whose(c mlb.Crowd) string {
	return fmt.Sprintf("by %s's own customers, %s ago", c.Provider, market.Short(max(c.Age, 0*time.Second)))
}
