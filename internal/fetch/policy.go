package fetch

import (
	"cmp"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Policy is how a source is asked. Fields left zero take the default.
type Policy struct {
	Rate          source.Rate   // of the host; default: the adapter's
	Total         time.Duration // for one attempt, to the last byte; 20 s
	Header        time.Duration // for one attempt, to the answer's header; 10 s
	MaxBody       int64         // bytes, packed and unpacked; source.MaxBody
	Attempts      int           // for one answer; 4
	FirstDelay    time.Duration // before the second attempt; doubles from there; 500 ms
	MaxDelay      time.Duration // between two attempts; 8 s
	MaxRetryAfter time.Duration // of a wait the source asks for that is waited for here; beyond it the error says how long; 1 min
	MaxPause      time.Duration // that any wait the source asks for is believed; 1 h
	Failures      uint          // in a row that open the breaker; 5
	OpenFor       time.Duration // until one request tries the host again; 30 s
	StopFor       time.Duration // after a refusal, until one request tries the source again; doubles to MaxStop; 30 min
	MaxStop       time.Duration // 6 h
}

func (p Policy) withDefaults(r source.Rate) Policy {
	p.Rate.Every = cmp.Or(p.Rate.Every, r.Every, time.Second)
	p.Rate.Burst = cmp.Or(p.Rate.Burst, r.Burst, 1)
	p.Total = cmp.Or(p.Total, 20*time.Second)
	p.Header = cmp.Or(p.Header, 10*time.Second)
	p.MaxBody = cmp.Or(p.MaxBody, source.MaxBody)
	p.Attempts = cmp.Or(p.Attempts, 4)
	p.FirstDelay = cmp.Or(p.FirstDelay, 500*time.Millisecond)
	p.MaxDelay = cmp.Or(p.MaxDelay, 8*time.Second)
	p.MaxRetryAfter = cmp.Or(p.MaxRetryAfter, time.Minute)
	p.MaxPause = cmp.Or(p.MaxPause, time.Hour)
	p.Failures = cmp.Or(p.Failures, 5)
	p.OpenFor = cmp.Or(p.OpenFor, 30*time.Second)
	p.StopFor = cmp.Or(p.StopFor, 30*time.Minute)
	p.MaxStop = cmp.Or(p.MaxStop, 6*time.Hour)
	return p
}

// delay is how long to wait after the nth attempt, and false where there is to
// be no other. random is in [0, 1).
func (p Policy) delay(e *Error, n int, random float64) (time.Duration, bool) {
	if n >= p.Attempts || !causeOf(e.Cause).again || e.After > p.MaxRetryAfter {
		return 0, false
	}
	if e.After > 0 { // never sooner than asked
		return e.After + jitter(p.FirstDelay, random), true
	}
	d := p.MaxDelay
	if n < 32 && p.FirstDelay<<(n-1) > 0 {
		d = min(d, p.FirstDelay<<(n-1))
	}
	return d/2 + jitter(d/2, random), true
}

func jitter(most time.Duration, random float64) time.Duration {
	return time.Duration(float64(most) * random)
}
