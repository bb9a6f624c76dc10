package sbro

import (
	"math"
	"strconv"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// oddsReader hands out a season's prices. Its unit is a price, or a line that
// belongs to no game.
type oddsReader struct {
	games *games
	n     int64
	rows  []answer // of the game last read
	given int      // of rows
}

type answer struct {
	row source.OddsRow
	err error
}

// Next is the next price.
func (r *oddsReader) Next() (source.OddsRow, error) {
	for r.given == len(r.rows) {
		e, err := r.games.next()
		if err != nil {
			return source.OddsRow{}, err
		}
		r.rows, r.given = r.rows[:0], 0
		if e.err != nil {
			r.add(source.OddsRow{Text: e.text}, e.err)
		} else {
			r.addGame(&e.game)
		}
	}
	a := r.rows[r.given]
	r.given++
	return a.row, a.err
}

func (r *oddsReader) add(row source.OddsRow, err error) {
	r.n++
	row.N = r.n
	r.rows = append(r.rows, answer{row, err})
}

func (r *oddsReader) addGame(g *game) {
	l, base := &r.games.layout, g.odds()
	moneyline := g.quote(l, mlb.Moneyline, source.Closing, colClose)
	r.addQuote(g, base, g.quote(l, mlb.Moneyline, source.Opening, colOpen))
	r.addQuote(g, base, moneyline)
	if l.at[colRunLine] >= 0 {
		q := g.quote(l, mlb.RunLine, source.Closing, colRunLine)
		q.compare(&moneyline)
		r.addQuote(g, base, q)
	}
	r.addQuote(g, base, g.quote(l, mlb.Total, source.Opening, colOpenTotal))
	r.addQuote(g, base, g.quote(l, mlb.Total, source.Closing, colCloseTotal))
}

// odds is what all prices of the game have in common.
func (g *game) odds() source.OddsRow {
	return source.OddsRow{
		Ref: g.ref(), Date: g.away.date, Number: g.number, Home: g.home.team, Away: g.away.team, Book: name, Period: mlb.FullGame,
	}
}

func (r *oddsReader) addQuote(g *game, row source.OddsRow, q quote) {
	row.Market, row.Kind = q.market, q.kind
	for i, text := range [2]string{g.away.text, g.home.text} {
		s := &q.sides[i]
		if !s.told {
			continue
		}
		row.Text, row.Side, row.Line, row.Price = text, s.side, s.line.ForSide(q.market, s.side), s.price
		r.add(row, s.err)
	}
}

// quote is both sides of a market at one moment, the visitor's line first: of
// a total that is the over.
type quote struct {
	market mlb.Market
	kind   source.PriceKind
	column string
	sides  [2]side
}

type side struct {
	side  mlb.Side
	told  bool
	line  mlb.Line // as the side's own ticket shows it
	price odds.Price
	err   error
}

// quote reads a market of the game from its column and, where it has lines,
// the column after it.
func (g *game) quote(l *layout, m mlb.Market, k source.PriceKind, column int) quote {
	q := quote{market: m, kind: k, column: columnNames[column]}
	q.sides[0].side, q.sides[1].side = mlb.Away, mlb.Home
	if m == mlb.Total {
		q.sides[0].side, q.sides[1].side = mlb.Over, mlb.Under
	}
	i := l.at[column]
	for n, cells := range [2][]string{g.away.cells, g.home.cells} {
		s := &q.sides[n]
		if m.HasLine() {
			s.read(q.market, q.column, cells[i], cells[i+1])
		} else {
			s.read(q.market, q.column, "0", cells[i])
		}
	}
	q.check()
	return q
}

// read reads one side. "NL" means that there was no line.
func (s *side) read(m mlb.Market, column, lineText, priceText string) {
	if s.told = told(lineText) && told(priceText); !s.told {
		return
	}
	var err error
	if s.line, err = mlb.ParseLine(lineText); err != nil {
		s.err = source.Reject(source.BadLine, "%s %.20q", column, lineText)
		return
	}
	if m == mlb.Total && (s.line < minTotal || s.line > maxTotal) {
		s.err = source.Reject(source.BadLine, "%s %q, want a total from %s to %s", column, lineText, minTotal, maxTotal)
		return
	}
	if s.price, err = parsePrice(priceText); err != nil {
		s.err = source.Reject(source.BadPrice, "%.20q in column %s", priceText, column)
	}
}

func told(s string) bool { return s != "" && !strings.EqualFold(s, "NL") }

// The totals a main line can have.
const (
	minTotal mlb.Line = 2 * 4
	maxTotal mlb.Line = 2 * 20
)

// parsePrice reads an American price. The archive is a consensus of books and
// a few of its prices are means of two, such as -219.5: they are kept as the
// decimal price nearest to them, within 0.00005.
func parsePrice(s string) (odds.Price, error) {
	a, err := odds.ParseAmerican(s)
	if err == nil {
		return odds.FromAmerican(a)
	}
	f, errFloat := strconv.ParseFloat(s, 64)
	if errFloat != nil || strings.Trim(s, "+-.0123456789") != "" || math.Abs(f) < 100 || math.Abs(f) > 1e5 {
		return odds.Price{}, err
	}
	if f == math.Trunc(f) {
		return odds.FromAmerican(odds.American(f))
	}
	payout := 1 + f/100
	if f < 0 {
		payout = 1 - 100/f
	}
	return odds.FromDecimal10k(int32(math.Round(payout * 10_000)))
}

// The booksums that two sides of one market can have: below the first, one
// could back both and win.
const (
	minBooksum = 0.98
	maxBooksum = 1.15
)

// check refuses both sides where they do not belong together.
func (q *quote) check() {
	a, b := &q.sides[0], &q.sides[1]
	if !q.whole() {
		return
	}
	if a.line.ForSide(q.market, a.side) != b.line.ForSide(q.market, b.side) {
		q.refuse(source.Reject(source.BadLine, "%s is %s on the one side and %s on the other", q.column, a.line, b.line))
		return
	}
	if q.market == mlb.RunLine && a.line == 0 {
		q.refuse(source.Reject(source.BadLine, "%s of 0 runs", q.column))
		return
	}
	if sum := a.price.Prob() + b.price.Prob(); sum < minBooksum || sum > maxBooksum {
		q.refuse(source.Reject(source.BadPrice, "%s %s and %s have the booksum %.4f, want %.2f to %.2f", q.column, a.price, b.price, sum, minBooksum, maxBooksum))
	}
}

// compare refuses a run line that contradicts the closing moneyline: to win by
// more than a run cannot be likelier than to win. Where it seems so the
// archive has the signs the wrong way round.
func (q *quote) compare(moneyline *quote) {
	if !q.whole() || !moneyline.whole() {
		return
	}
	for i, s := range q.sides {
		if wins := moneyline.sides[i].price; s.line <= -2 && s.price.Prob() > wins.Prob() {
			q.refuse(source.Reject(source.BadLine, "%s %s at %s of the %s side contradicts its moneyline of %s", q.column, s.line, s.price, s.side, wins))
			return
		}
	}
}

// whole tells whether both sides are there and could be read.
func (q *quote) whole() bool {
	a, b := &q.sides[0], &q.sides[1]
	return a.told && b.told && a.err == nil && b.err == nil
}

func (q *quote) refuse(err error) { q.sides[0].err, q.sides[1].err = err, err }
