package simulator

import (
	"math/rand/v2"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// The season is made of blocks in which every club plays one series: the
// opening Thursday to Sunday, then weeks of Monday to Thursday and Friday to
// Sunday. One Monday to Thursday has no games, six have four.
const (
	weeks      = 26
	breakWeek  = 15
	openingDay = 25 // of March; the first Thursday from then on
)

var fourGameWeeks = map[int]bool{2: true, 6: true, 10: true, 13: true, 19: true, 23: true}

// fixtures is every game as it stands on the calendar, in order of its day.
func (s *Season) fixtures() []*game {
	r := s.rand(forFixtures, 0)
	first := time.Date(s.cfg.Season, time.March, openingDay, 0, 0, 0, 0, time.UTC)
	for first.Weekday() != time.Thursday {
		first = first.AddDate(0, 0, 1)
	}
	d := newDraw(r, s.clubs)
	byDay := map[mlb.Date][]*game{}
	block := func(day int, patterns ...[]int) {
		for _, p := range d.pairs() {
			days := patterns[r.IntN(len(patterns))]
			var last *game
			for k, offset := range days {
				g := &game{
					season: s, home: p[0], away: p[1], date: mlb.DateOf(first.AddDate(0, 0, day+offset)), number: 1, double: single,
					seriesGames: len(days), seriesGame: k + 1, seriesNumber: d.round, innings: 9,
				}
				if last != nil {
					last.next = g
				}
				last, byDay[g.date] = g, append(byDay[g.date], g)
			}
		}
	}
	block(0, []int{0, 2, 3}, []int{1, 2, 3})
	for w := range weeks {
		monday := 4 + 7*w
		switch {
		case w == breakWeek:
		case fourGameWeeks[w]:
			block(monday, []int{0, 1, 2, 3})
		default:
			block(monday, []int{0, 1, 2}, []int{1, 2, 3})
		}
		block(monday+4, []int{0, 1, 2})
	}
	var games []*game
	for day := range 4 + 7*weeks {
		for _, g := range byDay[mlb.DateOf(first.AddDate(0, 0, day))] {
			g.start = startOf(r, g)
			games = append(games, g)
			g.n = len(games)
		}
	}
	return games
}

// draw pairs the clubs, series after series.
type draw struct {
	r     *rand.Rand
	clubs []*club
	round int
	met   map[[2]*club]int // series of the two, either way around
	home  map[*club]int    // series at home less series away
}

func newDraw(r *rand.Rand, clubs []*club) *draw {
	return &draw{r: r, clubs: clubs, met: map[[2]*club]int{}, home: map[*club]int{}}
}

// pairs matches all clubs, those first that have met least for what their
// divisions and leagues ask, the one at home first.
func (d *draw) pairs() (pairs [][2]*club) {
	d.round++
	free := map[*club]bool{}
	order := make([]*club, 0, len(d.clubs))
	for _, i := range d.r.Perm(len(d.clubs)) {
		order, free[d.clubs[i]] = append(order, d.clubs[i]), true
	}
	for _, a := range order {
		if !free[a] {
			continue
		}
		free[a] = false
		b := d.opponent(a, order, free)
		free[b] = false
		pairs = append(pairs, d.place(a, b))
	}
	return pairs
}

func (d *draw) opponent(a *club, order []*club, free map[*club]bool) (best *club) {
	most := 0.0
	for _, b := range order {
		if !free[b] {
			continue
		}
		need := seriesOf(a, b) - float64(d.met[key(a, b)]) + 0.8*d.r.Float64()
		if best == nil || need > most {
			best, most = b, need
		}
	}
	d.met[key(a, best)]++
	return best
}

func key(a, b *club) [2]*club {
	if a.ID > b.ID {
		a, b = b, a
	}
	return [2]*club{a, b}
}

// seriesOf is how many series the two play in a season.
func seriesOf(a, b *club) float64 {
	switch {
	case a.division == b.division:
		return 4.3
	case a.league == b.league:
		return 2
	default:
		return 1
	}
}

// place sends the club home that has been away more.
func (d *draw) place(a, b *club) [2]*club {
	if d.home[a] > d.home[b] || d.home[a] == d.home[b] && d.r.IntN(2) == 0 {
		a, b = b, a
	}
	d.home[a]++
	d.home[b]--
	return [2]*club{a, b}
}

// The usual starts, in minutes after midnight at the park.
var (
	nights    = [...]int{18*60 + 10, 18*60 + 35, 18*60 + 40, 18*60 + 45, 19*60 + 5, 19*60 + 7, 19*60 + 10, 19*60 + 10}
	days      = [...]int{12*60 + 10, 12*60 + 35, 13*60 + 5, 13*60 + 10, 13*60 + 20, 14*60 + 10}
	saturdays = [...]int{13*60 + 10, 14*60 + 10, 16*60 + 5, 16*60 + 10, 18*60 + 10, 19*60 + 10, 19*60 + 15}
)

// startOf draws the scheduled start: never before 11:30 nor after 22:15 in the
// east.
func startOf(r *rand.Rand, g *game) time.Time {
	var minutes int
	switch weekday, u := g.date.Time().Weekday(), r.Float64(); {
	case weekday == time.Saturday:
		minutes = saturdays[r.IntN(len(saturdays))]
	case weekday == time.Sunday && u < 0.92, weekday == time.Friday && u < 0.06, weekday != time.Friday && g.seriesGame == g.seriesGames && u < 0.45:
		minutes = days[r.IntN(len(days))]
	case weekday == time.Sunday && u < 0.95:
		minutes = 11*60 + 35
	default:
		minutes = nights[r.IntN(len(nights))]
	}
	start := g.home.at(g.date, minutes)
	midnight := time.Date(g.date.Year, g.date.Month, g.date.Day, 0, 0, 0, 0, g.season.eastern)
	earliest, latest := midnight.Add(11*time.Hour+30*time.Minute), midnight.Add(22*time.Hour+15*time.Minute)
	switch {
	case start.Before(earliest):
		start = earliest
	case start.After(latest):
		start = latest
	}
	return start.UTC()
}
