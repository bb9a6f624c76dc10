// Package mlb holds the domain of the platform: teams, books, games, markets,
// quotes and opportunities, and the kinds of error every layer shares. It does
// no I/O and knows no clock; the embedded directories are plain data.
package mlb

import "errors"

// The kinds of error a user can meet. They are wrapped with %w on the way up
// and judged once, at the edge (CLI exit code, HTTP status).
var (
	ErrInvalid     = errors.New("invalid input")
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict")
	ErrUnavailable = errors.New("unavailable")
)
