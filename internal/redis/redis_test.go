package redis_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/redis"
	"github.com/mlb-betting/mlb-betting/internal/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, cfg redis.Config) *redis.Client {
	t.Helper()
	c, err := redis.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestBadConfigurations(t *testing.T) {
	for _, cfg := range []redis.Config{
		{URL: "http://u:secret@host/0", Namespace: "a"},
		{URL: "redis://u:secret@host:6379/x", Namespace: "a"},
		{URL: "redis://u:sec\x7fret@host", Namespace: "a"},
		{URL: "unix:///nowhere"},
	} {
		cfg.Now = time.Now
		_, err := redis.Open(cfg)
		if !errors.Is(err, mlb.ErrInvalid) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%q: got %v; want ErrInvalid, without the password", cfg.URL, err)
		}
	}
}

var echo = redis.NewScript(`return {KEYS[1], ARGV[1]}`)

// TestDownAtTheStart opens a client to a Redis that is not there yet.
func TestDownAtTheStart(t *testing.T) {
	server := redistest.New(t)
	var mu sync.Mutex
	now := time.Date(2026, 7, 1, 19, 0, 0, 0, time.UTC)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	c := open(t, redis.Config{URL: server.URL(), Namespace: "n", Now: clock})
	if s := c.State(); s.Up || s.Why == "" || !s.Since.Equal(now) {
		t.Errorf("state %+v; want down since now, and why", s)
	}
	if _, err := c.Run(t.Context(), echo, "k", "v"); !errors.Is(err, redis.ErrDown) {
		t.Errorf("got %v; want ErrDown at once", err)
	}
	server.Restart(t)
	if _, err := c.Fields(t.Context(), "k", "f"); !errors.Is(err, redis.ErrDown) {
		t.Errorf("got %v; want ErrDown until its rest is over", err)
	}
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	got, err := c.Run(t.Context(), echo, "k", "v")
	if err != nil || got[0] != "n:k" || got[1] != "v" {
		t.Errorf("got %q, %v; want the namespace before the key", got, err)
	}
	if s := c.State(); !s.Up || s.Why != "" || !s.Since.Equal(now) {
		t.Errorf("state %+v; want up since now", s)
	}
	if got, err := c.Fields(t.Context(), "nothing", "a", "b"); err != nil || len(got) != 2 || got[0] != "" || got[1] != "" {
		t.Errorf("got %q, %v; want two empty fields", got, err)
	}
}

func TestCallerWhoLeavesSaysNothingOfRedis(t *testing.T) {
	c := open(t, redis.Config{URL: redistest.Start(t).URL(), Namespace: "n", Now: time.Now})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Run(ctx, echo, "k", "v"); err == nil {
		t.Error("want an error for a caller who left")
	}
	if s := c.State(); !s.Up {
		t.Errorf("state %+v; want up", s)
	}
}

func TestReceiveEndsWithItsConnection(t *testing.T) {
	server := redistest.Start(t)
	c := open(t, redis.Config{URL: server.URL(), Namespace: "n", Now: time.Now})
	up, got, ended := make(chan struct{}, 1), make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- c.Receive(t.Context(), "c", func() { up <- struct{}{} }, func(m string) { got <- m })
	}()
	<-up
	if err := c.Publish(t.Context(), "c", "hello"); err != nil {
		t.Fatal(err)
	}
	if m := <-got; m != "hello" {
		t.Errorf("got %q", m)
	}
	server.Kill(t)
	if err := <-ended; err == nil {
		t.Error("want why it ended")
	}
	if c.State().Up {
		t.Error("Redis is dead and up")
	}
}
