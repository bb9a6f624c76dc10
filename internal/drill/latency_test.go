package drill

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// looks is of how many looks the latency is told, a minute apart, the last of
// them before the first game of the day.
const looks = 300

// mostLatency is how long 99 of 100 looks may take at most.
const mostLatency = 250 * time.Millisecond

// slate is a day's scoreboards as a collector receives them.
type slate struct {
	day     *simulator.Day
	adapter source.Adapter
	db      *store.DB
	mark    atomic.Int64      // of the last change committed
	heard   *bus.Subscription // of another process's bus
	told    bus.Mark          // that it has heard
}

// BenchmarkLatency measures how long it takes from the last byte of a full
// slate's body to its rows committed, and to another bus hearing of the change by
// LISTEN and NOTIFY, beside a bare COPY of as many rows and a transaction that
// does nothing, in the same run.
func BenchmarkLatency(b *testing.B) {
	for b.Loop() {
		s := newSlate(b)
		start := time.Date(2026, time.April, 4, 17, 0, 0, 0, time.UTC).Add(-looks * time.Minute)
		first, rows := s.take(b, start)
		var prices, published, all, bare, nothing []time.Duration
		for i := range looks {
			at := start.Add(time.Duration(i+1) * time.Minute)
			odds, read := s.take(b, at)
			prices, published = append(prices, odds), append(published, odds+s.untilHeard(b))
			all = append(all, odds+s.takeSplits(b, at))
			s.untilHeard(b)
			copied, err := s.db.BareCopy(b.Context(), int(read))
			if err != nil {
				b.Fatal(err)
			}
			bare, nothing = append(bare, copied), append(nothing, s.doNothing(b))
			rows = read
		}
		b.ReportMetric(ms(first), "first_ms")
		b.ReportMetric(float64(rows), "rows")
		for _, x := range []struct {
			name string
			took []time.Duration
		}{{"prices", prices}, {"published", published}, {"prices+splits", all}, {"bare_copy", bare}, {"empty_tx", nothing}} {
			b.Logf("%-14s p50 %7.1f ms, p99 %7.1f ms", x.name, ms(percentile(x.took, 50)), ms(percentile(x.took, 99)))
			b.ReportMetric(ms(percentile(x.took, 50)), x.name+"_p50_ms")
			b.ReportMetric(ms(percentile(x.took, 99)), x.name+"_p99_ms")
		}
		if got := percentile(published, 99); got > mostLatency {
			b.Errorf("p99 is %s, want at most %s", got, mostLatency)
		}
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// percentile is the value that p of 100 do not exceed.
func percentile(all []time.Duration, p int) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[(len(all)*p+99)/100-1]
}

func newSlate(b *testing.B) *slate {
	b.Helper()
	s, err := simulator.New(season)
	if err != nil {
		b.Fatal(err)
	}
	day, err := s.Day(mlb.Date{Year: 2026, Month: time.April, Day: 4})
	if err != nil {
		b.Fatal(err)
	}
	url, _ := storetest.Durable(b)
	db := storetest.Connect(b, url)
	if err := db.SetZone(b.Context(), true); err != nil {
		b.Fatal(err)
	}
	slate := &slate{day: day, adapter: actionnetwork.Adapter(), db: db}
	slate.link(b, url)
	return slate
}

// link tells another bus of every change, as a process tells the others.
func (s *slate) link(b *testing.B, url string) {
	b.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	var running errgroup.Group
	b.Cleanup(func() {
		stop()
		if err := running.Wait(); err != nil {
			b.Error(err)
		}
	})
	join := func() *bus.Bus {
		one, err := bus.New(bus.Config{PostgreSQL: url, Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		running.Go(func() error { return one.Run(ctx) })
		return one
	}
	tells, hears := join(), join()
	for tells.State().Via != bus.PostgreSQL || hears.State().Via != bus.PostgreSQL {
		select {
		case <-b.Context().Done():
			b.Fatal("the buses do not connect")
		case <-time.After(time.Millisecond):
		}
	}
	s.heard = hears.Subscribe(looks)
	s.db.OnChange(func(c store.Change) {
		s.mark.Store(c.Mark)
		tells.Publish(bus.Mark(c.Mark), slices.Collect(maps.Keys(c.Games))...)
	})
}

// untilHeard is how long the other bus takes to hear of all that was committed.
func (s *slate) untilHeard(b *testing.B) time.Duration {
	b.Helper()
	began, limit := time.Now(), time.After(20*time.Second)
	for mark := bus.Mark(s.mark.Load()); s.told < mark; {
		select {
		case e := <-s.heard.C:
			s.told = e.Mark
		case <-limit:
			b.Fatal("the change was not heard of")
		}
	}
	return time.Since(began)
}

// doc is the answer that shows a moment.
func (s *slate) doc(at time.Time) source.Doc {
	return source.Doc{Source: s.adapter.Name, Feed: "scoreboard", URL: s.day.ScoreboardURL(), FetchedAt: at, Status: 200, Body: s.day.Scoreboard(at)}
}

func (s *slate) feed(b *testing.B) source.Feed {
	b.Helper()
	f, err := s.adapter.Feed("scoreboard")
	if err != nil {
		b.Fatal(err)
	}
	return f
}

// take takes in the prices of one answer, as the collector does.
func (s *slate) take(b *testing.B, at time.Time) (took time.Duration, rows int64) {
	b.Helper()
	doc, feed := s.doc(at), s.feed(b)
	began := time.Now()
	f, err := feed.Odds(doc)
	if err != nil {
		b.Fatal(err)
	}
	f.Synthetic = true
	r, err := ingest.Odds(b.Context(), s.db, f, at.String(), bytes.NewReader(doc.Body), ingest.Options{Now: at, Wait: true})
	took = time.Since(began)
	if err != nil || r.Read < 1000 || r.Quarantined > 0 {
		b.Fatalf("%+v, %v", r, err)
	}
	return took, r.Read
}

func (s *slate) takeSplits(b *testing.B, at time.Time) time.Duration {
	b.Helper()
	doc, feed := s.doc(at), s.feed(b)
	began := time.Now()
	f, err := feed.Splits(doc)
	if err != nil {
		b.Fatal(err)
	}
	f.Synthetic = true
	if _, err := ingest.Splits(b.Context(), s.db, f, at.String(), bytes.NewReader(doc.Body), at, ingest.Options{Now: at, Wait: true}); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// doNothing is how long a transaction takes that writes one row and no more.
func (s *slate) doNothing(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	err := s.db.Tx(b.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(context.WithoutCancel(b.Context()), `UPDATE curated.source SET rate = rate WHERE name = 'actionnetwork'`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
