package world

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Unspoilt is what an exchange would have been without faults: whole, and of
// the moment at which it was asked. Expect of such exchanges is what the books
// really offered while a fault hid it. The error wraps mlb.ErrNotFound where
// the path was none of the source's.
func (w *World) Unspoilt(e Exchange) (Exchange, error) {
	u, err := url.Parse(e.Target)
	if err != nil {
		return e, fmt.Errorf("%w: target of exchange %d: %w", mlb.ErrInvalid, e.N, err)
	}
	r, args, ok := serverOf(e.Source).find(u.Path)
	if !ok {
		return e, fmt.Errorf("%w: exchange %d asked for no path of %s", mlb.ErrNotFound, e.N, e.Source)
	}
	e.AsOf = e.At.Truncate(max(r.every, time.Second))
	e.Faults, e.faults, e.Status, e.Complete = nil, nil, http.StatusOK, true
	a, err := w.render(asked{source: e.Source, route: r, args: args, values: u.Query(), at: e.At, asOf: e.AsOf})
	e.SHA256, e.Bytes = hashOf(a.body), len(a.body)
	return e, err
}
