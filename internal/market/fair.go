package market

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Exclusion is a book left out of a fair price, and why.
type Exclusion struct {
	Book   mlb.Book
	Reason string
}

// gridSE is the least standard error a fair price can have, in log-odds: an
// American price is a whole number and every method of taking the margin out
// is an assumption, together good for a quarter of a point near even.
const gridSE = 0.01

// Fair is the no-vig probability of a side: the books' own no-vig
// probabilities on this very line, pooled in log-odds,
//
//	logit p = sum w_b logit p_b / sum w_b,   w_b = s_b exp(-age_b/MaxAge) / g_b,
//
// with s_b the brand's prior and g_b the number of books in it that share its
// feed, so that one feed has one vote. Its standard error is that of the
// weighted mean, from the spread between the books, and at least gridSE.
// Without enough independent fresh books there is no fair price, and why says
// what there was.
func (v View) Fair(key mlb.LineKey, side mlb.Side) (fair *mlb.Fair, left []Exclusion, why string) {
	first, _ := key.Market.Sides()
	votes, left := v.votes(key, first)
	need := v.state.cfg.need()
	if feeds := share(votes); feeds < need {
		return nil, left, lacking(votes, left, feeds, need)
	}
	return pool(votes, side == first), left, ""
}

// need is how many independent books a fair price needs: one opinion has no
// spread and so no error.
func (c Config) need() int { return max(2, c.MinFeeds) }

func (c Config) weight(b mlb.Book, age time.Duration) float64 {
	return b.Brand.Sharp * math.Exp(-float64(age)/float64(c.MaxAge))
}

// share gives each feed one vote, whatever number of books show it, and
// returns how many feeds there are.
func share(votes []vote) int {
	feeds := map[string]int{}
	for _, x := range votes {
		feeds[x.book.Brand.Feed]++
	}
	for i := range votes {
		votes[i].weight /= float64(feeds[votes[i].book.Brand.Feed])
	}
	return len(feeds)
}

// vote is one book's opinion of the first side.
type vote struct {
	book   mlb.Book
	p      float64
	age    time.Duration
	weight float64
}

func (v View) votes(key mlb.LineKey, first mlb.Side) (votes []vote, left []Exclusion) {
	for _, o := range v.Offers(key, first) {
		x, reason := v.vote(o)
		if reason != "" {
			left = append(left, Exclusion{o.Book, reason})
			continue
		}
		votes = append(votes, x)
	}
	for _, o := range v.Offers(key, first.Opposite()) {
		if !o.Opposite.Valid() {
			left = append(left, Exclusion{o.Book, "one-sided"})
		}
	}
	return votes, left
}

func (v View) vote(o Offer) (vote, string) {
	cfg := v.state.cfg
	switch {
	case !hasVote(o.Book):
		return vote{}, "no vote"
	case !o.Opposite.Valid():
		return vote{}, "one-sided"
	case o.Age > cfg.MaxAge:
		return vote{}, "stale, " + Short(o.Age)
	}
	if sum, sane := v.Booksum(o); !sane {
		return vote{}, fmt.Sprintf("booksum %.3f", sum)
	}
	p, err := odds.Devig2(cfg.Method, o.Price.Prob(), o.Opposite.Prob())
	if err != nil {
		return vote{}, "booksum below 1"
	}
	return vote{book: o.Book, p: p, age: o.Age, weight: cfg.weight(o.Book, o.Age)}, ""
}

func pool(votes []vote, first bool) *mlb.Fair {
	var sum, mean, spread, squares float64
	feeds := map[string]float64{}
	for _, x := range votes {
		sum += x.weight
		mean += x.weight * odds.Logit(x.p)
		feeds[x.book.Brand.Feed] += x.weight
	}
	mean /= sum
	for _, x := range votes {
		w, d := x.weight/sum, odds.Logit(x.p)-mean
		spread += w * d * d
		squares += w * feeds[x.book.Brand.Feed] / sum
	}
	// Unbiased for the weights' effective number of feeds, 1/squares: a copy
	// of a price is no further evidence.
	se := math.Max(gridSE, math.Sqrt(spread*squares/(1-squares)))
	p := odds.Sigmoid(mean)
	fair := &mlb.Fair{Probability: p, SE: se * p * (1 - p), Sources: make([]mlb.FairSource, len(votes))}
	for i, x := range votes {
		fair.Sources[i] = mlb.FairSource{Book: x.book.ID, Probability: x.p, Age: x.age, Weight: x.weight / sum}
	}
	if !first {
		fair.Probability = 1 - p
		for i := range fair.Sources {
			fair.Sources[i].Probability = 1 - fair.Sources[i].Probability
		}
	}
	return fair
}

// Booksum is the sum of the implied probabilities of both sides of an offer's
// line at its book, and whether a book can have it. Of a one-sided offer
// nothing is known: it is 0, and passes.
func (v View) Booksum(o Offer) (sum float64, sane bool) {
	if !o.Opposite.Valid() {
		return 0, true
	}
	sum = o.Price.Prob() + o.Opposite.Prob()
	return sum, sum >= v.state.cfg.MinBooksum && sum <= v.state.cfg.MaxBooksum
}

func lacking(votes []vote, left []Exclusion, feeds, want int) string {
	var b strings.Builder
	have := make([]string, 0, len(votes))
	for _, x := range votes {
		have = append(have, x.book.Brand.Slug)
	}
	switch feeds {
	case 0:
		fmt.Fprintf(&b, "no fresh two-sided book; %d independent ones needed", want)
	case 1:
		fmt.Fprintf(&b, "one independent fresh book (%s); %d needed", strings.Join(have, ", "), want)
	default:
		fmt.Fprintf(&b, "%d independent fresh books (%s); %d needed", feeds, strings.Join(have, ", "), want)
	}
	out := make([]string, 0, len(left))
	for _, x := range left {
		out = append(out, x.Book.Brand.Slug+" "+x.Reason)
	}
	slices.Sort(out)
	if len(out) > 0 {
		b.WriteString("; left out: " + strings.Join(slices.Compact(out), ", "))
	}
	return b.String()
}

// Short prints an age for people: "45s", "12m", "3.0h".
func Short(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	default:
		return fmt.Sprintf("%.1fh", d.Hours())
	}
}
