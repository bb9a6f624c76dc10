package sourcetest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// world is a server with the source's part, in memory, and a client.
type world struct {
	adapter source.Adapter
	c       Case
	request source.Request
	client  *fetch.Client
	log     *logged
	server  *stage
}

// stage is what the server does next, and how often it was asked.
type stage struct {
	mu    sync.Mutex
	serve http.HandlerFunc
	asked atomic.Int32
	agent atomic.Value
}

// ServeHTTP does what the test put on.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	s.agent.Store(r.UserAgent())
	s.mu.Lock()
	serve := s.serve
	s.mu.Unlock()
	serve(w, r)
}

func (s *stage) put(f http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serve = f
}

// Now is when the suite fetches. A case's games have not begun then, and
// nothing in its body is newer.
var Now = time.Date(2026, 7, 16, 20, 15, 0, 0, time.UTC)

// maxBody is the cap of the tests, above every case's body.
const maxBody = 1 << 20

func newWorld(t *testing.T, a source.Adapter, c Case) world {
	t.Helper()
	time.Sleep(time.Until(Now)) // of the bubble, which begins in 2000
	a.Base = "http://127.0.0.1:1"
	w := world{adapter: a, c: c, server: &stage{}, log: &logged{}}
	w.request = requests(t, a, c)[0]
	pipe := newPipe()
	srv := &http.Server{Handler: w.server, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(pipe) }()
	transport, err := fetch.NewTransport("")
	must(t, err)
	transport.DialContext = pipe.dial
	w.client, err = fetch.New([]source.Adapter{a}, fetch.Options{
		Version: "test", Now: time.Now, //nolint:forbidigo // the clock of the bubble
		Random: func() float64 { return 0.5 }, Transport: transport,
		Log:      slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Policies: map[string]fetch.Policy{a.Name: {MaxBody: maxBody, StopFor: time.Minute}},
	})
	must(t, err)
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = srv.Close()
		noKey(t, w.log.String(), "")
	})
	return w
}

func (w world) fetch(t *testing.T) (source.Doc, error) {
	t.Helper()
	d, err := w.client.Fetch(t.Context(), w.request)
	if agent, _ := w.server.agent.Load().(string); agent != "" && agent != "mlb-betting/test (+https://github.com/mlb-betting/mlb-betting)" {
		t.Errorf("the User-Agent is %q", agent)
	}
	return d, err
}

// answer makes the server send a body.
func (w world) answer(t *testing.T, body string) {
	t.Helper()
	w.server.put(func(out http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("apiKey"); w.adapter.NeedsKey() && got != key.Reveal() {
			t.Errorf("the server got the key %q", got)
		}
		fmt.Fprint(out, body)
	})
}

func (w world) serveConditional() {
	const etag, modified = `W/"v1"`, "Thu, 16 Jul 2026 20:00:00 GMT"
	w.server.put(func(out http.ResponseWriter, r *http.Request) {
		out.Header().Set("ETag", etag)
		out.Header().Set("Last-Modified", modified)
		if r.Header.Get("If-None-Match") == etag && r.Header.Get("If-Modified-Since") == modified {
			out.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(out, w.c.Body)
	})
}

// noKey tells that neither a text nor a dump of a value shows the key.
func noKey(t *testing.T, text string, value any) {
	t.Helper()
	asJSON, _ := json.Marshal(value)
	for _, shown := range []string{text, fmt.Sprintf("%+v %#v %s %q", value, value, value, value), string(asJSON)} {
		for _, k := range []string{key.Reveal(), url.QueryEscape(key.Reveal()), "5ecre7"} {
			if strings.Contains(shown, k) {
				t.Errorf("the key is shown in %s", shown)
			}
		}
	}
}

// logged is what the client logs.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write never fails.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all of it.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// pipe is a network of one listener, in memory: what waits on it waits on the
// bubble's clock.
type pipe struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipe() *pipe { return &pipe{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipe) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close ends the network.
func (p *pipe) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

// Addr is no address.
func (p *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }
