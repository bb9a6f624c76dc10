package vsin

import (
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// DefaultViews are the pages there are, one a sportsbook. The first, without a
// name, is DraftKings'.
func DefaultViews() []string { return []string{"", "circa", "fanduel", "mgm", "caesars"} }

// Adapter asks for the pages of the given sportsbooks, DefaultViews for none.
// They are pages for people, without an interface for programs, and know only
// what is now.
func Adapter(views ...string) source.Adapter {
	if len(views) == 0 {
		views = DefaultViews()
	}
	return source.Adapter{
		Name:  name,
		Title: "VSiN",
		Base:  "https://data.vsin.com",
		Terms: "https://vsin.com/terms-of-use/",
		Rate:  source.Rate{Every: 10 * time.Second, Burst: 1},
		Feeds: []source.Feed{{Name: "splits", Wants: source.HTML, Requests: pages(views), Splits: splitsOf}},
	}
}

func pages(views []string) func(source.Ask) ([]source.Request, error) {
	return func(source.Ask) (all []source.Request, err error) {
		for _, v := range views {
			r := source.Request{Path: "/mlb/betting-splits/"}
			if v != "" {
				r.Query = []source.Param{{Name: "view", Value: v}}
			}
			all = append(all, r)
		}
		return all, nil
	}
}

// splitsOf reads a page that was seen when it was fetched.
func splitsOf(d source.Doc) (source.SplitFormat, error) {
	f, err := SplitFormat()
	f.NeedsTime = false
	f.Open = func(r io.Reader, zone *time.Location, _ time.Time) (source.SplitReader, error) {
		return Open(r, zone, d.FetchedAt)
	}
	return f, err
}
