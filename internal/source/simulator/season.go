package simulator

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Config says which season to make. The same one gives the same season.
type Config struct {
	Season int    // the year: 2000 to 2099
	Seed   uint64 // another seed is another season of the same numbers
	Days   int    // only the first so many days; 0: all
}

// Season is a whole season as it was played. It is read-only: days may be made
// from it at the same time.
type Season struct {
	cfg     Config
	eastern *time.Location
	clubs   []*club
	games   []*game
	days    []mlb.Date
	byDay   map[mlb.Date][]*event
	span    [2]mlb.Date // the first and the last of all days
}

// New makes a season: its calendar, its results, and what decides its prices.
// The error wraps mlb.ErrInvalid where there is no such season.
func New(cfg Config) (*Season, error) {
	if cfg.Season < 2000 || cfg.Season > 2099 || cfg.Days < 0 {
		return nil, fmt.Errorf("%w: season %d of %d days: want a year from 2000 to 2099", mlb.ErrInvalid, cfg.Season, cfg.Days)
	}
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	clubs, err := readClubs()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Season{cfg: cfg, eastern: eastern, clubs: clubs, byDay: map[mlb.Date][]*event{}}
	for i, c := range s.clubs {
		c.draw(s, i)
	}
	events := s.callOff(s.fixtures())
	for i, e := range events {
		e.n = i + 1
		e.plan()
	}
	s.sortRecords()
	s.list(events)
	return s, nil
}

// list files the events under their days and forgets the days nobody asked
// for.
func (s *Season) list(events []*event) {
	for _, e := range events {
		if s.byDay[e.date] == nil {
			s.days = append(s.days, e.date)
		}
		s.byDay[e.date] = append(s.byDay[e.date], e)
	}
	s.span = [2]mlb.Date{s.days[0], s.days[len(s.days)-1]}
	if s.cfg.Days > 0 && s.cfg.Days < len(s.days) {
		s.days = s.days[:s.cfg.Days]
	}
}

// Days are the days with games, in order.
func (s *Season) Days() []mlb.Date { return slices.Clone(s.days) }

// Season is the year.
func (s *Season) Season() int { return s.cfg.Season }

// The purposes of generators: each draws from its own.
type purpose uint64

const (
	forClub purpose = iota + 1
	forFixtures
	forWeather
	forPlan
	forGame
	forPrices
	forPublic
	forPlays
	forNames
)

// rand is the generator of one purpose and number.
func (s *Season) rand(p purpose, n int) *rand.Rand {
	hi := mix(s.cfg.Seed ^ mix(uint64(s.cfg.Season)))
	return rand.New(rand.NewPCG(hi, mix(uint64(p)<<40|uint64(n)))) //nolint:gosec // reproducible on purpose
}

// mix is a round of splitmix64: near seeds give far ones.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// sortRecords puts every club's games in the order they ended.
func (s *Season) sortRecords() {
	for _, c := range s.clubs {
		slices.SortFunc(c.ends, func(a, b ending) int { return a.at.Compare(b.at) })
	}
}

// callOff decides which games rain postpones, and gives every listing of every
// game in the order of their starts.
func (s *Season) callOff(games []*game) (events []*event) {
	r := s.rand(forWeather, 0)
	doubled := map[clubDay]bool{}
	for _, g := range games {
		planned := g.listing(g.date, g.start)
		if makeup, ok := s.makeup(games, g, doubled); ok && !g.home.covered && g.double == single && r.Float64() < rainOf(g.date.Month) {
			planned.off = planned.start.Add(-time.Duration(15+r.IntN(240)) * time.Minute)
			doubled[clubDay{g.home, makeup.date}], doubled[clubDay{g.away, makeup.date}] = true, true
			g.postpone(r, makeup)
			events = append(events, planned, g.listing(g.date, g.start))
			continue
		}
		events = append(events, planned)
	}
	slices.SortFunc(events, func(a, b *event) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.game.n, b.game.n))
	})
	return events
}

// clubDay is a club's day.
type clubDay struct {
	club *club
	date mlb.Date
}

// rainOf is the share of open-air games called off before they begin.
func rainOf(m time.Month) float64 {
	if m <= time.April {
		return 0.035
	}
	return 0.02
}

// makeup is the later game of the two clubs in the same park that the postponed
// one is played before. Where there is none the game is not called off.
func (s *Season) makeup(games []*game, g *game, doubled map[clubDay]bool) (*game, bool) {
	for _, later := range games[g.n:] {
		if later.home == g.home && later.away == g.away && g.date.Before(later.date) && later.double == single &&
			!doubled[clubDay{g.home, later.date}] && !doubled[clubDay{g.away, later.date}] {
			return later, true
		}
	}
	return nil, false
}

// The values of doubleHeader.
const (
	single   = "N"
	straight = "Y" // the second game begins when the first has ended
	split    = "S" // each has its own start
)

// postpone moves g to the day of the makeup's game, before it.
func (g *game) postpone(r *rand.Rand, other *game) {
	g.double = straight
	first, second := 13*60+5, 16*60+40
	if r.Float64() < 0.35 {
		g.double, second = split, 18*60+40
	}
	other.double = g.double
	g.date = other.date
	g.number, other.number = 1, 2
	g.start, other.start = other.home.at(other.date, first), other.home.at(other.date, second)
}

// at is a time of day at the club's park, in minutes after midnight there.
func (c *club) at(d mlb.Date, minutes int) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, minutes, 0, 0, c.zone).UTC()
}
