package market

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// slate are ticks of a day of fifteen games as a captured market looked: ten
// books, 26 lines a game, both sides of a line at one moment, some fourteen
// prices of one book and game together.
func slate(n int) ([]mlb.Book, []mlb.Quote) {
	r := rand.New(rand.NewPCG(1, 2))
	var books []mlb.Book
	for i := range 10 {
		b := mlb.Book{ID: mlb.BookID(i + 1)}
		b.Brand = mlb.Brand{Slug: string(rune('a' + i)), Kind: mlb.KindBook, Feed: string(rune('a' + i/2)), Sharp: 0.4}
		books = append(books, b)
	}
	var lines []mlb.LineKey
	for i := range 26 {
		key := mlb.LineKey{Market: mlb.Total, Period: mlb.FullGame, Line: mlb.Line(10 + i)}
		if i < 10 {
			key.Market, key.Line = mlb.RunLine, mlb.Line(2*i-9)
		} else if i < 12 {
			key.Market, key.Period, key.Line = mlb.Moneyline, mlb.Period(i-9), 0
		}
		lines = append(lines, key)
	}
	at := clock("12:00")
	var quotes []mlb.Quote
	for len(quotes) < n {
		at = at.Add(time.Second)
		game, book := mlb.GameID(r.IntN(15)+1), mlb.BookID(r.IntN(10)+1)
		from := r.IntN(len(lines))
		for i := range 7 {
			key := lines[(from+i)%len(lines)]
			key.Game = game
			a := odds.American(-100 - 5*(r.IntN(6)+1)) // -105..-130; the other side -130..-105
			first, second := key.Market.Sides()
			quotes = append(quotes,
				mlb.Quote{LineKey: key, Book: book, Side: first, Price: price(a), ObservedAt: at},
				mlb.Quote{LineKey: key, Book: book, Side: second, Price: price(-235 - a), ObservedAt: at})
		}
	}
	return books, quotes[:n]
}

func BenchmarkApply(b *testing.B) {
	books, quotes := slate(1 << 18)
	span := quotes[len(quotes)-1].ObservedAt.Sub(quotes[0].ObservedAt) + time.Second
	s := New(books, DefaultConfig())
	for _, q := range quotes {
		s.Apply(q)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		q := quotes[i%len(quotes)]
		q.ObservedAt = q.ObservedAt.Add(span * time.Duration(1+i/len(quotes)))
		s.Apply(q)
	}
}
