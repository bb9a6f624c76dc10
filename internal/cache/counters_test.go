package cache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/cache"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
)

var epoch = time.Date(2026, 7, 1, 19, 0, 0, 0, time.UTC)

// TestNoWindowHoldsMore asks at any times and looks at every window there is.
func TestNoWindowHoldsMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := epoch
		c := cache.NewCounters(cache.CountersConfig{Now: func() time.Time { return now }})
		r := cache.Rate{Limit: rapid.IntRange(1, 5).Draw(t, "limit"), Window: time.Duration(rapid.IntRange(1, 50).Draw(t, "window"))}
		var taken []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "asks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "later")))
			wait, err := c.Take(context.Background(), "host", r)
			if err != nil {
				t.Fatal(err)
			}
			recent := 0
			for _, at := range taken {
				if now.Sub(at) < r.Window {
					recent++
				}
			}
			if (wait == 0) != (recent < r.Limit) {
				t.Fatalf("%d of %d taken in %s: wait %d", recent, r.Limit, r.Window, wait)
			}
			if wait > 0 && !taken[len(taken)-r.Limit].Add(r.Window).Equal(now.Add(wait)) {
				t.Fatalf("wait of %d is not to the end of the window", wait)
			}
			if wait == 0 {
				taken = append(taken, now)
			}
		}
	})
}

func TestWaitKeepsThePace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := cache.NewCounters(cache.CountersConfig{Now: time.Now})
		began := time.Now()
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				if err := c.Wait(t.Context(), "host", cache.Rate{Limit: 10, Window: time.Second}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("30 at 10 a second took %s; want 2 s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := c.Wait(ctx, "host", cache.Rate{Limit: 10, Window: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v; want the caller's deadline", err)
		}
	})
}

func TestRatesThatAllowNothing(t *testing.T) {
	c := cache.NewCounters(cache.CountersConfig{Now: time.Now})
	for _, r := range []cache.Rate{{}, {Limit: 1}, {Window: time.Second}, {Limit: -1, Window: time.Second}} {
		if _, err := c.Take(t.Context(), "host", r); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%+v: got %v; want ErrInvalid", r, err)
		}
	}
}

// processes are n processes' counters on one Redis.
func processes(t testing.TB, server *redistest.Server, n int, now func() time.Time) []*cache.Counters {
	t.Helper()
	cs := make([]*cache.Counters, n)
	for i := range cs {
		client, err := redis.Open(redis.Config{URL: server.URL(), Namespace: "test", Now: now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		cs[i] = cache.NewCounters(cache.CountersConfig{Redis: client, Processes: n, Now: now})
	}
	return cs
}

func TestProcessesShareARate(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	var taken atomic.Int64
	var all sync.WaitGroup
	for _, c := range processes(t, server, 4, time.Now) {
		for range 4 {
			all.Go(func() {
				for range 50 {
					wait, err := c.Take(t.Context(), "host", cache.Rate{Limit: 100, Window: time.Hour})
					if err != nil || wait > time.Hour {
						t.Errorf("wait %s, %v", wait, err)
					}
					if wait == 0 {
						taken.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	if n := taken.Load(); n != 100 {
		t.Errorf("%d of 800 taken; want 100", n)
	}
}

// TestSharedWindowMovesOn waits for Redis's own clock.
func TestSharedWindowMovesOn(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	cs := processes(t, server, 2, time.Now)
	began := time.Now()
	for i := range 9 {
		if err := cs[i%2].Wait(t.Context(), "host", cache.Rate{Limit: 3, Window: 100 * time.Millisecond}); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 200*time.Millisecond {
		t.Errorf("9 at 3 in 100 ms took %s; want 200 ms or more", took)
	}
}

// TestRedisDiesWithItsCounters takes all there is, kills Redis, and takes on: in
// no moment do the processes together go beyond the rate by more than their own
// parts of it, and each process remembers what it did itself.
func TestRedisDiesWithItsCounters(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	var mu sync.Mutex
	now := epoch
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	later := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(d)
	}
	cs := processes(t, server, 2, clock)
	rate := cache.Rate{Limit: 10, Window: time.Hour}
	take := func(c *cache.Counters) (n int) {
		for range 30 {
			if wait, err := c.Take(t.Context(), "host", rate); err == nil && wait == 0 {
				n++
			}
		}
		return n
	}
	if a, b := take(cs[0]), take(cs[1]); a != 10 || b != 0 {
		t.Fatalf("with Redis: %d and %d; want 10 and 0", a, b)
	}
	server.Kill(t)
	if a, b := take(cs[0]), take(cs[1]); a != 0 || b != 5 {
		t.Errorf("Redis has just died: %d and %d; want 0, for it took all, and its part of 5", a, b)
	}
	later(time.Hour)
	if a, b := take(cs[0]), take(cs[1]); a != 5 || b != 5 {
		t.Errorf("an hour on: %d and %d; want 5 and 5", a, b)
	}
	later(time.Hour)
	server.Restart(t)
	if a, b := take(cs[0]), take(cs[1]); a != 10 || b != 0 {
		t.Errorf("Redis is back: %d and %d; want 10 and 0", a, b)
	}
}

// TestPartsOfASmallRate: where there is less than one for each, each waits longer.
func TestPartsOfASmallRate(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	now := epoch
	c := cache.NewCounters(cache.CountersConfig{
		Redis: openRedis(t, server.URL()), Processes: 6, Now: func() time.Time { return now },
	})
	server.Kill(t)
	if _, err := c.Take(t.Context(), "host", cache.Rate{Limit: 2, Window: time.Minute}); err != nil {
		t.Fatal(err)
	}
	wait, err := c.Take(t.Context(), "host", cache.Rate{Limit: 2, Window: time.Minute})
	if err != nil || wait != 3*time.Minute {
		t.Errorf("wait %s, %v; want a sixth of 2 a minute, one in 3 minutes", wait, err)
	}
}

func TestManyKeysAreForgotten(t *testing.T) {
	now := epoch
	reg := prometheus.NewRegistry()
	c := cache.NewCounters(cache.CountersConfig{Now: func() time.Time { return now }, Metrics: reg})
	for i := range 5000 {
		now = now.Add(time.Second)
		if wait, err := c.Take(t.Context(), fmt.Sprint("host", i), cache.Rate{Limit: 1, Window: time.Second}); err != nil || wait != 0 {
			t.Fatal(wait, err)
		}
	}
	if wait, _ := c.Take(t.Context(), "host4999", cache.Rate{Limit: 1, Window: time.Second}); wait != time.Second {
		t.Errorf("wait %s; want the last key remembered", wait)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func BenchmarkTake(b *testing.B) {
	ctx := context.Background()
	rate := cache.Rate{Limit: 1 << 20, Window: time.Millisecond}
	b.Run("process", func(b *testing.B) {
		c := cache.NewCounters(cache.CountersConfig{Now: time.Now})
		for b.Loop() {
			_, _ = c.Take(ctx, "host", rate)
		}
	})
	b.Run("redis", func(b *testing.B) {
		c := cache.NewCounters(cache.CountersConfig{Redis: openRedis(b, redistest.Start(b).URL()), Now: time.Now})
		for b.Loop() {
			_, _ = c.Take(ctx, "host", rate)
		}
	})
}
