package mlb

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// publishedTeams reads testdata/teams.txt, which was written down from the
// sources and not from the table it checks.
func publishedTeams(t *testing.T) []Team {
	t.Helper()
	text, err := os.ReadFile("testdata/teams.txt")
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var all []Team
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[0] != "#" {
			all = append(all, Team{
				ID: TeamID(number(f[1])), Code: f[0], Name: strings.Join(f[3:], " "), ActionNetwork: number(f[2]),
			})
		}
	}
	return all
}

func TestTeams(t *testing.T) {
	got, want := Teams(), publishedTeams(t)
	if len(got) != 30 || !slices.Equal(got, want) {
		t.Errorf("got %d clubs\n%v\nwant\n%v", len(got), got, want)
	}
	ids, codes, names, numbers := map[TeamID]bool{}, map[string]bool{}, map[string]bool{}, map[int]bool{}
	for _, team := range got {
		if ids[team.ID] || codes[team.Code] || names[team.Name] || numbers[team.ActionNetwork] {
			t.Errorf("%v shares an id, a code, a name or a number with another club", team)
		}
		ids[team.ID], codes[team.Code], names[team.Name], numbers[team.ActionNetwork] = true, true, true, true
		if found, err := TeamByID(team.ID); err != nil || found != team || team.ID.String() != team.Code {
			t.Errorf("TeamByID(%d): got %v, %v; want %v", team.ID, found, err, team)
		}
	}
	got[0].Code = "XXX"
	if Teams()[0].Code == "XXX" {
		t.Error("writing to the slice of one caller changed the directory")
	}
}

func TestUnknownTeam(t *testing.T) {
	for _, id := range []TeamID{0, -1, 11, 159} { // 11 is a league's Triple-A club
		if got, err := TeamByID(id); !errors.Is(err, ErrNotFound) || got != (Team{}) {
			t.Errorf("TeamByID(%d): got %v, %v; want ErrNotFound", id, got, err)
		}
	}
	if got, want := TeamID(11).String(), "team(11)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTeamAliases(t *testing.T) {
	present := map[string]TeamID{}
	for _, team := range publishedTeams(t) {
		present[team.Name] = team.ID
	}
	maps.Copy(present, map[string]TeamID{ // as they were called since 2000
		"Oakland Athletics": 133, "Cleveland Indians": 114, "Los Angeles Angels of Anaheim": 108, "Anaheim Angels": 108,
		"Florida Marlins": 146, "Tampa Bay Devil Rays": 139, "Montreal Expos": 120,
	})
	for source, own := range map[string]map[string]TeamID{
		"boltodds": {"St Louis Cardinals": 138, "Athletics Athletics": 133},
		"oddsapi":  {},
		"":         {},
	} {
		want := maps.Clone(present)
		maps.Copy(want, own)
		got := TeamAliases(source)
		if !maps.Equal(got, want) {
			t.Errorf("TeamAliases(%q): got %d names %v, want %d", source, len(got), got, len(want))
		}
		// What a substring or a fold of case would have guessed.
		for _, name := range []string{"", "Mets", "NYM", "new york mets", "New York", "New York Mets ", "Sox", "St.Louis Cardinals"} {
			if id, ok := got[name]; ok {
				t.Errorf("TeamAliases(%q): %q is read as %s", source, name, id)
			}
		}
	}
	delete(TeamAliases("boltodds"), "Athletics")
	if _, ok := TeamAliases("boltodds")["Athletics"]; !ok {
		t.Error("writing to the map of one caller changed the table")
	}
}
