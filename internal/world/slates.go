package world

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// slates are the days of a season, made when they are asked for.
type slates struct {
	season  *simulator.Season
	eastern *time.Location

	mu   sync.Mutex
	days map[mlb.Date]*simulator.Day
	used []mlb.Date // the last used last
}

// maxDays bounds how many days' prices are kept; one takes some megabytes.
const maxDays = 9

func newSlates(cfg simulator.Config) (*slates, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	season, err := simulator.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return &slates{season: season, eastern: eastern, days: map[mlb.Date]*simulator.Day{}}, nil
}

// today is the day in the east.
func (s *slates) today(at time.Time) mlb.Date { return mlb.DateOf(at.In(s.eastern)) }

// dayOf is a day's slate, nil on a day without games.
func (s *slates) dayOf(date mlb.Date) (*simulator.Day, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.days[date]; ok {
		s.touch(date)
		return d, nil
	}
	d, err := s.season.Day(date)
	if err != nil && !errors.Is(err, mlb.ErrNotFound) {
		return nil, fmt.Errorf("world: %w", err)
	}
	s.days[date] = d
	s.touch(date)
	return d, nil
}

func (s *slates) touch(date mlb.Date) {
	s.used = append(slices.DeleteFunc(s.used, func(d mlb.Date) bool { return d == date }), date)
	if len(s.used) > maxDays {
		delete(s.days, s.used[0])
		s.used = s.used[1:]
	}
}

// around are the days with games from so many days before a moment's to so
// many after it.
func (s *slates) around(at time.Time, before, after int) (all []*simulator.Day, err error) {
	for i := -before; i <= after; i++ {
		d, err := s.dayOf(shift(s.today(at), i))
		if err != nil {
			return nil, err
		}
		if d != nil {
			all = append(all, d)
		}
	}
	return all, nil
}

// shift is the date so many days later.
func shift(d mlb.Date, days int) mlb.Date { return mlb.DateOf(d.Time().AddDate(0, 0, days)) }

// nearby is how many days before and after today a game is looked for.
const nearby = 3

// find is the nearest day that lists what is looked for, today's and the past
// before the future: a game listed twice is told of where it now stands.
func (s *slates) find(at time.Time, has func(*simulator.Day) bool) (*simulator.Day, error) {
	for i := range 2*nearby + 1 {
		offset := -i
		if i > nearby {
			offset = i - nearby
		}
		d, err := s.dayOf(shift(s.today(at), offset))
		if err != nil {
			return nil, err
		}
		if d != nil && has(d) {
			return d, nil
		}
	}
	return nil, fmt.Errorf("%w: nothing of that number within %d days", mlb.ErrNotFound, nearby)
}

func (s *slates) dayOfGame(pk int64, at time.Time) (*simulator.Day, error) {
	return s.find(at, func(d *simulator.Day) bool { return slices.Contains(d.Games(), pk) })
}

func (s *slates) dayOfEvent(event int64, at time.Time) (*simulator.Day, error) {
	return s.find(at, func(d *simulator.Day) bool { return slices.Contains(d.Events(), event) })
}
