package app

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Why a game is left out of a check of closing prices.
const (
	noFinal    = "no_final"  // no final score: a tie, suspended, or not a number
	noClose    = "no_close"  // not both sides have a closing moneyline
	offBooksum = "booksum"   // the two sides sum to less or more than a book's margin
	noBasis    = "no_cutoff" // no start is known, so no last price before it
)

// The booksums a closing moneyline must lie between to be checked.
const (
	leastBooksum = 1.00
	mostBooksum  = 1.12
)

// ClosingCheck says how good closing moneylines were: fair probabilities (the
// multiplicative method) against results.
type ClosingCheck struct {
	N            int            `json:"n"`
	HomeWins     int            `json:"home_wins"`
	MeanFairHome float64        `json:"mean_fair_home"` // NaN is null
	Brier        float64        `json:"brier"`          // mean squared error of the home side's fair probability
	HomeUnits    float64        `json:"home_units"`     // won or lost by one unit on every home side at the close
	AwayUnits    float64        `json:"away_units"`
	StartBasis   map[string]int `json:"start_basis"` // of the games checked: what their close was cut off by
	Skipped      map[string]int `json:"skipped"`     // games by why they were left out
}

// closing is one game's closing moneyline.
type closing struct {
	home, away odds.Price
	basis      string
}

// CheckClosings compares a season's closing moneylines of one archive or book
// with the results that the same source tells.
func (a *App) CheckClosings(ctx context.Context, sourceName string, season int) (ClosingCheck, error) {
	games, err := a.DB.GamesBetween(ctx, yearBegin(season), yearEnd(season))
	if err != nil {
		return ClosingCheck{}, err
	}
	closings, err := a.closings(ctx, sourceName, season, games)
	if err != nil {
		return ClosingCheck{}, err
	}
	results, err := a.DB.ResultsOf(ctx, sourceName, ids(games))
	if err != nil {
		return ClosingCheck{}, err
	}
	c := ClosingCheck{Skipped: map[string]int{}, StartBasis: map[string]int{}}
	for _, g := range games {
		closed, hasClose := closings[g.ID]
		result, hasResult := results[g.ID]
		if hasClose || hasResult {
			c.take(closed, result)
		}
	}
	if c.N > 0 {
		c.MeanFairHome /= float64(c.N)
		c.Brier /= float64(c.N)
	}
	return c, nil
}

// take adds one game.
func (c *ClosingCheck) take(closed closing, r mlb.Result) {
	if why := unusable(closed, r); why != "" {
		c.Skipped[why]++
		return
	}
	p := fairHome(closed)
	won := 0.0
	if r.Score.Home > r.Score.Away {
		won = 1
		c.HomeWins++
	}
	c.N++
	c.MeanFairHome += p
	c.Brier += (p - won) * (p - won)
	c.HomeUnits += won*closed.home.Decimal() - 1
	c.AwayUnits += (1-won)*closed.away.Decimal() - 1
	c.StartBasis[closed.basis]++
}

func unusable(closed closing, r mlb.Result) string {
	switch {
	case closed.basis == noBasis:
		return noBasis
	case !closed.home.Valid() || !closed.away.Valid():
		return noClose
	case r.Status != mlb.Final || r.Score.Home == r.Score.Away:
		return noFinal
	}
	if sum := closed.home.Prob() + closed.away.Prob(); sum < leastBooksum || sum > mostBooksum {
		return offBooksum
	}
	return ""
}

func fairHome(c closing) float64 {
	q1, q2 := c.home.Prob(), c.away.Prob()
	return q1 / (q1 + q2)
}

// closings are the closing moneylines a source tells of a season: labelled as
// such by an archive, otherwise the last price before each game's cutoff.
func (a *App) closings(ctx context.Context, sourceName string, season int, games []mlb.Game) (map[mlb.GameID]closing, error) {
	archived, err := a.DB.Archive(ctx, sourceName, yearBegin(season), yearEnd(season))
	if err != nil {
		return nil, err
	}
	all := map[mlb.GameID]closing{}
	for _, p := range archived {
		if p.Kind == source.Closing && p.Market == mlb.Moneyline && p.Period == mlb.FullGame {
			all[p.Game] = all[p.Game].with(p.Side, p.Price, "labelled")
		}
	}
	if len(archived) > 0 {
		return all, nil
	}
	lines, err := a.DB.MoneylinesOf(ctx, sourceName, yearBegin(season), yearEnd(season))
	if err != nil {
		return nil, err
	}
	starts := map[mlb.GameID]string{}
	for _, g := range games {
		basis := g.Cutoff().Basis
		if starts[g.ID] = basis.String(); basis == mlb.NoStart {
			starts[g.ID] = noBasis
		}
	}
	for i, l := range lines {
		if l.Book != lines[0].Book {
			return nil, fmt.Errorf("%w: %s quotes several books (%d and %d): only a source of one book has one closing price",
				mlb.ErrInvalid, sourceName, lines[0].Book, lines[i].Book)
		}
		all[l.Game] = all[l.Game].with(l.Side, l.Close, starts[l.Game])
	}
	return all, nil
}

func (c closing) with(side mlb.Side, p odds.Price, basis string) closing {
	c.basis = basis
	if side == mlb.Home {
		c.home = p
	} else {
		c.away = p
	}
	return c
}

// ClosingComparison says how near two sources' closing moneylines are.
type ClosingComparison struct {
	Matched        int     `json:"matched"`
	MeanDifference float64 `json:"mean_difference"` // of the home side's fair probability, first source less second
	MeanAbsolute   float64 `json:"mean_absolute"`
	Within2Points  float64 `json:"within_2_points"` // share of the matched games
}

// CompareClosings compares the closing moneylines of two sources on the games
// of a season that both tell of.
func (a *App) CompareClosings(ctx context.Context, first, second string, season int) (c ClosingComparison, err error) {
	games, err := a.DB.GamesBetween(ctx, yearBegin(season), yearEnd(season))
	if err != nil {
		return c, err
	}
	one, err := a.closings(ctx, first, season, games)
	if err != nil {
		return c, err
	}
	other, err := a.closings(ctx, second, season, games)
	if err != nil {
		return c, err
	}
	within := 0
	for _, g := range games {
		x, y := one[g.ID], other[g.ID]
		if !twoSided(x) || !twoSided(y) {
			continue
		}
		d := fairHome(x) - fairHome(y)
		c.Matched++
		c.MeanDifference += d
		c.MeanAbsolute += math.Abs(d)
		if math.Abs(d) <= 0.02 {
			within++
		}
	}
	if c.Matched == 0 {
		return c, fmt.Errorf("%w: no game of %d has a closing moneyline of both %s and %s: import them first", mlb.ErrNotFound, season, first, second)
	}
	n := float64(c.Matched)
	c.MeanDifference, c.MeanAbsolute, c.Within2Points = c.MeanDifference/n, c.MeanAbsolute/n, float64(within)/n
	return c, nil
}

// twoSided tells whether a closing moneyline has two sides with a margin.
func twoSided(c closing) bool {
	return c.home.Valid() && c.away.Valid() && c.basis != noBasis &&
		c.home.Prob()+c.away.Prob() >= leastBooksum && c.home.Prob()+c.away.Prob() <= mostBooksum
}

func yearBegin(y int) mlb.Date { return mlb.Date{Year: y, Month: time.January, Day: 1} }
func yearEnd(y int) mlb.Date   { return mlb.Date{Year: y, Month: time.December, Day: 31} }

func ids(games []mlb.Game) []mlb.GameID {
	all := make([]mlb.GameID, len(games))
	for i, g := range games {
		all[i] = g.ID
	}
	return all
}
