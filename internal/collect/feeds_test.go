package collect

import (
	"math"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/quota"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// watching is a stage whose workers watch these feeds of The Odds API and of
// MLB's.
func watching(t *testing.T, o world.Options, watches func(schedule, prices source.Adapter) []Watch) *stage {
	t.Helper()
	s := newStage(t, o)
	schedule, prices := statsapi.Adapter(), oddsapi.Adapter(oddsapi.DefaultOffer())
	schedule.Base, prices.Base = s.world.URL(world.StatsAPI), s.world.URL(world.OddsAPI)
	policy := fetch.Policy{Rate: source.Rate{Every: time.Millisecond, Burst: 100}, Attempts: 1, OpenFor: time.Millisecond}
	s.open(t, policy, schedule, prices)
	s.cfg.Watches = watches(schedule, prices)
	return s
}

func scheduleOf(a source.Adapter, ahead int) Watch {
	p := cadence.Standard(cadence.Slate)
	p.Phases, p.Pinned, p.Live = []cadence.Phase{{Lead: 12 * time.Hour, Every: 30 * time.Minute}}, nil, 5*time.Minute
	return Watch{Adapter: a, Feed: "schedule", Plan: p, Ahead: ahead}
}

// jump lets the world's clock run on to each moment at which something is due.
func (s *stage) jump(t *testing.T, until time.Time, w *Collector, each func(now time.Time)) {
	t.Helper()
	for {
		var next *time.Time
		err := s.db.Tx(t.Context(), func(tx pgx.Tx) error {
			return tx.QueryRow(t.Context(), `SELECT min(next_at) FROM collect.target WHERE done_at IS NULL`).Scan(&next)
		})
		if err != nil {
			t.Fatal(err)
		}
		now := s.world.Clock().Now()
		to := now.Add(time.Hour)
		if next != nil && next.Before(to) {
			to = *next
		}
		if to.After(until) {
			return
		}
		s.world.Clock().Step(max(to.Sub(now), 0) + time.Second)
		if _, err := w.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		each(s.world.Clock().Now())
	}
}

// A game's live feed is asked from its start on, tells the actual first pitch,
// and is left alone once the day is over.
func TestLiveFeed(t *testing.T) {
	t.Parallel()
	s := watching(t, world.Options{Start: time.Date(2026, 5, 16, 15, 0, 0, 0, time.UTC)}, func(schedule, _ source.Adapter) []Watch {
		p := cadence.Standard(cadence.PerGame)
		p.Phases, p.Pinned, p.Live = []cadence.Phase{{Lead: 2 * time.Minute, Every: 2 * time.Minute}}, []time.Duration{0}, 30*time.Minute
		return []Watch{scheduleOf(schedule, 0), {Adapter: schedule, Feed: "livefeed", Plan: p}}
	})
	w := s.worker(t, "one")
	day := mlb.DateOf(time.Date(2026, 5, 16, 0, 0, 0, 0, time.UTC))
	s.jump(t, time.Date(2026, 5, 17, 10, 0, 0, 0, time.UTC), w, func(time.Time) {})
	s.pass(t, 30*time.Hour, 15*time.Hour, w)
	games, err := s.db.GamesOn(t.Context(), day)
	if err != nil || len(games) < 10 {
		t.Fatalf("%d games, %v", len(games), err)
	}
	ids := make([]mlb.GameID, len(games))
	for i, g := range games {
		ids[i] = g.ID
	}
	weather, err := s.db.Weather(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range games {
		said, err := s.db.Results(t.Context(), []mlb.GameID{g.ID})
		if err != nil {
			t.Fatal(err)
		}
		status := said[g.ID][0].Status
		if status == mlb.Final && g.FirstPitch.IsZero() {
			t.Errorf("game %d was played and its first pitch is not known", g.ID)
		}
		if w := weather[g.ID]; status == mlb.Final && (w.Condition == "" || w.Temperature == nil) {
			t.Errorf("game %d was played in weather %+v", g.ID, w)
		}
	}
	for _, e := range s.world.Journal() {
		if e.Route == "livefeed" && e.Status != 200 && e.Status != 304 {
			t.Errorf("asked %s: %d", e.Target, e.Status)
		}
	}
	var left int
	err = s.db.Tx(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT count(*) FROM collect.target WHERE done_at IS NULL AND official_date = $1`, day.Time()).Scan(&left)
	})
	if err != nil || left > 0 {
		t.Errorf("%d targets of a day long over are still looked at, %v", left, err)
	}
}

// quotaDays is how long the plans are tried: a day, or what `make drill-quota`
// asks for.
func quotaDays(t *testing.T) int {
	text := os.Getenv("MLB_QUOTA_DAYS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Within its plan, whatever its size: what the API counted is never more, no
// look is refused for lack of credit, and what was promised is captured.
func TestPaidFeed(t *testing.T) {
	t.Parallel()
	for _, credits := range []int{500, 20_000} {
		t.Run(strconv.Itoa(credits), func(t *testing.T) {
			t.Parallel()
			days := quotaDays(t)
			begin := time.Date(2026, 6, 1, 4, 0, 0, 0, time.UTC)
			plan := quota.Standard(credits)
			s := watching(t, world.Options{Start: begin, Keys: map[string]world.Plan{"k": {Credits: credits}}}, func(schedule, prices source.Adapter) []Watch {
				return []Watch{scheduleOf(schedule, 31), {
					Adapter: prices, Feed: "odds", Key: source.NewSecret("k"),
					Paid: &Paid{Plan: plan, Adapter: func(l quota.Level) source.Adapter {
						o := oddsapi.DefaultOffer()
						o.Markets, o.Regions = l.Markets, l.Regions
						return oddsapi.Adapter(o)
					}},
				}}
			})
			w := s.worker(t, "one")
			var priced, half Plan
			middle := begin.AddDate(0, 0, days/2)
			s.jump(t, begin.AddDate(0, 0, days).Add(-5*time.Hour), w, func(now time.Time) {
				if len(s.world.Journal()) == 0 {
					return
				}
				if priced.Source == "" || half.Source == "" && now.After(middle) {
					plans, err := w.Plans(t.Context())
					if err != nil || len(plans) != 1 {
						t.Fatalf("%d plans, %v", len(plans), err)
					}
					if priced.Source == "" {
						priced = plans[0]
					} else {
						half = plans[0]
					}
				}
			})
			s.checkPlan(t, w, credits, days, priced, half)
		})
	}
}

func (s *stage) checkPlan(t *testing.T, w *Collector, credits, days int, priced, half Plan) {
	t.Helper()
	plans, err := w.Plans(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	used := plans[0].Estimate.Spent
	calls := 0
	for _, e := range s.world.Journal() {
		if e.Source != world.OddsAPI {
			continue
		}
		calls++
		if e.Status != 200 {
			t.Errorf("%s at %s: status %d", e.Target, e.At, e.Status)
		}
	}
	captured := s.closingsCaptured(t)
	t.Logf("%d credits over %d days: %d calls, %d credits; %d closing captures made; priced at the start: %s; half-way: %s",
		credits, days, calls, used, captured, priced.Estimate, half.Forecast)
	if counted := s.world.Credits("k"); counted > credits || counted != used {
		t.Errorf("the API counted %d credits of %d, we %d", counted, credits, used)
	}
	if st := feed(t, w, "odds"); !st.Fresh {
		t.Errorf("a feed that is looked at as its plan affords is stale: %s", st.Reason)
	}
	if calls == 0 || captured == 0 {
		t.Errorf("%d calls, %d closing captures: want some", calls, captured)
	}
	if days < 30 {
		return
	}
	if want := 0.95 * float64(priced.Estimate.Promised); float64(captured) < want {
		t.Errorf("%d closing captures of %d promised", captured, priced.Estimate.Promised)
	}
	if off := math.Abs(float64(half.Forecast.Expected-used)) / float64(used); off > 0.05 {
		t.Errorf("half-way %d credits were forecast, %d came: %.1f %%", half.Forecast.Expected, used, 100*off)
	}
}

// closingsCaptured counts the looks that the ledger has of pinned captures: those
// that began within the tolerance of a pin.
func (s *stage) closingsCaptured(t *testing.T) (n int) {
	t.Helper()
	all, err := s.db.GamesBetween(t.Context(), mlb.DateOf(start.AddDate(0, 0, -1)), mlb.DateOf(start.AddDate(0, 2, 0)))
	if err != nil {
		t.Fatal(err)
	}
	var games []cadence.Game
	for _, g := range all {
		games = append(games, cadence.Game{ID: g.ID, Start: g.Start, Status: mlb.Scheduled})
	}
	plan := quota.Standard(1).Cadence
	journal := s.world.Journal()
	for _, p := range plan.Pins(games) {
		if slices.ContainsFunc(journal, func(e world.Exchange) bool {
			return e.Source == world.OddsAPI && !e.At.Before(p.At) && !e.At.After(p.At.Add(plan.Tolerance))
		}) {
			n++
		}
	}
	return n
}

// A key that is refused, or out of credit, is one clear cause, and no storm: a
// new process, which may have a new key, tries once more.
func TestRefusedKey(t *testing.T) {
	t.Parallel()
	for cause, keys := range map[string]map[string]world.Plan{
		"unauthorised": {"other": {Credits: 500}},
		"no_credit":    {"k": {Credits: 0}},
	} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			s := watching(t, world.Options{Start: start, Keys: keys}, func(schedule, prices source.Adapter) []Watch {
				return []Watch{scheduleOf(schedule, 31), {
					Adapter: prices, Feed: "odds", Key: source.NewSecret("k"),
					Paid: &Paid{Plan: quota.Standard(20_000), Adapter: func(quota.Level) source.Adapter { return prices }},
				}}
			})
			w := s.worker(t, "one")
			s.pass(t, 3*time.Hour, 3*time.Minute, w)
			asked := 0
			for _, e := range s.world.Journal() {
				if e.Source == world.OddsAPI {
					asked++
				}
			}
			if asked != 1 {
				t.Errorf("asked %d times with a key that was refused, want once", asked)
			}
			if st := feed(t, w, "odds"); st.LastRun.Cause != cause {
				t.Errorf("%+v", st.LastRun)
			}
			plans, err := w.Plans(t.Context())
			if err != nil || plans[0].Refused == nil {
				t.Errorf("%+v, %v; want a refusal", plans, err)
			}
			again := s.worker(t, "again")
			if err := again.begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			if plans, err := again.Plans(t.Context()); err != nil || plans[0].Refused != nil {
				t.Errorf("%+v, %v; want none", plans, err)
			}
		})
	}
}

// Every look is in the metrics, and how the feeds stand is read at a scrape.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	reg := prometheus.NewRegistry()
	s.cfg.Metrics = reg
	w := s.worker(t, "one")
	s.cfg.Metrics = nil
	s.pass(t, 5*time.Minute, time.Minute, w)
	if err := s.world.SetFaults([]world.Fault{{Kind: world.HTMLPage, Source: world.ActionNetwork}}); err != nil {
		t.Fatal(err)
	}
	s.pass(t, 12*time.Minute, time.Minute, w)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	for _, name := range []string{
		"mlb_collect_status_readable",
		"mlb_collect_feed_fresh schedule statsapi",
		"mlb_collect_feed_verified scoreboard actionnetwork",
		"mlb_collect_feed_failing not_json scoreboard actionnetwork",
		"mlb_collect_runs_total not_json scoreboard failed actionnetwork",
		"mlb_collect_take_seconds scoreboard actionnetwork",
		"mlb_collect_late_seconds",
		"mlb_collect_rows_total stored scoreboard actionnetwork",
	} {
		if got[name] < 1 {
			t.Errorf("%s is %v, want at least 1", name, got[name])
		}
	}
	if fresh, ok := got["mlb_collect_feed_fresh scoreboard actionnetwork"]; !ok || fresh != 0 {
		t.Errorf("a feed that failed for 12 minutes is %v fresh", fresh)
	}
}
