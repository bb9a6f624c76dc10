package ingest

import (
	"context"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// fileEarlier files quotes observed before the last one seen of their line: a
// second document that overlaps the first, or one out of order. The ticks of
// the market are read back, the quotes put between them, and the market's
// summaries and main lines made anew.
func (r *run) fileEarlier(ctx context.Context, tx *store.OddsTx) error {
	for g, late := range r.earlier {
		if err := r.refile(ctx, tx, g, late); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) refile(ctx context.Context, tx *store.OddsTx, g group, late []identified) error {
	ticks, err := tx.Ticks(ctx, g.game, g.book, g.market, g.period)
	if err != nil {
		return err
	}
	// Ticks of this very run are not in the database yet.
	for i := range r.batch.Quotes {
		if groupOf(&r.batch.Quotes[i]) == g {
			ticks = append(ticks, r.batch.Quotes[i])
		}
	}
	lives := r.lifelines(g, ticks)
	slices.SortStableFunc(late, func(a, b identified) int { return a.quote.ObservedAt.Compare(b.quote.ObservedAt) })
	for i := range late {
		if err := r.insert(ctx, tx, lives, &late[i]); err != nil {
			return err
		}
	}
	return r.rebuild(ctx, tx, g, lives)
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

// insert files one earlier quote.
func (r *run) insert(ctx context.Context, tx *store.OddsTx, lives map[lineSide]*lifeline, k *identified) error {
	q := &k.quote
	l := lives[lineSide{q.Line, q.Side}]
	if l == nil {
		l = &lifeline{}
		lives[lineSide{q.Line, q.Side}] = l
	}
	at, found := slices.BinarySearchFunc(l.ticks, *q, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	before := at - 1 // the tick in force at the quote's moment
	if found {
		before = at
	}
	isLast := before == len(l.ticks)-1
	switch {
	case before >= 0 && l.ticks[before].Price == q.Price:
		r.batch.Counts.Duplicate++
		if isLast && q.ObservedAt.After(l.seen) {
			l.seen = q.ObservedAt
		}
		return nil
	case found, before >= 0 && isLast && q.ObservedAt.Equal(l.seen): // another price was seen at that very moment
		r.clash(k, l.ticks[before].Price)
		return nil
	}
	if at < len(l.ticks) && l.ticks[at].Price == q.Price { // the price is older than was known
		if err := r.dropTick(ctx, tx, l.ticks[at]); err != nil {
			return err
		}
		l.ticks = slices.Delete(l.ticks, at, at+1)
	}
	l.ticks = slices.Insert(l.ticks, at, *q)
	if q.ObservedAt.After(l.seen) {
		l.seen = q.ObservedAt
	}
	r.batch.Quotes = append(r.batch.Quotes, *q)
	r.batch.Counts.Stored++
	return nil
}

// dropTick forgets a tick that is no change any more.
func (r *run) dropTick(ctx context.Context, tx *store.OddsTx, q mlb.Quote) error {
	before := len(r.batch.Quotes)
	r.batch.Quotes = slices.DeleteFunc(r.batch.Quotes, func(x mlb.Quote) bool { return x == q })
	if len(r.batch.Quotes) < before {
		r.batch.Counts.Stored--
		r.batch.Counts.Duplicate++
		return nil
	}
	return tx.DropTick(ctx, q)
}

// rebuild makes a market's summaries and main lines anew from its ticks.
func (r *run) rebuild(ctx context.Context, tx *store.OddsTx, g group, lives map[lineSide]*lifeline) error {
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
func (r *run) forget(ctx context.Context, tx *store.OddsTx, g group) error {
	for s := range r.board.ladder(g).prices() {
		delete(r.changed, s)
	}
	delete(r.board, g)
	r.batch.MainLines = slices.DeleteFunc(r.batch.MainLines, func(m store.MainLine) bool {
		return group{m.Game, m.Book, m.Market, m.Period} == g
	})
	return tx.DropMainLines(ctx, g.game, g.book, g.market, g.period)
}
