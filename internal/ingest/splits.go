package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Splits takes in how the public bets. Splits that name their game by its
// gamePk name the game too.
func Splits(ctx context.Context, db *store.DB, format source.SplitFormat, name string, body io.Reader, observedAt time.Time, opt Options) (Report, error) {
	doc := store.Doc{
		Kind: store.Splits, Format: format.Name, Name: name, Synthetic: format.Synthetic,
		Confirmation: "a split is in force until its provider shows another",
	}
	return takeWhole(ctx, db, format.Source, doc, body, opt, func(plain io.Reader) (takeRows, error) {
		all, bad, err := readSplits(format, plain, observedAt)
		if err != nil {
			return nil, err
		}
		refs := map[string]bool{}
		for _, r := range all {
			if r.Ref != "" {
				refs[r.Ref] = true
			}
		}
		return func(ctx context.Context, tx *store.DocTx, a store.Aliases, report *Report) (store.Counts, []store.Quarantined, error) {
			t := newSplitTaker(tx, a, opt)
			t.bad = bad
			report.Refs = refs
			err := t.take(ctx, all, report)
			return t.counts, t.bad, err
		}, nil
	})
}

func readSplits(format source.SplitFormat, plain io.Reader, observedAt time.Time) ([]source.SplitRow, []store.Quarantined, error) {
	rows, err := format.Read(plain, observedAt)
	if err != nil {
		return nil, nil, err
	}
	return collect(rows.Next, func(r source.SplitRow) (n int64, text string, simulated bool) {
		return r.N, r.Text, r.Simulated
	}, format.Synthetic)
}

// splitKey is what one provider says one thing of at a time.
type splitKey struct {
	game     mlb.GameID
	provider string
	market   mlb.Market
	period   mlb.Period
}

type splitAt struct {
	splitKey
	at time.Time
}

// splitTaker takes in the splits of one document.
type splitTaker struct {
	tx     *store.DocTx
	finder *gameFinder
	now    time.Time
	counts store.Counts
	bad    []store.Quarantined
	told   map[splitKey][]mlb.Split // in order of time, stored ones and new ones
	loaded map[mlb.GameID]bool
	fresh  []mlb.Split
	again  map[splitAt]time.Time // splits said once more, and when last
}

func newSplitTaker(tx *store.DocTx, a store.Aliases, opt Options) splitTaker {
	return splitTaker{
		tx: tx, finder: newGameFinder(a.Team, opt.Scheduled), now: opt.Now,
		told: map[splitKey][]mlb.Split{}, loaded: map[mlb.GameID]bool{}, again: map[splitAt]time.Time{},
	}
}

func (t *splitTaker) take(ctx context.Context, rows []source.SplitRow, report *Report) error {
	slices.SortStableFunc(rows, func(a, b source.SplitRow) int { return a.ObservedAt.Compare(b.ObservedAt) })
	named, err := t.nameGames(ctx, rows)
	if err != nil {
		return err
	}
	report.Named = named
	for i := range rows {
		if err := t.takeRow(ctx, &rows[i]); err != nil {
			return err
		}
	}
	if err := t.tx.AddSplits(ctx, t.fresh); err != nil {
		return err
	}
	for k, at := range t.again {
		s := mlb.Split{Game: k.game, Provider: k.provider, Market: k.market, Period: k.period, ObservedAt: k.at}
		if err := t.tx.ConfirmSplit(ctx, s, at); err != nil {
			return err
		}
	}
	report.tell(t.finder)
	t.counts.Stored, t.counts.Quarantined = int64(len(t.fresh)), int64(len(t.bad))
	return nil
}

// nameGames names the games whose gamePk the splits tell.
func (t *splitTaker) nameGames(ctx context.Context, rows []source.SplitRow) (*Named, error) {
	legs := map[int64]mlb.Game{}
	for i := range rows {
		r := &rows[i]
		key, err := t.finder.dayOf(called{date: r.Date, home: r.Home, away: r.Away})
		if r.PK == 0 || err != nil { // unknown teams are set aside later
			continue
		}
		leg := legs[r.PK]
		legs[r.PK] = mlb.Game{
			PK: r.PK, Date: r.Date, Number: cmp.Or(r.Number, leg.Number), Home: key.home, Away: key.away,
			Start: later(leg.Start, r.Start),
		}
	}
	if len(legs) == 0 {
		return nil, nil //nolint:nilnil // no gamePk was told, so nothing was named
	}
	games := slices.SortedFunc(maps.Values(legs), func(a, b mlb.Game) int { return cmp.Compare(a.PK, b.PK) })
	games, err := t.unknown(ctx, games)
	if err != nil {
		return nil, err
	}
	named, err := nameAll(ctx, t.tx, games)
	return &named, err
}

// unknown leaves out games that a schedule named before: what it said of them
// is better than what a page of splits says.
func (t *splitTaker) unknown(ctx context.Context, games []mlb.Game) (rest []mlb.Game, err error) {
	for _, g := range games {
		_, found, err := t.tx.GameByPK(ctx, g.PK)
		if err != nil {
			return nil, err
		}
		if !found {
			rest = append(rest, g)
		}
	}
	return rest, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (t *splitTaker) takeRow(ctx context.Context, r *source.SplitRow) error {
	s, err := t.split(ctx, r)
	if err == nil {
		err = t.file(ctx, s)
	}
	var bad *source.RowError
	if errors.As(err, &bad) {
		t.bad = append(t.bad, store.Quarantined{N: r.N, Text: source.Shown(r.Text), Reason: bad.Reason, Detail: source.Shown(bad.Detail)})
		return nil
	}
	return err
}

// shareSlack is how far the two sides of a split may be from summing to 1:
// sources round to whole points.
const shareSlack = 0.03

func (t *splitTaker) split(ctx context.Context, r *source.SplitRow) (mlb.Split, error) {
	s := mlb.Split{
		Provider: r.Provider, Market: r.Market, Period: r.Period, ObservedAt: r.ObservedAt.UTC().Truncate(time.Microsecond),
		UpdatedAt: r.UpdatedAt.UTC().Truncate(time.Microsecond), Bets: r.Bets, Money: r.Money, Tickets: r.Tickets,
	}
	if err := checkSplit(s, t.now); err != nil {
		return s, err
	}
	g, err := t.game(ctx, r)
	if err != nil {
		return s, err
	}
	t.finder.touched[g.ID] = true
	s.Game = g.ID
	if at := g.Cutoff().At; !at.IsZero() && !s.ObservedAt.Before(at) {
		return s, source.Reject(source.InPlay, "seen at %s, the game began at %s", s.ObservedAt.Format(time.RFC3339), at.Format(time.RFC3339))
	}
	return s, nil
}

func checkSplit(s mlb.Split, now time.Time) error {
	if s.ObservedAt.Before(firstSeason) || s.ObservedAt.After(now.Add(futureSlack)) {
		return source.Reject(source.BadTime, "observed at %s, outside 2000..now", s.ObservedAt.Format(time.RFC3339))
	}
	if !s.Bets.Known() && !s.Money.Known() {
		return source.Reject(source.BadSplit, "neither bets nor money are told")
	}
	for name, share := range map[string]mlb.Share{"bets": s.Bets, "money": s.Money} {
		if !share.Known() {
			continue
		}
		sum := share.First + share.Second
		if share.First < 0 || share.Second < 0 || !(sum > 1-shareSlack && sum < 1+shareSlack) {
			return source.Reject(source.BadSplit, "%s of %.3g and %.3g do not sum to 1", name, share.First, share.Second)
		}
	}
	return nil
}

func (t *splitTaker) game(ctx context.Context, r *source.SplitRow) (mlb.Game, error) {
	if r.PK == 0 {
		return t.finder.find(ctx, t.tx, called{r.Ref, r.Date, r.Home, r.Away, r.Start, r.Number})
	}
	key, err := t.finder.dayOf(called{date: r.Date, home: r.Home, away: r.Away})
	if err != nil {
		return mlb.Game{}, err
	}
	g, found, err := t.tx.GameByPK(ctx, r.PK)
	switch {
	case err != nil:
		return g, err
	case !found:
		return g, fmt.Errorf("%w: game %d was not named", mlb.ErrNotFound, r.PK)
	case g.Home != key.home || g.Away != key.away:
		return g, source.Reject(otherTeams(g, key), "game %d is %s, not %s @ %s", r.PK, g.Matchup(), key.away, key.home)
	}
	return g, nil
}

// file stores a split that differs from what its provider said before.
func (t *splitTaker) file(ctx context.Context, s mlb.Split) error {
	if !t.loaded[s.Game] {
		told, err := t.tx.Splits(ctx, []mlb.GameID{s.Game})
		if err != nil {
			return err
		}
		for _, x := range told {
			k := splitKey{x.Game, x.Provider, x.Market, x.Period}
			t.told[k] = append(t.told[k], x)
		}
		t.loaded[s.Game] = true
	}
	k := splitKey{s.Game, s.Provider, s.Market, s.Period}
	i, exact := slices.BinarySearchFunc(t.told[k], s.ObservedAt, func(x mlb.Split, at time.Time) int { return x.ObservedAt.Compare(at) })
	switch {
	case exact && same(t.told[k][i], s), i > 0 && !exact && same(t.told[k][i-1], s):
		if !exact {
			i--
		}
		before := splitAt{k, t.told[k][i].ObservedAt}
		t.again[before] = later(t.again[before], s.ObservedAt)
		t.counts.Duplicate++
	case exact:
		return source.Reject(source.Conflict, "another split of %s for the same moment is stored", s.Provider)
	default:
		t.told[k] = slices.Insert(t.told[k], i, s)
		t.fresh = append(t.fresh, s)
	}
	return nil
}

// same tells whether two splits say the same. The database keeps shares as
// 4-byte floats.
func same(a, b mlb.Split) bool {
	near := func(x, y mlb.Share) bool {
		return float32(x.First) == float32(y.First) && float32(x.Second) == float32(y.Second)
	}
	return near(a.Bets, b.Bets) && near(a.Money, b.Money) && a.Tickets == b.Tickets
}
