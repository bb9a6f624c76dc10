// Package simslate makes a small synthetic slate of odds, for showing the
// platform where no source is set up. Every row it makes is marked synthetic
// on its way in; it is no model of the real market.
package simslate

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
)

// Format reads what Write writes: the layout of the change log.
func Format() (source.OddsFormat, error) {
	f, err := boltodds.Format()
	f.Name, f.Source, f.Synthetic = "simslate", "simslate", true
	open := f.Open
	f.Open = func(r io.Reader, zone *time.Location) (source.OddsReader, error) {
		rows, err := open(r, zone)
		return marked{rows}, err
	}
	return f, err
}

// marked marks every row as simulated.
type marked struct{ source.OddsReader }

// Next is the next row, marked.
func (m marked) Next() (source.OddsRow, error) {
	row, err := m.OddsReader.Next()
	row.Simulated = true
	return row, err
}

// books quote with their own margin; every one follows the true price except
// that now and then one lags behind.
var books = []struct {
	name   string
	margin float64 // overround
}{
	{"pinnacle", 0.022},
	{"circa", 0.026},
	{"draftkings", 0.045},
	{"fanduel", 0.044},
	{"betmgm", 0.048},
	{"caesars", 0.047},
	{"bet365", 0.046},
}

const (
	games   = 8
	minutes = 30
)

// game is one made-up game: its truth walks, the books follow.
type game struct {
	home, away mlb.Team
	day        mlb.Date // official: of the slate, also for a start after midnight
	start      time.Time
	strength   float64 // true log-odds of the home side
	over       float64 // true log-odds of the over at line
	line       mlb.Line
	news       bool           // the market jumps once
	lag        map[string]int // minutes a book stands still from here on
}

// Write writes a slate of the day whose last capture is at now. The same seed
// and now give the same bytes.
func Write(w io.Writer, seed uint64, now time.Time) error {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return err
	}
	now = now.UTC().Truncate(time.Minute)
	r := rand.New(rand.NewPCG(seed, uint64(now.Unix()))) //nolint:gosec // reproducible on purpose
	if _, err := fmt.Fprintln(w, "captured_at,mode,market,game,starts_at,sportsbook,selection,target,side,line,odds"); err != nil {
		return err
	}
	slate := makeSlate(r, now, mlb.DateOf(now.In(eastern)))
	for minute := range minutes + 1 {
		at := now.Add(time.Duration(minute-minutes) * time.Minute)
		for i := range slate {
			if err := slate[i].capture(w, r, at, eastern, minute); err != nil {
				return err
			}
		}
	}
	return nil
}

func makeSlate(r *rand.Rand, now time.Time, day mlb.Date) []game {
	teams := mlb.Teams()
	r.Shuffle(len(teams), func(i, j int) { teams[i], teams[j] = teams[j], teams[i] })
	slate := make([]game, games)
	for i := range slate {
		slate[i] = game{
			home: teams[2*i], away: teams[2*i+1], day: day, start: now.Add(time.Duration(60+20*i) * time.Minute),
			strength: 0.12 + 0.35*r.NormFloat64(), over: 0.05 * r.NormFloat64(),
			line: mlb.Line(14 + 2*r.IntN(4) + 1), news: i%2 == 0, lag: map[string]int{},
		}
	}
	return slate
}

// capture writes every book's prices of the game at one minute.
func (g *game) capture(w io.Writer, r *rand.Rand, at time.Time, zone *time.Location, minute int) error {
	g.strength += 0.015 * r.NormFloat64()
	g.over += 0.012 * r.NormFloat64()
	if minute == minutes-6 && g.news { // news: the market moves, and one soft book stands still
		g.strength += 0.22 * float64(1-2*r.IntN(2))
		g.lag[books[2+r.IntN(len(books)-2)].name] = minute
	}
	for _, b := range books {
		if since, lags := g.lag[b.name]; lags && minute >= since && minute < minutes {
			continue
		}
		strength := g.strength
		if _, lags := g.lag[b.name]; lags {
			strength -= 0.13 * sign(strength)
		}
		if err := g.quote(w, at, zone, b.name, b.margin, strength); err != nil {
			return err
		}
	}
	return nil
}

func sign(x float64) float64 { return math.Copysign(1, x) }

func (g *game) quote(w io.Writer, at time.Time, zone *time.Location, book string, margin, strength float64) error {
	head := func(market string) string {
		return fmt.Sprintf(`%s,prematch,%s,"%s vs %s, %s","%s",%s`, at.Format(time.RFC3339), market,
			g.home.Name, g.away.Name, g.day, g.start.In(zone).Format("2006-01-02, 03:04 PM"), book)
	}
	home, away := prices(strength, margin)
	if _, err := fmt.Fprintf(w, "%[1]s,%[2]s Moneyline,%[2]s,,,%[4]s\n%[1]s,%[3]s Moneyline,%[3]s,,,%[5]s\n",
		head("Moneyline"), g.home.Name, g.away.Name, home, away); err != nil {
		return err
	}
	over, under := prices(g.over, margin)
	_, err := fmt.Fprintf(w, "%[1]s,%[2]s O %[4]s,,O,%[4]s,%[5]s\n%[1]s,%[3]s U %[4]s,,U,%[4]s,%[6]s\n",
		head("Total"), g.home.Name, g.away.Name, g.line, over, under)
	return err
}

// prices are what a book with the given overround quotes on true log-odds.
func prices(logOdds, margin float64) (first, second odds.American) {
	price := func(p float64) odds.American {
		a, err := odds.FromProb(min(0.97, p*(1+margin)))
		if err != nil {
			return 100
		}
		return a
	}
	return price(odds.Sigmoid(logOdds)), price(odds.Sigmoid(-logOdds))
}
