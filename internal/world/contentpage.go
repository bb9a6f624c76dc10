package world

import (
	"slices"
	"strings"
	"time"
)

// changePage makes VSiN's page with the faults worked into it.
func (s *slates) changePage(q question, faults []Fault) (a answer, err error) {
	var failed error
	a, err = s.vsin(q, func(games []matchup) []matchup {
		for _, f := range faults {
			t, err := s.target(f, q.at)
			if err != nil {
				failed = err
			}
			games = f.onPage(t, games)
		}
		return games
	})
	if err == nil {
		err = failed
	}
	a.body = changeText(a.body, faults)
	return a, err
}

// changeText applies the faults that change the page as text, which are all
// that a recorded page can have.
func changeText(page []byte, faults []Fault) []byte {
	for _, f := range faults {
		page = f.onText(page)
	}
	return page
}

// onPage changes the games of the page.
func (f Fault) onPage(t target, games []matchup) []matchup {
	i := slices.IndexFunc(games, func(g matchup) bool { return t.is(g.home.Name, g.away.Name, g.start) })
	switch {
	case f.Kind == PartialSlate:
		return games[:f.keep(len(games))]
	case i < 0:
		return games
	}
	g := &games[i]
	switch f.Kind {
	case SwappedTeams:
		g.home, g.away = g.away, g.home
	case DoubleheaderMismatch:
		second := *g
		second.id, second.start = g.id+strangers, g.start.Add(legLater)
		return slices.Insert(games, i+1, second)
	case PostponedGame:
		return slices.Delete(games, i, i+1)
	case TeamRenamed:
		g.home.Name = f.newName(g.home.Name)
	}
	return games
}

// onText changes the page's HTML. What drifts where no class is named is the
// table's.
func (f Fault) onText(page []byte) []byte {
	class, to := f.Field, f.Text
	if class == "" {
		class = "sp-table"
	}
	if to == "" {
		to = class + "-v2"
	}
	quoted := func(s string) string { return `class="` + s + `"` }
	text := string(page)
	switch f.Kind {
	case RenamedField:
		text = strings.ReplaceAll(text, quoted(class), quoted(to))
	case MissingField:
		text = strings.ReplaceAll(text, " "+quoted(class), "")
	case RetypedField: // shares as fractions
		text = strings.ReplaceAll(text, "%</span>", "</span>")
	}
	return []byte(text)
}

// skew is by how much a wrong clock misses the Date header.
func skew(faults []Fault) (d time.Duration) {
	for _, f := range faults {
		if f.Kind == ClockSkew {
			d += f.seconds(defaultSkew)
		}
	}
	return d
}

// age is by how much Last-Modified is moved.
func age(faults []Fault) (d time.Duration) {
	for _, f := range faults {
		switch f.Kind {
		case StaleTimestamps:
			d -= f.seconds(defaultStale)
		case FutureTimestamps:
			d += f.seconds(defaultStale)
		}
	}
	return d
}
