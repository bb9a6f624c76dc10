package collect

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

// stage is a simulated world, a database and workers that collect from one
// into the other on the world's clock.
type stage struct {
	world *world.World
	db    *store.DB
	cfg   Config
}

var start = time.Date(2026, 5, 16, 19, 0, 0, 0, time.UTC)

// newStage is a world and a database without sources or workers.
func newStage(t *testing.T, o world.Options) *stage {
	t.Helper()
	o.Season, o.Real = simulator.Config{Season: 2026, Seed: 7}, time.Now
	w, err := world.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	db := storetest.Open(t)
	if err := db.SetZone(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	return &stage{world: w, db: db, cfg: Config{
		DB: db, Now: w.Clock().Now, Log: slog.New(slog.DiscardHandler), Synthetic: true, Tick: 10 * time.Millisecond,
	}}
}

// open turns sources on and makes a client for them.
func (s *stage) open(t *testing.T, policy fetch.Policy, adapters ...source.Adapter) {
	t.Helper()
	policies := map[string]fetch.Policy{}
	for _, a := range adapters {
		policies[a.Name] = policy
		if err := s.db.AcknowledgeSource(t.Context(), a.Name, start); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.cfg.Client, err = fetch.New(adapters, fetch.Options{Version: "test", Now: s.cfg.Now, Random: rand.Float64, Policies: policies})
	if err != nil {
		t.Fatal(err)
	}
}

func setUp(t *testing.T) *stage {
	t.Helper()
	s := newStage(t, world.Options{Start: start})
	scores, schedule := actionnetwork.Adapter(), statsapi.Adapter()
	scores.Base, schedule.Base = s.world.URL(world.ActionNetwork), s.world.URL(world.StatsAPI)
	policy := fetch.Policy{Rate: source.Rate{Every: time.Millisecond, Burst: 10}, Attempts: 1, OpenFor: time.Millisecond}
	s.open(t, policy, scores, schedule)
	slate := cadence.Standard(cadence.Slate)
	seldom := slate
	seldom.Phases, seldom.Pinned = []cadence.Phase{{Lead: 12 * time.Hour, Every: 30 * time.Minute}}, nil
	s.cfg.Watches = []Watch{{Adapter: schedule, Feed: "schedule", Plan: seldom}, {Adapter: scores, Feed: "scoreboard", Plan: slate}}
	return s
}

func (s *stage) worker(t *testing.T, name string) *Collector {
	t.Helper()
	cfg := s.cfg
	cfg.Worker, cfg.Rand = name, rand.New(rand.NewPCG(uint64(len(name)), 3))
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pass lets the world's clock run on by steps, and every worker look at what is
// due at each of them, all at once.
func (s *stage) pass(t *testing.T, by, step time.Duration, workers ...*Collector) (looks int) {
	t.Helper()
	for range int(by / step) {
		s.world.Clock().Step(step)
		counts, errs := make([]int, len(workers)), make([]error, len(workers))
		var all sync.WaitGroup
		for i, w := range workers {
			all.Go(func() { counts[i], errs[i] = w.Step(t.Context()) })
		}
		all.Wait()
		for i := range workers {
			if errs[i] != nil {
				t.Fatal(errs[i])
			}
			looks += counts[i]
		}
	}
	return looks
}

// stored are the ticks of a day by the source's own names, each line's in
// order, as text.
func (s *stage) stored(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := s.db.Tx(t.Context(), func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `
			SELECT r.ref, a.alias, q.market, q.period, q.side, q.line, q.price
			FROM curated.quote q
			JOIN curated.game_ref r ON r.game_id = q.game_id AND r.source_id = q.source_id
			JOIN curated.book_alias a ON a.book_id = q.book_id AND a.source_id = q.source_id
			ORDER BY q.observed_at`)
		if err != nil {
			return err
		}
		var ref, book string
		var market mlb.Market
		var period mlb.Period
		var side mlb.Side
		var line mlb.Line
		var price int
		_, err = pgx.ForEachRow(rows, []any{&ref, &book, &market, &period, &side, &line, &price}, func() error {
			k := fmt.Sprint(ref, book, market, period, side, line)
			all[k] = append(all[k], fmt.Sprint(price))
			return nil
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// shown is what must have been stored, by the world's own journal.
func (s *stage) shown(t *testing.T) map[string][]string {
	t.Helper()
	quotes, err := s.world.Expect(s.world.Journal(), true)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, q := range quotes {
		k := fmt.Sprint(q.Event, q.Book, q.Market, q.Period, q.Side, q.Line)
		all[k] = append(all[k], text(q.Price))
	}
	return all
}

func text(p odds.Price) string { return fmt.Sprint(p.Int()) }

// What two workers collect together is what the world has shown: no tick lost,
// none twice, and every look in the ledger.
func TestNothingLostNothingTwice(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	looks := s.pass(t, 40*time.Minute, time.Minute, s.worker(t, "one"), s.worker(t, "other"))
	got, want := s.stored(t), s.shown(t)
	if len(want) < 100 {
		t.Fatalf("%d lines were shown in %d looks: nothing to compare", len(want), looks)
	}
	for k := range want {
		if !slices.Equal(got[k], want[k]) {
			t.Errorf("%s: got %v, want %v", k, got[k], want[k])
		}
	}
	for k := range maps.Keys(got) {
		if want[k] == nil {
			t.Errorf("%s: got %v, which was never shown", k, got[k])
		}
	}
	statuses, err := s.worker(t, "asks").Statuses(t.Context())
	if err != nil || len(statuses) != 2 {
		t.Fatalf("%+v, %v; want two feeds", statuses, err)
	}
	for _, st := range statuses {
		if !st.Fresh || st.Verified.IsZero() || st.Failing > 0 {
			t.Errorf("%s %s: %+v", st.Source, st.Feed, st)
		}
	}
}

// A worker that dies keeps its lease until it runs out; then another looks, and
// what the dead one still writes is refused.
func TestDeadWorker(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	w := s.worker(t, "one")
	s.pass(t, 2*time.Minute, time.Minute, w)
	now := s.world.Clock().Now().Add(time.Hour)
	claim := func(worker string, now time.Time) ([]store.Target, error) {
		return s.db.ClaimTargets(t.Context(), store.Claim{Worker: worker, Feeds: w.feeds, Now: now, Lease: DefaultLease, Most: 10})
	}
	held, err := claim("dead", now)
	if err != nil || len(held) != 2 {
		t.Fatalf("%d claimed, %v", len(held), err)
	}
	if again, err := claim("other", now); err != nil || len(again) != 0 {
		t.Fatalf("%d claimed twice, %v", len(again), err)
	}
	later, err := claim("other", now.Add(DefaultLease))
	if err != nil || len(later) != 2 {
		t.Fatalf("%d claimed after the lease, %v", len(later), err)
	}
	err = s.db.FinishRun(t.Context(), held[0], store.Run{Worker: "dead", StartedAt: now, FinishedAt: now, Outcome: store.RunStored})
	if err == nil || !strings.Contains(err.Error(), "lease") {
		t.Errorf("the dead worker's write: %v, want a refusal", err)
	}
	_, err = s.db.Confirm(t.Context(), held[0].Source, now, now, &store.Fence{Target: held[0].ID, Token: held[0].Fence})
	if err == nil || !strings.Contains(err.Error(), "lease") {
		t.Errorf("the dead worker's confirmation: %v, want a refusal", err)
	}
}

func feed(t *testing.T, c *Collector, name string) Status {
	t.Helper()
	all, err := c.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s Status) bool { return s.Feed == name })
	if i < 0 {
		t.Fatalf("no feed %s in %+v", name, all)
	}
	return all[i]
}

// A source without the operator's acknowledgement is never asked.
func TestUnacknowledged(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	err := s.db.Tx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE curated.source SET acknowledged_at = NULL`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := s.pass(t, 5*time.Minute, time.Minute, s.worker(t, "one")); n != 0 || len(s.world.Journal()) != 0 {
		t.Errorf("%d looks, %d requests", n, len(s.world.Journal()))
	}
}

// Run ends when it is told to.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.worker(t, "one").Run(ctx); err != nil {
		t.Error(err)
	}
}

// Run goes on while the database takes nothing, rests longer each time, and
// collects again when it does.
func TestRunOutlivesTheDatabase(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := setFaultStage(t, storetest.Connect(t, url), url, morning, 0, world.StatsAPI)
	s.exec(t, `ALTER TABLE collect.target RENAME TO gone`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- s.worker.Run(ctx) }()
	await(t, "tries in vain", func() bool { return s.worker.Outage().Tries > 2 })
	if first, later := s.cfg.Tick, s.worker.rest(); later < 4*first || later > longestRest {
		t.Errorf("it rests for %v, and for %v at first", later, first)
	}
	s.exec(t, `ALTER TABLE collect.gone RENAME TO target`)
	await(t, "a look", func() bool { return s.looks(t, s.feeds[0]) > 0 })
	if s.worker.Outage().Cause != "" {
		t.Errorf("%+v after it", s.worker.Outage())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// await waits until something is so, for longer than it can take.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("no %s within a minute", what)
		}
	}
}
