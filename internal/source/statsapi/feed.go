package statsapi

import (
	"fmt"
	"strconv"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// feed is a live feed: the same game as a schedule's, told in other places,
// with the actual first pitch and who threw it.
type feed struct {
	PK   int64 `json:"gamePk"`
	Data *struct {
		Game struct {
			PK     int64 `json:"pk"`
			Number int   `json:"gameNumber"`
		} `json:"game"`
		Datetime struct {
			Start        string `json:"dateTime"`
			OfficialDate string `json:"officialDate"`
			ResumedFrom  string `json:"resumedFromDateTime"`
		} `json:"datetime"`
		Status codedState `json:"status"`
		Teams  struct {
			Home, Away struct {
				Name string `json:"name"`
			}
		} `json:"teams"`
		Info struct {
			FirstPitch string `json:"firstPitch"`
		} `json:"gameInfo"`
		Weather struct {
			Condition string        `json:"condition"`
			Temp      source.Number `json:"temp"`
			Wind      string        `json:"wind"`
		} `json:"weather"`
		Probable struct{ Home, Away person } `json:"probablePitchers"`
		Players  map[string]person           `json:"players"`
	} `json:"gameData"`
	Live struct {
		Linescore linescore `json:"linescore"`
		Boxscore  struct {
			Teams struct {
				Home, Away struct {
					Pitchers []int64 `json:"pitchers"` // in the order they came on
				}
			} `json:"teams"`
		} `json:"boxscore"`
	} `json:"liveData"`
}

// game is the feed as a schedule lists the game.
func (f *feed) game() (g game) {
	d := f.Data
	g.PK, g.Number, g.Status = f.PK, d.Game.Number, d.Status
	if g.PK == 0 {
		g.PK = d.Game.PK
	}
	g.OfficialDate, g.Start, g.ResumedFrom = d.Datetime.OfficialDate, d.Datetime.Start, d.Datetime.ResumedFrom
	g.firstPitch = d.Info.FirstPitch
	g.weather = mlb.Weather{Condition: d.Weather.Condition, Wind: d.Weather.Wind}
	if n, err := strconv.Atoi(string(d.Weather.Temp)); err == nil && n > -60 && n < 150 {
		g.weather.Temperature = &n
	}
	g.Linescore = f.Live.Linescore
	box := f.Live.Boxscore.Teams
	g.Teams.Home.Team.Name, g.Teams.Away.Team.Name = d.Teams.Home.Name, d.Teams.Away.Name
	g.Teams.Home.Probable, g.Teams.Away.Probable = d.Probable.Home, d.Probable.Away
	g.Teams.Home.starter, g.Teams.Away.starter = f.first(box.Home.Pitchers), f.first(box.Away.Pitchers)
	return g
}

// first is the name of the pitcher who came on first, "" where none has yet.
func (f *feed) first(pitchers []int64) string {
	if len(pitchers) == 0 {
		return ""
	}
	return f.Data.Players[fmt.Sprintf("ID%d", pitchers[0])].Name
}
