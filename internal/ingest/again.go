package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Format is what reads a stored document, by its kind; the others are nil.
type Format struct {
	Odds    *source.OddsFormat
	Results *source.ResultFormat
	Splits  *source.SplitFormat
}

// Reread says what became of rows of a stored document that had been set
// aside, read by today's parser.
type Reread struct {
	Document  string `json:"document"`
	ID        int64  `json:"id"`
	Source    string `json:"source"`
	Kind      string `json:"kind"`
	Finished  bool   `json:"finished"`  // it had not been taken in to the end, and is now
	SetAside  int64  `json:"set_aside"` // rows before
	Stored    int64  `json:"stored"`
	Duplicate int64  `json:"duplicate"` // read now, and saying nothing new
	Left      int64  `json:"left"`      // rows still set aside
	Error     string `json:"error,omitempty"`
}

// Changed tells that something became of the document.
func (r Reread) Changed() bool { return r.Finished || r.Stored+r.Duplicate > 0 }

// Again reads a stored document with today's parser: rows that were set aside
// and can be read now are taken in, late, as any late price is; nothing else
// changes. A document that was not taken in to the end is finished.
func Again(ctx context.Context, db *store.DB, d store.Rereadable, f Format, now time.Time) (r Reread, err error) {
	r = Reread{Document: d.Name, ID: d.ID, Source: d.Source, Kind: string(d.Kind), SetAside: d.Counts.Quarantined, Left: d.Counts.Quarantined}
	aliases, err := db.Aliases(ctx, d.Source)
	if err != nil {
		return r, err
	}
	unlock, err := db.LockWriters(ctx, true)
	if err != nil {
		return r, err
	}
	defer unlock()
	before := d.Counts
	opt := Options{Now: now}
	if opt.Scheduled, err = scheduledThen(ctx, db, d.Origin.FetchedAt); err != nil {
		return r, err
	}
	// Who held it until now may have gone on with it.
	if d.Counts, d.Done, err = db.DocProgress(ctx, d.ID); err != nil {
		return r, err
	}
	if !d.Done && f.Odds != nil {
		_, err = takeStored(ctx, db, *f.Odds, d.Doc, aliases, opt)
	} else {
		err = readAgain(ctx, db, d, f, aliases, opt)
	}
	r.Finished = err == nil && !d.Done
	if err != nil {
		return r, fmt.Errorf("%s: %w", d.Name, err)
	}
	after, err := db.DocCounts(ctx, d.ID)
	r.Stored, r.Duplicate, r.Left = after.Stored-before.Stored, after.Duplicate-before.Duplicate, after.Quarantined
	return r, err
}

func readAgain(ctx context.Context, db *store.DB, d store.Rereadable, f Format, a store.Aliases, opt Options) error {
	open, err := db.Reopenable(ctx, d.ID)
	if err != nil {
		return err
	}
	plain, err := source.Decompress(db.ReadDoc(ctx, d.ID))
	if err != nil {
		return err
	}
	switch {
	case f.Odds != nil:
		return oddsAgain(ctx, db, d.Doc, *f.Odds, plain, open, a, opt)
	case f.Results != nil:
		all, bad, err := readResults(*f.Results, plain)
		if err != nil {
			return err
		}
		w := whole{doc: d.Doc, bad: bad}
		all, w.numbers = reopened(all, open, d.Done, func(r source.ResultRow) (int64, string) { return r.N, r.Text })
		return w.take(ctx, db, func(tx *store.DocTx) (store.Counts, []store.Quarantined, error) {
			t := resultTaker{tx: tx, finder: newGameFinder(a.Team, nil), late: true, bad: w.bad}
			err := t.take(ctx, all, &Report{})
			return t.counts, t.bad, err
		})
	default:
		all, bad, err := readSplits(*f.Splits, plain, d.Origin.FetchedAt)
		if err != nil {
			return err
		}
		w := whole{doc: d.Doc, bad: bad}
		all, w.numbers = reopened(all, open, d.Done, func(r source.SplitRow) (int64, string) { return r.N, r.Text })
		return w.take(ctx, db, func(tx *store.DocTx) (store.Counts, []store.Quarantined, error) {
			t := newSplitTaker(tx, a, opt)
			t.bad = w.bad
			err := t.take(ctx, all, &Report{})
			return t.counts, t.bad, err
		})
	}
}

// scheduledThen is the day of an answer where that day's schedule was collected:
// nothing that is read again adds a game to it either.
func scheduledThen(ctx context.Context, db *store.DB, at time.Time) (map[mlb.Date]bool, error) {
	if at.IsZero() { // a file
		return nil, nil
	}
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return nil, err
	}
	day := mlb.DateOf(at.In(eastern))
	ok, err := db.LookedAt(ctx, "statsapi", "schedule", day)
	return map[mlb.Date]bool{day: ok}, err
}

// reopened are the readable rows that stand where a row was set aside, with
// its text: a parser that counts rows in another way is not trusted. Of a
// document that is not done they are all.
func reopened[R any](all []R, open map[int64]store.Quarantined, done bool, about func(R) (int64, string)) (rows []R, numbers []int64) {
	for _, r := range all {
		n, text := about(r)
		if q, ok := open[n]; !done || ok && q.Text == source.Shown(text) {
			rows, numbers = append(rows, r), append(numbers, n)
		}
	}
	return rows, numbers
}

// whole is a document that is taken in in one transaction.
type whole struct {
	doc     store.Doc
	bad     []store.Quarantined // rows that cannot be read; none where they are set aside already
	numbers []int64             // rows to be taken out of quarantine
}

func (w *whole) take(ctx context.Context, db *store.DB, take func(*store.DocTx) (store.Counts, []store.Quarantined, error)) error {
	if !w.doc.Done {
		return db.TakeWhole(ctx, w.doc, take)
	}
	w.bad = nil
	if len(w.numbers) == 0 {
		return nil
	}
	return db.RetakeWhole(ctx, w.doc, func(tx *store.DocTx) (c store.Counts, bad []store.Quarantined, changed bool, err error) {
		if err := tx.ReopenRows(ctx, w.numbers); err != nil {
			return c, nil, false, err
		}
		c, bad, err = take(tx)
		return c, bad, c.Stored+c.Duplicate > 0, err
	})
}

// oddsAgain takes readable rows in, so many in a transaction as of a new
// document.
func oddsAgain(ctx context.Context, db *store.DB, doc store.Doc, f source.OddsFormat, plain io.Reader, open map[int64]store.Quarantined,
	a store.Aliases, opt Options,
) error {
	rows, err := f.Read(plain)
	if err != nil {
		return err
	}
	var batch []parsed
	flush := func() error {
		err := newTaker(db, doc, a, opt).takeReopened(ctx, batch)
		batch = batch[:0]
		return err
	}
	for {
		row, err := rows.Next()
		switch {
		case errors.Is(err, io.EOF):
			return flush()
		case errors.As(err, new(*source.RowError)):
			continue
		case err != nil:
			return damaged(err)
		}
		if q, ok := open[row.N]; ok && q.Text == source.Shown(row.Text) {
			batch = append(batch, parsed{row: row})
		}
		if len(batch) == batchRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}

// takeReopened takes in rows of a document that is done and could not be used
// then. Where none can be used now either it changes nothing.
func (t *taker) takeReopened(ctx context.Context, rows []parsed) error {
	if len(rows) == 0 {
		return nil
	}
	numbers, staged := make([]int64, len(rows)), make([]source.OddsRow, len(rows))
	for i := range rows {
		numbers[i], staged[i] = rows[i].row.N, rows[i].row
	}
	return t.db.RetakeOdds(ctx, t.doc, func(tx *store.DocTx) (changed bool, err error) {
		if err := tx.ReopenRows(ctx, numbers); err != nil {
			return false, err
		}
		if err := tx.Stage(ctx, staged); err != nil {
			return false, err
		}
		c, err := t.takeIn(ctx, tx, rows, maxRow)
		return c.Stored+c.Duplicate > 0, err
	})
}
