package bus_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.MainWithoutLeaks(m)) }

// rows is a table of committed rows whose numbers are the marks.
type rows struct {
	url  string
	pool *pgxpool.Pool
}

func newRows(t testing.TB) rows {
	t.Helper()
	url := storetest.EmptyURL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if _, err := pool.Exec(t.Context(), `CREATE TABLE row (mark bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())`); err != nil {
		t.Fatal(err)
	}
	return rows{url: url, pool: pool}
}

func (r rows) commit(t testing.TB) bus.Mark {
	t.Helper()
	var m bus.Mark
	if err := r.pool.QueryRow(t.Context(), `INSERT INTO row DEFAULT VALUES RETURNING mark`).Scan(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func (r rows) mark(ctx context.Context) (bus.Mark, error) {
	var m bus.Mark
	err := r.pool.QueryRow(ctx, `SELECT coalesce(max(mark), 0) FROM row`).Scan(&m)
	return m, err
}

func (r rows) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := r.pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func openRedis(t testing.TB, s *redistest.Server) *redis.Client {
	t.Helper()
	c, err := redis.Open(redis.Config{URL: s.URL(), Namespace: "test", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// start runs a bus until the test ends or stop is called.
func start(t testing.TB, cfg bus.Config) (b *bus.Bus, stop func()) {
	t.Helper()
	cfg.Now = time.Now
	b, err := bus.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	ended := false
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return b, stop
}

func run(t testing.TB, cfg bus.Config) *bus.Bus {
	t.Helper()
	b, _ := start(t, cfg)
	return b
}

// await returns when the condition holds.
func await(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in 20 s: %s", what)
		}
	}
}

func awaitVia(t testing.TB, via bus.Via, buses ...*bus.Bus) {
	t.Helper()
	for _, b := range buses {
		await(t, "via "+via.String(), func() bool { return b.State().Via == via })
	}
}

// hear returns the first event that will do.
func hear(t testing.TB, s *bus.Subscription, ok func(bus.Event) bool) bus.Event {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case e, open := <-s.C:
			if !open {
				t.Fatal("the subscription ended")
			}
			if ok(e) {
				return e
			}
		case <-deadline:
			t.Fatal("not heard in 20 s")
		}
	}
}

func upTo(m bus.Mark) func(bus.Event) bool {
	return func(e bus.Event) bool { return e.Mark >= m }
}
