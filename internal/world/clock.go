package world

import (
	"sync"
	"time"
)

// Clock is a virtual clock: it starts at a moment and runs at a speed, in
// virtual seconds a real second. At speed 0 it only moves when stepped. It is
// safe for use at the same time.
type Clock struct {
	wall func() time.Time

	mu    sync.Mutex
	base  time.Time // virtual, at the real moment since
	since time.Time
	speed float64
}

// NewClock starts a clock. wall tells the real time.
func NewClock(start time.Time, speed float64, wall func() time.Time) *Clock {
	return &Clock{wall: wall, base: start.UTC(), since: wall(), speed: speed}
}

// Now is the virtual moment, UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now(c.wall())
}

func (c *Clock) now(at time.Time) time.Time {
	return c.base.Add(time.Duration(float64(at.Sub(c.since)) * c.speed))
}

// Step moves the clock ahead by d, of virtual time.
func (c *Clock) Step(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base = c.base.Add(d)
}

// SetSpeed makes the clock run at another speed from now on.
func (c *Clock) SetSpeed(speed float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.wall()
	c.base, c.since, c.speed = c.now(at), at, speed
}

// Speed is the virtual seconds a real second.
func (c *Clock) Speed() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.speed
}
