package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Results takes in a schedule or a list of results: its games are named,
// provisional ones merged into them, and what is said of each is stored.
func Results(ctx context.Context, db *store.DB, format source.ResultFormat, name string, body io.Reader, opt Options) (Report, error) {
	doc := store.Doc{
		Kind: store.Results, Format: format.Name, Name: name, Synthetic: format.Synthetic,
		Confirmation: "a list of results says of every game in it how it stands",
	}
	return takeWhole(ctx, db, format.Source, doc, body, opt, func(plain io.Reader) (takeRows, error) {
		all, bad, err := readResults(format, plain)
		if err != nil {
			return nil, err
		}
		refs := map[string]bool{}
		for _, r := range all {
			if r.PK != 0 {
				refs[strconv.FormatInt(r.PK, 10)] = true
			}
		}
		return func(ctx context.Context, tx *store.DocTx, a store.Aliases, report *Report) (store.Counts, []store.Quarantined, error) {
			t := resultTaker{tx: tx, finder: newGameFinder(a.Team, nil), bad: bad}
			report.Refs = refs
			err := t.take(ctx, all, report)
			return t.counts, t.bad, err
		}, nil
	})
}

func readResults(format source.ResultFormat, plain io.Reader) ([]source.ResultRow, []store.Quarantined, error) {
	rows, err := format.Read(plain)
	if err != nil {
		return nil, nil, err
	}
	return collect(rows.Next, func(r source.ResultRow) (n int64, text string, simulated bool) {
		return r.N, r.Text, r.Simulated
	}, format.Synthetic)
}

// resultTaker takes in the results of one document.
type resultTaker struct {
	// late: the document is read again, and what is known of a game stays.
	late   bool
	tx     *store.DocTx
	finder *gameFinder
	counts store.Counts
	bad    []store.Quarantined
}

// said is one game as a source said it, its teams known.
type said struct {
	row  source.ResultRow
	game mlb.Game
}

func (t *resultTaker) take(ctx context.Context, rows []source.ResultRow, report *Report) error {
	var numbered []said
	for _, row := range rows {
		key, err := t.finder.dayOf(called{date: row.Date, home: row.Home, away: row.Away})
		if err != nil {
			if err = t.setAside(row, err); err != nil {
				return err
			}
			continue
		}
		s := said{row, mlb.Game{
			PK: row.PK, Date: row.Date, Number: row.Number, Home: key.home, Away: key.away, Start: row.Start, FirstPitch: row.FirstPitch,
		}}
		if row.PK > 0 {
			if err := t.agrees(ctx, key, row.PK); err == nil {
				numbered = append(numbered, s)
			} else if err = t.setAside(row, err); err != nil {
				return err
			}
			continue
		}
		if err := t.takeUnnumbered(ctx, s); err != nil {
			return err
		}
	}
	if err := t.takeNumbered(ctx, numbered, report); err != nil {
		return err
	}
	report.tell(t.finder)
	t.counts.Quarantined = int64(len(t.bad))
	return t.settleDoubleheaders(ctx)
}

// agrees refuses a game whose home and away have changed places since it was
// named: the prices of the one would become those of the other.
func (t *resultTaker) agrees(ctx context.Context, key dayKey, pk int64) error {
	g, found, err := t.tx.GameByPK(ctx, pk)
	if err == nil && found && g.Home == key.away && g.Away == key.home {
		err = source.Reject(source.SwappedTeams, "game %d is %s, not %s @ %s", pk, g.Matchup(), key.away, key.home)
	}
	return err
}

// byRotation is the archive that numbers the games of a doubleheader by
// rotation number, which is the order of play only about half the time.
const byRotation = "sbro"

// settleDoubleheaders compares sources on days with two games of two teams.
func (t *resultTaker) settleDoubleheaders(ctx context.Context) error {
	games := slices.Sorted(maps.Keys(t.finder.touched))
	if err := t.tx.Analyze(ctx, len(games)); err != nil {
		return err
	}
	if err := t.tx.SpreadSingles(ctx, games); err != nil {
		return err
	}
	crossed, err := t.tx.CrossedLegs(ctx, games, byRotation)
	if err != nil {
		return err
	}
	for _, legs := range crossed {
		if err := t.tx.SwapLegs(ctx, legs, byRotation); err != nil {
			return err
		}
	}
	return nil
}

// setAside quarantines a row; an error that is not about the row is returned.
func (t *resultTaker) setAside(row source.ResultRow, err error) error {
	var bad *source.RowError
	if !errors.As(err, &bad) {
		return err
	}
	t.bad = append(t.bad, store.Quarantined{N: row.N, Text: source.Shown(row.Text), Reason: bad.Reason, Detail: source.Shown(bad.Detail)})
	return nil
}

// takeUnnumbered stores what a list without MLB's numbers says of a game.
func (t *resultTaker) takeUnnumbered(ctx context.Context, s said) error {
	r := s.row
	g, err := t.finder.findSingle(ctx, t.tx, called{r.Ref, r.Date, r.Home, r.Away, r.Start, r.Number}, &r.Score)
	if err != nil {
		return t.setAside(r, err)
	}
	return t.store(ctx, g.ID, s)
}

func (t *resultTaker) store(ctx context.Context, game mlb.GameID, s said) error {
	r := s.row
	isNew, err := t.tx.AddResult(ctx, mlb.Result{
		Game: game, Status: r.Status, Score: r.Score, LineScore: r.LineScore, ScheduledInnings: r.ScheduledInnings,
		FirstPitch: r.FirstPitch, HomeStarter: r.HomeStarter, AwayStarter: r.AwayStarter,
	})
	if err != nil {
		return err
	}
	if !r.Weather.IsZero() {
		if err := t.tx.AddWeather(ctx, game, r.Weather); err != nil {
			return err
		}
	}
	t.finder.touched[game] = true
	if isNew {
		t.counts.Stored++
	} else {
		t.counts.Duplicate++
	}
	return nil
}

// takeNumbered names the games that MLB's numbers are told of, and stores what
// is said of them.
func (t *resultTaker) takeNumbered(ctx context.Context, all []said, report *Report) error {
	if len(all) == 0 {
		return nil
	}
	legs, err := toBeNamed(ctx, t.tx, all)
	if err != nil {
		return err
	}
	if t.late {
		if err := t.keepKnown(ctx, legs); err != nil {
			return err
		}
	}
	named, err := nameAll(ctx, t.tx, legs)
	if err != nil {
		return err
	}
	report.Named = &named
	now := presently(all)
	t.counts.Duplicate += int64(len(all) - len(now))
	for _, s := range sorted(now) {
		g, found, err := t.tx.GameByPK(ctx, s.game.PK)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%w: game %d was not named", mlb.ErrNotFound, s.game.PK)
		}
		if s.row.Status == mlb.Postponed && s.game.Date.Before(g.Date) { // its old day's list, read late
			t.counts.Duplicate++
			continue
		}
		if err := t.store(ctx, g.ID, s); err != nil {
			return err
		}
	}
	return nil
}

// keepKnown leaves games that are known as they are: another document may have
// told newer things of them meanwhile. A first pitch that is not known is new.
func (t *resultTaker) keepKnown(ctx context.Context, games []mlb.Game) error {
	for i := range games {
		known, found, err := t.tx.GameByPK(ctx, games[i].PK)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if known.FirstPitch.IsZero() {
			known.FirstPitch = games[i].FirstPitch
		}
		games[i] = known
	}
	return nil
}

func sorted(all map[int64]said) []said {
	list := make([]said, 0, len(all))
	for _, s := range all {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b said) int { return cmp.Compare(a.game.PK, b.game.PK) })
	return list
}

// presently is what a document says of each game in the end: a postponed game
// keeps its gamePk and is listed under its old date too.
func presently(all []said) map[int64]said {
	now := map[int64]said{}
	for _, s := range all {
		old, twice := now[s.game.PK]
		older := twice && (s.row.Status == mlb.Postponed || old.row.Status != mlb.Postponed && s.game.Start.Before(old.game.Start))
		if !older {
			now[s.game.PK] = s
		}
	}
	return now
}

// toBeNamed are the games to be named. One that is known and now postponed
// keeps the start it has: a new one may have been known before the old list.
// So does one that is over.
func toBeNamed(ctx context.Context, tx *store.DocTx, all []said) (games []mlb.Game, err error) {
	for _, s := range sorted(presently(all)) {
		if s.row.Status != mlb.Final {
			g, found, err := tx.GameByPK(ctx, s.game.PK)
			if err != nil {
				return nil, err
			}
			over := false
			if found && s.row.Status != mlb.Postponed {
				if over, err = tx.IsOver(ctx, g.ID); err != nil {
					return nil, err
				}
			}
			if found && (over || s.row.Status == mlb.Postponed) { // told before the end, read after it
				continue
			}
		}
		games = append(games, s.game)
	}
	return games, nil
}
