package grade

import (
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// MaxAge is how long before the start a book's price may last have been
// confirmed and still be its close.
type MaxAge struct {
	Default time.Duration
	Book    map[mlb.BookID]time.Duration // of books that are polled more or less often
}

// Of is the age allowed to a book.
func (m MaxAge) Of(b mlb.BookID) time.Duration {
	if d, ok := m.Book[b]; ok {
		return d
	}
	return m.Default
}

// Missing is why there is no final close.
type Missing string

// The reasons. The zero value, "", is that there is one.
const (
	MissingStart Missing = "no start known"
	MissingQuote Missing = "no quote before the start"
	MissingOffer Missing = "withdrawn before the start"
	MissingPoll  Missing = "stale: not confirmed near the start"
)

// Close is one book's closing price of one side of one line.
type Close struct {
	Quote       mlb.Quote     // the last before the start; no price where there is none
	ConfirmedAt time.Time     // when its price was last seen before the start
	Age         time.Duration // from then to the start
	Basis       mlb.StartBasis
	Final       bool // the price may be called a close: only these enter averages
	Missing     Missing
	Late        int // quotes at or after the start: live odds, not used
}

// ClosingQuote is the close among the quotes of one side of one line at one
// book, in any order; of two at one moment the one further on counts. A quote
// without a price takes the one before it back.
// polls are the times the book's prices of the game were looked at: each
// confirms the price then in force. What was seen at the start or later is
// never used, and no earlier price is taken where the last was withdrawn.
func ClosingQuote(quotes []mlb.Quote, polls []time.Time, start mlb.Cutoff, allowed MaxAge) Close {
	c := Close{Basis: start.Basis}
	if start.Basis == mlb.NoStart {
		c.Missing = MissingStart
		return c
	}
	found := false
	for _, q := range quotes {
		switch {
		case !q.ObservedAt.Before(start.At):
			c.Late++
		case !found || !q.ObservedAt.Before(c.Quote.ObservedAt):
			c.Quote, found = q, true
		}
	}
	switch {
	case !found:
		c.Missing = MissingQuote
		return c
	case !c.Quote.Price.Valid():
		c.Missing = MissingOffer
		return c
	}
	c.ConfirmedAt = lastConfirmed(c.Quote.ObservedAt, polls, start.At)
	c.Age = start.At.Sub(c.ConfirmedAt)
	if c.Age > allowed.Of(c.Quote.Book) {
		c.Missing = MissingPoll
		return c
	}
	c.Final = true
	return c
}

func lastConfirmed(quoted time.Time, polls []time.Time, start time.Time) time.Time {
	last := quoted
	for _, at := range polls {
		if at.After(last) && at.Before(start) {
			last = at
		}
	}
	return last
}

// FairClose is the fair probability of the first of the two sides of a line at
// the close of one book. Both closes must be final.
func FairClose(m odds.Method, first, second Close) (float64, error) {
	for _, c := range []Close{first, second} {
		if !c.Final {
			return 0, fmt.Errorf("%w: no final close: %s", mlb.ErrUnavailable, c.Missing)
		}
	}
	p, err := odds.Devig2(m, first.Quote.Price.Prob(), second.Quote.Price.Prob())
	if err != nil {
		return 0, fmt.Errorf("%w: close of %s against %s: %w", mlb.ErrUnavailable, first.Quote.Price, second.Quote.Price, err)
	}
	return p, nil
}

// CLV is what a bet was worth by the close of its own line: positive is
// better than the close.
type CLV struct {
	Price  float64 // decimal taken over decimal at the close, less 1: the margin flatters it
	NoVig  float64 // the bet's EV at the close's fair probability: the one to report
	Points float64 // fair probability at the close less the break-even of the price taken
	Cents  int     // on the American ladder, on which -100 and +100 are one step
}

// CLVOf compares the price taken with the closing price of the same side of
// the same line, and with the fair probability of that side at the close. On a
// whole-number line the probability is that of winning given no push, so NoVig
// is then per unit of action. Prices without an American form are an error.
func CLVOf(taken, closing odds.Price, fair float64) (CLV, error) {
	if !(fair > 0 && fair < 1) {
		return CLV{}, fmt.Errorf("%w: fair probability %v at the close", mlb.ErrInvalid, fair)
	}
	a, err := american(taken)
	if err != nil {
		return CLV{}, err
	}
	b, err := american(closing)
	if err != nil {
		return CLV{}, err
	}
	d := taken.Decimal()
	return CLV{
		Price:  d/closing.Decimal() - 1,
		NoVig:  fair*d - 1,
		Points: fair - taken.Prob(),
		Cents:  a.Cents() - b.Cents(),
	}, nil
}

func american(p odds.Price) (odds.American, error) {
	a, _ := p.American() // a decimal price may round
	if !a.Valid() {
		return 0, fmt.Errorf("%w: price %s has no American form", mlb.ErrInvalid, p)
	}
	return a, nil
}
