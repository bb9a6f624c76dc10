package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// TakeResults runs f in a transaction that takes in a whole document of
// results and marks it done.
func (db *DB) TakeResults(ctx context.Context, doc Doc, f func(*OddsTx) (Counts, []Quarantined, error)) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		t := &OddsTx{tx: tx, doc: doc}
		counts, bad, err := f(t)
		if err != nil {
			return err
		}
		if err := t.copyQuarantine(ctx, &OddsBatch{Quarantined: bad}); err != nil {
			return fmt.Errorf("write quarantine: %w", err)
		}
		if err := t.moveOn(ctx, &OddsBatch{Counts: counts}); err != nil {
			return fmt.Errorf("write document: %w", err)
		}
		_, err = tx.Exec(ctx, `UPDATE raw.doc SET status = 'done', finished_at = now(), error = NULL WHERE id = $1`, doc.ID)
		return err
	})
}

// AddResult stores what the document's source says of a game, unless that is
// what it said last.
func (t *OddsTx) AddResult(ctx context.Context, r mlb.Result) (isNew bool, err error) {
	var home, away *int
	if r.Status == mlb.Final {
		home, away = &r.Score.Home, &r.Score.Away
	}
	tag, err := t.tx.Exec(ctx, `
		INSERT INTO curated.result
		SELECT $1, $2, $3, $4, $5, $6
		WHERE NOT EXISTS (
			SELECT FROM (
				SELECT status, home_runs, away_runs FROM curated.result
				WHERE game_id = $1 AND source_id = $2 ORDER BY doc_id DESC LIMIT 1) AS last
			WHERE status = $4 AND home_runs IS NOT DISTINCT FROM $5::smallint AND away_runs IS NOT DISTINCT FROM $6::smallint)
		ON CONFLICT (game_id, source_id, doc_id) DO UPDATE SET
			status = excluded.status, home_runs = excluded.home_runs, away_runs = excluded.away_runs`,
		int32(r.Game), t.doc.SourceID, t.doc.ID, int16(r.Status), home, away)
	if err != nil {
		return false, fmt.Errorf("add result of game %d: %w", r.Game, err)
	}
	return tag.RowsAffected() > 0, nil
}

// Results reads what every source last said of the given games.
func (db *DB) Results(ctx context.Context, games []mlb.GameID) (map[mlb.GameID][]mlb.Result, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT DISTINCT ON (game_id, source_id) game_id, status, coalesce(home_runs, 0), coalesce(away_runs, 0)
		FROM curated.result WHERE game_id = ANY($1) ORDER BY game_id, source_id, doc_id DESC`, games)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	all := map[mlb.GameID][]mlb.Result{}
	var r mlb.Result
	_, err = pgx.ForEachRow(rows, []any{&r.Game, &r.Status, &r.Score.Home, &r.Score.Away}, func() error {
		all[r.Game] = append(all[r.Game], r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return all, nil
}
