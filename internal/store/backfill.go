package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Backfilled is one thing asked for after the fact, and what came of it.
type Backfilled struct {
	Source, Feed string
	Date         mlb.Date
	Item         string     // "" for the day, "game 12", or a moment
	Game         mlb.GameID // 0: about the whole day
	AskedAt      time.Time
	Cause        string // of a failure; "": it is done
	Detail       string
	Counts       Counts
}

// NoteBackfill writes down what came of asking for one thing. What was done
// once stays so, whatever comes of asking again.
func (db *DB) NoteBackfill(ctx context.Context, b Backfilled) error {
	_, err := db.conn.Exec(ctx, `
		INSERT INTO collect.backfill AS old (source_id, feed, official_date, item, game_id, asked_at, status, cause, detail, rows_read, rows_stored)
		SELECT id, $2, $3, $4, nullif($5::integer, 0), $6, CASE WHEN $7 = '' THEN 'done' ELSE 'failed' END, $7, $8, $9, $10
		FROM curated.source WHERE name = $1
		ON CONFLICT (source_id, feed, official_date, item) DO UPDATE SET (asked_at, status, cause, detail, rows_read, rows_stored)
			= (excluded.asked_at, excluded.status, excluded.cause, excluded.detail, excluded.rows_read, old.rows_stored + excluded.rows_stored)
		WHERE old.status = 'failed' OR excluded.status = 'done'`,
		b.Source, b.Feed, b.Date.Time(), b.Item, b.Game, b.AskedAt, b.Cause, b.Detail, b.Counts.Read(), b.Counts.Stored)
	if err != nil {
		return fmt.Errorf("note backfill of %s %s of %s: %w", b.Source, b.Feed, b.Date, explain(err))
	}
	return nil
}

// Backfills reads what was asked for of a day, and is done.
func (db *DB) Backfills(ctx context.Context, day mlb.Date) ([]Backfilled, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT s.name, b.feed, b.item, coalesce(b.game_id, 0), b.asked_at, b.rows_read, b.rows_stored
		FROM collect.backfill b JOIN curated.source s ON s.id = b.source_id
		WHERE b.official_date = $1 AND b.status = 'done' ORDER BY b.asked_at`, day.Time())
	if err != nil {
		return nil, fmt.Errorf("read backfills of %s: %w", day, explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Backfilled, err error) {
		var read int64
		err = row.Scan(&b.Source, &b.Feed, &b.Item, &b.Game, &b.AskedAt, &read, &b.Counts.Stored)
		b.Date, b.AskedAt = day, b.AskedAt.UTC()
		b.Counts.Duplicate = read - b.Counts.Stored
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("read backfills of %s: %w", day, explain(err))
	}
	return all, nil
}
