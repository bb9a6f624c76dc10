package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Rereadable is a stored document that has rows to read again.
type Rereadable struct {
	Doc
	Source string
}

// reopenable are the reasons of rows that another parser, document or alias
// may explain. A conflict was read: another price has its moment.
const reopenable = `reason <> 'conflict'`

// RereadableDocs lists documents received since a moment that have rows set
// aside, or were not taken in to the end, in order of arrival: at most n after
// the one given. source is a name, or "" for all.
func (db *DB) RereadableDocs(ctx context.Context, since time.Time, sourceName string, after int64, n int) ([]Rereadable, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT d.id, d.source_id, s.name, d.kind, d.format, d.name, d.sha256, d.size, d.synthetic, d.confirmation, d.status = 'done',
			d.stored, d.duplicate, d.quarantined, coalesce(d.feed, ''), coalesce(d.url, ''), d.fetched_at
		FROM raw.doc d JOIN curated.source s ON s.id = d.source_id
		WHERE coalesce(d.fetched_at, d.received_at) >= $1 AND ($2 = '' OR s.name = $2) AND d.id > $3
		  AND (d.status <> 'done' OR d.quarantined > 0
			AND EXISTS (SELECT FROM staging.quarantine q WHERE q.doc_id = d.id AND `+reopenable+`))
		ORDER BY d.id LIMIT $4`, since, sourceName, after, n)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Rereadable, err error) {
		var sum []byte
		var fetched *time.Time
		err = row.Scan(&d.ID, &d.SourceID, &d.Source, &d.Kind, &d.Format, &d.Name, &sum, &d.Size, &d.Synthetic, &d.Confirmation, &d.Done,
			&d.Counts.Stored, &d.Counts.Duplicate, &d.Counts.Quarantined, &d.Origin.Feed, &d.Origin.URL, &fetched)
		copy(d.SHA256[:], sum)
		d.Origin.FetchedAt = timeOf(fetched)
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", explain(err))
	}
	return all, nil
}

// Reopenable reads the rows of a document that were set aside and may be read
// today, by number.
func (db *DB) Reopenable(ctx context.Context, doc int64) (map[int64]Quarantined, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT row_no, text, reason, detail FROM staging.quarantine WHERE doc_id = $1 AND `+reopenable, doc)
	if err != nil {
		return nil, fmt.Errorf("read rows set aside: %w", explain(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Quarantined])
	if err != nil {
		return nil, fmt.Errorf("read rows set aside: %w", explain(err))
	}
	all := make(map[int64]Quarantined, len(list))
	for _, q := range list {
		all[q.N] = q
	}
	return all, nil
}

// ReopenRows takes rows out of quarantine, to be taken in once more. What was
// staged of them, by an earlier reading, goes.
func (t *DocTx) ReopenRows(ctx context.Context, numbers []int64) error {
	for _, sql := range []string{
		`DELETE FROM staging.quote WHERE doc_id = $1 AND row_no = ANY($2::bigint[])`,
		`WITH out AS (DELETE FROM staging.quarantine WHERE doc_id = $1 AND row_no = ANY($2::bigint[]) RETURNING 1)
		 UPDATE raw.doc SET quarantined = quarantined - (SELECT count(*) FROM out), rows_done = rows_done - (SELECT count(*) FROM out) WHERE id = $1`,
	} {
		if _, err := t.tx.Exec(ctx, sql, t.doc.ID, numbers); err != nil {
			return fmt.Errorf("reopen rows: %w", err)
		}
	}
	return nil
}

// Stage stores rows of the document as its source said them.
func (t *DocTx) Stage(ctx context.Context, rows []source.OddsRow) error {
	if err := stage(ctx, t.tx, t.doc, rows); err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	return nil
}

// RetakeWhole runs f in a transaction that takes in again rows of a document
// that is done. Where f says that nothing became of them it is taken back.
func (db *DB) RetakeWhole(ctx context.Context, doc Doc, f func(*DocTx) (c Counts, bad []Quarantined, changed bool, err error)) error {
	return db.takenBack(ctx, doc, func(t *DocTx) (bool, error) {
		counts, bad, changed, err := f(t)
		if err != nil || !changed {
			return false, err
		}
		if err := t.copyQuarantine(ctx, &OddsBatch{Quarantined: bad}); err != nil {
			return false, fmt.Errorf("write quarantine: %w", err)
		}
		return true, t.moveOn(ctx, &OddsBatch{Counts: counts})
	})
}

// RetakeOdds is RetakeWhole for prices, which f writes itself.
func (db *DB) RetakeOdds(ctx context.Context, doc Doc, f func(*DocTx) (changed bool, err error)) error {
	return db.takenBack(ctx, doc, func(t *DocTx) (bool, error) {
		var done int64
		if err := t.tx.QueryRow(ctx, `SELECT rows_done FROM raw.doc WHERE id = $1 FOR UPDATE`, doc.ID).Scan(&done); err != nil {
			return false, fmt.Errorf("lock document %d: %w", doc.ID, err)
		}
		return f(t)
	})
}

// errUnchanged takes a transaction back.
var errUnchanged = fmt.Errorf("nothing changed")

func (db *DB) takenBack(ctx context.Context, doc Doc, f func(*DocTx) (changed bool, err error)) error {
	err := db.change(ctx, doc, func(t *DocTx) error {
		changed, err := f(t)
		if err == nil && !changed {
			err = errUnchanged
		}
		return err
	})
	if err == errUnchanged { //nolint:errorlint // our own value, as it was given
		return nil
	}
	return err
}
