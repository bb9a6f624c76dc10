package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// batchRows is how many rows become one transaction: so many that commits and
// summaries hardly count, so few that the three batches on their way at once
// stay below a hundred megabytes.
const batchRows = 30_000

// takeAll takes in what is left of a document and marks it done. Rows go from
// stage to stage, each at work on a batch of its own: read, staged, taken in.
func (t *taker) takeAll(ctx context.Context, rows source.OddsReader, progress func(done int64)) error {
	done := t.doc.Counts.Read()
	if err := skip(rows, done); err != nil {
		return err
	}
	if err := t.db.DropStaged(ctx, t.doc, done); err != nil {
		return err
	}
	read, staged := make(chan []parsed), make(chan []parsed)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(read)
		return readBatches(ctx, rows, t.batchRows, read)
	})
	g.Go(func() error {
		defer close(staged)
		return t.stageBatches(ctx, read, staged)
	})
	g.Go(func() error {
		for batch := range staged {
			if err := t.take(ctx, batch, done); err != nil {
				return err
			}
			done += int64(len(batch))
			progress(done)
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return err
	}
	return t.db.FinishDoc(context.WithoutCancel(ctx), t.doc.ID, done)
}

// stageBatches stores every readable row as the source said it.
func (t *taker) stageBatches(ctx context.Context, from <-chan []parsed, to chan<- []parsed) error {
	var readable []source.OddsRow
	for batch := range from {
		readable = readable[:0]
		for i := range batch {
			if batch[i].bad == nil {
				readable = append(readable, batch[i].row)
			}
		}
		if err := t.db.Stage(ctx, t.doc, readable); err != nil {
			return err
		}
		if err := send(ctx, to, batch); err != nil {
			return err
		}
	}
	return nil
}

func send(ctx context.Context, to chan<- []parsed, batch []parsed) error {
	select {
	case to <- batch:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func skip(rows source.OddsReader, n int64) error {
	for range n {
		if _, err := rows.Next(); err != nil && !errors.As(err, new(*source.RowError)) {
			return fmt.Errorf("take up at row %d: %w", n, err)
		}
	}
	return nil
}

func readBatches(ctx context.Context, rows source.OddsReader, n int, to chan<- []parsed) error {
	r := batchReader{rows: rows}
	for !r.ended {
		batch, err := r.read(n)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		if err := send(ctx, to, batch); err != nil {
			return err
		}
	}
	return nil
}

// parsed is a row or the reason there is none.
type parsed struct {
	row source.OddsRow
	bad *source.RowError
}

// batchBytes bounds the text of a batch: rows of a hostile file are as long as
// a line may be.
const batchBytes = 8 << 20

// batchReader cuts a document into batches between its captures.
type batchReader struct {
	rows  source.OddsReader
	held  *parsed // the row that begins the next capture, read already
	ended bool
}

// read reads up to n rows, and then on to the end of the capture they end in,
// so that the main line is judged on whole captures; but never twice n, nor
// far above batchBytes.
func (r *batchReader) read(n int) (batch []parsed, err error) {
	batch = make([]parsed, 0, n+n/8)
	var at time.Time
	for size := 0; len(batch) < 2*n && size < batchBytes; {
		p, err := r.next()
		if err != nil || r.ended {
			return batch, err
		}
		if p.bad == nil {
			if len(batch) >= n && !p.row.ObservedAt.Equal(at) {
				r.held = &p
				return batch, nil
			}
			at = p.row.ObservedAt
		}
		batch = append(batch, p)
		size += len(p.row.Text)
	}
	return batch, nil
}

// next is the row held back or the next of the document.
func (r *batchReader) next() (p parsed, err error) {
	if r.held != nil {
		p, r.held = *r.held, nil
		return p, nil
	}
	row, err := r.rows.Next()
	var bad *source.RowError
	switch {
	case errors.Is(err, io.EOF):
		r.ended = true
	case err != nil && !errors.As(err, &bad):
		return p, err
	}
	return parsed{row, bad}, nil
}
