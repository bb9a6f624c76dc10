// Package market is the state of the market in event time: what every book
// offers, how old each price is, the fair price that independent books
// together imply, and what has lately become of all that: moves, main lines,
// how closely each book was watched, what the public is said to bet, news. It
// reads no clock: the moment is always an argument.
//
// Events of different moments may come in any order without harm to the
// prices in force. What is remembered of the past wants them in order of
// time, and the ticks of a moment before its splits.
package market

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Config says which prices may enter a fair price, and how much is remembered.
type Config struct {
	MaxAge     time.Duration // a price not confirmed for longer is stale
	Method     odds.Method   // how each book's margin is taken out
	MinFeeds   int           // independent books a fair price needs
	MinBooksum float64       // a two-way booksum outside these bounds is a misread
	MaxBooksum float64
	History    time.Duration // how far back a view looks
}

// DefaultConfig are the values used unless told otherwise. The odds-ratio
// method lies between the multiplicative one, which ignores the
// favourite-longshot bias, and power, which takes most from longshots; which
// one predicts best is to be measured, not assumed.
func DefaultConfig() Config {
	return Config{
		MaxAge: 15 * time.Minute, Method: odds.OddsRatio, MinFeeds: 2, MinBooksum: 0.98, MaxBooksum: 1.15,
		History: 30 * time.Minute,
	}
}

// State is what every book offers, as of the events applied so far.
type State struct {
	cfg   Config
	books map[mlb.BookID]mlb.Book
	games map[mlb.GameID]*gameState
}

type gameState struct {
	lines   map[mlb.LineKey]*line
	venues  []*venue // by book
	markets []marketPeriod
	crowds  []*crowd // by provider, market and period
	news    ring[News]
}

type marketPeriod struct {
	market mlb.Market
	period mlb.Period
}

// line is one line of a game; its places are in order of their books.
type line struct {
	key    mlb.LineKey
	places []seat
}

// seat keeps a place's book beside the pointer to it: a search reads one
// stretch of memory.
type seat struct {
	book  mlb.BookID
	place *place
}

// place is one book on one line: its prices in force, and its fair price as it
// went.
type place struct {
	line   *line
	book   mlb.Book
	venue  *venue
	ladder *ladder
	pair   [2]offer // in the order of Market.Sides
	trail  ring[point]
	last   point   // the newest of the trail
	far    float64 // of it from even, |log-odds|; infinite: not offered
}

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
	p := s.place(q.LineKey, q.Book)
	o := &p.pair[sideIndex(q.Market, q.Side)]
	if q.ObservedAt.Before(o.changedAt) {
		return false
	}
	same := o.price == q.Price
	o.price, o.changedAt = q.Price, q.ObservedAt
	p.venue.confirm(q.ObservedAt.UnixNano())
	if !same {
		s.record(p)
	}
	return true
}

// Forget takes everything heard of a game back, for it to be told anew.
func (s *State) Forget(game mlb.GameID) { delete(s.games, game) }

// Withdraw takes a price out of force.
func (s *State) Withdraw(key mlb.LineKey, book mlb.BookID, side mlb.Side, at time.Time) bool {
	p := s.place(key, book)
	o := &p.pair[sideIndex(key.Market, side)]
	if at.Before(o.changedAt) {
		return false
	}
	o.price, o.changedAt = odds.Price{}, at
	s.record(p)
	return true
}

// Confirm says that every price of the book in the game was still offered.
func (s *State) Confirm(p mlb.Poll) {
	s.venue(s.game(p.Game), p.Book).confirm(p.ObservedAt.UnixNano())
}

func (s *State) game(id mlb.GameID) *gameState {
	g := s.games[id]
	if g == nil {
		g = &gameState{lines: map[mlb.LineKey]*line{}}
		s.games[id] = g
	}
	return g
}

func (s *State) place(key mlb.LineKey, book mlb.BookID) *place {
	g := s.game(key.Game)
	l := g.lines[key]
	if l == nil {
		l = g.open(key)
	}
	if p := l.place(book); p != nil {
		return p
	}
	return s.seat(g, l, book)
}

// place is the book's, nil where it never quoted the line. A line has some
// ten: looking through them beats any cleverer search.
func (l *line) place(book mlb.BookID) *place {
	for i := range l.places {
		if l.places[i].book == book {
			return l.places[i].place
		}
	}
	return nil
}

func (g *gameState) open(key mlb.LineKey) *line {
	l := &line{key: key}
	g.lines[key] = l
	mp := marketPeriod{key.Market, key.Period}
	i, ok := slices.BinarySearchFunc(g.markets, mp, func(a, b marketPeriod) int {
		return cmp.Or(cmp.Compare(a.market, b.market), cmp.Compare(a.period, b.period))
	})
	if !ok {
		g.markets = slices.Insert(g.markets, i, mp)
	}
	return l
}

func (s *State) seat(g *gameState, l *line, id mlb.BookID) *place {
	v := s.venue(g, id)
	p := &place{line: l, book: v.book, venue: v, ladder: v.ladder(l.key.Market, l.key.Period), far: math.Inf(1)}
	p.ladder.places = append(p.ladder.places, p)
	i, _ := slices.BinarySearchFunc(l.places, id, func(x seat, id mlb.BookID) int { return cmp.Compare(x.book, id) })
	l.places = slices.Insert(l.places, i, seat{id, p})
	return p
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
	for k, l := range g.lines {
		if v.offered(l) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b mlb.LineKey) int {
		return cmp.Or(cmp.Compare(a.Market, b.Market), cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line))
	})
	return keys
}

func (v View) offered(l *line) bool {
	for _, s := range l.places {
		for _, o := range s.place.pair {
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
	if g == nil || g.lines[key] == nil {
		return nil
	}
	i := sideIndex(key.Market, side)
	var all []Offer
	for _, s := range g.lines[key].places {
		if o, ok := v.offer(s.place, i); ok {
			all = append(all, o)
		}
	}
	return all
}

func (v View) offer(p *place, i int) (Offer, bool) {
	mine, other := p.pair[i], p.pair[1-i]
	if !mine.price.Valid() || mine.changedAt.After(v.now) {
		return Offer{}, false
	}
	if other.changedAt.After(v.now) {
		other.price = odds.Price{}
	}
	age := v.now.Sub(mine.changedAt)
	if seen, ok := p.venue.seen(v.now.UnixNano()); ok { // a later poll says nothing about now
		age = min(age, time.Duration(v.now.UnixNano()-seen))
	}
	return Offer{Book: p.book, Price: mine.price, Opposite: other.price, ChangedAt: mine.changedAt, Age: age}, true
}
