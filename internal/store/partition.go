package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// MonthsAhead is how many monthly partitions are kept ready beyond the
// present month.
const MonthsAhead = 2

// Month is the first instant of t's month, UTC.
func Month(t time.Time) time.Time {
	y, m, _ := t.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

// MakePartitions makes the partition of now's month and those ahead of it and
// returns how many were new.
func (db *DB) MakePartitions(ctx context.Context, now time.Time) (made int, err error) {
	err = db.Tx(ctx, func(tx pgx.Tx) error {
		for i := range MonthsAhead + 1 {
			isNew, err := makePartition(ctx, tx, Month(now).AddDate(0, i, 0))
			if err != nil {
				return err
			}
			if isNew {
				made++
			}
		}
		return nil
	})
	return made, err
}

// makePartition makes one month's partition of curated.quote if it is missing.
// Two writers may want the same month at once, so the check is made under a
// lock that ends with the transaction.
func makePartition(ctx context.Context, tx pgx.Tx, month time.Time) (isNew bool, err error) {
	name := fmt.Sprintf("quote_%04d_%02d", month.Year(), month.Month())
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('curated.quote partitions'))`); err != nil {
		return false, err
	}
	var exists bool
	err = tx.QueryRow(ctx, `SELECT to_regclass('curated.' || $1) IS NOT NULL`, name).Scan(&exists)
	if err != nil || exists {
		return false, err
	}
	_, err = tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE curated.%s PARTITION OF curated.quote FOR VALUES FROM ('%s') TO ('%s')`,
		pgx.Identifier{name}.Sanitize(), month.Format(time.RFC3339), month.AddDate(0, 1, 0).Format(time.RFC3339)))
	if err != nil {
		return false, fmt.Errorf("make partition %s: %w", name, err)
	}
	return true, nil
}

// Partitions names the monthly partitions of the ticks, oldest first.
func (db *DB) Partitions(ctx context.Context) ([]string, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT inhrelid::regclass::text FROM pg_inherits
		WHERE inhparent = 'curated.quote'::regclass ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list partitions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
