package bus

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// line is a way to other processes: LISTEN and NOTIFY, or Redis. listen and
// send run side by side, each in one goroutine.
type line interface {
	// listen calls up when it hears, and got for each message, until ctx or the
	// connection ends. It returns why.
	listen(ctx context.Context, up func(), got func(payload string)) error
	send(ctx context.Context, payload string) error
	close() // after the last send
}

const (
	firstRest = 50 * time.Millisecond
	longRest  = 2 * time.Second
	sendLimit = time.Second // Redis answers sooner or not at all
)

// way keeps a line connected.
type way struct {
	via  Via
	line line
	bus  *Bus

	mu  sync.Mutex
	cut context.CancelCauseFunc // ends the present connection; nil while there is none
}

// keep listens until ctx ends, again and again, with longer rests the longer
// nothing answers. The rests differ from process to process: they would all come
// back in one moment otherwise.
func (w *way) keep(ctx context.Context) {
	rest := firstRest
	for ctx.Err() == nil {
		heard, err := w.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		w.bus.status.set(w.via, err)
		if heard {
			rest = firstRest
		}
		pause(ctx, rest/2+rand.N(rest/2)) //nolint:gosec // spreads the load, hides nothing
		rest = min(2*rest, longRest)
	}
}

// listen listens once and tells whether it was ever connected.
func (w *way) listen(ctx context.Context) (heard bool, err error) {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	up := make(chan struct{}, 1)
	err = w.line.listen(ctx, func() {
		w.join(cut)
		select {
		case up <- struct{}{}:
		default:
		}
	}, func(payload string) { w.bus.hear(w.via, payload) })
	w.join(nil)
	return len(up) > 0, err
}

func (w *way) join(cut context.CancelCauseFunc) {
	w.mu.Lock()
	w.cut = cut
	w.mu.Unlock()
	if cut != nil {
		w.bus.metrics.connects.WithLabelValues(w.via.String()).Inc()
		w.bus.status.set(w.via, nil)
	}
}

// send tells whether the message went out. A way that fails to send is taken
// down and connected anew.
func (w *way) send(ctx context.Context, payload string) bool {
	if !w.bus.status.up(w.via) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	err := w.line.send(ctx, payload)
	if err == nil {
		return true
	}
	w.bus.status.set(w.via, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut != nil {
		w.cut(errors.Join(errors.New("it does not send"), err))
	}
	return false
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
