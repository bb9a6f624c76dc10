package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// MigrationStatus says how the schema stands against this program.
type MigrationStatus struct {
	Current int64 `json:"current"` // version of the schema; 0 for none
	Target  int64 `json:"target"`  // version this program needs
}

// Migrate brings the schema and the job queue's tables up to this program's
// version and returns the number of migrations of the schema that it ran.
// Several processes may call it at once.
func (db *DB) Migrate(ctx context.Context) (int, error) {
	p, err := db.provider()
	if err != nil {
		return 0, err
	}
	defer p.Close()
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return 0, newerSchema(current, target)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("migrate schema: %w", err)
	}
	return len(done), db.migrateQueue(ctx)
}

func (db *DB) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, err
	}
	conn := stdlib.OpenDBFromPool(db.pool)
	return goose.NewProvider(goose.DialectPostgres, conn, dir, goose.WithSessionLocker(locker))
}

// MigrationStatus reads the schema's version without changing anything.
func (db *DB) MigrationStatus(ctx context.Context) (MigrationStatus, error) {
	entries, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return MigrationStatus{}, err
	}
	var s MigrationStatus
	for _, name := range entries {
		if s.Target, err = goose.NumericComponent(name); err != nil {
			return s, fmt.Errorf("migration %s: %w", name, err)
		}
	}
	err = db.conn.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&s.Current)
	if isUndefinedTable(err) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read schema version: %w", err)
	}
	return s, nil
}

// CheckSchema refuses a schema that is older or newer than this program. self
// is how the program is called on this database, for the error to name the
// command that helps.
func (db *DB) CheckSchema(ctx context.Context, self string) error {
	s, err := db.MigrationStatus(ctx)
	switch {
	case err != nil:
		return err
	case s.Current > s.Target:
		return newerSchema(s.Current, s.Target)
	case s.Current < s.Target:
		return fmt.Errorf("%w: the schema is at version %d, this program needs %d: run `%s database migrate`",
			mlb.ErrConflict, s.Current, s.Target, self)
	}
	return db.checkQueue(ctx, self)
}

func newerSchema(current, target int64) error {
	return fmt.Errorf("%w: the schema is at version %d, newer than this program's %d: install the newer mlb-betting",
		mlb.ErrConflict, current, target)
}

func isUndefinedTable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42P01"
}

// noRows tells that a query that wanted one row found none.
func noRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }
