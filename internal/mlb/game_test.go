package mlb

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	for in, want := range map[string]Date{
		"2026-07-18": {2026, time.July, 18},
		"2024-02-29": {2024, time.February, 29},
		"0001-01-01": {1, time.January, 1},
		"9999-12-31": {9999, time.December, 31},
	} {
		if got, err := ParseDate(in); err != nil || got != want || got.String() != in {
			t.Errorf("ParseDate(%q): got %v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "2026", "2026-7-18", "2026-07-8", "26-07-18", "20260718", "2026/07/18", "18-07-2026", "2026-13-01",
		"2026-00-10", "2026-07-00", "2026-07-32", "2025-02-29", "2026-07-18T00:00:00Z", " 2026-07-18", "2026-07-18 ", "-026-07-18", "today",
	} {
		got, err := ParseDate(in)
		if !errors.Is(err, ErrInvalid) || got != (Date{}) || !strings.Contains(err.Error(), "YYYY-MM-DD") {
			t.Errorf("ParseDate(%q): got %v, %v; want ErrInvalid that shows the form", in, got, err)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-07-18", "2024-02-29", "2025-02-29", "0000-01-01", "2026-7-18", "", "2026-07-18T00:00:00Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDate(s)
		if err != nil {
			if got != (Date{}) || !errors.Is(err, ErrInvalid) {
				t.Errorf("ParseDate(%q): got %v, %v; want no date, ErrInvalid", s, got, err)
			}
			return
		}
		if got.String() != s || DateOf(got.Time()) != got {
			t.Errorf("ParseDate(%q): got %v, as a time %v", s, got, got.Time())
		}
	})
}

// A night game in the east is already tomorrow in UTC: its day is that of the
// location the time is in.
func TestDateOf(t *testing.T) {
	start := time.Date(2026, 7, 19, 2, 10, 0, 0, time.UTC)
	eastern := start.In(time.FixedZone("EDT", -4*60*60))
	if got, want := DateOf(eastern), (Date{2026, time.July, 18}); got != want {
		t.Errorf("DateOf(%v): got %v, want %v", eastern, got, want)
	}
	if got, want := DateOf(start), (Date{2026, time.July, 19}); got != want {
		t.Errorf("DateOf(%v): got %v, want %v", start, got, want)
	}
	if got := (Date{2026, time.July, 18}).Time(); !got.Equal(time.Date(2026, 7, 18, 0, 0, 0, 0, time.UTC)) || got.Location() != time.UTC {
		t.Errorf("Time: got %v, want midnight UTC", got)
	}
}

func TestDateInJSON(t *testing.T) {
	type row struct {
		Day Date `json:"day"`
	}
	text, err := json.Marshal(row{Date{2026, time.July, 4}})
	if want := `{"day":"2026-07-04"}`; err != nil || string(text) != want {
		t.Fatalf("got %s, %v; want %s", text, err, want)
	}
	var back row
	if err := json.Unmarshal(text, &back); err != nil || back.Day != (Date{2026, time.July, 4}) {
		t.Errorf("%s came back as %v, %v", text, back.Day, err)
	}
	if err := json.Unmarshal([]byte(`{"day":"July 4"}`), &back); !errors.Is(err, ErrInvalid) {
		t.Errorf("a day in words: got %v, want ErrInvalid", err)
	}
}

func TestGame(t *testing.T) {
	g := Game{Home: 143, Away: 121}
	if got, want := g.Matchup(), "NYM @ PHI"; got != want { // the visitor first
		t.Errorf("Matchup: got %q, want %q", got, want)
	}
	if !g.Provisional() {
		t.Error("a game without a gamePk: got settled, want provisional")
	}
	if g.PK = 777_001; g.Provisional() {
		t.Error("a game with a gamePk: got provisional")
	}
}
