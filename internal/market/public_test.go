package market

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func split(at string, home float64) mlb.Split {
	return mlb.Split{
		Game: game.ID, Provider: "covers", Market: mlb.Moneyline, Period: mlb.FullGame, ObservedAt: clock(at),
		Bets: mlb.Share{First: home, Second: 1 - home},
	}
}

// drawSplits are in order of the time they were seen.
func drawSplits(t *rapid.T) []mlb.Split {
	var all []mlb.Split
	for range rapid.IntRange(0, 6).Draw(t, "splits") {
		key := rapid.SampledFrom(keys).Draw(t, "market")
		x := mlb.Split{
			Game: game.ID, Provider: rapid.SampledFrom([]string{"covers", "vsin"}).Draw(t, "provider"),
			Market: key.Market, Period: key.Period,
			ObservedAt: event{at: rapid.IntRange(0, 30).Draw(t, "seen")}.time(),
			Tickets:    int64(rapid.IntRange(0, 3).Draw(t, "tickets")),
		}
		if age := rapid.IntRange(-5, 40).Draw(t, "age"); age > 0 {
			x.UpdatedAt = x.ObservedAt.Add(-time.Duration(age) * time.Minute)
		}
		all = append(all, x)
	}
	slices.SortStableFunc(all, func(a, b mlb.Split) int { return a.ObservedAt.Compare(b.ObservedAt) })
	return all
}

// The fair price beside a split is that of its own time, on the line that was
// then the main one.
func TestAnchors(t *testing.T) {
	f := open()
	for _, book := range []mlb.BookID{alpha, delta} {
		f.quote("12:00", book, moneyline, -110, -110)
		f.quote("12:00", book, total8, -140, 120)
		f.quote("12:00", book, total85, -110, -110)
		f.quote("12:05", book, moneyline, -130, 110)
		f.quote("12:05", book, total8, -110, -110)
		f.quote("12:05", book, total85, 120, -140)
	}
	f.quote("12:00", exchange, total9, -110, -110)
	for _, c := range []struct {
		name     string
		seen     string
		updated  string
		market   mlb.Market
		at       string
		line     mlb.LineKey
		fair     float64
		provider string
		why      string
	}{
		{"seen only", "12:06", "", mlb.Moneyline, "12:06", moneyline, .544591, "a", ""},
		{"of before", "12:06", "12:04", mlb.Moneyline, "12:04", moneyline, .5, "b", ""},
		{"of after it was seen", "12:06", "12:30", mlb.Moneyline, "12:06", moneyline, .544591, "c", ""},
		{"on the main line then", "12:06", "12:04", mlb.Total, "12:04", total85, .5, "d", ""},
		{"on the main line now", "12:06", "", mlb.Total, "12:06", total8, .5, "e", ""},
		{
			"before there was a price", "12:06", "11:50", mlb.Moneyline, "11:50",
			mlb.LineKey{},
			0, "f",
			"there was no fair price at the split's own time",
		},
		{"as old as is remembered", "12:30", "12:00", mlb.Moneyline, "12:00", moneyline, .5, "g", ""},
		{
			"older than is remembered", "12:31", "12:00", mlb.Moneyline, "12:00",
			mlb.LineKey{},
			0, "h",
			"the split was 31m old when it was seen, and prices are remembered for 30m",
		},
	} {
		x := split(c.seen, .6)
		x.Market, x.Provider = c.market, c.provider
		if c.updated != "" {
			x.UpdatedAt = clock(c.updated)
		}
		if !f.ApplySplit(x) {
			t.Fatalf("%s: refused", c.name)
		}
		crowds := f.at(c.seen).Crowds()
		got := crowds[len(crowds)-1].Split(0)
		if got.Split != x || !got.At.Equal(clock(c.at)) || got.Key != c.line || got.Why != c.why || (got.Fair == nil) != (c.fair == 0) {
			t.Errorf("%s: got %+v", c.name, got)
		}
		if got.Fair != nil && !near(got.Fair.Probability, c.fair) {
			t.Errorf("%s: got %v, want %v", c.name, got.Fair.Probability, c.fair)
		}
	}
}

func TestSplitsAreKeptInOrder(t *testing.T) {
	f := open()
	for _, c := range []struct {
		at   string
		home float64
		want bool
	}{
		{"12:00", .60, true},
		{"12:01", .60, false}, // the same again
		{"12:02", .61, true},
		{"12:01", .55, false}, // late
		{"12:02", .62, true},
		{"12:09", .61, true},
	} {
		if got := f.ApplySplit(split(c.at, c.home)); got != c.want {
			t.Errorf("%s %v: got %v, want %v", c.at, c.home, got, c.want)
		}
	}
	other := split("12:00", .4)
	other.Market = mlb.Total
	f.ApplySplit(other)
	other.Provider = "action"
	f.ApplySplit(other)
	crowds := f.at("12:05").Crowds()
	if len(crowds) != 3 || crowds[0].Provider != "action" || crowds[1].Market != mlb.Moneyline || crowds[2].Market != mlb.Total {
		t.Fatalf("got %+v", crowds)
	}
	if c := crowds[1]; c.Len() != 3 || c.Cut || c.Split(2).Bets.First != .62 {
		t.Errorf("got %d splits, cut %v", c.Len(), c.Cut)
	}
	if got := f.at("11:59").Crowds(); got != nil {
		t.Errorf("before any was seen: got %v", got)
	}
}

func TestManySplitsAndNews(t *testing.T) {
	f := open()
	for i := range maxSplits + 1 {
		f.ApplySplit(split("12:00", float64(i)/1000))
		f.ApplyNews(game.ID, clock("12:00"), "rain")
	}
	c := f.at("12:00").Crowds()[0]
	if c.Len() != maxSplits || !c.Cut || c.Split(0).Bets.First != .001 {
		t.Errorf("got %d splits, cut %v, the first %v", c.Len(), c.Cut, c.Split(0).Bets)
	}
	if n := len(f.at("12:00").News(time.Minute)); n != maxNews {
		t.Errorf("got %d news, want %d", n, maxNews)
	}
}

func TestNews(t *testing.T) {
	f := open()
	f.ApplyNews(game.ID, clock("12:00"), "lineup")
	f.ApplyNews(game.ID, clock("12:10"), "scratch")
	f.ApplyNews(game.ID+1, clock("12:10"), "another game's")
	f.ApplyNews(game.ID, clock("12:11"), "not yet known")
	for within, want := range map[time.Duration][]News{
		10 * time.Minute:                 {{clock("12:00"), "lineup"}, {clock("12:10"), "scratch"}},
		10*time.Minute - time.Nanosecond: {{clock("12:10"), "scratch"}},
	} {
		if got := f.at("12:10").News(within); !slices.Equal(got, want) {
			t.Errorf("within %v: got %v, want %v", within, got, want)
		}
	}
}
