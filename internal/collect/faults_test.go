package collect

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/pg"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
	"github.com/mlb-betting/mlb-betting/internal/world"
)

// Moments of the season's day at which faults are shown: before all games, when
// none has begun, and in the middle of them, when prices move.
var (
	morning   = time.Date(2026, 5, 16, 14, 0, 0, 0, time.UTC)
	afternoon = start
)

// faultRow is a fault of the outside world, or two at once, and what has to be
// found.
type faultRow struct {
	name   string
	faults []world.Kind
	want   []string     // causes, all of which have to be found
	source world.Source // "": Action Network
	from   time.Time    // zero: morning
	warm   int          // minutes before the fault; 0: 3
	total  time.Duration
	text   string // that has to be in the detail
	quiet  bool
}

const an, odd, stats = world.ActionNetwork, world.OddsAPI, world.StatsAPI

func kinds(k ...world.Kind) []world.Kind { return k }

// The faults of the outside world. The three of schema drift are one in the
// issue's list, the two of 429 and the two of truncation are each named.
var faultRows = []faultRow{
	{name: "renamed field", faults: kinds(world.RenamedField), want: []string{CauseSchemaDrift}, text: "field odds is now odds_v2"},
	{name: "missing field", faults: kinds(world.MissingField), want: []string{CauseSchemaDrift}, text: "field odds is gone"},
	{name: "retyped field", faults: kinds(world.RetypedField), want: []string{CauseSchemaDrift}, text: "field odds holds more"},
	{name: "frozen feed", faults: kinds(world.FrozenFeed), want: []string{CauseFrozen}, from: afternoon, warm: 12},
	{name: "clock skew", faults: kinds(world.ClockSkew), want: []string{CauseClockSkew}, text: "10m0s ahead"},
	{name: "swapped teams", faults: kinds(world.SwappedTeams), want: []string{CauseSwapped}},
	{name: "sentinel prices", faults: kinds(world.SentinelPrices), want: []string{CauseSentinels}},
	{name: "average prices", faults: kinds(world.AveragePrices), want: []string{CauseAverages}},
	{name: "duplicated book", faults: kinds(world.DuplicatedBook), want: []string{CauseDuplicatedBook}, text: `"68"`},
	{name: "doubleheader mismatch", faults: kinds(world.DoubleheaderMismatch), want: []string{CauseDoubleheader}},
	{name: "partial slate", faults: kinds(world.PartialSlate), want: []string{CausePartialSlate}},
	{name: "truncated body", faults: kinds(world.TruncatedBody), want: []string{"truncated"}},
	{name: "truncated under a length that hides it", faults: kinds(world.TruncatedBody), quiet: true, want: []string{"truncated"}},
	{name: "gzip bomb", faults: kinds(world.GzipBomb), want: []string{"too_large"}},
	{name: "slow-loris", faults: kinds(world.SlowLoris), want: []string{"timeout"}, total: 3 * time.Second},
	{name: "401", faults: kinds(world.Unauthorized), want: []string{"unauthorised"}},
	{name: "403", faults: kinds(world.Forbidden), want: []string{"forbidden"}},
	{name: "404", faults: kinds(world.NotFound), want: []string{"not_found"}},
	{name: "422", faults: kinds(world.Unprocessable), want: []string{"unprocessable"}},
	{name: "429 with Retry-After", faults: kinds(world.RateLimited), want: []string{"rate_limited"}, text: "30s"},
	{name: "429 without", faults: kinds(world.RateLimitedSilently), want: []string{"rate_limited"}},
	{name: "500 storm", faults: kinds(world.ServerErrors), want: []string{"server"}},
	{name: "DNS failure", faults: kinds(world.DNSFailure), want: []string{"dns"}},
	{name: "connection reset", faults: kinds(world.ConnectionReset), want: []string{"connection"}},
	{name: "redirect loop", faults: kinds(world.RedirectLoop), want: []string{"redirect"}},
	{name: "HTML instead of JSON", faults: kinds(world.HTMLPage), want: []string{"not_json"}},
	{name: "stale timestamps", faults: kinds(world.StaleTimestamps), want: []string{CauseStale}},
	{name: "future timestamps", faults: kinds(world.FutureTimestamps), want: []string{CauseFuture}},
	{name: "postponed game", faults: kinds(world.PostponedGame), want: []string{CausePostponed}},
	{name: "game moved across midnight", faults: kinds(world.MovedAcrossMidnight), want: []string{CauseMoved}},
	{name: "team renamed", faults: kinds(world.TeamRenamed), want: []string{CauseTeamRenamed}, text: "BC"},

	{name: "skew and swapped teams", faults: kinds(world.ClockSkew, world.SwappedTeams), want: []string{CauseClockSkew, CauseSwapped}},
	{name: "renamed field and partial slate", faults: kinds(world.RenamedField, world.PartialSlate), want: []string{CauseSchemaDrift, CausePartialSlate}},
	{name: "duplicated book and team renamed", faults: kinds(world.DuplicatedBook, world.TeamRenamed), want: []string{CauseDuplicatedBook, CauseTeamRenamed}},
	{name: "sentinels and a second leg", faults: kinds(world.SentinelPrices, world.DoubleheaderMismatch), want: []string{CauseSentinels, CauseDoubleheader}},
	{name: "averages and skew", faults: kinds(world.AveragePrices, world.ClockSkew), want: []string{CauseAverages, CauseClockSkew}},
	{name: "postponed game and duplicated book", faults: kinds(world.PostponedGame, world.DuplicatedBook), want: []string{CausePostponed, CauseDuplicatedBook}},

	{name: "The Odds API, renamed field", source: odd, faults: kinds(world.RenamedField), want: []string{CauseSchemaDrift}, text: "price"},
	{name: "The Odds API, swapped teams", source: odd, faults: kinds(world.SwappedTeams), want: []string{CauseSwapped}},
	{name: "The Odds API, averages", source: odd, faults: kinds(world.AveragePrices), want: []string{CauseAverages}},
	{name: "The Odds API, duplicated book", source: odd, faults: kinds(world.DuplicatedBook), want: []string{CauseDuplicatedBook}, text: "draftkings"},
	{name: "The Odds API, second leg", source: odd, faults: kinds(world.DoubleheaderMismatch), want: []string{CauseDoubleheader}},
	{name: "The Odds API, stale timestamps", source: odd, faults: kinds(world.StaleTimestamps), want: []string{CauseStale}},
	{name: "The Odds API, future timestamps", source: odd, faults: kinds(world.FutureTimestamps), want: []string{CauseFuture}},
	{name: "Stats API, missing field", source: stats, faults: kinds(world.MissingField), want: []string{CauseSchemaDrift}, text: "gamePk"},
	{name: "Stats API, swapped teams", source: stats, faults: kinds(world.SwappedTeams), want: []string{CauseSwapped}},
	{name: "Stats API, partial slate", source: stats, faults: kinds(world.PartialSlate), want: []string{CausePartialSlate}},
	{name: "Stats API, postponed game", source: stats, faults: kinds(world.PostponedGame), want: []string{CausePostponed}},
	{name: "Stats API, moved game", source: stats, faults: kinds(world.MovedAcrossMidnight), want: []string{CauseMoved}},
	{name: "VSiN, renamed field", source: world.VSiN, faults: kinds(world.RenamedField), want: []string{CauseSchemaDrift}, text: "table"},
	{name: "VSiN, team renamed", source: world.VSiN, faults: kinds(world.TeamRenamed), want: []string{CauseTeamRenamed}, text: "BC"},
	{name: "SportsBettingDime, missing field", source: world.SBD, faults: kinds(world.MissingField), want: []string{CauseSchemaDrift}, text: "betsPercentage"},
	{name: "SportsBettingDime, future timestamps", source: world.SBD, faults: kinds(world.FutureTimestamps), want: []string{CauseFuture}},
}

// named counts the faults whose causes were all named.
type named struct {
	mu        sync.Mutex
	all, good int
	missed    []string
}

func (n *named) count(name string, good bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all++; good {
		n.good++
	} else {
		n.missed = append(n.missed, name)
	}
}

// Of every fault: it is seen within two looks in the status, the ledger and the
// metrics, by its causes; nothing wrong is stored meanwhile; and once it ends
// all is well and caught up with nobody's help.
func TestFaults(t *testing.T) {
	t.Parallel()
	var score named
	t.Run("each", func(t *testing.T) {
		for _, row := range faultRows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				row.run(t, &score)
			})
		}
		for _, row := range ownRows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				score.count(row.name, row.run(t))
			})
		}
	})
	t.Logf("%d of %d faults named by their causes; missed: %q", score.good, score.all, score.missed)
	if all := len(faultRows) + len(ownRows); score.all == all && score.good < all*9/10 {
		t.Errorf("%d of %d faults named", score.good, all)
	}
}

func (row faultRow) run(t *testing.T, score *named) {
	if row.source == "" {
		row.source = an
	}
	if row.from.IsZero() {
		row.from = morning
	}
	sources := []world.Source{stats, row.source}
	switch row.source {
	case stats:
		sources = []world.Source{stats, an}
	case world.VSiN, world.SBD:
		sources = sources[1:]
	}
	url := storetest.URL(t)
	s := setFaultStage(t, storetest.Connect(t, url), url, row.from, row.total, sources...)
	a, name := adapterOf(row.source)
	feed := [2]string{a.Name, name}
	s.calm(t, max(row.warm, 3))
	var faults []world.Fault
	for _, k := range row.faults {
		faults = append(faults, world.Fault{Kind: k, Source: row.source, Quiet: row.quiet})
	}
	if err := s.world.SetFaults(faults); err != nil {
		t.Fatal(err)
	}
	good := s.seen(t, feed, row.want, row.text)
	score.count(row.name, good)
	during, _ := s.ticks(t)
	if err := s.world.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	s.noneWrong(t, during, s.well(t))
}

// calm lets minutes pass in which nothing may be wrong.
func (s *faultStage) calm(t *testing.T, minutes int) {
	t.Helper()
	for range minutes {
		if err := s.minute(t); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range s.feeds {
		if st := s.status(t, f); st.LastRun.Cause != "" || !st.Fresh || st.Failing > 0 {
			t.Fatalf("before the fault %v is %+v", f, st)
		}
	}
}

// seen tells whether within two looks the causes are in the status, the ledger
// and the metrics of a feed.
func (s *faultStage) seen(t *testing.T, feed [2]string, want []string, text string) bool {
	t.Helper()
	before, last := s.looks(t, feed), Status{}
	for range 10 {
		if err := s.minute(t); err != nil {
			t.Fatal(err)
		}
		last = s.status(t, feed)
		if found := last.All(); hasAll(found, want) && strings.Contains(last.LastRun.Detail, text) {
			ledger := hasAll(s.ledger(t, feed), want)
			counted := s.counted(t, "mlb_collect_feed_failing", feed, last.LastRun.Cause) && s.counted(t, "mlb_collect_runs_total", feed, last.LastRun.Cause)
			if !ledger || !counted {
				t.Errorf("%v: in the ledger: %v, in the metrics: %v", want, ledger, counted)
			}
			return ledger && counted
		}
		if s.looks(t, feed) >= before+2 {
			break
		}
	}
	t.Errorf("want %v %q; found %q: %s", want, text, last.LastRun.Cause, last.LastRun.Detail)
	return false
}

func hasAll(found []Finding, want []string) bool {
	for _, w := range want {
		if !slices.ContainsFunc(found, func(f Finding) bool { return f.Cause == w }) {
			return false
		}
	}
	return true
}

// recovers waits, in the world's time, until all feeds are well again.
func (s *faultStage) recovers(t *testing.T) {
	t.Helper()
	var bad []string
	for range 40 {
		if err := s.minute(t); err != nil {
			t.Fatal(err)
		}
		bad = nil
		for _, f := range s.feeds {
			if st := s.status(t, f); st.LastRun.Cause != "" || !st.Fresh || st.Failing > 0 {
				bad = append(bad, fmt.Sprintf("%v: %+v", f, st))
			}
		}
		if bad == nil {
			return
		}
	}
	t.Fatalf("not well 40 minutes after the fault: %s", bad)
}

// ownRow is a fault of our own machines. run tells whether its cause was named.
type ownRow struct {
	name string
	run  func(*testing.T) bool
}

var ownRows = []ownRow{
	{"database restart", databaseRestart},
	{"database read-only", databaseReadOnly},
	{"disk full in the raw zone", diskFull},
	{"Redis down", redisDown},
	{"two leaders for a moment", twoLeaders},
	{"killed between raw and staged", killedBeforeStaging},
}

var anFeed = [2]string{"actionnetwork", "scoreboard"}

func ownStage(t *testing.T) *faultStage {
	t.Helper()
	url := storetest.URL(t)
	s := setFaultStage(t, storetest.Connect(t, url), url, morning, 0, stats, an)
	s.calm(t, 3)
	return s
}

// well is what has to be true once a fault is over. It returns what the books
// really offered.
func (s *faultStage) well(t *testing.T) map[string][]tickAt {
	t.Helper()
	s.recovers(t)
	stored, begins := s.ticks(t)
	truth := s.truth(t)
	s.noneWrong(t, stored, truth)
	s.caughtUp(t, stored, truth, begins)
	return truth
}

// While the database is away the process says so itself, and its metrics do;
// the first look after it tells the ledger.
func databaseRestart(t *testing.T) bool {
	dir, err := storetest.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	begin := func() *pg.Server {
		server, err := pg.Start(t.Context(), pg.Config{DataDir: dir, Fast: true})
		if err != nil {
			t.Fatal(err)
		}
		return server
	}
	server := begin()
	if err := server.EnsureDatabase(t.Context(), "restarted"); err != nil {
		t.Fatal(err)
	}
	url := server.URL("restarted")
	db := storetest.Connect(t, url)
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := setFaultStage(t, db, url, morning, 0, stats, an)
	s.calm(t, 3)
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.minute(t); err == nil {
			t.Error("a minute without a database passed without an error")
		}
	}
	_, err = s.worker.Statuses(t.Context())
	good := s.worker.Outage().Cause == CauseDatabaseAway && err != nil && causeName(err) == CauseDatabaseAway
	good = good && s.counted(t, "mlb_collect_outage", [2]string{}, CauseDatabaseAway)
	if !good {
		t.Errorf("outage %+v, status %v", s.worker.Outage(), err)
	}
	server = begin()
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	s.well(t)
	told := slices.Concat(s.ledger(t, anFeed), s.ledger(t, s.feeds[0]))
	return good && hasAll(told, []string{CauseDatabaseAway})
}

func (s *faultStage) exec(t *testing.T, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

const reconnect = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`

// again tries some times within a minute, as a process does: the first tries
// may only learn that the connections they have are gone.
func (s *faultStage) again(t *testing.T) {
	t.Helper()
	s.world.Clock().Step(time.Minute)
	for range 10 {
		_, _ = s.worker.Step(t.Context())
	}
}

func databaseReadOnly(t *testing.T) bool {
	s := ownStage(t)
	s.exec(t, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
	s.exec(t, reconnect)
	s.again(t)
	good := s.worker.Outage().Cause == CauseDatabaseReadOnly && s.status(t, anFeed).LastRun.Cause == CauseDatabaseReadOnly &&
		s.counted(t, "mlb_collect_feed_failing", anFeed, CauseDatabaseReadOnly)
	if !good {
		t.Errorf("outage %+v, status %+v", s.worker.Outage(), s.status(t, anFeed).LastRun)
	}
	s.exec(t, `BEGIN READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$; COMMIT`)
	s.exec(t, reconnect)
	s.again(t)
	s.well(t)
	return good
}

// A trigger tells what the server tells when it cannot extend a file.
func diskFull(t *testing.T) bool {
	s := ownStage(t)
	s.exec(t, `
		CREATE FUNCTION raw.full() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
		CREATE TRIGGER full_disk BEFORE INSERT ON raw.piece EXECUTE FUNCTION raw.full();`)
	good := s.seen(t, anFeed, []string{CauseDatabaseFull}, "No space left on device")
	s.exec(t, `DROP TRIGGER full_disk ON raw.piece`)
	s.well(t)
	return good
}

// Redis is a help that collecting does without; its own state says that it is
// down.
func redisDown(t *testing.T) bool {
	server := redistest.Start(t)
	client, err := redis.Open(redis.Config{URL: server.URL(), Namespace: "faults", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := ownStage(t)
	server.Kill(t)
	if err := client.Publish(t.Context(), "quotes", "new"); err == nil {
		t.Error("Redis is gone and takes messages")
	}
	good := !client.State().Up && client.State().Why != ""
	s.calm(t, 2)
	server.Restart(t)
	for deadline := time.Now().Add(time.Minute); !client.State().Up && time.Now().Before(deadline); {
		_ = client.Publish(t.Context(), "quotes", "new") // asks whether it is back
	}
	if !client.State().Up {
		t.Errorf("Redis is back, and %+v", client.State())
	}
	s.well(t)
	return good
}

// A worker that slept through its lease wakes when another has looked: what it
// writes is refused, and noted.
func twoLeaders(t *testing.T) bool {
	s := ownStage(t)
	claim := store.Claim{Worker: "sleeper", Feeds: s.worker.feeds, Now: s.world.Clock().Now().Add(time.Minute), Lease: DefaultLease, Most: 10}
	held, err := s.db.ClaimTargets(t.Context(), claim)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(held, func(x store.Target) bool { return x.Source == anFeed[0] })
	if i < 0 {
		t.Fatalf("nothing to hold in %+v", held)
	}
	cfg := s.cfg
	cfg.Worker, cfg.Metrics = "sleeper", nil
	sleeper, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := s.minute(t); err != nil {
			t.Fatal(err)
		}
	}
	if err := sleeper.look(t.Context(), held[i]); err != nil {
		t.Fatal(err)
	}
	good := s.status(t, anFeed).LastRun.Cause == CauseLeaseLost && hasAll(s.ledger(t, anFeed), []string{CauseLeaseLost})
	if !good {
		t.Errorf("%+v", s.status(t, anFeed).LastRun)
	}
	s.well(t)
	return good
}

// A worker is stopped with an answer in the raw zone and nothing of it staged:
// whoever gets its lease takes the answer in, as of when it was received.
func killedBeforeStaging(t *testing.T) bool {
	s := ownStage(t)
	lock, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(t.Context(), `BEGIN; LOCK TABLE staging.quote IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	cfg := s.cfg
	cfg.Worker, cfg.Metrics = "killed", nil
	killed, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	s.world.Clock().Step(time.Minute)
	ended := make(chan error)
	go func() {
		_, err := killed.Step(ctx)
		ended <- err
	}()
	received := func() (n int) {
		s.query(t, `SELECT count(*) FROM raw.doc WHERE status = 'received' AND kind = 'odds'`, nil, []any{&n}, func() {})
		return n
	}
	await(t, "answer in the raw zone", func() bool { return received() == 1 })
	kill()
	<-ended // with whatever its end has broken off
	if err := lock.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	good := s.seen(t, anFeed, []string{CauseInterrupted}, "")
	if n := received(); n != 0 {
		t.Errorf("%d answers are still only received", n)
	}
	s.well(t)
	return good
}
