package ingest

import (
	"context"
	"slices"

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
	lives := lifelines(ticks)
	slices.SortStableFunc(late, func(a, b identified) int { return a.quote.ObservedAt.Compare(b.quote.ObservedAt) })
	inserted := false
	for i := range late {
		inserted = r.insert(lives, &late[i]) || inserted
	}
	if !inserted {
		return nil
	}
	return r.rebuild(ctx, tx, g, lives)
}

// lifeline is one price's ticks in order of time.
type lifeline []mlb.Quote

type lineSide struct {
	line mlb.Line
	side mlb.Side
}

func lifelines(ticks []mlb.Quote) map[lineSide]lifeline {
	slices.SortStableFunc(ticks, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	lives := map[lineSide]lifeline{}
	for _, q := range ticks {
		k := lineSide{q.Line, q.Side}
		lives[k] = append(lives[k], q)
	}
	return lives
}

// insert files one earlier quote and tells whether it became a tick.
func (r *run) insert(lives map[lineSide]lifeline, k *identified) bool {
	key := lineSide{k.quote.Line, k.quote.Side}
	life := lives[key]
	at, found := slices.BinarySearchFunc(life, k.quote, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	switch {
	case found && life[at].Price == k.quote.Price,
		!found && at > 0 && life[at-1].Price == k.quote.Price:
		r.batch.Counts.Duplicate++
		return false
	case found:
		r.clash(k, life[at].Price)
		return false
	}
	lives[key] = slices.Insert(life, at, k.quote)
	r.batch.Quotes = append(r.batch.Quotes, k.quote)
	r.batch.Counts.Stored++
	return true
}

// rebuild makes a market's summaries and main lines anew from its ticks.
func (r *run) rebuild(ctx context.Context, tx *store.OddsTx, g group, lives map[lineSide]lifeline) error {
	var ticks []mlb.Quote
	for _, life := range lives {
		ticks = append(ticks, life...)
	}
	slices.SortFunc(ticks, func(a, b mlb.Quote) int { return a.ObservedAt.Compare(b.ObservedAt) })
	old := r.board[g]
	seen := map[lineSide]*store.LineSummary{}
	for _, rung := range old.lines {
		for _, s := range rung.sides {
			if s != nil {
				seen[lineSide{s.Line, s.Side}] = s
				delete(r.changed, s)
			}
		}
	}
	fresh := &ladder{}
	r.board[g] = fresh
	r.batch.MainLines = slices.DeleteFunc(r.batch.MainLines, func(m store.MainLine) bool {
		return group{m.Game, m.Book, m.Market, m.Period} == g
	})
	if err := tx.DropMainLines(ctx, g.game, g.book, g.market, g.period); err != nil {
		return err
	}
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
	for key, s := range seen {
		if now := *fresh.at(key.line, sideIndex(g.market, key.side)); now != nil && s.SeenAt.After(now.SeenAt) {
			now.SeenAt = s.SeenAt
		}
	}
	return nil
}
