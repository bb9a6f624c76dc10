// Package market is the state of the market in event time: what every book
// offers, how old each price is, and the fair price that independent books
// together imply. It reads no clock: the moment is always an argument.
package market

import (
	"cmp"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Config says which prices may enter a fair price.
type Config struct {
	MaxAge     time.Duration // a price not confirmed for longer is stale
	Method     odds.Method   // how each book's margin is taken out
	MinFeeds   int           // independent books a fair price needs
	MinBooksum float64       // a two-way booksum outside these bounds is a misread
	MaxBooksum float64
}

// DefaultConfig are the values used unless told otherwise. The odds-ratio
// method lies between the multiplicative one, which ignores the
// favourite-longshot bias, and power, which takes most from longshots; which
// one predicts best is to be measured, not assumed.
func DefaultConfig() Config {
	return Config{MaxAge: 15 * time.Minute, Method: odds.OddsRatio, MinFeeds: 2, MinBooksum: 0.98, MaxBooksum: 1.15}
}

// State is what every book offers, as of the events applied so far.
type State struct {
	cfg   Config
	books map[mlb.BookID]mlb.Book
	games map[mlb.GameID]*gameState
}

type gameState struct {
	lines map[mlb.LineKey]map[mlb.BookID]*pair
	polls map[mlb.BookID]time.Time
}

// pair is one book's two sides of a line, in the order of Market.Sides.
type pair [2]offer

type offer struct {
	price     odds.Price // none: never offered, or withdrawn
	changedAt time.Time
}

// New is a market in which nothing is offered yet.
func New(books []mlb.Book, cfg Config) *State {
	s := &State{cfg: cfg, books: make(map[mlb.BookID]mlb.Book, len(books)), games: map[mlb.GameID]*gameState{}}
	for _, b := range books {
		s.books[b.ID] = b
	}
	return s
}

// Apply puts a quote in force. It returns false for one older than what is in
// force, which it leaves out.
func (s *State) Apply(q mlb.Quote) bool {
	o := s.offer(q.LineKey, q.Book, q.Side)
	if q.ObservedAt.Before(o.changedAt) {
		return false
	}
	o.price, o.changedAt = q.Price, q.ObservedAt
	s.Confirm(mlb.Poll{Game: q.Game, Book: q.Book, ObservedAt: q.ObservedAt})
	return true
}

// Withdraw takes a price out of force.
func (s *State) Withdraw(key mlb.LineKey, book mlb.BookID, side mlb.Side, at time.Time) bool {
	o := s.offer(key, book, side)
	if at.Before(o.changedAt) {
		return false
	}
	o.price, o.changedAt = odds.Price{}, at
	return true
}

// Confirm says that every price of the book in the game was still offered.
func (s *State) Confirm(p mlb.Poll) {
	g := s.game(p.Game)
	if p.ObservedAt.After(g.polls[p.Book]) {
		g.polls[p.Book] = p.ObservedAt
	}
}

func (s *State) game(id mlb.GameID) *gameState {
	g := s.games[id]
	if g == nil {
		g = &gameState{lines: map[mlb.LineKey]map[mlb.BookID]*pair{}, polls: map[mlb.BookID]time.Time{}}
		s.games[id] = g
	}
	return g
}

func (s *State) offer(key mlb.LineKey, book mlb.BookID, side mlb.Side) *offer {
	g := s.game(key.Game)
	at := g.lines[key]
	if at == nil {
		at = map[mlb.BookID]*pair{}
		g.lines[key] = at
	}
	p := at[book]
	if p == nil {
		p = &pair{}
		at[book] = p
	}
	return &p[sideIndex(key.Market, side)]
}

func sideIndex(m mlb.Market, side mlb.Side) int {
	if first, _ := m.Sides(); side == first {
		return 0
	}
	return 1
}

// View looks at one game at one moment. Nothing observed later is seen.
func (s *State) View(g mlb.Game, now time.Time) View {
	return View{state: s, game: g, now: now}
}

// View is one game's market at one moment.
type View struct {
	state *State
	game  mlb.Game
	now   time.Time
}

// Game is the game looked at.
func (v View) Game() mlb.Game { return v.game }

// Now is the moment looked at.
func (v View) Now() time.Time { return v.now }

// MaxAge is how long a price counts as fresh.
func (v View) MaxAge() time.Duration { return v.state.cfg.MaxAge }

// Book is the book of an id; unknown ids have no brand and so no vote.
func (v View) Book(id mlb.BookID) mlb.Book { return v.state.books[id] }

// Lines are the lines somebody offers, in order of market, period and line.
func (v View) Lines() []mlb.LineKey {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	keys := make([]mlb.LineKey, 0, len(g.lines))
	for k, books := range g.lines {
		if v.offered(books) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b mlb.LineKey) int {
		return cmp.Or(cmp.Compare(a.Market, b.Market), cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line))
	})
	return keys
}

func (v View) offered(books map[mlb.BookID]*pair) bool {
	for _, p := range books {
		for _, o := range p {
			if o.price.Valid() && !o.changedAt.After(v.now) {
				return true
			}
		}
	}
	return false
}

// Offer is one book's price of one side.
type Offer struct {
	Book      mlb.Book
	Price     odds.Price
	Opposite  odds.Price // the book's price of the other side; may be none
	ChangedAt time.Time
	Age       time.Duration // since the price was last confirmed
}

// Offers are the prices of one side of a line, by book.
func (v View) Offers(key mlb.LineKey, side mlb.Side) []Offer {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	i := sideIndex(key.Market, side)
	var all []Offer
	for id, p := range g.lines[key] {
		if o, ok := v.offer(g, id, p, i); ok {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b Offer) int { return cmp.Compare(a.Book.ID, b.Book.ID) })
	return all
}

func (v View) offer(g *gameState, id mlb.BookID, p *pair, i int) (Offer, bool) {
	mine, other := p[i], p[1-i]
	if !mine.price.Valid() || mine.changedAt.After(v.now) {
		return Offer{}, false
	}
	if other.changedAt.After(v.now) {
		other.price = odds.Price{}
	}
	seen := g.polls[id]
	if seen.After(v.now) { // a later poll says nothing about now
		seen = mine.changedAt
	}
	return Offer{
		Book: v.state.books[id], Price: mine.price, Opposite: other.price,
		ChangedAt: mine.changedAt, Age: v.now.Sub(seen),
	}, true
}
