package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Why an attempt's own context ends.
var (
	errHeader = errors.New("no answer began in time")
	errTotal  = errors.New("the answer did not end in time")
)

// attempt sends a request once. The error is an *Error, or the context's where
// the caller gave up.
func (c *Client) attempt(ctx context.Context, p Policy, r source.Request) (source.Doc, error) {
	inner, cancel := context.WithTimeoutCause(ctx, p.Total, errTotal)
	defer cancel()
	inner, stop := context.WithCancelCause(inner)
	defer stop(nil)
	began := c.opt.Now()
	resp, err := c.send(inner, stop, p, r)
	if err != nil {
		return source.Doc{}, failure(ctx, inner, r, err)
	}
	defer resp.Body.Close()
	doc := source.Doc{Source: r.Source, Feed: r.Feed, URL: r.URL(), Status: resp.StatusCode, Attempts: 1}
	if err := c.read(&doc, resp, p, r); err != nil {
		return source.Doc{}, failure(ctx, inner, r, err)
	}
	doc.FetchedAt = c.opt.Now().UTC()
	doc.Took = doc.FetchedAt.Sub(began)
	return doc, nil
}

// send brings the answer's header.
func (c *Client) send(ctx context.Context, stop context.CancelCauseFunc, p Policy, r source.Request) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Address(), http.NoBody)
	if err != nil { // whose text holds the address
		return nil, &Error{Cause: ErrUnprocessable, Detail: "it makes no address"}
	}
	c.setHeader(req.Header, r)
	t := time.AfterFunc(p.Header, func() { stop(errHeader) })
	defer t.Stop()
	return c.http.Do(req)
}

func (c *Client) setHeader(h http.Header, r source.Request) {
	h.Set("User-Agent", c.agent)
	h.Set("Accept-Encoding", "gzip")
	h.Set("Accept", "application/json")
	if r.Wants == source.HTML {
		h.Set("Accept", "text/html")
	}
	for _, p := range r.Header {
		h.Set(p.Name, p.Value)
	}
	if r.ETag != "" {
		h.Set("If-None-Match", r.ETag)
	}
	if r.LastModified != "" {
		h.Set("If-Modified-Since", r.LastModified)
	}
}

// read takes an answer into the document.
func (c *Client) read(doc *source.Doc, resp *http.Response, p Policy, r source.Request) (err error) {
	h := resp.Header
	doc.Validators = source.Validators{ETag: h.Get("ETag"), LastModified: h.Get("Last-Modified")}
	doc.ServerTime, _ = http.ParseTime(h.Get("Date")) // zero where it tells none
	if age, err := strconv.Atoi(h.Get("Age")); err == nil && age > 0 {
		doc.Age = time.Duration(min(age, maxAge)) * time.Second
	}
	doc.Credits = credits(h)
	switch {
	case resp.StatusCode == http.StatusOK:
		if doc.Body, err = body(resp, p.MaxBody); err != nil {
			return err
		}
		return check(r, doc.Body)
	case resp.StatusCode == http.StatusNotModified && r.Validators != source.Validators{}:
		doc.NotModified = true
		return nil
	default:
		return c.refusal(resp, p, r)
	}
}

// maxAge is more than any cache keeps, in seconds: a year.
const maxAge = 365 * 24 * 3600

// credits reads what a plan's source tells with every answer.
func credits(h http.Header) (c source.Credits) {
	remaining, errRemaining := strconv.ParseFloat(h.Get("X-Requests-Remaining"), 64)
	used, errUsed := strconv.ParseFloat(h.Get("X-Requests-Used"), 64)
	if errRemaining != nil || errUsed != nil || !isCount(remaining) || !isCount(used) {
		return c
	}
	c = source.Credits{Known: true, Used: int(used), Remaining: int(remaining)}
	if last, err := strconv.ParseFloat(h.Get("X-Requests-Last"), 64); err == nil && isCount(last) {
		c.Last = int(last)
	}
	return c
}

func isCount(f float64) bool { return f >= 0 && f < 1e12 }

// refusal is an answer that is none.
func (c *Client) refusal(resp *http.Response, p Policy, r source.Request) *Error {
	text := r.Redact(excerpt(resp))
	e := &Error{Status: resp.StatusCode, Cause: statusCause(resp.StatusCode), Detail: message(text)}
	if r.Spent != "" && strings.Contains(text, r.Spent) {
		e.Cause = ErrNoCredit
	}
	if e.Cause == ErrRateLimited || e.Cause == ErrServer { //nolint:errorlint // the cause itself
		e.After = min(retryAfter(resp.Header.Get("Retry-After"), c.opt.Now()), p.MaxPause)
	}
	return e
}

func statusCause(status int) error {
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorised
	case status == http.StatusForbidden || status == http.StatusUnavailableForLegalReasons:
		return ErrForbidden
	case status == http.StatusPaymentRequired:
		return ErrNoCredit
	case status == http.StatusNotFound || status == http.StatusGone:
		return ErrNotFound
	case status == http.StatusRequestTimeout:
		return ErrTimeout
	case status == http.StatusTooManyRequests:
		return ErrRateLimited
	case status >= 300 && status < 400 && status != http.StatusNotModified:
		return ErrRedirect
	case status >= 400 && status < 500:
		return ErrUnprocessable
	case status >= 500:
		return ErrServer
	default:
		return ErrStatus
	}
}

// retryAfter reads seconds or an HTTP date, 0 for neither or one that is past.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if s, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}

// redirectError refuses to follow.
type redirectError struct{ detail string }

// Error is where it would have led.
func (e *redirectError) Error() string { return e.detail }

const maxRedirects = 3

// checkRedirect follows a few redirects within a host. One to another host
// would leave what the operator has agreed to, and could take the key along.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	switch {
	case req.URL.Host != first.Host || req.URL.Scheme != first.Scheme:
		return &redirectError{"to " + source.Shown(req.URL.Scheme+"://"+req.URL.Host)}
	case len(via) > maxRedirects:
		return &redirectError{"more than " + strconv.Itoa(maxRedirects) + " times"}
	}
	req.Header.Del("Referer") // which holds the whole address
	return nil
}

// failure names the cause of an error of the network. Of its text only what
// cannot hold the address is kept.
func failure(caller, inner context.Context, r source.Request, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	if caller.Err() != nil {
		return fmt.Errorf("%s %s: %w", r.Source, r.Feed, caller.Err())
	}
	if why := context.Cause(inner); errors.Is(why, errHeader) || errors.Is(why, errTotal) {
		return &Error{Cause: ErrTimeout, Detail: why.Error()}
	}
	cause := networkCause(err)
	return &Error{Cause: cause, Detail: source.Shown(r.Redact(innermost(err)))}
}

func networkCause(err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, new(*redirectError)):
		return ErrRedirect
	case errors.As(err, new(*net.DNSError)):
		return ErrDNS
	case errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(x509.UnknownAuthorityError)),
		errors.As(err, new(tls.RecordHeaderError)), errors.As(err, new(tls.AlertError)):
		return ErrTLS
	case errors.As(err, &timeout) && timeout.Timeout():
		return ErrTimeout
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ErrTruncated
	default:
		return ErrConnection
	}
}

// innermost is what the network says without the address that was asked.
func innermost(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}
