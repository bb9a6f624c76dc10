package oddsapi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const (
	id    = "0123456789abcdef0123456789abcdef"
	event = `{"id":"` + id + `","sport_key":"baseball_mlb","commence_time":"2026-07-17T02:10:00Z","home_team":"San Diego Padres",
 "away_team":"New York Mets"`
	priced = event + `,"bookmakers":[{"key":"pinnacle","title":"Pinnacle","last_update":"2026-07-16T20:00:00Z","markets":[
 {"key":"h2h","last_update":"2026-07-16T20:00:05Z","outcomes":[{"name":"San Diego Padres","price":-130},{"name":"New York Mets","price":118}]}]}]}`
	envelope = `{"timestamp":"2026-07-16T17:55:00Z","previous_timestamp":"2026-07-16T17:50:00Z","next_timestamp":null,"data":[` + priced + `]}`

	host  = "https://api.the-odds-api.com/v4"
	slate = "regions=us,us2,eu&markets=h2h,spreads,totals&oddsFormat=american&dateFormat=iso"
	five  = "regions=us,us2,eu&markets=h2h_1st_5_innings,spreads_1st_5_innings,totals_1st_5_innings&oddsFormat=american&dateFormat=iso"
)

var ask = source.Ask{
	At:    time.Date(2026, 7, 16, 14, 0, 0, 0, time.FixedZone("EDT", -4*3600)),
	Games: []source.Listed{{PK: 777001, Ref: id}, {PK: 777002}},
}

func TestAdapter(t *testing.T) {
	two := map[source.Kind]int{source.Odds: 2}
	sourcetest.Run(t, oddsapi.Adapter(oddsapi.DefaultOffer()), []sourcetest.Case{
		{Feed: "odds", Ask: ask, Body: "[" + priced + "]", Rows: two, URLs: []string{host + "/sports/baseball_mlb/odds?" + slate}},
		{
			Feed: "events", Ask: ask, Body: "[" + event + "}]", Rows: map[source.Kind]int{source.Directory: 1},
			URLs: []string{host + "/sports/baseball_mlb/events?dateFormat=iso"},
		},
		{
			Feed: "event-odds", Ask: ask, Body: priced, Rows: two,
			URLs: []string{host + "/sports/baseball_mlb/events/" + id + "/odds?" + five},
		},
		{
			Feed: "historical", Ask: ask, Body: envelope, Rows: two,
			URLs: []string{host + "/historical/sports/baseball_mlb/odds?" + slate + "&date=2026-07-16T18:00:00Z"},
		},
	})
}

func TestCredits(t *testing.T) {
	named := func(n int) oddsapi.Offer { // ten count as a region
		o := oddsapi.DefaultOffer()
		o.Bookmakers = slices.Repeat([]string{"pinnacle"}, n)
		return o
	}
	for _, c := range []struct {
		offer oddsapi.Offer
		feed  string
		want  int
	}{
		{oddsapi.DefaultOffer(), "odds", 9},
		{oddsapi.DefaultOffer(), "events", 0},
		{oddsapi.DefaultOffer(), "event-odds", 9},
		{oddsapi.DefaultOffer(), "historical", 90},
		{named(1), "odds", 3},
		{named(10), "odds", 3},
		{named(11), "odds", 6},
		{named(20), "odds", 6},
		{named(11), "historical", 60},
	} {
		ask := ask
		ask.Key = source.NewSecret("k")
		all, err := oddsapi.Adapter(c.offer).Requests(c.feed, ask)
		if err != nil || len(all) != 1 || all[0].Credits != c.want {
			t.Errorf("%s: %+v, %v; want %d credits", c.feed, all, err, c.want)
		}
	}
}

func TestNothingToAsk(t *testing.T) {
	for name, c := range map[string]struct {
		offer oddsapi.Offer
		feed  string
	}{
		"no market": {oddsapi.Offer{Regions: []string{"us"}}, "odds"}, "no region": {oddsapi.Offer{PerEvent: []string{"h2h"}}, "event-odds"},
		"no moment": {oddsapi.DefaultOffer(), "historical"}, "no market of the past": {oddsapi.Offer{}, "historical"},
	} {
		if _, err := oddsapi.Adapter(c.offer).Requests(c.feed, source.Ask{Key: source.NewSecret("k")}); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// What is now was seen when it was fetched; the past when it was so.
func TestObservedAt(t *testing.T) {
	fetched := time.Date(2026, 7, 16, 20, 15, 0, 0, time.UTC)
	for feed, c := range map[string]struct {
		body string
		want time.Time
	}{"odds": {"[" + priced + "]", fetched}, "historical": {envelope, time.Date(2026, 7, 16, 17, 55, 0, 0, time.UTC)}} {
		f, err := oddsapi.Adapter(oddsapi.DefaultOffer()).Feed(feed)
		if err != nil {
			t.Fatal(err)
		}
		format, err := f.Odds(source.Doc{FetchedAt: fetched})
		if err != nil {
			t.Fatal(err)
		}
		r, err := format.Read(strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if row, err := r.Next(); err != nil || !row.ObservedAt.Equal(c.want) {
			t.Errorf("%s: seen at %v (%v), want %v", feed, row.ObservedAt, err, c.want)
		}
	}
}

func TestBadEvents(t *testing.T) {
	f, err := oddsapi.Adapter(oddsapi.DefaultOffer()).Feed("events")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "{}", `[{"id":"../odds","commence_time":"2026-07-17T02:10:00Z"}]`, `[{"id":"` + id + `","commence_time":"soon"}]`} {
		if all, err := f.Entries(source.Doc{Body: []byte(body)}); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("%q: %v, %v; want ErrInvalid", body, all, err)
		}
	}
}
