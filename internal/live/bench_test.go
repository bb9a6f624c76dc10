package live

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// BenchmarkCommitToApplied is the time from the commit of a slate's prices in
// one process to another's market that has them and was asked about them, by
// each way of hearing, beside a bare NOTIFY and its arrival at a LISTEN.
func BenchmarkCommitToApplied(b *testing.B) {
	b.Run("bare notify", benchNotify)
	b.Run("redis", func(b *testing.B) { benchApplied(b, bus.Redis) })
	b.Run("postgresql", func(b *testing.B) { benchApplied(b, bus.PostgreSQL) })
}

func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op") // the pace is not the point
}

func benchNotify(b *testing.B) {
	url := storetest.EmptyURL(b)
	dial := func() *pgx.Conn {
		c, err := pgx.Connect(b.Context(), url)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { c.Close(context.Background()) })
		return c
	}
	from, to := dial(), dial()
	if _, err := to.Exec(b.Context(), "LISTEN bench"); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		sent := time.Now()
		if _, err := from.Exec(b.Context(), "NOTIFY bench"); err != nil {
			b.Fatal(err)
		}
		if _, err := to.WaitForNotification(b.Context()); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(sent))
	}
	report(b, took)
}

func benchApplied(b *testing.B, via bus.Via) {
	url := storetest.URL(b)
	writer, reader := openSlate(b, url), openSlate(b, url)
	config := bus.Config{PostgreSQL: url}
	if via == bus.Redis {
		config.Redis = benchRedis(b)
	}
	from, to := runBus(b, config), runBus(b, config)
	var committed time.Time
	writer.db.OnChange(func(c store.Change) {
		committed = time.Now()
		from.Publish(bus.Mark(c.Mark))
	})
	m := New(Config{
		DB: reader.db, Bus: to, Now: func() time.Time { return testNow }, Market: market.DefaultConfig(), Detect: detect.DefaultConfig(),
		Day: func(context.Context) (mlb.Date, error) { return slateDate, nil }, Log: slog.New(slog.DiscardHandler),
		Found: func(context.Context, Found) error { return nil },
	})
	begin(b, m.Run)
	for from.State().Via != via || to.State().Via != via {
		time.Sleep(time.Millisecond)
	}
	at := slateStart.Add(-8 * time.Hour)
	var took []time.Duration
	for b.Loop() {
		at = at.Add(time.Second)
		if err := writer.odds(b.Context(), at); err != nil {
			b.Fatal(err)
		}
		mark, err := writer.db.Mark(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Await(b.Context(), bus.Mark(mark)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(committed))
	}
	report(b, took)
}

func benchRedis(b *testing.B) *redis.Client {
	b.Helper()
	c, err := redis.Open(redis.Config{URL: redistest.Start(b).URL(), Namespace: "bench", Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

func runBus(b *testing.B, cfg bus.Config) *bus.Bus {
	b.Helper()
	cfg.Now, cfg.Coalesce = time.Now, time.Nanosecond // as for single polls, which are further apart
	one, err := bus.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	begin(b, one.Run)
	return one
}

func begin(b *testing.B, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
}
