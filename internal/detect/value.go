package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// value compares, for every side of every line, the best fresh price with the
// fair price of the pooled books. Hypothesis: a book that lags the others
// offers, for a while, more than the side is worth.
//
// A whole-number line can push. Its fair probability is that of winning given
// no push, and so is its EV: the sign is right, the size an upper bound.
func value(v market.View, cfg Config) []mlb.Opportunity {
	var all []mlb.Opportunity
	for _, key := range v.Lines() {
		first, second := key.Market.Sides()
		for _, side := range []mlb.Side{first, second} {
			if o, ok := compare(v, cfg, key, side); ok {
				all = append(all, o)
			}
		}
	}
	return all
}

func compare(v market.View, cfg Config, key mlb.LineKey, side mlb.Side) (mlb.Opportunity, bool) {
	offers := candidates(v, cfg, key, side)
	if len(offers) == 0 {
		return mlb.Opportunity{}, false
	}
	best := offers[0]
	o := opportunity(v, key, side, best)
	if best.Age > v.MaxAge() { // so no book has a say, and there is no fair price either
		o.Refused = fmt.Sprintf("stale: %s was last confirmed %s ago", best.Book.Brand.Slug, market.Short(best.Age))
		return o, true
	}
	fair, _, why := v.Fair(key, side)
	if fair == nil {
		o.Refused = "no fair price: " + why
		return o, true
	}
	o = judge(v, cfg, o, best, fair)
	if o.Refused == "" {
		return o, true
	}
	// The best price may be one that cannot be had: the next may be.
	for _, next := range offers[1:] {
		if next.Age > v.MaxAge() {
			break
		}
		if other := judge(v, cfg, opportunity(v, key, side, next), next, fair); other.Refused == "" {
			return other, true
		}
	}
	return o, true
}

func opportunity(v market.View, key mlb.LineKey, side mlb.Side, offer market.Offer) mlb.Opportunity {
	return mlb.Opportunity{
		LineKey: key, Side: side, Strategy: "value", DetectedAt: v.Now(),
		Book: offer.Book.ID, Price: offer.Price, PriceObservedAt: offer.ChangedAt, PriceAge: offer.Age,
	}
}

// judge compares one fresh offer with the fair price.
func judge(v market.View, cfg Config, o mlb.Opportunity, offer market.Offer, fair *mlb.Fair) mlb.Opportunity {
	d := netDecimal(offer, cfg)
	o.Fair, o.EV = fair, odds.EV(d, fair.Probability, 0)
	if o.Refused = refusal(v, cfg, o, offer, d); o.Refused == "" {
		o.StakeFraction = odds.FractionalKelly(d, fair.Probability, 0, cfg.Kelly, cfg.MaxStake)
		o.Reasons = append(Explain(o, v.Game(), v.Book), fmt.Sprintf("%.2g Kelly, at most %.1f %% of the bankroll: stake %.2f %%",
			cfg.Kelly, 100*cfg.MaxStake, 100*o.StakeFraction))
	}
	return o
}

// candidates are the prices of places to bet, fresh ones first, what pays most
// after commission before what pays less.
func candidates(v market.View, cfg Config, key mlb.LineKey, side mlb.Side) []market.Offer {
	all := slices.DeleteFunc(v.Offers(key, side), func(o market.Offer) bool { return !o.Book.Brand.Kind.Votes() })
	stale := func(o market.Offer) int {
		if o.Age > v.MaxAge() {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b market.Offer) int {
		return cmp.Or(stale(a)-stale(b), cmp.Compare(netDecimal(b, cfg), netDecimal(a, cfg)))
	})
	return all
}

// netDecimal is what a winning unit pays after the exchange's commission.
func netDecimal(o market.Offer, cfg Config) float64 {
	return 1 + (o.Price.Decimal()-1)*(1-cfg.Commission[o.Book.Brand.Slug])
}

// refusal is the first reason the comparison is not an opportunity.
func refusal(v market.View, cfg Config, o mlb.Opportunity, best market.Offer, d float64) string {
	brand := best.Book.Brand
	_, feeKnown := cfg.Commission[brand.Slug]
	limit := cfg.MaxEVLine
	if o.Market == mlb.Moneyline {
		limit = cfg.MaxEVMoneyline
	}
	start := v.Game().Cutoff().At
	sum, sane := v.Booksum(best)
	switch {
	case !v.Now().Before(start):
		return fmt.Sprintf("the game was to start at %s", start.UTC().Format("15:04 UTC"))
	case !sane:
		return fmt.Sprintf("misread: the two sides of %s have a booksum of %.3f", brand.Slug, sum)
	case math.IsNaN(o.EV) || o.EV > limit:
		return fmt.Sprintf("implausible: an EV of %+.1f %% is a data error until shown otherwise", 100*o.EV)
	case o.EV < cfg.MinEV:
		return fmt.Sprintf("EV %+.1f %% is below %.1f %%", 100*o.EV, 100*cfg.MinEV)
	case brand.Kind == mlb.KindExchange && !feeKnown:
		return fmt.Sprintf("the price is before fees: the commission of %s is not set", brand.Slug)
	case odds.EV(d, o.Fair.Probability-o.Fair.SE, 0) <= 0:
		return fmt.Sprintf("within the noise: the fair price is good to %.1f points", 100*o.Fair.SE)
	default:
		return ""
	}
}

// Explain says in words what a comparison compared. Most comparisons are refused
// and seen by nobody: a strategy explains what it takes, and who shows a
// refused one asks.
func Explain(o mlb.Opportunity, g mlb.Game, book func(mlb.BookID) mlb.Book) []string {
	if o.Fair == nil {
		return nil
	}
	fair := "beyond the scale"
	if a, err := odds.FromProb(o.Fair.Probability); err == nil {
		fair = a.String()
	}
	feeds := map[string]bool{}
	for _, s := range o.Fair.Sources {
		feeds[book(s.Book).Brand.Feed] = true
	}
	return []string{
		fmt.Sprintf("%s pays %s on %s; fair is %s (%.1f %%, give or take %.1f) from %d independent books",
			book(o.Book).Brand.Slug, o.Price, Selection(g, o.LineKey, o.Side), fair,
			100*o.Fair.Probability, 100*o.Fair.SE, len(feeds)),
		fmt.Sprintf("EV %+.1f %% per unit staked", 100*o.EV),
	}
}

// Selection names what is bet on: "NYM -1.5", "over 8.5".
func Selection(g mlb.Game, key mlb.LineKey, side mlb.Side) string {
	name := side.String()
	switch side {
	case mlb.Home:
		name = g.Home.String()
	case mlb.Away:
		name = g.Away.String()
	}
	if key.Market.HasLine() {
		name += " " + key.Line.Label(key.Market, side)
	}
	return name
}
