package cache

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redis"
)

// Rate is how often something may be done: in no time span as long as Window
// more than Limit times.
type Rate struct {
	Limit  int
	Window time.Duration
}

// share is a process's part of a rate that n processes keep: fewer at a time,
// or one in a longer time.
func (r Rate) share(n int) Rate {
	if part := r.Limit / n; part >= 1 {
		return Rate{Limit: part, Window: r.Window}
	}
	return Rate{Limit: 1, Window: r.Window * time.Duration(n) / time.Duration(r.Limit)}
}

// CountersConfig says who counts.
type CountersConfig struct {
	Redis *redis.Client // nil: this process alone
	// Processes is how many share a rate. While Redis is down each takes an equal
	// part of it, so that together they stay within. Default 1.
	Processes int
	Now       func() time.Time      // the clock, where Redis's own does not count
	Metrics   prometheus.Registerer // nil: none
}

// Counters hold several processes to one rate by key, such as a host's name.
// They are safe for use by many goroutines.
type Counters struct {
	cfg     CountersConfig
	own     ledger
	metrics counterMetrics
}

// NewCounters counts from nothing, or, with Redis, goes on.
func NewCounters(cfg CountersConfig) *Counters {
	cfg.Processes = max(cmp.Or(cfg.Processes, 1), 1)
	return &Counters{cfg: cfg, metrics: newCounterMetrics(cfg.Metrics)}
}

// Take does one more thing at key now, or says how long to wait before asking
// again: 0 is a yes. The error is mlb.ErrInvalid for a rate that allows nothing.
func (c *Counters) Take(ctx context.Context, key string, r Rate) (time.Duration, error) {
	if r.Limit < 1 || r.Window <= 0 {
		return 0, fmt.Errorf("%w: rate of %d in %s for %s: both must be positive", mlb.ErrInvalid, r.Limit, r.Window, key)
	}
	wait, by := c.take(ctx, key, r)
	if wait > 0 {
		c.metrics.refused.WithLabelValues(by).Inc()
	} else {
		c.metrics.taken.WithLabelValues(by).Inc()
	}
	return wait, nil
}

// take asks this process's own ledger too, always: what was done a moment ago
// must count when Redis dies, and when it comes back with an empty memory.
func (c *Counters) take(ctx context.Context, key string, r Rate) (wait time.Duration, by string) {
	now := c.cfg.Now()
	if c.cfg.Redis == nil {
		return c.own.take(key, r, now), "process"
	}
	if wait := c.own.due(key, r, now); wait > 0 {
		return wait, "process"
	}
	wait, err := c.shared(ctx, key, r)
	if err != nil {
		return c.own.take(key, r.share(c.cfg.Processes), now), "process"
	}
	if wait == 0 {
		c.own.record(key, r, now)
	}
	return wait, "redis"
}

// Wait returns when one more thing may be done at key, and has counted it.
func (c *Counters) Wait(ctx context.Context, key string, r Rate) error {
	for {
		wait, err := c.Take(ctx, key, r)
		if err != nil || wait == 0 {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("wait for the rate of %s: %w", key, context.Cause(ctx))
		case <-timer.C:
		}
	}
}

// takeOne keeps the times of the last Limit things done, in microseconds of
// Redis's own clock: the processes' clocks differ. It answers the microseconds
// to wait.
var takeOne = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = tonumber(redis.call('LINDEX', KEYS[1], -limit) or '')
if oldest and oldest + window > now then
	return {string.format('%.0f', oldest + window - now)}
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], -limit, -1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return {'0'}`)

func (c *Counters) shared(ctx context.Context, key string, r Rate) (time.Duration, error) {
	got, err := c.cfg.Redis.Run(ctx, takeOne, "rate:"+key, strconv.Itoa(r.Limit), strconv.FormatInt(r.Window.Microseconds(), 10))
	if err != nil {
		return 0, err
	}
	if len(got) != 1 {
		return 0, fmt.Errorf("ask Redis for the rate of %s: %d answers", key, len(got))
	}
	us, err := strconv.ParseInt(got[0], 10, 64)
	return time.Duration(us) * time.Microsecond, err
}

// ledger is one process's counters.
type ledger struct {
	mu   sync.Mutex
	done map[string]*past
}

// past is when the last things at a key were done, the oldest first.
type past struct {
	times  []time.Time
	window time.Duration
}

// maxKeys is beyond the hosts there are; past it, keys long unused are dropped.
const maxKeys = 1000

func (l *ledger) take(key string, r Rate, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.wait(key, r, now)
	if wait == 0 {
		l.add(key, r, now)
	}
	return wait
}

func (l *ledger) due(key string, r Rate, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wait(key, r, now)
}

func (l *ledger) record(key string, r Rate, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(key, r, now)
}

func (l *ledger) wait(key string, r Rate, now time.Time) time.Duration {
	p := l.done[key]
	if p == nil || len(p.times) < r.Limit {
		return 0
	}
	return max(p.times[len(p.times)-r.Limit].Add(r.Window).Sub(now), 0)
}

func (l *ledger) add(key string, r Rate, now time.Time) {
	if l.done == nil {
		l.done = make(map[string]*past)
	}
	p := l.done[key]
	if p == nil {
		l.prune(now)
		p = &past{}
		l.done[key] = p
	}
	p.window = max(p.window, r.Window)
	for len(p.times) > 0 && !now.Before(p.times[0].Add(p.window)) {
		p.times = p.times[1:]
	}
	p.times = append(p.times, now)
}

func (l *ledger) prune(now time.Time) {
	if len(l.done) < maxKeys {
		return
	}
	for key, p := range l.done {
		if !now.Before(p.times[len(p.times)-1].Add(p.window)) {
			delete(l.done, key)
		}
	}
}
