package statsapi_test

import (
	"errors"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
)

const (
	scheduleBody = `{"totalGames":1,"dates":[{"date":"2026-07-16","games":[{"gamePk":777001,"gameDate":"2026-07-17T02:10:00Z",
 "officialDate":"2026-07-16","gameNumber":1,"doubleHeader":"N","status":{"abstractGameState":"Preview","codedGameState":"S"},
 "teams":{"home":{"team":{"id":135,"name":"San Diego Padres"}},"away":{"team":{"id":121,"name":"New York Mets"}}}}]}]}`

	liveBody = `{"gamePk":777001,"gameData":{"game":{"pk":777001,"gameNumber":1},
 "datetime":{"dateTime":"2026-07-16T17:10:00Z","officialDate":"2026-07-16"},"status":{"codedGameState":"I"},
 "teams":{"home":{"name":"San Diego Padres"},"away":{"name":"New York Mets"}},"gameInfo":{"firstPitch":"2026-07-16T17:12:00.000Z"}},
 "liveData":{"linescore":{"scheduledInnings":9,"innings":[{"num":1,"away":{"runs":0},"home":{"runs":1}}],
 "teams":{"home":{"runs":1},"away":{"runs":0}}}}}`
)

func TestAdapter(t *testing.T) {
	const host = "https://statsapi.mlb.com"
	ask := source.Ask{Date: mlb.Date{Year: 2026, Month: 7, Day: 6}, Games: []source.Listed{{PK: 777001}, {Ref: "260001"}, {PK: 777002}}}
	one := map[source.Kind]int{source.Results: 1}
	sourcetest.Run(t, statsapi.Adapter(), []sourcetest.Case{
		{
			Feed: "schedule", Ask: ask, Body: scheduleBody, Rows: one,
			URLs: []string{host + "/api/v1/schedule?sportId=1&date=2026-07-06&hydrate=team,venue,linescore,decisions,probablePitcher"},
		},
		{
			Feed: "livefeed", Ask: ask, Body: liveBody, Rows: one,
			URLs: []string{host + "/api/v1.1/game/777001/feed/live", host + "/api/v1.1/game/777002/feed/live"},
		},
	})
	if _, err := statsapi.Adapter().Requests("schedule", source.Ask{}); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("a schedule of no day: %v, want ErrInvalid", err)
	}
}
