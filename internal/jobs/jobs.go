// Package jobs does what must happen once, however many workers there are:
// reading documents again, asking for the past, the safety net under detection,
// settlement and upkeep. Jobs live in PostgreSQL, in a schema of their own, and
// are carried by River: tried again a bounded number of times, each within its
// time, and dead where that did not help. Dead jobs stay to be seen.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Work is what jobs do, given by who puts the platform together. Each function
// may be called again for the same thing: a second time changes nothing.
type Work struct {
	Detect   func(ctx context.Context, now time.Time) (found int, err error)
	Settle   func(ctx context.Context, game mlb.GameID, now time.Time) (verdicts int, err error)
	Reparse  func(ctx context.Context, a ReparseArgs, until time.Time) (last int64, more bool, err error)
	Backfill func(ctx context.Context, a BackfillArgs, until time.Time) (more bool, err error)
}

// Config is what a worker of jobs is made of.
type Config struct {
	DB   *store.DB
	Work Work
	ID   string // names this process; no two may share it
	Now  func() time.Time
	Log  *slog.Logger

	// Patience is how long running jobs may go on once the worker is told to
	// stop; 0: 20 seconds. Then they are interrupted and tried again elsewhere.
	Patience time.Duration
	// RescueAfter is how long after it began a job of a worker that was killed
	// is taken up by another, or its own time where that is longer; 0: 10
	// minutes.
	RescueAfter time.Duration
	// Retry is how long after a failure a job is tried again; nil: 1, 16, 81,
	// 256 seconds and so on, and chance.
	Retry river.ClientRetryPolicy

	quiet bool // without periodic jobs
}

// Limits of a worker.
const (
	patience    = 20 * time.Second
	rescueAfter = 10 * time.Minute
	keepDead    = 90 * 24 * time.Hour // jobs that died, or were cancelled
	keepDone    = 3 * 24 * time.Hour
)

// longQueue is for jobs of minutes, so that they never hold up the others.
const longQueue = "long"

// Client works jobs.
type Client struct {
	cfg   Config
	river *river.Client[pgx.Tx]
}

// New makes a worker of jobs.
func New(cfg Config) (*Client, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &detectWorker{cfg: cfg})
	river.AddWorker(workers, &settleDueWorker{cfg: cfg})
	river.AddWorker(workers, &settleWorker{cfg: cfg})
	river.AddWorker(workers, &upkeepWorker{cfg: cfg})
	river.AddWorker(workers, &reparseWorker{cfg: cfg})
	river.AddWorker(workers, &backfillWorker{cfg: cfg})
	rc := &river.Config{
		ID: cfg.ID, Schema: store.QueueSchema, Logger: cfg.Log, Workers: workers,
		Queues:      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}, longQueue: {MaxWorkers: 1}},
		MaxAttempts: 5, JobTimeout: shortJob,
		RescueStuckJobsAfter: cmp.Or(cfg.RescueAfter, rescueAfter), SoftStopTimeout: cmp.Or(cfg.Patience, patience),
		CompletedJobRetentionPeriod: keepDone, CancelledJobRetentionPeriod: keepDead, DiscardedJobRetentionPeriod: keepDead,
		RetryPolicy: cfg.Retry,
	}
	if !cfg.quiet {
		rc.PeriodicJobs = []*river.PeriodicJob{
			every(detectEvery, DetectArgs{}), every(settleEvery, SettleDueArgs{}), every(upkeepEvery, UpkeepArgs{}),
		}
	}
	if rc.RescueStuckJobsAfter < rc.JobTimeout {
		rc.JobTimeout = rc.RescueStuckJobsAfter
	}
	c, err := river.NewClient(cfg.DB.Queue(), rc)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Client{cfg, c}, nil
}

// shortJob is the time of a job that does not say another.
const shortJob = 2 * time.Minute

// every makes a job periodic, and due at once when a worker becomes the one
// that plans: in each period it is made once, whoever plans.
func every(period time.Duration, args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(period), func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{ID: args.Kind(), RunOnStart: true})
}

// Run works jobs until ctx ends. Then it takes no more, waits for those that
// run, interrupts those that take too long, and returns.
func (c *Client) Run(ctx context.Context) error {
	if err := c.river.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	select {
	case <-ctx.Done():
	case <-c.river.Stopped():
		return fmt.Errorf("%w: the job queue stopped by itself", mlb.ErrUnavailable)
	}
	// Interrupted jobs get as long again to end.
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*cmp.Or(c.cfg.Patience, patience))
	defer cancel()
	if err := c.river.Stop(stop); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop jobs: %w", err)
	}
	return nil
}

// interrupted makes a job that was broken off by the end of its worker due
// again at once, elsewhere: that is no failure of its own.
func interrupted(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.Canceled) && !errors.Is(context.Cause(ctx), river.ErrJobCancelledRemotely) {
		return river.JobSnooze(0)
	}
	return err
}

// active are the states in which a job is still to be done: there is one of
// its kind and arguments at a time, and another may follow when it is over.
func active() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning,
		rivertype.JobStateScheduled,
	}
}
