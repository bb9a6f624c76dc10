package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// maxWhole is the largest unpacked document that is taken in whole, and maxRows
// the most rows of one: results and splits are kilobytes to some megabytes.
const (
	maxWhole = 16 << 20
	maxRows  = 200_000
)

// takeRows takes the rows of a parsed document into the curated zone.
type takeRows func(ctx context.Context, tx *store.DocTx, a store.Aliases, report *Report) (store.Counts, []store.Quarantined, error)

// takeWhole takes in a document that is small enough for one transaction:
// parse reads it before anything is stored, so that a damaged one leaves no
// trace.
func takeWhole(ctx context.Context, db *store.DB, sourceName string, doc store.Doc, body io.Reader, opt Options,
	parse func(plain io.Reader) (takeRows, error),
) (_ Report, err error) {
	aliases, err := db.Aliases(ctx, sourceName)
	if err != nil {
		return Report{}, err
	}
	text, err := io.ReadAll(io.LimitReader(body, maxWhole+1))
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
	}
	plain, err := source.Decompress(bytes.NewReader(text))
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
	}
	rest := &io.LimitedReader{R: plain, N: maxWhole}
	rows, err := parse(rest)
	if len(text) > maxWhole || rest.N == 0 {
		err = fmt.Errorf("%w: larger than %d MB: split it", mlb.ErrInvalid, maxWhole>>20)
	}
	doc.SourceID, doc.Fence, doc.Origin = aliases.Source.ID, opt.Fence, opt.Origin
	if err != nil {
		return Report{}, keepUnreadable(ctx, db, doc, bytes.NewReader(text), fmt.Errorf("%s: %w", doc.Name, damaged(err)), opt)
	}
	doc.SHA256, doc.Size = sha256.Sum256(text), int64(len(text))
	return alone(ctx, db, opt, func(db *store.DB) (Report, error) {
		return takeParsed(ctx, db, doc, aliases, text, rows)
	})
}

func takeParsed(ctx context.Context, db *store.DB, doc store.Doc, aliases store.Aliases, text []byte, rows takeRows) (Report, error) {
	if err := db.SetZone(ctx, doc.Synthetic); err != nil {
		return Report{}, err
	}
	doc, err := db.ReceiveDoc(ctx, doc, bytes.NewReader(text))
	if err != nil {
		return Report{}, err
	}
	if doc.Done {
		// Rows that could not be identified may be now: all are taken once more,
		// since what was taken in then is a duplicate.
		open, err := db.Unidentified(ctx, doc.ID)
		if err != nil || len(open) == 0 {
			r, known := knownReport(ctx, db, doc)
			return r, errors.Join(err, known)
		}
	}
	var extra Report
	err = db.TakeWhole(ctx, doc, func(tx *store.DocTx) (store.Counts, []store.Quarantined, error) {
		extra = Report{}
		if err := tx.Reset(ctx); err != nil {
			return store.Counts{}, nil, err
		}
		return rows(ctx, tx, aliases, &extra)
	})
	if err != nil {
		return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
	}
	r, err := reportOf(ctx, db, doc)
	r.Games, r.Refs, r.Moved = extra.Games, extra.Refs, extra.Moved
	r.Named, r.Known = extra.Named, doc.Done && r.Stored == 0
	return r, err
}

// collect reads every row of a document and refuses one of the other zone.
func collect[R any](next func() (R, error), about func(R) (n int64, text string, simulated bool), synthetic bool) (all []R, bad []store.Quarantined, err error) {
	for {
		row, err := next()
		if errors.Is(err, io.EOF) {
			return all, bad, nil
		}
		n, text, simulated := about(row)
		var e *source.RowError
		switch {
		case len(all)+len(bad) == maxRows:
			return nil, nil, fmt.Errorf("%w: more than %d rows: split it", mlb.ErrInvalid, maxRows)
		case errors.As(err, &e):
			bad = append(bad, store.Quarantined{N: n, Text: source.Shown(text), Reason: e.Reason, Detail: source.Shown(e.Detail)})
		case err != nil:
			return nil, nil, err
		case simulated != synthetic:
			return nil, nil, zoneError(simulated)
		default:
			all = append(all, row)
		}
	}
}

// zoneError tells of a body that belongs into the other kind of database.
func zoneError(simulated bool) error {
	if simulated {
		return fmt.Errorf("%w: this body was made by the simulator: it goes to the database of synthetic data, with --demo", mlb.ErrConflict)
	}
	return fmt.Errorf("%w: this body is real: it never goes to the database of synthetic data; leave out --demo", mlb.ErrConflict)
}

// keepUnreadable keeps a fetched answer that cannot be read, for a later parser;
// a file is the operator's to keep. It returns why, and what else went wrong.
func keepUnreadable(ctx context.Context, db *store.DB, doc store.Doc, body io.ReadSeeker, why error, opt Options) error {
	if doc.Origin.IsZero() || opt.DryRun || !errors.Is(why, mlb.ErrInvalid) {
		return why
	}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return errors.Join(why, err)
	}
	hash := sha256.New()
	n, err := io.Copy(hash, body)
	if err != nil {
		return errors.Join(why, err)
	}
	hash.Sum(doc.SHA256[:0])
	doc.Size = n
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return errors.Join(why, err)
	}
	return errors.Join(why, db.KeepUnreadable(ctx, doc, body, why.Error()))
}
