package app

import (
	"context"
	"os"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/jobs"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// JobOptions are what jobs need of the operator's settings.
type JobOptions struct {
	Collect CollectOptions // what backfills ask by
	Market  market.Config
	Detect  detect.Config
	Files   FileFormat
	ID      string // of this worker; no two may share it
}

// Jobs is a worker of jobs.
func (a *App) Jobs(opt JobOptions) (*jobs.Client, error) {
	now, say := opt.Collect.Now, opt.Collect.Log
	opt.Collect.Metrics = nil // the collector beside it has them
	return jobs.New(jobs.Config{DB: a.DB, ID: opt.ID, Now: now, Log: say, Work: jobs.Work{
		Detect: func(ctx context.Context, now time.Time) (int, error) {
			return a.NoteToday(ctx, now, opt.Market, opt.Detect)
		},
		Settle: func(ctx context.Context, game mlb.GameID, now time.Time) (int, error) {
			return a.Settle(ctx, game, now, opt.Market)
		},
		Reparse: func(ctx context.Context, args jobs.ReparseArgs, until time.Time) (int64, bool, error) {
			ask := Reparse{Since: args.Since.Time(), Source: args.Source, After: args.After, Until: until}
			return a.Reparse(ctx, ask, opt.Files, now, func(r ingest.Reread) {
				if r.Changed() || r.Error != "" {
					say.InfoContext(ctx, "read again", "document", r.Document, "stored", r.Stored, "left", r.Left, "err", r.Error)
				}
			})
		},
		Backfill: func(ctx context.Context, args jobs.BackfillArgs, until time.Time) (bool, error) {
			want := collect.Wanted{From: args.From, To: args.To, Source: args.Source, Feed: args.Feed, Resume: args.Resume, Until: until}
			r, err := a.Backfill(ctx, want, opt.Collect, func(p collect.Progress) {
				say.InfoContext(ctx, "backfill", "source", p.Source, "feed", p.Feed, "day", p.Date, "item", p.Item, "cause", p.Cause, "skipped", p.Skipped)
			})
			return r.More, err
		},
	}})
}

// WorkerID names this process among all that work on the database.
func WorkerID(started time.Time) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	return host + "_" + started.UTC().Format("20060102T150405.000000"), nil
}
