package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// futureSlack allows for the clocks of two machines.
const futureSlack = 5 * time.Minute

// firstSeason is before any odds this platform could be given.
var firstSeason = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// taker takes runs of rows of one document into the curated zone.
type taker struct {
	db      *store.DB
	doc     store.Doc
	aliases store.Aliases
	now     time.Time

	finder *gameFinder
	board  board
	loaded map[mlb.GameID]time.Time // games on the board, with their start
	games  map[mlb.GameID]bool
}

func newTaker(db *store.DB, doc store.Doc, aliases store.Aliases, now time.Time) *taker {
	finder := newGameFinder()
	return &taker{
		db: db, doc: doc, aliases: aliases, now: now, finder: finder,
		board: board{}, loaded: map[mlb.GameID]time.Time{}, games: finder.touched,
	}
}

// maxLoaded bounds how many games the board remembers, and so its memory: a
// game's lines at a dozen books are some thousand summaries.
const maxLoaded = 200

// take stores one run of rows that begins after rowsDone.
func (t *taker) take(ctx context.Context, rows []parsed, rowsDone int64) error {
	if len(t.loaded) > maxLoaded {
		t.board, t.loaded = board{}, map[mlb.GameID]time.Time{}
	}
	return t.db.TakeOdds(ctx, t.doc, rowsDone, func(tx *store.OddsTx) error {
		return t.takeIn(ctx, tx, rows)
	})
}

func (t *taker) takeIn(ctx context.Context, tx *store.OddsTx, rows []parsed) error {
	r := run{taker: t, batch: &store.OddsBatch{
		Staged: make([]source.OddsRow, 0, len(rows)),
		Quotes: make([]mlb.Quote, 0, len(rows)),
	}}
	known, err := r.identify(ctx, tx, rows)
	if err != nil {
		return err
	}
	if err := r.load(ctx, tx, known); err != nil {
		return err
	}
	r.judgeAll(known)
	if err := r.fileEarlier(ctx, tx); err != nil {
		return err
	}
	r.collect()
	return tx.Write(ctx, r.batch)
}

// run is one run of rows on its way.
type run struct {
	*taker
	batch   *store.OddsBatch
	changed map[*store.LineSummary]bool
	polls   map[mlb.Poll]bool
	dirty   map[group]bool // groups touched at the capture being judged
	earlier map[group][]identified
}

// identified is a row with its quote.
type identified struct {
	quote mlb.Quote
	row   *source.OddsRow
}

// identify stages every readable row and gives it its identity.
func (r *run) identify(ctx context.Context, tx *store.OddsTx, rows []parsed) ([]identified, error) {
	known := make([]identified, 0, len(rows))
	for i := range rows {
		row := &rows[i].row
		if bad := rows[i].bad; bad != nil {
			r.quarantine(row, bad)
			continue
		}
		q, err := r.quote(ctx, tx, row)
		var bad *source.RowError
		if errors.As(err, &bad) {
			if bad.Reason != source.BadTime {
				r.batch.Staged = append(r.batch.Staged, *row)
			}
			r.quarantine(row, bad)
			continue
		}
		if err != nil {
			return nil, err
		}
		r.batch.Staged = append(r.batch.Staged, *row)
		known = append(known, identified{q, row})
	}
	return known, nil
}

func (r *run) quote(ctx context.Context, tx *store.OddsTx, row *source.OddsRow) (mlb.Quote, error) {
	if row.ObservedAt.Before(firstSeason) || row.ObservedAt.After(r.now.Add(futureSlack)) {
		return mlb.Quote{}, source.Reject(source.BadTime, "observed at %s, outside 2000..now", row.ObservedAt.Format(time.RFC3339))
	}
	home, okHome := r.aliases.Team[row.Home]
	away, okAway := r.aliases.Team[row.Away]
	book, okBook := r.aliases.Book[row.Book]
	switch {
	case !okHome:
		return mlb.Quote{}, source.Reject(source.UnknownTeam, "%q", row.Home)
	case !okAway:
		return mlb.Quote{}, source.Reject(source.UnknownTeam, "%q", row.Away)
	case !okBook:
		return mlb.Quote{}, source.Reject(source.UnknownBook, "%q", row.Book)
	case home == away:
		return mlb.Quote{}, source.Reject(source.BadGame, "%q and %q are one team", row.Home, row.Away)
	}
	game, err := r.finder.find(ctx, tx, row, home, away)
	if err != nil {
		return mlb.Quote{}, err
	}
	if _, ok := r.loaded[game.ID]; !ok {
		r.missing(game)
	}
	return mlb.Quote{
		LineKey: mlb.LineKey{Game: game.ID, Market: row.Market, Period: row.Period, Line: row.Line},
		Book:    book, Side: row.Side, Price: row.Price, ObservedAt: row.ObservedAt,
	}, nil
}
