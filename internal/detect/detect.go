// Package detect finds opportunities. A strategy is a pure function of a view
// of the market: one file each, listed in All.
package detect

import (
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Strategy names a rule and applies it.
type Strategy struct {
	Name   string
	Detect func(market.View, Config) []mlb.Opportunity
}

// All is every strategy, in the order reports show them.
func All() []Strategy {
	return []Strategy{
		{"value", value},
	}
}

// Config are the limits a comparison must keep to be taken.
type Config struct {
	MinEV float64 // per unit staked
	// An edge above these is a data error until shown otherwise: no book of
	// a main market is wrong by so much for long.
	MaxEVMoneyline float64
	MaxEVLine      float64
	// Kelly is the fraction of the full Kelly stake, MaxStake the most of the
	// bankroll on one opportunity.
	Kelly    float64
	MaxStake float64
	// Commission is the share of net winnings an exchange keeps, by brand. An
	// exchange without an entry is not taken: its price is before fees.
	Commission map[string]float64
}

// DefaultConfig are the limits used unless told otherwise.
func DefaultConfig() Config {
	return Config{MinEV: 0.02, MaxEVMoneyline: 0.10, MaxEVLine: 0.15, Kelly: 0.25, MaxStake: 0.02}
}
