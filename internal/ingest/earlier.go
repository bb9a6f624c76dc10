package ingest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// fileEarlier files quotes observed before the last one seen of their market:
// a second document that overlaps the first, or one out of order. A price told
// once more is no tick, but becomes one when another is filed before it: so the
// markets are made anew from every price that was ever told of them.
func (r *run) fileEarlier(ctx context.Context, tx *store.DocTx) error {
	differing := map[mlb.GameID][]group{}
	ticks := map[group][]mlb.Quote{}
	for _, g := range slices.SortedFunc(maps.Keys(r.earlier), compareGroups) {
		old, err := r.ticksOf(ctx, tx, g)
		if err != nil {
			return err
		}
		if r.allRepeats(g, old) {
			r.confirm(g)
			continue
		}
		differing[g.game] = append(differing[g.game], g)
		ticks[g] = old
	}
	for _, game := range slices.Sorted(maps.Keys(differing)) {
		if err := r.refileGame(ctx, tx, game, differing[game], ticks); err != nil {
			return err
		}
	}
	return nil
}

func compareGroups(a, b group) int {
	return cmp.Or(cmp.Compare(a.game, b.game), cmp.Compare(a.book, b.book), cmp.Compare(a.market, b.market), cmp.Compare(a.period, b.period))
}

// ticksOf are a market's ticks, those of this very run too, which are not in
// the database yet.
func (r *run) ticksOf(ctx context.Context, tx *store.DocTx, g group) ([]mlb.Quote, error) {
	ticks, err := tx.Ticks(ctx, g.game, g.book, g.market, g.period)
	if err != nil {
		return nil, err
	}
	for i := range r.batch.Quotes {
		if groupOf(&r.batch.Quotes[i]) == g {
			ticks = append(ticks, r.batch.Quotes[i])
		}
	}
	return ticks, nil
}

// allRepeats tells whether every late price of a market was in force at its
// moment anyway, as in a document that overlaps one taken in before: then
// nothing changes.
func (r *run) allRepeats(g group, ticks []mlb.Quote) bool {
	lives := r.lifelines(g, slices.Clone(ticks))
	for i := range r.earlier[g] {
		q := &r.earlier[g][i].quote
		inForce, ok := lives[lineSide{q.Line, q.Side}].at(q.ObservedAt)
		if !ok || inForce.Price != q.Price {
			return false
		}
	}
	return true
}

// confirm counts late prices that were in force anyway; some may be the last
// seen of their line.
func (r *run) confirm(g group) {
	for i := range r.earlier[g] {
		q := &r.earlier[g][i].quote
		if s := *r.board.ladder(g).at(q.Line, sideIndex(q.Market, q.Side)); q.ObservedAt.After(s.SeenAt) {
			s.SeenAt = q.ObservedAt
			r.changed[s] = true
		}
	}
	r.batch.Counts.Duplicate += int64(len(r.earlier[g]))
}

// refileGame makes markets of one game anew from what was told of them.
func (r *run) refileGame(ctx context.Context, tx *store.DocTx, game mlb.GameID, groups []group, ticks map[group][]mlb.Quote) error {
	told, err := tx.Observed(ctx, game, r.firstTold(groups), r.upTo)
	if err != nil {
		return err
	}
	byGroup := map[group][]mlb.Quote{}
	for i := range told {
		if g := groupOf(&told[i]); ticks[g] != nil || r.earlier[g] != nil {
			byGroup[g] = append(byGroup[g], told[i])
		}
	}
	for _, g := range groups {
		if err := r.refile(ctx, tx, g, byGroup[g], ticks[g]); err != nil {
			return err
		}
	}
	return nil
}

// firstTold is the earliest moment any price of the markets was told of.
func (r *run) firstTold(groups []group) time.Time {
	first := r.now
	for _, g := range groups {
		for s := range r.board.ladder(g).prices() {
			first = earliest(first, s.OpenedAt)
		}
		for i := range r.earlier[g] {
			first = earliest(first, r.earlier[g][i].quote.ObservedAt)
		}
	}
	return first
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// refile makes one market anew from all that was told of it, in order of time
// and arrival. old are its ticks so far.
func (r *run) refile(ctx context.Context, tx *store.DocTx, g group, told, old []mlb.Quote) error {
	stored := map[mlb.Quote]bool{}
	for _, q := range old {
		stored[q] = true
		if !q.Price.Valid() { // nobody tells that a price is not there
			told = append(told, q)
		}
	}
	slices.SortStableFunc(told, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	lives := retell(told)
	brought := map[mlb.Quote]bool{}
	for i := range r.earlier[g] {
		r.count(lives, stored, brought, &r.earlier[g][i])
	}
	for _, q := range old {
		if !lives[lineSide{q.Line, q.Side}].has(q) {
			r.dropTick(q)
		}
	}
	for _, l := range lives {
		for _, q := range l.ticks {
			if !stored[q] {
				r.batch.Quotes = append(r.batch.Quotes, q)
			}
		}
	}
	return r.rebuild(ctx, tx, g, lives)
}

// retell makes ticks of prices told. Of two prices at one moment the one told
// first stays.
func retell(told []mlb.Quote) map[lineSide]*lifeline {
	lives := map[lineSide]*lifeline{}
	for _, q := range told {
		key := lineSide{q.Line, q.Side}
		l := lives[key]
		switch {
		case l == nil:
			lives[key] = &lifeline{ticks: []mlb.Quote{q}, seen: q.ObservedAt}
			continue
		case l.ticks[len(l.ticks)-1].Price == q.Price:
		case l.seen.Equal(q.ObservedAt):
			continue
		default:
			l.ticks = append(l.ticks, q)
		}
		l.seen = q.ObservedAt
	}
	return lives
}

// count says what became of a late price; brought are the ticks that others
// of them have become.
func (r *run) count(lives map[lineSide]*lifeline, stored, brought map[mlb.Quote]bool, k *identified) {
	inForce, ok := lives[lineSide{k.quote.Line, k.quote.Side}].at(k.quote.ObservedAt)
	switch {
	case !ok || inForce.Price != k.quote.Price:
		r.clash(k, inForce.Price)
	case inForce == k.quote && !stored[k.quote] && !brought[k.quote]:
		brought[k.quote] = true
		r.batch.Counts.Stored++
	default:
		r.batch.Counts.Duplicate++
	}
}

// at is the tick in force at a moment.
func (l *lifeline) at(t time.Time) (q mlb.Quote, ok bool) {
	if l == nil {
		return q, false
	}
	for _, x := range l.ticks {
		if x.ObservedAt.After(t) {
			break
		}
		q, ok = x, true
	}
	return q, ok
}

// has tells whether q is one of the ticks.
func (l *lifeline) has(q mlb.Quote) bool {
	x, ok := l.at(q.ObservedAt)
	return ok && x == q
}

// lifeline is one price's ticks in order of time, and when it was last seen.
type lifeline struct {
	ticks []mlb.Quote
	seen  time.Time
}

type lineSide struct {
	line mlb.Line
	side mlb.Side
}

// lifelines sorts a market's ticks by line and side.
func (r *run) lifelines(g group, ticks []mlb.Quote) map[lineSide]*lifeline {
	slices.SortStableFunc(ticks, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	lives := map[lineSide]*lifeline{}
	for _, q := range ticks {
		l := lives[lineSide{q.Line, q.Side}]
		if l == nil {
			l = &lifeline{}
			lives[lineSide{q.Line, q.Side}] = l
		}
		l.ticks, l.seen = append(l.ticks, q), q.ObservedAt
	}
	for s := range r.board.ladder(g).prices() {
		if l := lives[lineSide{s.Line, s.Side}]; l != nil && s.SeenAt.After(l.seen) {
			l.seen = s.SeenAt
		}
	}
	return lives
}

// dropTick forgets a tick that is no change any more.
func (r *run) dropTick(q mlb.Quote) {
	before := len(r.batch.Quotes)
	r.batch.Quotes = slices.DeleteFunc(r.batch.Quotes, func(x mlb.Quote) bool { return x == q })
	if len(r.batch.Quotes) < before {
		r.batch.Counts.Stored--
		r.batch.Counts.Duplicate++
		return
	}
	r.batch.Dropped = append(r.batch.Dropped, q)
}

// rebuild makes a market's summaries and main lines anew from its ticks.
func (r *run) rebuild(ctx context.Context, tx *store.DocTx, g group, lives map[lineSide]*lifeline) error {
	var ticks []mlb.Quote
	for _, l := range lives {
		ticks = append(ticks, l.ticks...)
	}
	if len(ticks) == 0 {
		return nil
	}
	slices.SortFunc(ticks, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	if err := r.forget(ctx, tx, g); err != nil {
		return err
	}
	fresh := r.board.ladder(g)
	for i := range ticks {
		q := &ticks[i]
		if i > 0 && !q.ObservedAt.Equal(ticks[i-1].ObservedAt) {
			r.closeCapture(ticks[i-1].ObservedAt)
		}
		slot := fresh.at(q.Line, sideIndex(q.Market, q.Side))
		*slot = tick(*slot, q, r.loaded[q.Game])
		r.changed[*slot] = true
		r.dirty[g] = true
	}
	r.closeCapture(ticks[len(ticks)-1].ObservedAt)
	for s := range fresh.prices() {
		s.SeenAt = lives[lineSide{s.Line, s.Side}].seen
	}
	return nil
}

// forget clears a market's summaries and main lines before they are made anew.
func (r *run) forget(ctx context.Context, tx *store.DocTx, g group) error {
	for s := range r.board.ladder(g).prices() {
		delete(r.changed, s)
	}
	delete(r.board, g)
	r.batch.MainLines = slices.DeleteFunc(r.batch.MainLines, func(m store.MainLine) bool {
		return group{m.Game, m.Book, m.Market, m.Period} == g
	})
	return tx.DropMainLines(ctx, g.game, g.book, g.market, g.period)
}
