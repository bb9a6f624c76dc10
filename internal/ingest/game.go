package ingest

import (
	"context"
	"errors"
	"slices"
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

// called is all that a row says of which game it is about, in the source's own
// names.
type called struct {
	ref        string // the source's own name; alone it stands for all the rest
	date       mlb.Date
	home, away string
	start      time.Time // zero: not told
	number     int       // 0: not told
}

type dayKey struct {
	date       mlb.Date
	home, away mlb.TeamID
}

// gameFinder gives rows their game. It remembers the days it has read, for as
// long as its import holds the writers' lock.
type gameFinder struct {
	teams   map[string]mlb.TeamID // by the source's names
	days    map[mlb.Date]bool
	games   map[dayKey][]mlb.Game
	touched map[mlb.GameID]bool
	// scheduled are days to which no game is added; starts are those games of
	// which the source tells another start than the schedule.
	scheduled map[mlb.Date]bool
	starts    map[mlb.GameID]Moved
	found     map[called]mlb.Game // what the source has called games, as it was answered once
}

func newGameFinder(teams map[string]mlb.TeamID, scheduled map[mlb.Date]bool) *gameFinder {
	return &gameFinder{
		teams: teams, days: map[mlb.Date]bool{}, games: map[dayKey][]mlb.Game{}, touched: map[mlb.GameID]bool{},
		scheduled: scheduled, starts: map[mlb.GameID]Moved{}, found: map[called]mlb.Game{},
	}
}

// findSingle is find where a source knows of one game only of a day on which
// two are known: it is the one whose score another source tells the same, or
// else the first.
func (f *gameFinder) findSingle(ctx context.Context, tx *store.DocTx, c called, score *mlb.Score) (mlb.Game, error) {
	g, err := f.find(ctx, tx, c)
	var bad *source.RowError
	if !errors.As(err, &bad) || bad.Reason != source.AmbiguousGame || !c.start.IsZero() || c.number != 0 {
		return g, err
	}
	key, err := f.dayOf(c)
	if err != nil {
		return g, err
	}
	leg, err := f.legOf(ctx, tx, f.games[key], score)
	if err != nil || leg.ID == 0 {
		return g, orElse(err, bad)
	}
	f.touched[leg.ID], f.found[c] = true, leg
	return leg, remember(ctx, tx, c, leg)
}

// legOf is the game of a doubleheader with the score told or, where none has it,
// the first.
func (f *gameFinder) legOf(ctx context.Context, tx *store.DocTx, legs []mlb.Game, score *mlb.Score) (first mlb.Game, err error) {
	for _, leg := range legs {
		if score != nil {
			same, err := tx.HasScore(ctx, leg.ID, *score)
			if err != nil {
				return first, err
			}
			if same {
				return leg, nil
			}
		}
		if leg.Number == 1 {
			first = leg
		}
	}
	return first, nil
}

// find returns the game a row is about, adding a provisional one where none
// fits.
func (f *gameFinder) find(ctx context.Context, tx *store.DocTx, c called) (mlb.Game, error) {
	// One moment is one key, whatever zone it was written in.
	c.start = c.start.UTC()
	if g, ok := f.found[c]; ok {
		f.touched[g.ID] = true
		return g, nil
	}
	g, err := f.look(ctx, tx, c)
	if err != nil {
		return mlb.Game{}, err
	}
	f.touched[g.ID], f.found[c] = true, g
	return g, nil
}

func (f *gameFinder) look(ctx context.Context, tx *store.DocTx, c called) (mlb.Game, error) {
	if c.ref != "" {
		g, known, err := tx.GameByRef(ctx, c.ref)
		if err != nil || known {
			if err := orElse(err, f.agrees(g, c)); err != nil {
				return g, err
			}
			return f.moved(ctx, tx, g, c)
		}
		if c.home == "" && c.away == "" {
			return g, source.Reject(source.UnknownGame, "%q: nothing taken in before says which game that is", c.ref)
		}
	}
	key, err := f.dayOf(c)
	if err != nil {
		return mlb.Game{}, err
	}
	if err := f.read(ctx, tx, c.date); err != nil {
		return mlb.Game{}, err
	}
	if g, ok := f.found[c]; ok { // an alias of that day
		return g, nil
	}
	g, err := f.chooseOrAdd(ctx, tx, key, c)
	if err != nil {
		return mlb.Game{}, err
	}
	return g, remember(ctx, tx, c, g)
}

// remember notes which game a source means, by its own name of it if it has one.
func remember(ctx context.Context, tx *store.DocTx, c called, g mlb.Game) error {
	if c.ref != "" {
		return tx.AddRef(ctx, c.ref, store.ByDayAndTeams, g.ID)
	}
	return tx.AddAlias(ctx, store.Alias{Date: c.date, Home: c.home, Away: c.away, Start: c.start, Number: c.number, Game: g})
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// moved takes a provisional game along when its source moves it to another day
// or start: no schedule knows it yet.
func (f *gameFinder) moved(ctx context.Context, tx *store.DocTx, g mlb.Game, c called) (mlb.Game, error) {
	if !g.Provisional() && !c.start.IsZero() && !g.Start.IsZero() && apart(g.Start, c.start) > namedWithin {
		f.starts[g.ID] = Moved{g, c.start}
	}
	if !g.Provisional() || c.date.IsZero() || c.start.IsZero() || c.date == g.Date && c.start.Equal(g.Start) {
		return g, nil
	}
	g.Date, g.Start = c.date, c.start
	return g, tx.UpdateGame(ctx, g)
}

// free refuses a game known by its day alone that the source has another name
// for: those are the two games of a doubleheader.
func (f *gameFinder) free(ctx context.Context, tx *store.DocTx, g mlb.Game, c called) error {
	if g.ID == 0 || c.ref == "" || !c.start.IsZero() || c.number != 0 {
		return nil
	}
	other, err := tx.OtherRef(ctx, g.ID, c.ref)
	if err != nil || other == "" {
		return err
	}
	return source.Reject(source.AmbiguousGame, "%q and %q are both %s on %s, and the rows tell neither a start nor a number",
		c.ref, other, g.Matchup(), g.Date)
}

// agrees checks a game found by the source's own name of it against the teams
// the row tells, if it does: a feed that swaps sides must not pass.
func (f *gameFinder) agrees(g mlb.Game, c called) error {
	if c.home == "" && c.away == "" {
		return nil
	}
	key, err := f.dayOf(c)
	if err == nil && (key.home != g.Home || key.away != g.Away) {
		err = source.Reject(otherTeams(g, key), "%q is %s, not %s @ %s", c.ref, g.Matchup(), key.away, key.home)
	}
	return err
}

// otherTeams is the reason of a row whose teams are not those of its game.
func otherTeams(g mlb.Game, key dayKey) source.Reason {
	if g.Home == key.away && g.Away == key.home {
		return source.SwappedTeams
	}
	return source.BadGame
}

func (f *gameFinder) dayOf(c called) (dayKey, error) {
	home, okHome := f.teams[c.home]
	away, okAway := f.teams[c.away]
	switch {
	case !okHome:
		return dayKey{}, source.Reject(source.UnknownTeam, "%q", c.home)
	case !okAway:
		return dayKey{}, source.Reject(source.UnknownTeam, "%q", c.away)
	case home == away:
		return dayKey{}, source.Reject(source.BadGame, "%q and %q are one team", c.home, c.away)
	}
	return dayKey{c.date, home, away}, nil
}

func (f *gameFinder) chooseOrAdd(ctx context.Context, tx *store.DocTx, key dayKey, c called) (mlb.Game, error) {
	g, err := choose(f.games[key], c.start, c.number)
	if err != nil {
		return mlb.Game{}, err
	}
	if err := f.free(ctx, tx, g, c); err != nil {
		return mlb.Game{}, err
	}
	if err := f.addable(g, key, c); err != nil {
		return mlb.Game{}, err
	}
	if g.ID == 0 {
		g, err = tx.AddGame(ctx, mlb.Game{Date: c.date, Number: c.number, Home: key.home, Away: key.away, Start: c.start})
		f.games[key] = append(f.games[key], g)
		return g, err
	}
	if tellsMore := g.Start.IsZero() && !c.start.IsZero() || g.Number == 0 && c.number > 0; !tellsMore {
		return g, nil
	}
	if g.Start.IsZero() {
		g.Start = c.start
	}
	if g.Number == 0 {
		g.Number = c.number
	}
	all := f.games[key]
	all[slices.IndexFunc(all, func(x mlb.Game) bool { return x.ID == g.ID })] = g
	return g, tx.UpdateGame(ctx, g)
}

// addable refuses a game that the stored schedule of its day does not have.
func (f *gameFinder) addable(g mlb.Game, key dayKey, c called) error {
	if g.ID != 0 || !f.scheduled[key.date] {
		return nil
	}
	if other := f.games[dayKey{key.date, key.away, key.home}]; len(other) > 0 {
		return source.Reject(source.SwappedTeams, "the schedule of %s has %s, not %s @ %s", key.date, other[0].Matchup(), key.away, key.home)
	}
	if known := f.games[key]; len(known) > 0 {
		return source.Reject(source.Unscheduled, "%q starts %s: the schedule of %s has %s at %s", c.ref,
			c.start.Format(time.RFC3339), key.date, known[0].Matchup(), known[0].Start.Format(time.RFC3339))
	}
	return source.Reject(source.UnknownGame, "%q is %s @ %s: the schedule of %s has no such game", c.ref, c.away, c.home, key.date)
}

func (f *gameFinder) read(ctx context.Context, tx *store.DocTx, day mlb.Date) error {
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
		f.found[called{date: day, home: a.Home, away: a.Away, start: a.Start, number: a.Number}] = a.Game
	}
	f.days[day] = true
	return nil
}

// choose finds the one game of two teams on one day that a start or, without
// one, a number fits. No game is the zero Game; two of which neither fits
// better is an error.
func choose(games []mlb.Game, start time.Time, number int) (mlb.Game, error) {
	var timed, untimed []mlb.Game
	for _, g := range games {
		if g.Start.IsZero() {
			untimed = append(untimed, g)
		} else {
			timed = append(timed, g)
		}
	}
	if start.IsZero() {
		return chooseByNumber(timed, untimed, number)
	}
	g, err := chooseByStart(timed, start, number)
	if err != nil || g.ID != 0 || g.PK != 0 {
		return g, err
	}
	// Left are those of which only the day is known: one that is the only game of its
	// day, or has the number told.
	if len(timed) > 0 && number == 0 {
		return mlb.Game{}, nil
	}
	return chooseByNumber(nil, untimed, number)
}

// chooseByNumber takes the game of that number. Told without one, a game is its
// day's only one; two that have a start alone have the numbers of their order.
func chooseByNumber(timed, untimed []mlb.Game, number int) (mlb.Game, error) {
	games := slices.Concat(timed, untimed)
	if len(games) == 0 {
		return mlb.Game{}, nil
	}
	if number == 0 && len(games) == 1 {
		return games[0], nil
	}
	var same, unnumbered []mlb.Game
	for _, g := range games {
		switch g.Number {
		case number:
			same = append(same, g)
		case 0:
			unnumbered = append(unnumbered, g)
		}
	}
	switch {
	case number > 0 && len(same) == 1:
		return same[0], nil
	case number > 0 && len(timed) == 2 && len(unnumbered) == 2 && len(games) == 2:
		slices.SortFunc(timed, func(a, b mlb.Game) int { return a.Start.Compare(b.Start) })
		return timed[number-1], nil
	case number == 1 && len(untimed) == 1 && len(unnumbered) == 1 && len(games) == 1:
		return untimed[0], nil
	case number > 0 && len(same) == 0 && len(unnumbered) < 2:
		return mlb.Game{}, nil
	}
	return mlb.Game{}, source.Reject(source.AmbiguousGame, "%d games of %s on %s, and the row tells neither which one nor a start",
		len(games), games[0].Matchup(), games[0].Date)
}

// chooseByStart takes the game whose start is near enough.
func chooseByStart(games []mlb.Game, start time.Time, number int) (mlb.Game, error) {
	var fits []mlb.Game
	for _, g := range games {
		if g.Number*number > 0 && g.Number != number {
			continue
		}
		within := namedWithin
		if g.Provisional() {
			within = provisionalWithin
		}
		if apart(g.Start, start) <= within {
			fits = append(fits, g)
		}
	}
	slices.SortStableFunc(fits, func(a, b mlb.Game) int { return int(apart(a.Start, start) - apart(b.Start, start)) })
	switch len(fits) {
	case 0:
		return mlb.Game{}, nil
	case 1:
		return fits[0], nil
	}
	near, next := fits[0], fits[1]
	// A start a book gives is good to some minutes: nearer by less than the
	// spread of one game's starts decides nothing.
	if apart(next.Start, start)-apart(near.Start, start) < provisionalWithin {
		return mlb.Game{}, source.Reject(source.AmbiguousGame, "start %s fits both the game at %s and the one at %s",
			start.UTC().Format(time.TimeOnly), near.Start.Format(time.TimeOnly), next.Start.Format(time.TimeOnly))
	}
	return near, nil
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }
