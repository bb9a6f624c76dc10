package statsapi

import (
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Adapter is MLB's Stats API. The schedule brings status, linescore, result and
// announced pitchers of a day's games in one answer; the live feed of a game
// adds the actual first pitch and who threw it.
func Adapter() source.Adapter {
	return source.Adapter{
		Name:     "statsapi",
		Title:    "MLB Stats API",
		Official: true,
		Base:     "https://statsapi.mlb.com",
		Terms:    "http://gdx.mlb.com/components/copyright.txt",
		Rate:     source.Rate{Every: time.Second, Burst: 5},
		Feeds: []source.Feed{
			{Name: "schedule", Reach: source.Always, Requests: schedule, Results: results},
			{Name: "livefeed", PerGame: true, Reach: source.Always, Requests: liveFeeds, Results: results},
		},
	}
}

func schedule(ask source.Ask) ([]source.Request, error) {
	if ask.Date.IsZero() {
		return nil, source.NoDate()
	}
	return []source.Request{{
		Path: "/api/v1/schedule",
		Query: []source.Param{
			{Name: "sportId", Value: "1"},
			{Name: "date", Value: ask.Date.String()},
			{Name: "hydrate", Value: "team,venue,linescore,decisions,probablePitcher"},
		},
	}}, nil
}

func liveFeeds(ask source.Ask) (all []source.Request, err error) {
	for _, g := range ask.Games {
		if g.PK <= 0 { // no schedule has named it yet
			continue
		}
		all = append(all, source.Request{
			Path: fmt.Sprintf("/api/v1.1/game/%d/feed/live", g.PK),
			Ref:  fmt.Sprint(g.PK),
		})
	}
	return all, nil
}

func results(source.Doc) (source.ResultFormat, error) { return Format(), nil }
