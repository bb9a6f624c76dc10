package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// What upkeep keeps, and for how long.
const (
	upkeepEvery = 6 * time.Hour
	// keepLedger is how long the ledger tells of a look: a season and the
	// winter after it, so that it can be compared with the next.
	keepLedger = 400 * 24 * time.Hour
	// keepChanges is how long a process may have been away and still read only
	// what changed: who was away for longer reads everything.
	keepChanges = 48 * time.Hour
)

// UpkeepArgs make partitions ahead of time and let old books end.
type UpkeepArgs struct{}

// Kind names the job.
func (UpkeepArgs) Kind() string { return "upkeep" }

// InsertOpts make one job a period, whoever asks for it.
func (UpkeepArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 5, UniqueOpts: river.UniqueOpts{ByPeriod: upkeepEvery}}
}

type upkeepWorker struct {
	river.WorkerDefaults[UpkeepArgs]
	cfg Config
}

// Timeout is the job's time.
func (w *upkeepWorker) Timeout(*river.Job[UpkeepArgs]) time.Duration { return longJob }

// Work does the job.
func (w *upkeepWorker) Work(ctx context.Context, _ *river.Job[UpkeepArgs]) error {
	now := w.cfg.Now()
	made, err := w.cfg.DB.MakePartitions(ctx, now)
	if err != nil {
		return err
	}
	swept, err := w.cfg.DB.Sweep(ctx, now.Add(-keepLedger))
	if err != nil {
		return interrupted(ctx, err)
	}
	forgotten, err := w.cfg.DB.PruneChanges(ctx, now.Add(-keepChanges))
	if err == nil {
		w.cfg.Log.InfoContext(ctx, "upkeep", "partitions", made, "runs_deleted", swept.Runs, "targets_deleted", swept.Targets, "changes_forgotten", forgotten)
	}
	return interrupted(ctx, err)
}
