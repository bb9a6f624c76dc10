package ingest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Results takes in a schedule or a list of results: its games are named,
// provisional ones merged into them, and what is said of each is stored.
func Results(ctx context.Context, db *store.DB, format source.ResultFormat, name string, body io.Reader, opt Options) (report Report, err error) {
	aliases, err := db.Aliases(ctx, format.Source)
	if err != nil {
		return Report{}, err
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", name, err)
	}
	plain, err := source.Decompress(bytes.NewReader(text))
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", name, err)
	}
	rows, err := format.Read(plain)
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", name, damaged(err))
	}
	unlock, err := db.LockWriters(ctx)
	if err != nil {
		return Report{}, err
	}
	defer unlock()
	doc := store.Doc{
		SourceID: aliases.Source.ID, Format: format.Name, Name: name, SHA256: sha256.Sum256(text), Size: int64(len(text)),
		Confirmation: "a schedule says of every game it lists how it stands",
	}
	take := func(db *store.DB) (err error) {
		report, err = takeResults(ctx, db, doc, aliases, rows, text)
		return err
	}
	if opt.DryRun {
		err = db.Rehearse(ctx, take)
		report.DryRun = true
		return report, err
	}
	return report, take(db)
}

func takeResults(ctx context.Context, db *store.DB, doc store.Doc, aliases store.Aliases, rows source.ResultReader, text []byte) (Report, error) {
	if err := db.SetZone(ctx, false); err != nil {
		return Report{}, err
	}
	doc, err := db.ReceiveDoc(ctx, doc, bytes.NewReader(text))
	if err != nil {
		return Report{}, err
	}
	if doc.Done {
		return knownReport(ctx, db, doc)
	}
	var named Named
	games := 0
	err = db.TakeResults(ctx, doc, func(tx *store.OddsTx) (c store.Counts, bad []store.Quarantined, err error) {
		known, bad, err := identifyResults(rows, aliases)
		if err != nil {
			return c, nil, err
		}
		legs, err := toBeNamed(ctx, tx, known)
		if err != nil {
			return c, nil, err
		}
		if named, err = nameAll(ctx, tx, legs); err != nil {
			return c, nil, err
		}
		games = len(known)
		c, err = storeResults(ctx, tx, known)
		c.Quarantined = int64(len(bad))
		return c, bad, err
	})
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
	}
	r, err := reportOf(ctx, db, doc, games)
	r.Named = &named
	return r, err
}

// said is one game as a source said it, its teams known.
type said struct {
	game   mlb.Game
	status mlb.Status
	score  mlb.Score
}

func identifyResults(rows source.ResultReader, aliases store.Aliases) (known []said, bad []store.Quarantined, err error) {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return known, bad, nil
		}
		var e *source.RowError
		if err == nil {
			var s said
			if s, e = identifyResult(row, aliases); e == nil {
				known = append(known, s)
				continue
			}
		} else if !errors.As(err, &e) {
			return nil, nil, err
		}
		bad = append(bad, store.Quarantined{N: row.N, Text: row.Text, Reason: e.Reason, Detail: e.Detail})
	}
}

func identifyResult(row source.ResultRow, aliases store.Aliases) (said, *source.RowError) {
	home, okHome := aliases.Team[row.Home]
	away, okAway := aliases.Team[row.Away]
	switch {
	case !okHome:
		return said{}, &source.RowError{Reason: source.UnknownTeam, Detail: fmt.Sprintf("%q", row.Home)}
	case !okAway:
		return said{}, &source.RowError{Reason: source.UnknownTeam, Detail: fmt.Sprintf("%q", row.Away)}
	case home == away:
		return said{}, &source.RowError{Reason: source.BadGame, Detail: fmt.Sprintf("%q and %q are one team", row.Home, row.Away)}
	}
	g := mlb.Game{PK: row.PK, Date: row.Date, Number: row.Number, Home: home, Away: away, Start: row.Start}
	return said{g, row.Status, row.Score}, nil
}

// presently is what a document says of each game in the end: a postponed game
// keeps its gamePk and is listed under its old date too.
func presently(all []said) map[int64]said {
	now := map[int64]said{}
	for _, s := range all {
		old, twice := now[s.game.PK]
		older := twice && (s.status == mlb.Postponed || old.status != mlb.Postponed && s.game.Start.Before(old.game.Start))
		if !older {
			now[s.game.PK] = s
		}
	}
	return now
}

// toBeNamed are the games to be named. One that is known and now postponed
// keeps the start it has: a new one may have been known before the old list.
func toBeNamed(ctx context.Context, tx *store.OddsTx, all []said) (games []mlb.Game, err error) {
	for pk, s := range presently(all) {
		if s.status == mlb.Postponed {
			_, found, err := tx.GameByPK(ctx, pk)
			if err != nil {
				return nil, err
			}
			if found {
				continue
			}
		}
		games = append(games, s.game)
	}
	slices.SortFunc(games, func(a, b mlb.Game) int { return cmp.Compare(a.PK, b.PK) })
	return games, nil
}

func storeResults(ctx context.Context, tx *store.OddsTx, all []said) (c store.Counts, err error) {
	now := presently(all)
	c.Duplicate = int64(len(all) - len(now))
	for pk, s := range now {
		g, found, err := tx.GameByPK(ctx, pk)
		if err != nil {
			return c, err
		}
		if !found {
			return c, fmt.Errorf("%w: game %d was not named", mlb.ErrNotFound, pk)
		}
		if s.status == mlb.Postponed && s.game.Date.Before(g.Date) { // its old day's list, read late
			c.Duplicate++
			continue
		}
		isNew, err := tx.AddResult(ctx, mlb.Result{Game: g.ID, Status: s.status, Score: s.score})
		if err != nil {
			return c, err
		}
		if isNew {
			c.Stored++
		} else {
			c.Duplicate++
		}
	}
	return c, nil
}
