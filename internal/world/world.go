package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// Options say which world to make.
type Options struct {
	Season simulator.Config
	Start  time.Time // virtual; zero: ten in the morning in the east on the season's first day
	Speed  float64   // virtual seconds a real second; 0: only when stepped
	// Listen is the control's address on loopback; the sources take the ports
	// after it. Port 0, the default, gives each any free one.
	Listen string
	Real   func() time.Time // tells the real time
	// Keys are those of The Odds API; nil: one, "rehearsal", of 20,000 credits
	// that may ask for the past.
	Keys map[string]Plan
	// Exhausted is the status of The Odds API without credits; 0 is its own, 401.
	Exhausted int
	Faults    []Fault
	Recorded  *Recording   // nil: all is simulated
	Out       io.Writer    // Run prints the addresses on it; nil: nowhere
	Log       *slog.Logger // nil: nothing is logged
}

// maxSpeed is a day a second.
const maxSpeed = 86_400

// DefaultKey is the key of The Odds API where Options names none.
const DefaultKey = "rehearsal"

func (o *Options) check() error {
	switch {
	case o.Real == nil:
		return fmt.Errorf("%w: world: Options.Real must tell the real time", mlb.ErrInvalid)
	case !(o.Speed >= 0 && o.Speed <= maxSpeed):
		return fmt.Errorf("%w: speed %v: want from 0 to %d virtual seconds a second", mlb.ErrInvalid, o.Speed, maxSpeed)
	case o.Exhausted != 0 && o.Exhausted != http.StatusUnauthorized && o.Exhausted != http.StatusTooManyRequests:
		return fmt.Errorf("%w: status %d without credits: want 401 or 429", mlb.ErrInvalid, o.Exhausted)
	}
	if o.Keys == nil {
		o.Keys = map[string]Plan{DefaultKey: {Credits: 20_000, Historical: true}}
	}
	o.Exhausted = cmp.Or(o.Exhausted, http.StatusUnauthorized)
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:0")
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}

// World is the outside world, being served. Its methods may be used at the
// same time.
type World struct {
	opts    Options
	slates  *slates
	clock   *Clock
	board   switchboard
	journal journal
	credits *credits
	bodies  cache

	control string // host:port
	addrs   map[Source]string
	done    chan struct{} // closed when the world ends
	ending  sync.Once
	servers []*http.Server
	serving errgroup.Group
}

// New makes a world and serves it until Close. The error wraps mlb.ErrInvalid
// where the options make no world.
func New(ctx context.Context, o Options) (*World, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	s, err := newSlates(o.Season)
	if err != nil {
		return nil, err
	}
	if o.Start.IsZero() {
		first := s.season.Days()[0]
		o.Start = time.Date(first.Year, first.Month, first.Day, 10, 0, 0, 0, s.eastern)
	}
	w := &World{opts: o, slates: s, clock: NewClock(o.Start, o.Speed, o.Real), credits: newCredits(&o), addrs: map[Source]string{}, done: make(chan struct{})}
	if err := w.SetFaults(o.Faults); err != nil {
		return nil, err
	}
	if err := w.listen(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// listen takes a port for the control and one for each source.
func (w *World) listen(ctx context.Context) (err error) {
	host, port, err := net.SplitHostPort(w.opts.Listen)
	if err != nil {
		return fmt.Errorf("%w: listen on %q: %w", mlb.ErrInvalid, w.opts.Listen, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%w: listen on %q: the rehearsal is for this machine only: want a loopback address", mlb.ErrInvalid, w.opts.Listen)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return fmt.Errorf("%w: listen on %q: %w", mlb.ErrInvalid, w.opts.Listen, err)
	}
	next := func() string {
		at := net.JoinHostPort(host, strconv.FormatUint(n, 10))
		if n > 0 {
			n++
		}
		return at
	}
	if w.control, err = w.serve(ctx, next(), w.controls()); err != nil {
		return err
	}
	for _, s := range Sources() {
		if w.addrs[s], err = w.serve(ctx, next(), w.handler(s)); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) serve(ctx context.Context, addr string, h http.Handler) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return "", fmt.Errorf("world: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(w.opts.Log.Handler(), slog.LevelWarn)}
	w.servers = append(w.servers, server)
	w.serving.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("world: %w", err)
		}
		return nil
	})
	return l.Addr().String(), nil
}

// Close ends every answer and connection, and returns when all is over.
func (w *World) Close() error {
	w.ending.Do(func() {
		close(w.done)
		for _, s := range w.servers {
			_ = s.Close() // the listener's error is Serve's too
		}
	})
	return w.serving.Wait()
}

// URL is where a source is served: "http://127.0.0.1:9401".
func (w *World) URL(s Source) string { return "http://" + w.addrs[s] }

// Control is where the control is served.
func (w *World) Control() string { return "http://" + w.control }

// Clock is the world's.
func (w *World) Clock() *Clock { return w.clock }

// SetFaults puts these faults in the place of those before. One without a
// beginning begins now. The error wraps mlb.ErrInvalid, and then nothing
// changes.
func (w *World) SetFaults(faults []Fault) error { return w.board.set(faults, w.moment()) }

// Faults are those set, in force or not.
func (w *World) Faults() []Fault { return w.board.all() }

// moment is now, as a whole virtual second.
func (w *World) moment() time.Time { return w.clock.Now().Truncate(time.Second) }

// Run makes a world, prints its addresses and serves it until ctx ends.
func Run(ctx context.Context, o Options) error {
	w, err := New(ctx, o)
	if err != nil {
		return err
	}
	w.print()
	<-ctx.Done()
	return w.Close()
}

func (w *World) print() {
	out := w.opts.Out
	fmt.Fprintf(out, "SYNTHETIC world of season %d, seed %d, at %s, %v virtual seconds a second\n",
		w.opts.Season.Season, w.opts.Season.Seed, w.clock.Now().Format(time.RFC3339), w.clock.Speed())
	fmt.Fprintf(out, "%-14s %s\n", "control", w.Control())
	for _, s := range Sources() {
		fmt.Fprintf(out, "%-14s %s\n", s, w.URL(s))
	}
}
