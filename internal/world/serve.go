package world

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// asked is one request on its way to its answer.
type asked struct {
	source Source
	route  route
	args   []string
	values url.Values
	at     time.Time // now
	asOf   time.Time // the moment that the body shows
	faults []Fault   // in force
}

// handler answers as a source does.
func (w *World) handler(s Source) http.Handler {
	server := serverOf(s)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		q := asked{source: s, values: r.URL.Query(), at: w.moment()}
		var known bool
		q.route, q.args, known = server.find(r.URL.Path)
		q.faults = w.board.active(s, q.route.name, q.at)
		q.asOf = asOf(q.at, q.faults).Truncate(max(q.route.every, time.Second))
		e := &Exchange{At: q.at, AsOf: q.asOf, Source: s, Route: q.route.name, Target: targetOf(r.URL), Faults: names(q.faults), faults: q.faults}
		e.N = w.journal.begin()
		rw.Header().Set("Date", q.at.Add(skew(q.faults)).UTC().Format(http.TimeFormat))
		rw.Header().Set("World-Exchange", fmt.Sprint(e.N))
		rw.Header().Set("World-At", q.at.Format(time.RFC3339))
		out := &reply{ResponseWriter: rw, request: r, exchange: e, done: w.done, note: w.journal.put}
		if !w.spoil(out, q) {
			w.respond(out, q, known && r.Method == http.MethodGet)
		}
		w.journal.put(e)
	})
}

// asOf is the moment that bodies show: now, or when the feed froze.
func asOf(at time.Time, faults []Fault) time.Time {
	for _, f := range faults {
		if f.Kind == FrozenFeed {
			return f.From
		}
	}
	return at
}

// targetOf is a request's path and query without its key.
func targetOf(u *url.URL) string {
	v := u.Query()
	v.Del("apiKey")
	if len(v) == 0 {
		return u.Path
	}
	return u.Path + "?" + v.Encode()
}

// respond sends the answer, or the source's refusal.
func (w *World) respond(out *reply, q asked, known bool) {
	key := q.values.Get("apiKey")
	v, err := version{}, refuse(http.StatusNotFound, "", "Not found")
	if known {
		err = nil
		if q.source == OddsAPI {
			err = w.credits.admit(q.route.name, q.values, q.at)
		}
	}
	if err == nil {
		v, err = w.bodies.get(q, func() (answer, error) { return w.render(q) })
	}
	if q.source == OddsAPI {
		w.credits.charge(out.Header(), key, v.cost, q.at)
	}
	if err != nil {
		r := asRefusal(err)
		w.opts.Log.Info("refused", "source", q.source, "target", out.exchange.Target, "status", r.status, "err", err)
		out.refuse(r)
		return
	}
	out.send(v, q)
}

// render makes a body with the faults in force worked into it. It is a
// function of the season, the request, the moment and the faults alone.
func (w *World) render(q asked) (a answer, err error) {
	ask := question{at: q.asOf, args: q.args, values: q.values}
	a, recorded := w.opts.Recorded.answer(q.source, q.route.name, ask)
	if !recorded {
		if a, err = q.route.render(w.slates, ask); err != nil {
			return a, err
		}
	}
	if recorded && q.source == VSiN {
		a.body = changeText(a.body, q.faults)
	} else {
		a, err = w.slates.change(q.source, ask, a, q.faults)
	}
	a.body = cutQuietly(a.body, q.faults)
	return a, err
}

// version is a body as it is kept for the next who asks.
type version struct {
	answer
	hash    string // SHA-256, hexadecimal
	zipped  []byte
	changed time.Time // when another body stood here before
}

// cache keeps the last body of each request. Whoever asks for one that is
// being made waits for it.
type cache struct {
	mu      sync.Mutex
	entries map[string]*cached
}

type cached struct {
	mu     sync.Mutex
	key    string // the moment and the faults
	last   version
	filled bool
}

// maxCached bounds the requests whose bodies are kept; all go when there are
// more.
const maxCached = 128

func (c *cache) entry(name string) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) > maxCached || c.entries == nil {
		c.entries = map[string]*cached{}
	}
	if c.entries[name] == nil {
		c.entries[name] = &cached{}
	}
	return c.entries[name]
}

// get is the body of a request, made by f where it is not at hand.
func (c *cache) get(q asked, f func() (answer, error)) (version, error) {
	values := url.Values{}
	for k, v := range q.values {
		if k != "apiKey" {
			values[k] = v
		}
	}
	e := c.entry(fmt.Sprintf("%s %s %q %s", q.source, q.route.name, q.args, values.Encode()))
	e.mu.Lock()
	defer e.mu.Unlock()
	key := fmt.Sprintf("%d %v", q.asOf.Unix(), q.faults)
	if e.filled && e.key == key {
		return e.last, nil
	}
	a, err := f()
	if err != nil {
		return version{}, err
	}
	v := version{answer: a, hash: hashOf(a.body), changed: q.at}
	if v.zipped, err = zip(a.body); err != nil {
		return version{}, err
	}
	if e.filled && e.last.hash == v.hash {
		v.changed = e.last.changed
	}
	e.key, e.last, e.filled = key, v, true
	return v, nil
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func zip(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if _, err := z.Write(body); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return b.Bytes(), nil
}

// reply is a response whose end the journal learns of.
type reply struct {
	http.ResponseWriter
	request  *http.Request
	exchange *Exchange
	done     <-chan struct{}
	note     func(*Exchange)
}

// send answers 200, or 304 where the client has the body.
func (o *reply) send(v version, q asked) {
	if o.fresh(v, q) {
		o.exchange.Complete = true
		o.exchange.SHA256 = v.hash
		o.status(http.StatusNotModified)
		return
	}
	body := v.body
	h := o.Header()
	h.Set("Content-Type", v.contentType)
	h.Set("Vary", "Accept-Encoding")
	if strings.Contains(o.request.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = v.zipped
	}
	o.exchange.SHA256, o.exchange.Bytes = v.hash, len(v.body)
	o.write(http.StatusOK, body, q.faults)
}

// fresh sets the validators and tells whether the client has this version.
func (o *reply) fresh(v version, q asked) bool {
	switch serverOf(q.source).validator {
	case etag:
		tag := `W/"` + v.hash[:16] + `"`
		o.Header().Set("ETag", tag)
		if age(q.faults) != 0 {
			o.Header().Set("Last-Modified", v.changed.Add(age(q.faults)).Format(http.TimeFormat))
		}
		return o.request.Header.Get("If-None-Match") == tag
	case lastModified:
		changed := v.changed.Add(age(q.faults)).Truncate(time.Second)
		o.Header().Set("Last-Modified", changed.Format(http.TimeFormat))
		since, err := http.ParseTime(o.request.Header.Get("If-Modified-Since"))
		return err == nil && !changed.After(since)
	case noValidator:
	}
	return false
}

// write sends a body, cut short where a fault says so.
func (o *reply) write(status int, body []byte, faults []Fault) {
	sent := body
	for _, f := range faults {
		if f.Kind == TruncatedBody && !f.Quiet {
			sent = sent[:f.left(len(sent))]
			o.Header().Set("Connection", "close")
		}
	}
	o.Header().Set("Content-Length", fmt.Sprint(len(body)))
	o.exchange.Complete = len(sent) == len(body)
	o.status(status)
	if _, err := o.Write(sent); err != nil {
		o.exchange.Complete = false
	}
}

func (o *reply) status(code int) {
	o.exchange.Status = code
	o.note(o.exchange)
	o.WriteHeader(code)
}

// refuse answers as the source does where there is no data.
func (o *reply) refuse(r *refusal) {
	a := r.words(o.exchange.Source, o.exchange.At)
	o.Header().Set("Content-Type", a.contentType)
	o.exchange.SHA256, o.exchange.Bytes = hashOf(a.body), len(a.body)
	o.write(r.status, a.body, nil)
}
