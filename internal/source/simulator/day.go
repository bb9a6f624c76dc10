package simulator

import (
	"fmt"
	"iter"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Day is one day's slate with every price of its events, from their opening on
// the days before to their close. It is read-only, and safe for use at the same
// time.
type Day struct {
	season  *Season
	date    mlb.Date
	markets []*market
	resumed []*event // of the day before, ended on this one
}

// Day makes the prices of one day. The error wraps mlb.ErrNotFound on a day
// without games.
func (s *Season) Day(date mlb.Date) (*Day, error) {
	events := s.byDay[date]
	if len(events) == 0 {
		return nil, fmt.Errorf("%w: the simulated season %d has no games on %s", mlb.ErrNotFound, s.cfg.Season, date)
	}
	d := &Day{season: s, date: date}
	for _, e := range events {
		d.markets = append(d.markets, e.market())
	}
	for _, g := range s.games {
		if !g.resumed.IsZero() && mlb.DateOf(g.resumed.In(s.eastern)) == date {
			d.resumed = append(d.resumed, g.events[len(g.events)-1])
		}
	}
	return d, nil
}

// Date is the day.
func (d *Day) Date() mlb.Date { return d.date }

// Tick is a price that differs, in itself or in its line, from the one before
// it of the same book, event, market and side.
type Tick struct {
	PK     int64
	Event  int64 // Action Network's
	Book   string
	Market mlb.Market
	Side   mlb.Side
	Line   mlb.Line // from the home side's view
	Price  odds.American
	At     time.Time
}

// Ticks are the ticks of all main lines, event by event and book by book, each
// market's in order.
func (d *Day) Ticks() iter.Seq[Tick] {
	return func(yield func(Tick) bool) {
		for _, m := range d.markets {
			if !m.ticks(yield) {
				return
			}
		}
	}
}

func (m *market) ticks(yield func(Tick) bool) bool {
	for b := range books {
		for k, market := range markets {
			first, second := market.Sides()
			var last update
			for _, u := range m.updates[b][k] {
				t := Tick{PK: m.pk(), Event: m.id(), Book: books[b].slug, Market: market, Line: mlb.Line(u.line)}
				if u.first != last.first || u.line != last.line {
					t.Side, t.Price, t.At = first, odds.American(u.first), u.time()
					if !yield(t) {
						return false
					}
				}
				if u.second != last.second || u.line != last.line {
					t.Side, t.Price, t.At = second, odds.American(u.second), u.secondAt()
					if !yield(t) {
						return false
					}
				}
				last = u
			}
		}
	}
	return true
}

// Events are Action Network's numbers of the day's events, in order of start.
func (d *Day) Events() (ids []int64) {
	for _, m := range d.markets {
		ids = append(ids, m.id())
	}
	return ids
}

// Games are the gamePks that the day's schedule lists: a game suspended the
// day before is among them.
func (d *Day) Games() (pks []int64) {
	for _, e := range d.listings() {
		pks = append(pks, e.pk())
	}
	return pks
}

// Ends is when the last of the day's games is official.
func (d *Day) Ends() (last time.Time) {
	for _, e := range d.listings() {
		end := e.off
		if e.played() {
			end = e.ends.Add(officialAfter)
			if !e.suspended.IsZero() && e.date == d.date {
				end = e.suspended
			}
		}
		if end.After(last) {
			last = end
		}
	}
	return last
}

// listings are the events on the day's schedule.
func (d *Day) listings() []*event {
	all := append([]*event(nil), d.resumed...)
	for _, m := range d.markets {
		all = append(all, m.event)
	}
	return all
}

func (d *Day) event(id int64) (*market, error) {
	for _, m := range d.markets {
		if m.id() == id {
			return m, nil
		}
	}
	return nil, fmt.Errorf("%w: event %d is not on %s", mlb.ErrNotFound, id, d.date)
}

// listing is the event that a gamePk is listed as.
func (d *Day) listing(pk int64) (*event, error) {
	for _, e := range d.listings() {
		if e.pk() == pk {
			return e, nil
		}
	}
	return nil, fmt.Errorf("%w: game %d is not on %s", mlb.ErrNotFound, pk, d.date)
}
