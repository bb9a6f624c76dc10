package app

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source/actionnetwork"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// rehearsedDays is how many days of the simulated season the rules are scored
// on; MLB_REHEARSE_DAYS says otherwise (`make rehearse`).
const rehearsedDays = 6

// pollEvery is how often the rehearsed market is looked at, splitsEvery the
// public splits.
const (
	pollEvery   = time.Minute
	splitsEvery = 15 * time.Minute
)

// score is how a rule did against what was planted.
type score struct{ planted, found, signals, right int }

func (s score) String() string {
	return fmt.Sprintf("%d of %d planted found (recall %.1f %%), %d of %d signals right (precision %.1f %%)", s.found, s.planted,
		100*float64(s.found)/float64(max(1, s.planted)), s.right, s.signals, 100*float64(s.right)/float64(max(1, s.signals)))
}

// The rules, on a market looked at once a minute, against the simulator's own
// record of what it planted: at least 90 % of the steam moves of three
// independent feeds are found, with at most one false one a day.
func TestRulesAgainstTruth(t *testing.T) {
	t.Parallel()
	days := rehearsedDays
	if text := os.Getenv("MLB_REHEARSE_DAYS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		days = n
	}
	season, err := simulator.New(simulator.Config{Season: 2026, Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	var steam, reverse, sharp score
	all := season.Days()
	days = min(days, len(all))
	for i := range days {
		day, err := season.Day(all[i*len(all)/days])
		if err != nil {
			t.Fatal(err)
		}
		r := rehearse(t, day)
		r.scoreSteam(&steam)
		r.scoreReverse(&reverse)
		r.scoreSharp(&sharp)
	}
	t.Logf("steam: %s over %d days", steam, days)
	t.Logf("reverse line movement: %s", reverse)
	t.Logf("sharp money: %s", sharp)
	if float64(steam.found) < 0.9*float64(steam.planted) || steam.planted == 0 {
		t.Errorf("steam: %s, want 90 %% found", steam)
	}
	if wrong := steam.signals - steam.right; wrong > days {
		t.Errorf("steam: %d false signals in %d days, want at most one a day", wrong, days)
	}
}

// rehearsed is what the rules said of one simulated day.
type rehearsed struct {
	truth   simulator.Truth
	games   map[mlb.GameID]int64 // event numbers
	signals []mlb.Signal
}

func rehearse(t *testing.T, day *simulator.Day) rehearsed {
	t.Helper()
	r := rehearsed{truth: day.Truth(), games: map[mlb.GameID]int64{}}
	books, err := mlb.Books()
	if err != nil {
		t.Fatal(err)
	}
	games, byEvent := r.list()
	ev := live.Events{Ticks: sampled(t, day, books, byEvent), Splits: shown(t, day, byEvent)}
	ev.Polls = polled(ev.Ticks, games)
	l := newListener(detect.DefaultSignals())
	state := market.New(books, market.DefaultConfig())
	news := r.news(byEvent)
	live.Replay(state, ev, day.Ends(), func(game mlb.GameID, at time.Time) {
		for len(news) > 0 && !news[0].at.After(at) {
			state.ApplyNews(news[0].game, news[0].at, news[0].text)
			news = news[1:]
		}
		l.ask(state.View(games[game], at))
	})
	r.signals = l.settled()
	return r
}

// list numbers the games of the day that were played.
func (r *rehearsed) list() (games map[mlb.GameID]mlb.Game, byEvent map[int64]mlb.GameID) {
	games, byEvent = map[mlb.GameID]mlb.Game{}, map[int64]mlb.GameID{}
	for i, g := range r.truth.Games {
		if g.FirstPitch == nil {
			continue
		}
		id := mlb.GameID(i + 1)
		games[id] = mlb.Game{ID: id, PK: g.PK, Date: r.truth.Date, Home: g.Home, Away: g.Away, Start: g.Scheduled, FirstPitch: *g.FirstPitch}
		byEvent[g.Event], r.games[id] = id, g.Event
	}
	return games, byEvent
}

// sampled are the day's ticks as a collector sees them that looks once in
// pollEvery: the last price of each interval. A book shows one line of a market:
// the one before it is withdrawn.
func sampled(t *testing.T, day *simulator.Day, books []mlb.Book, byEvent map[int64]mlb.GameID) []mlb.Quote {
	t.Helper()
	ids := map[string]mlb.BookID{}
	for _, b := range books {
		if b.Licence == "" && b.ActionNetwork == 0 {
			ids[b.Brand.Slug] = b.ID
		}
	}
	type place struct {
		game   mlb.GameID
		book   mlb.BookID
		market mlb.Market
		side   mlb.Side
	}
	shown := map[place]mlb.Line{}
	last := map[mlb.Quote]odds.Price{} // by all but the price; without one: withdrawn
	for x := range day.Ticks() {
		game, ok := byEvent[x.Event]
		if !ok {
			continue
		}
		p, err := odds.FromAmerican(x.Price)
		if err != nil {
			t.Fatal(err)
		}
		at := x.At.Truncate(pollEvery)
		if at.Before(x.At) {
			at = at.Add(pollEvery)
		}
		q := mlb.Quote{
			LineKey: mlb.LineKey{Game: game, Market: x.Market, Period: mlb.FullGame, Line: x.Line}, Book: ids[x.Book], Side: x.Side, ObservedAt: at,
		}
		k := place{game, q.Book, q.Market, q.Side}
		if old, ok := shown[k]; ok && old != q.Line {
			gone := q
			gone.Line = old
			last[gone] = odds.Price{}
		}
		shown[k], last[q] = q.Line, p
	}
	quotes := make([]mlb.Quote, 0, len(last))
	for q, p := range last {
		q.Price = p
		quotes = append(quotes, q)
	}
	slices.SortFunc(quotes, func(a, b mlb.Quote) int {
		return cmp.Or(a.ObservedAt.Compare(b.ObservedAt), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Book, b.Book),
			cmp.Compare(a.Market, b.Market), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side))
	})
	return quotes
}

// polled are looks at every book of a game in every interval of its last six
// hours.
func polled(quotes []mlb.Quote, games map[mlb.GameID]mlb.Game) []mlb.Poll {
	seen := map[mlb.Poll]bool{}
	for _, q := range quotes {
		seen[mlb.Poll{Game: q.Game, Book: q.Book}] = true
	}
	var polls []mlb.Poll
	for p := range seen {
		end := games[p.Game].FirstPitch
		for at := end.Add(-6 * time.Hour).Truncate(pollEvery); at.Before(end); at = at.Add(pollEvery) {
			p.ObservedAt = at
			polls = append(polls, p)
		}
	}
	slices.SortFunc(polls, func(a, b mlb.Poll) int {
		return cmp.Or(a.ObservedAt.Compare(b.ObservedAt), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Book, b.Book))
	})
	return polls
}

// shown are the public splits as Action Network's format gives them.
func shown(t *testing.T, day *simulator.Day, byEvent map[int64]mlb.GameID) (all []mlb.Split) {
	t.Helper()
	f, err := actionnetwork.SplitFormat()
	if err != nil {
		t.Fatal(err)
	}
	for at := day.Date().Time().Add(14 * time.Hour); at.Before(day.Ends()); at = at.Add(splitsEvery) {
		rows, err := f.Read(bytes.NewReader(day.Scoreboard(at)), at)
		if err != nil {
			t.Fatal(err)
		}
		for {
			row, err := rows.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				continue // in play
			}
			event, err := strconv.ParseInt(row.Ref, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if game, ok := byEvent[event]; ok {
				all = append(all, mlb.Split{
					Game: game, Provider: row.Provider, Market: row.Market, Period: row.Period, ObservedAt: row.ObservedAt,
					UpdatedAt: row.UpdatedAt, Bets: row.Bets, Money: row.Money, Tickets: row.Tickets,
				})
			}
		}
	}
	return all
}

type newsItem struct {
	game mlb.GameID
	at   time.Time
	text string
}

// news is what everybody heard, at the moment everybody heard it.
func (r *rehearsed) news(byEvent map[int64]mlb.GameID) (all []newsItem) {
	for _, n := range r.truth.News {
		if game, ok := byEvent[n.Event]; ok {
			all = append(all, newsItem{game, n.At, n.Kind})
		}
	}
	slices.SortFunc(all, func(a, b newsItem) int { return a.at.Compare(b.at) })
	return all
}

// of are a strategy's signals that news does not explain.
func (r *rehearsed) of(strategy string) (all []mlb.Signal) {
	for _, s := range r.signals {
		if s.Strategy == strategy && s.Verdict() == mlb.Found {
			all = append(all, s)
		}
	}
	return all
}

// plant is something planted: a side of a market between two moments.
type plant struct {
	event    int64
	market   mlb.Market
	side     mlb.Side
	from, to time.Time
}

// tell adds to a score: of wanted how many were found, and how many of the
// signals fit anything planted.
func (r *rehearsed) tell(s *score, strategy string, wanted, plants []plant) {
	signals := r.of(strategy)
	fits := func(p plant, x mlb.Signal) bool {
		return r.games[x.Game] == p.event && x.Market == p.market && x.Side == p.side &&
			!x.DetectedAt.Before(p.from) && !x.DetectedAt.After(p.to)
	}
	s.planted += len(wanted)
	s.signals += len(signals)
	for _, p := range wanted {
		if slices.ContainsFunc(signals, func(x mlb.Signal) bool { return fits(p, x) }) {
			s.found++
		}
	}
	for _, x := range signals {
		if slices.ContainsFunc(plants, func(p plant) bool { return fits(p, x) }) {
			s.right++
		}
	}
}

// scoreSteam wants the planted moves that three independent feeds made within
// the rule's window in the hours that are polled.
func (r *rehearsed) scoreSteam(s *score) {
	var wanted, plants []plant
	window := detect.DefaultSteam().Window
	for _, x := range r.truth.Steam {
		start, ok := r.start(x.Event)
		if !ok {
			continue
		}
		p := plant{x.Event, x.Market, x.Side, x.At.Add(-time.Minute), x.At.Add(2 * window)}
		plants = append(plants, p)
		feeds := map[string]bool{}
		for _, m := range x.Moves {
			if !m.At.After(x.At.Add(window)) {
				feeds[m.Feed] = true
			}
		}
		if len(feeds) >= 3 && x.At.After(start.Add(-6*time.Hour+window)) {
			wanted = append(wanted, p)
		}
	}
	r.tell(s, "steam", wanted, plants)
}

func (r *rehearsed) start(event int64) (time.Time, bool) {
	for _, g := range r.truth.Games {
		if g.Event == event && g.FirstPitch != nil {
			return *g.FirstPitch, true
		}
	}
	return time.Time{}, false
}

// scoreReverse wants the planted moves against at least the rule's share of the
// tickets by at least its points.
func (r *rehearsed) scoreReverse(s *score) {
	var wanted, plants []plant
	cfg := detect.DefaultReverse()
	for _, x := range r.truth.Reverse {
		if _, ok := r.start(x.Event); !ok {
			continue
		}
		p := plant{x.Event, x.Market, x.Side, x.From, x.To.Add(12 * time.Hour)}
		plants = append(plants, p)
		if x.Share >= cfg.Share && x.Points >= cfg.Fall {
			wanted = append(wanted, p)
		}
	}
	r.tell(s, "reverse", wanted, plants)
}

// scoreSharp wants the planted sides whose gap reaches the rule's.
func (r *rehearsed) scoreSharp(s *score) {
	var wanted, plants []plant
	for _, x := range r.truth.Sharp {
		if _, ok := r.start(x.Event); !ok {
			continue
		}
		p := plant{x.Event, x.Market, x.Side, time.Time{}, r.truth.Date.Time().Add(72 * time.Hour)}
		plants = append(plants, p)
		if x.Gap >= detect.DefaultSharp().Gap {
			wanted = append(wanted, p)
		}
	}
	r.tell(s, "sharp", wanted, plants)
}
