package source

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Doc is one answer of a source, as received. Which requests bring it and
// which formats read it is said by its feed.
type Doc struct {
	Source, Feed string
	URL          string        // what was asked for, without its secrets
	FetchedAt    time.Time     // of the last byte, UTC, by our clock
	Took         time.Duration // from the first byte sent to the last received, of the attempt that succeeded
	Attempts     int           // 1, or more where it was tried again
	Status       int           // 200 or 304
	NotModified  bool          // 304: Body is empty, what these Validators came with still holds
	Validators
	ServerTime time.Time     // the server's clock as it answered (header Date); zero: not told
	Age        time.Duration // how long a cache on the way has kept it (header Age); 0: not told
	Body       []byte        // unpacked
	Credits    Credits
}

// Validators let a server say that nothing has changed since an earlier
// answer; those it did not give are empty.
type Validators struct {
	ETag         string
	LastModified string
}

// Credits is what a source with a plan says of it.
type Credits struct {
	Known     bool // it told; without it the others mean nothing
	Used      int  // in this period
	Remaining int  // in this period
	Last      int  // of this request
}

// Kind is what a feed brings.
type Kind uint8

// The kinds of feed.
const (
	Odds Kind = iota + 1
	Results
	Splits
	Directory
)

var kindNames = [...]string{Odds: "odds", Results: "results", Splits: "splits", Directory: "directory"}

// String is the kind's name as the CLI and the JSON print it.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return ""
	}
	return kindNames[k]
}

// Content is the type that a body must have.
type Content uint8

// The types of body.
const (
	JSON Content = iota
	HTML
)

// Param is a parameter of a query, or a header.
type Param struct{ Name, Value string }

// Request is one answer to ask for. What may be shown of it is URL; the secret
// stands apart and goes out only with the request itself.
type Request struct {
	Source, Feed string
	Base         string // "https://api.the-odds-api.com"
	Path         string // "/v4/sports/baseball_mlb/odds", escaped
	Query        []Param
	Header       []Param
	Wants        Content
	Ref          string   // the source's own name of the one game it is about; "" for all of them
	Credits      int      // what it costs of the plan; 0 for nothing
	Spent        string   // what a refusal holds where the plan is used up; "" where there is no plan
	SecretName   string   // of the query's parameter
	Secret       Secret   // its value
	Validators            // of the answer held; empty: the whole answer is wanted
	From         mlb.Date // the day asked for
}

// URL is the address without the secret.
func (r Request) URL() string {
	if len(r.Query) == 0 {
		return r.Base + r.Path
	}
	return r.Base + r.Path + "?" + encode(r.Query)
}

// Address is the address to send the request to: secret included, never to be
// shown or wrapped in an error.
func (r Request) Address() string {
	if !r.Secret.IsSet() {
		return r.URL()
	}
	query := append(slices.Clone(r.Query), Param{r.SecretName, r.Secret.Reveal()})
	return r.Base + r.Path + "?" + encode(query)
}

// encode keeps the order of a query, and the commas and colons in it as sources
// document their addresses.
func encode(query []Param) string {
	plain := strings.NewReplacer("%2C", ",", "%3A", ":")
	parts := make([]string, len(query))
	for i, p := range query {
		parts[i] = url.QueryEscape(p.Name) + "=" + plain.Replace(url.QueryEscape(p.Value))
	}
	return strings.Join(parts, "&")
}

// Redact takes the secret out of a text that came from outside.
func (r Request) Redact(text string) string {
	if !r.Secret.IsSet() {
		return text
	}
	s := r.Secret.Reveal()
	return strings.NewReplacer(s, hidden, url.QueryEscape(s), hidden, url.PathEscape(s), hidden).Replace(text)
}

// Ask is what a collector wants of a feed.
type Ask struct {
	Date  mlb.Date  // the day of the games, US Eastern
	At    time.Time // the moment to show, for feeds of the past; zero: now
	Games []Listed  // the known games, for feeds that are asked game by game
	Key   Secret    // for sources that need one
}

// Listed is a game by the names a request can use.
type Listed struct {
	PK  int64  // MLB's gamePk; 0: not known
	Ref string // the source's own name; "": the source has not named it yet
}

// Always is the reach of a feed that forgets nothing.
const Always = time.Duration(1<<63 - 1)

// Feed is one kind of answer that a source gives.
type Feed struct {
	Name    string
	Wants   Content
	PerGame bool // one request a known game; else the day, or what is now, in one or a few
	// Complete says that an answer lists every price the source has of the
	// games, books and markets asked for, so that one it does not list any
	// more is withdrawn.
	Complete bool
	// Reach is how long after a game the feed still gives what was known
	// before it; 0: it only gives what is now, and a gap cannot be filled.
	Reach time.Duration
	// Stamps are the fields in which a body says when something in it was last
	// updated. The newest of them is never older than Quiet while games are
	// ahead; none: the body does not say.
	Stamps []string
	Quiet  time.Duration
	// Requests are what to ask for, in order, each with Path, Query, Ref and
	// Credits; Adapter.Requests adds the rest. Games that the source cannot be
	// asked about (Listed without the name it needs) make none.
	Requests func(Ask) ([]Request, error)

	// The formats that read an answer; nil for what it does not bring. They
	// take what its body does not say (time, event) from the Doc.
	Odds    func(Doc) (OddsFormat, error)
	Results func(Doc) (ResultFormat, error)
	Splits  func(Doc) (SplitFormat, error)
	Entries func(Doc) ([]Entry, error)
}

// Entry is one line of a directory: a book, or a game that can be asked about.
type Entry struct {
	Ref        string // the source's own name
	Name       string // as people read it
	Parent     string // of a book: the brand; "" for none
	Home, Away string // of a game
	Start      time.Time
}

// Kinds are what the feed brings, in the order of the kinds.
func (f Feed) Kinds() (all []Kind) {
	for _, has := range []struct {
		kind Kind
		ok   bool
	}{{Odds, f.Odds != nil}, {Results, f.Results != nil}, {Splits, f.Splits != nil}, {Directory, f.Entries != nil}} {
		if has.ok {
			all = append(all, has.kind)
		}
	}
	return all
}

// Rate is how often a source is asked at most.
type Rate struct {
	Every time.Duration // one request
	Burst int           // that may go at once after a rest
}

// Adapter is a source: where it is, on which terms, and what it gives.
type Adapter struct {
	Name     string // the formats' and the licence register's
	Title    string // "The Odds API"
	Official bool   // a documented offer to the public; others are off until the operator names them
	Base     string // scheme and host; another one stands in for it in a rehearsal
	Terms    string // address of the terms of use
	Rate     Rate
	KeyParam string // of the query, for a source that needs a key; "" for none
	Spent    string // see Request
	Feeds    []Feed
}

// NeedsKey tells that nothing can be asked without a key.
func (a Adapter) NeedsKey() bool { return a.KeyParam != "" }

// Feed is the feed of a name. An unknown one wraps mlb.ErrInvalid.
func (a Adapter) Feed(name string) (Feed, error) {
	i := slices.IndexFunc(a.Feeds, func(f Feed) bool { return f.Name == name })
	if i < 0 {
		return Feed{}, fmt.Errorf("%w: %s has no feed %q: it has %s", mlb.ErrInvalid, a.Name, name, strings.Join(a.feedNames(), ", "))
	}
	return a.Feeds[i], nil
}

func (a Adapter) feedNames() (names []string) {
	for _, f := range a.Feeds {
		names = append(names, f.Name)
	}
	return names
}

// Requests are what to ask a feed for, ready to be sent. An unknown feed, a key
// that is missing or a date that the feed cannot be asked for wraps
// mlb.ErrInvalid.
func (a Adapter) Requests(feed string, ask Ask) ([]Request, error) {
	f, err := a.Feed(feed)
	if err != nil {
		return nil, err
	}
	if a.NeedsKey() && !ask.Key.IsSet() {
		return nil, fmt.Errorf("%w: %s needs a key and none is set: get one from %s and set it in the settings", mlb.ErrInvalid, a.Title, a.Name)
	}
	all, err := f.Requests(ask)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", a.Name, feed, err)
	}
	for i := range all {
		r := &all[i]
		r.Source, r.Feed, r.Base, r.Wants, r.Spent, r.From = a.Name, f.Name, a.Base, f.Wants, a.Spent, ask.Date
		if a.NeedsKey() {
			r.SecretName, r.Secret = a.KeyParam, ask.Key
		}
	}
	return all, nil
}

// NoDate is the error of a feed that is asked for no day.
func NoDate() error {
	return fmt.Errorf("%w: no day asked for: give the date of the games", mlb.ErrInvalid)
}
