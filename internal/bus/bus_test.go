package bus_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestWithinTheProcess(t *testing.T) {
	b := run(t, bus.Config{})
	s := b.Subscribe(4)
	b.Publish(7, 12, 3, 12)
	e := hear(t, s, upTo(7))
	if e.Resync || !slices.Equal(e.Games, []mlb.GameID{3, 12}) || e.Mark != 7 {
		t.Errorf("got %+v; want games 3 and 12 up to 7", e)
	}
	if b.Mark() != 7 {
		t.Errorf("mark %d; want 7", b.Mark())
	}
	if st := b.State(); st.Via != bus.Process || st.Why != "" {
		t.Errorf("state %+v; want the process alone", st)
	}
}

func TestOneMessageEach100Milliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := start(t, bus.Config{})
		defer stop()
		s := b.Subscribe(100)
		for i := range 1000 { // for a second
			b.Publish(bus.Mark(i+1), mlb.GameID(i%15))
			synctest.Wait()
			time.Sleep(time.Millisecond) // of the bubble's clock
		}
		time.Sleep(time.Second)
		var marks []bus.Mark
		games := make(map[mlb.GameID]bool)
		for len(s.C) > 0 {
			e := <-s.C
			marks = append(marks, e.Mark)
			for _, g := range e.Games {
				games[g] = true
			}
		}
		if len(marks) != 11 || marks[0] != 1 || marks[10] != 1000 || len(games) != 15 {
			t.Errorf("marks %v, %d games; want the first at once, 11 in all, and 15 games", marks, len(games))
		}
	})
}

func TestSlowSubscriberReadsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewRegistry()
		b, stop := start(t, bus.Config{Metrics: reg})
		defer stop()
		slow, quick := b.Subscribe(2), b.Subscribe(100)
		for i := range 8 {
			b.Publish(bus.Mark(i+1), mlb.GameID(i))
			time.Sleep(100 * time.Millisecond) // of the bubble's clock
		}
		synctest.Wait()
		if n := len(quick.C); n != 8 {
			t.Errorf("the quick one has %d events; want 8", n)
		}
		// 1 and 2 waited; 3 took their place, 4 had room, 5 took the place of both, and so on.
		first, second := <-slow.C, <-slow.C
		if !first.Resync || first.Mark != 7 || second.Resync || second.Mark != 8 || len(slow.C) != 0 {
			t.Errorf("the slow one has %+v and %+v; want to read again up to 7, then 8", first, second)
		}
		if got := metric(t, reg, "mlb_bus_overflows_total"); got != 3 {
			t.Errorf("%v overflows; want 3", got)
		}
	})
}

func TestTooManyGamesToName(t *testing.T) {
	b := run(t, bus.Config{})
	s := b.Subscribe(1)
	games := make([]mlb.GameID, 5000)
	for i := range games {
		games[i] = mlb.GameID(i)
	}
	b.Publish(1, games...)
	if e := hear(t, s, upTo(1)); !e.Resync || len(e.Games) != 0 {
		t.Errorf("got %d games, resync %t; want to read again", len(e.Games), e.Resync)
	}
}

func TestSubscriptionsEnd(t *testing.T) {
	b, stop := start(t, bus.Config{})
	left, stays := b.Subscribe(1), b.Subscribe(1)
	left.Close()
	left.Close()
	if _, open := <-left.C; open {
		t.Error("a closed subscription got an event")
	}
	b.Publish(1, 1) // and at once the end: it is still sent
	stop()
	if e := <-stays.C; e.Mark != 1 {
		t.Errorf("got %+v; want what was published before the end", e)
	}
	if _, open := <-stays.C; open {
		t.Error("the subscription outlives the bus")
	}
	if _, open := <-b.Subscribe(1).C; open {
		t.Error("a subscription after the end is open")
	}
	stays.Close()
	b.Publish(2, 2) // nobody hears
}

func TestBadAddressHidesPassword(t *testing.T) {
	_, err := bus.New(bus.Config{PostgreSQL: "postgres://u:secret@h:bad/db", Now: time.Now})
	if !errors.Is(err, mlb.ErrInvalid) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v; want ErrInvalid without the password", err)
	}
}

func TestPublishersAndSubscribersAtOnce(t *testing.T) {
	b := run(t, bus.Config{Coalesce: time.Millisecond})
	const each = 200
	var all sync.WaitGroup
	for p := range 8 {
		all.Go(func() {
			for i := range each {
				b.Publish(bus.Mark(i+1), mlb.GameID(p))
			}
		})
		all.Go(func() {
			s := b.Subscribe(1)
			select {
			case <-s.C:
			default:
			}
			s.Close()
		})
	}
	last := b.Subscribe(1)
	all.Wait()
	b.Publish(each+1, 1)
	hear(t, last, upTo(each+1))
}

// TestStoppedClock shows that nothing but the database says what was missed.
func TestStoppedClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		mark, fault := bus.Mark(5), error(nil)
		set := func(m bus.Mark, err error) {
			mu.Lock()
			defer mu.Unlock()
			mark, fault = m, err
		}
		b, stop := start(t, bus.Config{Mark: func(context.Context) (bus.Mark, error) {
			mu.Lock()
			defer mu.Unlock()
			return mark, fault
		}})
		defer stop()
		s := b.Subscribe(10)
		expect := func(step string, want bus.Event, via bus.Via) {
			t.Helper()
			time.Sleep(600 * time.Millisecond) // of the bubble's clock: one look
			synctest.Wait()
			if len(s.C) != 1 {
				t.Fatalf("%s: %d events; want 1", step, len(s.C))
			}
			if e := <-s.C; e.Mark != want.Mark || e.Resync != want.Resync {
				t.Errorf("%s: got %+v; want %+v", step, e, want)
			}
			if got := b.State().Via; got != via {
				t.Errorf("%s: via %s; want %s", step, got, via)
			}
		}
		expect("at the start", bus.Event{Mark: 5, Resync: true}, bus.Polling)
		set(9, nil)
		expect("another process committed", bus.Event{Mark: 9, Resync: true}, bus.Polling)
		set(2, nil)
		expect("the database was restored", bus.Event{Mark: 2, Resync: true}, bus.Polling)
		if b.Mark() != 2 {
			t.Errorf("mark %d; want 2", b.Mark())
		}
		set(2, errors.New("the database is down"))
		b.Publish(3, 1)
		expect("own news while the database is down", bus.Event{Mark: 3}, bus.None)
		if why := b.State().Why; why != "polling: the database is down" {
			t.Errorf("why %q", why)
		}
		set(4, nil)
		expect("the database is back", bus.Event{Mark: 4, Resync: true}, bus.Polling)
	})
}

func metric(t testing.TB, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() == name {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

func TestMetricsAreWellFormed(t *testing.T) {
	reg := prometheus.NewRegistry()
	run(t, bus.Config{Metrics: reg})
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}
