// Package store holds all SQL of the platform: the pool, transactions,
// migrations, partitions and one file per family of tables.
package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// DB is the platform's database.
type DB struct {
	pool *pgxpool.Pool
}

// Open connects to the database at url and checks that it answers. It does
// not look at the schema: see CheckSchema.
func Open(ctx context.Context, url string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		// The parser's own message may quote the password.
		return nil, fmt.Errorf("%w: DATABASE_URL is not a PostgreSQL URL or keyword string", mlb.ErrInvalid)
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "mlb-betting"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w: the database at %s does not answer: %s", mlb.ErrUnavailable,
			cfg.ConnConfig.Host, reason(err))
	}
	return &DB{pool: pool}, nil
}

// Close ends every connection.
func (db *DB) Close() { db.pool.Close() }

// Tx runs f in a transaction and commits unless f returns an error.
func (db *DB) Tx(ctx context.Context, f func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.pool, f)
}

// reason is the innermost message of a connection error, without the
// connection string around it.
func reason(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Message
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
