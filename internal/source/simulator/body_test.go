package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/oddsapi"
	"github.com/mlb-betting/mlb-betting/internal/source/statsapi"
	"pgregory.net/rapid"
)

// The parser of The Odds API reads every row, but of games that have begun.
func TestOddsAPIParses(t *testing.T) {
	f, err := oddsapi.Format()
	if err != nil {
		t.Fatal(err)
	}
	teams := mlb.TeamAliases("oddsapi")
	known, err := mlb.BookAliases("oddsapi")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, d := range oddDays(t, testSeason(t)) {
		for _, at := range moments(d) {
			r, err := f.Read(bytes.NewReader(d.OddsAPI(at)))
			if err != nil {
				t.Fatal(err)
			}
			for {
				row, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				var bad *source.RowError
				if errors.As(err, &bad) && bad.Reason == source.InPlay {
					continue
				}
				if err != nil {
					t.Fatalf("%s: %v", row.Text, err)
				}
				rows++
				if teams[row.Home] == 0 || teams[row.Away] == 0 || known[row.Book] == 0 || row.Date != d.date {
					t.Fatalf("unknown names in %s of %s", row.Text, row.Date)
				}
			}
		}
	}
	if rows < 10_000 {
		t.Errorf("%d rows", rows)
	}
}

// The parser of the Stats API reads every game at every moment, and what it
// reads at the end is what happened.
func TestScheduleParses(t *testing.T) {
	for _, d := range oddDays(t, testSeason(t)) {
		for _, at := range moments(d) {
			r, err := statsapi.Format().Read(bytes.NewReader(d.Schedule(at)))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; ; i++ {
				row, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s: %v", row.Text, err)
				}
				e := d.listings()[i]
				if row.PK != e.pk() || row.Date != e.date || row.Home != e.game.home.Name || row.Number != e.number {
					t.Fatalf("row %+v of event %d", row, e.id())
				}
				want := map[state]mlb.Status{
					scheduled: mlb.Scheduled, pregame: mlb.Scheduled, delayed: mlb.Scheduled, live: mlb.InProgress, suspended: mlb.Suspended,
					over: mlb.Final, final: mlb.Final, called: mlb.Postponed,
				}[e.state(at)]
				if row.Status != want || want == mlb.Final && row.Score != e.score {
					t.Fatalf("game %d at %s: %s %+v, want %s %+v", e.pk(), at, row.Status, row.Score, want, e.score)
				}
			}
		}
	}
}

// anBody is what a reader of the scoreboard needs of it.
type anBody struct {
	Games []struct {
		ID      int64  `json:"id"`
		Status  string `json:"status"`
		Home    int    `json:"home_team_id"`
		NumBets int    `json:"num_bets"`
		Markets map[string]struct {
			Event map[string][]struct {
				Side    string  `json:"side"`
				Odds    int     `json:"odds"`
				Value   float64 `json:"value"`
				BetInfo *struct {
					Tickets, Money struct{ Value, Percent int }
				} `json:"bet_info"`
			} `json:"event"`
		} `json:"markets"`
	} `json:"games"`
}

func TestScoreboard(t *testing.T) {
	for _, d := range oddDays(t, testSeason(t)) {
		for _, at := range moments(d) {
			var b anBody
			if err := json.Unmarshal(d.Scoreboard(at), &b); err != nil {
				t.Fatal(err)
			}
			if len(b.Games) != len(d.markets) {
				t.Fatalf("%d games, want %d", len(b.Games), len(d.markets))
			}
			for _, g := range b.Games {
				for book, m := range g.Markets {
					for name, outcomes := range m.Event {
						if strings.HasPrefix(name, "core_") {
							continue
						}
						if len(outcomes) != 2 {
							t.Fatalf("%d outcomes of %s at book %s", len(outcomes), name, book)
						}
						first, second := outcomes[0], outcomes[1]
						if !odds.American(first.Odds).Valid() || !odds.American(second.Odds).Valid() || name == "spread" && first.Value != -second.Value {
							t.Fatalf("%s at book %s: %+v", name, book, outcomes)
						}
						if first.BetInfo == nil {
							if book != "30" {
								t.Fatalf("no bet_info of %s at book %s", name, book)
							}
							continue
						}
						if sum := first.BetInfo.Tickets.Percent + second.BetInfo.Tickets.Percent; sum != 100 && sum != 0 {
							t.Fatalf("tickets of %s sum to %d %%", name, sum)
						}
					}
				}
			}
		}
	}
}

type anSeries map[string]struct {
	Event map[string][]struct {
		Side    string `json:"side"`
		History []struct {
			Odds   int       `json:"odds"`
			Value  float64   `json:"value"`
			At     time.Time `json:"updated_at"`
			Status string    `json:"line_status"`
		} `json:"history"`
	} `json:"event"`
}

func history(t *testing.T, d *Day, id int64, at time.Time) (s anSeries, entries int) {
	t.Helper()
	text, err := d.History(id, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	for _, b := range s {
		for _, outcomes := range b.Event {
			for _, o := range outcomes {
				entries += len(o.History)
			}
		}
	}
	return s, entries
}

// The histories of a day's events hold its ticks, and nothing else.
func TestHistoryIsTheTicks(t *testing.T) {
	for _, d := range oddDays(t, testSeason(t))[:2] {
		ticks, entries := 0, 0
		for range d.Ticks() {
			ticks++
		}
		for _, id := range d.Events() {
			_, n := history(t, d, id, d.Ends())
			entries += n
		}
		if ticks != entries {
			t.Errorf("%s: %d entries, %d ticks", d.date, entries, ticks)
		}
	}
}

// No body knows the future: what a history shows at a moment is the beginning
// of what it shows later, and nothing of the game is told before it happens.
func TestNoLookAhead(t *testing.T) {
	days := oddDays(t, testSeason(t))
	rapid.Check(t, func(r *rapid.T) {
		d := days[rapid.IntRange(0, len(days)-1).Draw(r, "day")]
		m := d.markets[rapid.IntRange(0, len(d.markets)-1).Draw(r, "event")]
		span := int(d.Ends().Add(time.Hour).Sub(m.opens) / time.Second)
		at := m.opens.Add(time.Duration(rapid.IntRange(0, span).Draw(r, "second")) * time.Second)
		early, _ := history(t, d, m.id(), at)
		late, _ := history(t, d, m.id(), at.Add(3*time.Hour))
		for book, b := range early {
			for name, outcomes := range b.Event {
				for i, o := range outcomes {
					if n := len(o.History); n > 0 && o.History[n-1].At.After(at) {
						r.Fatalf("book %s, %s: a price of %s at %s", book, name, o.History[n-1].At, at)
					}
					whole := late[book].Event[name][i].History
					if len(whole) < len(o.History) || !slices.Equal(whole[:len(o.History)], o.History) {
						r.Fatalf("book %s, %s: another past", book, name)
					}
				}
			}
		}
		checkFeed(r, d, m, at)
	})
}

func checkFeed(t *rapid.T, d *Day, m *market, at time.Time) {
	text, err := d.LiveFeed(m.pk(), at)
	if err != nil {
		t.Fatal(err)
	}
	var feed struct {
		GameData struct {
			Status   struct{ CodedGameState string }
			GameInfo struct{ FirstPitch string }
		}
		LiveData struct {
			Plays struct {
				AllPlays []struct{ About struct{ EndTime time.Time } }
			}
			Linescore struct {
				Teams struct{ Home, Away struct{ Runs int } }
			}
			Decisions *struct{}
		}
	}
	if err := json.Unmarshal(text, &feed); err != nil {
		t.Fatal(err)
	}
	begun := m.played() && !at.Before(m.firstPitch)
	ended := begun && !at.Before(m.ends)
	if (feed.GameData.GameInfo.FirstPitch != "") != begun || (feed.LiveData.Decisions != nil) != ended {
		t.Fatalf("first pitch %q, decisions %v at %s", feed.GameData.GameInfo.FirstPitch, feed.LiveData.Decisions, at)
	}
	for _, p := range feed.LiveData.Plays.AllPlays {
		if p.About.EndTime.After(at) {
			t.Fatalf("a play that ends at %s is told at %s", p.About.EndTime, at)
		}
	}
	runs := mlb.Score{Home: feed.LiveData.Linescore.Teams.Home.Runs, Away: feed.LiveData.Linescore.Teams.Away.Runs}
	if ended && runs != m.score || runs.Home > m.score.Home || runs.Away > m.score.Away {
		t.Fatalf("score %+v at %s, it ends %+v", runs, at, m.score)
	}
}

// A day is the same whichever days were made before it.
func TestDaysAreIndependent(t *testing.T) {
	one, other := testSeason(t), testSeason(t)
	days := one.Days()[40:44]
	made := map[mlb.Date]*Day{}
	for _, date := range slices.Backward(days) {
		d, err := other.Day(date)
		if err != nil {
			t.Fatal(err)
		}
		made[date] = d
	}
	for _, date := range days {
		d, err := one.Day(date)
		if err != nil {
			t.Fatal(err)
		}
		at := d.Ends()
		if !bytes.Equal(d.Scoreboard(at), made[date].Scoreboard(at)) || !bytes.Equal(d.OddsAPI(at), made[date].OddsAPI(at)) || !bytes.Equal(d.Schedule(at), made[date].Schedule(at)) {
			t.Errorf("%s differs", date)
		}
	}
}

// What the truth calls sharp money and reverse moves can be seen in the wire
// formats.
func TestPlantedIsVisible(t *testing.T) {
	s := testSeason(t)
	var sharp, sharpSeen, reverse, reverseSeen int
	for _, date := range s.Days()[30:70] {
		d, err := s.Day(date)
		if err != nil {
			t.Fatal(err)
		}
		truth := d.Truth()
		for _, m := range d.markets {
			for k, market := range markets {
				bets := m.public.by(m.closes())
				tickets, _ := percents(float64(bets[k].tickets[0]), float64(bets[k].tickets[1]))
				money, _ := percents(bets[k].money[0], bets[k].money[1])
				gap := float64(money - tickets)
				for _, x := range truth.Sharp {
					if x.Event == m.id() && x.Market == market && m.played() {
						sharp++
						if second := x.Side == mlb.Away || x.Side == mlb.Under; gap >= 8 && !second || gap <= -8 && second {
							sharpSeen++
						}
					}
				}
				for _, x := range truth.Reverse {
					if x.Event != m.id() || x.Market != market {
						continue
					}
					reverse++
					first, _ := market.Sides()
					if z := m.movedAt(0, k, x.From.Add(-time.Minute), x.To.Add(10*time.Minute)); z >= 0.04 && x.Side == first || z <= -0.04 && x.Side != first {
						reverseSeen++
					}
				}
			}
		}
	}
	if sharp < 50 || float64(sharpSeen) < 0.9*float64(sharp) || reverse < 50 || float64(reverseSeen) < 0.9*float64(reverse) {
		t.Errorf("sharp money: %d of %d seen; reverse moves: %d of %d seen", sharpSeen, sharp, reverseSeen, reverse)
	}
}

// movedAt is by how much a book's price of the first side moved, in log-odds:
// its price at the line of the end is told by the model where the line moved.
func (m *market) movedAt(b, k int, from, to time.Time) float64 {
	u, ok := m.quoteAt(b, k, from)
	v, ok2 := m.quoteAt(b, k, to)
	if !ok || !ok2 {
		return math.NaN()
	}
	then, now := m.lines.of(markets[k], mlb.Line(u.line)), m.lines.of(markets[k], mlb.Line(v.line))
	return fair(v.first, v.second) - now.z - (fair(u.first, u.second) - then.z)
}
