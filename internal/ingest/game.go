package ingest

import (
	"context"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// How far a row's start may lie from a game's for the two to be one game.
// Books disagree by a minute or so. A game that MLB has named is matched
// within three hours, since its start moves; a provisional one, known from
// odds alone, only within half an hour: two starts further apart may be the
// two legs of a doubleheader, and mixing those would invent opportunities.
// What is kept apart by this is merged when a schedule names the game.
const (
	namedWithin       = 3 * time.Hour
	provisionalWithin = 30 * time.Minute
)

type dayKey struct {
	date       mlb.Date
	home, away mlb.TeamID
}

// gameFinder gives rows their game. It remembers the days it has read, for as
// long as its import holds the writers' lock.
type gameFinder struct {
	days    map[mlb.Date]bool
	games   map[dayKey][]mlb.Game
	touched map[mlb.GameID]bool
	found   map[startKey]mlb.Game // what the source has called games, as it was answered once
}

type startKey struct {
	date       mlb.Date
	home, away string // as the source names them
	start      int64  // Unix seconds
}

func newGameFinder() *gameFinder {
	return &gameFinder{days: map[mlb.Date]bool{}, games: map[dayKey][]mlb.Game{}, touched: map[mlb.GameID]bool{}, found: map[startKey]mlb.Game{}}
}

// find returns the row's game, adding a provisional one where none fits.
func (f *gameFinder) find(ctx context.Context, tx *store.OddsTx, row *source.OddsRow, home, away mlb.TeamID) (mlb.Game, error) {
	key := dayKey{row.Date, home, away}
	at := startKey{row.Date, row.Home, row.Away, row.Start.Unix()}
	if err := f.read(ctx, tx, row.Date); err != nil {
		return mlb.Game{}, err
	}
	if g, ok := f.found[at]; ok {
		f.touched[g.ID] = true
		return g, nil
	}
	g, err := choose(f.games[key], row.Start)
	if err != nil {
		return mlb.Game{}, err
	}
	if g.ID == 0 {
		g, err = tx.AddGame(ctx, mlb.Game{Date: row.Date, Home: home, Away: away, Start: row.Start.UTC()})
		if err != nil {
			return mlb.Game{}, err
		}
		f.games[key] = append(f.games[key], g)
	}
	f.touched[g.ID], f.found[at] = true, g
	return g, tx.AddAlias(ctx, row, g.ID)
}

func (f *gameFinder) read(ctx context.Context, tx *store.OddsTx, day mlb.Date) error {
	if f.days[day] {
		return nil
	}
	games, err := tx.GamesOn(ctx, day)
	if err != nil {
		return err
	}
	for _, g := range games {
		key := dayKey{day, g.Home, g.Away}
		f.games[key] = append(f.games[key], g)
	}
	aliases, err := tx.AliasesOn(ctx, day)
	if err != nil {
		return err
	}
	for _, a := range aliases {
		f.found[startKey{day, a.Home, a.Away, a.Start.Unix()}] = a.Game
	}
	f.days[day] = true
	return nil
}

// choose finds the one game whose start is near enough. No game is the zero
// Game; two of which neither is clearly nearer is an error.
func choose(games []mlb.Game, start time.Time) (best mlb.Game, err error) {
	var fits []mlb.Game
	for _, g := range games {
		within := namedWithin
		if g.Provisional() {
			within = provisionalWithin
		}
		if apart(g.Start, start) <= within {
			fits = append(fits, g)
		}
	}
	switch len(fits) {
	case 0:
		return mlb.Game{}, nil
	case 1:
		return fits[0], nil
	}
	near, next := fits[0], fits[1]
	if apart(next.Start, start) < apart(near.Start, start) {
		near, next = next, near
	}
	for _, g := range fits[2:] {
		switch d := apart(g.Start, start); {
		case d < apart(near.Start, start):
			near, next = g, near
		case d < apart(next.Start, start):
			next = g
		}
	}
	// A start a book gives is good to some minutes: nearer by less than the
	// spread of one game's starts decides nothing.
	if apart(next.Start, start)-apart(near.Start, start) < provisionalWithin {
		return mlb.Game{}, source.Reject(source.AmbiguousGame, "start %s fits both the game at %s and the one at %s",
			start.UTC().Format(time.TimeOnly), near.Start.Format(time.TimeOnly), next.Start.Format(time.TimeOnly))
	}
	return near, nil
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }
