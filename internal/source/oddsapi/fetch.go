package oddsapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Offer is what is asked of The Odds API. Every request costs its markets
// times its regions in credits; ten bookmakers named one by one count as a
// region, and take the place of the regions.
type Offer struct {
	Regions    []string
	Bookmakers []string // "pinnacle", ...; none: all of the regions
	Markets    []string // of the whole slate
	PerEvent   []string // of one game at a time: the slate does not serve them
}

// DefaultOffer is the three markets at the books of the United States and
// Europe, and the same of the first five innings game by game.
func DefaultOffer() Offer {
	return Offer{
		Regions:  []string{"us", "us2", "eu"},
		Markets:  []string{"h2h", "spreads", "totals"},
		PerEvent: []string{"h2h_1st_5_innings", "spreads_1st_5_innings", "totals_1st_5_innings"},
	}
}

// sport is the API's name of Major League Baseball.
const sport = "/sports/baseball_mlb"

// pastFactor is how many times more the past costs than the present.
const pastFactor = 10

// stamps are where a body says when a price was last looked at by the API, and
// quiet longer than it leaves any: it looks every few minutes.
var stamps = []string{"last_update"}

const quiet = time.Hour

// Adapter is The Odds API v4: the slate's odds, the free list of events, the
// odds of one event, and the slate as it stood at a moment gone by.
func Adapter(o Offer) source.Adapter {
	return source.Adapter{
		Name:     "oddsapi",
		Title:    "The Odds API",
		Official: true,
		Base:     "https://api.the-odds-api.com",
		Terms:    "https://the-odds-api.com/terms-and-conditions.html",
		Rate:     source.Rate{Every: time.Second, Burst: 5}, // of the 30 a second it allows
		KeyParam: "apiKey",
		Spent:    "OUT_OF_USAGE_CREDITS",
		Feeds: []source.Feed{
			{Name: "odds", Complete: true, Stamps: stamps, Quiet: quiet, Requests: o.slate, Odds: oddsOf},
			{Name: "events", Requests: eventList, Entries: entries},
			{Name: "event-odds", PerGame: true, Complete: true, Stamps: stamps, Quiet: quiet, Requests: o.games, Odds: oddsOf},
			{Name: "historical", Complete: true, Reach: source.Always, Requests: o.past, Odds: oddsOf},
		},
	}
}

// Cost is what a request for as many markets costs, in credits.
func (o Offer) Cost(markets int) int {
	regions := len(o.Regions)
	if n := len(o.Bookmakers); n > 0 {
		regions = (n + 9) / 10
	}
	return markets * regions
}

func (o Offer) query(markets []string) []source.Param {
	where := source.Param{Name: "regions", Value: strings.Join(o.Regions, ",")}
	if len(o.Bookmakers) > 0 {
		where = source.Param{Name: "bookmakers", Value: strings.Join(o.Bookmakers, ",")}
	}
	return []source.Param{
		where,
		{Name: "markets", Value: strings.Join(markets, ",")},
		{Name: "oddsFormat", Value: "american"},
		{Name: "dateFormat", Value: "iso"},
	}
}

// check refuses an offer that asks for nothing, which the API would refuse too.
func (o Offer) check(markets []string) error {
	if len(markets) == 0 || o.Cost(1) == 0 {
		return fmt.Errorf("%w: no market, or no region and no bookmaker, to ask for: name them in the settings", mlb.ErrInvalid)
	}
	return nil
}

func (o Offer) slate(source.Ask) ([]source.Request, error) {
	if err := o.check(o.Markets); err != nil {
		return nil, err
	}
	return []source.Request{{Path: "/v4" + sport + "/odds", Query: o.query(o.Markets), Credits: o.Cost(len(o.Markets))}}, nil
}

func eventList(source.Ask) ([]source.Request, error) {
	return []source.Request{{Path: "/v4" + sport + "/events", Query: []source.Param{{Name: "dateFormat", Value: "iso"}}}}, nil
}

func (o Offer) games(ask source.Ask) (all []source.Request, err error) {
	if err := o.check(o.PerEvent); err != nil {
		return nil, err
	}
	for _, g := range ask.Games {
		if !isEventID(g.Ref) { // not named by this source yet
			continue
		}
		all = append(all, source.Request{
			Path:    "/v4" + sport + "/events/" + g.Ref + "/odds",
			Query:   o.query(o.PerEvent),
			Ref:     g.Ref,
			Credits: o.Cost(len(o.PerEvent)),
		})
	}
	return all, nil
}

// isEventID tells an id of the API, 32 hexadecimal digits, from anything that
// would make another path.
func isEventID(ref string) bool {
	return len(ref) == 32 && strings.Trim(ref, "0123456789abcdef") == ""
}

func (o Offer) past(ask source.Ask) ([]source.Request, error) {
	if err := o.check(o.Markets); err != nil {
		return nil, err
	}
	if ask.At.IsZero() {
		return nil, fmt.Errorf("%w: no moment asked for: historical odds are those of a moment", mlb.ErrInvalid)
	}
	at := source.Param{Name: "date", Value: ask.At.UTC().Format(time.RFC3339)}
	return []source.Request{{
		Path:    "/v4/historical" + sport + "/odds",
		Query:   append(o.query(o.Markets), at),
		Credits: pastFactor * o.Cost(len(o.Markets)),
	}}, nil
}

// oddsOf reads a body that was seen when it was fetched, unless it says that it
// shows the past. Its prices are in the form that was asked for: means of
// American prices look like decimal ones.
func oddsOf(d source.Doc) (source.OddsFormat, error) {
	f, err := Format()
	american := strings.Contains(d.URL, "oddsFormat=american")
	f.Open = func(r io.Reader, zone *time.Location) (source.OddsReader, error) {
		rd, err := openFetched(r, zone, d.FetchedAt)
		if err != nil {
			return nil, err
		}
		for i := range rd.slates {
			rd.slates[i].decimal = rd.slates[i].decimal && !american
		}
		return rd, nil
	}
	return source.Whole(f), err
}

func entries(d source.Doc) (all []source.Entry, err error) {
	text, err := source.ReadBody(bytes.NewReader(d.Body))
	if err != nil {
		return nil, err
	}
	var list []event
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%w: not The Odds API's list of events: %w", mlb.ErrInvalid, err)
	}
	for _, e := range list {
		start, err := time.Parse(time.RFC3339, e.Commence)
		if err != nil || !isEventID(e.ID) {
			return nil, fmt.Errorf("%w: event %q of %q has no id or no time", mlb.ErrInvalid, e.ID, e.Commence)
		}
		all = append(all, source.Entry{Ref: e.ID, Name: e.Away + " @ " + e.Home, Home: e.Home, Away: e.Away, Start: start.UTC()})
	}
	return all, nil
}
