package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/sbd"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/vsin"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// collected is a source that can be collected from: the feed that shows a
// whole day, how often it is looked at, and what is known of its terms.
type collected struct {
	adapter   source.Adapter
	feed      string
	plan      cadence.Plan
	permitted string
	retention string
}

// collectedSources are the free sources. The paid feed waits for its governor of
// credits.
func collectedSources() []collected {
	return []collected{
		{
			statsapi.Adapter(), "schedule", sparse(), "individual, non-commercial, non-bulk use; MLB's notice is to be shown",
			"not told",
		},
		{
			actionnetwork.Adapter(), "scoreboard", cadence.Standard(cadence.Slate),
			"no offer to programs is known; terms of such sites usually forbid automated access: read them before you turn it on", "not told",
		},
		{vsin.Adapter(), "splits", sparse(), "a public page; its terms are to be read", "not told"},
		{sbd.Adapter(), "splits", sparse(), "a public feed behind a page; its terms are to be read", "not told"},
	}
}

// sparse looks every half hour before games, and not at their last minute.
func sparse() cadence.Plan {
	p := cadence.Standard(cadence.Slate)
	p.Phases, p.Pinned = []cadence.Phase{{Lead: 12 * time.Hour, Every: 30 * time.Minute}}, nil
	return p
}

// licences are what the program knows of the terms of its sources.
func licences() (all []store.Licence) {
	for _, s := range collectedSources() {
		a := s.adapter
		all = append(all, store.Licence{
			Source: a.Name, Title: a.Title, TermsURL: a.Terms, Permitted: s.permitted, Retention: s.retention,
			Rate: fmt.Sprintf("one request in %v, %d at once", a.Rate.Every, a.Rate.Burst), NeedsKey: a.NeedsKey(),
		})
	}
	return all
}

// Collector is a collector of every source that can be collected from; those
// the operator has not acknowledged are never asked.
func (a *App) Collector(version string, now func() time.Time, random *rand.Rand, log *slog.Logger) (*collect.Collector, error) {
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this worker: %w", err)
	}
	cfg := collect.Config{
		DB: a.DB, Worker: fmt.Sprintf("%s %d", host, os.Getpid()), Now: now, Rand: random, Log: log, Tick: time.Second,
	}
	var adapters []source.Adapter
	for _, s := range collectedSources() {
		adapters = append(adapters, s.adapter)
		cfg.Watches = append(cfg.Watches, collect.Watch{Adapter: s.adapter, Feed: s.feed, Plan: s.plan})
	}
	cfg.Client, err = fetch.New(adapters, fetch.Options{Version: version, Now: now, Random: rand.Float64, Log: log})
	if err != nil {
		return nil, err
	}
	return collect.New(cfg)
}

// Acknowledge turns a source on: the operator has read its terms on a day.
func (a *App) Acknowledge(ctx context.Context, name string, readOn mlb.Date, now time.Time) error {
	for _, l := range licences() {
		if l.Source == name {
			return a.DB.Acknowledge(ctx, name, readOn, now)
		}
	}
	return fmt.Errorf("%w: source %q: `collect sources` lists those that can be collected from", mlb.ErrNotFound, name)
}
