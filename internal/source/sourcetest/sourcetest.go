// Package sourcetest is the suite that every adapter passes: its requests are
// well formed and keep its key to themselves, its feeds' answers are read by
// the formats it names, and whatever a server does instead of answering is
// told by its right name, once, without a storm of requests. For tests only.
package sourcetest

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mlb-betting/mlb-betting/internal/fetch"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Case is one feed with an answer to it.
type Case struct {
	Feed string
	Ask  source.Ask          // the suite adds the key
	URLs []string            // that it makes, without the key
	Body string              // what the server answers to each
	Rows map[source.Kind]int // that the formats read from one, none refused
}

// Run checks an adapter. Every one of its feeds has a case.
func Run(t *testing.T, a source.Adapter, cases []Case) {
	t.Helper()
	t.Run("adapter", func(t *testing.T) { checkAdapter(t, a, cases) })
	for _, c := range cases {
		c.Ask.Key = key
		t.Run(c.Feed, func(t *testing.T) {
			t.Run("requests", func(t *testing.T) { checkRequests(t, a, c) })
			t.Run("rows", func(t *testing.T) { bubble(t, a, c, checkRows) })
			t.Run("conditional", func(t *testing.T) { bubble(t, a, c, checkConditional) })
			for _, f := range faults {
				t.Run(f.name, func(t *testing.T) {
					bubble(t, a, c, func(t *testing.T, w world) { f.check(t, w) })
				})
			}
		})
	}
}

// key is one that would be seen wherever it came through.
var key = source.NewSecret("5ecre7-k3y&for/tests")

func checkAdapter(t *testing.T, a source.Adapter, cases []Case) {
	if a.Name == "" || a.Title == "" || a.Rate.Every <= 0 || a.Rate.Burst <= 0 {
		t.Errorf("not told: name %q, title %q, rate %+v", a.Name, a.Title, a.Rate)
	}
	if u, err := url.Parse(a.Base); err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" {
		t.Errorf("base %q, want https and a host", a.Base)
	}
	if u, err := url.Parse(a.Terms); err != nil || u.Host == "" {
		t.Errorf("terms %q, want an address", a.Terms)
	}
	tested := map[string]bool{}
	for _, c := range cases {
		tested[c.Feed] = true
	}
	for _, f := range a.Feeds {
		if !tested[f.Name] || len(f.Kinds()) == 0 {
			t.Errorf("feed %q has no case here, or brings nothing", f.Name)
		}
	}
	if _, err := a.Requests("no such feed", source.Ask{Key: key}); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("an unknown feed: %v, want ErrInvalid", err)
	}
}

func checkRequests(t *testing.T, a source.Adapter, c Case) {
	all := requests(t, a, c)
	var urls []string
	for _, r := range all {
		urls = append(urls, r.URL())
		checkRequest(t, a, r)
	}
	if !reflect.DeepEqual(urls, c.URLs) {
		t.Errorf("asks for\n%s\nwant\n%s", strings.Join(urls, "\n"), strings.Join(c.URLs, "\n"))
	}
	if again := requests(t, a, c); !reflect.DeepEqual(all, again) {
		t.Error("the same ask makes other requests the second time")
	}
	if f, err := a.Feed(c.Feed); err == nil && f.PerGame {
		checkUnnamed(t, a, c)
	}
	if !a.NeedsKey() {
		return
	}
	c.Ask.Key = source.Secret{}
	if _, err := a.Requests(c.Feed, c.Ask); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "key") {
		t.Errorf("without a key: %v, want ErrInvalid that names the key", err)
	}
}

func requests(t *testing.T, a source.Adapter, c Case) []source.Request {
	t.Helper()
	all, err := a.Requests(c.Feed, c.Ask)
	if err != nil || len(all) == 0 {
		t.Fatalf("%d requests, %v", len(all), err)
	}
	return all
}

func checkRequest(t *testing.T, a source.Adapter, r source.Request) {
	t.Helper()
	u, err := url.Parse(r.Address())
	if err != nil || u.Scheme+"://"+u.Host != a.Base || !strings.HasPrefix(r.Path, "/") || strings.Count(r.Address(), "?") > 1 {
		t.Errorf("not an address at %s: %s (%v)", a.Base, r.URL(), err)
	}
	if a.NeedsKey() && u.Query().Get(a.KeyParam) != key.Reveal() {
		t.Errorf("the key does not go out with %s", r.URL())
	}
	if r.Source != a.Name || r.Feed == "" {
		t.Errorf("of source %q and feed %q", r.Source, r.Feed)
	}
	noKey(t, r.URL(), r)
}

// checkUnnamed asks about games that the source has not named.
func checkUnnamed(t *testing.T, a source.Adapter, c Case) {
	t.Helper()
	c.Ask.Games = []source.Listed{{}, {Ref: "../../x?y"}, {PK: -1, Ref: "-1"}}
	if all, err := a.Requests(c.Feed, c.Ask); err != nil || len(all) != 0 {
		t.Errorf("games without a name make requests: %v, %v", all, err)
	}
}

// checkRows fetches an answer and reads it with every format of the feed.
func checkRows(t *testing.T, w world) {
	w.answer(t, w.c.Body)
	d, err := w.fetch(t)
	if err != nil {
		t.Fatal(err)
	}
	if string(d.Body) != w.c.Body || d.Status != 200 || d.Attempts != 1 || d.FetchedAt.IsZero() || d.URL != w.request.URL() {
		t.Errorf("the document is %d bytes, status %d, %d attempts, at %v, of %s", len(d.Body), d.Status, d.Attempts, d.FetchedAt, d.URL)
	}
	noKey(t, d.URL, d)
	if source.Shape(d.Body) == "" {
		t.Error("the body has no shape")
	}
	f, err := w.adapter.Feed(w.c.Feed)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(t, f, d); !reflect.DeepEqual(got, w.c.Rows) {
		t.Errorf("rows %v, want %v", got, w.c.Rows)
	}
}

// rows is how many each format reads.
func rows(t *testing.T, f source.Feed, d source.Doc) map[source.Kind]int {
	t.Helper()
	all := map[source.Kind]int{}
	if f.Odds != nil {
		format, err := f.Odds(d)
		must(t, err)
		r, err := format.Read(strings.NewReader(string(d.Body)))
		must(t, err)
		all[source.Odds] = each(t, r.Next, func(row source.OddsRow) {
			if row.ObservedAt.After(d.FetchedAt) || row.ObservedAt.IsZero() {
				t.Errorf("row %d was seen at %v, fetched at %v", row.N, row.ObservedAt, d.FetchedAt)
			}
		})
	}
	if f.Results != nil {
		format, err := f.Results(d)
		must(t, err)
		r, err := format.Read(strings.NewReader(string(d.Body)))
		must(t, err)
		all[source.Results] = each(t, r.Next, func(source.ResultRow) {})
	}
	if f.Splits != nil {
		format, err := f.Splits(d)
		must(t, err)
		r, err := format.Read(strings.NewReader(string(d.Body)), d.FetchedAt)
		must(t, err)
		all[source.Splits] = each(t, r.Next, func(row source.SplitRow) {
			if !row.ObservedAt.Equal(d.FetchedAt) {
				t.Errorf("split %d was seen at %v, fetched at %v", row.N, row.ObservedAt, d.FetchedAt)
			}
		})
	}
	if f.Entries != nil {
		entries, err := f.Entries(d)
		must(t, err)
		all[source.Directory] = len(entries)
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// each hands over every row of a document that has none to refuse.
func each[Row any](t *testing.T, next func() (Row, error), check func(Row)) int {
	t.Helper()
	rows, bad := All(t, next)
	if len(bad) > 0 {
		t.Fatalf("row refused: %v", bad[0])
	}
	for _, row := range rows {
		check(row)
	}
	return len(rows)
}

func checkConditional(t *testing.T, w world) {
	w.serveConditional()
	first, err := w.fetch(t)
	must(t, err)
	w.request.Validators = first.Validators
	second, err := w.fetch(t)
	must(t, err)
	if !second.NotModified || second.Status != 304 || len(second.Body) != 0 || second.Validators != first.Validators {
		t.Errorf("asked with %+v: %+v, want not modified", first.Validators, second)
	}
}

// bubble runs a check in a world of its own, whose clock jumps.
func bubble(t *testing.T, a source.Adapter, c Case, f func(*testing.T, world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newWorld(t, a, c)) })
}

// checkError tells that an error says what it should and no more.
func checkError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%v, want %v", err, want)
		return
	}
	kinds := []error{mlb.ErrInvalid, mlb.ErrNotFound, mlb.ErrConflict, mlb.ErrUnavailable}
	if n := countIs(err, kinds); n == 0 || fetch.Name(err) == "other" {
		t.Errorf("%v is of %d kinds and named %q", err, n, fetch.Name(err))
	}
	noKey(t, err.Error(), err)
}

func countIs(err error, kinds []error) (n int) {
	for _, k := range kinds {
		if errors.Is(err, k) {
			n++
		}
	}
	return n
}
