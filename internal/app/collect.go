package app

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// CollectOptions is what a collector is made of beside the database.
type CollectOptions struct {
	Version string
	Now     func() time.Time
	Random  *rand.Rand
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil: none
	Sources map[string]SourceSettings
	Keys    map[string]source.Secret // by source; one that needs a key and has none is not asked
	// Rehearsal stands in the place of the sources and of the clock; nil: none.
	Rehearsal *Rehearsal
}

// Collector is a collector of every source that can be collected from; those
// the operator has not acknowledged are never asked.
func (a *App) Collector(opt CollectOptions) (*collect.Collector, error) {
	if err := CheckSources(opt.Sources); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this worker: %w", err)
	}
	cfg := collect.Config{
		DB: a.DB, Worker: fmt.Sprintf("%s %d", host, os.Getpid()), Now: opt.Now, Rand: opt.Random, Log: opt.Log, Metrics: opt.Metrics,
		Tick: time.Second,
	}
	if r := opt.Rehearsal; r != nil {
		r.pace(&cfg)
		opt.Sources, opt.Keys = r.settings(opt.Sources), r.keys(opt.Keys)
	}
	sources, policies := watchedSources(opt.Sources), map[string]fetch.Policy{}
	if r := opt.Rehearsal; r != nil {
		if policies, err = r.enter(sources); err != nil {
			return nil, err
		}
	}
	var adapters []source.Adapter
	for _, s := range sources {
		key := opt.Keys[s.adapter.Name]
		if s.adapter.NeedsKey() && !key.IsSet() {
			continue
		}
		adapters = append(adapters, s.adapter)
		for _, w := range s.watches {
			w.Key = key
			if w.Paid != nil {
				p := policies[s.adapter.Name]
				p.Attempts = 1 // each attempt is paid, and asked for
				policies[s.adapter.Name] = p
			}
			cfg.Watches = append(cfg.Watches, w)
		}
	}
	how := fetch.Options{Version: opt.Version, Now: cfg.Now, Random: rand.Float64, Log: opt.Log, Metrics: opt.Metrics, Policies: policies}
	if opt.Rehearsal == nil { // nobody shares the pace of a rehearsal
		how.Admit = a.admit(ratesOf(adapters))
	}
	cfg.Client, err = fetch.New(adapters, how)
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
