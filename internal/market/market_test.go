package market

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// The books of these tests. lowbeta takes its prices from beta's desk; the
// last four are no independent source.
const (
	alpha mlb.BookID = iota + 1
	beta
	lowbeta
	delta
	exchange
	consensus
	opener
	pickem
	unrated
	nobody // in no directory
)

func directory() []mlb.Book {
	brand := func(id mlb.BookID, slug string, kind mlb.BookKind, feed string, sharp float64) mlb.Book {
		return mlb.Book{ID: id, Name: slug, Brand: mlb.Brand{Slug: slug, Kind: kind, Feed: feed, Sharp: sharp}}
	}
	return []mlb.Book{
		brand(alpha, "alpha", mlb.KindBook, "alpha", 1),
		brand(beta, "beta", mlb.KindBook, "beta", 0.5),
		brand(lowbeta, "lowbeta", mlb.KindBook, "beta", 0.5),
		brand(delta, "delta", mlb.KindBook, "delta", 0.4),
		brand(exchange, "exchange", mlb.KindExchange, "exchange", 0.7),
		brand(consensus, "consensus", mlb.KindConsensus, "consensus", 1),
		brand(opener, "opener", mlb.KindOpen, "opener", 1),
		brand(pickem, "pickem", mlb.KindDFS, "pickem", 1),
		brand(unrated, "unrated", mlb.KindBook, "unrated", 0),
	}
}

var (
	game      = mlb.Game{ID: 7, Home: 143, Away: 121, Start: clock("23:05")}
	moneyline = mlb.LineKey{Game: game.ID, Market: mlb.Moneyline, Period: mlb.FullGame}
	total8    = mlb.LineKey{Game: game.ID, Market: mlb.Total, Period: mlb.FullGame, Line: 16}
	total85   = mlb.LineKey{Game: game.ID, Market: mlb.Total, Period: mlb.FullGame, Line: 17}
	runLine   = mlb.LineKey{Game: game.ID, Market: mlb.RunLine, Period: mlb.FullGame, Line: -3}
	firstFive = mlb.LineKey{Game: game.ID, Market: mlb.Moneyline, Period: mlb.FirstFive}
)

// clock is a time of the day of the game.
func clock(hhmm string) time.Time {
	t, err := time.Parse(time.DateTime, "2026-07-18 "+hhmm+":00")
	if err != nil {
		panic(err) // a misprint in a test
	}
	return t
}

func price(american odds.American) odds.Price {
	p, err := odds.FromAmerican(american)
	if err != nil {
		panic(err) // a misprint in a test
	}
	return p
}

// floor is a market that tests act on.
type floor struct{ *State }

func open() floor { return floor{New(directory(), DefaultConfig())} }

// quote puts both sides of a line in force, home or over first; a side whose
// price is 0 is left as it is.
func (f floor) quote(at string, book mlb.BookID, key mlb.LineKey, first, second odds.American) {
	a, b := key.Market.Sides()
	for _, x := range []struct {
		side mlb.Side
		odds odds.American
	}{{a, first}, {b, second}} {
		if x.odds != 0 {
			f.Apply(mlb.Quote{LineKey: key, Book: book, Side: x.side, Price: price(x.odds), ObservedAt: clock(at)})
		}
	}
}

func (f floor) poll(at string, book mlb.BookID) {
	f.Confirm(mlb.Poll{Game: game.ID, Book: book, ObservedAt: clock(at)})
}

func (f floor) at(now string) View { return f.View(game, clock(now)) }

// offered prints the offers of a side: "alpha -150 opposite +130 age 5m".
func offered(v View, key mlb.LineKey, side mlb.Side) []string {
	var all []string
	for _, o := range v.Offers(key, side) {
		all = append(all, fmt.Sprintf("%s %s opposite %s since %s age %s",
			o.Book.Brand.Slug, o.Price, o.Opposite, o.ChangedAt.Format("15:04"), Short(o.Age)))
	}
	return all
}

func TestOffers(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(floor)
		want []string // the home side of the moneyline at 12:20
	}{
		{"nothing", func(floor) {}, nil},
		{"a quote ages from when it was observed", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
		}, []string{"alpha -150 opposite +130 since 12:00 age 20m"}},
		{"a poll makes it young again and changes no price", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.poll("12:15", alpha)
		}, []string{"alpha -150 opposite +130 since 12:00 age 5m"}},
		{"a poll of another book does not", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.poll("12:15", beta)
		}, []string{"alpha -150 opposite +130 since 12:00 age 20m"}},
		{"nor one of another game", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.Confirm(mlb.Poll{Game: game.ID + 1, Book: alpha, ObservedAt: clock("12:15")})
		}, []string{"alpha -150 opposite +130 since 12:00 age 20m"}},
		{"an older poll takes nothing back", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.poll("12:15", alpha)
			f.poll("12:05", alpha)
		}, []string{"alpha -150 opposite +130 since 12:00 age 5m"}},
		{"a change of any price of the book confirms the others", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.quote("12:10", alpha, total85, -110, -110)
		}, []string{"alpha -150 opposite +130 since 12:00 age 10m"}},
		{"one price per book, line and side: the newest", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.quote("12:10", alpha, moneyline, -155, 0)
			f.quote("12:11", alpha, moneyline, -160, 0)
		}, []string{"alpha -160 opposite +130 since 12:11 age 9m"}},
		{"a late arrival does not replace a newer price", func(f floor) {
			f.quote("12:10", alpha, moneyline, -160, 140)
			f.quote("12:00", alpha, moneyline, -150, 130)
		}, []string{"alpha -160 opposite +140 since 12:10 age 10m"}},
		{"the books in order, whoever came first", func(f floor) {
			f.quote("12:01", delta, moneyline, -140, 120)
			f.quote("12:02", alpha, moneyline, -150, 0)
		}, []string{"alpha -150 opposite none since 12:02 age 18m", "delta -140 opposite +120 since 12:01 age 19m"}},
		{"a price that came back after it was withdrawn", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.Withdraw(moneyline, alpha, mlb.Home, clock("12:05"))
			f.quote("12:06", alpha, moneyline, -145, 0)
		}, []string{"alpha -145 opposite +130 since 12:06 age 14m"}},
		{"a withdrawn price is gone, however often the book is polled", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.Withdraw(moneyline, alpha, mlb.Home, clock("12:05"))
			f.poll("12:15", alpha)
		}, nil},
		{"a withdrawn other side", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.Withdraw(moneyline, alpha, mlb.Away, clock("12:05"))
		}, []string{"alpha -150 opposite none since 12:00 age 20m"}},
		{"a price of another line, period or game", func(f floor) {
			f.quote("12:00", alpha, firstFive, -150, 130)
			f.quote("12:00", alpha, runLine, -150, 130)
			other := moneyline
			other.Game++
			f.quote("12:00", alpha, other, -150, 130)
		}, nil},
		{"a price from after the moment", func(f floor) {
			f.quote("12:21", alpha, moneyline, -150, 130)
		}, nil},
		{"an other side from after the moment", func(f floor) {
			f.quote("12:20", alpha, moneyline, -150, 0)
			f.quote("12:21", alpha, moneyline, 0, 130)
		}, []string{"alpha -150 opposite none since 12:20 age 0s"}},
		{"a poll after the moment says nothing about it", func(f floor) {
			f.quote("12:00", alpha, moneyline, -150, 130)
			f.poll("12:21", alpha)
		}, []string{"alpha -150 opposite +130 since 12:00 age 20m"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open()
			c.act(f)
			if got := offered(f.at("12:20"), moneyline, mlb.Home); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOlderEventsAreRefused(t *testing.T) {
	f := open()
	q := mlb.Quote{LineKey: moneyline, Book: alpha, Side: mlb.Home, Price: price(-150), ObservedAt: clock("12:10")}
	for _, what := range []string{"a quote", "the same again"} {
		if !f.Apply(q) {
			t.Errorf("%s: got refused", what)
		}
	}
	if q.ObservedAt = clock("12:09"); f.Apply(q) {
		t.Error("a quote older than the price in force: got accepted")
	}
	if f.Withdraw(moneyline, alpha, mlb.Home, clock("12:09")) {
		t.Error("a withdrawal older than the price in force: got accepted")
	}
	if got := offered(f.at("12:10"), moneyline, mlb.Home); len(got) != 1 {
		t.Errorf("after events that are too old: got %q, want the price", got)
	}
	if !f.Withdraw(moneyline, alpha, mlb.Home, clock("12:12")) {
		t.Error("a withdrawal: got refused")
	}
	if q.ObservedAt = clock("12:11"); f.Apply(q) {
		t.Error("a quote from before the withdrawal: got accepted")
	}
}

// The away side's offers are those of the same pairs, seen from there.
func TestOffersOfTheOtherSide(t *testing.T) {
	f := open()
	f.quote("12:00", alpha, total85, -120, 100)
	f.quote("12:00", beta, total85, -115, 0)
	want := []string{"alpha +100 opposite -120 since 12:00 age 0s"}
	if got := offered(f.at("12:00"), total85, mlb.Under); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLines(t *testing.T) {
	f := open()
	if got := f.at("12:00").Lines(); got != nil {
		t.Errorf("a game without prices: got %v", got)
	}
	for _, key := range []mlb.LineKey{total85, firstFive, runLine, total8, moneyline} {
		f.quote("12:00", alpha, key, -110, 0)
	}
	want := []mlb.LineKey{moneyline, firstFive, runLine, total8, total85}
	if got := f.at("12:00").Lines(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := f.at("11:59").Lines(); len(got) != 0 {
		t.Errorf("a minute before anything was offered: got %v", got)
	}
	f.Withdraw(runLine, alpha, mlb.Home, clock("12:01"))
	f.Withdraw(total8, alpha, mlb.Over, clock("12:01"))
	f.quote("12:01", beta, total8, 0, -110)
	want = []mlb.LineKey{moneyline, firstFive, total8, total85}
	if got := f.at("12:01").Lines(); !slices.Equal(got, want) {
		t.Errorf("after two withdrawals and one new offer: got %v, want %v", got, want)
	}
	if got := f.View(mlb.Game{ID: 99}, clock("12:01")); got.Lines() != nil || got.Offers(moneyline, mlb.Home) != nil {
		t.Errorf("a game nobody quotes: got %v", got.Lines())
	}
}

func TestView(t *testing.T) {
	v := open().at("12:00")
	if v.Game() != game || !v.Now().Equal(clock("12:00")) || v.MaxAge() != DefaultConfig().MaxAge {
		t.Errorf("got %v at %v, %v", v.Game(), v.Now(), v.MaxAge())
	}
	if got := v.Book(beta).Brand.Slug; got != "beta" {
		t.Errorf("Book(beta): got %q", got)
	}
	if got := v.Book(nobody); got.Brand.Kind.Votes() {
		t.Errorf("a book in no directory: got %+v, want no vote", got)
	}
}

// event is anything a market hears of: a quote, a poll (no price, no side) or
// a withdrawal (a side but no price).
type event struct {
	at    int // minutes after noon
	book  mlb.BookID
	key   mlb.LineKey
	side  mlb.Side
	price odds.Price
}

func (e event) String() string {
	return fmt.Sprintf("12:%02d book %d %s %s %s %s", e.at, e.book, e.key.Market, e.key.Line, e.side, e.price)
}

func (e event) time() time.Time { return clock("12:00").Add(time.Duration(e.at) * time.Minute) }

func (f floor) hear(e event) {
	switch {
	case e.side == 0:
		f.Confirm(mlb.Poll{Game: game.ID, Book: e.book, ObservedAt: e.time()})
	case !e.price.Valid():
		f.Withdraw(e.key, e.book, e.side, e.time())
	default:
		f.Apply(mlb.Quote{LineKey: e.key, Book: e.book, Side: e.side, Price: e.price, ObservedAt: e.time()})
	}
}

var (
	keys   = []mlb.LineKey{moneyline, firstFive, runLine, total8, total85}
	prices = []odds.American{-300, -150, -125, -115, -110, -105, 100, 105, 120, 140, 240}
)

// drawEvents is a history in order of time. A source says one thing of one
// price at one moment: contradictions are set aside before they come here.
func drawEvents(t *rapid.T, withdrawals bool) []event {
	type what struct {
		at   int
		book mlb.BookID
		key  mlb.LineKey
		side mlb.Side
	}
	said := map[what]bool{}
	var all []event
	for range rapid.IntRange(0, 60).Draw(t, "events") {
		e := event{at: rapid.IntRange(0, 30).Draw(t, "minute"), book: mlb.BookID(rapid.IntRange(1, int(unrated)).Draw(t, "book"))}
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		if kind > 0 {
			e.key = rapid.SampledFrom(keys).Draw(t, "line")
			first, second := e.key.Market.Sides()
			e.side = rapid.SampledFrom([]mlb.Side{first, second}).Draw(t, "side")
		}
		if kind > 1 || kind == 1 && !withdrawals {
			e.price = price(rapid.SampledFrom(prices).Draw(t, "price"))
		}
		if w := (what{e.at, e.book, e.key, e.side}); !said[w] {
			said[w] = true
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return all
}

func hearing(events []event) floor {
	f := open()
	for _, e := range events {
		f.hear(e)
	}
	return f
}

// sight is all that can be seen of a market at one moment.
type sight struct {
	Lines  []mlb.LineKey
	Offers map[string][]Offer
	Fair   map[string]*mlb.Fair
	Left   map[string][]Exclusion
	Why    map[string]string
}

func look(v View) sight {
	s := sight{v.Lines(), map[string][]Offer{}, map[string]*mlb.Fair{}, map[string][]Exclusion{}, map[string]string{}}
	for _, key := range keys {
		a, b := key.Market.Sides()
		for _, side := range []mlb.Side{a, b} {
			name := fmt.Sprint(key, side)
			s.Offers[name] = v.Offers(key, side)
			s.Fair[name], s.Left[name], s.Why[name] = v.Fair(key, side)
		}
	}
	return s
}

func TestOrderWithinAMomentDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, true)
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		slices.SortStableFunc(shuffled, func(a, b event) int { return cmp.Compare(a.at, b.at) })
		now := clock("12:30")
		got, want := look(hearing(shuffled).View(game, now)), look(hearing(events).View(game, now))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v\nof %v\nand %v", got, want, shuffled, events)
		}
	})
}

// Ticks and polls may even come late: the state is that of the newest.
func TestLateEventsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, false)
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		now := clock("12:30")
		if got, want := look(hearing(shuffled).View(game, now)), look(hearing(events).View(game, now)); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v\nof %v\nand %v", got, want, shuffled, events)
		}
	})
}

// The state agrees with the history read backwards for every price anew.
func TestOffersAreTheNewest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, false)
		v := hearing(events).View(game, clock("12:30"))
		for _, key := range keys {
			first, second := key.Market.Sides()
			for _, side := range []mlb.Side{first, second} {
				got := v.Offers(key, side)
				want := newest(events, key, side)
				if len(got) != len(want) {
					t.Fatalf("%v %s: got %d offers, want %v of %v", key, side, len(got), want, events)
				}
				for _, o := range got {
					e := want[o.Book.ID]
					age := clock("12:30").Sub(lastHeard(events, o.Book.ID))
					if o.Price != e.price || !o.ChangedAt.Equal(e.time()) || o.Age != age {
						t.Fatalf("got %+v, want %v of age %v", o, e, age)
					}
				}
			}
		}
	})
}

func newest(events []event, key mlb.LineKey, side mlb.Side) map[mlb.BookID]event {
	last := map[mlb.BookID]event{}
	for _, e := range events {
		if e.key == key && e.side == side {
			last[e.book] = e
		}
	}
	return last
}

func lastHeard(events []event, book mlb.BookID) (at time.Time) {
	for _, e := range events {
		if e.book == book {
			at = e.time()
		}
	}
	return at
}

// A state that has heard of the future shows no more at a moment than one
// that has not, and makes no price look younger than it was.
func TestTheFutureIsNotSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, true)
		minute := rapid.IntRange(0, 30).Draw(t, "now")
		now := event{at: minute}.time()
		past := slices.DeleteFunc(slices.Clone(events), func(e event) bool { return e.at > minute })
		knowing, honest := hearing(events).View(game, now), hearing(past).View(game, now)
		for _, key := range knowing.Lines() {
			if !slices.Contains(honest.Lines(), key) {
				t.Fatalf("%v was not offered yet at %v: %v", key, now, events)
			}
		}
		for _, key := range keys {
			first, second := key.Market.Sides()
			for _, side := range []mlb.Side{first, second} {
				notYounger(t, knowing.Offers(key, side), honest.Offers(key, side))
			}
		}
	})
}

func notYounger(t *rapid.T, knowing, honest []Offer) {
	t.Helper()
	seen := map[mlb.BookID]Offer{}
	for _, o := range honest {
		seen[o.Book.ID] = o
	}
	for _, o := range knowing {
		h, ok := seen[o.Book.ID]
		if !ok || o.Price != h.Price || !o.ChangedAt.Equal(h.ChangedAt) || o.Age < h.Age {
			t.Fatalf("got %+v, want at most %+v", o, h)
		}
		if o.Opposite.Valid() && o.Opposite != h.Opposite {
			t.Fatalf("other side: got %s, want %s or none", o.Opposite, h.Opposite)
		}
	}
}

// Two states do not share anything.
func TestStatesAreApart(t *testing.T) {
	one, other := open(), open()
	one.quote("12:00", alpha, moneyline, -150, 130)
	if got := look(other.at("12:00")); !maps.Equal(got.Why, look(open().at("12:00")).Why) || got.Lines != nil {
		t.Errorf("got %+v, want nothing", got)
	}
}
