package world

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// Public is every price of a day's events that the season's books have made
// public by a moment, event by event and book by book, each market's in order.
// A collector that reads histories ends with these; one that polls scoreboards
// ends with fewer: see Expect. The second side of a price is stamped up to 39
// milliseconds after the first; scoreboards show both at once. The error wraps
// mlb.ErrNotFound on a day without games.
func (w *World) Public(date mlb.Date, at time.Time) (all []simulator.Tick, err error) {
	day, err := w.slates.dayOf(date)
	if err != nil {
		return nil, err
	}
	if day == nil {
		return nil, fmt.Errorf("%w: no games on %s", mlb.ErrNotFound, date)
	}
	for t := range day.Ticks() {
		if !t.At.After(at) {
			all = append(all, t)
		}
	}
	return all, nil
}

// Key names a price in the source's own words.
type Key struct {
	Source Source     `json:"source"`
	Event  string     `json:"event"`
	Book   string     `json:"book"`
	Market mlb.Market `json:"market"`
	Period mlb.Period `json:"period"`
	Side   mlb.Side   `json:"side"`
	Line   mlb.Line   `json:"line"` // half-runs, from the home side's view
}

// Quote is a price that a collector must have: one that differs from the one
// before it of the same key.
type Quote struct {
	Key
	Price odds.Price `json:"price"` // the zero Price: withdrawn
	At    time.Time  `json:"at"`    // when it was shown; of a history and a historical body, the time told there
	N     int64      `json:"n"`     // of the exchange
}

// Expect is what a collector must end with that has exactly these answers, by
// key and then in the order of time:
//
//   - Answers count that were complete, of status 200, from a route with prices
//     (scoreboards, histories and odds), whatever faults were in them.
//   - A row of an answer counts where it can be bet: the game starts after the
//     answer, the price is one a book can quote, the line one of its market,
//     the price not suspended nor in play, the team that of its side. Of two
//     prices of one key in one answer the first counts.
//   - All rows, in the order of their times, those of one time in the order of
//     asking, give a quote wherever the price of a key is new or differs from
//     the one before. What changed and changed back between two answers was
//     not shown and is not in it.
//   - With withdraw, a price also ends, as a quote without a price, when a
//     scoreboard lists its game, not yet begun, but not the price, at no status;
//     the same price shown again after that is a new quote. A game that is not
//     listed says nothing of its prices.
//
// A collector that was killed after an answer and before its commit does not
// have that answer: leave it out. Its rows name the moment by its own clock,
// some milliseconds of real time off the world's: compare keys, prices and
// their order exactly, and moments with that much room. An error of World.Body
// ends it.
func (w *World) Expect(answers []Exchange, withdraw bool) ([]Quote, error) {
	polls := make([][]poll, len(answers))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range answers {
		if !e.Complete || e.Status != http.StatusOK || !slices.Contains(pricedRoutes, e.Route) {
			continue
		}
		group.Go(func() error {
			body, err := w.Body(e)
			if err == nil {
				polls[i] = pollsOf(e, body)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(polls...)
	slices.SortStableFunc(all, func(a, b poll) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.n, b.n)) })
	l := ledger{last: map[Key]odds.Price{}, offered: map[eventKey]map[Key]bool{}, withdraw: withdraw}
	for _, p := range all {
		l.take(p)
	}
	slices.SortStableFunc(l.quotes, func(a, b Quote) int { return a.compare(b.Key) })
	return l.quotes, nil
}

// pricedRoutes are the routes with prices.
var pricedRoutes = []string{"scoreboard", "history", "odds", "event-odds", "historical-odds", "historical-event-odds"}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Source, o.Source), cmp.Compare(k.Event, o.Event), cmp.Compare(k.Book, o.Book), cmp.Compare(k.Market, o.Market),
		cmp.Compare(k.Period, o.Period), cmp.Compare(k.Side, o.Side), cmp.Compare(k.Line, o.Line))
}

// poll is what one answer shows of one event at one moment.
type poll struct {
	at       time.Time
	n        int64
	event    eventKey
	prices   []shownPrice
	complete bool // lists all prices of the event
}

type eventKey struct {
	source Source
	event  string
}

// shownPrice is a price, or the zero Price where one is named that cannot be
// bet.
type shownPrice struct {
	key   Key
	price odds.Price
}

// ledger turns polls in the order of time into quotes.
type ledger struct {
	last     map[Key]odds.Price
	offered  map[eventKey]map[Key]bool
	withdraw bool
	quotes   []Quote
}

func (l *ledger) take(p poll) {
	named := map[Key]bool{}
	offered := l.offered[p.event]
	if offered == nil {
		offered = map[Key]bool{}
		l.offered[p.event] = offered
	}
	for _, s := range p.prices {
		if named[s.key] {
			continue
		}
		named[s.key] = true
		if s.price == (odds.Price{}) || l.last[s.key] == s.price {
			continue
		}
		l.last[s.key], offered[s.key] = s.price, true
		l.quotes = append(l.quotes, Quote{Key: s.key, Price: s.price, At: p.at, N: p.n})
	}
	if l.withdraw && p.complete {
		l.end(p, offered, named)
	}
}

// end withdraws what the event offered and the poll does not name.
func (l *ledger) end(p poll, offered, named map[Key]bool) {
	for k := range offered {
		if named[k] {
			continue
		}
		delete(offered, k)
		delete(l.last, k)
		l.quotes = append(l.quotes, Quote{Key: k, At: p.at, N: p.n})
	}
}
