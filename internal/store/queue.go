package store

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// QueueSchema is where the job queue keeps its own tables.
const QueueSchema = "river"

// Queue is the job queue's way into this database.
func (db *DB) Queue() *riverpgxv5.Driver { return riverpgxv5.New(db.pool) }

// migrateQueue brings the job queue's tables up to this program's version.
// Processes that do so at once wait for each other.
func (db *DB) migrateQueue(ctx context.Context) error {
	conn, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate job queue: %w", explain(err))
	}
	defer conn.Release()
	const locked = `hashtext('river migrations')`
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(`+locked+`)`); err != nil {
		return fmt.Errorf("migrate job queue: %w", explain(err))
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock(`+locked+`)`); err != nil {
			_ = conn.Conn().Close(ctx) // a session gives its locks back at its end
		}
	}()
	if _, err := conn.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+QueueSchema); err != nil {
		return fmt.Errorf("migrate job queue: %w", explain(err))
	}
	m, err := db.queueMigrator()
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate job queue: %w", explain(err))
	}
	return nil
}

// checkQueue refuses a job queue whose tables are older than this program.
func (db *DB) checkQueue(ctx context.Context, self string) error {
	m, err := db.queueMigrator()
	if err != nil {
		return err
	}
	v, err := m.Validate(ctx, nil)
	if err != nil {
		return fmt.Errorf("read job queue's version: %w", explain(err))
	}
	if !v.OK {
		return fmt.Errorf("%w: the job queue's tables are older than this program: run `%s database migrate`", mlb.ErrConflict, self)
	}
	return nil
}

func (db *DB) queueMigrator() (*rivermigrate.Migrator[pgx.Tx], error) {
	m, err := rivermigrate.New(db.Queue(), &rivermigrate.Config{Schema: QueueSchema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return m, nil
}
