package market

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

var total9 = mlb.LineKey{Game: game.ID, Market: mlb.Total, Period: mlb.FullGame, Line: 18}

// moved prints the moves towards a side: "alpha 0.0000 to 0.0912 at 12:10 after 2m".
func moved(v View, key mlb.LineKey, side mlb.Side) []string {
	var all []string
	for _, m := range v.Moves(key.Market, key.Period, side, Stride{Window: 5 * time.Minute, Least: 0.09, Turn: 0.2}) {
		gap := "the first poll"
		if m.First.Gap >= 0 {
			gap = Short(m.First.Gap)
		}
		text := fmt.Sprintf("%s %.4f to %.4f at %s after %s", m.Book.Brand.Slug, m.From+0, m.Until, m.First.At.Format("15:04"), gap)
		if m.Last != m.First {
			text += fmt.Sprintf(" and at %s after %s", m.Last.At.Format("15:04"), Short(m.Last.Gap))
		}
		if m.To != m.Key.Line {
			text += fmt.Sprintf(", %s for %s", m.To, m.Key.Line)
		}
		all = append(all, text)
	}
	return all
}

// -110 both ways is 0 in log-odds, -120 and +100 0.0912, -130 and +110 0.1788.
func TestMoves(t *testing.T) {
	for _, c := range []struct {
		name string
		key  mlb.LineKey
		act  func(floor)
		side mlb.Side
		want []string // at 12:10
	}{
		{"nothing", moneyline, func(floor) {}, mlb.Home, nil},
		{"a first price is no move", moneyline, func(f floor) {
			f.quote("12:10", alpha, moneyline, -150, 130)
		}, mlb.Home, nil},
		{"ten cents", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.poll("12:08", alpha)
			f.quote("12:10", alpha, moneyline, -120, 100)
		}, mlb.Home, []string{"alpha 0.0000 to 0.0912 at 12:10 after 2m"}},
		{"ten cents the other way", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:10", alpha, moneyline, 100, -120)
		}, mlb.Home, nil},
		{"towards the other side", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:10", alpha, moneyline, 100, -120)
		}, mlb.Away, []string{"alpha 0.0000 to 0.0912 at 12:10 after 10m"}},
		{"nine cents", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:10", alpha, moneyline, -119, -101)
		}, mlb.Home, nil},
		{"one side moved, the other not yet", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:10", alpha, moneyline, -130, 0)
		}, mlb.Home, nil}, // 1.089 is a booksum, 0.0895 no move
		{"as old as the window", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:05", alpha, moneyline, -120, 100)
		}, mlb.Home, []string{"alpha 0.0000 to 0.0912 at 12:05 after 5m"}},
		{"older than the window", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:04", alpha, moneyline, -120, 100)
		}, mlb.Home, nil},
		{"in steps: dated when it counts", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:06", alpha, moneyline, -115, -105)
			f.quote("12:07", alpha, moneyline, -120, 100)
			f.quote("12:09", alpha, moneyline, -130, 110)
		}, mlb.Home, []string{"alpha 0.0000 to 0.1788 at 12:07 after 1m and at 12:09 after 2m"}},
		{"twice as far as counts: dated twice", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:06", alpha, moneyline, -122, 102)
			f.quote("12:09", alpha, moneyline, -140, 120)
		}, mlb.Home, []string{"alpha 0.0000 to 0.2594 at 12:06 after 6m and at 12:09 after 3m"}},
		{"counted from the turn", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -120, 100)
			f.quote("12:06", alpha, moneyline, -110, -110)
			f.quote("12:08", alpha, moneyline, -120, 100)
		}, mlb.Home, []string{"alpha 0.0000 to 0.0912 at 12:08 after 2m"}},
		{"back where it was", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:06", alpha, moneyline, -120, 100)
			f.quote("12:08", alpha, moneyline, -110, -110)
		}, mlb.Home, nil},
		{"taken down", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:06", alpha, moneyline, -120, 100)
			f.Withdraw(moneyline, alpha, mlb.Home, clock("12:08"))
		}, mlb.Home, nil},
		{"taken down and put up again elsewhere", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.Withdraw(moneyline, alpha, mlb.Home, clock("12:06"))
			f.quote("12:08", alpha, moneyline, -120, 100)
		}, mlb.Home, []string{"alpha 0.0000 to 0.0912 at 12:08 after 8m"}},
		{"up, down for a while, and up again", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:06", alpha, moneyline, -112, -108)
			f.Withdraw(moneyline, alpha, mlb.Home, clock("12:07"))
			f.quote("12:08", alpha, moneyline, -120, 100)
		}, mlb.Home, []string{"alpha 0.0000 to 0.0912 at 12:08 after 2m"}},
		{"a price that cannot be right", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:09", alpha, moneyline, -300, -300)
			f.quote("12:10", alpha, moneyline, -110, -110)
		}, mlb.Home, nil},
		{"by book, those with a vote", moneyline, func(f floor) {
			for _, b := range []mlb.BookID{lowbeta, delta, exchange, consensus, opener, pickem, unrated, nobody, beta} {
				f.quote("12:00", b, moneyline, -110, -110)
				f.quote("12:06", b, moneyline, -120, 100)
			}
		}, mlb.Home, []string{
			"beta 0.0000 to 0.0912 at 12:06 after 6m", "delta 0.0000 to 0.0912 at 12:06 after 6m", "exchange 0.0000 to 0.0912 at 12:06 after 6m",
		}},
		{"a copy that comes late is no move", moneyline, func(f floor) {
			f.quote("12:00", lowbeta, moneyline, -110, -110)
			f.quote("12:00", beta, moneyline, -110, -110)
			f.quote("12:03", beta, moneyline, -120, 100)
			f.quote("12:06", lowbeta, moneyline, -120, 100)
			f.poll("12:06", beta)
		}, mlb.Home, nil},
		{"a copy speaks where nobody looked at the other", moneyline, func(f floor) {
			f.quote("12:00", beta, moneyline, -110, -110)
			f.quote("12:00", lowbeta, moneyline, -110, -110)
			f.quote("12:06", lowbeta, moneyline, -120, 100)
		}, mlb.Home, []string{"lowbeta 0.0000 to 0.0912 at 12:06 after 6m"}},
		{"or where the other has no price", moneyline, func(f floor) {
			f.quote("12:06", beta, total85, -110, -110)
			f.quote("12:00", lowbeta, moneyline, -110, -110)
			f.quote("12:06", lowbeta, moneyline, -120, 100)
		}, mlb.Home, []string{"lowbeta 0.0000 to 0.0912 at 12:06 after 6m"}},
		{"the main line's, not an alternate's", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -110, -110)
			f.quote("12:00", alpha, total8, -150, 130)
			f.quote("12:06", alpha, total8, -190, 160)
		}, mlb.Over, nil},
		{"the present main line's", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -110, -110)
			f.quote("12:00", alpha, total8, -150, 130)
			f.quote("12:06", alpha, total8, -105, -115)
			f.quote("12:06", alpha, total85, 120, -140)
		}, mlb.Under, []string{"alpha 0.0000 to 0.2594 at 12:06 after 6m"}},
		{"a line given up for the next", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -112, -108)
			f.quote("12:06", alpha, total9, -110, -110)
		}, mlb.Over, []string{"alpha 0.0182 to 0.2182 at 12:06 after 6m, 9.0 for 8.5"}},
		{"which is no move to the other side", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -112, -108)
			f.quote("12:06", alpha, total9, -110, -110)
		}, mlb.Under, nil},
		{"with the old line taken down", total85, func(f floor) {
			f.quote("12:00", alpha, total9, -110, -110)
			f.Withdraw(total9, alpha, mlb.Over, clock("12:05"))
			f.quote("12:06", alpha, total85, -115, -105)
		}, mlb.Under, []string{"alpha 0.0000 to 0.2000 at 12:06 after 6m, 8.5 for 9.0"}},
		{"a line taken down beside another", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -110, -110)
			f.quote("12:00", alpha, total9, 120, -140)
			f.Withdraw(total85, alpha, mlb.Over, clock("12:05"))
		}, mlb.Over, nil},
		{"a line still quoted shows the move itself", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -110, -110)
			f.quote("12:06", alpha, total9, -110, -110)
			f.quote("12:07", alpha, total85, -112, -108)
		}, mlb.Over, nil},
		{"a first main line", total85, func(f floor) {
			f.quote("12:06", alpha, total9, -110, -110)
		}, mlb.Over, nil},
		{"a line given up before the window", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -112, -108)
			f.quote("12:04", alpha, total9, -110, -110)
		}, mlb.Over, nil},
		{"the new line taken down as well", total85, func(f floor) {
			f.quote("12:00", alpha, total85, -112, -108)
			f.quote("12:06", alpha, total9, -110, -110)
			f.Withdraw(total9, alpha, mlb.Over, clock("12:07"))
		}, mlb.Over, nil},
		{"a run line that turned round", runLine, func(f floor) {
			turned := runLine
			turned.Line = 3
			f.quote("12:00", alpha, runLine, 125, -145)
			f.quote("12:06", alpha, turned, -140, 120)
		}, mlb.Away, nil},
		{"of another game or period", moneyline, func(f floor) {
			f.quote("12:00", alpha, firstFive, -110, -110)
			f.quote("12:06", alpha, firstFive, -130, 110)
		}, mlb.Home, nil},
		{"a move of after the moment", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:11", alpha, moneyline, -130, 110)
		}, mlb.Home, nil},
		{"a move undone after the moment", moneyline, func(f floor) {
			f.quote("12:00", alpha, moneyline, -110, -110)
			f.quote("12:10", alpha, moneyline, -120, 100)
			f.quote("12:11", alpha, moneyline, -110, -110)
		}, mlb.Home, []string{"alpha 0.0000 to 0.0912 at 12:10 after 10m"}},
		{"a price of after the moment only", moneyline, func(f floor) {
			f.quote("12:11", alpha, moneyline, -110, -110)
		}, mlb.Home, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open()
			c.act(f)
			if got := moved(f.at("12:10"), c.key, c.side); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestResolutions(t *testing.T) {
	f := open()
	for _, at := range []string{"11:00", "11:30", "12:04", "12:06", "12:07", "12:12"} {
		f.poll(at, alpha)
	}
	f.poll("12:09", beta)
	f.poll("12:09", consensus)
	f.poll("12:20", delta)
	want := []Resolution{
		{Book: f.books[alpha], Polls: 4, Gap: 34 * time.Minute, Age: 3 * time.Minute},
		{Book: f.books[beta], Polls: 1, Gap: time.Minute, Age: time.Minute},
	}
	if got := f.at("12:10").Resolutions(5 * time.Minute); len(got) != 2 || got[0].Polls != 3 || got[0].Gap != 3*time.Minute || got[1] != want[1] {
		t.Errorf("got %+v", got) // from 12:05: the gap of 12:04 to 12:06 reaches in
	}
	if got := f.at("12:10").Resolutions(10 * time.Minute); got[0] != want[0] {
		t.Errorf("in ten minutes: got %+v, want %+v", got[0], want[0])
	}
}

// A book polled every second for an hour takes no more room than one polled
// now and then, and is known to have been watched all the time.
func TestManyPolls(t *testing.T) {
	f := open()
	start := clock("12:00")
	for i := range 3601 {
		f.Confirm(mlb.Poll{Game: game.ID, Book: alpha, ObservedAt: start.Add(time.Duration(i) * time.Second)})
	}
	r := f.at("13:00").Resolutions(20 * time.Minute)[0]
	if r.Gap > 20*time.Second || r.Age != 0 || r.Polls > maxPolls {
		t.Errorf("got %+v", r)
	}
	if v := f.venue(f.game(game.ID), alpha); len(v.polls.items) > maxPolls {
		t.Errorf("%d polls are kept", len(v.polls.items))
	}
}

// Nor does a price that moves every second. What the window lost counts as not
// known: the move is measured from the oldest point there is.
func TestManyMoves(t *testing.T) {
	f := open()
	start := clock("12:00")
	for i := range 600 {
		p := mlb.Quote{LineKey: total85, Book: alpha, Side: mlb.Over, Price: price(-110), ObservedAt: start.Add(time.Duration(i) * time.Second)}
		f.Apply(p)
		p.Side, p.Price = mlb.Under, price(-110)
		if i%2 == 1 {
			p.Price = price(-130)
		}
		f.Apply(p)
	}
	place := f.games[game.ID].lines[total85].place(alpha)
	if n := len(place.trail.items); n != maxPoints {
		t.Errorf("%d points are kept, want %d", n, maxPoints)
	}
	v := f.at("12:10")
	if got := len(v.Changes(mlb.Total, mlb.FullGame, time.Hour)); got != maxPoints {
		t.Errorf("%d changes, want %d", got, maxPoints)
	}
	if x, ok := v.At(clock("12:01")).LogOdds(total85, alpha, mlb.Over); ok {
		t.Errorf("nine minutes ago: got %v, want what is not remembered", x)
	}
	for i := range 100 { // main lines that alternate
		at := clock("12:20").Add(time.Duration(i) * time.Minute).Format("15:04")
		f.quote(at, alpha, total8, -110, -110)
		f.quote(at, alpha, total8, -300, 240)
	}
	if n := len(place.ladder.turns.items); n > maxMains {
		t.Errorf("%d main lines are kept, want %d at most", n, maxMains)
	}
}

func TestChanges(t *testing.T) {
	f := open()
	f.quote("11:00", alpha, total85, -110, -110)
	f.quote("12:00", alpha, total8, -110, -110)
	f.quote("12:05", beta, total85, -115, -105)
	f.quote("12:05", alpha, total85, -115, -105)
	f.quote("12:06", alpha, total85, -115, -105)
	f.quote("12:07", alpha, moneyline, -115, -105)
	f.quote("12:12", alpha, total85, -110, -110)
	want := []time.Time{clock("12:05"), clock("12:00")}
	if got := f.at("12:10").Changes(mlb.Total, mlb.FullGame, time.Hour); !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("got %v, want %v: the history is half an hour", got, want)
	}
	if got := f.at("12:10").Changes(mlb.Total, mlb.FullGame, 5*time.Minute); !slices.EqualFunc(got, want[:1], time.Time.Equal) {
		t.Errorf("in five minutes: got %v, want %v", got, want[:1])
	}
}

func TestLogOdds(t *testing.T) {
	f := open()
	f.quote("12:00", alpha, total85, -130, 110)
	f.quote("12:00", beta, total85, -130, 0)
	v := f.at("12:05")
	over, ok := v.LogOdds(total85, alpha, mlb.Over)
	under, _ := v.LogOdds(total85, alpha, mlb.Under)
	if !ok || math.Abs(over-0.178837) > 1e-6 || under != -over {
		t.Errorf("got %v and %v, %v", over, under, ok)
	}
	for _, book := range []mlb.BookID{beta, delta} {
		if x, ok := v.LogOdds(total85, book, mlb.Over); ok {
			t.Errorf("book %d: got %v, want none", book, x)
		}
	}
	if x, ok := v.LogOdds(total8, alpha, mlb.Over); ok {
		t.Errorf("a line nobody quotes: got %v", x)
	}
}

// Asked of a game nobody has heard of, a view says nothing of the past.
func TestNothingIsRemembered(t *testing.T) {
	v := open().at("12:00")
	if v.Moves(mlb.Total, mlb.FullGame, mlb.Over, Stride{}) != nil || v.Changes(mlb.Total, mlb.FullGame, time.Hour) != nil ||
		v.Resolutions(time.Hour) != nil || v.Crowds() != nil || v.News(time.Hour) != nil || v.FairThen(total85, mlb.Over) != nil {
		t.Error("got something of nothing")
	}
	if _, ok := v.LogOdds(total85, alpha, mlb.Over); ok {
		t.Error("a price of nothing")
	}
	if _, fair := v.MainLine(mlb.Total, mlb.FullGame); fair != nil {
		t.Error("a main line of nothing")
	}
	v.Markets(func(m mlb.Market, p mlb.Period) { t.Errorf("got %s %s", m, p) })
	if got := v.At(clock("12:05")).Now(); !got.Equal(clock("12:00")) {
		t.Errorf("a view of five minutes later: got %v", got)
	}
}

// past is all that a view says of the past.
type past struct {
	Moves       map[string][]Move
	Changes     map[string][]time.Time
	LogOdds     map[string]float64
	Fair        map[string]*mlb.Fair
	Mains       map[string]mlb.LineKey
	Resolutions []Resolution
	News        []News
	Crowds      map[string][]Split
}

func remember(v View) past {
	p := past{
		map[string][]Move{},
		map[string][]time.Time{},
		map[string]float64{},
		map[string]*mlb.Fair{},
		map[string]mlb.LineKey{},
		v.Resolutions(10 * time.Minute), v.News(time.Hour),
		map[string][]Split{},
	}
	for _, key := range keys {
		a, b := key.Market.Sides()
		market := fmt.Sprint(key.Market, key.Period)
		p.Changes[market] = v.Changes(key.Market, key.Period, time.Hour)
		p.Mains[market], _ = v.MainLine(key.Market, key.Period)
		for _, side := range []mlb.Side{a, b} {
			p.Moves[market+side.String()] = v.Moves(key.Market, key.Period, side, Stride{10 * time.Minute, 0.09, 0.2})
			p.Fair[fmt.Sprint(key, side)] = v.FairThen(key, side)
			for book := alpha; book <= nobody; book++ {
				if x, ok := v.LogOdds(key, book, side); ok {
					p.LogOdds[fmt.Sprint(key, side, book)] = x
				}
			}
		}
	}
	for _, c := range v.Crowds() {
		for i := range c.Len() {
			name := fmt.Sprint(c.Provider, c.Market, c.Period)
			p.Crowds[name] = append(p.Crowds[name], c.Split(i))
		}
	}
	return p
}

// What is said of a moment is the same whatever has been heard since.
func TestThePastStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, true)
		minute := rapid.IntRange(0, 30).Draw(t, "now")
		now := event{at: minute}.time()
		splits := drawSplits(t)
		honest := open()
		for _, e := range events {
			if e.at <= minute {
				honest.hear(e)
			}
		}
		knowing := hearing(events)
		for _, x := range splits {
			knowing.ApplySplit(x)
			knowing.ApplyNews(game.ID, x.ObservedAt, x.Provider)
			if !x.ObservedAt.After(now) {
				honest.ApplySplit(x)
				honest.ApplyNews(game.ID, x.ObservedAt, x.Provider)
			}
		}
		if got, want := remember(knowing.View(game, now)), remember(honest.View(game, now)); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v\nof %v", got, want, events)
		}
	})
}

func TestOrderWithinAMomentDoesNotMatterLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, true)
		shuffled := rapid.Permutation(events).Draw(t, "shuffled")
		slices.SortStableFunc(shuffled, func(a, b event) int { return a.at - b.at })
		now := event{at: rapid.IntRange(0, 30).Draw(t, "now")}.time()
		got, want := remember(hearing(shuffled).View(game, now)), remember(hearing(events).View(game, now))
		got.Changes, want.Changes = nil, nil // a price that was changed and changed back at one moment may show
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v\nwant %+v\nof %v\nand %v", got, want, shuffled, events)
		}
	})
}

// Of the present, what is remembered is what is offered.
func TestFairThenIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := drawEvents(t, true)
		v := hearing(events).View(game, clock("12:30"))
		for _, key := range keys {
			a, b := key.Market.Sides()
			for _, side := range []mlb.Side{a, b} {
				fair, _, _ := v.Fair(key, side)
				then := v.FairThen(key, side)
				if (fair == nil) != (then == nil) {
					t.Fatalf("%v %s: got %v, want %v of %v", key, side, then, fair, events)
				}
				if fair != nil && (math.Abs(fair.Probability-then.Probability) > 1e-12 || math.Abs(fair.SE-then.SE) > 1e-12) {
					t.Fatalf("%v %s: got %v, want %v of %v", key, side, then, fair, events)
				}
			}
		}
	})
}
