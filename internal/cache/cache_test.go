package cache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/cache"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.MainWithoutLeaks(m)) }

func openRedis(t testing.TB, url string) *redis.Client {
	t.Helper()
	c, err := redis.Open(redis.Config{URL: url, Namespace: "test", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newCache(t testing.TB, cfg cache.Config) *cache.Cache {
	t.Helper()
	c, err := cache.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// board is a database that counts how often it is read.
type board struct {
	mark  atomic.Int64
	reads atomic.Int64
}

func (b *board) read(context.Context) (cache.Entry, error) {
	b.reads.Add(1)
	m := b.mark.Load()
	return cache.Entry{Mark: bus.Mark(m), Body: fmt.Appendf(nil, "board \x00 of %d", m)}, nil
}

// load checks that what is loaded is as of the mark, and returns the reads so far.
func (b *board) load(t testing.TB, c *cache.Cache, mark int64) int64 {
	t.Helper()
	e, err := c.Load(t.Context(), "board", bus.Mark(mark), b.read)
	if want := fmt.Sprintf("board \x00 of %d", e.Mark); err != nil || e.Mark < bus.Mark(mark) || string(e.Body) != want {
		t.Errorf("got %d %q, %v; want %d or later", e.Mark, e.Body, err, mark)
	}
	return b.reads.Load()
}

func TestHitsUntilTheMarkMoves(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for _, shared := range []bool{false, true} {
		var db board
		db.mark.Store(5)
		config := func() cache.Config { return cache.Config{} }
		wantReads := int64(2) // each process its own
		if shared {
			config = func() cache.Config { return cache.Config{Redis: openRedis(t, server.URL())} }
			wantReads = 1
		}
		one, other := newCache(t, config()), newCache(t, config())
		for range 3 {
			db.load(t, one, 5)
			db.load(t, other, 5)
		}
		if n := db.reads.Load(); n != wantReads {
			t.Errorf("shared %t: %d reads; want %d", shared, n, wantReads)
		}
		db.mark.Store(6)
		db.load(t, one, 5) // still good for who knows no better
		db.load(t, other, 6)
		db.load(t, one, 6)
		if n := db.reads.Load(); n != 2*wantReads {
			t.Errorf("shared %t: %d reads after a change; want %d", shared, n, 2*wantReads)
		}
	}
}

func TestTheSlowNeverBringBackThePast(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	a, b, c := openRedis(t, server.URL()), openRedis(t, server.URL()), openRedis(t, server.URL())
	var db board
	slow := newCache(t, cache.Config{Redis: a})
	_, err := slow.Load(t.Context(), "board", 1, func(context.Context) (cache.Entry, error) {
		db.mark.Store(9)
		db.load(t, newCache(t, cache.Config{Redis: b}), 9) // meanwhile, elsewhere
		return cache.Entry{Mark: 1, Body: []byte("past")}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := db.load(t, newCache(t, cache.Config{Redis: c}), 9); n != 1 {
		t.Errorf("%d reads; want 1: the newer entry is still in Redis", n)
	}
}

func TestManyAskOneReads(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	var db board
	db.mark.Store(3)
	gate, begun := make(chan struct{}), make(chan struct{})
	read := func(ctx context.Context) (cache.Entry, error) {
		if db.reads.Load() == 0 {
			close(begun)
			<-gate
		}
		return db.read(ctx)
	}
	var all sync.WaitGroup
	impatient, leave := context.WithCancel(t.Context())
	all.Go(func() { // who asked first leaves; the others are served all the same
		if _, err := c.Load(impatient, "board", 3, read); !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
	})
	<-begun
	for range 50 {
		all.Go(func() {
			if e, err := c.Load(t.Context(), "board", 3, read); err != nil || e.Mark != 3 {
				t.Errorf("got %+v, %v", e, err)
			}
		})
	}
	leave()
	close(gate)
	all.Wait()
	if n := db.reads.Load(); n != 1 {
		t.Errorf("%d reads; want 1", n)
	}
}

func TestReadThatBeganTooEarly(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	var db board
	db.mark.Store(1)
	gate, begun := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		_, _ = c.Load(t.Context(), "board", 1, func(ctx context.Context) (cache.Entry, error) {
			e, err := db.read(ctx)
			close(begun)
			<-gate
			return e, err
		})
	})
	<-begun
	db.mark.Store(2)
	all.Go(func() { db.load(t, c, 2) })
	close(gate)
	all.Wait()
}

func TestFailedReadIsNotKept(t *testing.T) {
	t.Parallel()
	c := newCache(t, cache.Config{})
	down := errors.New("the database is down")
	_, err := c.Load(t.Context(), "board", 1, func(context.Context) (cache.Entry, error) { return cache.Entry{}, down })
	if !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	var db board
	db.mark.Store(1)
	db.load(t, c, 1)
}

// TestRedisDies loads without a pause while Redis is killed, frozen and started
// again: every answer is right and soon.
func TestRedisDies(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	reg := prometheus.NewRegistry()
	client := openRedis(t, server.URL())
	c := newCache(t, cache.Config{Redis: client, Metrics: reg})
	var db board
	ask := func() {
		began := time.Now()
		db.load(t, c, db.mark.Add(1))
		if took := time.Since(began); took > 1500*time.Millisecond {
			t.Errorf("an answer took %s", took)
		}
	}
	until := func(what string, up bool) {
		t.Helper()
		deadline := time.Now().Add(20 * time.Second)
		for client.State().Up != up {
			ask()
			if time.Now().After(deadline) {
				t.Fatal(what)
			}
		}
	}
	ask()
	server.Kill(t)
	until("a killed Redis is up", false)
	if why := client.State().Why; why == "" {
		t.Error("Redis is down and does not say why")
	}
	for range 1000 {
		ask()
	}
	server.Restart(t)
	until("Redis stays down", true)
	server.Freeze(t)
	until("a frozen Redis is up", false)
	server.Thaw(t)
	until("a thawed Redis stays down", true)
	other := newCache(t, cache.Config{Redis: openRedis(t, server.URL())})
	ask()
	if before, after := db.reads.Load(), db.load(t, other, db.mark.Load()); after != before {
		t.Error("what was kept after the return is not in Redis")
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// TestStaleForLessThanASecond commits in one process and asks in another, with
// and without Redis: by the bus, an entry is worthless within the second.
func TestStaleForLessThanASecond(t *testing.T) {
	t.Parallel()
	url := storetest.EmptyURL(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if _, err := pool.Exec(t.Context(), `CREATE TABLE row (mark bigserial PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	mark := func(ctx context.Context) (m bus.Mark, err error) {
		err = pool.QueryRow(ctx, `SELECT coalesce(max(mark), 0) FROM row`).Scan(&m)
		return m, err
	}
	var reads atomic.Int64
	read := func(ctx context.Context) (cache.Entry, error) {
		reads.Add(1)
		m, err := mark(ctx)
		return cache.Entry{Mark: m, Body: fmt.Append(nil, m)}, err
	}
	server := redistest.Start(t)
	for _, with := range []string{"redis", "postgresql"} {
		config := func() (bus.Config, cache.Config) {
			cfg := bus.Config{PostgreSQL: url, Mark: mark, Now: time.Now}
			if with != "redis" {
				return cfg, cache.Config{}
			}
			cfg.Redis = openRedis(t, server.URL())
			return cfg, cache.Config{Redis: cfg.Redis}
		}
		busConfig, _ := config()
		writer := runBus(t, busConfig, with)
		busConfig, cacheConfig := config()
		reader, c := runBus(t, busConfig, with), newCache(t, cacheConfig)
		for range 5 {
			var m bus.Mark
			if err := pool.QueryRow(t.Context(), `INSERT INTO row DEFAULT VALUES RETURNING mark`).Scan(&m); err != nil {
				t.Fatal(err)
			}
			committed, before, asked := time.Now(), reads.Load(), 0
			writer.Publish(m, 1)
			for fresh := false; !fresh; asked++ {
				e, err := c.Load(t.Context(), "board", reader.Mark(), read)
				if err != nil {
					t.Fatal(err)
				}
				fresh = e.Mark >= m
				if took := time.Since(committed); took > time.Second {
					t.Fatalf("by %s: stale for %s", with, took)
				}
			}
			if n := reads.Load() - before; n > 2 {
				t.Errorf("by %s: %d reads for %d questions; want 1, or 2 when it was asked in between", with, n, asked)
			}
		}
	}
}

func runBus(t *testing.T, cfg bus.Config, via string) *bus.Bus {
	t.Helper()
	b, err := bus.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(20 * time.Second); b.State().Via.String() != via; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("state %+v; want %s", b.State(), via)
		}
	}
	return b
}

func BenchmarkLoad(b *testing.B) {
	ctx := context.Background()
	body := make([]byte, 64<<10)
	read := func(mark bus.Mark) func(context.Context) (cache.Entry, error) {
		return func(context.Context) (cache.Entry, error) { return cache.Entry{Mark: mark, Body: body}, nil }
	}
	b.Run("map", func(b *testing.B) {
		entries := map[string]cache.Entry{"board": {Mark: 1, Body: body}}
		var mu sync.Mutex
		for b.Loop() {
			mu.Lock()
			_ = entries["board"]
			mu.Unlock()
		}
	})
	b.Run("hit in the process", func(b *testing.B) {
		c := newCache(b, cache.Config{})
		for b.Loop() {
			_, _ = c.Load(ctx, "board", 1, read(1))
		}
	})
	b.Run("hit in Redis", func(b *testing.B) { // 64 KiB
		client := openRedis(b, redistest.Start(b).URL())
		key := func(i int) string { return fmt.Sprint("board", i%100) }
		other := newCache(b, cache.Config{Redis: client, TTL: time.Hour})
		for i := range 100 {
			_, _ = other.Load(ctx, key(i), 1, read(1))
		}
		c := newCache(b, cache.Config{Redis: client, MaxBytes: 256 << 10}) // keeps few itself
		for i := 0; b.Loop(); i++ {
			_, err := c.Load(ctx, key(i), 1, func(context.Context) (cache.Entry, error) { return cache.Entry{}, errors.New("a miss") })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("miss", func(b *testing.B) {
		c := newCache(b, cache.Config{Redis: openRedis(b, redistest.Start(b).URL())})
		mark := bus.Mark(0)
		for b.Loop() {
			mark++
			_, _ = c.Load(ctx, "board", mark, read(mark))
		}
	})
}
