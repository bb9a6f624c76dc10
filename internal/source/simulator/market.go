package simulator

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// update is a book's new price of both sides of one market.
type update struct {
	at            int64 // microseconds since 1970
	first, second int16
	line          int8 // half-runs, from the home side's view
}

func (u update) time() time.Time { return time.UnixMicro(u.at).UTC() }

// secondAt is when the second side is stamped: milliseconds after the first.
func (u update) secondAt() time.Time {
	return time.UnixMicro(u.at + 1000 + int64(mix(uint64(u.at))%38_000)).UTC()
}

// market is all that is quoted on one event until it closes.
type market struct {
	*event
	lines    *lines
	updates  [bookCount][len(markets)][]update
	public   splits
	seen     [][bookCount]int64 // by shock: when a book's price first showed it; 0: never
	mistakes []Mistake
	plays    []play
}

func (e *event) market() *market {
	m := &market{event: e, lines: e.lines(), seen: make([][bookCount]int64, len(e.shocks))}
	for b := range books {
		r := e.season.rand(forPrices, e.n*bookCount+b)
		if books[b].leader != own {
			m.copyFeed(r, b)
			continue
		}
		q := newQuoter(m, b, r)
		q.run()
	}
	m.public = e.bets()
	if e.played() {
		m.plays = e.plays()
	}
	return m
}

// copyFeed gives a book its leader's prices, seconds later.
func (m *market) copyFeed(r *rand.Rand, b int) {
	leader := books[b].leader
	behind := func() int64 { return 400_000 + r.Int64N(4_000_000) }
	end := m.closes().UnixMicro()
	for k := range markets {
		last := int64(0)
		for _, u := range m.updates[leader][k] {
			if u.at = max(u.at+behind(), last+1); u.at < end {
				m.updates[b][k] = append(m.updates[b][k], u)
			}
			last = u.at
		}
	}
	for i := range m.seen {
		if at := m.seen[i][leader]; at != 0 && at+4_400_000 < end {
			m.seen[i][b] = at + 2_000_000
		}
	}
}

// arrival is a shock reaching a book.
type arrival struct {
	at    int64
	shock int
}

// quoter makes one book's prices of one event.
type quoter struct {
	m        *market
	b        int
	book     *book
	r        *rand.Rand
	opens    int64
	closes   int64
	starts   int64 // announced start, which the pace quickens toward
	arrivals []arrival
	view     point
	noise    [len(markets)]float64
	line     [len(markets)]mlb.Line
	next     [len(markets)]int64
	frozen   [2]int64 // it does not look at its prices in between
	typoAt   int64    // 0: none
	typo     int      // the market it is in
	typoEnds int64
	pending  []arrival // large ones not shown yet
}

func newQuoter(m *market, b int, r *rand.Rand) *quoter {
	book := &books[b]
	q := &quoter{
		m: m, b: b, book: book, r: r,
		opens:  m.opens.Add(time.Duration(float64(book.opens) * (0.6 + 0.8*r.Float64()))).UnixMicro(),
		closes: m.closes().UnixMicro(), starts: m.start.UnixMicro(),
	}
	for i, s := range m.shocks {
		q.arrivals = append(q.arrivals, arrival{s.at.Add(s.reach[b]).UnixMicro(), i})
	}
	slices.SortFunc(q.arrivals, func(a, b arrival) int { return int(a.at - b.at) })
	if !book.sharp {
		q.planMistakes()
	}
	return q
}

// planMistakes draws when the book stands still, and when it mistypes a price.
func (q *quoter) planMistakes() {
	const minute = int64(time.Minute / time.Microsecond)
	if q.r.Float64() < 0.12 {
		from := q.closes - (20+q.r.Int64N(8*60))*minute
		q.frozen = [2]int64{from, from + (20+q.r.Int64N(70))*minute}
	}
	if q.r.Float64() < 0.02 {
		q.typoAt = q.closes - (15+q.r.Int64N(12*60))*minute
		q.typo, q.typoEnds = q.r.IntN(len(markets)), q.typoAt+(2+q.r.Int64N(9))*minute
	}
}

// run goes through the book's day: shocks that reach it, and looks at each
// market's price, whichever is next.
func (q *quoter) run() {
	for k := range q.next {
		q.noise[k] = q.deviation(q.opens) * q.r.NormFloat64()
		q.next[k] = q.opens
	}
	i := 0
	for {
		k := q.soonest()
		at := q.next[k]
		for i < len(q.arrivals) && q.arrivals[i].at <= min(at, q.closes) {
			q.arrive(q.arrivals[i])
			i++
		}
		if k = q.soonest(); q.next[k] < at { // an arrival asks for a look before that
			continue
		}
		if at >= q.closes {
			return
		}
		if !q.stands(k, at) {
			q.quote(k, at)
			q.next[k] = at + q.wait(at)
		}
	}
}

func (q *quoter) soonest() (k int) {
	for i := range q.next {
		if q.next[i] < q.next[k] {
			k = i
		}
	}
	return k
}

// arrive takes a shock in. A large one makes the book look at once at every
// market that it moves.
func (q *quoter) arrive(a arrival) {
	s := &q.m.shocks[a.shock]
	q.view = q.view.plus(s.move)
	if s.kind == diffusion || s.kind == drift || a.at <= q.opens {
		return
	}
	q.pending = append(q.pending, a)
	for k, m := range markets {
		if math.Abs(q.m.effect(s, m)) > 0.03 {
			q.next[k] = min(q.next[k], a.at+q.r.Int64N(900_000))
		}
	}
}

// effect is by how much a shock moves the log-odds of the market's first side.
func (m *market) effect(s *shock, of mlb.Market) float64 {
	ln := m.lines.of(of, m.lines.main(of, m.lines.close, 0, 0, 0))
	return ln.dx*s.move.x + ln.dy*s.move.y
}

// stands tells that the book leaves its price as it is, and puts its next look
// after that.
func (q *quoter) stands(k int, at int64) bool {
	if at >= q.frozen[0] && at < q.frozen[1] {
		q.next[k] = q.frozen[1] + q.r.Int64N(5_000_000)
		return true
	}
	if k == q.typo && q.typoAt != 0 && at >= q.typoAt && at < q.typoEnds {
		q.next[k] = q.typoEnds
		q.mistype(at)
		return true
	}
	return false
}

// wait is how long to the next look: shorter toward the start.
func (q *quoter) wait(at int64) int64 {
	const hour = float64(time.Hour / time.Microsecond)
	left := math.Max(0, float64(q.starts-at)/hour)
	perHour := q.book.requotes / 29 * (1 + 3*math.Exp(-left/1.5))
	return int64(hour * min(q.r.ExpFloat64(), 6) / perHour)
}

// deviation is the book's own error, which is larger while a market is new.
func (q *quoter) deviation(at int64) float64 {
	const hour = float64(time.Hour / time.Microsecond)
	return q.book.noise * (1 + 0.8*math.Exp(-float64(at-q.opens)/hour/2))
}

// quote looks at a market and says its price where it is another one.
func (q *quoter) quote(k int, at int64) {
	const keep = 0.8
	m := markets[k]
	q.noise[k] = keep*q.noise[k] + math.Sqrt(1-keep*keep)*q.deviation(at)*q.r.NormFloat64()
	err := q.noise[k] + q.book.shade*(2*q.m.event.public[k].tickets-1)
	q.line[k] = q.m.lines.main(m, q.view, err, q.line[k], q.book.flip)
	u := update{at: at, line: int8(q.line[k])}
	u.first, u.second = q.book.prices(q.m.lines.at(q.m.lines.of(m, q.line[k]), q.view) + err)
	q.say(k, u)
	q.show(at)
}

func (q *quoter) say(k int, u update) {
	all := &q.m.updates[q.b][k]
	if n := len(*all); n > 0 {
		last := (*all)[n-1]
		if last.first == u.first && last.second == u.second && last.line == u.line {
			return
		}
	}
	*all = append(*all, u)
}

// show notes that the price now has what had reached the book, and where it
// came late because the book stood still.
func (q *quoter) show(at int64) {
	for _, a := range q.pending {
		if q.m.seen[a.shock][q.b] == 0 {
			q.m.seen[a.shock][q.b] = at
			q.noteStale(a, at)
		}
	}
	q.pending = q.pending[:0]
}

func (q *quoter) noteStale(a arrival, at int64) {
	const long = int64(3 * time.Minute / time.Microsecond)
	s := &q.m.shocks[a.shock]
	if at-a.at < long {
		return
	}
	for k, m := range markets {
		z := q.m.effect(s, m)
		if math.Abs(z) < 0.09 || len(q.m.updates[q.b][k]) == 0 {
			continue
		}
		first, second := m.Sides()
		side := first // the side the book still sells too cheaply
		if z < 0 {
			side = second
		}
		q.m.mistakes = append(q.m.mistakes, Mistake{
			PK: q.m.pk(), Event: q.m.id(), Book: q.book.slug, Market: m, Side: side, Kind: Stale, From: micros(a.at), To: micros(at),
		})
	}
}

// mistype says a price with a wrong digit or sign on one side, which stands
// until the book looks again.
func (q *quoter) mistype(at int64) {
	q.typoAt = 0
	all := q.m.updates[q.b][q.typo]
	if len(all) == 0 || q.typoEnds >= q.closes {
		return
	}
	u := all[len(all)-1]
	u.at = at
	first, second := markets[q.typo].Sides()
	side, p := first, &u.first
	if q.r.IntN(2) == 0 {
		side, p = second, &u.second
	}
	if *p < 0 {
		*p = -*p
	} else {
		*p += 100
	}
	q.say(q.typo, u)
	q.m.mistakes = append(q.m.mistakes, Mistake{
		PK: q.m.pk(), Event: q.m.id(), Book: q.book.slug, Market: markets[q.typo], Side: side, Kind: Mistyped, From: micros(at), To: micros(q.typoEnds),
	})
}

func micros(at int64) time.Time { return time.UnixMicro(at).UTC() }

// quoteAt is the book's price of a market as it stood at a moment; ok is false
// before it opened.
func (m *market) quoteAt(b, k int, at time.Time) (u update, ok bool) {
	all := m.updates[b][k]
	limit := at.UnixMicro()
	n, _ := slices.BinarySearchFunc(all, limit+1, func(u update, t int64) int { return int(u.at - t) })
	if n == 0 {
		return update{}, false
	}
	return all[n-1], true
}
