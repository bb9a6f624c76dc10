package app

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// writerVariable names, in the environment, the database and the Redis of
// another process that takes in prices.
const writerVariable = "MLB_TEST_WRITER"

var shareDay = mlb.Date{Year: 2026, Month: 7, Day: 16}

var shareStart = time.Date(2026, 7, 16, 12, 0, 0, 0, time.UTC)

// takeIn commits the nth price of a book and returns its mark.
func takeIn(ctx context.Context, a *App, n int) (int64, error) {
	f, err := boltodds.Format()
	if err != nil {
		return 0, err
	}
	at := shareStart.Add(time.Duration(n) * time.Second)
	text := fmt.Sprintf(`captured_at,mode,market,game,starts_at,sportsbook,selection,target,side,line,odds
%[1]s,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,New York Mets,New York Mets,,,+%[2]d
%[1]s,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,Philadelphia Phillies,Philadelphia Phillies,,,-%[2]d
`, at.Format(time.RFC3339), 105+n)
	r, err := ingest.Odds(ctx, a.DB, f, "changes.csv", strings.NewReader(text), ingest.Options{Now: now.AddDate(1, 0, 0), Wait: true})
	if err == nil && r.Stored != 2 {
		err = fmt.Errorf("stored %+v", r)
	}
	if err != nil {
		return 0, err
	}
	return a.DB.Mark(ctx)
}

// beWriter is a process that takes in a price each time it is told to, and says
// under which mark.
func beWriter(what string) error {
	database, redis, _ := strings.Cut(what, "|")
	ctx := context.Background()
	a, err := Open(ctx, Options{DatabaseURL: database, RedisURL: redis})
	if err != nil {
		return err
	}
	defer a.Close()
	l, err := a.Link(ctx, time.Now, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	defer l.Close()
	return l.Run(ctx, func(ctx context.Context) error {
		for s := bufio.NewScanner(os.Stdin); s.Scan(); {
			var n int
			if _, err := fmt.Sscan(s.Text(), &n); err != nil {
				return err
			}
			mark, err := takeIn(ctx, a, n)
			if err != nil {
				return err
			}
			fmt.Println(mark, time.Now().UnixNano())
		}
		return nil
	})
}

// writer is such a process.
type writer struct {
	in  io.Writer
	out *bufio.Scanner
}

func startWriter(t *testing.T, database, redis string) writer {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), writerVariable+"="+database+"|"+redis)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	return writer{in, bufio.NewScanner(out)}
}

// commit has the process take in the nth price.
func (w writer) commit(t *testing.T, n int) (mark bus.Mark, at time.Time) {
	t.Helper()
	fmt.Fprintln(w.in, n)
	if !w.out.Scan() {
		t.Fatal("the writer has ended")
	}
	var nanos int64
	if _, err := fmt.Sscan(w.out.Text(), &mark, &nanos); err != nil {
		t.Fatal(err)
	}
	return mark, time.Unix(0, nanos)
}

// opened is an app on a database, with its link running until the test ends.
func opened(t *testing.T, database, redis string) (*App, *Link) {
	t.Helper()
	return openedWith(t, database, redis, nil)
}

func openedWith(t *testing.T, database, redis string, reg prometheus.Registerer) (*App, *Link) {
	t.Helper()
	a, err := Open(t.Context(), Options{DatabaseURL: database, RedisURL: redis})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB.SetZone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	l, err := a.Link(t.Context(), time.Now, slog.New(slog.DiscardHandler), reg)
	if err != nil {
		t.Fatal(err)
	}
	during(t, func(ctx context.Context) error {
		return l.Run(ctx, func(ctx context.Context) error { <-ctx.Done(); return nil })
	}, func() { l.Close(); a.Close() })
	return a, l
}

// during runs f until the test ends, and then what is to be done after it.
func during(t *testing.T, f func(context.Context) error, after func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		after()
	})
}

// hearsBy waits until the process hears in a way.
func hearsBy(t *testing.T, l *Link, via bus.Via) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); l.Bus.State().Via != via; {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%+v; want %s", l.Bus.State(), via)
		}
	}
}

func marketOf(t *testing.T, a *App, l *Link) *live.Market {
	t.Helper()
	m := live.New(live.Config{
		DB: a.DB, Bus: l.Bus, Now: func() time.Time { return now.AddDate(1, 0, 0) },
		Day:    func(context.Context) (mlb.Date, error) { return shareDay, nil },
		Market: market.DefaultConfig(), Detect: detect.DefaultConfig(), Log: slog.New(slog.DiscardHandler),
		Found: func(context.Context, live.Found) error { return nil },
	})
	during(t, m.Run, func() {})
	return m
}

// A price that another process commits is in this one's market, and on its
// board, within the second; Redis may be stopped meanwhile.
func TestHeardFromAnotherProcess(t *testing.T) {
	t.Parallel()
	database, server := storetest.URL(t), redistest.Start(t)
	a, l := opened(t, database, server.URL())
	plain, plainLink := opened(t, database, "")
	hearsBy(t, l, bus.Redis)
	hearsBy(t, plainLink, bus.PostgreSQL)
	m, other := marketOf(t, a, l), marketOf(t, plain, plainLink)
	w := startWriter(t, database, server.URL())
	n := 0
	commit := func(what string, times int) {
		t.Helper()
		var took, plainTook []time.Duration
		for range times {
			n++
			mark, at := w.commit(t, n)
			await(t, m, mark)
			took = append(took, time.Since(at))
			await(t, other, mark)
			plainTook = append(plainTook, time.Since(at))
			b, err := l.Board(t.Context(), shareDay)
			if err != nil || b.Mark < mark || b.Games[0].Markets[0].Best[1].Price.Int() != int32(105+n) {
				t.Fatalf("%s: board %+v, %v; want the price of mark %d", what, b, err, mark)
			}
		}
		slices.Sort(took)
		slices.Sort(plainTook)
		t.Logf("%s: applied %s after the commit, without a Redis %s; at most %s, %s", what, took[times/2], plainTook[times/2], took[times-1], plainTook[times-1])
		if took[times/2] > time.Second || plainTook[times/2] > time.Second {
			t.Errorf("%s: want within the second", what)
		}
	}
	commit("redis", 7)
	server.Kill(t)
	commit("redis just stopped", 3)
	hearsBy(t, l, bus.PostgreSQL)
	if why := l.Bus.State().Why; !strings.HasPrefix(why, "redis: ") {
		t.Errorf("why %q; want Redis's fault", why)
	}
	commit("postgresql", 7)
	server.Restart(t)
	hearsBy(t, l, bus.Redis)
	commit("redis again", 7)
}

func await(t *testing.T, m *live.Market, mark bus.Mark) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := m.Await(ctx, mark); err != nil {
		t.Fatal(err)
	}
}

// An import in a process that is linked with nobody is heard of by its mark.
func TestHeardFromAnImport(t *testing.T) {
	t.Parallel()
	database := storetest.URL(t)
	a, l := opened(t, database, "")
	m := marketOf(t, a, l)
	hearsBy(t, l, bus.PostgreSQL)
	alone, err := Open(t.Context(), Options{DatabaseURL: database})
	if err != nil {
		t.Fatal(err)
	}
	defer alone.Close()
	mark, err := takeIn(t.Context(), alone, 1)
	if err != nil {
		t.Fatal(err)
	}
	committed := time.Now()
	await(t, m, bus.Mark(mark))
	t.Logf("applied %s after the commit", time.Since(committed))
}

// The board is kept in Redis for all processes as of a mark.
func TestBoardIsShared(t *testing.T) {
	t.Parallel()
	database, server := storetest.URL(t), redistest.Start(t)
	one, first := opened(t, database, server.URL())
	if _, err := takeIn(t.Context(), one, 1); err != nil {
		t.Fatal(err)
	}
	best := func(l *Link) int {
		t.Helper()
		b, err := l.Board(t.Context(), shareDay)
		if err != nil || len(b.Games) != 1 {
			t.Fatalf("board %+v, %v", b, err)
		}
		if len(b.Games[0].Markets) == 0 {
			return 0
		}
		return int(b.Games[0].Markets[0].Best[1].Price.Int())
	}
	if p := best(first); p != 106 {
		t.Errorf("best price %d; want +106", p)
	}
	fromRedis := func(redis string) float64 {
		t.Helper()
		reg := prometheus.NewRegistry()
		_, l := openedWith(t, database, redis, reg)
		if p := best(l); p != 106 {
			t.Errorf("best price %d; want +106", p)
		}
		return hits(t, reg, "redis")
	}
	if n := fromRedis(server.URL()); n != 1 {
		t.Errorf("%v boards from Redis; want the one another process put there", n)
	}
	if n := fromRedis(""); n != 0 {
		t.Errorf("%v boards from Redis without one", n)
	}
	mark, err := takeIn(t.Context(), one, 2)
	if err != nil {
		t.Fatal(err)
	}
	committed := time.Now()
	for first.Bus.Mark() < bus.Mark(mark) {
		if time.Since(committed) > 30*time.Second {
			t.Fatal("the mark was not heard of")
		}
	}
	if p := best(first); p != 107 {
		t.Errorf("best price %d after a change; want +107", p)
	}
	t.Logf("the board was of the change %s after its commit", time.Since(committed))
	server.Kill(t)
	if _, err := takeIn(t.Context(), one, 3); err != nil {
		t.Fatal(err)
	}
	_, last := opened(t, database, server.URL())
	if p := best(last); p != 108 {
		t.Errorf("best price %d; want +108 without Redis", p)
	}
}

// hits are the boards that were kept somewhere.
func hits(t *testing.T, reg *prometheus.Registry, where string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "mlb_cache_hits_total" && len(m.GetLabel()) == 1 && m.GetLabel()[0].GetValue() == where {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// Two processes ask a host no more often than one may.
func TestRatesAreShared(t *testing.T) {
	t.Parallel()
	database, server := storetest.URL(t), redistest.Start(t)
	one, first := opened(t, database, server.URL())
	other, second := opened(t, database, server.URL())
	hearsBy(t, first, bus.Redis)
	hearsBy(t, second, bus.Redis)
	adapter := source.Adapter{Name: "x", Base: "https://x.example", Rate: source.Rate{Every: 100 * time.Millisecond, Burst: 2}}
	request := source.Request{Source: "x", Base: adapter.Base}
	rates := ratesOf([]source.Adapter{adapter})
	began := time.Now()
	for range 3 {
		for _, a := range []*App{one, other} {
			if err := a.admit(rates)(t.Context(), request); err != nil {
				t.Fatal(err)
			}
		}
	}
	if took := time.Since(began); took < 400*time.Millisecond { // two at once, and again two after 200 ms
		t.Errorf("six requests in %s; want 400 ms at least", took)
	}
	server.Kill(t)
	if err := one.admit(rates)(t.Context(), request); err != nil {
		t.Errorf("without Redis: %v", err)
	}
	alone, _ := opened(t, database, "")
	for range 20 {
		if err := alone.admit(map[string]source.Rate{"x.example": {Every: time.Hour, Burst: 1}})(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTelling(t *testing.T) {
	t.Parallel()
	database, server := storetest.URL(t), redistest.Start(t)
	tell := func(redis string) bus.State {
		t.Helper()
		a, err := Open(t.Context(), Options{DatabaseURL: database, RedisURL: redis})
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		s, err := a.Telling(t.Context(), time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := tell(server.URL()); s.Via != bus.Redis || s.Why != "" {
		t.Errorf("%+v; want redis", s)
	}
	if s := tell(""); s.Via != bus.PostgreSQL || s.Why != "" {
		t.Errorf("%+v; want postgresql", s)
	}
	server.Kill(t)
	if s := tell(server.URL()); s.Via != bus.PostgreSQL || !strings.HasPrefix(s.Why, "redis: ") {
		t.Errorf("%+v; want postgresql, and why not redis", s)
	}
}
