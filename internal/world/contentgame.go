package world

import (
	"slices"
	"strings"
	"time"
)

// games applies f to the list of games that the body holds, where it holds
// one.
func (e *edit) games(f func([]any) []any) {
	switch doc := e.doc.(type) {
	case []any:
		e.doc = f(doc)
	case object:
		for _, field := range []string{"games", "data"} {
			if list, ok := doc[field].([]any); ok {
				doc[field] = f(list)
				return
			}
		}
		for _, day := range asList(doc["dates"]) {
			o := asObject(day)
			o["games"] = f(asList(o["games"]))
		}
	}
}

// eachGame calls f with every game: of a list, or the body's only one.
func (e *edit) eachGame(f func(object)) {
	n := 0
	e.games(func(all []any) []any {
		for _, g := range all {
			n++
			f(asObject(g))
		}
		return all
	})
	doc := asObject(e.doc)
	switch {
	case n > 0:
	case doc["gameData"] != nil:
		f(asObject(doc["gameData"]))
	case doc["data"] != nil:
		f(asObject(doc["data"]))
	default:
		f(doc)
	}
}

// eachTarget calls f with the fault's game.
func (e *edit) eachTarget(f func(object)) {
	e.eachGame(func(g object) {
		if e.isTarget(g) {
			f(g)
		}
	})
}

func (e *edit) isTarget(g object) bool {
	home, away, start := e.who(g)
	return e.target.is(home, away, start)
}

// who tells a game's clubs and start as the source does.
func (e *edit) who(g object) (home, away string, start time.Time) {
	var told string
	switch e.source {
	case ActionNetwork:
		home, away, told = clubName(g, "home_team_id"), clubName(g, "away_team_id"), asText(g["start_time"])
	case StatsAPI:
		teams := asObject(g["teams"])
		home, away = statsName(teams["home"]), statsName(teams["away"])
		if told = asText(g["gameDate"]); told == "" {
			told = asText(asObject(g["datetime"])["dateTime"])
		}
	case OddsAPI:
		home, away, told = asText(g["home_team"]), asText(g["away_team"]), asText(g["commence_time"])
	default:
		home, away, told = asText(asObject(g["home"])["code"]), asText(asObject(g["away"])["code"]), asText(g["date"])
	}
	start, _ = time.Parse(time.RFC3339, told) // no start is no target
	return home, away, start
}

// clubName is the full name of a club on Action Network's scoreboard.
func clubName(g object, field string) string {
	for _, t := range asList(g["teams"]) {
		if o := asObject(t); asInt(o["id"]) == asInt(g[field]) {
			return asText(o["full_name"])
		}
	}
	return ""
}

// statsName is a club's name in a schedule, or in a live feed.
func statsName(side any) string {
	o := asObject(side)
	if team, ok := o["team"]; ok {
		o = asObject(team)
	}
	return asText(o["name"])
}

// swap exchanges what stands for home and for away.
func (e *edit) swap(g object) {
	exchange := func(o object, a, b string) { o[a], o[b] = o[b], o[a] }
	switch e.source {
	case ActionNetwork:
		exchange(g, "home_team_id", "away_team_id")
	case StatsAPI:
		exchange(asObject(g["teams"]), "home", "away")
	case OddsAPI:
		exchange(g, "home_team", "away_team")
	default:
		exchange(g, "home", "away")
	}
}

// legLater is when a second leg that nobody else knows starts.
const legLater = 4 * time.Hour

// strangers are numbers of games that the season does not have.
const strangers = 50_000_000

// secondLeg lists the target a second time, hours later.
func (e *edit) secondLeg(all []any) []any {
	i := slices.IndexFunc(all, func(g any) bool { return e.isTarget(asObject(g)) })
	if i < 0 {
		return all
	}
	doc, err := decode(compact(all[i]))
	if err != nil {
		return all
	}
	g := asObject(doc)
	switch e.source {
	case ActionNetwork:
		g["id"], g["start_time"] = number(asInt(g["id"])+strangers), moved(asText(g["start_time"]), legLater)
	case StatsAPI:
		asObject(all[i])["doubleHeader"], g["doubleHeader"], g["gameNumber"] = "S", "S", number(2)
		g["gamePk"], g["gameDate"] = number(asInt(g["gamePk"])+strangers), moved(asText(g["gameDate"]), legLater)
	case OddsAPI:
		id := asText(g["id"])
		g["id"], g["commence_time"] = id[:max(0, len(id)-4)]+"0000", moved(asText(g["commence_time"]), legLater)
	default:
		g["_id"], g["date"] = asText(g["_id"])+"-2", moved(asText(g["date"]), legLater)
	}
	return slices.Insert(all, i+1, any(g))
}

// postpone shows the game as called off where the source shows such games, and
// takes it away elsewhere.
func (e *edit) postpone() {
	switch e.source {
	case ActionNetwork:
		e.eachTarget(func(g object) {
			g["status"], g["real_status"], g["status_display"] = "postponed", "postponed", "Postponed"
			walk(g["markets"], func(o object) {
				if _, ok := o["line_status"]; ok {
					o["line_status"] = "suspended"
				}
			})
		})
	case StatsAPI:
		e.eachTarget(func(g object) {
			delete(g, "linescore")
			delete(g, "decisions")
			g["status"] = object{
				"abstractGameState": "Final", "codedGameState": "D", "statusCode": "DR", "detailedState": "Postponed",
				"reason": "Rain", "startTimeTBD": false, "abstractGameCode": "F",
			}
			for _, side := range []string{"home", "away"} {
				o := asObject(asObject(g["teams"])[side])
				delete(o, "score")
				delete(o, "isWinner")
			}
		})
	default:
		e.games(func(all []any) []any {
			return slices.DeleteFunc(all, func(g any) bool { return e.isTarget(asObject(g)) })
		})
	}
}

// move lets the game start at a quarter past midnight.
func (e *edit) move(g object) {
	t := e.target.start.In(e.eastern)
	start := time.Date(t.Year(), t.Month(), t.Day()+1, 0, 15, 0, 0, e.eastern).UTC()
	switch e.source {
	case ActionNetwork:
		g["start_time"] = start.Format(sbdMillis)
	case StatsAPI:
		if _, ok := g["gameDate"]; ok {
			g["gameDate"] = start.Format(time.RFC3339)
		} else {
			asObject(g["datetime"])["dateTime"] = start.Format(time.RFC3339)
		}
	case OddsAPI:
		g["commence_time"] = start.Format(time.RFC3339)
	default:
		g["date"] = start.Format(sbdMillis)
	}
}

// newName is what a renamed club is called instead.
func (f Fault) newName(name string) string {
	if f.Text != "" {
		return f.Text
	}
	return name + " BC"
}

// rename writes the home club's name anew wherever it stands alone.
func (e *edit) rename() {
	names := map[string]string{e.target.home.Name: e.fault.newName(e.target.home.Name)}
	if e.source == SBD {
		names[e.target.home.Code] = strings.ReplaceAll(e.fault.newName(e.target.home.Code), " ", "")
	}
	walk(e.doc, func(o object) {
		for k, v := range o {
			if told, ok := v.(string); ok && names[told] != "" {
				o[k] = names[told]
			}
		}
	})
}
