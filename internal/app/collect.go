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
	policies := map[string]fetch.Policy{}
	var adapters []source.Adapter
	for _, s := range watchedSources(opt.Sources) {
		key := opt.Keys[s.adapter.Name]
		if s.adapter.NeedsKey() && !key.IsSet() {
			continue
		}
		adapters = append(adapters, s.adapter)
		for _, w := range s.watches {
			w.Key = key
			if w.Paid != nil {
				policies[s.adapter.Name] = fetch.Policy{Attempts: 1} // each attempt is paid, and asked for
			}
			cfg.Watches = append(cfg.Watches, w)
		}
	}
	cfg.Client, err = fetch.New(adapters, fetch.Options{
		Version: opt.Version, Now: opt.Now, Random: rand.Float64, Log: opt.Log, Metrics: opt.Metrics, Policies: policies,
		Admit: a.admit(ratesOf(adapters)),
	})
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
