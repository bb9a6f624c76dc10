package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/cache"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Link is this process's part of what the processes on one database share:
// word of what they commit, the board, and the rates at which they ask.
type Link struct {
	Bus   *bus.Bus
	db    *store.DB
	cache *cache.Cache
	redis *redis.Client   // nil: none was given
	rates *cache.Counters // nil without Redis: each process then keeps to its own rate
}

// compareEvery is how often marks are compared: what nobody tells of, such as an
// import of a process of its own, is heard of by the second look.
const compareEvery = 250 * time.Millisecond

// Link links this process with the others; what it commits from now on it tells
// them while Run runs. It is called before anything is committed. Metrics may be
// nil.
func (a *App) Link(ctx context.Context, now func() time.Time, log *slog.Logger, metrics prometheus.Registerer) (*Link, error) {
	l := &Link{db: a.DB}
	var err error
	if l.redis, err = a.openRedis(ctx, now); err != nil {
		return nil, err
	}
	if l.redis != nil {
		l.rates = cache.NewCounters(cache.CountersConfig{Redis: l.redis, Now: now, Metrics: metrics})
	}
	if l.cache, err = cache.New(cache.Config{Redis: l.redis, Metrics: metrics}); err != nil {
		l.Close()
		return nil, err
	}
	mark := func(ctx context.Context) (bus.Mark, error) {
		m, err := a.DB.Mark(ctx)
		return bus.Mark(m), err
	}
	l.Bus, err = bus.New(bus.Config{PostgreSQL: a.url, Redis: l.redis, Mark: mark, Check: compareEvery, Now: now, Log: log, Metrics: metrics})
	if err != nil {
		l.Close()
		return nil, err
	}
	a.DB.OnChange(func(c store.Change) {
		games := make([]mlb.GameID, 0, len(c.Games))
		for g := range c.Games {
			games = append(games, g)
		}
		l.Bus.Publish(bus.Mark(c.Mark), games...)
	})
	a.link = l
	return l, nil
}

// openRedis is nil where no Redis was given. Databases that share one do not
// see each other's part of it.
func (a *App) openRedis(ctx context.Context, now func() time.Time) (*redis.Client, error) {
	if a.redisURL == "" {
		return nil, nil //nolint:nilnil // no Redis is no error
	}
	name, err := a.DB.Identity(ctx)
	if err != nil {
		return nil, err
	}
	return redis.Open(redis.Config{URL: a.redisURL, Namespace: "mlb:" + name, Now: now})
}

// Run runs f, tells the other processes of what it commits, and hears of what
// they do. What f committed last is still told of.
func (l *Link) Run(ctx context.Context, f func(context.Context) error) error {
	carrying, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var carry errgroup.Group
	carry.Go(func() error { return l.Bus.Run(carrying) })
	err := f(ctx)
	stop()
	return errors.Join(err, carry.Wait())
}

// Board is a day's games and their best prices. While Run runs it is as new as
// what this process has heard of; otherwise as the database.
func (l *Link) Board(ctx context.Context, day mlb.Date) (live.Board, error) {
	mark := l.Bus.Mark()
	if mark == 0 {
		m, err := l.db.Mark(ctx)
		if err != nil {
			return live.Board{}, err
		}
		mark = bus.Mark(m)
	}
	return live.GetBoard(ctx, l.cache, l.db, day, mark)
}

// Close ends the connection to Redis.
func (l *Link) Close() {
	if l.redis != nil {
		l.redis.Close()
	}
}

// admit holds all processes together to a host's rate, where they are linked by
// Redis. Each keeps to it alone anyway.
func (a *App) admit(rates map[string]source.Rate) func(context.Context, source.Request) error {
	return func(ctx context.Context, r source.Request) error {
		if a.link == nil || a.link.rates == nil {
			return nil
		}
		host, err := url.Parse(r.Base)
		if err != nil {
			return fmt.Errorf("%w: the base of %s", mlb.ErrInvalid, r.Source)
		}
		rate := rates[host.Host]
		return a.link.rates.Wait(ctx, host.Host, cache.Rate{Limit: rate.Burst, Window: time.Duration(rate.Burst) * rate.Every})
	}
}

// ratesOf are the rates by host: the slowest of the sources that share one.
func ratesOf(adapters []source.Adapter) map[string]source.Rate {
	rates := map[string]source.Rate{}
	for _, a := range adapters {
		base, err := url.Parse(a.Base)
		if err != nil {
			continue // the client refuses it
		}
		rate := source.Rate{Every: max(a.Rate.Every, time.Millisecond), Burst: max(a.Rate.Burst, 1)}
		if known, ok := rates[base.Host]; ok {
			rate = source.Rate{Every: max(known.Every, rate.Every), Burst: min(known.Burst, rate.Burst)}
		}
		rates[base.Host] = rate
	}
	return rates
}

// tellingLimit is how long Telling waits for the best way to work.
const tellingLimit = 3 * time.Second

// Telling is how a process that starts now hears from the others: by the best
// way there is that works within seconds, and why not by a better one.
func (a *App) Telling(ctx context.Context, now func() time.Time, log *slog.Logger) (s bus.State, err error) {
	l, err := a.Link(ctx, now, log, nil)
	if err != nil {
		return s, err
	}
	defer l.Close()
	err = l.Run(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, tellingLimit)
		defer cancel()
		look := time.NewTicker(5 * time.Millisecond)
		defer look.Stop()
		for s = l.Bus.State(); s.Why != "" || s.Via == bus.None; s = l.Bus.State() {
			select {
			case <-ctx.Done():
				return nil
			case <-look.C:
			}
		}
		return nil
	})
	return s, errors.Join(err, ctx.Err())
}
