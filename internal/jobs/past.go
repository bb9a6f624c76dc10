package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// A long job works for a while, and then what is left of it is another job: so
// one whose worker was killed is soon taken up, and none is in the way of a
// stop.
const (
	longJob = 9 * time.Minute
	slice   = 5 * time.Minute
)

// ReparseArgs read stored documents again with today's parsers.
type ReparseArgs struct {
	Since  mlb.Date `json:"since"`
	Source string   `json:"source"` // "": all
	After  int64    `json:"after"`  // documents up to this one are done
}

// Kind names the job.
func (ReparseArgs) Kind() string { return "reparse" }

// InsertOpts make one job of the same question at a time.
func (ReparseArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: longQueue, MaxAttempts: 5, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: active()}}
}

type reparseWorker struct {
	river.WorkerDefaults[ReparseArgs]
	cfg Config
}

// Timeout is the job's time.
func (w *reparseWorker) Timeout(*river.Job[ReparseArgs]) time.Duration { return longJob }

// Work does the job, or a part of it.
func (w *reparseWorker) Work(ctx context.Context, job *river.Job[ReparseArgs]) error {
	args := job.Args
	last, more, err := w.cfg.Work.Reparse(ctx, args, w.cfg.Now().Add(slice))
	if err != nil || !more {
		return interrupted(ctx, err)
	}
	args.After = last
	_, err = river.ClientFromContext[pgx.Tx](ctx).Insert(ctx, args, nil)
	return err
}

// BackfillArgs ask sources that keep the past for days gone by.
type BackfillArgs struct {
	From   mlb.Date `json:"from"`
	To     mlb.Date `json:"to"`
	Source string   `json:"source"` // "": every one that is on
	Feed   string   `json:"feed"`
	Resume bool     `json:"resume"` // pass over what was had before the job
}

// Kind names the job.
func (BackfillArgs) Kind() string { return "backfill" }

// InsertOpts make one job of the same question at a time.
func (BackfillArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: longQueue, MaxAttempts: 5, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: active()}}
}

type backfillWorker struct {
	river.WorkerDefaults[BackfillArgs]
	cfg Config
}

// Timeout is the job's time.
func (w *backfillWorker) Timeout(*river.Job[BackfillArgs]) time.Duration { return longJob }

// Work does the job, or a part of it, after which it is due again at once. A
// second attempt goes on where the first one ended.
func (w *backfillWorker) Work(ctx context.Context, job *river.Job[BackfillArgs]) error {
	var before struct {
		Snoozes int `json:"snoozes"`
	}
	if err := json.Unmarshal(job.Metadata, &before); err != nil {
		return err
	}
	args := job.Args
	args.Resume = args.Resume || job.Attempt > 1 || before.Snoozes > 0
	more, err := w.cfg.Work.Backfill(ctx, args, w.cfg.Now().Add(slice))
	if err == nil && more {
		return river.JobSnooze(0)
	}
	return interrupted(ctx, err)
}
