package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// detectEvery is how often the safety net is drawn.
const detectEvery = 5 * time.Minute

// DetectArgs replay the games that are on and write down what the live
// detection missed.
type DetectArgs struct{}

// Kind names the job.
func (DetectArgs) Kind() string { return "detect" }

// InsertOpts make one job a period, whoever asks for it. What it missed the
// next one finds: it is tried twice.
func (DetectArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 2, UniqueOpts: river.UniqueOpts{ByPeriod: detectEvery}}
}

type detectWorker struct {
	river.WorkerDefaults[DetectArgs]
	cfg Config
}

// Work does the job.
func (w *detectWorker) Work(ctx context.Context, _ *river.Job[DetectArgs]) error {
	n, err := w.cfg.Work.Detect(ctx, w.cfg.Now())
	if err == nil && n > 0 {
		w.cfg.Log.InfoContext(ctx, "opportunities written down by the safety net", "count", n)
	}
	return interrupted(ctx, err)
}
