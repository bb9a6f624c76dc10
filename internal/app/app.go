// Package app puts the platform together: it opens the database, its own or
// the operator's, and offers what the commands, and later the services, do.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/pg"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// The databases of the private cluster. Synthetic data has one of its own.
const (
	realDatabase = "mlb_betting"
	demoDatabase = "mlb_betting_demo"
)

// Options say which database to work on.
type Options struct {
	DataDir     string
	DatabaseURL string // overrides the private cluster
	RedisURL    string // what the processes on one database share goes through it; empty: through PostgreSQL
	Demo        bool   // the database of synthetic data
	Log         *slog.Logger
}

// App is the platform, opened.
type App struct {
	DB       *store.DB
	server   *pg.Server
	url      string // of the database
	redisURL string
	link     *Link // nil: this process is not linked with others
}

// Open connects to the database. It does not look at the schema.
func Open(ctx context.Context, opt Options) (*App, error) {
	if opt.DatabaseURL != "" {
		if opt.Demo {
			return nil, fmt.Errorf("%w: demo data never goes to the database of DATABASE_URL: unset it to see the demo", mlb.ErrInvalid)
		}
		db, err := store.Open(ctx, opt.DatabaseURL)
		if err != nil {
			return nil, err
		}
		return &App{DB: db, url: opt.DatabaseURL, redisURL: opt.RedisURL}, nil
	}
	for _, kv := range os.Environ() { // meant for another server; they would mislead ours
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "PG") {
			if err := os.Unsetenv(name); err != nil {
				return nil, err
			}
		}
	}
	server, err := pg.Start(ctx, pg.Config{DataDir: opt.DataDir, Log: opt.Log})
	if err != nil {
		return nil, err
	}
	a := &App{server: server, redisURL: opt.RedisURL}
	name := realDatabase
	if opt.Demo {
		name = demoDatabase
	}
	if err := server.EnsureDatabase(ctx, name); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	a.url = server.URL(name)
	if a.DB, err = store.Open(ctx, a.url); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// Close ends every connection and, where this process started it, the server.
func (a *App) Close() error {
	if a.DB != nil {
		a.DB.Close()
	}
	if a.server != nil {
		return a.server.Stop()
	}
	return nil
}

// Setup says what a database was made ready with.
type Setup struct {
	Migrations int             `json:"migrations_run"`
	Version    int64           `json:"schema_version"`
	Partitions int             `json:"partitions_made"`
	Directory  store.Directory `json:"directory"`
}

// Setup brings the schema, the partitions and the directory up to date. It
// changes nothing on a database that already is.
func (a *App) Setup(ctx context.Context, synthetic bool, now time.Time) (s Setup, err error) {
	if s.Migrations, err = a.DB.Migrate(ctx); err != nil {
		return s, err
	}
	status, err := a.DB.MigrationStatus(ctx)
	if err != nil {
		return s, err
	}
	s.Version = status.Current
	if err := a.DB.SetZone(ctx, synthetic); err != nil {
		return s, err
	}
	if s.Partitions, err = a.DB.MakePartitions(ctx, now); err != nil {
		return s, err
	}
	if s.Directory, err = a.DB.LoadDirectory(ctx); err != nil {
		return s, err
	}
	return s, a.DB.LoadLicences(ctx, licences())
}
