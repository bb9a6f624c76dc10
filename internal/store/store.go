// Package store holds all SQL of the platform: the pool, transactions,
// migrations, partitions and one file per family of tables.
package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// DB is the platform's database.
type DB struct {
	conn conn
	pool *pgxpool.Pool
	one  *sync.Mutex // in a rehearsal: its one connection is used by one at a time
	// writing lets one writer of this process wait for the lock of writers at a
	// time: each that waits keeps a connection, and the one that holds the lock
	// needs others.
	writing chan struct{}
	// committed, where set, is told of every change after its commit.
	committed func(Change)
}

// leastConns is what one writer needs, with readers beside it.
const leastConns = 4

// conn is a pool or, in a rehearsal, a transaction.
type conn interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// errURL hides the parser's own message, which may quote the password.
var errURL = fmt.Errorf("%w: DATABASE_URL is not a PostgreSQL URL or keyword string", mlb.ErrInvalid)

// Open connects to the database at url and checks that it answers. It does
// not look at the schema: see CheckSchema.
func Open(ctx context.Context, url string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errURL
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "mlb-betting"
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.MaxConns = max(cfg.MaxConns, leastConns)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w: the database at %s does not answer: %s", mlb.ErrUnavailable,
			cfg.ConnConfig.Host, reason(err))
	}
	return &DB{conn: pool, pool: pool, writing: make(chan struct{}, 1)}, nil
}

// Ping tells whether the database still answers.
func (db *DB) Ping(ctx context.Context) error { return explain(db.pool.Ping(ctx)) }

// Close ends every connection.
func (db *DB) Close() { db.pool.Close() }

// Tx runs f in a transaction and commits unless f returns an error. An error
// of the connection or the disk is told as such.
func (db *DB) Tx(ctx context.Context, f func(pgx.Tx) error) error {
	if db.one != nil {
		db.one.Lock()
		defer db.one.Unlock()
	}
	return explain(pgx.BeginFunc(ctx, db.conn, f))
}

// Rehearse runs f on this database inside one transaction that is taken back
// at the end, whatever happens: nothing f writes stays, and nobody else sees
// it. What f does at once in several goroutines must be inside Tx.
func (db *DB) Rehearse(ctx context.Context, f func(*DB) error) error {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("rehearse: %w", explain(err))
	}
	err = f(&DB{conn: tx, pool: db.pool, one: &sync.Mutex{}})
	return errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
}

// What can be wrong with the database itself. Each comes with
// mlb.ErrUnavailable.
var (
	ErrAway     = errors.New("the database went away")
	ErrDiskFull = errors.New("the database's disk is full")
	ErrReadOnly = errors.New("the database takes no writes")
)

// explain says of an error that comes from outside the statement what it is
// and what to do next.
func explain(err error) error {
	var pg *pgconn.PgError
	var network net.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &pg) && pg.Code == "53100":
		return fmt.Errorf("%w: %w (%s): make room and run the command again; what was committed stays",
			mlb.ErrUnavailable, ErrDiskFull, pg.Message)
	case errors.As(err, &pg) && pg.Code == "25006":
		return fmt.Errorf("%w: %w (%s): it is a standby, or was made read-only: see default_transaction_read_only",
			mlb.ErrUnavailable, ErrReadOnly, pg.Message)
	case errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P")),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &network),
		errors.As(err, new(*pgconn.ConnectError)):
		return fmt.Errorf("%w: %w (%s): run the command again when it is back; what was committed stays",
			mlb.ErrUnavailable, ErrAway, reason(err))
	default:
		return err
	}
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
