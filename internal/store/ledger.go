package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// NoteRun writes a run down that says nothing of its target: that of a worker
// whose lease was lost. Nothing is due sooner or later by it.
func (db *DB) NoteRun(ctx context.Context, t Target, r Run) error {
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		_, err := addRun(ctx, tx, t, r)
		return err
	})
	if err != nil {
		return fmt.Errorf("note run of %s %s: %w", t.Source, t.Feed, err)
	}
	return nil
}

// Past is how an earlier look went, as far as a later one is judged by it.
type Past struct {
	At            time.Time
	Unchanged     bool // the source said what it had said before
	Cause, Detail string
}

// PastRuns are the last n looks at a target that brought an answer, the newest
// first.
func (db *DB) PastRuns(ctx context.Context, target int64, n int) ([]Past, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT finished_at, rows_read = 0, cause, detail FROM collect.run
		WHERE target_id = $1 AND outcome <> 'failed' ORDER BY id DESC LIMIT $2`, target, n)
	if err != nil {
		return nil, fmt.Errorf("read past runs: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Past])
	if err != nil {
		return nil, fmt.Errorf("read past runs: %w", explain(err))
	}
	return all, nil
}

// GamesNamed are a source's own names of a day's games: it has listed those.
func (db *DB) GamesNamed(ctx context.Context, source string, day mlb.Date) (map[mlb.GameID][]string, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT g.id, r.ref FROM curated.game g JOIN curated.game_ref r ON r.game_id = g.id JOIN curated.source s ON s.id = r.source_id
		WHERE g.official_date = $1 AND s.name = $2`, day.Time(), source)
	if err != nil {
		return nil, fmt.Errorf("read the games of %s: %w", source, explain(err))
	}
	named := map[mlb.GameID][]string{}
	var id mlb.GameID
	var ref string
	_, err = pgx.ForEachRow(rows, []any{&id, &ref}, func() error { named[id] = append(named[id], ref); return nil })
	if err != nil {
		return nil, fmt.Errorf("read the games of %s: %w", source, explain(err))
	}
	return named, nil
}

// LookedAt tells whether a feed's answer of a day was ever taken in.
func (db *DB) LookedAt(ctx context.Context, source, feed string, day mlb.Date) (ok bool, err error) {
	err = db.conn.QueryRow(ctx, `
		SELECT EXISTS (
			SELECT FROM collect.target t JOIN curated.source s ON s.id = t.source_id
			WHERE s.name = $1 AND t.feed = $2 AND t.official_date = $3 AND t.last_success_at IS NOT NULL)`,
		source, feed, day.Time()).Scan(&ok)
	if err != nil {
		return false, fmt.Errorf("look up %s %s: %w", source, feed, explain(err))
	}
	return ok, nil
}

// Shape is the shape of a feed's bodies as they were first taken in; "" where
// none was.
func (db *DB) Shape(ctx context.Context, source, feed string) (shape string, err error) {
	err = db.conn.QueryRow(ctx, `
		SELECT coalesce((SELECT c.first_shape FROM collect.shape c JOIN curated.source s ON s.id = c.source_id
			WHERE s.name = $1 AND c.feed = $2), '')`, source, feed).Scan(&shape)
	if err != nil {
		return "", fmt.Errorf("read shape of %s %s: %w", source, feed, explain(err))
	}
	return shape, nil
}

// Writable fails where the database answers and takes no writes: it wraps
// ErrReadOnly.
func (db *DB) Writable(ctx context.Context) error {
	var readOnly bool
	err := db.conn.QueryRow(ctx, `SELECT current_setting('transaction_read_only')::boolean`).Scan(&readOnly)
	if err == nil && readOnly {
		err = fmt.Errorf("%w: %w: it is a standby, or was made read-only: see default_transaction_read_only", mlb.ErrUnavailable, ErrReadOnly)
	}
	return explain(err)
}
