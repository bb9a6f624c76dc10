package world

// Source is one of the servers of the outside world.
type Source string

// The sources.
const (
	ActionNetwork Source = "actionnetwork"
	StatsAPI      Source = "statsapi"
	OddsAPI       Source = "oddsapi"
	VSiN          Source = "vsin"
	SBD           Source = "sbd"
)

// hosts are the sources' real names, in the order in which they are listed.
var hosts = []struct {
	source Source
	host   string
}{
	{ActionNetwork, "api.actionnetwork.com"},
	{StatsAPI, "statsapi.mlb.com"},
	{OddsAPI, "api.the-odds-api.com"},
	{VSiN, "data.vsin.com"},
	{SBD, "srfeeds.sportsbettingdime.com"},
}

// Sources are all of them.
func Sources() (all []Source) {
	for _, h := range hosts {
		all = append(all, h.source)
	}
	return all
}

// Host is the source's real host name, "" where there is no such source.
func (s Source) Host() string {
	for _, h := range hosts {
		if h.source == s {
			return h.host
		}
	}
	return ""
}
