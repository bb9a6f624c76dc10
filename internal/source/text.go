package source

import (
	"strconv"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// maxShown is how much of a row that cannot be used is shown.
const maxShown = 2000

// Shown is a text as a row keeps it to be shown: cut to about 2,000 bytes,
// valid UTF-8, and without the NUL bytes that PostgreSQL's text cannot hold.
func Shown(s string) string {
	s = s[:min(len(s), maxShown)]
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// maxRuns is beyond any score a game can end with: one team's record is 30
// since 1900.
const maxRuns = 60

// ParseScore reads the runs of both sides. Anything but two numbers a game
// can end with is a RowError, BadScore.
func ParseScore(away, home string) (mlb.Score, error) {
	a, errAway := strconv.Atoi(away)
	h, errHome := strconv.Atoi(home)
	if errAway != nil || errHome != nil {
		return mlb.Score{}, Reject(BadScore, "runs %.20q and %.20q, want two numbers", away, home)
	}
	if min(a, h) < 0 || max(a, h) > maxRuns {
		return mlb.Score{}, Reject(BadScore, "no game ends %d-%d", a, h)
	}
	return mlb.Score{Home: h, Away: a}, nil
}
