package simulator

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

func TestCalendar(t *testing.T) {
	s := testSeason(t)
	first, last := s.days[0].Time(), s.days[len(s.days)-1].Time()
	if span := int(last.Sub(first).Hours()/24) + 1; len(s.games) != 2430 || span != 186 {
		t.Fatalf("%d games in %d days, want 2430 in 186", len(s.games), span)
	}
	played, home := map[*club]int{}, map[*club]int{}
	onDay := map[clubDay]int{}
	for _, g := range s.games {
		played[g.home]++
		played[g.away]++
		home[g.home]++
		onDay[clubDay{g.home, g.date}]++
		onDay[clubDay{g.away, g.date}]++
		if g.home == g.away {
			t.Fatalf("%s plays itself", g.home.Name)
		}
		if g.pk() < source.SimulatedFrom || g.events[0].id() < source.SimulatedFrom {
			t.Fatalf("gamePk %d, event %d", g.pk(), g.events[0].id())
		}
	}
	for _, c := range s.clubs {
		if played[c] != 162 || home[c] < 72 || home[c] > 90 {
			t.Errorf("%s plays %d games, %d at home; want 162, about 81", c.Name, played[c], home[c])
		}
	}
	for day, n := range onDay {
		if n > 2 {
			t.Errorf("%s plays %d games on %s", day.club.Name, n, day.date)
		}
	}
}

func TestStarts(t *testing.T) {
	s := testSeason(t)
	late := 0
	for _, date := range s.days {
		for _, e := range s.byDay[date] {
			local := e.start.In(s.eastern)
			minutes := local.Hour()*60 + local.Minute()
			if mlb.DateOf(local) != date || minutes < 11*60+30 || minutes > 22*60+15 {
				t.Errorf("event %d of %s starts at %s", e.id(), date, local)
			}
			if !e.played() {
				if !e.off.Before(e.start) {
					t.Errorf("event %d is called off at %s, after its start %s", e.id(), e.off, e.start)
				}
				continue
			}
			after := e.firstPitch.Sub(e.start)
			if after <= 0 || after > 4*time.Hour {
				t.Errorf("event %d begins %s after its scheduled start", e.id(), after)
			}
			if after > 15*time.Minute {
				late++
			}
		}
	}
	if late < 100 || late > 400 {
		t.Errorf("%d games begin more than a quarter of an hour late, want some hundred", late)
	}
}

func TestOddGames(t *testing.T) {
	s := testSeason(t)
	var postponed, doubled, suspended, early int
	for _, g := range s.games {
		switch {
		case len(g.events) == 2:
			postponed++
			was := g.events[0]
			if was.played() || !was.date.Before(g.date) || was.pk() != g.pk() || g.number != 1 || g.double == single {
				t.Errorf("game %d was postponed from %s to %s, number %d, %s", g.pk(), was.date, g.date, g.number, g.double)
			}
		case g.double != single:
			doubled++
			e := g.events[0]
			if first := e.first(); first == nil || e.firstPitch.Before(first.ends) {
				t.Errorf("game %d begins before the doubleheader's first has ended", g.pk())
			}
		}
		if !g.suspended.IsZero() {
			suspended++
			if !g.suspended.Before(g.resumed) || !g.resumed.Before(g.ends) {
				t.Errorf("game %d: suspended %s, resumed %s, ended %s", g.pk(), g.suspended, g.resumed, g.ends)
			}
		}
		if g.early {
			early++
		}
	}
	if postponed < 15 || doubled != postponed || suspended < 2 || early < 2 {
		t.Errorf("%d postponed, %d partners of theirs, %d suspended, %d ended early", postponed, doubled, suspended, early)
	}
}

// The results of a season look like those of a real one.
func TestResults(t *testing.T) {
	var home, odd, one, n, fair float64
	for seed := range uint64(3) {
		s, err := New(Config{Season: 2025, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range s.games {
			n++
			margin := g.score.Home - g.score.Away
			if margin == 0 {
				t.Fatalf("game %d is a tie", g.pk())
			}
			if margin > 0 {
				home++
			}
			if margin == 1 || margin == -1 {
				one++
			}
			odd += float64((g.score.Home + g.score.Away) % 2)
		}
		for _, g := range s.games[:300] {
			e := g.events[len(g.events)-1]
			win, _ := e.rules(e.close()).Scores().Margin(0)
			fair += win / 900
		}
	}
	t.Logf("home wins %.3f (true %.3f), odd totals %.3f, by one run %.3f", home/n, fair, odd/n, one/n)
	if math.Abs(home/n-0.535) > 0.02 || math.Abs(fair-0.535) > 0.012 {
		t.Errorf("home side wins %.3f, true probability %.3f; want about 0.535", home/n, fair)
	}
	if odd/n < 0.55 || odd/n > 0.61 || one/n < 0.26 || one/n > 0.32 {
		t.Errorf("odd totals %.3f, decided by one run %.3f; 2025 and 2026 have 0.582, 0.285", odd/n, one/n)
	}
}

func TestRulesOfTheYear(t *testing.T) {
	for year, want := range map[int]struct {
		runner bool
		short  int
	}{2019: {false, 9}, 2021: {true, 7}, 2022: {true, 9}} {
		s, err := New(Config{Season: year})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range s.games {
			e := g.events[len(g.events)-1]
			if e.rules(point{}).Runner != want.runner {
				t.Fatalf("%d: runner on second %v", year, !want.runner)
			}
			if g.double != single && g.innings != want.short || g.double == single && g.innings != 9 {
				t.Fatalf("%d: a game of %d innings, doubleheader %s", year, g.innings, g.double)
			}
		}
	}
}

// The plays of a half-inning bring in its runs, with three outs or a walk-off.
func TestPlaysMakeTheLineScore(t *testing.T) {
	for _, g := range testSeason(t).games {
		scored, outs := make([]int, len(g.halves)), make([]int, len(g.halves))
		for _, p := range g.plays() {
			scored[p.half] += p.runs
			outs[p.half] = p.outs
		}
		for i, h := range g.halves {
			walkOff := i == len(g.halves)-1 && !h.top && g.score.Home > g.score.Away && !g.early
			if scored[i] != h.runs || outs[i] != 3 && !walkOff {
				t.Fatalf("game %d, half-inning %d: %d runs and %d outs, want %d and 3", g.pk(), i, scored[i], outs[i], h.runs)
			}
		}
	}
}

func TestConfig(t *testing.T) {
	for _, cfg := range []Config{{}, {Season: 1999}, {Season: 2100}, {Season: 2026, Days: -1}} {
		if _, err := New(cfg); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "2000 to 2099") {
			t.Errorf("%+v: %v, want ErrInvalid that says what is possible", cfg, err)
		}
	}
	s, err := New(Config{Season: 2026, Days: 3})
	if err != nil || len(s.Days()) != 3 || s.Season() != 2026 {
		t.Fatalf("%v, %v", s.Days(), err)
	}
	if _, err := s.Day(mlb.Date{Year: 2026, Month: time.January, Day: 1}); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("a day without games: %v, want ErrNotFound", err)
	}
	d, err := s.Day(s.Days()[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.History(1, d.Ends()); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("another event: %v, want ErrNotFound", err)
	}
	for _, body := range []func(int64, time.Time) ([]byte, error){d.LiveFeed, d.Linescore, d.Boxscore} {
		if _, err := body(777001, d.Ends()); !errors.Is(err, mlb.ErrNotFound) {
			t.Errorf("another game: %v, want ErrNotFound", err)
		}
	}
}

func TestGrid(t *testing.T) {
	for _, c := range []struct {
		q    float64
		step int
		want int16
	}{
		{0.5, 1, 100},
		{0.501, 5, 100},
		{0.5238, 1, -110},
		{0.5238, 5, -110},
		{0.5283, 5, -110},
		{0.53, 2, -112},
		{0.4878, 1, 105},
		{0.25, 1, 300},
		{0.8, 1, -400},
		{0.804, 1, -410},
		{0.39, 2, 156},
	} {
		if got := onGrid(c.q, c.step); got != c.want {
			t.Errorf("probability %v on a grid of %d: %d, want %d", c.q, c.step, got, c.want)
		}
		if a := odds.American(onGrid(c.q, c.step)); !a.Valid() {
			t.Errorf("%d is no price", a)
		}
	}
}
