// Package redis is the platform's one door to Redis. Redis is a help, never a
// need: it holds nothing that PostgreSQL does not hold too, every answer comes
// soon or not at all, and while it is down callers are told so at once, without
// waiting for it each time.
package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/rueidis"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// ErrDown reports that Redis failed a moment ago and is not asked again yet.
var ErrDown = errors.New("redis is down")

const (
	patience  = 500 * time.Millisecond // how long one answer may take
	firstRest = 100 * time.Millisecond // from one failure to the next question
	longRest  = 2 * time.Second
)

// Config says which Redis, and whose part of it.
type Config struct {
	URL       string           // redis://, rediss:// or unix:///path/to/socket
	Namespace string           // before every key and channel: two databases may share one Redis, never their data
	Now       func() time.Time // the clock
}

// Client is a connection to Redis, or the lack of one. It is safe for use by
// many goroutines.
type Client struct {
	conn   rueidis.Client
	prefix string
	now    func() time.Time

	mu      sync.Mutex
	why     error     // why it is down; nil: it is up
	since   time.Time // when it went up or down
	rest    time.Duration
	askNext time.Time // when it may be asked again
}

// State is whether Redis answers, since when, and why not.
type State struct {
	Up    bool
	Since time.Time
	Why   string
}

// errURL hides the parser's own message, which may quote the password.
var errURL = fmt.Errorf("%w: REDIS_URL is not an address of the form redis://host:6379/0, rediss://... or unix:///path", mlb.ErrInvalid)

// Open reads the configuration and tries to connect. A Redis that does not
// answer is no error: it is asked again when it is needed.
func Open(cfg Config) (*Client, error) {
	opt, err := rueidis.ParseURL(cfg.URL)
	if err != nil {
		return nil, errURL
	}
	if cfg.Namespace == "" {
		return nil, fmt.Errorf("%w: Redis needs a namespace, so that two databases do not read each other's boards", mlb.ErrInvalid)
	}
	opt.ForceSingleClient = true // also makes the client outlive a Redis that is down at the start
	opt.DisableRetry = true      // who asks decides what to do without an answer
	opt.DisableCache = true
	opt.PipelineMultiplex = -1 // one connection
	opt.ReadBufferEachConn, opt.WriteBufferEachConn = 64<<10, 64<<10
	opt.Dialer.Timeout = patience
	opt.Dialer.KeepAlive = time.Second // also how often an idle connection is asked for a sign of life
	opt.ConnWriteTimeout = time.Second
	opt.ClientName = "mlb-betting"
	conn, err := rueidis.NewClient(opt)
	if conn == nil {
		return nil, fmt.Errorf("open Redis: %w", err)
	}
	c := &Client{conn: conn, prefix: cfg.Namespace + ":", now: cfg.Now, since: cfg.Now()}
	c.note(err)
	return c, nil
}

// Close ends the connection and everything that waits for it.
func (c *Client) Close() { c.conn.Close() }

// State tells whether Redis answered when it was last asked.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{Up: c.why == nil, Since: c.since}
	if c.why != nil {
		s.Why = c.why.Error()
	}
	return s
}

// Publish sends a message to whoever listens to the channel at this moment.
func (c *Client) Publish(ctx context.Context, channel, message string) error {
	cmd := c.conn.B().Publish().Channel(c.prefix + channel).Message(message).Build()
	return c.ask(ctx, func(ctx context.Context) error { return c.conn.Do(ctx, cmd).Error() })
}

// Receive listens to a channel until ctx ends or the connection does, and
// returns why. It calls up when Redis has confirmed, and got for each message,
// one at a time; neither may wait for anything.
func (c *Client) Receive(ctx context.Context, channel string, up func(), got func(message string)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hooked := rueidis.WithOnSubscriptionHook(ctx, func(s rueidis.PubSubSubscription) {
		if s.Kind == "subscribe" {
			c.note(nil)
			up()
		}
	})
	cmd := c.conn.B().Subscribe().Channel(c.prefix + channel).Build()
	err := c.conn.Receive(hooked, cmd, func(m rueidis.PubSubMessage) { got(m.Message) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		err = errors.New("the server ended the subscription")
	}
	c.note(err)
	return fmt.Errorf("listen to Redis: %w", err)
}

// Fields reads fields of a hash; a field that is not there is "". While Redis
// is down the error is ErrDown, at once.
func (c *Client) Fields(ctx context.Context, key string, fields ...string) ([]string, error) {
	if err := c.resting(); err != nil {
		return nil, err
	}
	var got []string
	cmd := c.conn.B().Hmget().Key(c.prefix + key).Field(fields...).Build()
	err := c.ask(ctx, func(ctx context.Context) (err error) {
		got, err = c.conn.Do(ctx, cmd).AsStrSlice()
		return err
	})
	return got, err
}

// Script is a Lua program that Redis runs as one step. It works on one key and
// returns an array of strings.
type Script struct{ lua *rueidis.Lua }

// NewScript is a script of that text.
func NewScript(text string) Script { return Script{rueidis.NewLuaScript(text)} }

// Run runs a script. While Redis is down the error is ErrDown, at once.
func (c *Client) Run(ctx context.Context, s Script, key string, args ...string) ([]string, error) {
	if err := c.resting(); err != nil {
		return nil, err
	}
	var got []string
	err := c.ask(ctx, func(ctx context.Context) (err error) {
		got, err = s.lua.Exec(ctx, c.conn, []string{c.prefix + key}, args).AsStrSlice()
		return err
	})
	return got, err
}

// ask puts one question with a limit of time, and remembers how it went. A
// caller who went away says nothing of Redis.
func (c *Client) ask(ctx context.Context, f func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := f(limited)
	if err == nil {
		c.note(nil)
		return nil
	}
	if ctx.Err() == nil {
		c.note(err)
	}
	return fmt.Errorf("ask Redis: %w", err)
}

// resting tells that Redis is down and not to be asked yet. When its rest is
// over, one caller goes to see and the others keep on resting.
func (c *Client) resting() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil {
		return nil
	}
	if now := c.now(); !now.Before(c.askNext) {
		c.askNext = now.Add(c.rest)
		return nil
	}
	return fmt.Errorf("%w since %s: %w", ErrDown, c.since.UTC().Format(time.TimeOnly), c.why)
}

// note remembers how the last question went.
func (c *Client) note(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if (err == nil) != (c.why == nil) {
		c.since = now
	}
	c.why = err
	if err == nil {
		c.rest = 0
		return
	}
	c.why = errors.New(strings.TrimSpace(err.Error())) // the text alone: it may hold on to the connection
	c.rest = min(max(2*c.rest, firstRest), longRest)
	c.askNext = now.Add(c.rest)
}
