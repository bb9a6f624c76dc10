package mlb

import (
	"fmt"
	"maps"
	"slices"
)

// TeamID is MLB's own number of a club.
type TeamID int16

// Team is a club under its present name.
type Team struct {
	ID            TeamID
	Code          string // canon, as the tables print it: "NYY"
	Name          string // "New York Yankees"
	ActionNetwork int    // Action Network's number of the club
}

var teams = []Team{
	{109, "ARI", "Arizona Diamondbacks", 205},
	{133, "ATH", "Athletics", 201},
	{144, "ATL", "Atlanta Braves", 215},
	{110, "BAL", "Baltimore Orioles", 187},
	{111, "BOS", "Boston Red Sox", 190},
	{112, "CHC", "Chicago Cubs", 206},
	{145, "CWS", "Chicago White Sox", 194},
	{113, "CIN", "Cincinnati Reds", 202},
	{114, "CLE", "Cleveland Guardians", 193},
	{115, "COL", "Colorado Rockies", 210},
	{116, "DET", "Detroit Tigers", 195},
	{117, "HOU", "Houston Astros", 199},
	{118, "KC", "Kansas City Royals", 192},
	{108, "LAA", "Los Angeles Angels", 198},
	{119, "LAD", "Los Angeles Dodgers", 204},
	{146, "MIA", "Miami Marlins", 214},
	{158, "MIL", "Milwaukee Brewers", 208},
	{142, "MIN", "Minnesota Twins", 196},
	{121, "NYM", "New York Mets", 213},
	{147, "NYY", "New York Yankees", 191},
	{143, "PHI", "Philadelphia Phillies", 212},
	{134, "PIT", "Pittsburgh Pirates", 203},
	{135, "SD", "San Diego Padres", 211},
	{136, "SEA", "Seattle Mariners", 197},
	{137, "SF", "San Francisco Giants", 209},
	{138, "STL", "St. Louis Cardinals", 207},
	{139, "TB", "Tampa Bay Rays", 189},
	{140, "TEX", "Texas Rangers", 200},
	{141, "TOR", "Toronto Blue Jays", 188},
	{120, "WSH", "Washington Nationals", 216},
}

// Teams are the thirty clubs in alphabetical order. The caller owns the slice.
func Teams() []Team { return slices.Clone(teams) }

// TeamByID finds a club by MLB's number.
func TeamByID(id TeamID) (Team, error) {
	i := slices.IndexFunc(teams, func(t Team) bool { return t.ID == id })
	if i < 0 {
		return Team{}, fmt.Errorf("%w: team %d", ErrNotFound, id)
	}
	return teams[i], nil
}

// String is the club's code, or its number where there is no such club.
func (id TeamID) String() string {
	t, err := TeamByID(id)
	if err != nil {
		return fmt.Sprintf("team(%d)", int(id))
	}
	return t.Code
}

// alias is one exact name of a club.
type alias struct {
	name string
	id   TeamID
}

// teamAliases are the names a source writes beside a club's full names. They
// are exact: a name in neither table is unknown, never guessed. The archives'
// codes were checked by matching their scores with another source's: in the
// season files LOS and LAD are the Dodgers and LAA is the Angels.
var teamAliases = map[string][]alias{
	"boltodds": {
		{"St Louis Cardinals", 138},
		{"Athletics Athletics", 133},
	},
	"vsin":        {{"ST Louis Cardinals", 138}},
	"results2026": {{"St.Louis Cardinals", 138}},
	"sbd": {
		{"CHW", 145},
		{"WAS", 120},
		{"WSN", 120},
		{"OAK", 133},
		{"AZ", 109},
		{"KCR", 118},
		{"KAN", 118},
		{"SDP", 135},
		{"SFG", 137},
		{"SFO", 137},
		{"TBR", 139},
		{"TAM", 139},
		{"ANA", 108},
		{"FLA", 146},
		{"NYA", 147},
	},
	"sbro": {
		{"CUB", 112},
		{"KAN", 118},
		{"LOS", 119},
		{"OAK", 133},
		{"SDG", 135},
		{"SFO", 137},
		{"TAM", 139},
		{"WAS", 120},
		{"BRS", 111},
		{"SFG", 137},
		{"FLO", 146},
	},
	"retrosheet": {
		{"ANA", 108},
		{"CHA", 145},
		{"CHN", 112},
		{"FLO", 146},
		{"KCA", 118},
		{"LAN", 119},
		{"NYA", 147},
		{"NYN", 121},
		{"OAK", 133},
		{"SDN", 135},
		{"SFN", 137},
		{"SLN", 138},
		{"TBA", 139},
		{"MON", 120},
		{"WAS", 120},
	},
}

// byCode are the sources that write clubs as codes, most of them as ours.
var byCode = map[string]bool{"sbd": true, "sbro": true, "retrosheet": true}

// formerNames are full names that a club bore before its present one, since
// 2000. No other club has borne them.
var formerNames = map[string]TeamID{
	"Oakland Athletics":             133,
	"Cleveland Indians":             114,
	"Los Angeles Angels of Anaheim": 108,
	"Anaheim Angels":                108,
	"Florida Marlins":               146,
	"Tampa Bay Devil Rays":          139,
	"Montreal Expos":                120,
}

// TeamAliases maps every exact name the source is known to use to its club:
// the present and former full names, or the codes, and the source's own
// spellings.
func TeamAliases(source string) map[string]TeamID {
	m := make(map[string]TeamID, len(teams)+16)
	for _, t := range teams {
		if byCode[source] {
			m[t.Code] = t.ID
		} else {
			m[t.Name] = t.ID
		}
	}
	if !byCode[source] {
		maps.Copy(m, formerNames)
	}
	for _, a := range teamAliases[source] {
		m[a.name] = a.id
	}
	return m
}
