package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// events are what was observed of some games, each kind in order of time.
type events struct {
	ticks  []mlb.Quote
	polls  []mlb.Poll
	splits []mlb.Split
}

func readEvents(ctx context.Context, db *store.DB, games []mlb.GameID) (ev events, err error) {
	if ev.ticks, err = db.Ticks(ctx, games); err != nil {
		return ev, err
	}
	if ev.polls, err = db.Polls(ctx, games); err != nil {
		return ev, err
	}
	ev.splits, err = db.Splits(ctx, games)
	return ev, err
}

// replay applies events moment by moment up to now: all of one moment, ticks
// before the splits that are measured against them, and then asks about every
// game something was told of. Nothing asked sees a later event.
func replay(state *market.State, ev events, now time.Time, ask func(game mlb.GameID, at time.Time)) {
	for {
		at, ok := ev.next()
		if !ok || at.After(now) {
			return
		}
		touched := map[mlb.GameID]bool{}
		for len(ev.ticks) > 0 && ev.ticks[0].ObservedAt.Equal(at) {
			state.Apply(ev.ticks[0])
			touched[ev.ticks[0].Game] = true
			ev.ticks = ev.ticks[1:]
		}
		for len(ev.polls) > 0 && ev.polls[0].ObservedAt.Equal(at) {
			state.Confirm(ev.polls[0])
			touched[ev.polls[0].Game] = true
			ev.polls = ev.polls[1:]
		}
		for len(ev.splits) > 0 && ev.splits[0].ObservedAt.Equal(at) {
			state.ApplySplit(ev.splits[0])
			touched[ev.splits[0].Game] = true
			ev.splits = ev.splits[1:]
		}
		for _, game := range slices.Sorted(maps.Keys(touched)) {
			ask(game, at)
		}
	}
}

// next is the earliest moment of an event.
func (ev *events) next() (first time.Time, ok bool) {
	take := func(at time.Time) {
		if !ok || at.Before(first) {
			first, ok = at, true
		}
	}
	if len(ev.ticks) > 0 {
		take(ev.ticks[0].ObservedAt)
	}
	if len(ev.polls) > 0 {
		take(ev.polls[0].ObservedAt)
	}
	if len(ev.splits) > 0 {
		take(ev.splits[0].ObservedAt)
	}
	return first, ok
}
