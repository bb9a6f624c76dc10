package source

import (
	"errors"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func TestParseScore(t *testing.T) {
	for _, c := range []struct {
		away, home string
		want       mlb.Score
	}{
		{"2", "3", mlb.Score{Away: 2, Home: 3}},
		{"2.0", "3.00", mlb.Score{Away: 2, Home: 3}},
		{"0", "12.", mlb.Score{Away: 0, Home: 12}},
	} {
		if got, err := ParseScore(c.away, c.home); err != nil || got != c.want {
			t.Errorf("%s-%s: %v, %v; want %v", c.away, c.home, got, err, c.want)
		}
	}
	for _, text := range []string{"", ".0", "2.5", "2.0.0", "two", "-1", "61", "NaN", "1e1", "0x1", "99999999999999999999"} {
		var bad *RowError
		if _, err := ParseScore(text, "3"); !errors.As(err, &bad) || bad.Reason != BadScore {
			t.Errorf("%q: %v, want bad_score", text, err)
		}
	}
}

func TestParseDay(t *testing.T) {
	want := mlb.Date{Year: 2021, Month: 4, Day: 5}
	for _, text := range []string{"2021-04-05", "20210405"} {
		if got, err := ParseDay(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "20210431", "2021-04-31", "210405", "2021045", "20210405 "} {
		if got, err := ParseDay(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}
