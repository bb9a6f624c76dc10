// Package cache keeps what many ask for and few change: the board as it is
// sent, and the counters that hold this platform to a host's rate. With Redis
// all processes share both. Without it each process has its own, and everything
// works as before.
package cache

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/singleflight"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/redis"
)

// Entry is something kept: what the database showed at a mark, as bytes that
// the cache does not look into. The bytes are shared and not to be changed.
type Entry struct {
	Mark bus.Mark // read before the body, or in one snapshot with it
	Body []byte
}

// Config says where to keep entries, and how many.
type Config struct {
	Redis    *redis.Client // nil: in this process alone
	MaxBytes uint64        // in this process; default 64 MiB
	// TTL is how long Redis keeps an entry nobody replaces, default 30 s. After a
	// database was restored to an older state, entries of its future may be shown
	// for as long.
	TTL     time.Duration
	Metrics prometheus.Registerer // nil: none
}

// Cache keeps entries by key. It is safe for use by many goroutines.
type Cache struct {
	cfg     Config
	own     *otter.Cache[string, Entry]
	loads   singleflight.Group
	metrics cacheMetrics
}

// New is an empty cache, or, with Redis, what other processes put there.
func New(cfg Config) (*Cache, error) {
	cfg.MaxBytes = cmp.Or(cfg.MaxBytes, 64<<20)
	cfg.TTL = cmp.Or(cfg.TTL, 30*time.Second)
	own, err := otter.New(&otter.Options[string, Entry]{
		MaximumWeight: cfg.MaxBytes,
		Weigher:       func(key string, e Entry) uint32 { return uint32(len(key) + len(e.Body)) },
	})
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	return &Cache{cfg: cfg, own: own, metrics: newCacheMetrics(cfg.Metrics)}, nil
}

// loadLimit ends a read of the database that everybody who asked has left.
const loadLimit = 30 * time.Second

// Load is the entry at key as of mark or later: kept here, kept in Redis, or
// read. Giving the bus's mark makes an entry worthless as soon as this process
// hears of something new. Of many who ask at once, one reads.
func (c *Cache) Load(ctx context.Context, key string, mark bus.Mark, read func(context.Context) (Entry, error)) (Entry, error) {
	if e, ok := c.own.GetIfPresent(key); ok && e.Mark >= mark {
		c.metrics.hits.WithLabelValues("process").Inc()
		return e, nil
	}
	e, err := c.join(ctx, key, mark, read)
	if err == nil && e.Mark < mark { // a read that began before the mark was known; the next one did not
		e, err = c.join(ctx, key, mark, read)
	}
	return e, err
}

// join waits for the one who fetches the entry, who may be the caller. The work
// outlives a caller who leaves: others wait for it too.
func (c *Cache) join(ctx context.Context, key string, mark bus.Mark, read func(context.Context) (Entry, error)) (Entry, error) {
	done := c.loads.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadLimit)
		defer cancel()
		return c.fetch(ctx, key, mark, read)
	})
	select {
	case <-ctx.Done():
		return Entry{}, context.Cause(ctx)
	case r := <-done:
		if r.Err != nil {
			return Entry{}, r.Err
		}
		e, _ := r.Val.(Entry)
		return e, nil
	}
}

func (c *Cache) fetch(ctx context.Context, key string, mark bus.Mark, read func(context.Context) (Entry, error)) (Entry, error) {
	if e, ok := c.shared(ctx, key); ok && e.Mark >= mark {
		c.metrics.hits.WithLabelValues("redis").Inc()
		c.own.Set(key, e)
		return e, nil
	}
	c.metrics.misses.Inc()
	e, err := read(ctx)
	if err != nil {
		return Entry{}, fmt.Errorf("load %s: %w", key, err)
	}
	c.own.Set(key, e)
	c.share(ctx, key, e)
	return e, nil
}

// shared is the entry in Redis. A Redis that does not answer has none.
func (c *Cache) shared(ctx context.Context, key string) (Entry, bool) {
	if c.cfg.Redis == nil {
		return Entry{}, false
	}
	fields, err := c.cfg.Redis.Fields(ctx, "cache:"+key, "mark", "body")
	if err != nil {
		c.metrics.failed.Inc()
		return Entry{}, false
	}
	if len(fields) != 2 || fields[0] == "" {
		return Entry{}, false
	}
	mark, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		c.metrics.failed.Inc()
		return Entry{}, false
	}
	return Entry{Mark: bus.Mark(mark), Body: []byte(fields[1])}, true
}

// putNewer keeps an entry unless a newer one is there: a slow process would
// bring back the past otherwise.
var putNewer = redis.NewScript(`
local mark = redis.call('HGET', KEYS[1], 'mark')
if mark and tonumber(mark) > tonumber(ARGV[1]) then
	return {'0'}
end
redis.call('HSET', KEYS[1], 'mark', ARGV[1], 'body', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {'1'}`)

func (c *Cache) share(ctx context.Context, key string, e Entry) {
	if c.cfg.Redis == nil {
		return
	}
	_, err := c.cfg.Redis.Run(ctx, putNewer, "cache:"+key,
		strconv.FormatInt(int64(e.Mark), 10), string(e.Body), strconv.FormatInt(c.cfg.TTL.Milliseconds(), 10))
	if err != nil {
		c.metrics.failed.Inc()
	}
}
