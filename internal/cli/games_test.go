package cli

import (
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestOutcome(t *testing.T) {
	final := func(home, away int) mlb.Result {
		return mlb.Result{Status: mlb.Final, Score: mlb.Score{Home: home, Away: away}}
	}
	for _, c := range []struct {
		said []mlb.Result
		want string
	}{
		{nil, "-"},
		{[]mlb.Result{{Status: mlb.Postponed}}, "postponed"},
		{[]mlb.Result{final(3, 5)}, "5-3"},
		{[]mlb.Result{{Status: mlb.InProgress}, final(3, 5), final(3, 5)}, "5-3"},
		{[]mlb.Result{final(3, 5), {Status: mlb.InProgress}}, "5-3"},
		{[]mlb.Result{final(3, 5), final(4, 5)}, "disputed, 5-3"},
	} {
		var row gameJSON
		row.tell(c.said)
		if got := row.outcome(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.said, got, c.want)
		}
	}
}
