package mlb

import (
	"time"

	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// LineKey names one line of one market of one game: what both sides of a
// price share, at any book.
type LineKey struct {
	Game   GameID
	Market Market
	Period Period
	Line   Line // from the home side's view; 0 for a moneyline
}

// Quote is one price of one book at one moment: a tick. Without a price it says
// that the book withdrew the one before it.
type Quote struct {
	LineKey
	Book       BookID
	Side       Side
	Price      odds.Price
	ObservedAt time.Time // when the source saw it, UTC
}

// Poll says that a source looked at a book's prices of a game: every price of
// that book in force is confirmed as of then, whether it changed or not.
type Poll struct {
	Game       GameID
	Book       BookID
	ObservedAt time.Time
}
