// Package vsin reads VSiN's page of betting splits: how the bettors of one
// sportsbook divide on the run line, the total and the moneyline.
//
// The page knows dates, not times: whoever saved it must say when it was seen.
// It goes on showing games that are under way or over with the last splits
// they had. Those are splits too; that they were seen after the start shows
// only once the game's start is known.
package vsin

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// name is the format's and the source's. The provider is the book of the page.
const name = "vsin"

// league is the one whose games are read.
const league = "MLB"

// SplitFormat is the page as served. Its dates are those of the games.
func SplitFormat() (source.SplitFormat, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return source.SplitFormat{}, fmt.Errorf("%s: %w", name, err)
	}
	return source.SplitFormat{Name: name, Source: name, Zone: eastern, NeedsTime: true, Open: Open}, nil
}

// maxPage bounds the tree that a page becomes; a slate's is under half a
// megabyte.
const maxPage = 8 << 20

// Open reads a whole page that was seen at observedAt.
func Open(r io.Reader, _ *time.Location, observedAt time.Time) (source.SplitReader, error) {
	if observedAt.IsZero() {
		return nil, fmt.Errorf("%w: the page does not say when it was seen: give the time (--observed-at)", mlb.ErrInvalid)
	}
	text, err := source.ReadBodyUpTo(r, maxPage)
	if err != nil {
		return nil, err
	}
	p, err := parsePage(text)
	if err != nil {
		return nil, fmt.Errorf("%w: not VSiN's page of betting splits as it is known: %w", mlb.ErrInvalid, err)
	}
	rd := &reader{}
	for i := range p.games {
		rd.rows = append(rd.rows, p.games[i].splits(p.book, observedAt.UTC())...)
	}
	return rd, nil
}

type item struct {
	row source.SplitRow
	err error
}

type reader struct {
	rows []item
	n    int64
}

// Next is the next market of the page that has data.
func (r *reader) Next() (source.SplitRow, error) {
	if r.n == int64(len(r.rows)) {
		return source.SplitRow{}, io.EOF
	}
	it := r.rows[r.n]
	r.n++
	it.row.N = r.n
	return it.row, it.err
}

// columns are the markets in the order of the page, three cells each: line or
// price, share of the money, share of the bets.
var columns = [3]mlb.Market{mlb.RunLine, mlb.Total, mlb.Moneyline}

func (g *game) splits(book string, seen time.Time) (all []item) {
	row := source.SplitRow{
		Text: source.Shown(g.text()), ObservedAt: seen, Ref: source.Shown(g.road.code), Date: g.date,
		Home: g.home.team, Away: g.road.team, Provider: source.Shown(book), Period: mlb.FullGame,
	}
	if err := g.check(); err != nil {
		return []item{{row, err}}
	}
	for i, market := range columns {
		it := item{row: row}
		it.row.Market = market
		if it.err = g.fill(&it.row, 3*i); it.err != nil || it.row.Bets.Known() || it.row.Money.Known() {
			all = append(all, it)
		}
	}
	return all
}

// text is the game as it is shown where it cannot be used.
func (g *game) text() string {
	return fmt.Sprintf("%s %s | %s | %s", g.date, g.road.code, &g.road, &g.home)
}

// String is the row's team and cells, or its text where it cannot be read.
func (r *teamRow) String() string {
	if r.bad != nil {
		return r.odd
	}
	return r.team + " | " + strings.Join(r.cells[:], " ")
}

func (g *game) check() error {
	switch {
	case g.bad != nil:
		return g.bad
	case g.league != league:
		return source.Reject(source.BadGame, "a game of %q, want %s", g.league, league)
	case g.home.team == "" || g.road.team == "" || g.home.team == g.road.team:
		return source.Reject(source.BadGame, "home %q, away %q", g.home.team, g.road.team)
	default:
		return nil
	}
}

// fill reads the shares of the market whose cells begin at i. The home row is
// the home side's and the under's.
func (g *game) fill(row *source.SplitRow, i int) (err error) {
	if row.Money, err = g.shares(row.Market, i+1); err != nil {
		return err
	}
	if row.Bets, err = g.shares(row.Market, i+2); err != nil {
		return err
	}
	if oneSided(row.Bets) && oneSided(row.Money) && (row.Bets.Known() || row.Money.Known()) {
		return source.Reject(source.BadSplit, "%s 100/0: too few bets", row.Market)
	}
	return nil
}

// oneSided tells that a share says nothing against all being on one side, as
// the page shows it of a game that hardly anybody has bet on yet.
func oneSided(s mlb.Share) bool { return s.First == 0 || s.Second == 0 }

// shares reads two cells; two dashes or nothing are no data.
func (g *game) shares(market mlb.Market, i int) (mlb.Share, error) {
	road, home := g.road.cells[i], g.home.cells[i]
	if isEmpty(road) && isEmpty(home) {
		return mlb.Share{}, nil
	}
	first, errFirst := percent(home)
	second, errSecond := percent(road)
	if errFirst != nil || errSecond != nil {
		return mlb.Share{}, source.Reject(source.BadSplit, "%s %s %q and %q, want two percentages", market, labels[i], road, home)
	}
	if market == mlb.Total { // the over stands in the road row
		first, second = second, first
	}
	s, err := source.Percents(first, second)
	if err != nil {
		return s, source.Reject(source.BadSplit, "%s of %s: %v", labels[i], market, err)
	}
	return s, nil
}

func isEmpty(cell string) bool { return cell == "" || cell == "-" }

func percent(cell string) (float64, error) {
	digits, ok := strings.CutSuffix(cell, "%")
	if !ok {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(digits, 64)
}
