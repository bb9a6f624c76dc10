package sourcetest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/fetch"
)

// fault is something a server does instead of answering.
type fault struct {
	name  string
	check func(*testing.T, world)
}

// faults are the same for every adapter. Where a fault passes, so does the
// error.
var faults = []fault{
	{"401", refused(http.StatusUnauthorized, fetch.ErrUnauthorised)},
	{"403", refused(http.StatusForbidden, fetch.ErrForbidden)},
	{"404", fails(1, fetch.ErrNotFound, status(http.StatusNotFound))},
	{"422", unprocessable},
	{"429", fails(4, fetch.ErrRateLimited, status(http.StatusTooManyRequests))},
	{"429 with seconds", waits(7*time.Second, func(time.Time) string { return "7" })},
	{"429 with a date", waits(8*time.Second, func(now time.Time) string { return now.Add(8 * time.Second).UTC().Format(http.TimeFormat) })},
	{"429 for too long", fails(1, fetch.ErrRateLimited, limited("3600"))},
	{"500 then success", recovers},
	{"500 storm", storm},
	{"timeout", fails(4, fetch.ErrTimeout, hang)},
	{"slow body", fails(4, fetch.ErrTimeout, drip)},
	{"reset", fails(4, fetch.ErrConnection, hangUp)},
	{"truncated body", cutShort(func(w world) http.HandlerFunc { return half(w.c.Body, true) }, fetch.ErrTruncated)},
	{"nothing", fails(4, fetch.ErrTruncated, func(http.ResponseWriter, *http.Request) {})},
	{"gzip", packed},
	{"truncated gzip", fails(4, fetch.ErrTruncated, zipped(zip(strings.Repeat("0", 1000))[:20]))},
	{"gzip bomb", fails(1, fetch.ErrTooLarge, zipped(zip(strings.Repeat("0", 50*maxBody))))},
	{"not gzip", fails(1, fetch.ErrEncoding, zipped([]byte("these are not gzip's bytes")))},
	{"size cap", fails(1, fetch.ErrTooLarge, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxBody+1)) })},
	{"another type of body", wrongType},
	{"redirect loop", fails(4, fetch.ErrRedirect, loop)},
	{"redirect to another host", fails(1, fetch.ErrRedirect, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.2:1/?"+r.URL.RawQuery, http.StatusFound)
	})},
	{"key told back", fails(1, fetch.ErrUnprocessable, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"message":"what is %s %s"}`, r.URL.Query().Get("apiKey"), r.URL.RawQuery)
	})},
}

// fails checks the error of a server that always does the same, and how often
// it is asked for one document.
func fails(asked int32, want error, serve http.HandlerFunc) func(*testing.T, world) {
	return func(t *testing.T, w world) {
		w.server.put(serve)
		_, err := w.fetch(t)
		checkError(t, err, want)
		if n := w.server.asked.Load(); n != asked {
			t.Errorf("asked %d times, want %d", n, asked)
		}
	}
}

func cutShort(serve func(world) http.HandlerFunc, want error) func(*testing.T, world) {
	return func(t *testing.T, w world) { fails(4, want, serve(w))(t, w) }
}

// refused is a refusal: the source is left alone, by its other requests too,
// until the pause is over.
func refused(code int, want error) func(*testing.T, world) {
	return func(t *testing.T, w world) {
		w.server.put(status(code))
		_, err := w.fetch(t)
		checkError(t, err, want)
		_, err = w.fetch(t)
		checkError(t, err, fetch.ErrStopped)
		checkError(t, err, want)
		if n := w.server.asked.Load(); n != 1 {
			t.Errorf("asked %d times after a refusal, want once", n)
		}
		w.answer(t, w.c.Body)
		time.Sleep(time.Minute) // of the bubble
		if _, err := w.fetch(t); err != nil {
			t.Errorf("once the source accepts us again: %v", err)
		}
	}
}

func unprocessable(t *testing.T, w world) {
	w.server.put(func(out http.ResponseWriter, _ *http.Request) {
		out.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(out, `{"message":"Invalid markets: first_inning","error_code":"INVALID_MARKET"}`)
	})
	_, err := w.fetch(t)
	checkError(t, err, fetch.ErrUnprocessable)
	if err != nil && !strings.Contains(err.Error(), "Invalid markets: first_inning") {
		t.Errorf("%v does not say what the source said", err)
	}
}

// waits is a server that asks for a pause, then answers.
func waits(want time.Duration, header func(time.Time) string) func(*testing.T, world) {
	return func(t *testing.T, w world) {
		began := time.Now() //nolint:forbidigo // the clock of the bubble
		w.server.put(func(out http.ResponseWriter, r *http.Request) {
			if w.server.asked.Load() > 1 {
				fmt.Fprint(out, w.c.Body)
				return
			}
			limited(header(began))(out, r)
		})
		d, err := w.fetch(t)
		must(t, err)
		if took := d.FetchedAt.Sub(began); d.Attempts != 2 || took < want || took > want+w.adapter.Rate.Every+time.Second {
			t.Errorf("%d attempts in %v, want 2 in %v", d.Attempts, took, want)
		}
	}
}

func recovers(t *testing.T, w world) {
	w.server.put(func(out http.ResponseWriter, _ *http.Request) {
		if w.server.asked.Load() < 3 {
			out.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprint(out, w.c.Body)
	})
	if d, err := w.fetch(t); err != nil || d.Attempts != 3 {
		t.Errorf("%d attempts, %v; want 3", d.Attempts, err)
	}
}

// storm opens the breaker, which closes by itself.
func storm(t *testing.T, w world) {
	w.server.put(status(http.StatusInternalServerError))
	_, err := w.fetch(t)
	checkError(t, err, fetch.ErrServer)
	_, err = w.fetch(t)
	checkError(t, err, fetch.ErrServer) // what opened it
	checkError(t, err, fetch.ErrBreakerOpen)
	if n := w.server.asked.Load(); n != 5 {
		t.Errorf("asked %d times, want 5 until the breaker opens", n)
	}
	w.answer(t, w.c.Body)
	time.Sleep(30 * time.Second) // of the bubble
	if _, err := w.fetch(t); err != nil {
		t.Errorf("after the storm: %v", err)
	}
}

func packed(t *testing.T, w world) {
	w.server.put(zipped(zip(w.c.Body)))
	if d, err := w.fetch(t); err != nil || string(d.Body) != w.c.Body {
		t.Errorf("%d bytes, %v; want the %d of the body unpacked", len(d.Body), err, len(w.c.Body))
	}
}

func wrongType(t *testing.T, w world) {
	body, want := "<!doctype html><title>Just a moment</title>", fetch.ErrNotJSON
	if strings.HasPrefix(strings.TrimSpace(w.c.Body), "<") {
		body, want = `{"message":"moved"}`, fetch.ErrNotHTML
	}
	fails(1, want, func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, body) })(t, w)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func limited(retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", retryAfter)
		w.WriteHeader(http.StatusTooManyRequests)
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// drip sends a byte now and then.
func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, " "); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(time.Second):
		}
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = c.Close()
	}
}

// half sends the first half of a body and hangs up.
func half(body string, declared bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if declared {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		}
		_, _ = io.WriteString(w, body[:len(body)/2])
	}
}

func loop(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.String(), http.StatusFound)
}

func zipped(b []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b)
	}
}

// zip packs; writing to memory does not fail.
func zip(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.Bytes()
}
