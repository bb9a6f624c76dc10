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

// batchRows is how many rows become one transaction: large enough that commits
// do not count, small enough that a batch is some ten megabytes.
const batchRows = 20_000

// takeAll takes in what is left of a document and marks it done. The next run
// of rows is parsed while the present one is written.
func (t *taker) takeAll(ctx context.Context, rows source.OddsReader, progress func(done int64)) error {
	done := t.doc.Counts.Read()
	if err := skip(rows, done); err != nil {
		return err
	}
	batches := make(chan []parsed)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(batches)
		return readBatches(ctx, rows, batches)
	})
	g.Go(func() error {
		for batch := range batches {
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

func skip(rows source.OddsReader, n int64) error {
	for range n {
		if _, err := rows.Next(); err != nil && !errors.As(err, new(*source.RowError)) {
			return fmt.Errorf("take up at row %d: %w", n, err)
		}
	}
	return nil
}

func readBatches(ctx context.Context, rows source.OddsReader, to chan<- []parsed) error {
	for last := false; !last; {
		var batch []parsed
		var err error
		if batch, last, err = readBatch(rows, batchRows); err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		select {
		case to <- batch:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// parsed is a row or the reason there is none.
type parsed struct {
	row source.OddsRow
	bad *source.RowError
}

// readBatch reads up to n rows, and then on to the end of the capture they end
// in, so that the main line is judged on whole captures; but never twice n.
func readBatch(rows source.OddsReader, n int) (batch []parsed, last bool, err error) {
	batch = make([]parsed, 0, n+n/8)
	var at time.Time
	for len(batch) < 2*n {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return batch, true, nil
		}
		var bad *source.RowError
		if err != nil && !errors.As(err, &bad) {
			return nil, false, err
		}
		batch = append(batch, parsed{row, bad})
		if bad == nil {
			if len(batch) > n && !row.ObservedAt.Equal(at) {
				return batch, false, nil
			}
			at = row.ObservedAt
		}
	}
	return batch, false, nil
}
