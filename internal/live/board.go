package live

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/cache"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Board is a day's games and the best prices on them, as of a mark.
type Board struct {
	Date  mlb.Date    `json:"date"`
	Mark  bus.Mark    `json:"mark"`
	Games []BoardGame `json:"games"`
}

// BoardGame is one game of a board.
type BoardGame struct {
	ID      mlb.GameID    `json:"game_id"`
	PK      int64         `json:"game_pk"` // 0: provisional
	Matchup string        `json:"matchup"`
	Start   time.Time     `json:"start"`   // zero: only the day is known
	Markets []BoardMarket `json:"markets"` // of the full game; those nobody offers are not there
}

// BoardMarket is the line of a market that most books offer, of those the one
// nearest to even.
type BoardMarket struct {
	Market string   `json:"market"`
	Line   mlb.Line `json:"line"` // in half-runs from the home side's view; 0: a moneyline
	Books  int      `json:"books"`
	Best   [2]Best  `json:"best"` // in the order of the market's sides: home or over first
}

// Best is the price of a side that pays most.
type Best struct {
	Book   string     `json:"book"`
	Price  odds.Price `json:"price"`
	SeenAt time.Time  `json:"seen_at"` // last: it may be worth nothing any more
}

// GetBoard is a day's board as of a mark or later: from the cache, or read and
// kept there for all processes.
func GetBoard(ctx context.Context, c *cache.Cache, db *store.DB, date mlb.Date, mark bus.Mark) (b Board, err error) {
	e, err := c.Load(ctx, "board:"+date.String(), mark, func(ctx context.Context) (cache.Entry, error) { return readBoard(ctx, db, date) })
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(e.Body, &b); err != nil {
		return b, fmt.Errorf("read the board of %s: %w", date, err)
	}
	return b, nil
}

func readBoard(ctx context.Context, db *store.DB, date mlb.Date) (e cache.Entry, err error) {
	b := Board{Date: date, Games: []BoardGame{}}
	var games []mlb.Game
	var lines []store.LineSummary
	err = db.Snapshot(ctx, func(db *store.DB) error {
		mark, err := db.Mark(ctx)
		if err != nil {
			return err
		}
		b.Mark = bus.Mark(mark)
		if games, err = db.GamesOn(ctx, date); err != nil {
			return err
		}
		lines, err = db.LineSummaries(ctx, mlb.GameIDs(games))
		return err
	})
	if err != nil {
		return e, err
	}
	brands, err := placesToBet()
	if err != nil {
		return e, err
	}
	of := map[mlb.GameID][]store.LineSummary{}
	for _, l := range lines {
		if l.Period == mlb.FullGame && l.Price.Valid() && brands[l.Book] != "" {
			of[l.Game] = append(of[l.Game], l)
		}
	}
	for _, g := range games {
		b.Games = append(b.Games, BoardGame{ID: g.ID, PK: g.PK, Matchup: g.Matchup(), Start: g.Start, Markets: bestOf(of[g.ID], brands)})
	}
	body, err := json.Marshal(b)
	return cache.Entry{Mark: b.Mark, Body: body}, err
}

// placesToBet are the brands of the books whose prices can be taken.
func placesToBet() (map[mlb.BookID]string, error) {
	books, err := mlb.Books()
	if err != nil {
		return nil, err
	}
	brands := map[mlb.BookID]string{}
	for _, b := range books {
		if b.Brand.Kind.Votes() {
			brands[b.ID] = b.Brand.Slug
		}
	}
	return brands, nil
}

// abandoned is how long before the last look at a game a price was seen last
// that a book is taken to have given up. A board is as of a mark: it cannot
// know how late it is when somebody reads it.
const abandoned = 15 * time.Minute

// bestOf are the markets of one game.
func bestOf(lines []store.LineSummary, brands map[mlb.BookID]string) []BoardMarket {
	var newest time.Time
	for _, l := range lines {
		if l.SeenAt.After(newest) {
			newest = l.SeenAt
		}
	}
	rungs := map[mlb.LineKey]*rung{}
	for _, l := range lines {
		if newest.Sub(l.SeenAt) > abandoned {
			continue
		}
		if rungs[l.LineKey] == nil {
			rungs[l.LineKey] = &rung{key: l.LineKey}
		}
		rungs[l.LineKey].add(l, brands[l.Book])
	}
	best := map[mlb.Market]*rung{}
	for _, r := range rungs {
		if r.twoSided() && (best[r.key.Market] == nil || r.before(best[r.key.Market])) {
			best[r.key.Market] = r
		}
	}
	all := []BoardMarket{}
	for _, r := range best {
		all = append(all, BoardMarket{r.key.Market.String(), r.key.Line, min(r.n[0], r.n[1]), r.best})
	}
	slices.SortFunc(all, func(a, b BoardMarket) int { return cmp.Compare(a.Market, b.Market) })
	return all
}

// rung is one line of a market with the best prices of its sides.
type rung struct {
	key  mlb.LineKey
	n    [2]int // books
	best [2]Best
}

func (r *rung) add(l store.LineSummary, brand string) {
	side := 1
	if first, _ := l.Market.Sides(); l.Side == first {
		side = 0
	}
	r.n[side]++
	now, was := l.Price.Decimal(), r.best[side].Price
	if !was.Valid() || now > was.Decimal() { // by book: the first of equals stays
		r.best[side] = Best{brand, l.Price, l.SeenAt}
	}
}

func (r *rung) twoSided() bool { return r.n[0] > 0 && r.n[1] > 0 }

// before tells whether r is rather the market's line than another.
func (r *rung) before(other *rung) bool {
	most := cmp.Compare(min(other.n[0], other.n[1]), min(r.n[0], r.n[1]))
	nearest := cmp.Compare(r.uneven(), other.uneven())
	return cmp.Or(most, nearest, cmp.Compare(r.key.Line, other.key.Line)) < 0
}

func (r *rung) uneven() float64 { return math.Abs(r.best[0].Price.Prob() - r.best[1].Price.Prob()) }
