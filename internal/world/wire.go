package world

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"time"
)

// spoil sends what the first fault in force sends instead of the answer, and
// tells whether one did.
func (w *World) spoil(out *reply, q asked) bool {
	for _, f := range q.faults {
		if f.wire() && w.sends(out, f) {
			return true
		}
	}
	return false
}

// statuses are what the faults that are a status say.
var statuses = map[Kind]refusal{
	Unauthorized:        {http.StatusUnauthorized, "INVALID_KEY", "API key is not valid"},
	Forbidden:           {http.StatusForbidden, "", "Access denied"},
	NotFound:            {http.StatusNotFound, "UNKNOWN_SPORT", "Not found"},
	Unprocessable:       {http.StatusUnprocessableEntity, "INVALID_MARKET", "Invalid parameter"},
	RateLimited:         {http.StatusTooManyRequests, "EXCEEDED_FREQ_LIMIT", "Too many requests"},
	RateLimitedSilently: {http.StatusTooManyRequests, "EXCEEDED_FREQ_LIMIT", "Too many requests"},
}

// sends is false where the fault leaves this request alone.
func (w *World) sends(out *reply, f Fault) bool {
	if r, ok := statuses[f.Kind]; ok {
		if f.Kind == RateLimited {
			out.Header().Set("Retry-After", fmt.Sprint(int(f.seconds(30).Seconds())))
		}
		out.refuse(&r)
		return true
	}
	switch f.Kind {
	case ServerErrors:
		return out.storm(f, w.journal.storm(out.exchange.Source))
	case ConnectionReset, DNSFailure:
		out.reset()
	case RedirectLoop:
		out.Header().Set("Location", out.request.URL.RequestURI())
		out.exchange.Complete = true
		out.status(http.StatusFound)
	case HTMLPage:
		out.Header().Set("Content-Type", "text/html; charset=UTF-8")
		out.write(http.StatusOK, []byte(humanPage), nil)
	case GzipBomb:
		out.bomb(f)
	case SlowLoris:
		out.drip(f)
	default:
		return false
	}
	return true
}

// humanPage is what gatekeepers of web sites show to programs.
const humanPage = "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body><h1>Checking that you are human</h1></body></html>\n"

// storm refuses a share of the requests, spread evenly.
func (o *reply) storm(f Fault, n int) bool {
	share := f.Share
	if share == 0 {
		share = 1
	}
	if int(float64(n+1)*share) == int(float64(n)*share) {
		return false
	}
	status := []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable}[n%3]
	o.refuse(&refusal{status, "", http.StatusText(status)})
	return true
}

// reset ends the connection with a RST.
func (o *reply) reset() {
	o.note(o.exchange)
	conn, _, err := http.NewResponseController(o.ResponseWriter).Hijack()
	if err != nil {
		return // the connection is gone already
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) //nolint:errcheck // without it the connection only ends more politely
	}
	_ = conn.Close() // it cannot end more abruptly
}

// left is how much arrives of a body that is cut.
func (f Fault) left(n int) int {
	share := f.Share
	if share == 0 {
		share = 0.5
	}
	return int(share * float64(n))
}

// cutQuietly ends the body itself before it is packed, so that its length
// hides the cut.
func cutQuietly(body []byte, faults []Fault) []byte {
	for _, f := range faults {
		if f.Kind == TruncatedBody && f.Quiet {
			body = body[:f.left(len(body))]
		}
	}
	return body
}

// bombBlock is what one part of a bomb unpacks to.
const bombBlock = 16 << 20

// bomb sends many compressed blocks one after the other, which is one gzip
// stream.
func (o *reply) bomb(f Fault) {
	block, err := bombPart()
	if err != nil {
		return
	}
	o.Header().Set("Content-Type", "application/json")
	o.Header().Set("Content-Encoding", "gzip")
	o.status(http.StatusOK)
	parts := f.Count
	if parts == 0 {
		parts = 64
	}
	for range parts {
		if _, err := o.Write(block); err != nil {
			return
		}
	}
}

func bombPart() ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	for range bombBlock / len(spaces) {
		if _, err := z.Write(spaces); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return b.Bytes(), err
}

// drip sends a byte at a time until the client or the world has had enough.
func (o *reply) drip(f Fault) {
	o.Header().Set("Content-Type", "application/json")
	o.status(http.StatusOK)
	control := http.NewResponseController(o.ResponseWriter)
	tick := time.NewTicker(f.seconds(1))
	defer tick.Stop()
	for {
		if _, err := o.Write([]byte(" ")); err != nil || control.Flush() != nil {
			return
		}
		select {
		case <-tick.C:
		case <-o.request.Context().Done():
			return
		case <-o.done:
			o.reset() // an end that is none
			return
		}
	}
}
