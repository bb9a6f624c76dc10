// Package fetch asks sources for their answers, politely: each host at its own
// pace and left alone when it asks for that or keeps failing, a refusal taken
// as one, every answer bounded in time and size, our name told honestly.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Options is what a client is made of. Now and Random have to be given.
type Options struct {
	Version   string // of the program, for the User-Agent
	Now       func() time.Time
	Random    func() float64    // in [0, 1): spreads the waits; safe for concurrent use
	Transport http.RoundTripper // nil: NewTransport without a proxy
	Log       *slog.Logger      // nil: none
	Metrics   prometheus.Registerer
	Policies  map[string]Policy // by source; for those that are not here, and for fields left zero, the defaults
	// Admit is asked before each attempt, further attempts included, once the
	// host may be asked: a governor of credits, or a rate shared by several
	// processes. Its error ends the request and is returned as it is.
	Admit func(context.Context, source.Request) error
}

// Client fetches. It is safe for concurrent use.
type Client struct {
	opt     Options
	agent   string
	http    *http.Client
	metrics *metrics
	sources map[string]*site
}

// site is a source as the client knows it.
type site struct {
	base    *url.URL
	policy  Policy
	host    *host // shared with the others of its host
	halt    halt
	mu      sync.Mutex
	credits source.Credits
	last    error // of the last request; nil after a success
}

// New makes a client for the given sources. A base that is no address, or that
// would send a key over http to another machine, wraps mlb.ErrInvalid.
func New(adapters []source.Adapter, opt Options) (*Client, error) {
	if opt.Transport == nil {
		t, err := NewTransport("")
		if err != nil {
			return nil, err
		}
		opt.Transport = t
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics(opt.Metrics)
	if err != nil {
		return nil, err
	}
	c := &Client{
		opt: opt, metrics: m, sources: map[string]*site{},
		agent: "mlb-betting/" + opt.Version + " (+https://github.com/mlb-betting/mlb-betting)",
		http:  &http.Client{Transport: opt.Transport, CheckRedirect: checkRedirect},
	}
	return c, c.addAll(adapters)
}

func (c *Client) addAll(adapters []source.Adapter) error {
	hosts := map[string]*host{}
	for _, a := range adapters {
		base, err := parseBase(a)
		if err != nil {
			return err
		}
		p := c.opt.Policies[a.Name].withDefaults(a.Rate)
		h := hosts[base.Host]
		if h == nil {
			h = newHost(p, c.metrics, base.Host)
			hosts[base.Host] = h
		}
		h.slower(p)
		c.sources[a.Name] = &site{base: base, policy: p, host: h}
	}
	return nil
}

func parseBase(a source.Adapter) (*url.URL, error) {
	u, err := url.Parse(a.Base)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("%w: the base %q of %s is not a scheme and a host, such as https://api.example.com", mlb.ErrInvalid, a.Base, a.Name)
	}
	if u.Scheme == "http" && a.NeedsKey() && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("%w: the base %q of %s would send its key over the network in the clear: use https", mlb.ErrInvalid, a.Base, a.Name)
	}
	return u, nil
}

// Fetch brings the answer to a request. It waits for the host's turn, tries
// again what may pass (each wait honours Retry-After), and gives up when ctx
// ends. The error is an *Error, ctx's own, or Admit's; an unknown source wraps
// mlb.ErrInvalid.
func (c *Client) Fetch(ctx context.Context, r source.Request) (source.Doc, error) {
	s := c.sources[r.Source]
	if s == nil {
		return source.Doc{}, fmt.Errorf("%w: no source %q is set up", mlb.ErrInvalid, r.Source)
	}
	if want := s.base.Scheme + "://" + s.base.Host; r.Base != want {
		return source.Doc{}, fmt.Errorf("%w: a request of %s to %q: it is at %s", mlb.ErrInvalid, r.Source, r.Base, want)
	}
	doc, err := c.tryAll(ctx, s, r)
	s.note(doc, err)
	return doc, err
}

// tryAll makes attempts until one succeeds or there is to be no other.
func (c *Client) tryAll(ctx context.Context, s *site, r source.Request) (source.Doc, error) {
	for n := 1; ; n++ {
		doc, err := c.once(ctx, s, r)
		if err == nil {
			doc.Attempts = n
			c.metrics.came(doc)
			return doc, nil
		}
		var e *Error
		if !errors.As(err, &e) {
			return source.Doc{}, err
		}
		e.Source, e.Feed, e.URL, e.Attempts = r.Source, r.Feed, r.URL(), n
		c.metrics.failed(r, causeOf(e.Cause).name)
		d, again := s.policy.delay(e, n, c.opt.Random())
		if !again || endsBefore(ctx, c.opt.Now().Add(d)) {
			return source.Doc{}, e
		}
		c.opt.Log.InfoContext(ctx, "asking again", "source", r.Source, "feed", r.Feed, "attempt", n+1, "in", d, "because", causeOf(e.Cause).name)
		if err := sleep(ctx, d); err != nil {
			return source.Doc{}, fmt.Errorf("%s %s: %w", r.Source, r.Feed, err)
		}
	}
}

// endsBefore tells that a context ends before a wait does: what went wrong says
// more than that the time ran out.
func endsBefore(ctx context.Context, at time.Time) bool {
	end, ok := ctx.Deadline()
	return ok && end.Before(at)
}

// once makes one attempt, if the source and its host are to be asked at all.
func (c *Client) once(ctx context.Context, s *site, r source.Request) (source.Doc, error) {
	if e := s.host.closed(c.opt.Now(), s.policy); e != nil {
		return source.Doc{}, e
	}
	if e := s.halt.stopped(r, c.opt.Now()); e != nil {
		return source.Doc{}, e
	}
	if err := s.host.turn(ctx, c.opt.Now); err != nil {
		return source.Doc{}, fmt.Errorf("%s %s: waiting for its turn: %w", r.Source, r.Feed, err)
	}
	if !s.host.breaker.TryAcquirePermit() { // another request is trying the host
		return source.Doc{}, s.host.busy(s.policy)
	}
	if c.opt.Admit != nil {
		if err := c.opt.Admit(ctx, r); err != nil {
			s.host.abandon()
			return source.Doc{}, err
		}
	}
	doc, err := c.attempt(ctx, s.policy, r)
	var e *Error
	if err != nil && !errors.As(err, &e) { // the caller gave up
		s.host.abandon()
		return doc, err
	}
	s.host.settle(e, c.opt.Now())
	s.halt.settle(r, e, s.policy, c.opt.Now())
	because, _ := s.halt.state()
	c.metrics.stop(r.Source, because != nil)
	return doc, err
}

func (s *site) note(d source.Doc, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last = err; d.Credits.Known {
		s.credits = d.Credits
	}
}

// State is how a source stands with the client.
type State struct {
	Source       string
	Stopped      error     // the refusal that it is not asked because of; nil: it is asked
	StoppedUntil time.Time // when one request tries it
	BreakerOpen  bool
	OpenFor      time.Duration // until one request tries the host
	PausedUntil  time.Time     // when the host wants to be asked again; zero, or past: now
	Last         error         // of the last request; nil after a success
	Credits      source.Credits
}

// State is how a source stands. One that is not set up wraps mlb.ErrNotFound.
func (c *Client) State(name string) (State, error) {
	s := c.sources[name]
	if s == nil {
		return State{}, fmt.Errorf("%w: no source %q is set up", mlb.ErrNotFound, name)
	}
	st := State{
		Source: name, BreakerOpen: !s.host.breaker.IsClosed(), OpenFor: s.host.breaker.RemainingDelay(),
		PausedUntil: s.host.pausedUntil(),
	}
	if because, until := s.halt.state(); because != nil {
		st.Stopped, st.StoppedUntil = because, until
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Last, st.Credits = s.last, s.credits
	return st, nil
}

// Resume ends the stop of a source: the operator knows that it will answer.
func (c *Client) Resume(name string) error {
	s := c.sources[name]
	if s == nil {
		return fmt.Errorf("%w: no source %q is set up", mlb.ErrNotFound, name)
	}
	s.halt.resume()
	c.metrics.stop(name, false)
	return nil
}
