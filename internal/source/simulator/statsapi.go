package simulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// object is a JSON object of the Stats API. Its bodies are few, wide and
// deep: written as they look, not as types of their own.
type object = map[string]any

// notice stands where MLB's own bodies have their copyright.
const notice = "Simulated by mlb-betting: no game, player or number in it is real, and none of it is MLB's."

// Schedule is the body of /api/v1/schedule for the day, hydrated with teams,
// venue, line score, decisions and probable pitchers, as it stood at a moment.
func (d *Day) Schedule(at time.Time) []byte {
	games := []object{}
	playing := 0
	for _, e := range d.listings() {
		games = append(games, e.scheduleGame(at))
		if e.state(at) == live {
			playing++
		}
	}
	n := len(games)
	totals := object{"totalItems": n, "totalEvents": 0, "totalGames": n, "totalGamesInProgress": playing}
	day := object{"date": d.date.String(), "games": games, "events": []object{}}
	all := object{"copyright": notice, "dates": []object{day}}
	for k, v := range totals {
		day[k], all[k] = v, v
	}
	return encode(all)
}

// encode cannot fail on what this package makes: maps, strings, numbers.
func encode(o object) []byte {
	text, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	return text
}

func (e *event) scheduleGame(at time.Time) object {
	pk := e.pk()
	g := object{
		"gamePk": pk, "gameGuid": e.guid(), "link": feedLink(pk), "gameType": "R", "season": fmt.Sprint(e.season.cfg.Season),
		"gameDate": e.start.Format(wholeZ), "officialDate": e.date.String(), "status": e.status(at),
		"teams":   object{"home": e.scheduleSide(true, at), "away": e.scheduleSide(false, at)},
		"venue":   e.game.home.venueRef(),
		"content": object{"link": fmt.Sprintf("/api/v1/game/%d/content", pk)},
		"isTie":   false, "gameNumber": e.number, "publicFacing": true, "doubleHeader": e.double, "gamedayType": "P", "tiebreaker": "N",
		"calendarEventID": e.calendarID(), "seasonDisplay": fmt.Sprint(e.season.cfg.Season), "dayNight": e.dayNight(),
		"scheduledInnings": e.scheduledInnings(), "reverseHomeAwayStatus": false, "inningBreakLength": 120,
		"gamesInSeries": e.seriesGames, "seriesGameNumber": e.seriesGame, "seriesDescription": "Regular Season",
		"recordSource": "S", "ifNecessary": "N", "ifNecessaryDescription": "Normal Game",
	}
	e.moved(g, at)
	if e.played() && !at.Before(e.firstPitch) {
		g["linescore"] = e.linescore(at, false)
	}
	if s := e.state(at); s == final || s == over {
		g["decisions"] = e.decisions()
	}
	return g
}

// moved tells where a game that is listed twice came from or went to.
func (e *event) moved(g object, at time.Time) {
	last := e.events[len(e.events)-1]
	switch {
	case e.state(at) == called:
		g["rescheduleDate"] = last.start.Format(wholeZ)
		g["rescheduleGameDate"] = last.date.String()
		g["description"] = fmt.Sprintf("Makeup on %d/%d", last.date.Month, last.date.Day)
	case e.listed > 0:
		from := e.events[0]
		g["rescheduledFrom"], g["rescheduledFromDate"] = from.start.Format(wholeZ), from.date.String()
		g["description"] = fmt.Sprintf("Makeup of %d/%d PPD", from.date.Month, from.date.Day)
	}
	if !e.suspended.IsZero() && !at.Before(e.suspended) {
		g["resumeDate"], g["resumeGameDate"] = e.resumed.Format(wholeZ), e.resumed.In(e.season.eastern).Format(time.DateOnly)
	}
}

func feedLink(pk int64) string { return fmt.Sprintf("/api/v1.1/game/%d/feed/live", pk) }

// guid is the same for every listing of the game.
func (g *game) guid() string {
	a, b := mix(uint64(g.pk())), mix(uint64(g.pk())<<1)
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

func (e *event) calendarID() string { return fmt.Sprintf("14-%d-%s", e.pk(), e.date) }

func (e *event) dayNight() string {
	if e.start.In(e.game.home.zone).Hour() < 17 {
		return "day"
	}
	return "night"
}

// status is the game's, in the codes of the API.
func (e *event) status(at time.Time) object {
	s := func(abstract, coded, code, detailed string) object {
		return object{
			"abstractGameState": abstract, "codedGameState": coded, "statusCode": code, "detailedState": detailed,
			"startTimeTBD": coded == "S" && e.double == straight && e.number == 2, "abstractGameCode": abstract[:1],
		}
	}
	var o object
	switch e.state(at) {
	case pregame:
		if at.After(e.announced(at).Add(-20*time.Minute)) && e.played() {
			return s("Live", "P", "PW", "Warmup")
		}
		return s("Preview", "P", "P", "Pre-Game")
	case delayed:
		o = s("Preview", "P", "PR", "Delayed Start: "+e.delay.reason)
		o["reason"] = e.delay.reason
	case live:
		return s("Live", "I", "I", "In Progress")
	case suspended:
		o = s("Live", "U", "UR", "Suspended: Rain")
		o["reason"] = "Rain"
	case over:
		return s("Final", "O", "O", "Game Over")
	case final:
		if !e.early {
			return s("Final", "F", "F", "Final")
		}
		o = s("Final", "F", "FR", "Completed Early: Rain")
		o["reason"] = "Rain"
	case called:
		o = s("Final", "D", "DR", "Postponed")
		o["reason"] = "Rain"
	default:
		return s("Preview", "S", "S", "Scheduled")
	}
	return o
}

func (e *event) scheduleSide(home bool, at time.Time) object {
	c, score := e.side(home)
	wins, losses := c.record(at)
	o := object{
		"team": c.teamObject(e.season.cfg.Season, false), "leagueRecord": recordObject(wins, losses),
		"splitSquad": false, "seriesNumber": e.seriesNumber, "probablePitcher": e.starter(home, at).ref(),
	}
	if e.played() && !at.Before(e.firstPitch) {
		b := boardOf(e, e.plays(), at)
		if o["score"] = b.away.runs; home {
			o["score"] = b.home.runs
		}
	}
	if s := e.state(at); s == final || s == over {
		o["score"], o["isWinner"] = score, e.winner() == c
	}
	return o
}

// side is a club and its final score.
func (e *event) side(home bool) (c *club, score int) {
	if home {
		return e.game.home, e.score.Home
	}
	return e.game.away, e.score.Away
}

func recordObject(wins, losses int) object {
	return object{"wins": wins, "losses": losses, "pct": pct(wins, losses)}
}

func pct(wins, losses int) string {
	if wins+losses == 0 {
		return ".---"
	}
	if losses == 0 {
		return "1.000"
	}
	return fmt.Sprintf("%.3f", float64(wins)/float64(wins+losses))[1:]
}

func (c *club) link() string { return fmt.Sprintf("/api/v1/teams/%d", c.ID) }

func (c *club) venueRef() object {
	return object{"id": c.venue, "name": c.venueName, "link": fmt.Sprintf("/api/v1/venues/%d", c.venue)}
}

func (p player) ref() object {
	return object{"id": p.id, "fullName": p.name(), "link": fmt.Sprintf("/api/v1/people/%d", p.id)}
}

func (c *club) teamRef() object {
	return object{"id": c.ID, "name": c.Name, "link": c.link()}
}

// leagueNames are the leagues' and the divisions' names.
func (c *club) leagueName() string {
	if c.league == americanLeague {
		return "American League"
	}
	return "National League"
}

// teamObject is the club as a hydrated schedule has it; whole with what the
// live feed and the list of teams add.
func (c *club) teamObject(season int, whole bool) object {
	division := map[string]string{"WEST": "West", "EAST": "East", "CENTRAL": "Central"}[c.divisionWord()]
	o := object{
		"id": c.ID, "name": c.Name, "link": c.link(), "season": season, "venue": c.venueRef(), "teamCode": c.teamCode, "fileCode": c.fileCode,
		"abbreviation": c.abbreviation, "teamName": c.teamName, "locationName": c.location, "firstYearOfPlay": c.firstYear,
		"league":    object{"id": c.league, "name": c.leagueName(), "link": fmt.Sprintf("/api/v1/league/%d", c.league)},
		"division":  object{"id": c.division, "name": c.leagueName() + " " + division, "link": fmt.Sprintf("/api/v1/divisions/%d", c.division)},
		"sport":     object{"id": 1, "link": "/api/v1/sports/1", "name": "Major League Baseball"},
		"shortName": c.shortName, "franchiseName": c.franchise, "clubName": c.teamName, "active": true,
	}
	if whole {
		for k, v := range c.springObject() {
			o[k] = v
		}
		o["springVenue"] = object{"id": c.springVenue, "link": fmt.Sprintf("/api/v1/venues/%d", c.springVenue)}
	}
	return o
}

func (c *club) springObject() object {
	name, short := "Cactus League", "CL"
	if c.springLeague == 115 {
		name, short = "Grapefruit League", "GL"
	}
	return object{
		"springLeague":  object{"id": c.springLeague, "name": name, "link": fmt.Sprintf("/api/v1/league/%d", c.springLeague), "abbreviation": short},
		"allStarStatus": "N",
	}
}

// Teams is the body of /api/v1/teams.
func (s *Season) Teams() []byte {
	var all []object
	for _, c := range s.clubs {
		all = append(all, c.teamObject(s.cfg.Season, true))
	}
	return encode(object{"copyright": notice, "teams": all})
}
