package fetch

import (
	"context"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"golang.org/x/time/rate"
)

// host is what all sources behind one host share: how often it is asked, when
// it wants to be left alone, and whether it works.
type host struct {
	limiter *rate.Limiter
	breaker circuitbreaker.CircuitBreaker[any]

	mu     sync.Mutex
	paused time.Time // until when it asked to be left alone
	last   *Error    // the failure that counted last
}

func newHost(p Policy, m *metrics, name string) *host {
	return &host{
		limiter: rate.NewLimiter(rate.Every(p.Rate.Every), p.Rate.Burst),
		breaker: circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(p.Failures).
			WithSuccessThreshold(1).
			WithDelay(p.OpenFor).
			OnStateChanged(func(e circuitbreaker.StateChangedEvent) { m.breaker(name, e.NewState != circuitbreaker.ClosedState) }).
			Build(),
	}
}

// slower makes the host's pace that of its most careful source.
func (h *host) slower(p Policy) {
	h.limiter.SetLimit(min(h.limiter.Limit(), rate.Every(p.Rate.Every)))
	h.limiter.SetBurst(min(h.limiter.Burst(), p.Rate.Burst))
}

// closed is the error of a host that is not to be asked now: it keeps failing,
// or wants to be left alone for longer than we wait.
func (h *host) closed(now time.Time, p Policy) *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d := h.breaker.RemainingDelay(); d > 0 {
		return &Error{Cause: ErrBreakerOpen, After: d, Because: h.last}
	}
	if d := h.paused.Sub(now); d > p.MaxRetryAfter {
		return &Error{Cause: ErrRateLimited, After: d, Detail: "it asked for the wait itself"}
	}
	return nil
}

// turn waits until the host may be asked.
func (h *host) turn(ctx context.Context, now func() time.Time) error {
	h.mu.Lock()
	paused := h.paused
	h.mu.Unlock()
	if err := sleep(ctx, paused.Sub(now())); err != nil {
		return err
	}
	at := now()
	r := h.limiter.ReserveN(at, 1)
	if err := sleep(ctx, r.DelayFrom(at)); err != nil {
		r.CancelAt(now())
		return err
	}
	return nil
}

// settle learns from an attempt that was made; nil is success.
func (h *host) settle(e *Error, now time.Time) {
	if e == nil || !causeOf(e.Cause).failure {
		h.breaker.RecordSuccess() // whatever it said, it answered
	} else {
		h.mu.Lock()
		h.last = e
		h.mu.Unlock()
		h.breaker.RecordFailure()
	}
	if e != nil && e.After > 0 {
		h.mu.Lock()
		h.paused = now.Add(e.After)
		h.mu.Unlock()
	}
}

// abandon gives back the permit of an attempt that was not made, or that the
// caller gave up. A breaker that was trying the host has learnt nothing, and
// stays open.
func (h *host) abandon() {
	if h.breaker.IsHalfOpen() {
		h.breaker.RecordFailure()
	}
}

func (h *host) pausedUntil() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.paused
}

// sleep waits, or returns the error of a context that ends before.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// busy is the error while one request tries a host that was failing.
func (h *host) busy(p Policy) *Error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return &Error{Cause: ErrBreakerOpen, After: max(h.breaker.RemainingDelay(), p.FirstDelay), Because: h.last}
}
