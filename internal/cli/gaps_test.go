package cli

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// An outage of a simulated source, as people read of it.
func TestGapsTable(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 16, 19, 0, 0, 0, time.UTC)
	w, err := world.New(t.Context(), world.Options{Season: simulator.Config{Season: 2026, Seed: 7}, Start: start, Real: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	db := storetest.Open(t)
	scores, schedule := actionnetwork.Adapter(), statsapi.Adapter()
	scores.Base, schedule.Base = w.URL(world.ActionNetwork), w.URL(world.StatsAPI)
	policies := map[string]fetch.Policy{}
	for _, name := range []string{scores.Name, schedule.Name} {
		policies[name] = fetch.Policy{Rate: source.Rate{Every: time.Millisecond, Burst: 10}, Attempts: 1, OpenFor: time.Millisecond}
		if err := db.AcknowledgeSource(t.Context(), name, start); err != nil {
			t.Fatal(err)
		}
	}
	client, err := fetch.New([]source.Adapter{scores, schedule}, fetch.Options{Version: "test", Now: w.Clock().Now, Random: rand.Float64, Policies: policies})
	if err != nil {
		t.Fatal(err)
	}
	plan := cadence.Standard(cadence.Slate)
	c, err := collect.New(collect.Config{
		DB: db, Client: client, Worker: "one", Now: w.Clock().Now, Rand: rand.New(rand.NewPCG(1, 2)), Log: slog.New(slog.DiscardHandler),
		Synthetic: true, Tick: time.Second,
		Watches: []collect.Watch{{Adapter: schedule, Feed: "schedule", Plan: plan}, {Adapter: scores, Feed: "scoreboard", Plan: plan}},
	})
	if err != nil {
		t.Fatal(err)
	}
	pass := func(n int) {
		for range n {
			w.Clock().Step(time.Minute)
			if _, err := c.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	pass(3)
	if err := w.SetFaults([]world.Fault{{Kind: world.ServerErrors, Source: world.ActionNetwork}}); err != nil {
		t.Fatal(err)
	}
	pass(8)
	if err := w.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	pass(10)
	day := mlb.Date{Year: 2026, Month: time.May, Day: 16}
	all, err := c.Gaps(t.Context(), day, day)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e := &env{out: &out, now: w.Clock().Now, synthetic: true}
	rows, err := e.gapRows(t.Context(), db, all)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.printGaps(rows, day, day); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", out.String())
	for _, want := range []string{"actionnetwork  scoreboard", "server", "SYNTHETIC", "collect backfill --from 2026-05-16 --to 2026-05-16 --source actionnetwork --feed history"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
