package mlb

import "time"

// Share is how a market's bets or money divide between its two sides, in the
// order of Market.Sides, as fractions of 1. The zero value is no data: a
// source that shows 0 % on both sides says nothing.
type Share struct{ First, Second float64 }

// Known tells whether there is any data.
func (s Share) Known() bool { return s.First+s.Second > 0 }

// Of is the share of one side of market m.
func (s Share) Of(m Market, side Side) float64 {
	if first, _ := m.Sides(); side == first {
		return s.First
	}
	return s.Second
}

// Split is what one provider said, at one moment, of how the public bets on a
// market: the bettors of one book or of the provider's own customers, never
// "the market".
type Split struct {
	Game       GameID
	Provider   string // whose bettors: "draftkings", "covers", "actionnetwork"
	Market     Market
	Period     Period
	ObservedAt time.Time // when it was seen, UTC
	UpdatedAt  time.Time // the provider's own time; zero: not told
	Bets       Share     // of the number of bets
	Money      Share     // of the money staked
	Tickets    int64     // number of bets behind the shares; 0: not told
}
