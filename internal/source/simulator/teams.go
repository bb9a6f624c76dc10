package simulator

import (
	_ "embed" // the clubs
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

//go:embed clubs.csv
var clubsCSV string

// club is a team with its park, as the sources describe both, and what it is
// worth this season.
type club struct {
	mlb.Team
	zone    *time.Location
	covered bool    // its park has a roof: no rain
	park    float64 // of the log of both sides' runs

	venue                                                 int
	venueName, teamCode, fileCode, abbreviation, teamName string
	location, shortName, franchise, firstYear             string
	league, division, springLeague, springVenue           int
	anLocation, slug, color, color2                       string

	// Strengths, of the log of runs: of its own for the batters, of the
	// opponent's, with the other sign, for the pitchers.
	batting  float64
	bullpen  float64
	starters [5]player
	spare    player // starts where a starter is scratched
	relief   [4]player
	batters  [10]player // the last sits

	played int // games it has played, while the season is made
	ends   []ending
}

// ending is a game of a club that is over.
type ending struct {
	at  time.Time
	won bool
}

// player is a made-up man.
type player struct {
	id          int
	first, last string
	skill       float64 // of a starter
	position    int     // 1 pitcher .. 9 right fielder, 10 designated hitter
}

func (p player) name() string { return p.first + " " + p.last }

// readClubs is the thirty clubs in alphabetical order.
func readClubs() ([]*club, error) {
	records, err := csv.NewReader(strings.NewReader(clubsCSV)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("clubs.csv: %w", err)
	}
	rows := map[string][]string{}
	for _, rec := range records[1:] {
		rows[rec[0]] = rec
	}
	var clubs []*club
	for _, t := range mlb.Teams() {
		c, err := readClub(t, rows[strconv.Itoa(int(t.ID))])
		if err != nil {
			return nil, fmt.Errorf("clubs.csv: team %d: %w", t.ID, err)
		}
		clubs = append(clubs, c)
	}
	return clubs, nil
}

func readClub(t mlb.Team, f []string) (c *club, err error) {
	if f == nil {
		return nil, mlb.ErrNotFound
	}
	c = &club{
		Team: t, covered: f[2] == "true", venueName: f[5], teamCode: f[6], fileCode: f[7], abbreviation: f[8], teamName: f[9],
		location: f[10], shortName: f[11], franchise: f[12], firstYear: f[13], anLocation: f[18], slug: f[19], color: f[20], color2: f[21],
	}
	if c.zone, err = time.LoadLocation(f[1]); err != nil {
		return nil, err
	}
	if c.park, err = strconv.ParseFloat(f[3], 64); err != nil {
		return nil, err
	}
	for i, n := range map[int]*int{4: &c.venue, 14: &c.league, 15: &c.division, 16: &c.springLeague, 17: &c.springVenue} {
		if *n, err = strconv.Atoi(f[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// draw gives the club its strengths and its men.
func (c *club) draw(s *Season, i int) {
	r := s.rand(forClub, i)
	c.batting = 0.06 * r.NormFloat64()
	c.bullpen = 0.05 * r.NormFloat64()
	staff := 0.04 * r.NormFloat64()
	man := func(k int) player { return newPlayer(i, k) }
	for k := range c.starters {
		c.starters[k] = man(k)
		c.starters[k].skill = staff + 0.13*r.NormFloat64()
		c.starters[k].position = 1
	}
	c.spare = man(5)
	c.spare.skill, c.spare.position = staff-0.14, 1
	for k := range c.relief {
		c.relief[k] = man(6 + k)
		c.relief[k].position = 1
	}
	for k := range c.batters {
		c.batters[k] = man(10 + k)
		c.batters[k].position = min(k+2, 10)
	}
}

// squad is every man of the club.
func (c *club) squad() []player {
	var all []player
	all = append(all, c.starters[:]...)
	all = append(all, c.spare)
	all = append(all, c.relief[:]...)
	return append(all, c.batters[:]...)
}

// record is how many games the club had won and lost by then.
func (c *club) record(at time.Time) (wins, losses int) {
	for _, e := range c.ends {
		if e.at.After(at) {
			break
		}
		if e.won {
			wins++
		} else {
			losses++
		}
	}
	return wins, losses
}

var (
	firstNames = [...]string{
		"Alden", "Bram", "Caspar", "Dario", "Emil", "Falk", "Gideon", "Hugo", "Ivo", "Jonas", "Kasimir", "Linus", "Milo",
		"Nico", "Otto", "Pavel", "Quirin", "Rafael", "Silvan", "Tomas", "Ulric", "Vito", "Wendel", "Xaver", "Yannick", "Zeno", "Abel", "Bruno", "Cyril",
	}
	lastNames = [...]string{
		"Ashgrove", "Birchwood", "Calloway", "Dunmore", "Elderfield", "Fairbrook", "Greenhalgh", "Hawthorn", "Inglewood", "Jessop", "Kestrel", "Larkin", "Merriweather",
		"Northcott", "Oakhurst", "Pemberton", "Quillfeather", "Ravensworth", "Stonebridge", "Thistlewood", "Underhill", "Vandermere", "Whitlock", "Yarborough", "Zimmerhof",
		"Applecross", "Brightwater", "Coldstream", "Driftwood", "Emberley", "Foxglove",
	}
)

// newPlayer is man k of club i. The numbers of names are coprime, so that no
// two of the 600 men share one.
func newPlayer(i, k int) player {
	n := i*20 + k
	return player{id: source.SimulatedFrom + 1 + n, first: firstNames[n%len(firstNames)], last: lastNames[n%len(lastNames)]}
}

// americanLeague is MLB's number of it; the other one is the next.
const americanLeague = 103

// The divisions, by MLB's numbers from 200 on.
var divisionWords = [...]string{"WEST", "EAST", "CENTRAL", "WEST", "EAST", "CENTRAL"}

func (c *club) divisionWord() string { return divisionWords[c.division-200] }

// anName is the club without its place: what Action Network displays.
func (c *club) anName() string {
	if c.anLocation == "" {
		return c.Name
	}
	return strings.TrimPrefix(c.Name, c.anLocation+" ")
}
