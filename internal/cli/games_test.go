package cli

import (
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

func TestOutcome(t *testing.T) {
	final := func(source string, home, away int) store.SourceResult {
		return store.SourceResult{Source: source, Result: mlb.Result{Status: mlb.Final, Score: mlb.Score{Home: home, Away: away}}}
	}
	for _, c := range []struct {
		said []store.SourceResult
		want string
	}{
		{nil, "-"},
		{[]store.SourceResult{{Result: mlb.Result{Status: mlb.Postponed}}}, "postponed"},
		{[]store.SourceResult{final("a", 3, 5)}, "5-3"},
		{[]store.SourceResult{{Result: mlb.Result{Status: mlb.InProgress}}, final("a", 3, 5), final("b", 3, 5)}, "5-3"},
		{[]store.SourceResult{final("a", 3, 5), {Result: mlb.Result{Status: mlb.InProgress}}}, "5-3"},
		{[]store.SourceResult{final("a", 3, 5), final("b", 4, 5)}, "disputed: 5-3 a, 5-4 b"},
	} {
		var row gameJSON
		row.tell(c.said)
		if got := row.outcome(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.said, got, c.want)
		}
	}
}
