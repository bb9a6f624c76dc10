package simulator

import (
	"math"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// bookCount is how many books quote.
const bookCount = 12

// book is a bookmaker as the sources name it and how it makes its prices.
type book struct {
	slug       string // of the brand
	an, parent int    // Action Network's numbers
	core       int
	key, title string // The Odds API's; "": not served there
	sharp      bool   // originates: takes bets of those who know, and moves on them
	leader     int    // the book whose feed it copies, by index; -1: makes its own prices
	margin     float64
	step       int           // of its price grid, in cents
	lag        time.Duration // to follow the others
	noise      float64       // standard deviation of its own error, in log-odds
	shade      float64       // toward the public, in log-odds at a public of one mind
	opens      time.Duration // after the first book
	requotes   float64       // looks at a market's price in a day
	limit      int           // dollars it takes on a moneyline at the close
	alternates bool
	flip       float64 // log-odds from even at which it changes its main line
}

// own is the leader of a book that makes its own prices.
const own = -1

var books = [bookCount]book{
	{"pinnacle", 3, 463, 1003, "pinnacle", "Pinnacle", true, own, 0.0205, 1, 20 * time.Second, 0.012, 0, 0, 113, 20_000, true, 0.17},
	{"circa", 78, 608, 1078, "", "", true, own, 0.0215, 1, 25 * time.Second, 0.013, 0, 15 * time.Minute, 108, 10_000, false, 0.18},
	{"betonline", 1, 594, 1001, "betonlineag", "BetOnline.ag", true, own, 0.031, 1, 40 * time.Second, 0.015, 0.005, 5 * time.Minute, 110, 5_000, true, 0.16},
	{"bovada", 21, 597, 1021, "bovada", "Bovada", false, own, 0.047, 5, 150 * time.Second, 0.022, 0.025, 70 * time.Minute, 152, 1_000, true, 0.2},
	{"draftkings", 68, 10, 1068, "draftkings", "DraftKings", false, own, 0.046, 1, 70 * time.Second, 0.018, 0.02, 40 * time.Minute, 108, 2_000, true, 0.19},
	{"fanduel", 69, 3, 1069, "fanduel", "FanDuel", false, own, 0.047, 2, 60 * time.Second, 0.018, 0.02, 45 * time.Minute, 116, 2_000, true, 0.21},
	{"betmgm", 75, 1, 1075, "betmgm", "BetMGM", false, own, 0.05, 5, 110 * time.Second, 0.02, 0.025, 80 * time.Minute, 152, 1_000, true, 0.22},
	{"caesars", 123, 2, 1123, "williamhill_us", "Caesars", false, own, 0.048, 2, 95 * time.Second, 0.019, 0.025, 60 * time.Minute, 110, 1_500, false, 0.18},
	{"bet365", 79, 13, 1079, "", "", false, own, 0.048, 5, 80 * time.Second, 0.019, 0.015, 30 * time.Minute, 152, 2_500, true, 0.2},
	{"fanatics", 2988, 25, 1988, "fanatics", "Fanatics", false, own, 0.049, 2, 120 * time.Second, 0.021, 0.025, 95 * time.Minute, 113, 1_000, false, 0.23},
	{"betrivers", 71, 5, 1071, "betrivers", "BetRivers", false, own, 0.05, 2, 105 * time.Second, 0.02, 0.02, 55 * time.Minute, 110, 1_000, true, 0.21},
	{"unibet", 247, 9, 1247, "unibet_us", "Unibet", false, 10, 0, 0, 105 * time.Second, 0, 0, 0, 0, 500, true, 0},
}

// sharpBooks are the books that originate, by index.
func sharpBooks() (all []int) {
	for i, b := range books {
		if b.sharp {
			all = append(all, i)
		}
	}
	return all
}

// prices are what the book quotes on two sides of which the first has the
// log-odds z.
func (b *book) prices(z float64) (first, second int16) {
	return twoSided(z, b.margin, b.step)
}

// twoSided spreads the margin so that the log-odds of both sides rise alike.
func twoSided(z, margin float64, step int) (first, second int16) {
	c := odds.Logit((1 + margin) / 2)
	return onGrid(odds.Sigmoid(z+c), step), onGrid(odds.Sigmoid(c-z), step)
}

// onGrid is the American price nearest to a probability on a grid of cents,
// which is coarser for the longer prices.
func onGrid(q float64, step int) int16 {
	cents := 100*(1-q)/q - 100
	if q >= 0.5 {
		cents = 100 - 100*q/(1-q)
	}
	switch far := math.Abs(cents); {
	case far > 300:
		step = max(10, 2*step)
	case far > 150:
		step = max(5, step)
	case far > 80:
		step = max(2, step)
	}
	n := int(math.Round(cents/float64(step))) * step
	if n < 0 {
		return int16(n - 100)
	}
	return int16(n + 100)
}

// fair is the log-odds of the first side without the margin.
func fair(first, second int16) float64 {
	return (odds.Logit(odds.American(first).Prob()) - odds.Logit(odds.American(second).Prob())) / 2
}
