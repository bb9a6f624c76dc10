package fetch

import (
	"errors"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// The causes an answer can fail to come for.
var (
	ErrUnauthorised  = errors.New("the key is not accepted")
	ErrNoCredit      = errors.New("the plan's credits are used up")
	ErrForbidden     = errors.New("the source refuses us")
	ErrNotFound      = errors.New("the source has no such thing")
	ErrUnprocessable = errors.New("the source cannot do what is asked")
	ErrRateLimited   = errors.New("the source is asked too often")
	ErrServer        = errors.New("the source's server fails")
	ErrStatus        = errors.New("an answer with an unexpected status")
	ErrTimeout       = errors.New("no whole answer in time")
	ErrTooLarge      = errors.New("the answer is larger than the cap")
	ErrTruncated     = errors.New("the answer is cut short")
	ErrDNS           = errors.New("the host's name is not found")
	ErrTLS           = errors.New("the host cannot prove who it is")
	ErrConnection    = errors.New("the connection fails")
	ErrRedirect      = errors.New("sent elsewhere")
	ErrNotJSON       = errors.New("the answer is not JSON")
	ErrNotHTML       = errors.New("the answer is not a page")
	ErrEncoding      = errors.New("the answer cannot be unpacked")
	ErrBreakerOpen   = errors.New("not asked, since the host keeps failing")
	ErrStopped       = errors.New("not asked, since the source refused us")
)

// cause is what follows from an error: its name in metrics and in status, what
// kind it is to the user, what can be done, and what the client does.
type cause struct {
	err     error
	name    string
	kind    error
	next    string
	again   bool // worth trying again at once
	failure bool // of the host: counts against it
	stops   bool // the source is asked nothing more for a while
}

const wait = "it is asked again at its next turn"

var causes = []cause{
	{err: ErrUnauthorised, name: "unauthorised", kind: mlb.ErrInvalid, stops: true, next: "check the source's key in the settings; a new key is tried at once"},
	{err: ErrNoCredit, name: "no_credit", kind: mlb.ErrUnavailable, stops: true, next: "wait for the plan's next period, or take a larger plan"},
	{err: ErrForbidden, name: "forbidden", kind: mlb.ErrUnavailable, stops: true, next: "read the source's terms: it may not want to be asked by programs"},
	{err: ErrNotFound, name: "not_found", kind: mlb.ErrNotFound, next: "check the day or the game; the source may have moved or no longer keep it"},
	{err: ErrUnprocessable, name: "unprocessable", kind: mlb.ErrInvalid, next: "change what is asked for in the source's settings"},
	{err: ErrRateLimited, name: "rate_limited", kind: mlb.ErrUnavailable, again: true, next: "it is asked again after the wait it wants; a lower rate in the settings avoids it"},
	{err: ErrServer, name: "server", kind: mlb.ErrUnavailable, again: true, failure: true, next: wait},
	{err: ErrStatus, name: "status", kind: mlb.ErrUnavailable, next: "see whether the source has changed its interface"},
	{err: ErrTimeout, name: "timeout", kind: mlb.ErrUnavailable, again: true, failure: true, next: wait},
	{err: ErrTooLarge, name: "too_large", kind: mlb.ErrInvalid, next: "ask for less at once, or see what the source now sends"},
	{err: ErrTruncated, name: "truncated", kind: mlb.ErrUnavailable, again: true, failure: true, next: wait},
	{err: ErrDNS, name: "dns", kind: mlb.ErrUnavailable, again: true, failure: true, next: "check this machine's network and name server"},
	{err: ErrTLS, name: "tls", kind: mlb.ErrUnavailable, failure: true, next: "check this machine's clock and certificates, and what stands between it and the source"},
	{err: ErrConnection, name: "connection", kind: mlb.ErrUnavailable, again: true, failure: true, next: wait},
	{err: ErrRedirect, name: "redirect", kind: mlb.ErrUnavailable, next: "see where the source has moved to: what it serves there is not followed by itself"},
	{err: ErrNotJSON, name: "not_json", kind: mlb.ErrUnavailable, next: "see the page it sends: a notice, a login or a check for robots"},
	{err: ErrNotHTML, name: "not_html", kind: mlb.ErrUnavailable, next: "see whether the source has changed its page"},
	{err: ErrEncoding, name: "encoding", kind: mlb.ErrUnavailable, failure: true, next: "see what stands between this machine and the source"},
	{err: ErrBreakerOpen, name: "breaker_open", kind: mlb.ErrUnavailable, next: "one request tries it again after the pause"},
	{err: ErrStopped, name: "stopped", kind: mlb.ErrUnavailable, next: "one request tries it again after the pause"},
}

// causeOf is what follows from one of the causes; nothing from anything else.
func causeOf(err error) cause {
	for _, c := range causes {
		if c.err == err { //nolint:errorlint // the sentinel itself: a chain may hold two
			return c
		}
	}
	return cause{err: err, name: "other", kind: mlb.ErrUnavailable}
}

// Explained is a cause in words.
type Explained struct{ Name, Sentence, Next string }

// Causes are all causes that an answer can fail to come for.
func Causes() (all []Explained) {
	for _, c := range causes {
		all = append(all, Explained{c.name, c.err.Error(), c.next})
	}
	return all
}

// Error says why there is no answer. It never holds a secret: what came from
// outside is kept as text with the secret taken out, and no error of the
// network is wrapped.
type Error struct {
	Cause        error // one of the causes above
	Source, Feed string
	URL          string        // without secrets
	Status       int           // of the answer; 0 for none
	Detail       string        // what the source or the network said
	After        time.Duration // when it can be asked again; 0: at any time
	Attempts     int
	Because      *Error // what closed the way, where nothing was asked
}

// Error says what failed, why, and what to do.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %v", e.Source, e.Feed, e.Cause)
	if why := e.why(); why != "" {
		text += " (" + why + ")"
	}
	if e.After > 0 {
		text += fmt.Sprintf(", to be asked again in %v", e.After.Round(time.Second))
	}
	return text + ": GET " + e.URL + ": " + e.next()
}

func (e *Error) why() string {
	switch {
	case e.Because != nil:
		if why := e.Because.why(); why != "" {
			return e.Because.Cause.Error() + ": " + why
		}
		return e.Because.Cause.Error()
	case e.Status != 0 && e.Detail != "":
		return fmt.Sprintf("status %d: %s", e.Status, e.Detail)
	case e.Status != 0:
		return fmt.Sprintf("status %d", e.Status)
	default:
		return e.Detail
	}
}

// next is what to do about what began it.
func (e *Error) next() string {
	if e.Because != nil {
		return e.Because.next()
	}
	return causeOf(e.Cause).next
}

// Unwrap gives the cause, its kind, and what closed the way.
func (e *Error) Unwrap() []error {
	all := []error{e.Cause, causeOf(e.Cause).kind}
	if e.Because != nil {
		all = append(all, e.Because)
	}
	return all
}

// answered tells that the source dealt with the request, and refused nothing
// but what was asked for.
func (e *Error) answered() bool { return e.Cause == ErrNotFound || e.Cause == ErrUnprocessable } //nolint:errorlint // the cause itself

// Name is the name of what is wrong, as metrics and status tell it: "timeout",
// or "server" where the breaker is open because of it. It is "" for no error
// and "other" for one that is not of this package.
func Name(err error) string {
	var e *Error
	switch {
	case err == nil:
		return ""
	case !errors.As(err, &e):
		return "other"
	case e.Because != nil:
		return Name(e.Because)
	default:
		return causeOf(e.Cause).name
	}
}
