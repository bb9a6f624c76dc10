package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
)

// Backfill asks sources that keep the past for what is wanted, as
// collect.Collector.Backfill does. What costs credits is refused while no
// budget is given.
func (a *App) Backfill(ctx context.Context, want collect.Wanted, budget collect.Budget, version string, now func() time.Time,
	log *slog.Logger, tell func(collect.Progress),
) (r collect.Refilled, err error) {
	past := collect.Past{Adapters: adapters(), Budget: budget}
	client, err := fetch.New(past.Adapters, fetch.Options{Version: version, Now: now, Random: rand.Float64, Log: log})
	if err != nil {
		return r, fmt.Errorf("backfill: %w", err)
	}
	cfg := collect.Config{
		DB: a.DB, Client: client, Worker: "backfill", Now: now, Rand: rand.New(rand.NewPCG(1, 2)), Log: log, //nolint:gosec // plans nothing
		Tick: time.Second,
	}
	for _, s := range collectedSources() {
		cfg.Watches = append(cfg.Watches, collect.Watch{Adapter: s.adapter, Feed: s.feed, Plan: s.plan})
	}
	c, err := collect.New(cfg)
	if err != nil {
		return r, err
	}
	return c.Backfill(ctx, past, want, tell)
}
