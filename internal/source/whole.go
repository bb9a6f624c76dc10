package source

import (
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// RejectPrice is the error of a text that is no American price, by what it is
// likely to be instead: a number that stands for "no price", or a mean of
// prices, which the American form does not have.
func RejectPrice(text string) error {
	p, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || math.IsNaN(p) || math.IsInf(p, 0):
		return Reject(BadPrice, "%q", text)
	case p == 0 || isSentinel(p):
		return Reject(SentinelPrice, "%q stands for no price", text)
	case math.Abs(p) < 100 || p != math.Trunc(p):
		return Reject(AveragePrice, "%q is a mean of prices, or no American price", text)
	default:
		return Reject(BadPrice, "%q", text)
	}
}

// isSentinel tells the numbers that programs write where they have no price.
func isSentinel(p float64) bool {
	switch math.Abs(p) {
	case 9_999, 99_999, 999_999:
		return true
	default:
		return false
	}
}

// Whole is a format read as what one answer shows, where one row may speak
// against another. It sets aside
//
//   - all of a game whose home and away the answer itself contradicts;
//   - all prices of a book in a game of which it is listed twice at different
//     prices: neither can be told to be the right one;
//   - all prices of a book of which so many are means of prices that the others
//     must be too: some means are valid numbers;
//   - prices that are sentinels although a book could quote them.
func Whole(f OddsFormat) OddsFormat {
	open := f.Open
	f.Open = func(r io.Reader, zone *time.Location) (OddsReader, error) {
		rows, err := open(r, zone)
		if err != nil {
			return nil, err
		}
		return readWhole(rows)
	}
	return f
}

type wholeRow struct {
	row OddsRow
	bad error
}

// wholeReader hands out the rows of an answer that has been judged.
type wholeReader struct{ rows []wholeRow }

// Next is the next row.
func (w *wholeReader) Next() (OddsRow, error) {
	if len(w.rows) == 0 {
		return OddsRow{}, io.EOF
	}
	r := w.rows[0]
	w.rows = w.rows[1:]
	return r.row, r.bad
}

func readWhole(from OddsReader) (*wholeReader, error) {
	w := &wholeReader{}
	for {
		row, err := from.Next()
		switch {
		case errors.Is(err, io.EOF):
			w.judge()
			return w, nil
		case err != nil && !errors.As(err, new(*RowError)):
			return nil, err
		}
		w.rows = append(w.rows, wholeRow{row, err})
	}
}

// bookOf is a book's prices of one game in one answer; without a book, the
// game's.
type bookOf struct {
	ref, home, away string
	start, seen     time.Time
	book            string
}

func bookOfRow(r *OddsRow) bookOf {
	return bookOf{r.Ref, r.Home, r.Away, r.Start, r.ObservedAt, r.Book}
}

func (b bookOf) game() bookOf {
	b.book = ""
	return b
}

// outcomeOf is one thing that can be bet on at a book.
type outcomeOf struct {
	bookOf
	market mlb.Market
	period mlb.Period
	side   mlb.Side
	line   mlb.Line
}

// meansOf counts a book's prices, and those that are means.
type meansOf struct{ all, means int }

// A book gives means where at least so many and this part of its prices are.
const (
	fewestMeans = 3
	partMeans   = 0.1
)

func (m meansOf) tell() bool {
	return m.means >= fewestMeans && float64(m.means) >= partMeans*float64(m.all)
}

func (w *wholeReader) judge() {
	swapped, twice, means := w.swapped(), w.twice(), w.means()
	for i := range w.rows {
		r := &w.rows[i]
		if r.bad != nil {
			continue
		}
		at := bookOfRow(&r.row)
		switch price := r.row.Price.String(); {
		case swapped[at.game()]:
			r.bad = Reject(SwappedTeams, "another price of %s @ %s is under the other side's team", at.away, at.home)
		case twice[at]:
			r.bad = Reject(DuplicatedBook, "book %q of %s @ %s is listed twice at different prices", at.book, at.away, at.home)
		case means[at.book].tell():
			r.bad = Reject(AveragePrice, "%s of book %q, of which %d of %d prices are means of prices", price, at.book, means[at.book].means, means[at.book].all)
		case !r.row.Price.IsDecimal() && isSentinel(float64(r.row.Price.Int())):
			r.bad = Reject(SentinelPrice, "%s stands for no price", price)
		}
	}
}

func (w *wholeReader) swapped() map[bookOf]bool {
	all := map[bookOf]bool{}
	for i := range w.rows {
		if reasonOf(w.rows[i].bad) == SwappedTeams {
			all[bookOfRow(&w.rows[i].row).game()] = true
		}
	}
	return all
}

// twice are the books that tell one outcome of a capture at two prices.
func (w *wholeReader) twice() map[bookOf]bool {
	all, told := map[bookOf]bool{}, map[outcomeOf]*OddsRow{}
	for i := range w.rows {
		r := &w.rows[i].row
		if w.rows[i].bad != nil || !r.Complete {
			continue
		}
		k := outcomeOf{bookOfRow(r), r.Market, r.Period, r.Side, r.Line}
		if before := told[k]; before != nil && before.Price != r.Price {
			all[k.bookOf] = true
		}
		told[k] = r
	}
	return all
}

func (w *wholeReader) means() map[string]meansOf {
	all := map[string]meansOf{}
	for i := range w.rows {
		r := &w.rows[i]
		m := all[r.row.Book]
		switch {
		case reasonOf(r.bad) == AveragePrice:
			m.means++
			m.all++
		case r.bad == nil:
			m.all++
		}
		all[r.row.Book] = m
	}
	return all
}

// reasonOf is why a row cannot be used, "" where it can.
func reasonOf(err error) Reason {
	var bad *RowError
	if errors.As(err, &bad) {
		return bad.Reason
	}
	return ""
}
