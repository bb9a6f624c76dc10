package mlb

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// identity is what makes two comparisons the same one.
type identity struct {
	strategy string
	key      LineKey
	side     Side
	book     BookID
	at       int // microseconds
}

func (i identity) opportunity() Opportunity {
	return Opportunity{
		LineKey: i.key, Side: i.side, Strategy: i.strategy, Book: i.book,
		DetectedAt: time.Date(2026, 7, 18, 16, 0, 0, 0, time.UTC).Add(time.Duration(i.at) * time.Microsecond),
	}
}

// Small ranges, so that the same identity is drawn twice often enough.
func drawIdentity(t *rapid.T, label string) identity {
	number := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, label+" "+name) }
	return identity{
		strategy: rapid.SampledFrom([]string{"value", "steam"}).Draw(t, label+" strategy"),
		key: LineKey{
			GameID(number("game", 1, 2)), Market(number("market", 1, 2)), Period(number("period", 1, 2)), Line(number("line", -1, 1)),
		},
		side: Side(number("side", 1, 2)), book: BookID(number("book", 1, 2)), at: number("at", 0, 1),
	}
}

func TestOpportunityID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawIdentity(t, "a")
		b := a
		if rapid.Bool().Draw(t, "another") {
			b = drawIdentity(t, "b")
		}
		one, other := a.opportunity().ID(), b.opportunity().ID()
		if (one == other) != (a == b) {
			t.Fatalf("%+v is %s, %+v is %s", a, one, b, other)
		}
	})
}

// Each part alone makes a different opportunity.
func TestOpportunityIDTellsApart(t *testing.T) {
	base := identity{"value", LineKey{12, RunLine, FullGame, -3}, Home, 3, 0}
	seen := map[string]string{base.opportunity().ID(): "the base"}
	for name, change := range map[string]func(*identity){
		"strategy":                    func(i *identity) { i.strategy = "steam" },
		"game":                        func(i *identity) { i.key.Game = 1 },
		"market":                      func(i *identity) { i.key.Market = Total },
		"period":                      func(i *identity) { i.key.Period = FirstFive },
		"line":                        func(i *identity) { i.key.Line = 3 },
		"side":                        func(i *identity) { i.side = Away },
		"book":                        func(i *identity) { i.book = 33 },
		"moment":                      func(i *identity) { i.at = 1 },
		"digits that run into others": func(i *identity) { i.key.Game, i.key.Market = 122, 0 },
	} {
		i := base
		change(&i)
		id := i.opportunity().ID()
		if same, ok := seen[id]; ok {
			t.Errorf("%s: the id of %s", name, same)
		}
		seen[id] = name
	}
}

// People and scripts keep ids: they are the same in every version, in every
// time zone, and whatever the comparison came to.
func TestOpportunityIDIsStable(t *testing.T) {
	o := identity{"value", LineKey{12, RunLine, FullGame, -3}, Home, 3, 0}.opportunity()
	const want = "ff2fb1ad8efa7226"
	if got := o.ID(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	price, err := odds.FromAmerican(145)
	if err != nil {
		t.Fatal(err)
	}
	o.DetectedAt = o.DetectedAt.In(time.FixedZone("EDT", -4*60*60))
	o.Price, o.PriceAge, o.PriceObservedAt = price, time.Minute, o.DetectedAt
	o.Fair, o.EV, o.StakeFraction = &Fair{Probability: .5}, .03, .01
	o.Reasons, o.Refused = []string{"why"}, "why not"
	if got := o.ID(); got != want {
		t.Errorf("with a price and a verdict: got %s, want %s", got, want)
	}
}
