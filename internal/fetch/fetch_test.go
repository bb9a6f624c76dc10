package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// trip is a network that is a function.
type trip func(*http.Request) (*http.Response, error)

// RoundTrip calls it.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func says(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}
}

// adapter is a source at a base that needs a key.
func adapter(name, base string) source.Adapter {
	return source.Adapter{
		Name: name, Title: name, Base: base, KeyParam: "k", Spent: "EMPTY", Rate: source.Rate{Every: time.Second, Burst: 10},
		Feeds: []source.Feed{{Name: "f", Requests: func(source.Ask) ([]source.Request, error) { return []source.Request{{Path: "/x"}}, nil }}},
	}
}

func ask(t *testing.T, a source.Adapter, key string) source.Request {
	t.Helper()
	all, err := a.Requests("f", source.Ask{Key: source.NewSecret(key)})
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func client(t *testing.T, opt Options, adapters ...source.Adapter) *Client {
	t.Helper()
	opt.Now, opt.Random = time.Now, func() float64 { return 0 }
	c, err := New(adapters, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const base = "https://x.example"

// What the plan says, when it was, and how old it is come with the document.
func TestDocument(t *testing.T) {
	a, reg := adapter("s", base), prometheus.NewPedanticRegistry()
	c := client(t, Options{Metrics: reg, Transport: trip(func(*http.Request) (*http.Response, error) {
		return says(200, "{}", "X-Requests-Remaining", "491.0", "X-Requests-Used", "9", "X-Requests-Last", "3",
			"Date", "Thu, 16 Jul 2026 20:00:00 GMT", "Age", "12"), nil
	})}, a)
	d, err := c.Fetch(t.Context(), ask(t, a, "v"))
	if err != nil {
		t.Fatal(err)
	}
	if d.Credits != (source.Credits{Known: true, Used: 9, Remaining: 491, Last: 3}) || d.Age != 12*time.Second ||
		!d.ServerTime.Equal(time.Date(2026, 7, 16, 20, 0, 0, 0, time.UTC)) || d.FetchedAt.Location() != time.UTC {
		t.Errorf("got %+v", d)
	}
	if st, err := c.State("s"); err != nil || st.Credits != d.Credits || st.Last != nil {
		t.Errorf("state %+v, %v", st, err)
	}
	for name, want := range map[string]float64{"requests_total": 1, "bytes_total": 2, "credits_remaining": 491, "credits_used": 9, "source_stopped": 0} {
		if got := metric(t, reg, "mlb_fetch_"+name); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if n, err := testutil.GatherAndCount(reg, "mlb_fetch_duration_seconds"); err != nil || n != 1 {
		t.Errorf("%d durations, %v", n, err)
	}
	if _, err := New([]source.Adapter{a}, Options{Metrics: reg}); err == nil {
		t.Error("the metrics are registered twice")
	}
}

// metric is the sum over a metric's labels.
func metric(t *testing.T, reg prometheus.Gatherer, name string) (sum float64) {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

func TestCredits(t *testing.T) {
	told := http.Header{"X-Requests-Remaining": {"498.0"}, "X-Requests-Used": {"2.0"}, "X-Requests-Last": {"1"}}
	if c := credits(told); c != (source.Credits{Known: true, Used: 2, Remaining: 498, Last: 1}) {
		t.Errorf("counts with a fraction of nothing: %+v", c)
	}
	for _, h := range [][2]string{{"", "9"}, {"9", ""}, {"x", "9"}, {"-1", "9"}, {"NaN", "9"}, {"1e99", "9"}} {
		if c := credits(http.Header{"X-Requests-Remaining": {h[0]}, "X-Requests-Used": {h[1]}, "X-Requests-Last": {"7"}}); c != (source.Credits{}) {
			t.Errorf("%q: %+v, want none known", h, c)
		}
	}
}

// Each status has one cause.
func TestStatuses(t *testing.T) {
	for status, want := range map[int]error{
		201: ErrStatus, 206: ErrStatus, 304: ErrStatus, 301: ErrRedirect, 400: ErrUnprocessable, 401: ErrUnauthorised, 402: ErrNoCredit,
		403: ErrForbidden, 404: ErrNotFound, 408: ErrTimeout, 410: ErrNotFound, 422: ErrUnprocessable, 429: ErrRateLimited,
		451: ErrForbidden, 500: ErrServer, 503: ErrServer, 599: ErrServer,
	} {
		a := adapter("s", base)
		c := client(t, Options{
			Policies:  map[string]Policy{"s": {Attempts: 1}},
			Transport: trip(func(*http.Request) (*http.Response, error) { return says(status, "no JSON"), nil }),
		}, a)
		_, err := c.Fetch(t.Context(), ask(t, a, "v"))
		if !errors.Is(err, want) || !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
	}
}

// A key out of credit is told from one that is wrong.
func TestOutOfCredit(t *testing.T) {
	a := adapter("s", base)
	c := client(t, Options{Transport: trip(func(*http.Request) (*http.Response, error) {
		return says(401, `{"message":"Quota of v3ry-s3cret reached","error_code":"EMPTY"}`), nil
	})}, a)
	_, err := c.Fetch(t.Context(), ask(t, a, "v3ry-s3cret"))
	if !errors.Is(err, ErrNoCredit) || errors.Is(err, ErrUnauthorised) || Name(err) != "no_credit" {
		t.Errorf("got %v", err)
	}
	want := `s f: the plan's credits are used up (status 401: Quota of [secret] reached [EMPTY]): GET https://x.example/x: ` +
		`wait for the plan's next period, or take a larger plan`
	if err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// A network error holds the address with the key: none of it comes through.
func TestNetworkErrors(t *testing.T) {
	for name, c := range map[string]struct{ err, want error }{
		"dns":         {&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x.example"}}, ErrDNS},
		"dns timeout": {&net.DNSError{IsTimeout: true}, ErrDNS},
		"dial":        {&net.OpError{Op: "dial", Err: errors.New("refused for k=v3ry-s3cret")}, ErrConnection},
		"timeout":     {&net.DNSError{}, ErrDNS},
		"cut header":  {io.ErrUnexpectedEOF, ErrTruncated},
		"slow dial":   {&net.OpError{Op: "dial", Err: late{}}, ErrTimeout},
	} {
		a := adapter("s", base)
		cl := client(t, Options{
			Policies:  map[string]Policy{"s": {Attempts: 1}},
			Transport: trip(func(*http.Request) (*http.Response, error) { return nil, c.err }),
		}, a)
		_, err := cl.Fetch(t.Context(), ask(t, a, "v3ry-s3cret"))
		if !errors.Is(err, c.want) || !errors.Is(err, mlb.ErrUnavailable) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if all := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(all, "s3cret") {
			t.Errorf("%s: the key is in %s", name, all)
		}
		for inner := err; inner != nil; inner = errors.Unwrap(inner) {
			if strings.Contains(inner.Error(), "s3cret") {
				t.Errorf("%s: the key is in the chain: %v", name, inner)
			}
		}
	}
}

type late struct{}

func (late) Error() string   { return "late" }
func (late) Timeout() bool   { return true }
func (late) Temporary() bool { return true }

// On a real socket: a certificate nobody knows, and a connection reset.
func TestRealSockets(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = nil
	reset := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[")
		_ = conn.(*net.TCPConn).SetLinger(0) // what follows is a reset
		conn.Close()
	}))
	defer reset.Close()
	for base, want := range map[string][]error{secure.URL: {ErrTLS}, reset.URL: {ErrConnection, ErrTruncated}} {
		a := adapter("s", base)
		c := client(t, Options{Policies: map[string]Policy{"s": {Attempts: 1}}}, a)
		_, err := c.Fetch(t.Context(), ask(t, a, "v"))
		if !slices.ContainsFunc(want, func(w error) bool { return errors.Is(err, w) }) {
			t.Errorf("%s: %v, want %v", base, err, want)
		}
	}
}

// A redirect within the host is followed, without telling it the key again.
func TestRedirectWithinHost(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/x" {
			http.Redirect(w, r, "/y", http.StatusMovedPermanently)
			return
		}
		if r.Referer() != "" || r.URL.RawQuery != "" || r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("referer %q, query %q", r.Referer(), r.URL.RawQuery)
		}
		fmt.Fprint(w, "[]")
	}))
	defer srv.Close()
	a := adapter("s", srv.URL)
	if d, err := client(t, Options{}, a).Fetch(t.Context(), ask(t, a, "v")); err != nil || string(d.Body) != "[]" {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestStopsAndResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, reg, asked := adapter("s", base), prometheus.NewPedanticRegistry(), 0
		c := client(t, Options{Metrics: reg, Transport: trip(func(r *http.Request) (*http.Response, error) {
			if asked++; r.URL.Query().Get("k") == "new" {
				return says(200, "[]"), nil
			}
			return says(401, ""), nil
		})}, a)
		old := ask(t, a, "old")
		for _, step := range []struct {
			after time.Duration
			want  int // requests by then
		}{{0, 1}, {29 * time.Minute, 1}, {time.Minute, 2}, {59 * time.Minute, 2}, {time.Minute, 3}, {2 * time.Hour, 4}, {4 * time.Hour, 5}, {6 * time.Hour, 6}} {
			time.Sleep(step.after)
			_, err := c.Fetch(t.Context(), old)
			if !errors.Is(err, ErrUnauthorised) || Name(err) != "unauthorised" || asked != step.want {
				t.Fatalf("after %v more: %v, asked %d times; want %d", step.after, err, asked, step.want)
			}
		}
		st, err := c.State("s")
		if err != nil || !errors.Is(st.Stopped, ErrUnauthorised) || time.Until(st.StoppedUntil) != 6*time.Hour || !errors.Is(st.Last, ErrUnauthorised) {
			t.Errorf("state %+v, %v", st, err)
		}
		if got := metric(t, reg, "mlb_fetch_source_stopped"); got != 1 {
			t.Errorf("stopped is %v", got)
		}
		if err := c.Resume("s"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Fetch(t.Context(), old); errors.Is(err, ErrStopped) || asked != 7 {
			t.Errorf("resumed: %v, asked %d times", err, asked)
		}
		if _, err := c.Fetch(t.Context(), ask(t, a, "new")); err != nil { // is tried at once
			t.Error(err)
		}
		if st, _ := c.State("s"); st.Stopped != nil {
			t.Errorf("still stopped: %+v", st)
		}
	})
}

// The plan's wait holds for every source of the host, and for its length only.
func TestPauseIsTheHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, asked := adapter("a", base), adapter("b", base), 0
		c := client(t, Options{Transport: trip(func(*http.Request) (*http.Response, error) {
			if asked++; asked == 1 {
				return says(503, "", "Retry-After", "90"), nil
			}
			return says(200, "[]"), nil
		})}, a, b)
		_, err := c.Fetch(t.Context(), ask(t, a, "v"))
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrServer) || e.After != 90*time.Second || !strings.Contains(err.Error(), "again in 1m30s") {
			t.Fatalf("got %v", err)
		}
		if _, err := c.Fetch(t.Context(), ask(t, b, "v")); !errors.Is(err, ErrRateLimited) || asked != 1 {
			t.Errorf("the other source: %v, asked %d times", err, asked)
		}
		if st, _ := c.State("b"); time.Until(st.PausedUntil) != 90*time.Second {
			t.Errorf("paused until %v", st.PausedUntil)
		}
		began := time.Now()
		time.Sleep(40 * time.Second) // a wait that is left is waited for
		if d, err := c.Fetch(t.Context(), ask(t, b, "v")); err != nil || d.FetchedAt.Sub(began) != 90*time.Second {
			t.Errorf("fetched after %v, %v", d.FetchedAt.Sub(began), err)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := adapter("a", base), adapter("b", base)
		b.Rate = source.Rate{Every: 3 * time.Second, Burst: 2} // the slower one counts
		c := client(t, Options{Transport: trip(func(*http.Request) (*http.Response, error) { return says(200, "[]"), nil })}, a, b)
		began := time.Now()
		for range 5 {
			if _, err := c.Fetch(t.Context(), ask(t, a, "v")); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began).Round(time.Millisecond); took != 9*time.Second {
			t.Errorf("five requests took %v, want 9s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Fetch(ctx, ask(t, b, "v")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}

// A caller that gives up is no failure of the host.
func TestCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := adapter("s", base)
		hang := true
		c := client(t, Options{Policies: map[string]Policy{"s": {Failures: 1}}, Transport: trip(func(r *http.Request) (*http.Response, error) {
			if !hang {
				return nil, errors.New("down")
			}
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}, a)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Fetch(ctx, ask(t, a, "v"))
		if st, _ := c.State("s"); !errors.Is(err, context.DeadlineExceeded) || st.BreakerOpen || Name(err) != "other" {
			t.Errorf("got %v, %+v", err, st)
		}
		hang = false
		soon, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer stop()
		if _, err := c.Fetch(soon, ask(t, a, "v")); !errors.Is(err, ErrConnection) { // not the context's end
			t.Errorf("got %v", err)
		}
		hang = true
		time.Sleep(30 * time.Second) // the one that tries the host gives up: it is still open
		again, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		_, err = c.Fetch(again, ask(t, a, "v"))
		if st, _ := c.State("s"); !errors.Is(err, context.DeadlineExceeded) || !st.BreakerOpen {
			t.Errorf("got %v, %+v", err, st)
		}
	})
}

// While one request tries a host that failed, the others are not sent.
func TestOneTriesTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := adapter("s", base)
		var asked atomic.Int32
		reg := prometheus.NewPedanticRegistry()
		c := client(t, Options{Metrics: reg, Policies: map[string]Policy{"s": {Failures: 1}}, Transport: trip(func(*http.Request) (*http.Response, error) {
			if asked.Add(1) == 1 {
				return says(500, ""), nil
			}
			time.Sleep(time.Second)
			return says(200, "[]"), nil
		})}, a)
		_, err := c.Fetch(t.Context(), ask(t, a, "v"))
		if !errors.Is(err, ErrBreakerOpen) || !errors.Is(err, ErrServer) || Name(err) != "server" || metric(t, reg, "mlb_fetch_breaker_open") != 1 {
			t.Errorf("got %v", err)
		}
		time.Sleep(30 * time.Second)
		results := make(chan error)
		for range 3 {
			go func() {
				_, err := c.Fetch(t.Context(), ask(t, a, "v"))
				results <- err
			}()
		}
		failed := 0
		for range 3 {
			if errors.Is(<-results, ErrBreakerOpen) {
				failed++
			}
		}
		if failed != 2 || asked.Load() != 2 || metric(t, reg, "mlb_fetch_breaker_open") != 0 {
			t.Errorf("%d not sent, asked %d times; want 2, 2", failed, asked.Load())
		}
	})
}

// Admit is asked before each attempt and has the last word.
func TestAdmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, full := adapter("s", base), errors.New("the plan is spoken for")
		left := 2
		c := client(t, Options{
			Transport: trip(func(*http.Request) (*http.Response, error) { return says(500, ""), nil }),
			Admit: func(_ context.Context, r source.Request) error {
				if left--; left < 0 || r.Source != "s" {
					return full
				}
				return nil
			},
		}, a)
		if _, err := c.Fetch(t.Context(), ask(t, a, "v")); err != full { //nolint:errorlint // as it is
			t.Errorf("got %v, want Admit's error", err)
		}
	})
}

func TestBadSetUp(t *testing.T) {
	for _, bad := range []string{"", "x.example", "ftp://x.example", "https://x.example/path", "https://x.example?q", "http://x.example", "http://%zz"} {
		if _, err := New([]source.Adapter{adapter("s", bad)}, Options{}); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("base %q: %v, want ErrInvalid", bad, err)
		}
	}
	for _, good := range []string{"http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1", base} {
		if _, err := New([]source.Adapter{adapter("s", good)}, Options{}); err != nil {
			t.Errorf("base %q: %v", good, err)
		}
	}
	if _, err := NewTransport("no proxy"); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("a proxy that is none: %v", err)
	}
	t.Setenv("HTTPS_PROXY", "http://proxy.example:1")
	if tr, err := NewTransport(""); err != nil || tr.Proxy != nil {
		t.Errorf("the environment's proxy is used: %v", err)
	}
	tr, err := NewTransport("http://proxy.example:1")
	if err != nil {
		t.Fatal(err)
	}
	if u, err := tr.Proxy(&http.Request{}); err != nil || u.Host != "proxy.example:1" {
		t.Errorf("proxy %v, %v", u, err)
	}
	a := adapter("s", base)
	c := client(t, Options{}, a)
	other, moved := ask(t, a, "v"), ask(t, a, "v")
	other.Source, moved.Base = "t", "https://evil.example"
	for _, r := range []source.Request{other, moved} {
		if _, err := c.Fetch(t.Context(), r); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", r.URL(), err)
		}
	}
	if _, err := c.State("t"); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("state of an unknown source: %v", err)
	}
	if err := c.Resume("t"); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("resume of an unknown source: %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 7, 16, 20, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-7": 0, "1.5": 0, "soon": 0, "99999999999": 0,
		"Thu, 16 Jul 2026 20:00:09 GMT": 9 * time.Second, "Thu, 16 Jul 2026 19:00:00 GMT": 0,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// Waits grow, never pass the cap, and never end sooner than the source asked.
func TestDelay(t *testing.T) {
	p := Policy{}.withDefaults(source.Rate{})
	rapid.Check(t, func(t *rapid.T) {
		e := &Error{Cause: rapid.SampledFrom(causes).Draw(t, "cause").err, After: time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "after"))}
		n, random := rapid.IntRange(1, 100).Draw(t, "n"), rapid.Float64Range(0, 0.999).Draw(t, "random")
		d, again := p.delay(e, n, random)
		switch {
		case !again:
			if n < p.Attempts && causeOf(e.Cause).again && e.After <= p.MaxRetryAfter {
				t.Errorf("gives up on %v", e)
			}
		case n >= p.Attempts || !causeOf(e.Cause).again:
			t.Errorf("tries %v again after %d", e, n)
		case d < e.After || d < p.FirstDelay/2 && e.After == 0 || d > max(p.MaxDelay, e.After+p.FirstDelay):
			t.Errorf("waits %v for %v", d, e)
		}
	})
}

// Every cause can be told by name, and says what to do.
func TestCauses(t *testing.T) {
	names := map[string]bool{}
	for _, c := range causes {
		if c.name == "" || c.next == "" || c.kind == nil || names[c.name] {
			t.Errorf("%v: %+v", c.err, c)
		}
		names[c.name] = true
		if err := error(&Error{Cause: c.err}); !errors.Is(err, c.err) || !errors.Is(err, c.kind) || Name(err) != c.name {
			t.Errorf("%v is named %q", err, Name(err))
		}
	}
	if Name(nil) != "" || Name(io.EOF) != "other" || Name(&Error{Cause: io.EOF}) != "other" {
		t.Error("what is not ours has a name")
	}
	because := &Error{Cause: ErrForbidden, Status: 403}
	if got := (&Error{Cause: ErrStopped, Because: because}).Error(); !strings.Contains(got, "the source refuses us: status 403") {
		t.Errorf("got %s", got)
	}
	if got := (&Error{Cause: ErrStopped, Because: &Error{Cause: ErrForbidden}}).why(); got != ErrForbidden.Error() {
		t.Errorf("got %s", got)
	}
}

func FuzzBody(f *testing.F) {
	f.Add("", []byte("[]"), int64(10))
	f.Add("gzip", []byte("\x1f\x8b\x08\x00"), int64(10))
	f.Add("br", []byte("x"), int64(10))
	f.Fuzz(func(t *testing.T, encoding string, sent []byte, limit int64) {
		limit = 1 + max(0, limit%1000)
		resp := says(200, string(sent), "Content-Encoding", encoding)
		defer resp.Body.Close()
		got, err := body(resp, limit)
		if int64(len(got)) > limit || err != nil && got != nil {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
}

func FuzzMessage(f *testing.F) {
	for _, s := range []string{"", `{"message":"no"}`, `{"message":7}`, `{"message":"` + strings.Repeat("é", 400) + `","error_code":"X"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := message(text); len(got) > 2000 || strings.Contains(got, "\x00") {
			t.Errorf("%q", got)
		}
	})
}
