package bus_test

import (
	"slices"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
)

// report prints the middle and the slow end of what was measured.
func report(b *testing.B, took []time.Duration) {
	b.Helper()
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))]) / float64(time.Microsecond)
	}
	b.ReportMetric(at(0.5), "p50-µs")
	b.ReportMetric(at(0.99), "p99-µs")
	b.ReportMetric(0, "ns/op") // the pace is not the point
}

// BenchmarkPublishToReceive is the time from Publish in one process to the
// event in another, beside a bare channel between two goroutines. Publications
// are further apart than Coalesce, as single polls are: what is published within
// 100 ms of another message waits for the rest of them.
func BenchmarkPublishToReceive(b *testing.B) {
	b.Run("channel", benchChannel)
	b.Run("process", func(b *testing.B) {
		one := run(b, bus.Config{Coalesce: time.Nanosecond})
		benchWay(b, bus.Process, one, one)
	})
	b.Run("postgresql", func(b *testing.B) {
		cfg := bus.Config{PostgreSQL: newRows(b).url, Coalesce: time.Nanosecond}
		benchWay(b, bus.PostgreSQL, run(b, cfg), run(b, cfg))
	})
	b.Run("redis", func(b *testing.B) {
		server := redistest.Start(b)
		cfg := func() bus.Config { return bus.Config{Redis: openRedis(b, server), Coalesce: time.Nanosecond} }
		benchWay(b, bus.Redis, run(b, cfg()), run(b, cfg()))
	})
	b.Run("polling", benchPolling)
}

func benchChannel(b *testing.B) {
	there, back := make(chan time.Time), make(chan time.Duration)
	go func() {
		for sent := range there {
			back <- time.Since(sent)
		}
	}()
	defer close(there)
	var took []time.Duration
	for b.Loop() {
		there <- time.Now()
		took = append(took, <-back)
	}
	report(b, took)
}

func benchWay(b *testing.B, via bus.Via, from, to *bus.Bus) {
	b.Helper()
	awaitVia(b, via, from, to)
	s := to.Subscribe(4)
	defer s.Close()
	mark := bus.Mark(0)
	from.Publish(mark, 1) // the first message makes the sender's connection
	hear(b, s, upTo(mark))
	var took []time.Duration
	for b.Loop() {
		mark++
		sent := time.Now()
		from.Publish(mark, 1)
		hear(b, s, upTo(mark))
		took = append(took, time.Since(sent))
	}
	report(b, took)
}

// benchPolling is from the commit on: nobody publishes.
func benchPolling(b *testing.B) {
	rows := newRows(b)
	to := run(b, bus.Config{Mark: rows.mark})
	awaitVia(b, bus.Polling, to)
	s := to.Subscribe(4)
	defer s.Close()
	var took []time.Duration
	for b.Loop() {
		mark := rows.commit(b)
		committed := time.Now()
		hear(b, s, upTo(mark))
		took = append(took, time.Since(committed))
	}
	report(b, took)
}

// BenchmarkTell is one event told to a thousand subscribers, and the same to
// bare channels.
func BenchmarkTell(b *testing.B) {
	const audience = 1000
	b.Run("channels", func(b *testing.B) {
		var cs [audience]chan bus.Event
		for i := range cs {
			cs[i] = make(chan bus.Event, 1)
		}
		for b.Loop() {
			for _, c := range cs {
				c <- bus.Event{Mark: 1}
			}
			for _, c := range cs {
				<-c
			}
		}
	})
	b.Run("bus", func(b *testing.B) {
		one := run(b, bus.Config{Coalesce: time.Nanosecond})
		subs := make([]*bus.Subscription, audience)
		for i := range subs {
			subs[i] = one.Subscribe(1)
		}
		mark := bus.Mark(0)
		for b.Loop() {
			mark++
			one.Publish(mark, 1)
			for _, s := range subs {
				<-s.C
			}
		}
	})
}
