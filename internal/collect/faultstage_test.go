package collect

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// faultStage is a stage on which every feed is looked at once a minute, and
// what is stored is held against what the world really offered.
type faultStage struct {
	stage
	url     string // of the database
	metrics *prometheus.Registry
	worker  *Collector
	feeds   [][2]string // source and feed of each watch
}

// adapterOf are the feeds that a stage can watch.
func adapterOf(s world.Source) (source.Adapter, string) {
	switch s {
	case world.StatsAPI:
		return statsapi.Adapter(), "schedule"
	case world.OddsAPI:
		return oddsapi.Adapter(oddsapi.DefaultOffer()), "odds"
	case world.VSiN:
		return vsin.Adapter(""), "splits"
	case world.SBD:
		return sbd.Adapter(), "splits"
	default:
		return actionnetwork.Adapter(15, 68, 69, 71), "scoreboard"
	}
}

// Pages of splits do not tell that they are simulated: they go into a database
// of the other zone, without a schedule.
func setFaultStage(t *testing.T, db *store.DB, url string, from time.Time, total time.Duration, sources ...world.Source) *faultStage {
	t.Helper()
	w, err := world.New(t.Context(), world.Options{Season: simulator.Config{Season: 2026, Seed: 7}, Start: from, Real: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	synthetic := sources[0] != world.VSiN && sources[0] != world.SBD
	if err := db.SetZone(t.Context(), synthetic); err != nil {
		t.Fatal(err)
	}
	s := &faultStage{stage: stage{world: w, db: db}, url: url, metrics: prometheus.NewRegistry()}
	minutely := cadence.Standard(cadence.Slate)
	minutely.Phases, minutely.Pinned, minutely.Jitter = []cadence.Phase{{Lead: 14 * time.Hour, Every: time.Minute}}, nil, 0
	minutely.Live = time.Minute
	policies := map[string]fetch.Policy{}
	var adapters []source.Adapter
	var watches []Watch
	for _, name := range sources {
		a, feed := adapterOf(name)
		a.Base = w.URL(name)
		if err := db.AcknowledgeSource(t.Context(), a.Name, from); err != nil {
			t.Fatal(err)
		}
		adapters, watches = append(adapters, a), append(watches, Watch{Adapter: a, Feed: feed, Plan: minutely, Quiet: time.Minute, Key: source.NewSecret(world.DefaultKey)})
		s.feeds = append(s.feeds, [2]string{a.Name, feed})
		policies[a.Name] = fetch.Policy{
			Rate: source.Rate{Every: time.Millisecond, Burst: 10}, Attempts: 1, OpenFor: time.Millisecond, StopFor: 5 * time.Minute, Total: total, Header: total,
		}
	}
	client, err := fetch.New(adapters, fetch.Options{
		Version: "test", Now: w.Clock().Now, Random: rand.Float64, Policies: policies,
		Transport: &http.Transport{DialContext: w.DialContext, DisableCompression: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.cfg = Config{
		DB: db, Client: client, Now: w.Clock().Now, Log: slog.New(slog.DiscardHandler), Metrics: s.metrics,
		Synthetic: synthetic, Tick: 10 * time.Millisecond, Watches: watches, Worker: "one", Rand: rand.New(rand.NewPCG(1, 2)),
	}
	if s.worker, err = New(s.cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

// minute lets a minute pass and the worker look at what is due. Errors of the
// database are what some faults are.
func (s *faultStage) minute(t *testing.T) error {
	t.Helper()
	s.world.Clock().Step(time.Minute)
	_, err := s.worker.Step(t.Context())
	return err
}

func (s *faultStage) status(t *testing.T, of [2]string) Status {
	t.Helper()
	all, err := s.worker.Statuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(st Status) bool { return st.Source == of[0] && st.Feed == of[1] })
	if i < 0 {
		t.Fatalf("no feed %v in %+v", of, all)
	}
	return all[i]
}

// looks counts the ledger's looks at a feed.
func (s *faultStage) looks(t *testing.T, of [2]string) (n int) {
	t.Helper()
	s.query(t, `
		SELECT count(*) FROM collect.run r JOIN collect.target t ON t.id = r.target_id JOIN curated.source s ON s.id = t.source_id
		WHERE s.name = $1 AND t.feed = $2`, []any{of[0], of[1]}, []any{&n}, func() {})
	return n
}

// ledger are the causes that the ledger has of a feed, whichever look.
func (s *faultStage) ledger(t *testing.T, of [2]string) (all []Finding) {
	t.Helper()
	var cause, detail string
	s.query(t, `
		SELECT r.cause, r.detail FROM collect.run r JOIN collect.target t ON t.id = r.target_id JOIN curated.source s ON s.id = t.source_id
		WHERE s.name = $1 AND t.feed = $2 ORDER BY r.id`, []any{of[0], of[1]}, []any{&cause, &detail}, func() {
		all = append(all, Findings(cause, detail)...)
	})
	return all
}

func (s *faultStage) query(t *testing.T, sql string, args, into []any, f func()) {
	t.Helper()
	err := s.db.Tx(t.Context(), func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), sql, args...)
		if err != nil {
			return err
		}
		_, err = pgx.ForEachRow(rows, into, func() error { f(); return nil })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// counted tells whether a metric has the cause of a feed.
func (s *faultStage) counted(t *testing.T, name string, of [2]string, cause string) bool {
	t.Helper()
	families, err := s.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["source"] == of[0] && labels["feed"] == of[1] && labels["cause"] == cause && m.GetCounter().GetValue()+m.GetGauge().GetValue() > 0 {
				return true
			}
		}
	}
	return false
}

// tickAt is a stored price and when it was seen.
type tickAt struct {
	at    time.Time
	price string // "0": withdrawn
}

// ticks are the stored prices of each line, in order, and the starts of the
// games they are of.
func (s *faultStage) ticks(t *testing.T) (all map[string][]tickAt, begins map[string]time.Time) {
	t.Helper()
	all, begins = map[string][]tickAt{}, map[string]time.Time{}
	var src, ref string
	var book mlb.BookID
	var market mlb.Market
	var period mlb.Period
	var side mlb.Side
	var line mlb.Line
	var price int
	var at, start time.Time
	s.query(t, `
		SELECT s.name, r.ref, q.book_id, q.market, q.period, q.side, q.line, q.price, q.observed_at, g.start_at
		FROM curated.quote q
		JOIN curated.poll p ON p.game_id = q.game_id AND p.book_id = q.book_id AND p.observed_at = q.observed_at
		JOIN curated.source s ON s.id = p.source_id
		JOIN curated.game g ON g.id = q.game_id
		JOIN curated.game_ref r ON r.game_id = q.game_id AND r.source_id = p.source_id
		ORDER BY q.observed_at`, nil, []any{&src, &ref, &book, &market, &period, &side, &line, &price, &at, &start}, func() {
		k := fmt.Sprintln(src, ref, book, market, period, side, line)
		all[k] = append(all[k], tickAt{at.UTC(), fmt.Sprint(price)})
		begins[src+" "+ref] = start.UTC()
	})
	return all, begins
}

// truth are the prices that the books really offered at each answer, whatever
// the answer said.
func (s *faultStage) truth(t *testing.T) map[string][]tickAt {
	t.Helper()
	var clean []world.Exchange
	for _, e := range s.world.Journal() {
		if e.Route != "scoreboard" && e.Route != "odds" {
			continue
		}
		e, err := s.world.Unspoilt(e)
		if err != nil {
			t.Fatal(err)
		}
		clean = append(clean, e)
	}
	quotes, err := s.world.Expect(clean, true)
	if err != nil {
		t.Fatal(err)
	}
	all, books := map[string][]tickAt{}, map[world.Source]map[string]mlb.BookID{}
	for _, q := range quotes {
		if books[q.Source] == nil {
			a, err := s.db.Aliases(t.Context(), string(q.Source))
			if err != nil {
				t.Fatal(err)
			}
			books[q.Source] = a.Book
		}
		k := fmt.Sprintln(q.Source, q.Event, books[q.Source][q.Book], q.Market, q.Period, q.Side, q.Line)
		all[k] = append(all[k], tickAt{q.At.UTC(), text(q.Price)})
	}
	return all
}

// noneWrong holds every stored price against what was really offered then.
func (s *faultStage) noneWrong(t *testing.T, stored, truth map[string][]tickAt) {
	t.Helper()
	wrong := 0
	for k, ticks := range stored {
		for _, x := range ticks {
			if want := inForce(truth[k], x.at); want != x.price {
				if wrong++; wrong <= 5 {
					t.Errorf("%s: %s is stored at %s, really it was %s", k, x.price, x.at.Format(time.TimeOnly), want)
				}
			}
		}
	}
	if wrong > 5 {
		t.Errorf("%d prices are wrong", wrong)
	}
	var provisional, future int
	s.query(t, `SELECT count(*) FROM curated.game WHERE game_pk IS NULL AND official_date = '2026-05-16'`, nil, []any{&provisional}, func() {})
	s.query(t, `SELECT count(*) FROM curated.split WHERE observed_at > $1 OR updated_at > $1`, []any{s.world.Clock().Now().Add(time.Minute)}, []any{&future}, func() {})
	if provisional > 0 && s.cfg.Synthetic || future > 0 {
		t.Errorf("%d games are none of the schedule's, %d splits are of the future", provisional, future)
	}
}

// caughtUp holds the last stored price of every line of a game to come against
// what is really offered.
func (s *faultStage) caughtUp(t *testing.T, stored, truth map[string][]tickAt, begins map[string]time.Time) {
	t.Helper()
	now, lines := s.world.Clock().Now(), 0
	for k, want := range truth {
		words := strings.Fields(k)
		if begin, ok := begins[words[0]+" "+words[1]]; ok && !begin.After(now) {
			continue
		}
		lines++
		last := want[len(want)-1]
		if got := inForce(stored[k], now); got != last.price {
			t.Errorf("%s: %s is stored, %s is offered", k, got, last.price)
		}
	}
	if lines < 100 && slices.ContainsFunc(s.feeds, func(f [2]string) bool { return f[1] == "scoreboard" || f[1] == "odds" }) {
		t.Errorf("%d lines to compare", lines)
	}
}

func inForce(ticks []tickAt, at time.Time) string {
	price := "0"
	for _, x := range ticks {
		if x.at.After(at) {
			break
		}
		price = x.price
	}
	return price
}
