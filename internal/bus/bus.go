// Package bus tells every process that games have new data. A message carries
// no data: it names games and a high-water mark, and who hears it reads the
// database above the mark they have read so far. A message is delivered at most
// once. One that is lost costs a moment: every process also compares the marks
// it has heard with the database's own, which is also what it falls back on when
// nothing else works.
//
// Messages travel within the process, by PostgreSQL's LISTEN and NOTIFY, and by
// Redis where there is one. A process listens in every way it has and sends in
// the best that works, so that a way that fails takes nothing with it.
package bus

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redis"
)

// Mark is a high-water mark of the database: whoever reads what lies above the
// mark they read last misses nothing. Marks must become visible in their own
// order, as they do when they are given out under the lock of the one writer.
// They are below 2^53.
type Mark int64

// Config says which ways there are. Without PostgreSQL, Redis and Mark the bus
// works within the process alone.
type Config struct {
	PostgreSQL string        // where to LISTEN, a URL or keyword string: a session of its own, never through a transaction pool
	Redis      *redis.Client // nil: none
	// Mark reads the high-water mark of everything committed. It is asked every
	// Check, and must not be read from a replica that may lag.
	Mark     func(ctx context.Context) (Mark, error)
	Check    time.Duration         // default 500 ms
	Coalesce time.Duration         // the shortest time between two messages of this process; default 100 ms
	Now      func() time.Time      // the clock
	Log      *slog.Logger          // nil: silent
	Metrics  prometheus.Registerer // nil: none
}

// Bus is one process's part of the bus. Publish, Subscribe, Mark and State are
// safe for use by many goroutines.
type Bus struct {
	cfg     Config
	self    string // tells this process's messages from others'
	hub     hub
	inbox   inbox
	outbox  outbox
	status  *status
	ways    []*way // the best first
	metrics metrics
}

// New is a bus that begins to work with Run.
func New(cfg Config) (*Bus, error) {
	cfg.Check = cmp.Or(cfg.Check, 500*time.Millisecond)
	cfg.Coalesce = cmp.Or(cfg.Coalesce, 100*time.Millisecond)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bus{cfg: cfg, self: rand.Text(), outbox: newOutbox()}
	b.status = newStatus(cfg.Now, cfg.Log)
	b.metrics = newMetrics(cfg.Metrics, b)
	if cfg.Redis != nil {
		b.add(Redis, redisLine{cfg.Redis})
	}
	if cfg.PostgreSQL != "" {
		conn, err := pgx.ParseConfig(cfg.PostgreSQL)
		if err != nil {
			return nil, errURL
		}
		b.add(PostgreSQL, newPostgresLine(conn))
	}
	if cfg.Mark != nil {
		b.status.expect(Polling)
	}
	return b, nil
}

// errURL hides the parser's own message, which may quote the password.
var errURL = fmt.Errorf("%w: the bus's PostgreSQL address is not a URL or keyword string", mlb.ErrInvalid)

func (b *Bus) add(via Via, l line) {
	b.status.expect(via)
	b.ways = append(b.ways, &way{via: via, line: l, bus: b})
}

// Run carries messages until ctx ends, sends what is still to be sent, and ends
// every subscription. It is called once.
func (b *Bus) Run(ctx context.Context) error {
	listening, stop := context.WithCancel(ctx)
	defer stop()
	var all errgroup.Group
	for _, w := range b.ways {
		all.Go(func() error { w.keep(listening); return nil })
	}
	if b.cfg.Mark != nil {
		all.Go(func() error { b.compare(listening); return nil })
	}
	b.write(ctx)
	stop()
	err := all.Wait()
	for _, w := range b.ways {
		w.line.close()
	}
	b.hub.close()
	return err
}

// Publish says that games have new data, all of it committed, up to the mark.
// It never waits: what is published within Coalesce becomes one message.
func (b *Bus) Publish(mark Mark, games ...mlb.GameID) { b.outbox.put(mark, games) }

// Subscribe is told of what is published from now on. Read the database after
// it, not before. A subscriber who is more than depth events behind is told to
// read again instead.
func (b *Bus) Subscribe(depth int) *Subscription { return b.hub.subscribe(depth) }

// Mark is the highest mark this process has heard of.
func (b *Bus) Mark() Mark { return b.hub.told() }

// State tells how this process hears from the others.
func (b *Bus) State() State { return b.status.get() }

// write sends what was published, one message each Coalesce at most.
func (b *Bus) write(ctx context.Context) {
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			b.flush(context.WithoutCancel(ctx))
			return
		case <-b.outbox.filled:
		}
		b.flush(ctx)
		rest.Reset(b.cfg.Coalesce)
		select {
		case <-ctx.Done():
		case <-rest.C:
		}
	}
}

// flush tells the process itself first, then the others in the best way that
// works. A message that no way takes is lost: its number makes whoever hears the
// next one read again.
func (b *Bus) flush(ctx context.Context) {
	m, ok := b.outbox.take()
	if !ok {
		return
	}
	m.From = b.self
	b.tell(m.event())
	if len(b.ways) == 0 {
		return
	}
	payload := m.encode()
	for _, w := range b.ways {
		if w.send(ctx, payload) {
			b.metrics.sent.WithLabelValues(w.via.String()).Inc()
			return
		}
	}
	b.metrics.unsent.Inc()
}

// hear takes in what another process sent.
func (b *Bus) hear(via Via, payload string) {
	m, err := decode(payload)
	if err != nil {
		b.metrics.malformed.Inc()
		return
	}
	if m.From == b.self {
		return
	}
	b.metrics.received.WithLabelValues(via.String()).Inc()
	switch b.inbox.judge(m) {
	case repeated:
	case gap:
		b.metrics.gaps.Inc()
		b.tell(Event{Mark: m.Mark, Resync: true})
	case next:
		b.tell(m.event())
	}
}

func (b *Bus) tell(e Event) { b.metrics.overflows.Add(float64(b.hub.tell(e))) }

// compare looks at the database's own mark. While messages come, one may be on
// its way: only what was not told by the next look is taken as lost.
func (b *Bus) compare(ctx context.Context) {
	tick := time.NewTicker(b.cfg.Check)
	defer tick.Stop()
	for before := Mark(0); ; {
		before = b.look(ctx, before)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look compares once and returns the database's mark. The mark that was heard is
// read first: it was committed before, so a database below it is another one
// than it was, one that was restored.
func (b *Bus) look(ctx context.Context, before Mark) Mark {
	heard := b.hub.told()
	limited, cancel := context.WithTimeout(ctx, max(b.cfg.Check, time.Second))
	defer cancel()
	mark, err := b.cfg.Mark(limited)
	if ctx.Err() != nil {
		return before
	}
	b.status.set(Polling, err)
	if err != nil {
		return before
	}
	switch {
	case mark < heard:
		b.hub.forget(mark)
	case heard < mark && (heard < before || !b.status.connected()):
		b.metrics.missed.Inc()
		b.tell(Event{Mark: mark, Resync: true})
	}
	return mark
}
