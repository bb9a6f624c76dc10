package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// DocTx is a transaction that takes in rows of one document.
type DocTx struct {
	tx       pgx.Tx
	doc      Doc
	complete bool
}

// LockWriters keeps other imports of odds out for as long as the returned
// function is not called: the summaries are kept up from memory.
func (db *DB) LockWriters(ctx context.Context) (unlock func(), err error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock writers: %w", err)
	}
	var got bool
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(hashtext('curated.quote writers'))`).Scan(&got)
	if err == nil && !got {
		err = fmt.Errorf("%w: another import of odds is running: wait for it to end", mlb.ErrConflict)
	}
	if err != nil {
		conn.Release()
		return nil, err
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock(hashtext('curated.quote writers'))`); err != nil {
			_ = conn.Conn().Close(ctx) // a session gives its locks back at its end
		}
		conn.Release()
	}, nil
}
