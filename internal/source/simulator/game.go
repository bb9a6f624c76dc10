package simulator

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/runs"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// game is one game of the season, as it was played in the end.
type game struct {
	season       *Season
	n            int // in order of the calendar, from 1
	home, away   *club
	date         mlb.Date // it is played on
	start        time.Time
	number       int
	double       string
	innings      int
	seriesNumber int
	seriesGame   int
	seriesGames  int
	next         *game    // of the series; nil for its last
	events       []*event // the last is the one it was played in
	result
}

// result is what happened on the field.
type result struct {
	lineScore mlb.LineScore
	score     mlb.Score
	halves    []half
	ends      time.Time
	suspended time.Time // zero: never
	resumed   time.Time
	early     bool // ended by rain before its last scheduled inning
}

// pk is the gamePk.
func (g *game) pk() int64 {
	return source.SimulatedFrom + int64(g.season.cfg.Season-2000)*10_000 + int64(g.n)
}

// rules are what the event's scores are drawn by, at rates moved by the point.
func (e *event) rules(at point) runs.Game {
	return runs.Game{
		Home: e.home.Scale(math.Exp(at.x)), Away: e.away.Scale(math.Exp(at.y)),
		Innings: e.scheduledInnings(), Runner: e.season.cfg.Season >= runs.RunnerFrom,
	}
}

// scheduledInnings is how long the event is to be. A game that is called off
// may be shorter on its new day.
func (e *event) scheduledInnings() int {
	if !e.played() {
		return 9
	}
	return e.innings
}

// event is a game listed on a day: what the books open a market on. A game
// that is called off is listed again on its new day, and is another event
// there.
type event struct {
	*game
	n           int // in order of start, from 1
	listed      int // 0 the first time the game is listed, 1 the second
	date        mlb.Date
	start       time.Time // as it is announced at first
	number      int
	double      string
	off         time.Time // it was called off at; zero: it was played
	homeStarter player    // as announced at first
	awayStarter player
	home, away  runs.Half // expected runs at the opening
	weather     weather
	delay       delay
	firstPitch  time.Time // actual; zero where it was called off
	lineups     time.Time // published at
	opens       time.Time // the first book's prices
	shocks      []shock
	public      [3]lean // by market
}

// delay is a late start, announced.
type delay struct {
	at     time.Time     // zero: none
	by     time.Duration // to the new announced start
	reason string
}

// listing lists the game on a day.
func (g *game) listing(date mlb.Date, start time.Time) *event {
	e := &event{game: g, listed: len(g.events), date: date, start: start, number: g.number, double: g.double}
	g.events = append(g.events, e)
	return e
}

// id is Action Network's number of the event.
func (e *event) id() int64 {
	return source.SimulatedFrom + 50_000_000 + int64(e.season.cfg.Season-2000)*10_000 + int64(e.n)
}

// closes is when the books take the event down.
func (e *event) closes() time.Time {
	if !e.off.IsZero() {
		return e.off
	}
	return e.firstPitch
}

// played tells that the game is played under this listing.
func (e *event) played() bool { return e.off.IsZero() }

// point is what is known of a game: how far the log of both sides' expected
// runs has moved since the opening.
type point struct{ x, y float64 }

func (p point) plus(q point) point { return point{p.x + q.x, p.y + q.y} }

// close is the last point.
func (e *event) close() (p point) {
	for _, s := range e.shocks {
		p = p.plus(s.move)
	}
	return p
}

// The league's rates: runs of a half-inning, and what playing at home is
// worth.
const (
	baseRate      = 0.5
	homeAdvantage = 0.046
)

// plan draws all that decides the event but its prices.
func (e *event) plan() {
	r := e.season.rand(forPlan, e.n)
	if e.double != single && runs.ShortDoubleheaders(e.season.cfg.Season) {
		e.innings = 7
	}
	e.weather = drawWeather(r, e)
	e.pitchers()
	e.rates(r)
	e.drawStart(r)
	e.lineups = e.start.Add(-time.Duration(150+r.IntN(90)) * time.Minute).Add(time.Duration(r.IntN(60)) * time.Second)
	e.opens = e.start.Add(-time.Duration(20*60+r.IntN(9*60)) * time.Minute)
	e.drawPublic(r)
	e.shocks = drawShocks(r, e)
	if e.played() {
		e.play(e.season.rand(forGame, e.game.n))
	}
}

// pitchers names the starters: each club's five take turns.
func (e *event) pitchers() {
	h, a := e.game.home, e.game.away
	e.homeStarter, e.awayStarter = h.starters[h.played%len(h.starters)], a.starters[a.played%len(a.starters)]
	if e.played() {
		h.played++
		a.played++
	}
}

func (e *event) rates(r *rand.Rand) {
	h, a := e.game.home, e.game.away
	common := math.Log(baseRate) + h.park + e.weather.runs + 0.01*r.NormFloat64()
	home, away := common+homeAdvantage+h.batting+0.02*r.NormFloat64(), common-homeAdvantage+a.batting+0.02*r.NormFloat64()
	e.home = runs.Half{Early: math.Exp(home - e.awayStarter.skill), Late: math.Exp(home - a.bullpen)}
	e.away = runs.Half{Early: math.Exp(away - e.homeStarter.skill), Late: math.Exp(away - h.bullpen)}
}

// drawStart draws the actual first pitch: minutes after the scheduled one,
// later for a ceremony, much later for rain, and never before the first game of
// a doubleheader has ended.
func (e *event) drawStart(r *rand.Rand) {
	late := time.Duration(60+r.IntN(60)+int(150*math.Abs(r.NormFloat64()))) * time.Second
	begin := e.start
	if first := e.first(); first != nil && begin.Before(first.ends.Add(25*time.Minute)) {
		begin = first.ends.Add(25 * time.Minute).Truncate(5 * time.Minute)
		e.delay = delay{at: first.ends, by: begin.Sub(e.start), reason: "Doubleheader"}
	}
	u := r.Float64()
	switch {
	case !e.delay.at.IsZero():
	case !e.game.home.covered && u < 0.035:
		e.delay = delay{at: e.start.Add(-time.Duration(r.IntN(45)) * time.Minute), by: time.Duration(4+r.IntN(22)) * 5 * time.Minute, reason: "Rain"}
	case u > 0.96:
		e.delay = delay{at: e.start.Add(-time.Duration(10+r.IntN(20)) * time.Minute), by: time.Duration(2+r.IntN(4)) * 5 * time.Minute, reason: "Ceremony"}
	}
	if e.played() {
		e.firstPitch = e.start.Add(e.delay.by + late)
	} else {
		e.delay = delay{}
	}
}

// first is the doubleheader's first game, where e is its second.
func (e *event) first() *game {
	if e.number != 2 {
		return nil
	}
	for _, g := range e.season.games {
		if g.home == e.game.home && g.date == e.date && g.number == 1 && g.double != single {
			return g
		}
	}
	return nil
}

// play draws the game itself, at what was known of it in the end.
func (e *event) play(r *rand.Rand) {
	g := e.game
	g.lineScore = e.rules(e.close()).Play(r)
	if !g.home.covered && r.Float64() < 0.003 {
		g.endEarly(5 + r.IntN(3))
	}
	g.score, _ = g.lineScore.Through(len(g.lineScore.Away))
	g.timeHalves(r, e)
	g.season.games = append(g.season.games, g)
	g.home.ends = append(g.home.ends, ending{g.ends, g.score.Home > g.score.Away})
	g.away.ends = append(g.away.ends, ending{g.ends, g.score.Away > g.score.Home})
}

// endEarly ends the game after n whole innings, unless it is level then.
func (g *game) endEarly(n int) {
	s, ok := g.lineScore.Through(n)
	if n >= g.innings || !ok || s.Home == s.Away {
		return
	}
	g.early = true
	g.lineScore.Away, g.lineScore.Home = g.lineScore.Away[:n], g.lineScore.Home[:n]
}

// starter is who is announced to start at a moment.
func (e *event) starter(home bool, at time.Time) player {
	p := e.awayStarter
	if home {
		p = e.homeStarter
	}
	for _, s := range e.shocks {
		if s.kind == scratch && s.home == home && !s.at.After(at) {
			if home {
				return e.game.home.spare
			}
			return e.game.away.spare
		}
	}
	return p
}

// weather is the sky over a park.
type weather struct {
	temp      int // Fahrenheit
	wind      int // miles an hour
	out       bool
	condition string
	runs      float64 // of the log of both sides' runs
}

func drawWeather(r *rand.Rand, e *event) weather {
	if e.game.home.covered {
		return weather{temp: 72, condition: "Roof Closed"}
	}
	day := float64(e.date.Time().YearDay())
	w := weather{
		temp: int(68 + 16*math.Sin((day-110)/365*2*math.Pi) + 8*r.NormFloat64()), wind: r.IntN(16), out: r.IntN(2) == 0,
		condition: [...]string{"Sunny", "Clear", "Partly Cloudy", "Cloudy", "Overcast"}[r.IntN(5)],
	}
	w.runs = 0.0012*float64(w.temp-70) + 0.002*float64(w.wind)*sign(w.out)
	return w
}

func sign(up bool) float64 {
	if up {
		return 1
	}
	return -1
}
