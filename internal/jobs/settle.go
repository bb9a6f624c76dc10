package jobs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// settleEvery is how often games are looked for that can be settled, and
// settleBack for how many days sources correct their results.
const (
	settleEvery = 5 * time.Minute
	settleBack  = 45 // a suspended game may be resumed a month later
)

// SettleDueArgs look for games that can be settled and make a job of each.
type SettleDueArgs struct{}

// Kind names the job.
func (SettleDueArgs) Kind() string { return "settle_due" }

// InsertOpts make one job a period, whoever asks for it.
func (SettleDueArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 2, UniqueOpts: river.UniqueOpts{ByPeriod: settleEvery}}
}

type settleDueWorker struct {
	river.WorkerDefaults[SettleDueArgs]
	cfg Config
}

// Work does the job.
func (w *settleDueWorker) Work(ctx context.Context, _ *river.Job[SettleDueArgs]) error {
	now := w.cfg.Now()
	games, err := w.cfg.DB.ToSettle(ctx, mlb.DateOf(now.AddDate(0, 0, -settleBack)), now)
	if err != nil || len(games) == 0 {
		return err
	}
	all := make([]river.InsertManyParams, len(games))
	for i, g := range games {
		all[i] = river.InsertManyParams{Args: SettleArgs{Game: g}}
	}
	_, err = river.ClientFromContext[pgx.Tx](ctx).InsertMany(ctx, all)
	return err
}

// SettleArgs grade what was found for a game that is over.
type SettleArgs struct {
	Game mlb.GameID `json:"game"`
}

// Kind names the job.
func (SettleArgs) Kind() string { return "settle" }

// InsertOpts make one job a game at a time. A corrected result makes another.
func (SettleArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 5, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: active()}}
}

type settleWorker struct {
	river.WorkerDefaults[SettleArgs]
	cfg Config
}

// Work does the job.
func (w *settleWorker) Work(ctx context.Context, job *river.Job[SettleArgs]) error {
	n, err := w.cfg.Work.Settle(ctx, job.Args.Game, w.cfg.Now())
	if err == nil && n > 0 {
		w.cfg.Log.InfoContext(ctx, "settled", "game", job.Args.Game, "verdicts", n)
	}
	return interrupted(ctx, err)
}
