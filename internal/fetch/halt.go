package fetch

import (
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// halt is the full stop after a refusal: nothing is asked of the source until a
// pause is over. Then one request tries; the pause doubles where it is refused
// again. A new key is tried at once.
type halt struct {
	mu      sync.Mutex
	because *Error // nil: no stop
	key     string
	until   time.Time
	pause   time.Duration // between the last two tries
}

// stopped is the error of a source that is not to be asked. The one that finds
// the pause over gets nil and is the try: for everyone else it begins anew.
func (h *halt) stopped(r source.Request, now time.Time) *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.because == nil || h.key != r.Secret.Reveal() {
		return nil
	}
	if d := h.until.Sub(now); d > 0 {
		return &Error{Cause: ErrStopped, After: d, Because: h.because}
	}
	h.until = now.Add(h.pause)
	return nil
}

// settle learns from an answer; nil is success.
func (h *halt) settle(r source.Request, e *Error, p Policy, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case e == nil || e.answered():
		h.because, h.pause = nil, 0
	case causeOf(e.Cause).stops:
		h.pause = min(max(p.StopFor, 2*h.pause), p.MaxStop)
		h.because, h.key, h.until = e, r.Secret.Reveal(), now.Add(h.pause)
	}
}

func (h *halt) resume() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.because, h.pause = nil, 0
}

// state is why and until when the source is stopped; nil for not at all.
func (h *halt) state() (because *Error, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.because, h.until
}
