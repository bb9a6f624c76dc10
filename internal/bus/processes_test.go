package bus_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
)

func TestEveryWayBetweenProcesses(t *testing.T) {
	t.Parallel()
	for _, via := range []bus.Via{bus.Redis, bus.PostgreSQL, bus.Polling} {
		t.Run(via.String(), func(t *testing.T) {
			t.Parallel()
			r := newRows(t)
			config := func() bus.Config { return bus.Config{Mark: r.mark} }
			switch via {
			case bus.Redis:
				server := redistest.Start(t)
				config = func() bus.Config { return bus.Config{Mark: r.mark, Redis: openRedis(t, server)} }
			case bus.PostgreSQL:
				config = func() bus.Config { return bus.Config{Mark: r.mark, PostgreSQL: r.url} }
			}
			a, b := run(t, config()), run(t, config())
			awaitVia(t, via, a, b)
			s := b.Subscribe(10)
			for range 3 {
				m := r.commit(t)
				committed := time.Now()
				a.Publish(m, 4, 5)
				e := hear(t, s, upTo(m))
				if took := time.Since(committed); took > time.Second {
					t.Errorf("heard after %s; want within the second", took)
				}
				if told := slices.Equal(e.Games, []mlb.GameID{4, 5}); told == (via == bus.Polling) {
					t.Errorf("by %s: %+v", via, e)
				}
			}
			if st := b.State(); st.Why != "" || time.Since(st.Since) > time.Minute {
				t.Errorf("state %+v", st)
			}
		})
	}
}

// reader is a process that reads what it is told of, as all must: above the
// mark it has read.
type reader struct {
	bus *bus.Bus
	own bus.Mark
	n   int
	lag time.Duration // the longest from commit to read
	ev  int           // events heard
}

func (r *reader) read(ctx context.Context, db rows, s *bus.Subscription) error {
	for e := range s.C {
		r.ev++
		if e.Mark <= r.own {
			continue
		}
		var n int
		var newest bus.Mark
		var late float64
		err := db.pool.QueryRow(ctx, `SELECT coalesce(max(mark), $1), count(*), coalesce(max(extract(epoch FROM clock_timestamp() - at)), 0)
			FROM row WHERE mark > $1`, r.own).Scan(&newest, &n, &late)
		if err != nil {
			return err
		}
		r.own, r.n = newest, r.n+n
		r.lag = max(r.lag, time.Duration(late*float64(time.Second)))
	}
	return nil
}

// drill commits rows in one process without a pause while f does harm, and
// returns what the others read of them.
func drill(t *testing.T, db rows, buses []*bus.Bus, f func()) (committed int, readers []*reader) {
	t.Helper()
	var reading, writing sync.WaitGroup
	subs := make([]*bus.Subscription, len(buses))
	for i, b := range buses {
		r := &reader{bus: b}
		readers, subs[i] = append(readers, r), b.Subscribe(16)
		reading.Go(func() {
			if err := r.read(context.WithoutCancel(t.Context()), db, subs[i]); err != nil {
				t.Error(err)
			}
		})
	}
	stop := make(chan struct{})
	writing.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-tick.C:
				buses[i%2].Publish(db.commit(t), mlb.GameID(i%15)) // two writers
				committed++
			}
		}
	})
	f()
	close(stop)
	writing.Wait()
	last, err := db.mark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range buses {
		await(t, "everybody hears of the last row", func() bool { return b.Mark() >= last })
	}
	for _, s := range subs {
		s.Close()
	}
	reading.Wait()
	return committed, readers
}

func judge(t *testing.T, committed int, readers []*reader, longest time.Duration) {
	t.Helper()
	for i, r := range readers {
		if r.n != committed {
			t.Errorf("process %d read %d rows of %d", i, r.n, committed)
		}
		if r.lag > longest {
			t.Errorf("process %d read a row %s after its commit; want within %s", i, r.lag, longest)
		}
		t.Logf("process %d: %d rows, %d events, longest lag %s", i, r.n, r.ev, r.lag.Round(time.Millisecond))
	}
}

func TestRedisKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	db, server := newRows(t), redistest.Start(t)
	reg := prometheus.NewRegistry()
	buses := make([]*bus.Bus, 3)
	for i := range buses {
		cfg := bus.Config{Mark: db.mark, PostgreSQL: db.url, Redis: openRedis(t, server)}
		if i == 0 {
			cfg.Metrics = reg
		}
		buses[i] = run(t, cfg)
	}
	awaitVia(t, bus.Redis, buses...)
	begun := time.Now()
	committed, readers := drill(t, db, buses, func() {
		for range 3 {
			mark := buses[0].Mark()
			await(t, "some rows by Redis", func() bool { return buses[0].Mark() > mark+5 })
			server.Kill(t)
			awaitVia(t, bus.PostgreSQL, buses...)
			if why := buses[1].State().Why; !strings.HasPrefix(why, "redis: ") {
				t.Errorf("why %q; want Redis's fault", why)
			}
			mark = buses[0].Mark()
			await(t, "some rows by PostgreSQL", func() bool { return buses[0].Mark() > mark+5 })
			server.Restart(t)
			awaitVia(t, bus.Redis, buses...)
		}
	})
	judge(t, committed, readers, time.Second)
	if sent, most := metric(t, reg, "mlb_bus_sent_total"), time.Since(begun).Seconds()*10+2; sent > most {
		t.Errorf("%v messages; want one each 100 ms at most, %v", sent, most)
	}
	if n := metric(t, reg, "mlb_bus_connects_total"); n < 5 || n > 8 {
		t.Errorf("%v connections; want 4 to Redis and 1 to PostgreSQL, or few more", n)
	}
}

func TestRedisFrozen(t *testing.T) {
	t.Parallel()
	db, server := newRows(t), redistest.Start(t)
	buses := make([]*bus.Bus, 2)
	for i := range buses {
		buses[i] = run(t, bus.Config{Mark: db.mark, PostgreSQL: db.url, Redis: openRedis(t, server)})
	}
	awaitVia(t, bus.Redis, buses...)
	committed, readers := drill(t, db, buses, func() {
		server.Freeze(t)
		awaitVia(t, bus.PostgreSQL, buses...)
		server.Thaw(t)
		awaitVia(t, bus.Redis, buses...)
	})
	judge(t, committed, readers, 2*time.Second)
}

// sessions ends the bus's connections to PostgreSQL, as a restart would.
const sessions = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'mlb-betting bus' AND datname = current_database()`

func TestListenersCutOff(t *testing.T) {
	t.Parallel()
	db := newRows(t)
	regs := []*prometheus.Registry{prometheus.NewRegistry(), prometheus.NewRegistry()}
	buses := make([]*bus.Bus, 2)
	for i := range buses {
		buses[i] = run(t, bus.Config{Mark: db.mark, PostgreSQL: db.url, Metrics: regs[i]})
	}
	awaitVia(t, bus.PostgreSQL, buses...)
	committed, readers := drill(t, db, buses, func() {
		for cut := range 5 {
			db.exec(t, sessions)
			for i, reg := range regs {
				await(t, "connected again", func() bool { return metric(t, reg, "mlb_bus_connects_total") >= float64(cut+2) })
				awaitVia(t, bus.PostgreSQL, buses[i])
			}
		}
	})
	judge(t, committed, readers, time.Second)
}

// TestNobodyConnects shuts the database's door to the bus alone.
func TestNobodyConnects(t *testing.T) {
	t.Parallel()
	db := newRows(t)
	a := run(t, bus.Config{Mark: db.mark, PostgreSQL: db.url + " options='-c nonsense.role=1' user=nobody_there"})
	b := run(t, bus.Config{Mark: db.mark, PostgreSQL: db.url})
	awaitVia(t, bus.Polling, a)
	awaitVia(t, bus.PostgreSQL, b)
	await(t, "told of PostgreSQL's fault", func() bool { return strings.HasPrefix(a.State().Why, "postgresql: listen to PostgreSQL:") })
	s := b.Subscribe(4)
	m := db.commit(t)
	a.Publish(m, 1) // in vain
	if e := hear(t, s, upTo(m)); !e.Resync {
		t.Errorf("got %+v; want to be told by the database's mark", e)
	}
}

// TestKilledBeforeItSpoke is a worker that commits and dies.
func TestKilledBeforeItSpoke(t *testing.T) {
	t.Parallel()
	db := newRows(t)
	b := run(t, bus.Config{Mark: db.mark, PostgreSQL: db.url})
	awaitVia(t, bus.PostgreSQL, b)
	s := b.Subscribe(4)
	m := db.commit(t)
	committed := time.Now()
	e := hear(t, s, upTo(m))
	if took := time.Since(committed); !e.Resync || took > 1500*time.Millisecond {
		t.Errorf("got %+v after %s", e, took)
	}
}

func TestForeignMessages(t *testing.T) {
	t.Parallel()
	db := newRows(t)
	reg := prometheus.NewRegistry()
	b := run(t, bus.Config{PostgreSQL: db.url, Metrics: reg})
	awaitVia(t, bus.PostgreSQL, b)
	s := b.Subscribe(20)
	say := func(payload string) { db.exec(t, `SELECT pg_notify('mlb_quotes', $1)`, payload) }
	steps := []struct {
		payload string
		want    string // "" is silence
	}{
		{`{"from":"x","n":1,"mark":10,"games":[7]}`, "10 [7] false"},
		{`{"from":"x","n":2,"mark":11,"games":[8],"later":true}`, "11 [8] false"},
		{`{"from":"x","n":2,"mark":11,"games":[8]}`, ""},             // twice
		{`{"from":"x","n":4,"mark":13,"games":[9]}`, "13 [] true"},   // one was lost
		{`{"from":"x","n":3,"mark":12,"games":[9]}`, ""},             // it came late
		{`{"from":"y","n":6,"mark":12,"games":[1]}`, "13 [] true"},   // who knows what it said before
		{`{"from":"y","n":7,"mark":12,"games":[1]}`, "13 [1] false"}, // marks never go back
		{`{"from":"y","n":8,"mark":20,"all":true}`, "20 [] true"},    // too much to name
		{`{"n":8,"mark":20}`, ""},                                    // nobody's
		{`hello`, ""},                                                // not ours
		{`{"from":"y","n":9,"mark":21,"games":[2]}`, "21 [2] false"}, // and on
		{`{"from":"z","n":1,"mark":22,"games":"2"}`, ""},             // unreadable
		{`{"from":"z","n":1,"mark":22,"games":[2,3]}`, "22 [2 3] false"},
	}
	for _, step := range steps {
		say(step.payload)
		if step.want == "" {
			continue // the next step would show it
		}
		e := hear(t, s, func(bus.Event) bool { return true })
		if got := fmt.Sprintf("%d %v %t", e.Mark, e.Games, e.Resync); got != step.want {
			t.Errorf("%s: got %s; want %s", step.payload, got, step.want)
		}
	}
	if n := metric(t, reg, "mlb_bus_malformed_total"); n != 3 {
		t.Errorf("%v malformed; want 3", n)
	}
}

func TestThousandSubscribers(t *testing.T) {
	t.Parallel()
	db := newRows(t)
	a, b := run(t, bus.Config{PostgreSQL: db.url}), run(t, bus.Config{PostgreSQL: db.url})
	awaitVia(t, bus.PostgreSQL, a, b)
	const messages = 10
	var all sync.WaitGroup
	told := make([]int, 1000)
	for i := range told {
		s := b.Subscribe(messages)
		all.Go(func() {
			defer s.Close()
			for e := range s.C {
				told[i]++
				if e.Mark == messages {
					return
				}
			}
		})
	}
	asleep := b.Subscribe(1) // never reads: it holds nobody up
	for m := range bus.Mark(messages) {
		a.Publish(m+1, 1)
		await(t, "heard", func() bool { return b.Mark() == m+1 })
	}
	all.Wait()
	for i, n := range told {
		if n != messages {
			t.Fatalf("subscriber %d heard %d of %d", i, n, messages)
		}
	}
	if e := <-asleep.C; !e.Resync || e.Mark != messages {
		t.Errorf("who slept got %+v; want to read again", e)
	}
}

// TestManyProcessesComeBackQuietly counts what travels when thirty processes
// lose Redis and find it again: nothing, for nothing is new.
func TestManyProcessesComeBackQuietly(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	reg := prometheus.NewRegistry()
	watcher := run(t, bus.Config{Redis: openRedis(t, server), Metrics: reg})
	buses := []*bus.Bus{watcher}
	for range 30 {
		buses = append(buses, run(t, bus.Config{Redis: openRedis(t, server)}))
	}
	awaitVia(t, bus.Redis, buses...)
	server.Kill(t)
	awaitVia(t, bus.None, buses...)
	for i, b := range buses {
		b.Publish(bus.Mark(i+1), 1) // lost: no way takes it
	}
	await(t, "given up", func() bool { return metric(t, reg, "mlb_bus_unsent_total") == 1 })
	server.Restart(t)
	awaitVia(t, bus.Redis, buses...)
	s := watcher.Subscribe(50)
	buses[1].Publish(100, 2)
	if e := hear(t, s, upTo(100)); !e.Resync {
		t.Errorf("got %+v; want to read again, for what was lost", e)
	}
	if n := metric(t, reg, "mlb_bus_received_total"); n != 1 {
		t.Errorf("%v messages since Redis is back; want 1", n)
	}
}
