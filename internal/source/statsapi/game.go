package statsapi

import (
	"math"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// game is a game as a schedule lists it.
type game struct {
	PK               int64      `json:"gamePk"`
	OfficialDate     string     `json:"officialDate"`
	Start            string     `json:"gameDate"`
	ResumedFrom      string     `json:"resumedFrom"` // the start of a game whose rest is listed here
	Number           int        `json:"gameNumber"`
	Status           codedState `json:"status"`
	Teams            struct{ Home, Away side }
	ScheduledInnings int       `json:"scheduledInnings"`
	Linescore        linescore `json:"linescore"`
	firstPitch       string
	weather          mlb.Weather
}

type codedState struct {
	Coded string `json:"codedGameState"`
}

type side struct {
	Team struct {
		Name string `json:"name"`
	} `json:"team"`
	Score    *int   `json:"score"`
	Probable person `json:"probablePitcher"`
	starter  string // of the first pitch
}

type person struct {
	Name string `json:"fullName"`
}

// linescore is the runs by inning. A half that was not played has none.
type linescore struct {
	ScheduledInnings int `json:"scheduledInnings"`
	Innings          []struct {
		Number     int `json:"num"`
		Home, Away struct {
			Runs *int `json:"runs"`
		}
	} `json:"innings"`
	Teams struct {
		Home, Away struct {
			Runs *int `json:"runs"`
		}
	} `json:"teams"`
}

// fill reads the game into a row.
func (g *game) fill(row *source.ResultRow) error {
	row.Weather = g.weather
	for _, step := range []func(*source.ResultRow) error{g.fillName, g.fillTimes, g.fillTeams, g.fillLineScore, g.fillScore} {
		if err := step(row); err != nil {
			return err
		}
	}
	return nil
}

func (g *game) fillName(row *source.ResultRow) (err error) {
	if row.PK = g.PK; g.PK <= 0 {
		return source.Reject(source.BadGame, "gamePk %d", g.PK)
	}
	row.Simulated = g.PK >= source.SimulatedFrom
	if row.Date, err = mlb.ParseDate(g.OfficialDate); err != nil {
		return source.Reject(source.BadTime, "officialDate %q of game %d", g.OfficialDate, g.PK)
	}
	if row.Number = g.Number; g.Number < 0 || g.Number > 2 {
		return source.Reject(source.BadGame, "gameNumber %d of game %d", g.Number, g.PK)
	}
	if row.Status = status(g.Status.Coded); row.Status == 0 {
		return source.Reject(source.BadRecord, "codedGameState %q of game %d", g.Status.Coded, g.PK)
	}
	return nil
}

// fillTimes takes as the start of a suspended game's rest when the game was to
// begin, not when it was to go on.
func (g *game) fillTimes(row *source.ResultRow) (err error) {
	told := g.Start
	if g.ResumedFrom != "" {
		told = g.ResumedFrom
	}
	if row.Start, err = time.Parse(time.RFC3339, told); err != nil {
		return source.Reject(source.BadTime, "start %q of game %d, want RFC 3339", told, g.PK)
	}
	row.Start = row.Start.UTC()
	if g.firstPitch == "" {
		return nil
	}
	if row.FirstPitch, err = time.Parse(time.RFC3339, g.firstPitch); err != nil {
		return source.Reject(source.BadTime, "firstPitch %q of game %d, want RFC 3339", g.firstPitch, g.PK)
	}
	row.FirstPitch = row.FirstPitch.UTC()
	return nil
}

// fillTeams names the clubs and the starters: the pitcher of the first pitch
// where a body tells him, the announced one where it does not.
func (g *game) fillTeams(row *source.ResultRow) error {
	home, away := &g.Teams.Home, &g.Teams.Away
	row.Home, row.Away = home.Team.Name, away.Team.Name
	row.HomeStarter, row.AwayStarter = home.pitcher(), away.pitcher()
	return nil
}

func (s *side) pitcher() string {
	if s.starter != "" {
		return source.Shown(s.starter)
	}
	return source.Shown(s.Probable.Name)
}

// status reads codedGameState: abstractGameState calls a postponed game
// "Final".
func status(coded string) mlb.Status {
	if coded == "" {
		return 0
	}
	switch coded[0] {
	case 'P', 'S':
		return mlb.Scheduled
	case 'I', 'M', 'N':
		return mlb.InProgress
	case 'U', 'T':
		return mlb.Suspended
	case 'D':
		return mlb.Postponed
	case 'C':
		return mlb.Cancelled
	case 'Q', 'R':
		return mlb.Forfeited
	case 'F', 'O':
		return mlb.Final
	default:
		return 0
	}
}

// maxScheduled is more innings than any game is planned to have.
const maxScheduled = 9

func (g *game) fillLineScore(row *source.ResultRow) error {
	row.ScheduledInnings = g.ScheduledInnings
	if n := g.Linescore.ScheduledInnings; n != 0 {
		row.ScheduledInnings = n
	}
	if row.ScheduledInnings < 0 || row.ScheduledInnings > maxScheduled {
		return source.Reject(source.BadRecord, "scheduledInnings %d of game %d", row.ScheduledInnings, g.PK)
	}
	for i, inning := range g.Linescore.Innings {
		if inning.Number != i+1 {
			return source.Reject(source.BadScore, "inning %d of game %d stands in place %d", inning.Number, g.PK, i+1)
		}
		away, okAway := runs(inning.Away.Runs)
		home, okHome := runs(inning.Home.Runs)
		if !okAway || !okHome {
			return source.Reject(source.BadScore, "inning %d of game %d has no such runs", inning.Number, g.PK)
		}
		row.LineScore.Away = append(row.LineScore.Away, away)
		row.LineScore.Home = append(row.LineScore.Home, home)
	}
	return nil
}

// runs are those of a half-inning.
func runs(told *int) (int8, bool) {
	if told == nil {
		return mlb.NotPlayed, true
	}
	return int8(*told), *told >= 0 && *told <= math.MaxInt8
}

// maxRuns is beyond any score a game can end with: one team's record is 30
// since 1900.
const maxRuns = 60

// fillScore reads the score of a game that is over, and the score so far of
// one in progress, suspended or forfeited where it is told.
func (g *game) fillScore(row *source.ResultRow) error {
	home, away := g.Teams.Home.Score, g.Teams.Away.Score
	if home == nil && away == nil {
		home, away = g.Linescore.Teams.Home.Runs, g.Linescore.Teams.Away.Runs
	}
	switch row.Status {
	case mlb.Final:
		if home == nil || away == nil {
			return source.Reject(source.BadScore, "game %d is final without a score", g.PK)
		}
	case mlb.InProgress, mlb.Suspended, mlb.Forfeited:
		if home == nil || away == nil {
			return nil
		}
	default:
		return nil
	}
	if *home < 0 || *away < 0 || *home > maxRuns || *away > maxRuns {
		return source.Reject(source.BadScore, "game %d stands at %d-%d", g.PK, *away, *home)
	}
	row.Score = mlb.Score{Home: *home, Away: *away}
	return g.checkSum(row)
}

// checkSum holds the innings of a finished game against its score.
func (g *game) checkSum(row *source.ResultRow) error {
	if row.Status != mlb.Final || len(row.LineScore.Away) == 0 {
		return nil
	}
	sum := mlb.Score{Home: total(row.LineScore.Home), Away: total(row.LineScore.Away)}
	if sum != row.Score {
		return source.Reject(source.BadScore, "game %d ended %d-%d, its innings sum to %d-%d",
			g.PK, row.Score.Away, row.Score.Home, sum.Away, sum.Home)
	}
	return nil
}

func total(innings []int8) (n int) {
	for _, r := range innings {
		if r != mlb.NotPlayed {
			n += int(r)
		}
	}
	return n
}
