package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// DocTx is a transaction that takes in rows of one document.
type DocTx struct {
	tx      pgx.Tx
	doc     Doc
	changed map[mlb.GameID]time.Time // what it changed so far: see Change
}

// writers is the lock of everything that writes odds, results and splits.
const writers = `hashtext('curated.quote writers')`

// LockWriters keeps other imports out for as long as the returned function is
// not called: the summaries are kept up from memory. Where another import has
// the lock it waits for its end, or fails at once.
func (db *DB) LockWriters(ctx context.Context, wait bool) (unlock func(), err error) {
	if err := db.takeTurn(ctx, wait); err != nil {
		return nil, fmt.Errorf("lock writers: %w", err)
	}
	conn, err := db.lockWriters(ctx, wait)
	if err != nil {
		<-db.writing
		return nil, fmt.Errorf("lock writers: %w", explain(err))
	}
	return func() {
		ctx := context.WithoutCancel(ctx)
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock(`+writers+`)`); err != nil {
			_ = conn.Conn().Close(ctx) // a session gives its locks back at its end
		}
		conn.Release()
		<-db.writing
	}, nil
}

var errWriting = fmt.Errorf("%w: another import is running: wait for it to end", mlb.ErrConflict)

// takeTurn makes this the one writer of the process.
func (db *DB) takeTurn(ctx context.Context, wait bool) error {
	select {
	case db.writing <- struct{}{}:
		return nil
	default:
		if !wait {
			return errWriting
		}
	}
	select {
	case db.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// lockWriters makes this the one writer of all processes, by a session lock of
// the connection it returns.
func (db *DB) lockWriters(ctx context.Context, wait bool) (*pgxpool.Conn, error) {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	got := true
	if wait {
		_, err = conn.Exec(ctx, `SELECT pg_advisory_lock(`+writers+`)`)
	} else {
		err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+writers+`)`).Scan(&got)
	}
	if err == nil && !got {
		err = errWriting
	}
	if err != nil {
		conn.Release()
		return nil, err
	}
	return conn, nil
}
