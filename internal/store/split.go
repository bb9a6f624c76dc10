package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

const splitColumns = `game_id, provider, market, period, observed_at, updated_at, bets_first, bets_second,
	money_first, money_second, tickets`

func scanSplit(row pgx.CollectableRow) (s mlb.Split, err error) {
	var updated *time.Time
	var bets, money [2]*float64
	var tickets *int64
	err = row.Scan(&s.Game, &s.Provider, &s.Market, &s.Period, &s.ObservedAt, &updated, &bets[0], &bets[1], &money[0], &money[1], &tickets)
	if err != nil {
		return s, err
	}
	s.ObservedAt, s.UpdatedAt = s.ObservedAt.UTC(), timeOf(updated)
	s.Bets, s.Money = shareOf(bets), shareOf(money)
	if tickets != nil {
		s.Tickets = *tickets
	}
	return s, nil
}

func shareOf(p [2]*float64) mlb.Share {
	if p[0] == nil || p[1] == nil {
		return mlb.Share{}
	}
	return mlb.Share{First: *p[0], Second: *p[1]}
}

// Splits reads how the public bet on the given games, in order of time.
func (db *DB) Splits(ctx context.Context, games []mlb.GameID) ([]mlb.Split, error) {
	return splits(ctx, db.conn, `curated.split WHERE game_id = ANY($1)`, games)
}

// SplitsAfter reads, as Splits does, what was seen of each game after a moment
// of its own.
func (db *DB) SplitsAfter(ctx context.Context, after map[mlb.GameID]time.Time) ([]mlb.Split, error) {
	games, moments := columns(after)
	return splits(ctx, db.conn, `curated.split JOIN `+later+` WHERE observed_at > moment`, games, moments)
}

// Splits reads what the document's source has told of the given games.
func (t *DocTx) Splits(ctx context.Context, games []mlb.GameID) ([]mlb.Split, error) {
	return splits(ctx, t.tx, `curated.split WHERE game_id = ANY($1) AND source_id = $2`, games, t.doc.SourceID)
}

func splits(ctx context.Context, q querier, from string, args ...any) ([]mlb.Split, error) {
	rows, err := q.Query(ctx, `
		SELECT `+splitColumns+` FROM `+from+`
		ORDER BY observed_at, game_id, provider, market, period`, args...)
	if err != nil {
		return nil, fmt.Errorf("read splits: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanSplit)
	if err != nil {
		return nil, fmt.Errorf("read splits: %w", explain(err))
	}
	return all, nil
}

// AddSplits stores splits, none of which is there yet.
func (t *DocTx) AddSplits(ctx context.Context, all []mlb.Split) error {
	cols := []string{
		"game_id", "source_id", "provider", "market", "period", "observed_at", "seen_at", "updated_at", "bets_first", "bets_second",
		"money_first", "money_second", "tickets", "doc_id",
	}
	err := copyRows(ctx, t.tx, "curated", "split", cols, len(all), func(i int) []any {
		s := &all[i]
		row := []any{
			int32(s.Game), t.doc.SourceID, s.Provider, int16(s.Market), int16(s.Period), s.ObservedAt, s.ObservedAt,
			timeOrNull(s.UpdatedAt), nil, nil, nil, nil, nil, t.doc.ID,
		}
		if s.Bets.Known() {
			row[8], row[9] = float32(s.Bets.First), float32(s.Bets.Second)
		}
		if s.Money.Known() {
			row[10], row[11] = float32(s.Money.First), float32(s.Money.Second)
		}
		if s.Tickets > 0 {
			row[12] = s.Tickets
		}
		return row
	})
	if err != nil {
		return fmt.Errorf("add splits: %w", err)
	}
	for i := range all {
		t.note(all[i].Game, all[i].ObservedAt)
	}
	return nil
}

// ConfirmSplit notes that a stored split was said once more.
func (t *DocTx) ConfirmSplit(ctx context.Context, s mlb.Split, at time.Time) error {
	_, err := t.tx.Exec(ctx, `
		UPDATE curated.split SET seen_at = greatest(seen_at, $7)
		WHERE game_id = $1 AND source_id = $2 AND provider = $3 AND market = $4 AND period = $5 AND observed_at = $6`,
		s.Game, t.doc.SourceID, s.Provider, s.Market, s.Period, s.ObservedAt, at)
	if err != nil {
		return fmt.Errorf("confirm split: %w", err)
	}
	return nil
}
