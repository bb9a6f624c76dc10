package simulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Action Network's numbers of what stands beside the books, and of the league.
const (
	consensusID = 15
	openID      = 30
	leagueID    = 8
)

// anTypes are the markets' names there, in the order of markets.
var anTypes = [len(markets)]string{"moneyline", "spread", "total"}

// ScoreboardURL is where Action Network would serve the day's scoreboard.
func (d *Day) ScoreboardURL() string {
	ids := fmt.Sprintf("%d,%d", consensusID, openID)
	for _, b := range byNumber() {
		ids += fmt.Sprintf(",%d", books[b].an)
	}
	return fmt.Sprintf("https://api.actionnetwork.com/web/v2/scoreboard/publicbetting/mlb?bookIds=%s&date=%04d%02d%02d&periods=event",
		ids, d.date.Year, d.date.Month, d.date.Day)
}

// HistoryURL is where Action Network would serve the event's line history.
func HistoryURL(event int64) string {
	return fmt.Sprintf("https://api.actionnetwork.com/web/v2/markets/event/%d/history", event)
}

// byNumber is the books in the order of Action Network's numbers.
func byNumber() (order []int) {
	for b := range books {
		order = append(order, b)
	}
	slices.SortFunc(order, func(a, b int) int { return books[a].an - books[b].an })
	return order
}

// Scoreboard is the body of web/v2/scoreboard/publicbetting/mlb for the day,
// as it stood at a moment.
func (d *Day) Scoreboard(at time.Time) []byte {
	w := make(body, 0, len(d.markets)*64<<10)
	w.raw(`{"league":`).raw(d.season.league()).raw(`,"games":[`)
	order := byNumber()
	for i, m := range d.markets {
		w.comma(i)
		m.anGame(&w, i, at, order)
	}
	w.raw(`],"market_rules":{},"content_live_count":0}`)
	return w
}

// league is the league as the scoreboard describes it.
func (s *Season) league() string {
	first, last := s.span[0].Time(), s.span[1].Time().AddDate(0, 0, 1)
	day := func(t time.Time) string { return t.Add(7 * time.Hour).Format(millis) }
	const leagueJSON = `{"id":%d,"sport":"baseball","name":"mlb","description":"Major League Baseball","logo":"","current_season":"%d",` +
		`"current_season_type":"reg","pre_season_start":"%s","pre_season_end":"%s","reg_season_start":"%s","reg_season_end":"%s",` +
		`"post_season_start":"%s","post_season_end":"%s","blacklist_dates":["%s"],"calendar_info":{"pre":[%s],"reg":[%s],"post":[%s]},` +
		`"current_week":1,"updated_at":"%s","is_active":true,"conferences":[{"id":"AL","display":"American League"},{"id":"NL","display":"National League"}],` +
		`"divisions":[{"id":"EAST","display":"East","conference_id":"AL"},{"id":"EAST","display":"East","conference_id":"NL"}]}`
	week := func(abbr string, from, to time.Time) string {
		return fmt.Sprintf(`{"abbr":"%s","week":1,"label":"%s","endDate":"%s","startDate":"%s"}`, abbr, abbr, day(to), day(from))
	}
	spring, autumn := first.AddDate(0, -1, 0), last.AddDate(0, 1, 5)
	return fmt.Sprintf(leagueJSON, leagueID, s.cfg.Season, day(spring), day(first), day(first), day(last), day(last), day(autumn), day(last),
		week("PRE", spring, first), week("REG", first, last), week("POST", last, autumn), day(first))
}

func (m *market) anGame(w *body, i int, at time.Time, order []int) {
	status, realStatus, display := m.anStatus(at)
	w.int(`{"id":`, m.id()).int(`,"league_id":`, leagueID).str(`,"status":`, status).str(`,"real_status":`, realStatus).raw(`,"status_display":`)
	if display == "" {
		w.raw("null")
	} else {
		w.str("", display)
	}
	w.time(`,"start_time":`, m.announced(at), millis).
		int(`,"away_team_id":`, int64(m.game.away.ActionNetwork)).int(`,"home_team_id":`, int64(m.game.home.ActionNetwork)).raw(`,"winning_team_id":`)
	crowd := int64(0)
	if s := m.state(at); s == over || s == final {
		crowd = 18_000 + int64(mix(uint64(m.pk()))%20_000)
		w.int("", int64(m.winner().ActionNetwork))
	} else {
		w.raw("null")
	}
	w.int(`,"league_name":"mlb","type":"reg","season":`, int64(m.season.cfg.Season)).int(`,"attendance":`, crowd).
		int(`,"coverage":"full","is_free":false,"trending":false,"away_rotation_number":`, int64(901+2*i)).int(`,"home_rotation_number":`, int64(902+2*i))
	m.anTeams(w, at)
	bets := m.public.by(at)
	count := 0
	for _, b := range bets {
		count += b.tickets[0] + b.tickets[1]
	}
	w.int(`,"meta":{},"num_bets":`, int64(count)).int(`,"core_id":`, m.id()-40_000_000)
	if m.played() && !at.Before(m.firstPitch) {
		m.anPlay(w, at)
	}
	w.raw(`,"broadcast":{"network":"MLB.TV","network_short":"MLB.TV","satellite":"213"},"markets":{`)
	m.anMarkets(w, at, bets, order)
	w.raw(`}}`)
}

func (g *game) winner() *club {
	if g.score.Home > g.score.Away {
		return g.home
	}
	return g.away
}

func (e *event) anStatus(at time.Time) (status, realStatus, display string) {
	switch e.state(at) {
	case delayed:
		if e.delay.reason == "Rain" {
			return "weatherdelay", "delayed", "Weather Delay"
		}
		return "delayed", "delayed", "Delayed"
	case suspended:
		return "delayed", "delayed", "Suspended"
	case live:
		h := e.halves[e.begun(at)-1]
		side := "Bot"
		if h.top {
			side = "Top"
		}
		return "inprogress", "inprogress", side + " " + ordinal(h.inning)
	case over:
		return "complete", "complete", "Final"
	case final:
		return "complete", "closed", "Final"
	case called:
		return "postponed", "postponed", "Postponed"
	case scheduled, pregame:
		if e.double == straight && e.number == 2 {
			return "time-tbd", "time-tbd", ""
		}
	}
	return "scheduled", "scheduled", ""
}

func ordinal(n int) string {
	switch {
	case n%10 == 1 && n != 11:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2 && n != 12:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3 && n != 13:
		return fmt.Sprintf("%drd", n)
	default:
		return fmt.Sprintf("%dth", n)
	}
}

// anTeams lists the clubs: in any order, as the source does.
func (m *market) anTeams(w *body, at time.Time) {
	pair := [2]*club{m.game.home, m.game.away}
	if m.n%2 == 0 {
		pair[0], pair[1] = pair[1], pair[0]
	}
	w.raw(`,"teams":[`)
	for i, c := range pair {
		wins, losses := c.record(at)
		conference := "NL"
		if c.league == americanLeague {
			conference = "AL"
		}
		w.comma(i).int(`{"id":`, int64(c.ActionNetwork)).str(`,"full_name":`, c.Name).str(`,"display_name":`, c.anName()).str(`,"short_name":`, c.anName()).
			str(`,"location":`, c.anLocation).str(`,"abbr":`, c.Code).raw(`,"logo":""`).str(`,"primary_color":`, c.color).str(`,"secondary_color":`, c.color2).
			str(`,"conference_type":`, conference).str(`,"division_type":`, c.divisionWord()).str(`,"url_slug":`, c.slug).
			int(`,"standings":{"win":`, int64(wins)).int(`,"loss":`, int64(losses)).int(`,"ties":0,"overtime_losses":null,"draw":null},"core_id":`, int64(2000+c.ActionNetwork)).raw(`}`)
	}
	w.raw(`]`)
}

// anPlay is what the scoreboard shows of a game that has begun.
func (m *market) anPlay(w *body, at time.Time) {
	l := m.board(at)
	text := "Game Start"
	if s := m.state(at); s == over || s == final {
		text = "End Game"
	}
	w.str(`,"last_play":{"text":`, text).str(`,"type":`, "play").
		int(`,"clock":"","possession":`, int64(m.game.home.ActionNetwork)).raw(`,"home_win_pct":null,"over_win_pct":null,"home_spread_win_pct":null}`).
		int(`,"boxscore":{"clock":"","period":`, int64(len(l.innings))).raw(`,"linescore":[`)
	var five mlb.Score
	for i, inning := range l.innings {
		if i < 5 {
			five.Away, five.Home = five.Away+inning.away.runs, five.Home+inning.home.runs
		}
		n := int64(i + 1)
		w.comma(i).int(`{"id":`, n).int(`,"abbr":"`, n).str(`","display_name":`, ordinal(i+1)).str(`,"full_name":`, ordinal(i+1)+" Inning").
			int(`,"away_points":`, int64(inning.away.runs)).int(`,"home_points":`, int64(inning.home.runs)).raw(`}`)
	}
	w.raw(`]`)
	m.anLatest(w, at)
	w.int(`,"total_away_points":`, int64(l.away.runs)).int(`,"total_home_points":`, int64(l.home.runs)).
		int(`,"total_away_firstfive_points":`, int64(five.Away)).int(`,"total_home_firstfive_points":`, int64(five.Home)).raw(`}`)
}

// anLatest is the consensus in one place.
func (m *market) anLatest(w *body, at time.Time) {
	var q [len(markets)]update
	for k := range markets {
		q[k], _ = m.consensus(k, at)
	}
	w.int(`,"latest_odds":{"game":{"over":`, int64(q[2].first)).line(`,"total":`, mlb.Line(q[2].line)).int(`,"under":`, int64(q[2].second)).
		int(`,"ml_away":`, int64(q[0].second)).int(`,"ml_home":`, int64(q[0].first)).line(`,"spread_away":`, mlb.Line(-q[1].line)).
		line(`,"spread_home":`, mlb.Line(q[1].line)).int(`,"spread_away_line":`, int64(q[1].second)).int(`,"spread_home_line":`, int64(q[1].first)).raw(`}}`)
}

// consensus is the line that most books have as their main one, at the mean of
// their fair log-odds; ok is false where no book has opened.
func (m *market) consensus(k int, at time.Time) (u update, ok bool) {
	type vote struct {
		line  int8
		books int
		sum   float64
	}
	var votes []vote
	for b := range books {
		q, quoted := m.quoteAt(b, k, at)
		if !quoted || books[b].leader != own {
			continue
		}
		i := slices.IndexFunc(votes, func(v vote) bool { return v.line == q.line })
		if i < 0 {
			i, votes = len(votes), append(votes, vote{line: q.line})
		}
		votes[i].books++
		votes[i].sum += fair(q.first, q.second)
	}
	if len(votes) == 0 {
		return update{}, false
	}
	best := slices.MaxFunc(votes, func(a, b vote) int { return a.books - b.books }) // the first of equals
	u.line = best.line
	u.first, u.second = twoSided(best.sum/float64(best.books), 0.046, 1)
	return u, true
}

// opening is the first price any book had, if it was by then.
func (m *market) opening(k int, at time.Time) (u update, ok bool) {
	for b := range books {
		all := m.updates[b][k]
		if len(all) > 0 && (!ok || all[0].at < u.at) && all[0].at <= at.UnixMicro() {
			u, ok = all[0], true
		}
	}
	return u, ok
}

// History is the body of web/v2/markets/event/{id}/history as it stood at a
// moment: every price of every book until then. The error wraps
// mlb.ErrNotFound where the day does not list the event.
func (d *Day) History(event int64, at time.Time) ([]byte, error) {
	m, err := d.event(event)
	if err != nil {
		return nil, err
	}
	w := make(body, 0, 512<<10)
	w.raw(`{`)
	for i, b := range byNumber() {
		w.comma(i).int(`"`, int64(books[b].an)).raw(`":{"event":{`)
		for k := range markets {
			w.comma(k).str("", anTypes[k]).raw(`:[`)
			m.anHistory(&w, b, k, 0, at)
			w.raw(`,`)
			m.anHistory(&w, b, k, 1, at)
			w.raw(`]`)
		}
		w.raw(`}}`)
	}
	w.raw(`}`)
	return w, nil
}

// anHistory is one side's prices at one book.
func (m *market) anHistory(w *body, b, k, side int, at time.Time) {
	w.str(`{"side":`, anSide(k, side)).raw(`,"period":"event","team_id":`)
	m.anTeam(w, k, side)
	w.raw(`,"history":[`)
	var last update
	n := 0
	for _, u := range m.updates[b][k] {
		price, stamp, same := u.first, u.time(), u.first == last.first
		if side == 1 {
			price, stamp, same = u.second, u.secondAt(), u.second == last.second
		}
		if stamp.After(at) {
			break
		}
		if n > 0 && same && u.line == last.line {
			last = u
			continue
		}
		status := "normal"
		if n == 0 {
			status = "opener"
		}
		w.comma(n).int(`{"odds":`, int64(price)).line(`,"value":`, anLine(u, k, side)).time(`,"updated_at":`, stamp, microsZ).str(`,"line_status":`, status).raw(`}`)
		last = u
		n++
	}
	w.raw(`]}`)
}

// anLine is the line as the side's ticket shows it.
func anLine(u update, k, side int) mlb.Line {
	first, second := markets[k].Sides()
	if side == 1 {
		first = second
	}
	return mlb.Line(u.line).ForSide(markets[k], first)
}

func anSide(k, side int) string {
	first, second := markets[k].Sides()
	if side == 1 {
		return second.String()
	}
	return first.String()
}

// anTeam is the team of a side; a total has none.
func (m *market) anTeam(w *body, k, side int) {
	switch {
	case markets[k] == mlb.Total:
		w.raw("null")
	case side == 0:
		w.int("", int64(m.game.home.ActionNetwork))
	default:
		w.int("", int64(m.game.away.ActionNetwork))
	}
}

// marketID is Action Network's number of a market of the event.
func (m *market) marketID(k int) int64 { return source.SimulatedFrom + int64(m.n)*8 + int64(k) }
