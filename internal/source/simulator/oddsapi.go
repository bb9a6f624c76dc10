package simulator

import (
	"fmt"
	"math"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// snapshotEvery is how far The Odds API's historical snapshots are apart.
const snapshotEvery = 5 * time.Minute

// oddsID is The Odds API's id of the event.
func (e *event) oddsID() string {
	hash := mix(uint64(e.season.cfg.Season)<<32|uint64(e.n)) >> 8
	return fmt.Sprintf("%s%014x", source.SimulatedPrefix, hash)
}

// OddsAPI is a historical snapshot of v4: the last one at a moment, every five
// minutes one, in its envelope.
func (d *Day) OddsAPI(at time.Time) []byte {
	at = at.UTC().Truncate(snapshotEvery)
	w := make(body, 0, len(d.markets)*16<<10)
	w.time(`{"timestamp":`, at, wholeZ).time(`,"previous_timestamp":`, at.Add(-snapshotEvery), wholeZ).
		time(`,"next_timestamp":`, at.Add(snapshotEvery), wholeZ).raw(`,"data":`)
	d.oddsEvents(&w, at)
	w.raw(`}`)
	return w
}

// OddsAPILive is the v4 list of events as it stood at a moment.
func (d *Day) OddsAPILive(at time.Time) []byte {
	w := make(body, 0, len(d.markets)*16<<10)
	d.oddsEvents(&w, at)
	return w
}

// oddsEvents lists the day's events that are open, and those that have begun
// until they end: at the last prices before, since no prices during a game are
// simulated.
func (d *Day) oddsEvents(w *body, at time.Time) {
	w.raw(`[`)
	n := 0
	for _, m := range d.markets {
		if _, ok := m.opening(0, at); !ok {
			continue
		}
		if s := m.state(at); s == called || s == suspended || s == over || s == final {
			continue
		}
		w.comma(n)
		n++
		m.oddsEvent(w, at)
	}
	w.raw(`]`)
}

func (m *market) oddsEvent(w *body, at time.Time) {
	w.str(`{"id":`, m.oddsID()).raw(`,"sport_key":"baseball_mlb","sport_title":"MLB"`).time(`,"commence_time":`, m.announced(at).Add(time.Minute), wholeZ).
		str(`,"home_team":`, m.game.home.Name).str(`,"away_team":`, m.game.away.Name).raw(`,"bookmakers":[`)
	n := 0
	for b := range books {
		seen := m.lookedAt(b, at)
		if _, ok := m.quoteAt(b, 0, seen); !ok || books[b].key == "" {
			continue
		}
		w.comma(n)
		n++
		m.bookmaker(w, b, seen)
	}
	w.raw(`]}`)
}

// lookedAt is when The Odds API last looked at the book: within a minute.
func (m *market) lookedAt(b int, at time.Time) time.Time {
	behind := mix(uint64(at.Unix())<<8|uint64(b)) % 55
	return at.Add(-time.Duration(behind) * time.Second).UTC().Truncate(time.Second)
}

func (m *market) bookmaker(w *body, b int, seen time.Time) {
	book := &books[b]
	w.str(`{"key":`, book.key).str(`,"title":`, book.title).time(`,"last_update":`, seen, wholeZ).raw(`,"markets":[`)
	var q [len(markets)]update
	for k := range markets {
		u, ok := m.quoteAt(b, k, seen)
		if !ok {
			continue
		}
		q[k] = u
		w.comma(k)
		openMarket(w, [len(markets)]string{"h2h", "spreads", "totals"}[k], seen)
		m.pair(w, k, u)
		w.raw(`]}`)
	}
	if book.alternates && q[1].first != 0 && q[2].first != 0 {
		m.alternates(w, b, q, seen)
	}
	w.raw(`]}`)
}

func openMarket(w *body, key string, seen time.Time) {
	w.str(`{"key":`, key).time(`,"last_update":`, seen, wholeZ).raw(`,"outcomes":[`)
}

// pair writes both sides of a line, the home side or the over first.
func (m *market) pair(w *body, k int, u update) {
	names := [2]string{m.game.home.Name, m.game.away.Name}
	if markets[k] == mlb.Total {
		names = [2]string{"Over", "Under"}
	}
	for side, price := range [2]int16{u.first, u.second} {
		w.comma(side).str(`{"name":`, names[side]).int(`,"price":`, int64(price))
		if k > 0 {
			w.line(`,"point":`, anLine(u, k, side))
		}
		w.raw(`}`)
	}
}

// alternates writes the lines beside the main ones, and the first five
// innings', as the API serves them event by event.
func (m *market) alternates(w *body, b int, q [len(markets)]update, seen time.Time) {
	w.raw(`,`)
	openMarket(w, "alternate_spreads", seen)
	m.beside(w, b, 1, q[1], []mlb.Line{-5, -3, 3, 5})
	w.raw(`]},`)
	openMarket(w, "alternate_totals", seen)
	now := mlb.Line(q[2].line)
	m.beside(w, b, 2, q[2], []mlb.Line{now - 2, now - 1, now + 1, now + 2})
	w.raw(`]},`)
	openMarket(w, "h2h_1st_5_innings", seen)
	m.pair(w, 0, m.derived(b, 0, q[0], &m.lines.five, 0))
	w.raw(`]},`)
	openMarket(w, "totals_1st_5_innings", seen)
	at, ln := m.fiveTotal()
	m.pair(w, 2, m.derived(b, 2, q[2], ln, at))
	w.raw(`]}`)
}

// fiveTotal is the first five innings' total nearest to even.
func (m *market) fiveTotal() (at mlb.Line, ln *line) {
	best := 0
	for i := range m.lines.fiveTotal {
		if math.Abs(m.lines.fiveTotal[i].z) < math.Abs(m.lines.fiveTotal[best].z) {
			best = i
		}
	}
	return mlb.Line(minFive + best), &m.lines.fiveTotal[best]
}

func (m *market) beside(w *body, b, k int, main update, all []mlb.Line) {
	n := 0
	for _, at := range all {
		ln := m.lines.of(markets[k], at)
		if ln == nil || at == mlb.Line(main.line) {
			continue
		}
		w.comma(n)
		n++
		m.pair(w, k, m.derived(b, k, main, ln, at))
	}
}

// derived is a line's price as it follows from the main line's: the same point
// seen through another line.
func (m *market) derived(b, k int, main update, ln *line, at mlb.Line) update {
	book := &books[b]
	if book.leader != own {
		book = &books[book.leader]
	}
	from := m.lines.of(markets[k], mlb.Line(main.line))
	moved := fair(main.first, main.second) - from.z
	slope := 1.0
	if along := from.dx - from.dy; markets[k] == mlb.Moneyline && along != 0 {
		slope = (ln.dx - ln.dy) / along
	} else if along := from.dx + from.dy; markets[k] == mlb.Total && along != 0 {
		slope = (ln.dx + ln.dy) / along
	}
	z := max(min(ln.z+slope*moved, 4), -4)
	u := main
	u.line = int8(at)
	u.first, u.second = twoSided(z, book.margin+0.012, max(5, book.step))
	return u
}
