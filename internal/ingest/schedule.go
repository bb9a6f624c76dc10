package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Named says what a schedule did to the games known so far.
type Named struct {
	Added   int   `json:"added"`   // not known before
	Named   int   `json:"named"`   // provisional before, their number kept
	Updated int   `json:"updated"` // known by gamePk before
	Merged  int   `json:"merged"`  // provisional games that were another game
	Waiting int   `json:"waiting"` // provisional games that more than one leg fits
	Clashes int64 `json:"clashes"` // prices of merged games that gave way
}

// NameGames takes in games as MLB's schedule names them. A provisional game of
// the same day and teams becomes the game its start is nearest to; one that
// fits two legs of a doubleheader equally well waits. Saying the same games
// twice changes nothing.
func NameGames(ctx context.Context, db *store.DB, synthetic bool, games []mlb.Game) (n Named, err error) {
	unlock, err := db.LockWriters(ctx, false)
	if err != nil {
		return n, err
	}
	defer unlock()
	if err := db.SetZone(ctx, synthetic); err != nil {
		return n, err
	}
	err = db.EditGames(ctx, synthetic, func(tx *store.DocTx) (err error) {
		n, err = nameAll(ctx, tx, games)
		return err
	})
	return n, err
}

// Resolve makes a provisional game the one that the operator says it is, found
// by our number or its gamePk. Everything observed of it moves there.
func Resolve(ctx context.Context, db *store.DB, provisional, is int64) (into mlb.Game, n Named, err error) {
	unlock, err := db.LockWriters(ctx, false)
	if err != nil {
		return into, n, err
	}
	defer unlock()
	from, err := db.Game(ctx, provisional)
	if err != nil {
		return into, n, err
	}
	if into, err = db.Game(ctx, is); err != nil {
		return into, n, err
	}
	if err := resolvable(from, into); err != nil {
		return into, n, err
	}
	synthetic, err := db.Synthetic(ctx)
	if err != nil {
		return into, n, err
	}
	err = db.EditGames(ctx, synthetic, func(tx *store.DocTx) error { return n.mergeAll(ctx, tx, into, []mlb.Game{from}) })
	return into, n, err
}

func resolvable(from, into mlb.Game) error {
	switch {
	case from.ID == into.ID:
		return fmt.Errorf("%w: game %d is that game already", mlb.ErrConflict, from.ID)
	case !from.Provisional():
		return fmt.Errorf("%w: game %d has the gamePk %d: only provisional games are merged", mlb.ErrConflict, from.ID, from.PK)
	case from.Home != into.Home || from.Away != into.Away:
		return fmt.Errorf("%w: game %d is %s, game %d is %s", mlb.ErrConflict, from.ID, from.Matchup(), into.ID, into.Matchup())
	}
	return nil
}

func nameAll(ctx context.Context, tx *store.DocTx, games []mlb.Game) (n Named, err error) {
	pairs := map[dayKey][]mlb.Game{}
	for _, g := range games {
		if g.PK <= 0 {
			return n, fmt.Errorf("%w: a scheduled game of %s without a gamePk", mlb.ErrInvalid, g.Date)
		}
		key := dayKey{g.Date, g.Home, g.Away}
		pairs[key] = append(pairs[key], g)
	}
	for key, legs := range pairs {
		if err := n.namePair(ctx, tx, key, legs); err != nil {
			return n, err
		}
	}
	return n, nil
}

// namePair names the games of two teams on one day.
func (n *Named) namePair(ctx context.Context, tx *store.DocTx, key dayKey, legs []mlb.Game) error {
	all, err := tx.GamesOn(ctx, key.date)
	if err != nil {
		return err
	}
	belongs := map[int64][]mlb.Game{} // provisional games by the leg they are
	for _, g := range all {
		if !g.Provisional() || g.Home != key.home || g.Away != key.away {
			continue
		}
		leg, err := choose(legs, g.Start, g.Number)
		switch {
		case errors.As(err, new(*source.RowError)):
			n.Waiting++
		case err != nil:
			return err
		case leg.PK != 0:
			belongs[leg.PK] = append(belongs[leg.PK], g)
		}
	}
	for _, leg := range legs {
		if err := n.nameLeg(ctx, tx, leg, belongs[leg.PK]); err != nil {
			return err
		}
	}
	return nil
}

// nameLeg makes one scheduled game of what is known of it.
func (n *Named) nameLeg(ctx context.Context, tx *store.DocTx, leg mlb.Game, provisional []mlb.Game) error {
	slices.SortFunc(provisional, func(a, b mlb.Game) int {
		return cmp.Or(cmp.Compare(apart(a.Start, leg.Start), apart(b.Start, leg.Start)), cmp.Compare(a.ID, b.ID))
	})
	known, found, err := tx.GameByPK(ctx, leg.PK)
	switch {
	case err != nil:
		return err
	case found:
		leg.ID = known.ID
		n.Updated++
	case len(provisional) > 0:
		leg.ID, provisional = provisional[0].ID, provisional[1:]
		n.Named++
	default:
		n.Added++
		_, err := tx.AddGame(ctx, leg)
		return err
	}
	if err := tx.UpdateGame(ctx, leg); err != nil {
		return err
	}
	if leg, _, err = tx.GameByPK(ctx, leg.PK); err != nil { // with what was known before
		return err
	}
	return n.mergeAll(ctx, tx, leg, provisional)
}

// mergeAll merges provisional games into the one they are and makes its
// summaries and main lines anew: its start, and so its closing lines, may have
// moved even where nothing is merged.
func (n *Named) mergeAll(ctx context.Context, tx *store.DocTx, into mlb.Game, from []mlb.Game) error {
	ids := []mlb.GameID{into.ID}
	for _, g := range from {
		ids = append(ids, g.ID)
	}
	old, err := tx.Summaries(ctx, ids)
	if err != nil {
		return err
	}
	for _, g := range from {
		clashes, err := tx.MergeGame(ctx, g.ID, into.ID)
		if err != nil {
			return err
		}
		n.Merged++
		n.Clashes += clashes
	}
	return resummarise(ctx, tx, into, old)
}

// resummarise makes a game's summaries and main lines anew from its ticks.
// old are the summaries so far: when a price was last seen is only there.
func resummarise(ctx context.Context, tx *store.DocTx, g mlb.Game, old []store.LineSummary) error {
	b := board{}
	for i := range old {
		s := &old[i]
		s.Game = g.ID
		slot := b.ladder(group{s.Game, s.Book, s.Market, s.Period}).at(s.Line, sideIndex(s.Market, s.Side))
		if *slot == nil || (*slot).SeenAt.Before(s.SeenAt) {
			*slot = s
		}
	}
	r := run{
		taker: &taker{board: b, loaded: map[mlb.GameID]time.Time{g.ID: g.Cutoff().At}}, batch: &store.OddsBatch{},
		changed: map[*store.LineSummary]bool{}, dirty: map[group]bool{},
	}
	for key := range b {
		ticks, err := tx.Ticks(ctx, key.game, key.book, key.market, key.period)
		if err != nil {
			return err
		}
		if err := r.rebuild(ctx, tx, key, r.lifelines(key, ticks)); err != nil {
			return err
		}
	}
	r.collect()
	return tx.Write(ctx, r.batch)
}
