package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// GovernQuota lets f read and change what is kept of a source's plan, alone
// among all processes. f gets nil where nothing is kept yet; what it returns is
// kept in its place.
func (db *DB) GovernQuota(ctx context.Context, source string, now time.Time, f func(state []byte) ([]byte, error)) error {
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('quota of ' || $1))`, source); err != nil {
			return err
		}
		state, err := quotaState(ctx, tx, source)
		if err != nil {
			return err
		}
		if state, err = f(state); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO collect.quota (source_id, state, updated_at) SELECT id, $2, $3 FROM curated.source WHERE name = $1
			ON CONFLICT (source_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`, source, state, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("govern the plan of %s: %w", source, explain(err))
	}
	return nil
}

// QuotaState is what is kept of a source's plan; nil for nothing.
func (db *DB) QuotaState(ctx context.Context, source string) ([]byte, error) {
	state, err := quotaState(ctx, db.conn, source)
	if err != nil {
		return nil, fmt.Errorf("read the plan of %s: %w", source, explain(err))
	}
	return state, nil
}

func quotaState(ctx context.Context, q querier, source string) (state []byte, err error) {
	err = q.QueryRow(ctx, `SELECT q.state FROM collect.quota q JOIN curated.source s ON s.id = q.source_id WHERE s.name = $1`, source).Scan(&state)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return state, err
}
