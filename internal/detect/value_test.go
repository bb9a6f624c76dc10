package detect

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

func TestAll(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range All() {
		if s.Name == "" || seen[s.Name] || s.Detect == nil {
			t.Errorf("strategy %+v: want a name of its own and a rule", s)
		}
		seen[s.Name] = true
		view := market.New(nil, market.DefaultConfig()).View(mlb.Game{ID: 7}, clock("12:00"))
		if got := s.Detect(view, DefaultConfig()); len(got) != 0 {
			t.Errorf("%s finds %v in an empty market", s.Name, got)
		}
	}
	if !seen["value"] {
		t.Errorf("got %v, want value among them", seen)
	}
}

// The limits the documents promise.
func TestDefaultConfig(t *testing.T) {
	got := DefaultConfig()
	want := Config{MinEV: 0.02, MaxEVMoneyline: 0.10, MaxEVLine: 0.15, Kelly: 0.25, MaxStake: 0.02}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v: no exchange's commission is known by itself", got, want)
	}
}

func TestSelection(t *testing.T) {
	g := mlb.Game{Home: 143, Away: 121}
	for _, c := range []struct {
		market mlb.Market
		line   mlb.Line
		side   mlb.Side
		want   string
	}{
		{mlb.Moneyline, 0, mlb.Home, "PHI"},
		{mlb.Moneyline, 0, mlb.Away, "NYM"},
		{mlb.RunLine, -3, mlb.Home, "PHI -1.5"},
		{mlb.RunLine, -3, mlb.Away, "NYM +1.5"},
		{mlb.RunLine, 3, mlb.Away, "NYM -1.5"},
		{mlb.Total, 17, mlb.Over, "over 8.5"},
		{mlb.Total, 18, mlb.Under, "under 9.0"},
	} {
		if got := Selection(g, mlb.LineKey{Market: c.market, Line: c.line}, c.side); got != c.want {
			t.Errorf("%s %s %s: got %q, want %q", c.market, c.line, c.side, got, c.want)
		}
	}
}

var (
	game  = mlb.Game{ID: 7, Home: 143, Away: 121, Start: clock("23:05")}
	lines = []mlb.LineKey{
		{Game: 7, Market: mlb.Moneyline, Period: mlb.FullGame},
		{Game: 7, Market: mlb.Moneyline, Period: mlb.FirstFive},
		{Game: 7, Market: mlb.RunLine, Period: mlb.FullGame, Line: -3},
		{Game: 7, Market: mlb.Total, Period: mlb.FullGame, Line: 16},
		{Game: 7, Market: mlb.Total, Period: mlb.FullGame, Line: 17},
	}
	venues = []string{"draftkings", "fanduel", "pinnacle", "betonline", "lowvig", "novig", "kalshi", "consensus"}
	prices = []odds.American{-125, -120, -115, -112, -110, -108, -105, 100, 105, 110, 115, 120, 125}
)

// drawQuotes are ticks of one game, each of its own moment for its price.
func drawQuotes(t *rapid.T) []mlb.Quote {
	books, err := mlb.BookAliases("boltodds")
	if err != nil {
		t.Fatal(err)
	}
	type what struct {
		key  mlb.LineKey
		book mlb.BookID
		side mlb.Side
		at   int
	}
	said := map[what]bool{}
	var all []mlb.Quote
	for range rapid.IntRange(0, 60).Draw(t, "quotes") {
		key := rapid.SampledFrom(lines).Draw(t, "line")
		book := books[rapid.SampledFrom(venues).Draw(t, "book")]
		minute := rapid.IntRange(0, 20).Draw(t, "minute")
		first, second := key.Market.Sides()
		for _, side := range []mlb.Side{first, second} {
			p, err := odds.FromAmerican(rapid.SampledFrom(prices).Draw(t, "price"))
			if err != nil {
				t.Fatal(err)
			}
			if w := (what{key, book, side, minute}); !said[w] {
				said[w] = true
				all = append(all, mlb.Quote{
					LineKey: key, Book: book, Side: side, Price: p,
					ObservedAt: clock("12:00").Add(time.Duration(minute) * time.Minute),
				})
			}
		}
	}
	return all
}

func detectAt(t rapid.TB, quotes []mlb.Quote, cfg Config, now time.Time) []mlb.Opportunity {
	t.Helper()
	books, err := mlb.Books()
	if err != nil {
		t.Fatal(err)
	}
	state := market.New(books, market.DefaultConfig())
	for _, q := range quotes {
		state.Apply(q)
	}
	return value(state.View(game, now), cfg)
}

// The same market gives the same answer in the same order, to the last bit,
// in whatever order its prices came; and one answer per side of a line.
func TestOutputIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		quotes := drawQuotes(t)
		cfg := DefaultConfig()
		cfg.Commission = map[string]float64{"novig": 0.01}
		want := detectAt(t, quotes, cfg, clock("12:20"))
		if got := detectAt(t, rapid.Permutation(quotes).Draw(t, "shuffled"), cfg, clock("12:20")); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
		order := func(a, b mlb.Opportunity) int {
			return cmp.Or(cmp.Compare(a.Market, b.Market), cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side))
		}
		for i := 1; i < len(want); i++ {
			if order(want[i-1], want[i]) >= 0 {
				t.Fatalf("%s comes before %s", verdict(want[i-1]), verdict(want[i]))
			}
		}
	})
}

// At every moment of a history, also when the state has heard of later ones:
// the price is one that was quoted by then, and the gates hold.
func TestEveryOpportunityHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		quotes := drawQuotes(rt)
		now := clock("12:00").Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "now")) * time.Minute)
		cfg := DefaultConfig()
		cfg.Commission = map[string]float64{"novig": 0.01}
		for _, o := range detectAt(rt, quotes, cfg, now) {
			checkOpportunity(t, cfg, quotes, o)
			checkGates(t, cfg, o)
			if t.Failed() {
				rt.Fatalf("at %v, of %v", now, quotes)
			}
		}
	})
}

// checkGates works the EV and the stake out again from the price taken.
func checkGates(t *testing.T, cfg Config, o mlb.Opportunity) {
	t.Helper()
	if o.Fair == nil {
		return
	}
	fee := 0.0
	if all, err := mlb.BookAliases("boltodds"); err == nil && o.Book == all["novig"] {
		fee = cfg.Commission["novig"]
	}
	b := (o.Price.Decimal() - 1) * (1 - fee)
	p := o.Fair.Probability
	if want := p*b - (1 - p); math.Abs(o.EV-want) > 1e-12 {
		t.Errorf("%s: EV %v, want %v", verdict(o), o.EV, want)
	}
	if o.Refused != "" {
		return
	}
	if want := min(cfg.MaxStake, cfg.Kelly*o.EV/b); math.Abs(o.StakeFraction-want) > 1e-12 {
		t.Errorf("%s: stake %v, want %v", verdict(o), o.StakeFraction, want)
	}
	most := cfg.MaxEVLine
	if o.Market == mlb.Moneyline {
		most = cfg.MaxEVMoneyline
	}
	if o.EV > most || o.PriceAge > market.DefaultConfig().MaxAge || (p-o.Fair.SE)*b-(1-p+o.Fair.SE) <= 0 {
		t.Errorf("%s passed a gate it should not have: %+v", verdict(o), o)
	}
}

// Half the Kelly fraction is half the stake, until the cap holds both.
func TestStakeFollowsTheConfig(t *testing.T) {
	quotes := laggard(t)
	stake := func(kelly, most float64) float64 {
		cfg := DefaultConfig()
		cfg.Kelly, cfg.MaxStake = kelly, most
		taken := slices.DeleteFunc(detectAt(t, quotes, cfg, clock("12:00")), func(o mlb.Opportunity) bool { return o.Refused != "" })
		if len(taken) != 1 {
			t.Fatalf("got %d opportunities, want 1", len(taken))
		}
		return taken[0].StakeFraction
	}
	quarter := stake(0.25, 1)
	if got := stake(0.125, 1); math.Abs(got-quarter/2) > 1e-15 || got == 0 {
		t.Errorf("an eighth of Kelly: got %v, want half of %v", got, quarter)
	}
	if got, most := stake(0.25, quarter/3), quarter/3; got != most {
		t.Errorf("capped: got %v, want %v", got, most)
	}
}

// A price keeps the moment it was first seen and is as old as its last poll.
func TestPriceAge(t *testing.T) {
	s := newStage(t)
	for _, line := range []string{"12:00 quote draftkings moneyline home -125 away +105", "12:05 poll draftkings"} {
		if err := s.do(line); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range value(s.state.View(s.game, clock("12:08")), s.cfg) {
		if o.PriceAge != 3*time.Minute || !o.PriceObservedAt.Equal(clock("12:00")) || !o.DetectedAt.Equal(clock("12:08")) {
			t.Errorf("%s: got age %v, observed %v, detected %v; want 3m, 12:00, 12:08", verdict(o), o.PriceAge, o.PriceObservedAt, o.DetectedAt)
		}
	}
}

// laggard are four books, of which one still offers what the others have left.
func laggard(t *testing.T) []mlb.Quote {
	t.Helper()
	s := newStage(t)
	for _, line := range []string{
		"12:00 quote pinnacle moneyline home -150 away +138",
		"12:00 quote fanduel moneyline home -152 away +132",
		"12:00 quote caesars moneyline home -155 away +130",
		"12:00 quote draftkings moneyline home -125 away +105",
	} {
		if err := s.do(line); err != nil {
			t.Fatal(err)
		}
	}
	return s.quotes
}
