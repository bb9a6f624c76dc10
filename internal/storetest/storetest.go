// Package storetest gives every test a database of its own on a real
// PostgreSQL: one private cluster a test binary, one migrated template in it,
// one clone of the template a test.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/mlb-betting/mlb-betting/internal/pg"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

const template = "template_mlb"

var (
	cluster sync.Mutex
	server  *pg.Server
	folder  string
	names   atomic.Int64
)

// Main runs a package's tests and ends the cluster after them:
//
//	func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func stop() error {
	cluster.Lock()
	defer cluster.Unlock()
	if server == nil {
		return nil
	}
	return errors.Join(server.Stop(), os.RemoveAll(folder))
}

// MainWithoutLeaks is Main for packages that must leave no goroutine behind.
func MainWithoutLeaks(m *testing.M) int {
	code := Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// Open is a database of the test's own, migrated and with its directory.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return Connect(t, URL(t))
}

// URL is the address of a database of the test's own, as Open gives.
func URL(t testing.TB) string {
	t.Helper()
	return clone(t, template)
}

// EmptyURL is the address of a database without a schema.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return clone(t, "template0")
}

func clone(t testing.TB, from string) string {
	t.Helper()
	s, err := running(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", names.Add(1))
	if err := s.CloneDatabase(t.Context(), name, from); err != nil {
		t.Fatal(err)
	}
	return s.URL(name)
}

// Durable is the address of a database on a cluster of the test's own with the
// settings users get, whose writes survive a crash, and the cluster's folder.
// The database is migrated and has its directory.
func Durable(t testing.TB) (url, dir string) {
	t.Helper()
	dir, err := TempDir()
	if err != nil {
		t.Fatal(err)
	}
	s, err := pg.Start(t.Context(), pg.Config{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	url = s.URL("postgres")
	db := Connect(t, url)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	return url, dir
}

// Connect is the database at an address, until the test ends.
func Connect(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

// running starts the cluster and fills the template, once.
func running(ctx context.Context) (*pg.Server, error) {
	cluster.Lock()
	defer cluster.Unlock()
	if server != nil {
		return server, nil
	}
	dir, err := TempDir()
	if err != nil {
		return nil, err
	}
	s, err := pg.Start(ctx, pg.Config{DataDir: dir, Fast: true})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := fill(ctx, s); err != nil {
		return nil, errors.Join(err, s.Stop(), os.RemoveAll(dir))
	}
	server, folder = s, dir
	return s, nil
}

// TempDir is a new folder that PostgreSQL's own user may enter too.
func TempDir() (string, error) {
	dir, err := os.MkdirTemp("", "mlb")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755) //nolint:gosec // another user must enter it
}

func fill(ctx context.Context, s *pg.Server) error {
	if err := s.EnsureDatabase(ctx, template); err != nil {
		return err
	}
	db, err := store.Open(ctx, s.URL(template))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	_, err = db.LoadDirectory(ctx)
	return err
}
