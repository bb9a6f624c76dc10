package simulator

import (
	"time"
)

// anMarkets is what every book quotes of the event, the pseudo-books first.
func (m *market) anMarkets(w *body, at time.Time, bets [len(markets)]betting, order []int) {
	if _, ok := m.opening(0, at); !ok {
		return
	}
	w.raw(`"15":{"event":{`)
	m.anBook(w, consensusID, 18, 85, at, bets, m.consensus)
	m.anTeamTotals(w, consensusID, at)
	w.raw(`}},"30":{"event":{`)
	m.anOpen(w, at)
	w.raw(`}}`)
	for _, b := range order {
		book := &books[b]
		if _, ok := m.quoteAt(b, 0, at); !ok {
			continue
		}
		w.int(`,"`, int64(book.an)).raw(`":{"event":{`)
		m.anBook(w, book.an, book.parent, book.core, at, bets, func(k int, at time.Time) (update, bool) {
			return m.quoteAt(b, k, at)
		})
		if book.an == teamTotalsAt {
			m.anTeamTotals(w, book.an, at)
		}
		w.raw(`}}`)
	}
}

// teamTotalsAt is the book, by Action Network's number, that also quotes team
// totals, which nobody reads.
const teamTotalsAt = 68

// anBook is one book's three markets.
func (m *market) anBook(w *body, id, parent, core int, at time.Time, bets [len(markets)]betting, quote func(int, time.Time) (update, bool)) {
	n := 0
	for k := range markets {
		u, ok := quote(k, at)
		if !ok {
			continue
		}
		w.comma(n).str("", anTypes[k]).raw(`:[`)
		n++
		status := m.lineStatus(u, k, id, at)
		for side := range 2 {
			o := anOutcome{k: k, side: side, id: id, parent: parent, core: core, status: status}
			w.comma(side)
			m.anOutcome(w, o, u, bets[k])
		}
		w.raw(`]`)
	}
}

// lineStatus tells whether the price is the book's first, and whether the
// market is closed to bets.
func (m *market) lineStatus(u update, k, id int, at time.Time) string {
	if s := m.state(at); s == called {
		return "suspended"
	}
	for b := range books {
		if books[b].an == id && m.updates[b][k][0].at == u.at {
			return "opener"
		}
	}
	return "normal"
}

// anOutcome is which outcome of which book is written.
type anOutcome struct {
	k, side, id, parent, core int
	status                    string
}

func (m *market) anOutcome(w *body, o anOutcome, u update, bets betting) {
	price := u.first
	if o.side == 1 {
		price = u.second
	}
	w.int(`{"outcome_id":`, m.marketID(o.k)*2+int64(o.side)).int(`,"market_id":`, m.marketID(o.k)).int(`,"event_type":"game","event_id":`, m.id()).
		int(`,"league_id":`, leagueID).int(`,"book_id":`, int64(o.id)).int(`,"book_parent_id":`, int64(o.parent)).int(`,"core_book_id":`, int64(o.core)).
		str(`,"type":`, anTypes[o.k]).str(`,"side":`, anSide(o.k, o.side)).raw(`,"period":"event"`)
	if o.k != 2 {
		w.raw(`,"team_id":`)
		m.anTeam(w, o.k, o.side)
	}
	w.int(`,"odds":`, int64(price)).line(`,"value":`, anLine(u, o.k, o.side)).str(`,"is_live":false,"deeplink_id":"","line_status":`, o.status)
	anBets(w, bets, o.side)
	if o.k == 0 {
		w.raw(`,"odds_coefficient_score":null}`)
	} else {
		w.raw(`,"odds_coefficient_score":-10000}`)
	}
}

// anBets is one consensus of the public's bets, which the source copies onto
// every book.
func anBets(w *body, b betting, side int) {
	tickets, ticketsOther := percents(float64(b.tickets[0]), float64(b.tickets[1]))
	money, moneyOther := percents(b.money[0], b.money[1])
	if side == 1 {
		tickets, money = ticketsOther, moneyOther
	}
	w.int(`,"bet_info":{"tickets":{"value":`, int64(b.tickets[side])).int(`,"percent":`, int64(tickets)).
		int(`},"money":{"value":`, int64(b.money[side])).int(`,"percent":`, int64(money)).raw(`}}`)
}

// anOpen is the opening line, in the shorter form the source has for it.
func (m *market) anOpen(w *body, at time.Time) {
	nobody := "0"
	if m.n%2 == 0 {
		nobody = "null"
	}
	n := 0
	for k := range markets {
		u, ok := m.opening(k, at)
		if !ok {
			continue
		}
		w.comma(n).str("", anTypes[k]).raw(`:[`)
		n++
		for side, price := range [2]int16{u.first, u.second} {
			w.comma(side).int(`{"event_id":`, m.id()).line(`,"value":`, anLine(u, k, side)).str(`,"side":`, anSide(k, side)).
				int(`,"odds":`, int64(price)).str(`,"type":`, anTypes[k]).int(`,"book_id":`, openID).raw(`,"period":"event","player_id":`).raw(nobody).
				raw(`,"competitor_id":`).raw(nobody).raw(`,"team_id":`)
			if k == 2 {
				w.raw(nobody)
			} else {
				m.anTeam(w, k, side)
			}
			w.int(`,"event_type":"game","market_id":`, m.marketID(k)).int(`,"outcome_id":`, m.marketID(k)*2+int64(side)).raw(`,"option_type_id":0}`)
		}
		w.raw(`]`)
	}
}

// anTeamTotals are outcomes of another market in the same map: half of them
// without the fields the main markets have.
func (m *market) anTeamTotals(w *body, id int, at time.Time) {
	u, ok := m.opening(2, at)
	if !ok {
		return
	}
	const name = "core_bet_type_6_team_score"
	w.raw(`,"` + name + `":[`)
	for i, c := range []*club{m.game.home, m.game.away} {
		for side, word := range []string{"over", "under"} {
			w.comma(2*i+side).int(`{"outcome_id":`, m.marketID(4+i)*2+int64(side)).int(`,"market_id":`, m.marketID(4+i)).int(`,"event_type":"game","event_id":`, m.id()).
				int(`,"book_id":`, int64(id)).int(`,"type":"`+name+`","option_type_id":`, int64(side+1)).str(`,"side":`, word).
				int(`,"period":"event","team_id":`, int64(c.ActionNetwork)).raw(`,"odds":-115`).line(`,"value":`, u.teamTotal())
			if id == consensusID {
				w.raw(`,"is_live":false,"deeplink_id":"","line_status":"normal","bet_info":{"money":{"value":0,"percent":0},"tickets":{"value":0,"percent":0}},` +
					`"prop_type_id":166,"odds_coefficient_score":null}`)
			} else {
				w.raw(`,"player_id":null,"competitor_id":null}`)
			}
		}
	}
	w.raw(`]`)
}
