package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Change is what one transaction changed of games.
type Change struct {
	Mark int64 // marks become visible in their own order, without gaps
	Kind Kind
	// Games have the moment from which on what was observed of them is another
	// than it was. The zero time is all of it, and the game itself; a moment far
	// in the future is what has no moment, such as a result.
	Games map[mlb.GameID]time.Time
}

// OnChange has f told of every change that this DB commits, right after it. f
// must not wait. It is set before the DB is used.
func (db *DB) OnChange(f func(Change)) { db.committed = f }

// timeless is since when something changed that has no moment of its own: a
// result, an archive's price. It is after every moment.
var timeless = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)

// note says that what was observed of a game since a moment is another than it
// was; the zero time says so of all of it.
func (t *DocTx) note(game mlb.GameID, since time.Time) {
	if before, ok := t.changed[game]; !ok || since.Before(before) {
		t.changed[game] = since
	}
}

// change runs f in a transaction of a kind and writes down what it changed.
func (db *DB) change(ctx context.Context, doc Doc, f func(*DocTx) error) error {
	c := Change{Kind: doc.Kind, Games: map[mlb.GameID]time.Time{}}
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		if err := f(&DocTx{tx: tx, doc: doc, changed: c.Games}); err != nil {
			return err
		}
		return c.write(ctx, tx)
	})
	if err == nil && c.Mark > 0 && db.committed != nil {
		db.committed(c)
	}
	return err
}

// write gives the change its mark. It is the last that a transaction does:
// until its end no other can have a mark.
func (c *Change) write(ctx context.Context, tx pgx.Tx) error {
	if len(c.Games) == 0 {
		return nil
	}
	games := slices.Sorted(maps.Keys(c.Games))
	since := make([]*time.Time, len(games))
	for i, g := range games {
		since[i] = orNull(c.Games[g])
	}
	err := tx.QueryRow(ctx, `
		WITH next AS (UPDATE curated.high_water SET mark = mark + 1 RETURNING mark)
		INSERT INTO curated.change (mark, kind, games, since) SELECT mark, $1, $2, $3 FROM next RETURNING mark`,
		c.Kind, games, since).Scan(&c.Mark)
	if err != nil {
		return fmt.Errorf("write change: %w", err)
	}
	return nil
}

// Mark is the high-water mark of everything committed.
func (db *DB) Mark(ctx context.Context) (mark int64, err error) {
	if err := db.conn.QueryRow(ctx, `SELECT mark FROM curated.high_water`).Scan(&mark); err != nil {
		return 0, fmt.Errorf("read high-water mark: %w", explain(err))
	}
	return mark, nil
}

// ChangesAfter reads the changes above a mark, in their order. Those that were
// pruned are missing: the marks do not go on from the one given.
func (db *DB) ChangesAfter(ctx context.Context, mark int64) ([]Change, error) {
	rows, err := db.conn.Query(ctx, `SELECT mark, kind, games, since FROM curated.change WHERE mark > $1 ORDER BY mark`, mark)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Change, error) {
		c := Change{Games: map[mlb.GameID]time.Time{}}
		var games []mlb.GameID
		var since []*time.Time
		err := row.Scan(&c.Mark, &c.Kind, &games, &since)
		for i, g := range games {
			c.Games[g] = timeOf(since[i])
		}
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", explain(err))
	}
	return all, nil
}

// PruneChanges forgets the changes committed before a moment and returns how
// many. The mark stays what it is.
func (db *DB) PruneChanges(ctx context.Context, before time.Time) (int64, error) {
	tag, err := db.conn.Exec(ctx, `DELETE FROM curated.change WHERE at < $1`, before)
	if err != nil {
		return 0, fmt.Errorf("prune changes: %w", explain(err))
	}
	return tag.RowsAffected(), nil
}

// Snapshot runs f on this database as it is at one moment: what f reads is as
// of one mark. f writes nothing.
func (db *DB) Snapshot(ctx context.Context, f func(*DB) error) error {
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("begin snapshot: %w", explain(err))
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	return f(&DB{conn: tx, pool: db.pool})
}

// Identity names this database apart from every other, those of other servers
// and copies in the same one too.
func (db *DB) Identity(ctx context.Context) (name string, err error) {
	err = db.conn.QueryRow(ctx, `
		SELECT format('%s-%s', s.system_identifier, d.oid) FROM pg_control_system() s, pg_database d
		WHERE d.datname = current_database()`).Scan(&name)
	if err != nil {
		return "", fmt.Errorf("name the database: %w", explain(err))
	}
	return name, nil
}
