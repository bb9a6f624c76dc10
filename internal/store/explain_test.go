package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestExplain(t *testing.T) {
	pg := func(code string) error {
		return fmt.Errorf("write quotes: %w", &pgconn.PgError{Code: code, Message: "the server's words"})
	}
	for _, c := range []struct {
		err       error
		available bool
		want      string
	}{
		{pg("53100"), false, "disk is full (the server's words): make room"},
		{pg("57P01"), false, "went away (the server's words)"},
		{pg("08006"), false, "went away"},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), false, "run the command again"},
		{pg("23505"), true, "the server's words"},
		{context.Canceled, true, "context canceled"},
	} {
		got := explain(c.err)
		if errors.Is(got, mlb.ErrUnavailable) == c.available || !strings.Contains(got.Error(), c.want) {
			t.Errorf("explain(%v) = %v, want %q", c.err, got, c.want)
		}
	}
	if err := explain(nil); err != nil {
		t.Errorf("explain(nil) = %v", err)
	}
}
