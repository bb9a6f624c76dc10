package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Kind is what is taken in from a document. One document may hold several.
type Kind string

// The kinds.
const (
	Odds    Kind = "odds"
	Results Kind = "results"
	Splits  Kind = "splits"
)

// Doc is a document as received, and how far its rows have come.
type Doc struct {
	ID           int64
	SourceID     int16
	Kind         Kind
	Format       string
	Name         string
	SHA256       [32]byte
	Size         int64
	Synthetic    bool
	Confirmation string
	Origin       Origin
	Done         bool
	Counts       Counts
	Fence        *Fence // guards every write; nil: nobody else writes it
}

// Origin is where and when a document was fetched; zero for what came as a
// file.
type Origin struct {
	Feed, URL string
	FetchedAt time.Time
}

// IsZero tells that a document was not fetched.
func (o Origin) IsZero() bool { return o.FetchedAt.IsZero() }

// columns are the origin as the database keeps it.
func (o Origin) columns() (feed, url *string, at *time.Time) {
	if o.IsZero() {
		return nil, nil, nil
	}
	return &o.Feed, &o.URL, &o.FetchedAt
}

// Counts says what became of a document's rows. Their sum is the number of
// rows read, always: the database checks it.
type Counts struct {
	Stored      int64 // became something new in the curated zone
	Duplicate   int64 // said nothing new
	Quarantined int64 // could not be understood; kept with the reason
}

// Read is the number of rows accounted for.
func (c Counts) Read() int64 { return c.Stored + c.Duplicate + c.Quarantined }

// pieceSize keeps one stored piece, and so the memory of reading one, small.
const pieceSize = 1 << 20

// ReceiveDoc stores a document's bytes, whole or not at all. A file with the
// same content that is here already, or the same answer of the same moment, is
// returned as it stands.
func (db *DB) ReceiveDoc(ctx context.Context, d Doc, body io.Reader) (Doc, error) {
	if found, err := db.findDoc(ctx, d); !errors.Is(err, mlb.ErrNotFound) {
		return found, err
	}
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		if err := d.Fence.check(ctx, tx); err != nil {
			return err
		}
		feed, url, at := d.Origin.columns()
		err := tx.QueryRow(ctx, `
			INSERT INTO raw.doc (source_id, kind, format, name, sha256, size, synthetic, confirmation, feed, url, fetched_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
			d.SourceID, d.Kind, d.Format, d.Name, d.SHA256[:], d.Size, d.Synthetic, d.Confirmation, feed, url, at).Scan(&d.ID)
		if err != nil {
			return err
		}
		return storePieces(ctx, tx, d.ID, body)
	})
	if err != nil {
		return Doc{}, fmt.Errorf("store %s: %w", d.Name, err)
	}
	return d, nil
}

// KeepUnreadable stores an answer that cannot be read, and why: a later parser
// may read it.
func (db *DB) KeepUnreadable(ctx context.Context, d Doc, body io.Reader, why string) error {
	if err := db.SetZone(ctx, d.Synthetic); err != nil {
		return err
	}
	d, err := db.ReceiveDoc(ctx, d, body)
	if err != nil || d.Done {
		return err
	}
	_, err = db.conn.Exec(ctx, `UPDATE raw.doc SET status = 'unreadable', error = $2 WHERE id = $1 AND status <> 'done'`, d.ID, why)
	if err != nil {
		return fmt.Errorf("keep %s: %w", d.Name, explain(err))
	}
	return nil
}

func storePieces(ctx context.Context, tx pgx.Tx, doc int64, body io.Reader) error {
	buf := make([]byte, pieceSize)
	for seq := 0; ; seq++ {
		n, err := io.ReadFull(body, buf)
		if n > 0 {
			if _, err := tx.Exec(ctx, `INSERT INTO raw.piece VALUES ($1, $2, $3)`, doc, seq, buf[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func (db *DB) findDoc(ctx context.Context, d Doc) (Doc, error) {
	err := db.conn.QueryRow(ctx, `
		SELECT id, name, synthetic, confirmation, status = 'done', stored, duplicate, quarantined
		FROM raw.doc WHERE source_id = $1 AND kind = $2 AND format = $3 AND sha256 = $4 AND fetched_at IS NOT DISTINCT FROM $5`,
		d.SourceID, d.Kind, d.Format, d.SHA256[:], orNull(d.Origin.FetchedAt)).
		Scan(&d.ID, &d.Name, &d.Synthetic, &d.Confirmation, &d.Done, &d.Counts.Stored, &d.Counts.Duplicate, &d.Counts.Quarantined)
	if noRows(err) {
		return d, fmt.Errorf("%w: document %x", mlb.ErrNotFound, d.SHA256[:6])
	}
	if err != nil {
		return d, fmt.Errorf("look up document: %w", err)
	}
	return d, nil
}

// AnswersSince are the last n answers of a source, under a name's beginning,
// that were fetched after a moment and may be readable, the oldest first: of
// those that brought several kinds of data, the first document.
func (db *DB) AnswersSince(ctx context.Context, source, prefix string, since time.Time, n int) ([]Doc, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT DISTINCT ON (fetched_at) id, name, sha256, feed, url, fetched_at FROM (
			SELECT d.* FROM raw.doc d JOIN curated.source s ON s.id = d.source_id
			WHERE s.name = $1 AND d.fetched_at > $2 AND starts_with(d.name, $3) AND d.status <> 'unreadable'
			ORDER BY d.id DESC LIMIT $4) AS last
		ORDER BY fetched_at, id`, source, since, prefix, n)
	if err != nil {
		return nil, fmt.Errorf("look up documents: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d Doc, err error) {
		var sum []byte
		err = row.Scan(&d.ID, &d.Name, &sum, &d.Origin.Feed, &d.Origin.URL, &d.Origin.FetchedAt)
		copy(d.SHA256[:], sum)
		d.Origin.FetchedAt = d.Origin.FetchedAt.UTC()
		return d, err
	})
	if err != nil {
		return nil, fmt.Errorf("look up documents: %w", explain(err))
	}
	return all, nil
}

// FinishDoc marks a document as wholly taken in. It is the last write about a
// document: until it, the document is taken up again. It refuses when the
// zones do not add up.
func (db *DB) FinishDoc(ctx context.Context, id, rows int64) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		var done, staged, quarantined, wantQuarantined int64
		err := tx.QueryRow(ctx, `
			SELECT rows_done, quarantined, (SELECT count(*) FROM staging.quote WHERE doc_id = d.id),
			       (SELECT count(*) FROM staging.quarantine WHERE doc_id = d.id)
			FROM raw.doc d WHERE id = $1 FOR UPDATE`, id).Scan(&done, &wantQuarantined, &staged, &quarantined)
		if err != nil {
			return fmt.Errorf("finish document %d: %w", id, err)
		}
		// A quarantined row either never reached staging (unreadable) or is
		// there too (readable, but not identified).
		if done != rows || quarantined != wantQuarantined || staged > rows || staged+quarantined < rows {
			return fmt.Errorf("%w: document %d does not add up: %d rows read, %d accounted for, %d staged, %d of %d quarantined",
				mlb.ErrConflict, id, rows, done, staged, quarantined, wantQuarantined)
		}
		_, err = tx.Exec(ctx, `UPDATE raw.doc SET status = 'done', finished_at = now(), error = NULL WHERE id = $1`, id)
		return err
	})
}

// NoteFailure records why an attempt at a document stopped early.
func (db *DB) NoteFailure(ctx context.Context, id int64, why string) error {
	_, err := db.conn.Exec(ctx, `UPDATE raw.doc SET error = $2 WHERE id = $1 AND status <> 'done'`, id, why)
	return err
}

// unidentified are the reasons of rows that another document, or a name learnt
// since, may explain.
const unidentified = `reason IN ('unknown_team', 'unknown_book', 'unknown_game', 'ambiguous_game', 'unscheduled')`

// Unidentified lists the rows of a document that were set aside for want of an
// identity.
func (db *DB) Unidentified(ctx context.Context, doc int64) ([]int64, error) {
	rows, err := db.conn.Query(ctx, `SELECT row_no FROM staging.quarantine WHERE doc_id = $1 AND `+unidentified+` ORDER BY 1`, doc)
	if err != nil {
		return nil, fmt.Errorf("list unidentified rows: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("list unidentified rows: %w", explain(err))
	}
	return all, nil
}

// Reopen takes the unidentified rows of the document out of quarantine, to be
// taken in once more.
func (t *DocTx) Reopen(ctx context.Context) error {
	tag, err := t.tx.Exec(ctx, `DELETE FROM staging.quarantine WHERE doc_id = $1 AND `+unidentified, t.doc.ID)
	if err != nil {
		return fmt.Errorf("reopen rows: %w", err)
	}
	_, err = t.tx.Exec(ctx, `UPDATE raw.doc SET quarantined = quarantined - $2, rows_done = rows_done - $2 WHERE id = $1`,
		t.doc.ID, tag.RowsAffected())
	if err != nil {
		return fmt.Errorf("reopen rows: %w", err)
	}
	return nil
}

// Reset forgets what became of the document's rows, before all of them are
// taken in once more. What they became in the curated zone stays.
func (t *DocTx) Reset(ctx context.Context) error {
	for _, sql := range []string{
		`DELETE FROM staging.quarantine WHERE doc_id = $1`,
		`UPDATE raw.doc SET stored = 0, duplicate = 0, quarantined = 0, rows_done = 0 WHERE id = $1`,
	} {
		if _, err := t.tx.Exec(ctx, sql, t.doc.ID); err != nil {
			return fmt.Errorf("reset document: %w", err)
		}
	}
	return nil
}

// Reasons counts a document's quarantined rows by reason.
func (db *DB) Reasons(ctx context.Context, doc int64) (map[string]int64, error) {
	rows, err := db.conn.Query(ctx, `SELECT reason, count(*) FROM staging.quarantine WHERE doc_id = $1 GROUP BY 1`, doc)
	if err != nil {
		return nil, fmt.Errorf("count reasons: %w", err)
	}
	m := map[string]int64{}
	var why string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&why, &n}, func() error { m[why] = n; return nil })
	return m, err
}

// Detail is how many rows of a document were set aside in the same words.
type Detail struct {
	Reason source.Reason
	Text   string
	Rows   int64
}

// Details lists why rows of a document were set aside, the most frequent words
// first, at most limit.
func (db *DB) Details(ctx context.Context, doc int64, limit int) ([]Detail, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT reason, detail, count(*) FROM staging.quarantine WHERE doc_id = $1 AND reason <> 'in_play'
		GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT $2`, doc, limit)
	if err != nil {
		return nil, fmt.Errorf("read what was set aside: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Detail])
	if err != nil {
		return nil, fmt.Errorf("read what was set aside: %w", explain(err))
	}
	return all, nil
}

// Quarantine lists the rows set aside last, newest first, at most limit.
func (db *DB) Quarantine(ctx context.Context, limit int) ([]Quarantined, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT row_no, text, reason, detail FROM staging.quarantine ORDER BY doc_id DESC, row_no LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list quarantine: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Quarantined])
}

// DocCounts reads what has become of a document's rows so far.
func (db *DB) DocCounts(ctx context.Context, id int64) (c Counts, err error) {
	err = db.conn.QueryRow(ctx, `SELECT stored, duplicate, quarantined FROM raw.doc WHERE id = $1`, id).
		Scan(&c.Stored, &c.Duplicate, &c.Quarantined)
	if err != nil {
		return c, fmt.Errorf("read counts of document %d: %w", id, err)
	}
	return c, nil
}

// DocProgress is DocCounts, and whether the document is done.
func (db *DB) DocProgress(ctx context.Context, id int64) (c Counts, done bool, err error) {
	err = db.conn.QueryRow(ctx, `SELECT stored, duplicate, quarantined, status = 'done' FROM raw.doc WHERE id = $1`, id).
		Scan(&c.Stored, &c.Duplicate, &c.Quarantined, &done)
	if err != nil {
		return c, false, fmt.Errorf("read progress of document %d: %w", id, explain(err))
	}
	return c, done, nil
}

// ReadDoc reads a stored document's bytes back, a piece at a time.
func (db *DB) ReadDoc(ctx context.Context, id int64) io.Reader {
	return &pieceReader{ctx: ctx, db: db, doc: id}
}

type pieceReader struct {
	ctx  context.Context //nolint:containedctx // an io.Reader's Read takes none
	db   *DB
	doc  int64
	seq  int
	rest []byte
}

// Read reads on.
func (p *pieceReader) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		err := p.db.Tx(p.ctx, func(tx pgx.Tx) error {
			return tx.QueryRow(p.ctx, `SELECT bytes FROM raw.piece WHERE doc_id = $1 AND seq = $2`, p.doc, p.seq).Scan(&p.rest)
		})
		if noRows(err) {
			return 0, io.EOF
		}
		if err != nil {
			return 0, fmt.Errorf("read document %d: %w", p.doc, err)
		}
		p.seq++
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
