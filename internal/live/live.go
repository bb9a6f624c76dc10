// Package live holds the market of a day's games in memory, fed with what any
// process commits, and says what the strategies find in it. It is the very
// replay that answers for a past day: fed bit by bit it comes to the same
// state. Whoever only looks at the day's best prices reads the board, which is
// cached.
package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/bus"
	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Config is what a live market is made of.
type Config struct {
	DB     *store.DB
	Bus    *bus.Bus
	Now    func() time.Time
	Day    func(ctx context.Context) (mlb.Date, error) // the day that is of interest now
	Market market.Config
	Detect detect.Config
	// Found is told of opportunities as they are found. Those of a call that
	// fails are told once more later. It is called by one goroutine, which feeds
	// the market too.
	Found func(context.Context, Found) error
	Log   *slog.Logger
}

// Found are opportunities that nobody was told of yet.
type Found struct {
	Detection // of it Taken alone, and what says them
	// First says that the day has just been read for the first time: another
	// process, or this one in a former life, may have told of them.
	First bool
}

// How long the market waits at most before it looks by itself: for the day to
// end, and after a database that did not answer.
const (
	idle  = time.Minute
	retry = time.Second
)

// Market is the market of one day's games.
type Market struct {
	cfg Config
	// What only the goroutine that feeds it knows.
	told  map[string]bool // opportunities of the day, by id
	fresh bool            // nobody was told of the day yet

	mu    sync.Mutex
	day   *day // nil: not read yet
	moved chan struct{}
}

// New is a market that begins to be fed with Run.
func New(cfg Config) *Market { return &Market{cfg: cfg, moved: make(chan struct{})} }

// Run feeds the market until ctx or the bus ends. A database that does not
// answer is asked again: the market stands still meanwhile.
func (m *Market) Run(ctx context.Context) error {
	heard := m.cfg.Bus.Subscribe(16)
	defer heard.Close()
	wake := time.NewTimer(0)
	defer wake.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case _, open := <-heard.C:
			if !open {
				return nil
			}
		case <-wake.C:
		}
		wait, err := m.refresh(ctx)
		if err != nil && ctx.Err() == nil {
			m.cfg.Log.WarnContext(ctx, "the live market stands still", "why", err)
			wait = retry
		}
		wake.Reset(wait)
	}
}

// refresh reads and applies what is new, and returns how long the next refresh
// may wait for an event.
func (m *Market) refresh(ctx context.Context) (wait time.Duration, err error) {
	d, err := m.today(ctx)
	if err != nil {
		return 0, err
	}
	now := m.cfg.Now()
	var n news
	err = m.cfg.DB.Snapshot(ctx, func(db *store.DB) error {
		n, err = d.read(ctx, db)
		return err
	})
	if err != nil {
		return 0, err
	}
	m.mu.Lock()
	d.apply(n, now)
	m.day = d
	close(m.moved)
	m.moved = make(chan struct{})
	m.mu.Unlock()
	if wait = idle; !d.due.IsZero() {
		wait = min(wait, max(d.due.Sub(now), time.Millisecond))
	}
	return wait, m.tell(ctx, d)
}

// today is the present day, or a new one that nothing is known of yet.
func (m *Market) today(ctx context.Context) (*day, error) {
	date, err := m.cfg.Day(ctx)
	if err != nil {
		return nil, err
	}
	if m.day != nil && m.day.date == date {
		return m.day, nil
	}
	m.told, m.fresh = map[string]bool{}, true
	return newDay(date, m.cfg.Market, m.cfg.Detect)
}

// tell tells of the opportunities that nobody was told of.
func (m *Market) tell(ctx context.Context, d *day) error {
	f := Found{Detection: Detection{Games: d.games, Books: d.books}, First: m.fresh}
	for _, j := range d.judged {
		for _, o := range j.taken {
			if !m.told[o.ID()] {
				f.Taken = append(f.Taken, o)
			}
		}
	}
	if len(f.Taken) > 0 {
		sortOpportunities(f.Taken)
		if err := m.cfg.Found(ctx, f); err != nil {
			return err
		}
	}
	m.fresh = false
	for _, o := range f.Taken {
		m.told[o.ID()] = true
	}
	return nil
}

// Detection is what the strategies have said of the day so far.
func (m *Market) Detection() Detection {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day == nil {
		return Detection{}
	}
	return m.day.detection()
}

// Await returns when the market is as of a mark or later.
func (m *Market) Await(ctx context.Context, mark bus.Mark) error {
	for {
		m.mu.Lock()
		there, moved := m.day != nil && bus.Mark(m.day.mark) >= mark, m.moved
		m.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-moved:
		}
	}
}
