package world

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Kind names a fault.
type Kind string

// The faults. Kinds describes each.
const (
	RenamedField         Kind = "renamed-field"
	MissingField         Kind = "missing-field"
	RetypedField         Kind = "retyped-field"
	FrozenFeed           Kind = "frozen-feed"
	ClockSkew            Kind = "clock-skew"
	SwappedTeams         Kind = "swapped-teams"
	SentinelPrices       Kind = "sentinel-prices"
	AveragePrices        Kind = "average-prices"
	DuplicatedBook       Kind = "duplicated-book"
	DoubleheaderMismatch Kind = "doubleheader-mismatch"
	PartialSlate         Kind = "partial-slate"
	TruncatedBody        Kind = "truncated-body"
	GzipBomb             Kind = "gzip-bomb"
	SlowLoris            Kind = "slow-loris"
	Unauthorized         Kind = "unauthorized"
	Forbidden            Kind = "forbidden"
	NotFound             Kind = "not-found"
	Unprocessable        Kind = "unprocessable"
	RateLimited          Kind = "rate-limited"
	RateLimitedSilently  Kind = "rate-limited-silently"
	ServerErrors         Kind = "server-errors"
	DNSFailure           Kind = "dns-failure"
	ConnectionReset      Kind = "connection-reset"
	RedirectLoop         Kind = "redirect-loop"
	HTMLPage             Kind = "html-page"
	StaleTimestamps      Kind = "stale-timestamps"
	FutureTimestamps     Kind = "future-timestamps"
	PostponedGame        Kind = "postponed-game"
	MovedAcrossMidnight  Kind = "moved-across-midnight"
	TeamRenamed          Kind = "team-renamed"
)

// Fault is one fault: of a source and route, in a window of virtual time. Its
// parameters have defaults, which KindInfo tells; a kind passes over those it
// has no use for. Several may be in force at once: each changes what the one
// before it in the list left, and the first that leaves no answer ends it.
type Fault struct {
	Kind    Kind      `json:"kind"`
	Source  Source    `json:"source,omitempty"` // "": all
	Route   string    `json:"route,omitempty"`  // as the journal names it; "": all
	From    time.Time `json:"from,omitzero"`    // zero: from when it is set
	To      time.Time `json:"to,omitzero"`      // the first moment without it; zero: until it is taken away
	Event   int64     `json:"event,omitempty"`  // Action Network's number of the game; 0: the day's first
	Field   string    `json:"field,omitempty"`
	Text    string    `json:"text,omitempty"`
	Seconds float64   `json:"seconds,omitempty"`
	Count   int       `json:"count,omitempty"`
	Share   float64   `json:"share,omitempty"` // of the requests, as a fraction
	Quiet   bool      `json:"quiet,omitempty"`
}

// KindInfo describes a kind of fault.
type KindInfo struct {
	Kind        Kind     `json:"kind"`
	Description string   `json:"description"`
	Parameters  string   `json:"parameters,omitempty"` // with their defaults
	Sources     []Source `json:"sources"`              // on which it shows
	// wire faults spoil the answer; the others change what is in it.
	wire bool
}

// Kinds are all thirty, in the order of their constants.
func Kinds() []KindInfo {
	all, priced := Sources(), []Source{ActionNetwork, OddsAPI}
	stamped := []Source{ActionNetwork, StatsAPI, OddsAPI, SBD}
	return []KindInfo{
		{RenamedField, "a field has another name", "field (the source's price, number of the game, share or table), text (field_v2)", all, false},
		{MissingField, "a field is no longer there", "field (as above)", all, false},
		{RetypedField, "a field holds an object where it held a value", "field (as above)", all, false},
		{FrozenFeed, "every answer is as of the window's start, under the present date", "", all, false},
		{ClockSkew, "the server's clock is wrong: its Date and every time it stamps into bodies", "seconds (600)", all, false},
		{SwappedTeams, "home and away of a game have changed places, its prices have not", "event", all, false},
		{SentinelPrices, "prices are 0, -99999 and 99999 in turn", "count: one of so many (1)", priced, false},
		{AveragePrices, "prices are means of American prices, between -100 and 100", "count: one of so many (1)", priced, false},
		{DuplicatedBook, "a book is listed twice, the second time at other prices", "field: the book (68, draftkings)", priced, false},
		{DoubleheaderMismatch, "a game has a second leg four hours later that no other source knows", "event", all, false},
		{PartialSlate, "only the first games of the slate are listed", "count: how many (half of them)", all, false},
		{TruncatedBody, "the connection ends in the middle of the body", "share: what arrives (0.5); quiet: under a length that hides it", all, true},
		{GzipBomb, "a small compressed body unpacks to gigabytes", "count: of 16 MB (64)", all, true},
		{SlowLoris, "one byte at a time, without end", "seconds: real ones between bytes (1)", all, true},
		{Unauthorized, "401", "", all, true},
		{Forbidden, "403", "", all, true},
		{NotFound, "404", "", all, true},
		{Unprocessable, "422", "", all, true},
		{RateLimited, "429 with Retry-After", "seconds (30)", all, true},
		{RateLimitedSilently, "429 without Retry-After", "", all, true},
		{ServerErrors, "500, 502 and 503 in turn", "share: of the requests (1)", all, true},
		{DNSFailure, "the host's name is not found and open connections break; needs World.DialContext or Dialer", "", all, true},
		{ConnectionReset, "the connection is reset instead of an answer", "", all, true},
		{RedirectLoop, "302 to itself", "", all, true},
		{HTMLPage, "200 with a page that asks whether you are human", "", all, true},
		{StaleTimestamps, "every time stamped into bodies, and Last-Modified, is old", "seconds (21600)", stamped, false},
		{FutureTimestamps, "every time stamped into bodies, and Last-Modified, lies ahead", "seconds (21600)", stamped, false},
		{PostponedGame, "a game is postponed, whatever the season says", "event", all, false},
		{MovedAcrossMidnight, "a game starts at a quarter past midnight in the east, under its old date", "event", stamped, false},
		{TeamRenamed, "a club has another name", "event: whose home club; text (the name and \"BC\")", all, false},
	}
}

func infoOf(k Kind) (KindInfo, bool) {
	all := Kinds()
	i := slices.IndexFunc(all, func(x KindInfo) bool { return x.Kind == k })
	if i < 0 {
		return KindInfo{}, false
	}
	return all[i], true
}

// check refuses a fault that could never show. The error wraps mlb.ErrInvalid.
func (f Fault) check() error {
	info, ok := infoOf(f.Kind)
	switch {
	case !ok:
		return fmt.Errorf("%w: no fault %q: GET /kinds lists them", mlb.ErrInvalid, f.Kind)
	case f.Source != "" && !slices.Contains(info.Sources, f.Source):
		return fmt.Errorf("%w: %s does not show on source %q: want one of %q", mlb.ErrInvalid, f.Kind, f.Source, info.Sources)
	case !f.To.IsZero() && !f.From.Before(f.To):
		return fmt.Errorf("%w: %s from %s to %s is no window", mlb.ErrInvalid, f.Kind, f.From.Format(time.RFC3339), f.To.Format(time.RFC3339))
	case f.Seconds < 0 || f.Count < 0 || f.Share < 0 || f.Share > 1:
		return fmt.Errorf("%w: %s: seconds and count are not negative, share is 0 to 1", mlb.ErrInvalid, f.Kind)
	case f.Route != "" && !hasRoute(f.Source, f.Route):
		return fmt.Errorf("%w: %s: source %q has no route %q", mlb.ErrInvalid, f.Kind, f.Source, f.Route)
	}
	return nil
}

// hasRoute tells whether the source, or any where none is given, has a route.
func hasRoute(s Source, name string) bool {
	for _, one := range Sources() {
		if s != "" && s != one {
			continue
		}
		if slices.ContainsFunc(serverOf(one).routes, func(r route) bool { return r.name == name }) {
			return true
		}
	}
	return false
}

// hits tells whether the fault is in force.
func (f Fault) hits(s Source, route string, at time.Time) bool {
	return (f.Source == "" || f.Source == s) && (f.Route == "" || f.Route == route) &&
		!at.Before(f.From) && (f.To.IsZero() || at.Before(f.To))
}

func (f Fault) wire() bool {
	info, _ := infoOf(f.Kind)
	return info.wire
}

// seconds is the parameter or its default, as a duration.
func (f Fault) seconds(unless float64) time.Duration {
	if f.Seconds > 0 {
		unless = f.Seconds
	}
	return time.Duration(unless * float64(time.Second))
}

// switchboard is which faults are set.
type switchboard struct {
	mu     sync.Mutex
	faults []Fault
}

func (b *switchboard) set(faults []Fault, now time.Time) error {
	faults = slices.Clone(faults)
	for i := range faults {
		if err := faults[i].check(); err != nil {
			return err
		}
		if faults[i].From.IsZero() {
			faults[i].From = now
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = faults
	return nil
}

func (b *switchboard) all() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.faults)
}

// active are the faults in force on a route.
func (b *switchboard) active(s Source, route string, at time.Time) (all []Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		if f.hits(s, route, at) {
			all = append(all, f)
		}
	}
	return all
}

// has tells whether a source, on any route, has a fault of a kind.
func (b *switchboard) has(s Source, k Kind, at time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.faults, func(f Fault) bool { return f.Kind == k && f.hits(s, f.Route, at) })
}

// names are the kinds, for the journal.
func names(faults []Fault) (all []Kind) {
	for _, f := range faults {
		all = append(all, f.Kind)
	}
	return all
}
