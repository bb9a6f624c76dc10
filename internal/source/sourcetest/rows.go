package sourcetest

import (
	"errors"
	"io"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// All reads a document to its end: its rows, and why the others were refused.
// An error that is no row's ends the test.
func All[Row any](t testing.TB, next func() (Row, error)) (rows []Row, bad []*source.RowError) {
	t.Helper()
	for {
		row, err := next()
		var e *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return rows, bad
		case errors.As(err, &e):
			bad = append(bad, e)
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, row)
		}
	}
}
