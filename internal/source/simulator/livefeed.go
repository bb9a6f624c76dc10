package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// LiveFeed is the body of /api/v1.1/game/{pk}/feed/live as it stood at a
// moment. The error wraps mlb.ErrNotFound where the day does not list the game.
func (d *Day) LiveFeed(pk int64, at time.Time) ([]byte, error) {
	e, err := d.listing(pk)
	if err != nil {
		return nil, err
	}
	var plays []play
	if e.played() {
		plays = e.plays()
	}
	b := boardOf(e, plays, at)
	return encode(object{
		"copyright": notice, "gamePk": pk, "link": feedLink(pk),
		"metaData": object{
			"wait": 10, "timeStamp": e.stamp(plays, b, at).Format(stampStats), "gameEvents": e.gameEvents(plays, b), "logicalEvents": []string{"midInning"},
		},
		"gameData": e.gameData(at),
		"liveData": e.liveData(plays, b, at),
	}), nil
}

// stamp is when the feed last changed.
func (e *event) stamp(plays []play, b board, at time.Time) time.Time {
	if b.last >= 0 {
		return plays[b.last].end.UTC()
	}
	return at.UTC().Truncate(time.Minute)
}

func (e *event) gameEvents(plays []play, b board) []string {
	if b.last < 0 {
		return []string{}
	}
	return []string{plays[b.last].event}
}

func (e *event) gameData(at time.Time) object {
	season := fmt.Sprint(e.season.cfg.Season)
	home, away := e.game.home, e.game.away
	local := e.start.In(home.zone)
	two := func(o func() object) object { return object{"home": o(), "away": o()} }
	return object{
		"game": object{
			"pk": e.pk(), "type": "R", "doubleHeader": e.double, "gamedayType": "P", "tiebreaker": "N", "gameNumber": e.number,
			"id":              fmt.Sprintf("%s/%smlb-%smlb-%d", strings.ReplaceAll(e.date.String(), "-", "/"), away.teamCode, home.teamCode, e.number),
			"calendarEventID": e.calendarID(), "season": season, "seasonDisplay": season,
		},
		"datetime": object{
			"dateTime": e.start.Format(wholeZ), "originalDate": e.events[0].date.String(), "officialDate": e.date.String(),
			"dayNight": e.dayNight(), "time": local.Format("3:04"), "ampm": local.Format("PM"),
		},
		"status":           e.status(at),
		"teams":            object{"home": e.feedTeam(home, at), "away": e.feedTeam(away, at)},
		"players":          e.feedPlayers(),
		"venue":            home.venueObject(e.season.cfg.Season, local),
		"officialVenue":    object{"id": home.venue, "link": fmt.Sprintf("/api/v1/venues/%d", home.venue)},
		"weather":          e.sky(at),
		"gameInfo":         e.gameInfo(at),
		"review":           object{"hasChallenges": false, "home": object{"used": 0, "remaining": 1}, "away": object{"used": 0, "remaining": 1}},
		"flags":            object{"noHitter": false, "perfectGame": false, "awayTeamNoHitter": false, "awayTeamPerfectGame": false, "homeTeamNoHitter": false, "homeTeamPerfectGame": false},
		"alerts":           []object{},
		"probablePitchers": object{"home": e.starter(true, at).ref(), "away": e.starter(false, at).ref()},
		"officialScorer":   official(1).ref(), "primaryDatacaster": official(2).ref(),
		"moundVisits": two(func() object { return object{"used": 0, "remaining": 4} }),
	}
}

// official is a made-up man of no club.
func official(k int) player { return newPlayer(31, k) }

// sky is the weather as it is told at a moment; a turn of it shows when it is
// news.
func (e *event) sky(at time.Time) object {
	w := e.weather
	for _, s := range e.shocks {
		if s.kind == wind && !s.at.After(at) {
			w.out, w.wind = s.move.x > 0, w.wind+9
		}
	}
	way := "In From CF"
	if w.out {
		way = "Out To CF"
	}
	if e.game.home.covered {
		way = "None"
	}
	return object{"condition": w.condition, "temp": strconv.Itoa(w.temp), "wind": fmt.Sprintf("%d mph, %s", w.wind, way)}
}

// gameInfo is empty until the first pitch.
func (e *event) gameInfo(at time.Time) object {
	o := object{}
	if e.played() && !at.Before(e.firstPitch) {
		o["firstPitch"] = e.firstPitch.Format(millis)
	}
	if s := e.state(at); s == over || s == final {
		played := e.ends.Sub(e.firstPitch)
		if !e.suspended.IsZero() {
			played -= e.resumed.Sub(e.suspended)
		}
		o["attendance"], o["gameDurationMinutes"] = 18_000+mix(uint64(e.pk()))%20_000, int(played.Minutes())
	}
	return o
}

func (e *event) feedTeam(c *club, at time.Time) object {
	o := c.teamObject(e.season.cfg.Season, true)
	wins, losses := c.record(at)
	record := recordObject(wins, losses)
	record["ties"] = 0
	o["record"] = object{
		"gamesPlayed": wins + losses, "leagueRecord": record, "records": object{}, "divisionLeader": false, "wins": wins, "losses": losses,
		"winningPercentage": pct(wins, losses), "wildCardGamesBack": "-", "leagueGamesBack": "-", "springLeagueGamesBack": "-",
		"sportGamesBack": "-", "divisionGamesBack": "-", "conferenceGamesBack": "-",
	}
	return o
}

func (e *event) feedPlayers() object {
	all := object{}
	for _, c := range []*club{e.game.home, e.game.away} {
		for _, p := range c.squad() {
			all["ID"+strconv.Itoa(p.id)] = p.object(e.season.cfg.Season)
		}
	}
	return all
}

// positions are the API's words for the nine places and the hitter, by number.
var positions = [...][3]string{
	{},
	{"Pitcher", "Pitcher", "P"},
	{"Catcher", "Catcher", "C"},
	{"First Base", "Infielder", "1B"},
	{"Second Base", "Infielder", "2B"},
	{"Third Base", "Infielder", "3B"},
	{"Shortstop", "Infielder", "SS"},
	{"Outfielder", "Outfielder", "LF"},
	{"Outfielder", "Outfielder", "CF"},
	{"Outfielder", "Outfielder", "RF"},
	{"Designated Hitter", "Hitter", "DH"},
}

func (p player) object(season int) object {
	words, hand := positions[p.position], object{"code": "R", "description": "Right"}
	age := 22 + p.id%15
	return object{
		"id": p.id, "fullName": p.name(), "link": fmt.Sprintf("/api/v1/people/%d", p.id), "firstName": p.first, "lastName": p.last, "middleName": "",
		"primaryNumber": strconv.Itoa(10 + p.id%80), "birthDate": fmt.Sprintf("%d-03-01", season-age), "currentAge": age, "birthCity": "Springfield",
		"birthStateProvince": "IL", "birthCountry": "USA", "height": `6' 1"`, "weight": 200, "active": true,
		"primaryPosition": object{"code": strconv.Itoa(p.position), "name": words[0], "type": words[1], "abbreviation": words[2]},
		"useName":         p.first, "useLastName": p.last, "boxscoreName": p.last, "gender": "M", "isPlayer": true, "isVerified": true,
		"mlbDebutDate": fmt.Sprintf("%d-04-01", season-age+22), "batSide": hand, "pitchHand": hand, "nameFirstLast": p.name(),
		"nameSlug":      strings.ToLower(p.first + "-" + p.last + "-" + strconv.Itoa(p.id)),
		"firstLastName": p.name(), "lastFirstName": p.last + ", " + p.first, "lastInitName": p.last + ", " + p.first[:1],
		"initLastName": p.first[:1] + " " + p.last, "fullFMLName": p.name(), "fullLFMName": p.last + ", " + p.first,
		"strikeZoneTop": 3.4, "strikeZoneBottom": 1.6,
	}
}

func (c *club) venueObject(season int, local time.Time) object {
	o := c.venueRef()
	zone, offset := local.Zone()
	roof := "Open"
	if c.covered {
		roof = "Dome"
	}
	o["location"] = object{
		"address1": "1 Ballpark Way", "city": c.location, "state": "", "stateAbbrev": "", "postalCode": "00000",
		"defaultCoordinates": object{"latitude": 40.5, "longitude": -90.5}, "azimuthAngle": 45.5, "elevation": 100, "country": "USA", "phone": "",
	}
	o["timeZone"] = object{"id": c.zone.String(), "offset": offset / 3600, "offsetAtGameTime": offset / 3600, "tz": zone}
	o["fieldInfo"] = object{
		"capacity": 42_000, "turfType": "Grass", "roofType": roof, "leftLine": 330, "leftCenter": 375, "center": 400, "rightCenter": 375, "rightLine": 330,
	}
	o["active"], o["season"] = true, strconv.Itoa(season)
	return o
}

func (e *event) liveData(plays []play, b board, at time.Time) object {
	o := object{
		"plays":     e.playsObject(plays, b),
		"linescore": e.linescore(at, false),
		"boxscore":  e.boxscore(plays, b, at),
		"leaders":   object{"hitDistance": object{}, "hitSpeed": object{}, "pitchSpeed": object{}},
	}
	if s := e.state(at); s == over || s == final {
		o["decisions"] = e.decisions()
	}
	return o
}

// playsObject is every play that is over, without its pitches.
func (e *event) playsObject(plays []play, b board) object {
	all, scoring, innings := []object{}, []int{}, []object{}
	for i, p := range plays[:b.last+1] {
		all = append(all, e.playObject(i, p))
		if p.runs > 0 {
			scoring = append(scoring, i)
		}
		h := e.halves[p.half]
		if h.inning > len(innings) {
			innings = append(innings, object{"startIndex": i, "top": []int{}, "bottom": []int{}, "hits": object{"home": []object{}, "away": []object{}}})
		}
		inning, half := innings[h.inning-1], "bottom"
		if h.top {
			half = "top"
		}
		inning["endIndex"] = i
		if list, ok := inning[half].([]int); ok {
			inning[half] = append(list, i)
		}
	}
	o := object{"allPlays": all, "scoringPlays": scoring, "playsByInning": innings}
	if len(all) > 0 {
		o["currentPlay"] = all[len(all)-1]
	}
	return o
}

// playWords are eventType, event and what is said of it.
var playWords = map[string][2]string{
	"single": {"Single", "singles."}, "double": {"Double", "doubles."}, "home_run": {"Home Run", "homers."}, "walk": {"Walk", "walks."},
	"strikeout": {"Strikeout", "strikes out."}, "field_out": {"Flyout", "flies out."},
}

func (e *event) playObject(i int, p play) object {
	h := e.halves[p.half]
	half, batting, fielding := "bottom", e.game.home, e.game.away
	if h.top {
		half, batting, fielding = "top", fielding, batting
	}
	words, right := playWords[p.event], object{"code": "R", "description": "Right"}
	batter := batting.batters[p.batter]
	return object{
		"result": object{
			"type": "atBat", "event": words[0], "eventType": p.event, "description": batter.name() + " " + words[1], "rbi": p.runs,
			"awayScore": p.score.Away, "homeScore": p.score.Home, "isOut": p.isOut(),
		},
		"about": object{
			"atBatIndex": i, "halfInning": half, "isTopInning": h.top, "inning": h.inning, "startTime": p.start.Format(millis), "endTime": p.end.Format(millis),
			"isComplete": true, "isScoringPlay": p.runs > 0, "hasReview": false, "hasOut": p.isOut(), "captivatingIndex": 0,
		},
		"count": object{"balls": 0, "strikes": 0, "outs": p.outs},
		"matchup": object{
			"batter": batter.ref(), "batSide": right, "pitcher": e.pitcherOf(fielding, h.inning).ref(), "pitchHand": right,
			"batterHotColdZones": []object{}, "pitcherHotColdZones": []object{}, "splits": object{"batter": "vs_RHP", "pitcher": "vs_RHB", "menOnBase": "Empty"},
		},
		"pitchIndex": []int{}, "actionIndex": []int{}, "runnerIndex": []int{}, "runners": []object{}, "playEvents": []object{},
		"playEndTime": p.end.Format(millis), "atBatIndex": i,
	}
}

// Boxscore is the body of /api/v1/game/{pk}/boxscore as it stood at a moment.
// The error wraps mlb.ErrNotFound where the day does not list the game.
func (d *Day) Boxscore(pk int64, at time.Time) ([]byte, error) {
	e, err := d.listing(pk)
	if err != nil {
		return nil, err
	}
	var plays []play
	if e.played() {
		plays = e.plays()
	}
	b := boardOf(e, plays, at)
	o := e.boxscore(plays, b, at)
	home, away := e.boxTeam(true, plays, b, at), e.boxTeam(false, plays, b, at)
	home["team"], away["team"] = e.feedTeam(e.game.home, at), e.feedTeam(e.game.away, at)
	o["copyright"], o["teams"] = notice, object{"home": home, "away": away}
	return encode(o), nil
}

// boxscore has the batting orders, from the moment the lineups are published.
func (e *event) boxscore(plays []play, b board, at time.Time) object {
	return object{
		"teams": object{"home": e.boxTeam(true, plays, b, at), "away": e.boxTeam(false, plays, b, at)},
		"officials": []object{
			{"official": official(3).ref(), "officialType": "Home Plate"}, {"official": official(4).ref(), "officialType": "First Base"},
		},
		"info":          []object{{"label": "Venue", "value": e.game.home.venueName}},
		"pitchingNotes": []string{}, "topPerformers": []object{},
	}
}

func (e *event) boxTeam(home bool, plays []play, b board, at time.Time) object {
	c, _ := e.side(home)
	team := c.teamRef()
	for k, v := range c.springObject() {
		team[k] = v
	}
	order, pitchers := []int{}, []int{}
	if !at.Before(e.lineups) {
		order = e.order(home, at)
	}
	if b.half >= 0 {
		pitchers = append(pitchers, e.pitcherOf(c, 1).id)
	}
	return object{
		"team": team, "teamStats": e.teamStats(home, plays, b), "players": object{}, "batters": order, "pitchers": pitchers,
		"bench": []int{c.batters[9].id}, "bullpen": []int{c.relief[0].id}, "battingOrder": order, "note": []object{},
		"info": []object{{"title": "BATTING", "fieldList": []object{{"label": "Team LOB", "value": strconv.Itoa(b.home.left)}}}},
	}
}

// order is the batting order; where a good batter sits, the tenth man bats for
// him.
func (e *event) order(home bool, at time.Time) (ids []int) {
	c, _ := e.side(home)
	for _, p := range c.batters[:9] {
		ids = append(ids, p.id)
	}
	for _, s := range e.shocks {
		if s.kind == lineup && s.home == home && !s.at.After(at) {
			ids[2] = c.batters[9].id
		}
	}
	return ids
}

// teamStats counts what the plays tell.
func (e *event) teamStats(home bool, plays []play, b board) object {
	count := map[string]int{}
	for _, p := range plays[:b.last+1] {
		if e.halves[p.half].top != home {
			count[p.event]++
			count["rbi"] += p.runs
		}
	}
	hits := count["single"] + count["double"] + count["home_run"]
	atBats := hits + count["strikeout"] + count["field_out"]
	left := b.away.left
	if home {
		left = b.home.left
	}
	return object{
		"batting": object{
			"runs": count["rbi"], "hits": hits, "doubles": count["double"], "triples": 0, "homeRuns": count["home_run"], "strikeOuts": count["strikeout"],
			"baseOnBalls": count["walk"], "atBats": atBats, "plateAppearances": atBats + count["walk"], "rbi": count["rbi"], "leftOnBase": left,
		},
		"pitching": object{}, "fielding": object{"errors": 0},
	}
}
