package jobs

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Main(m)) }

var day = mlb.Date{Year: 2026, Month: time.May, Day: 16}

// soon is a retry policy that does not wait.
type soon struct{}

// NextRetry is now.
func (soon) NextRetry(*rivertype.JobRow) time.Time { return time.Now() }

// stage is a database, its queue, and what jobs do.
type stage struct {
	db    *store.DB
	queue *Queue
	cfg   Config
}

func setUp(t *testing.T) *stage {
	t.Helper()
	db := storetest.Open(t)
	q, err := NewQueue(db)
	if err != nil {
		t.Fatal(err)
	}
	return &stage{db, q, Config{DB: db, Now: time.Now, Log: slog.New(slog.DiscardHandler), Retry: soon{}, quiet: true, Work: Work{
		Detect:   func(context.Context, time.Time) (int, error) { return 0, nil },
		Settle:   func(context.Context, mlb.GameID, time.Time) (int, error) { return 0, nil },
		Reparse:  func(context.Context, ReparseArgs, time.Time) (int64, bool, error) { return 0, false, nil },
		Backfill: func(context.Context, BackfillArgs, time.Time) (bool, error) { return false, nil },
	}}}
}

// start runs a worker and returns how to stop it.
func (s *stage) start(t *testing.T, id string, change func(*Config)) (stop func()) {
	t.Helper()
	cfg := s.cfg
	cfg.ID = id
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("%s: %v", id, err)
		}
		done <- nil
	}
	t.Cleanup(stop)
	return stop
}

// until waits for a condition, for a minute at most.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

func (s *stage) count(t *testing.T, state string) int {
	t.Helper()
	all, err := s.queue.List(t.Context(), state, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

func (s *stage) add(t *testing.T, args interface{ Kind() string }) (Job, bool) {
	t.Helper()
	j, known, err := s.queue.Add(t.Context(), args)
	if err != nil {
		t.Fatal(err)
	}
	return j, known
}

// Two workers, and the same question asked many times: it is answered once, and
// again when it is asked again after that.
func TestUnique(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	var runs atomic.Int32
	hold := make(chan struct{})
	s.cfg.Work.Reparse = func(ctx context.Context, _ ReparseArgs, _ time.Time) (int64, bool, error) {
		runs.Add(1)
		select {
		case <-hold:
		case <-ctx.Done():
		}
		return 0, false, ctx.Err()
	}
	s.start(t, "one", nil)
	s.start(t, "other", nil)
	first, known := s.add(t, ReparseArgs{Since: day})
	if known {
		t.Fatal("known before it was asked")
	}
	until(t, "it runs", func() bool { return runs.Load() == 1 })
	for range 10 {
		if j, known := s.add(t, ReparseArgs{Since: day}); !known || j.ID != first.ID {
			t.Errorf("job %d, known %v; want job %d", j.ID, known, first.ID)
		}
	}
	if _, known := s.add(t, ReparseArgs{Since: day, Source: "vsin"}); known {
		t.Error("another question is not the same job")
	}
	close(hold)
	until(t, "both are done", func() bool { return s.count(t, "done") == 2 })
	if n := runs.Load(); n != 2 {
		t.Errorf("%d runs, want 2", n)
	}
	if _, known := s.add(t, ReparseArgs{Since: day}); known {
		t.Error("a job that is done keeps it from being asked again")
	}
}

// Periodic jobs are made once a period, however many workers there are.
func TestPeriodic(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	var detected atomic.Int32
	s.cfg.quiet = false
	s.cfg.Work.Detect = func(context.Context, time.Time) (int, error) { detected.Add(1); return 1, nil }
	stops := []func(){s.start(t, "one", nil), s.start(t, "other", nil)}
	until(t, "each kind ran", func() bool { return s.count(t, "done") >= 3 })
	for _, stop := range stops {
		stop()
	}
	s.start(t, "third", nil)
	until(t, "nothing waits", func() bool { return s.count(t, "") == 0 })
	kinds := map[string]int{}
	all, err := s.queue.List(t.Context(), "done", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range all {
		kinds[j.Kind]++
	}
	for _, kind := range []string{"detect", "settle_due", "upkeep"} {
		if n := kinds[kind]; n < 1 || n > 2 { // two where a period ended meanwhile
			t.Errorf("%s ran %d times", kind, n)
		}
	}
}

// A job that always fails is tried as often as it may be, is dead then, and
// listed with its error; asked to, it is tried once more.
func TestDeadJob(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	var tries atomic.Int32
	var fixed atomic.Bool
	s.cfg.Work.Backfill = func(_ context.Context, a BackfillArgs, _ time.Time) (bool, error) {
		if n := tries.Add(1); a.Resume != (n > 1) {
			t.Errorf("try %d resumes: %v", n, a.Resume)
		}
		if fixed.Load() {
			return false, nil
		}
		return false, errors.New("the source is gone")
	}
	s.start(t, "one", nil)
	s.add(t, BackfillArgs{From: day, To: day})
	until(t, "it is dead", func() bool { return s.count(t, "dead") == 1 })
	all, err := s.queue.List(t.Context(), "dead", 10)
	if err != nil {
		t.Fatal(err)
	}
	j := all[0]
	if j.Error != "the source is gone" || j.Attempt != 5 || j.MaxAttempts != 5 || tries.Load() != 5 || j.FinishedAt == nil || j.NextAt != nil {
		t.Errorf("%+v after %d tries", j, tries.Load())
	}
	if s.count(t, "") != 1 {
		t.Error("a dead job is not among those that are not done")
	}
	fixed.Store(true)
	if _, err := s.queue.Retry(t.Context(), j.ID); err != nil {
		t.Fatal(err)
	}
	until(t, "it is done", func() bool { return s.count(t, "done") == 1 })
	if n := tries.Load(); n != 6 {
		t.Errorf("%d tries, want 6", n)
	}
}

// What is told to end ends: one that waits at once, one that runs by an
// interruption. What there is not is an error that says where to look.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	running := make(chan struct{})
	s.cfg.Work.Reparse = func(ctx context.Context, _ ReparseArgs, _ time.Time) (int64, bool, error) {
		close(running)
		<-ctx.Done()
		return 0, false, ctx.Err()
	}
	waits, _ := s.add(t, ReparseArgs{Since: day})
	if j, err := s.queue.Cancel(t.Context(), waits.ID); err != nil || j.State != "cancelled" {
		t.Errorf("%+v, %v", j, err)
	}
	runs, _ := s.add(t, ReparseArgs{Since: day})
	s.start(t, "one", nil)
	<-running
	if _, err := s.queue.Cancel(t.Context(), runs.ID); err != nil {
		t.Error(err)
	}
	until(t, "both are cancelled", func() bool { return s.count(t, "cancelled") == 2 })
	if _, err := s.queue.Cancel(t.Context(), 99999); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	if _, err := s.queue.List(t.Context(), "lost", 10); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
}

// A worker that is told to stop lets a job end that ends in time. One that does
// not is interrupted and done by another worker, and that is no failure of it.
func TestStop(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	s.cfg.Patience = 100 * time.Millisecond
	var began, ended atomic.Int32
	end := make(chan struct{})
	s.cfg.Work.Reparse = func(ctx context.Context, _ ReparseArgs, _ time.Time) (int64, bool, error) {
		began.Add(1)
		select {
		case <-end:
			ended.Add(1)
			return 0, false, nil
		case <-ctx.Done():
			return 0, false, ctx.Err()
		}
	}
	stop := s.start(t, "one", nil)
	s.add(t, ReparseArgs{Since: day})
	until(t, "it runs", func() bool { return began.Load() == 1 })
	stop()
	if s.count(t, "done") != 0 || s.count(t, "dead") != 0 || ended.Load() != 0 {
		t.Fatal("an interrupted job is over")
	}
	s.start(t, "other", nil)
	until(t, "it runs elsewhere", func() bool { return began.Load() == 2 })
	close(end)
	until(t, "it is done", func() bool { return s.count(t, "done") == 1 })
	all, err := s.queue.List(t.Context(), "done", 1)
	if err != nil || all[0].Attempt != 1 || all[0].Error != "" || all[0].AttemptedBy != "other" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestStopLetsJobsEnd(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	began, stopping := make(chan struct{}), make(chan struct{})
	s.cfg.Work.Reparse = func(ctx context.Context, _ ReparseArgs, _ time.Time) (int64, bool, error) {
		close(began)
		<-stopping
		return 0, false, ctx.Err()
	}
	stop := s.start(t, "one", func(c *Config) { c.Patience = time.Minute })
	s.add(t, ReparseArgs{Since: day})
	<-began
	go close(stopping)
	stop()
	if s.count(t, "done") != 1 {
		t.Error("the job was not let come to its end")
	}
}

// The job of a worker that was killed is done by another one, once it is older
// than a job may be.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	var runs atomic.Int32
	s.cfg.Work.Settle = func(context.Context, mlb.GameID, time.Time) (int, error) { runs.Add(1); return 0, nil }
	j, _ := s.add(t, SettleArgs{Game: 7})
	err := s.db.Tx(t.Context(), func(tx pgx.Tx) error { // as a worker that took it and died leaves it
		_, err := tx.Exec(t.Context(), `
			UPDATE river.river_job SET state = 'running', attempt = 1, attempted_at = now() - interval '11 minutes', attempted_by = '{dead}'
			WHERE id = $1`, j.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.start(t, "one", nil)
	until(t, "it is done", func() bool { return runs.Load() == 1 && s.count(t, "done") == 1 })
}

// A long job is done in parts, and stays one job.
func TestSlices(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	var parts atomic.Int32
	s.cfg.Work.Backfill = func(_ context.Context, a BackfillArgs, until time.Time) (bool, error) {
		n := parts.Add(1)
		if a.Resume != (n > 1) || until.IsZero() {
			t.Errorf("part %d resumes: %v, until %v", n, a.Resume, until)
		}
		return n < 4, nil
	}
	s.cfg.Work.Reparse = func(_ context.Context, a ReparseArgs, _ time.Time) (int64, bool, error) {
		return a.After + 10, a.After < 20, nil
	}
	s.start(t, "one", nil)
	s.add(t, BackfillArgs{From: day, To: day})
	s.add(t, ReparseArgs{Since: day})
	until(t, "all parts are done", func() bool { return s.count(t, "done") == 4 && s.count(t, "") == 0 })
	if n := parts.Load(); n != 4 {
		t.Errorf("%d parts, want 4", n)
	}
}

// Upkeep lets the ledger's looks of long ago end, and changes that everybody has
// read, and nothing else.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	s := setUp(t)
	err := s.db.Tx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `
			WITH t AS (
				INSERT INTO collect.target (source_id, feed, official_date, next_at, why)
				SELECT id, 'schedule', current_date - age, now(), '' FROM curated.source, (VALUES (500), (100)) AS x(age) WHERE name = 'statsapi'
				RETURNING id, official_date)
			INSERT INTO collect.run (target_id, worker, due_at, started_at, finished_at, outcome)
			SELECT id, 'one', official_date, official_date, official_date, 'stored' FROM t`)
		if err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `
			INSERT INTO curated.change (mark, at, kind, games, since)
			SELECT days, now() - make_interval(days => days), 'odds', '{1}', '{NULL}' FROM (VALUES (3), (1)) AS x(days)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.start(t, "one", nil)
	s.add(t, UpkeepArgs{})
	until(t, "it is done", func() bool { return s.count(t, "done") == 1 })
	var left [3]int
	err = s.db.Tx(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM collect.run), (SELECT count(*) FROM collect.target), (SELECT count(*) FROM curated.change)`).
			Scan(&left[0], &left[1], &left[2])
	})
	if err != nil || left != [3]int{1, 1, 1} {
		t.Errorf("%v runs, targets and changes are left, %v; want one each", left, err)
	}
}
