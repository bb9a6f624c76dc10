package live

import (
	"context"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Detect replays a day's ticks in the order they were observed, up to now and
// to each game's start, and asks every strategy at every moment something
// changed. No verdict sees a price from after its own moment.
func Detect(ctx context.Context, db *store.DB, date mlb.Date, now time.Time, mc market.Config, dc detect.Config) (Detection, error) {
	d, err := newDay(date, mc, dc)
	if err != nil {
		return Detection{}, err
	}
	err = db.Snapshot(ctx, func(db *store.DB) error {
		n, err := d.read(ctx, db)
		if err == nil {
			d.apply(n, now)
		}
		return err
	})
	return d.detection(), err
}

// day is the market of one day's games as of a mark, and what the strategies
// have said of it.
type day struct {
	date   mlb.Date
	mark   int64
	books  map[mlb.BookID]mlb.Book
	limits detect.Config

	games   map[mlb.GameID]mlb.Game // made anew, never changed: others read it
	state   *market.State
	judged  map[mlb.GameID]*verdicts
	applied map[mlb.GameID]moments
	held    map[mlb.GameID]bool // games with events from after the last now
	due     time.Time           // when the first of those is; zero: there are none
}

// moments are when the last event was that was applied of a game. Splits may
// follow on the prices of their moment; nothing else may.
type moments struct{ prices, splits time.Time }

// late tells whether what changed since a moment comes before what was applied,
// so that the game is to be replayed.
func (m moments) late(kind store.Kind, since time.Time) bool {
	if since.IsZero() || !since.After(m.splits) {
		return true
	}
	if kind == store.Splits {
		return since.Before(m.prices)
	}
	return !since.After(m.prices)
}

func newDay(date mlb.Date, mc market.Config, dc detect.Config) (*day, error) {
	books, err := mlb.Books()
	if err != nil {
		return nil, err
	}
	d := &day{
		date: date, limits: dc, books: map[mlb.BookID]mlb.Book{}, state: market.New(books, mc),
		judged: map[mlb.GameID]*verdicts{}, applied: map[mlb.GameID]moments{}, held: map[mlb.GameID]bool{},
	}
	for _, b := range books {
		d.books[b.ID] = b
	}
	return d, nil
}

// news is what a day does not know yet.
type news struct {
	mark   int64
	games  map[mlb.GameID]mlb.Game
	events Events
	anew   map[mlb.GameID]bool // games that are replayed from their first event
}

// read reads, from a snapshot, what lies above the day's mark.
func (d *day) read(ctx context.Context, db *store.DB) (n news, err error) {
	if n.mark, err = db.Mark(ctx); err != nil {
		return n, err
	}
	games, err := db.GamesOn(ctx, d.date)
	if err != nil {
		return n, err
	}
	n.games, n.anew = map[mlb.GameID]mlb.Game{}, map[mlb.GameID]bool{}
	for _, g := range games {
		n.games[g.ID] = g
	}
	prices, splits, err := d.unread(ctx, db, &n)
	if err != nil || len(prices) == 0 {
		return n, err
	}
	if n.events.Ticks, err = db.TicksAfter(ctx, prices); err != nil {
		return n, err
	}
	if n.events.Polls, err = db.PollsAfter(ctx, prices); err != nil {
		return n, err
	}
	n.events.Splits, err = db.SplitsAfter(ctx, splits)
	return n, err
}

// unread says from which moments on each game is to be read, and decides which
// games are replayed.
func (d *day) unread(ctx context.Context, db *store.DB, n *news) (prices, splits map[mlb.GameID]time.Time, err error) {
	whole := d.games == nil || n.mark < d.mark // the first time, or a database that was restored
	var changes []store.Change
	if !whole && n.mark > d.mark {
		if changes, err = db.ChangesAfter(ctx, d.mark); err != nil {
			return nil, nil, err
		}
		whole = int64(len(changes)) < n.mark-d.mark // some were pruned
	}
	changed := map[mlb.GameID]bool{}
	for id := range d.held {
		changed[id] = true
	}
	for _, c := range changes {
		for id, since := range c.Games {
			changed[id] = true
			n.anew[id] = n.anew[id] || d.applied[id].late(c.Kind, since)
		}
	}
	prices, splits = map[mlb.GameID]time.Time{}, map[mlb.GameID]time.Time{}
	for id := range n.games {
		if _, known := d.games[id]; whole || !known {
			n.anew[id] = true
		}
		switch {
		case n.anew[id]:
			prices[id], splits[id] = time.Time{}, time.Time{}
		case changed[id]:
			prices[id], splits[id] = d.applied[id].prices, d.applied[id].splits
		}
	}
	return prices, splits, nil
}

// apply brings the day up to the news and to now.
func (d *day) apply(n news, now time.Time) {
	for id := range d.games {
		if _, stays := n.games[id]; !stays || n.anew[id] {
			d.forget(id)
		}
	}
	d.mark, d.games = n.mark, n.games
	rest := Replay(d.state, n.events, now, func(game mlb.GameID, at time.Time) {
		if d.judged[game] == nil {
			d.judged[game] = newVerdicts()
		}
		d.judged[game].ask(d.state.View(d.games[game], at), d.limits)
	})
	d.note(n.events, rest)
}

func (d *day) forget(id mlb.GameID) {
	d.state.Forget(id)
	delete(d.judged, id)
	delete(d.applied, id)
}

// note remembers how far each game was applied, and what waits for its time.
func (d *day) note(all, rest Events) {
	for _, q := range all.Ticks[:len(all.Ticks)-len(rest.Ticks)] {
		d.priced(q.Game, q.ObservedAt)
	}
	for _, p := range all.Polls[:len(all.Polls)-len(rest.Polls)] {
		d.priced(p.Game, p.ObservedAt)
	}
	for _, s := range all.Splits[:len(all.Splits)-len(rest.Splits)] {
		m := d.applied[s.Game]
		m.splits = s.ObservedAt // in order of time
		d.applied[s.Game] = m
	}
	clear(d.held)
	for _, q := range rest.Ticks {
		d.held[q.Game] = true
	}
	for _, p := range rest.Polls {
		d.held[p.Game] = true
	}
	for _, s := range rest.Splits {
		d.held[s.Game] = true
	}
	d.due, _ = rest.next()
}

func (d *day) priced(game mlb.GameID, at time.Time) {
	m := d.applied[game]
	if at.After(m.prices) {
		m.prices = at
	}
	d.applied[game] = m
}
