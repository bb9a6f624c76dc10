package mlb

import (
	"testing"
	"time"
)

func steamSignal() Signal {
	at := time.Date(2026, 7, 18, 16, 0, 0, 0, time.UTC)
	return Signal{
		LineKey: LineKey{12, RunLine, FullGame, -3}, Side: Home, Strategy: "steam", Since: at, DetectedAt: at,
		Path: []Step{{Book: 13}, {Book: 1}},
	}
}

func TestSignalVerdict(t *testing.T) {
	found, explained := steamSignal(), steamSignal()
	explained.News = "wind out to left"
	unjudged := Signal{NotIdentifiable: "no public splits"}
	for _, c := range []struct {
		s          Signal
		want       Verdict
		name       string
		originator BookID
	}{
		{found, Found, "found", 13},
		{explained, Explained, "explained", 13},
		{unjudged, NotIdentifiable, "not_identifiable", 0},
	} {
		if got := c.s.Verdict(); got != c.want || got.String() != c.name {
			t.Errorf("got %s, want %s", got, c.name)
		}
		if got := c.s.Originator(); got != c.originator {
			t.Errorf("%s: the originator is %d, want %d", c.name, got, c.originator)
		}
	}
}

// Each part alone makes a different signal.
func TestSignalIDTellsApart(t *testing.T) {
	seen := map[string]string{steamSignal().ID(): "the base"}
	for name, change := range map[string]func(*Signal){
		"strategy":         func(s *Signal) { s.Strategy = "reverse" },
		"game":             func(s *Signal) { s.Game = 1 },
		"market":           func(s *Signal) { s.Market = Total },
		"period":           func(s *Signal) { s.Period = FirstFive },
		"line":             func(s *Signal) { s.Line = 3 },
		"side":             func(s *Signal) { s.Side = Away },
		"since":            func(s *Signal) { s.Since = s.Since.Add(time.Microsecond) },
		"provider":         func(s *Signal) { s.Crowd = &Crowd{Provider: "covers"} },
		"another provider": func(s *Signal) { s.Crowd = &Crowd{Provider: "vsin"} },
		"verdict":          func(s *Signal) { s.NotIdentifiable = "no polls" },
		"never":            func(s *Signal) { s.Since = time.Time{} },
	} {
		s := steamSignal()
		change(&s)
		id := s.ID()
		if same, ok := seen[id]; ok {
			t.Errorf("%s: the id of %s", name, same)
		}
		seen[id] = name
	}
}

// People and scripts keep ids: they do not depend on when the signal is seen,
// in what time zone, or what else is known of it.
func TestSignalIDIsStable(t *testing.T) {
	s := steamSignal()
	const want = "f6da3a09c3187c86"
	if got := s.ID(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.Since = s.Since.In(time.FixedZone("EDT", -4*60*60))
	s.DetectedAt = s.DetectedAt.Add(time.Hour)
	s.LogOdds, s.Points, s.Path, s.News, s.Reasons = 0.3, 0.03, nil, "rain", []string{"why"}
	if got := s.ID(); got != want {
		t.Errorf("seen later: got %s, want %s", got, want)
	}
}
