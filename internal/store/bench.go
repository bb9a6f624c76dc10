package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// BareCopy copies rows of a tick's shape into a plain table that has the
// ticks' key and nothing else, and returns how long that took: the yardstick
// for taking in quotes. The table is dropped again.
func (db *DB) BareCopy(ctx context.Context, rows int) (took time.Duration, err error) {
	const create = `CREATE TABLE curated.bare_copy (LIKE curated.quote,
		PRIMARY KEY (game_id, book_id, market, period, line, side, observed_at))`
	if _, err := db.conn.Exec(ctx, create); err != nil {
		return 0, err
	}
	defer func() {
		if _, dropErr := db.conn.Exec(context.WithoutCancel(ctx), `DROP TABLE curated.bare_copy`); err == nil {
			err = dropErr
		}
	}()
	cols := []string{
		"observed_at", "game_id", "price", "doc_id", "book_id", "line", "source_id", "market", "period", "side", "synthetic",
	}
	start := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	row := []any{start, int32(0), int32(-110), int32(1), int16(1), int16(17), int16(2), int16(3), int16(1), int16(3), false}
	began := time.Now()
	_, err = db.pool.CopyFrom(ctx, pgx.Identifier{"curated", "bare_copy"}, cols, pgx.CopyFromSlice(rows, func(i int) ([]any, error) {
		row[0] = start.Add(time.Duration(i/600) * time.Minute)
		row[1], row[4], row[5] = int32(i%15), int16(i%10), int16(i%600/15)
		row[9] = int16(3 + i%2)
		return row, nil
	}))
	return time.Since(began), err
}
