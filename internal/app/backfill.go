package app

import (
	"context"

	"github.com/mlb-betting/mlb-betting/internal/collect"
)

// Backfill asks sources that keep the past for what is wanted, as
// collect.Collector.Backfill does. What costs credits is asked for within what
// the plan has left over.
func (a *App) Backfill(ctx context.Context, want collect.Wanted, opt CollectOptions, tell func(collect.Progress)) (r collect.Refilled, err error) {
	c, err := a.Collector(opt)
	if err != nil {
		return r, err
	}
	return c.Backfill(ctx, pastOf(opt), want, tell)
}

// CheckBackfill refuses what Backfill would refuse before its first request.
func (a *App) CheckBackfill(ctx context.Context, want collect.Wanted, opt CollectOptions) error {
	c, err := a.Collector(opt)
	if err != nil {
		return err
	}
	return c.CheckBackfill(ctx, pastOf(opt), want)
}

func pastOf(opt CollectOptions) collect.Past {
	past := collect.Past{Keys: opt.Keys}
	for _, w := range watchedSources(opt.Sources) {
		past.Adapters = append(past.Adapters, w.adapter)
	}
	return past
}
