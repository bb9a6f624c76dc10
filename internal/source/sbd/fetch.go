package sbd

import (
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// quiet is longer than the public leaves all games of a day without a bet.
const quiet = 3 * time.Hour

// Adapter is the feed behind SportsBettingDime's public page. It is unofficial,
// and knows only what is now.
func Adapter() source.Adapter {
	return source.Adapter{
		Name:  name,
		Title: "SportsBettingDime",
		Base:  "https://srfeeds.sportsbettingdime.com",
		Terms: "https://www.sportsbettingdime.com/",
		Rate:  source.Rate{Every: 10 * time.Second, Burst: 1},
		Feeds: []source.Feed{{Name: "splits", Stamps: []string{"updated"}, Quiet: quiet, Requests: requests, Splits: splitsOf}},
	}
}

func requests(source.Ask) ([]source.Request, error) {
	return []source.Request{{
		Path:  "/v2/matchups/mlb/betting-splits",
		Query: []source.Param{{Name: "books", Value: "betmgm,bet365,fanatics,draftkings,caesars,fanduel"}},
	}}, nil
}

// splitsOf reads a body that was seen when it was fetched.
func splitsOf(d source.Doc) (source.SplitFormat, error) {
	f, err := SplitFormat()
	f.Open = func(r io.Reader, zone *time.Location, _ time.Time) (source.SplitReader, error) {
		return Open(r, zone, d.FetchedAt)
	}
	return f, err
}
