package live

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Events are what was observed of some games, each kind in order of time.
type Events struct {
	Ticks  []mlb.Quote
	Polls  []mlb.Poll
	Splits []mlb.Split
}

// Read reads all that was observed of some games.
func Read(ctx context.Context, db *store.DB, games []mlb.GameID) (ev Events, err error) {
	if ev.Ticks, err = db.Ticks(ctx, games); err != nil {
		return ev, err
	}
	if ev.Polls, err = db.Polls(ctx, games); err != nil {
		return ev, err
	}
	ev.Splits, err = db.Splits(ctx, games)
	return ev, err
}

// Replay applies events moment by moment up to now: all of one moment, ticks
// before the splits that are measured against them, and then asks about every
// game something was told of. Nothing asked sees a later event. It returns the
// events from after now.
func Replay(state *market.State, ev Events, now time.Time, ask func(game mlb.GameID, at time.Time)) (rest Events) {
	for {
		at, ok := ev.next()
		if !ok || at.After(now) {
			return ev
		}
		touched := map[mlb.GameID]bool{}
		for len(ev.Ticks) > 0 && ev.Ticks[0].ObservedAt.Equal(at) {
			state.Apply(ev.Ticks[0])
			touched[ev.Ticks[0].Game] = true
			ev.Ticks = ev.Ticks[1:]
		}
		for len(ev.Polls) > 0 && ev.Polls[0].ObservedAt.Equal(at) {
			state.Confirm(ev.Polls[0])
			touched[ev.Polls[0].Game] = true
			ev.Polls = ev.Polls[1:]
		}
		for len(ev.Splits) > 0 && ev.Splits[0].ObservedAt.Equal(at) {
			state.ApplySplit(ev.Splits[0])
			touched[ev.Splits[0].Game] = true
			ev.Splits = ev.Splits[1:]
		}
		for _, game := range slices.Sorted(maps.Keys(touched)) {
			ask(game, at)
		}
	}
}

// next is the earliest moment of an event.
func (ev *Events) next() (first time.Time, ok bool) {
	take := func(at time.Time) {
		if !ok || at.Before(first) {
			first, ok = at, true
		}
	}
	if len(ev.Ticks) > 0 {
		take(ev.Ticks[0].ObservedAt)
	}
	if len(ev.Polls) > 0 {
		take(ev.Polls[0].ObservedAt)
	}
	if len(ev.Splits) > 0 {
		take(ev.Splits[0].ObservedAt)
	}
	return first, ok
}
