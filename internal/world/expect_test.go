package world

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// tickKey is a tick's price as Expect names it.
func tickKey(t *testing.T, numbers map[string]string, tick simulator.Tick) Key {
	t.Helper()
	book, ok := numbers[tick.Book]
	if !ok {
		t.Fatalf("no number of %s", tick.Book)
	}
	return Key{ActionNetwork, strconv.FormatInt(tick.Event, 10), book, tick.Market, mlb.FullGame, tick.Side, tick.Line}
}

// numbers are Action Network's numbers of the simulator's books.
func numbers(t *testing.T, w *World) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, b := range must(w.slates.dayOf(w.slates.today(start))).Truth().Books {
		all[b.Slug] = strconv.Itoa(b.ActionNetwork)
	}
	return all
}

// What polls of the scoreboard must give is what the generator's own ticks
// say of those moments.
func TestExpectIsWhatTheGeneratorShowed(t *testing.T) {
	w, c := open(t, options()), client(t)
	w.Clock().Step(6 * time.Hour)
	var moments []time.Time
	for range 12 {
		if g := get(t, c, w.main(ActionNetwork)); g.status != http.StatusOK {
			t.Fatal(g.status)
		}
		moments = append(moments, w.moment())
		w.Clock().Step(14*time.Minute + 13*time.Second)
	}
	quotes, err := w.Expect(w.Journal(), false)
	if err != nil {
		t.Fatal(err)
	}
	have := map[Key][]Quote{}
	for _, q := range quotes {
		if q.Book != consensus && q.Book != "30" {
			have[q.Key] = append(have[q.Key], q)
		}
	}
	want, ticks := expected(t, w, moments)
	if len(want) < 1000 || len(have) != len(want) {
		t.Fatalf("%d keys, want %d", len(have), len(want))
	}
	n := 0
	for k, all := range want {
		n += len(all)
		if !slices.EqualFunc(have[k], all, func(a, b Quote) bool { return a.Price == b.Price && a.At.Equal(b.At) }) {
			t.Fatalf("%+v: %+v, want %+v", k, have[k], all)
		}
	}
	t.Logf("%d quotes of %d ticks made public", n, ticks)
}

// expected is what the ticks say that a scoreboard shows at some moments, and
// how many there were.
func expected(t *testing.T, w *World, moments []time.Time) (want map[Key][]Quote, ticks int) {
	t.Helper()
	date, byBook := mlb.Date{Year: 2026, Month: 5, Day: 26}, numbers(t, w)
	starts := map[int64]time.Time{}
	for _, g := range must(matchups(must(w.slates.dayOf(date)), start)) {
		starts[g.id] = g.start
	}
	want = map[Key][]Quote{}
	for _, at := range moments {
		now := map[Key]simulator.Tick{} // by key without its line
		public := must(w.Public(date, at.Add(50*time.Millisecond)))
		ticks = len(public)
		for _, tick := range public {
			k := tickKey(t, byBook, tick)
			k.Line = 0
			first, _ := tick.Market.Sides()
			if tick.Side != first || !tick.At.After(at) {
				now[k] = tick
			}
		}
		for k, tick := range now {
			if !starts[tick.Event].After(at) {
				continue
			}
			k.Line = tick.Line
			price := must(odds.FromAmerican(tick.Price))
			if all := want[k]; len(all) == 0 || all[len(all)-1].Price != price {
				want[k] = append(all, Quote{Key: k, Price: price, At: at})
			}
		}
	}
	return want, ticks
}

// Histories show every tick.
func TestExpectOfHistories(t *testing.T) {
	w, c := open(t, options()), client(t)
	w.Clock().Step(12 * time.Hour)
	date := mlb.Date{Year: 2026, Month: 5, Day: 26}
	event := must(w.slates.dayOf(date)).Events()[0]
	get(t, c, fmt.Sprintf("%s/web/v2/markets/event/%d/history", w.URL(ActionNetwork), event))
	quotes := must(w.Expect(w.Journal(), false))
	last := map[Key]odds.American{}
	byBook, want := numbers(t, w), 0
	for _, tick := range must(w.Public(date, w.moment())) {
		if tick.Event != event {
			continue
		}
		if k := tickKey(t, byBook, tick); last[k] != tick.Price { // a line that comes back at its old price is no news
			want, last[k] = want+1, tick.Price
		}
	}
	if len(quotes) != want || want < 500 {
		t.Errorf("%d quotes, want %d", len(quotes), want)
	}
}

func TestExpectWithdrawals(t *testing.T) {
	w, c := open(t, options()), client(t)
	get(t, c, w.main(ActionNetwork))
	if err := w.SetFaults([]Fault{{Kind: MissingField, Source: ActionNetwork, Field: "68"}}); err != nil {
		t.Fatal(err)
	}
	get(t, c, w.main(ActionNetwork))
	if err := w.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	get(t, c, w.main(ActionNetwork))
	plain, withdrawn := must(w.Expect(w.Journal(), false)), must(w.Expect(w.Journal(), true))
	gone := 0
	for _, q := range withdrawn {
		if q.Price == (odds.Price{}) {
			gone++
			if q.Book != draftKings {
				t.Fatalf("withdrawn: %+v", q)
			}
		}
	}
	if gone == 0 || len(withdrawn) != len(plain)+2*gone {
		t.Errorf("%d quotes, with withdrawals %d, %d of them withdrawn", len(plain), len(withdrawn), gone)
	}
}

func TestExpectOfOdds(t *testing.T) {
	w, c := open(t, options()), client(t)
	for _, format := range []string{"american", "decimal"} {
		get(t, c, w.URL(OddsAPI)+"/v4/sports/baseball_mlb/odds?apiKey=rehearsal&regions=us,eu&markets=h2h,spreads,totals&oddsFormat="+format)
	}
	answers := w.Journal()
	american, decimal := must(w.Expect(answers[:1], false)), must(w.Expect(answers[1:], false))
	r := parse(t, OddsAPI, "", must(w.Body(answers[0])), start)
	if len(american) != r.n || len(decimal) != r.n || r.n < 500 {
		t.Errorf("%d quotes, in decimal %d, %d rows", len(american), len(decimal), r.n)
	}
	for i := range american {
		if american[i].Key != decimal[i].Key || !decimal[i].Price.IsDecimal() {
			t.Fatalf("%+v and %+v", american[i], decimal[i])
		}
	}
}

func TestBodyOfNoData(t *testing.T) {
	w, c := open(t, options()), client(t)
	get(t, c, w.URL(SBD)+"/elsewhere")
	if _, err := w.Body(w.Journal()[0]); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
	get(t, c, w.main(SBD))
	e := w.Journal()[1]
	e.SHA256 = "0"
	if _, err := w.Body(e); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("%v, want ErrConflict", err)
	}
	if _, err := w.Public(mlb.Date{Year: 2026, Month: 12, Day: 25}, start); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
}

// Many who ask while the clock runs get bodies that can all be made again, and
// each is listed once.
func TestManyAtOnce(t *testing.T) {
	o := options()
	o.Speed = 240
	w, c := open(t, o), client(t)
	var group errgroup.Group
	for i := range 4 {
		group.Go(func() error {
			for k := range 6 {
				if g := get(t, c, w.main(Sources()[(i+k)%2*3])); g.status != http.StatusOK {
					return fmt.Errorf("status %d: %w", g.status, g.err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	all := w.Journal()
	for i, e := range all {
		if _, err := w.Body(e); err != nil || e.N != int64(i+1) || !e.Complete {
			t.Errorf("%+v: %v", e, err)
		}
	}
	if quotes, err := w.Expect(all, true); len(all) != 24 || len(quotes) == 0 || err != nil {
		t.Errorf("%d answers, %d quotes, %v", len(all), len(quotes), err)
	}
}
