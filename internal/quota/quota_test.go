package quota

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// noon is the 10th of May, four hours before anything is asked for.
var noon = time.Date(2026, time.May, 10, 12, 0, 0, 0, time.UTC)

// slate is groups of games on each of several days from noon on: group i of n
// games starts 12+i hours later.
func slate(days int, groups ...int) (games []cadence.Game) {
	for d := range days {
		for i, n := range groups {
			for range n {
				start := noon.Add(time.Duration(24*d+12+i) * time.Hour)
				games = append(games, cadence.Game{ID: mlb.GameID(len(games) + 1), Start: start, Status: mlb.Scheduled})
			}
		}
	}
	return games
}

func monthEnd() time.Time { return first(time.June) }

func governor(t testing.TB, p Plan, s State, games []cadence.Game) *Governor {
	g, err := New(p, s)
	if err != nil {
		t.Fatal(err)
	}
	g.Schedule(noon, monthEnd(), games)
	return g
}

// told is a governor of 500 credits whose API has told a count.
func told(t testing.TB, used int, games []cadence.Game) *Governor {
	g := governor(t, Standard(500), State{}, games)
	g.Begin(noon.Add(-2*time.Second), "first", 0, Purpose{})
	g.End(noon.Add(-time.Second), "first", true, &Header{used, 500 - used})
	return g
}

func TestCost(t *testing.T) {
	if c := Cost(3, 2); c != 6 {
		t.Errorf("three markets of two regions cost %d", c)
	}
}

func TestKindsOfError(t *testing.T) {
	if !errors.Is(ErrNoCredit, mlb.ErrUnavailable) || !errors.Is(ErrKey, mlb.ErrInvalid) {
		t.Error("the kinds of error are lost")
	}
}

func TestValidate(t *testing.T) {
	for want, f := range map[string]func(*Plan){
		"0 credits":        func(p *Plan) { p.Credits = 0 },
		"day 32":           func(p *Plan) { p.ResetDay = 32 },
		"no market":        func(p *Plan) { p.Markets = nil },
		"closing share 0":  func(p *Plan) { p.ClosingShare = 0 },
		"margin 1":         func(p *Plan) { p.Margin = 1 },
		"timeout 0s":       func(p *Plan) { p.Timeout = 0 },
		"minimum interval": func(p *Plan) { p.Cadence.Min = 0 },
	} {
		p := Standard(500)
		f(&p)
		if _, err := New(p, State{}); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func TestMonths(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		at, from, to string
		reset        int
	}{
		{"2026-05-10", "2026-05-01", "2026-06-01", 1},
		{"2026-05-01", "2026-05-01", "2026-06-01", 1},
		{"2026-12-31", "2026-12-01", "2027-01-01", 1},
		{"2026-01-03", "2025-12-14", "2026-01-14", 14},
		{"2026-02-10", "2026-01-31", "2026-02-28", 31},
		{"2026-02-28", "2026-02-28", "2026-03-31", 31},
		{"2028-02-28", "2028-01-30", "2028-02-29", 30},
	} {
		if from, to := before(day(c.at), c.reset), after(day(c.at), c.reset); !from.Equal(day(c.from)) || !to.Equal(day(c.to)) {
			t.Errorf("%s, reset on day %d: %v to %v, want %s to %s", c.at, c.reset, from, to, c.from, c.to)
		}
	}
}

// TestOrderOfGivingUp: regions go before markets, from the end, and closing
// captures of the fewest games only when nothing else is left.
func TestOrderOfGivingUp(t *testing.T) {
	games := slate(20, 1, 5, 2) // 60 closing captures
	for _, c := range []struct {
		credits  int
		cost     int
		promised int
		text     string
	}{
		{100_000, 9, 60, "h2h, totals, spreads of us, eu, us2; all would"},
		{1000, 9, 60, "% of the cadence; all would"},
		{600, 6, 60, "; regions us2; all would"},
		{300, 3, 60, "; regions eu, us2; all would"},
		{200, 2, 60, "; regions eu, us2; markets spreads; all would"},
		{80, 1, 60, "; markets totals, spreads; all would"},
		{30, 1, 30, "; markets totals, spreads; 30 closing captures of the fewest games; all would"},
	} {
		g := governor(t, Standard(c.credits), State{}, games)
		e := g.Estimate(noon)
		if e.Level.Cost() != c.cost || e.Promised != c.promised || e.Closings != 60 || !strings.Contains(e.String(), c.text) {
			t.Errorf("%d credits: %v\nwant %d a call, %d promised, %q", c.credits, e, c.cost, c.promised, c.text)
		}
		if e.Reserved > c.credits {
			t.Errorf("%d credits: %d reserved", c.credits, e.Reserved)
		}
	}
	g := governor(t, Standard(30), State{}, games)
	for _, p := range g.promised(noon)[:20] {
		if len(p.Games) != 5 {
			t.Errorf("a capture of %d games is promised before one of 5", len(p.Games))
		}
	}
}

// TestUnlisted: days that are not listed yet are priced like those that are.
func TestUnlisted(t *testing.T) {
	whole := governor(t, Standard(500), State{}, slate(20, 3, 3))
	part := governor(t, Standard(500), State{}, nil)
	part.Schedule(noon, noon.Add(5*24*time.Hour), slate(5, 3, 3))
	a, b := whole.Estimate(noon), part.Estimate(noon)
	if b.Promised < a.Promised || b.Promised > a.Promised+6 || b.Looks > a.Looks {
		t.Errorf("listed for five days: %v\nlisted whole: %v", b, a)
	}
	if ok, why := part.May(noon.Add(6*24*time.Hour), 1, Purpose{}); ok || !strings.Contains(why, "no schedule") {
		t.Errorf("beyond what is listed: %v %s", ok, why)
	}
}

func TestMay(t *testing.T) {
	pin := noon.Add(12*time.Hour - 5*time.Minute)
	look, closing := Purpose{}, Purpose{Closing, pin}
	for name, c := range map[string]struct {
		set     func(*Governor)
		at      time.Time
		cost    int
		purpose Purpose
		ok      bool
		why     string
	}{
		"free":                 {at: noon, cost: 0, ok: true, why: "free"},
		"closing":              {at: pin, cost: 1, purpose: closing, ok: true, why: "reserved"},
		"a closing unpromised": {at: pin, cost: 1, purpose: Purpose{Closing, pin.Add(time.Minute)}, ok: true, why: "spare"},
		"made":                 {set: func(g *Governor) { g.Begin(pin, "a", 1, closing); g.End(pin, "a", true, &Header{101, 399}) }, at: pin, cost: 1, purpose: closing, why: "made"},
		"being made":           {set: func(g *Governor) { g.Begin(pin, "a", 1, closing) }, at: pin, cost: 1, purpose: closing, why: "being made"},
		"lost, again":          {set: func(g *Governor) { g.Begin(pin, "a", 1, closing); g.End(pin, "a", false, nil) }, at: pin, cost: 1, purpose: closing, ok: true, why: "reserved"},
		"reserved for others":  {at: pin, cost: 395, purpose: Purpose{Closing, pin.Add(time.Minute)}, why: "reserved for"},
		"beyond the month":     {at: pin, cost: 401, purpose: closing, why: "400 credits of 500 left"},
		"a look not yet due":   {at: noon, cost: 3, purpose: look, why: "looks due at"},
		"a look of all":        {at: noon, cost: 400, purpose: look, why: "reserved for 20 closing captures and their retries"},
		"before a closing":     {at: pin.Add(-30 * time.Second), cost: 3, purpose: look, why: "next look anyway"},
		"out of credit":        {set: func(g *Governor) { g.Refused(noon, "", ErrNoCredit) }, at: pin, cost: 1, purpose: closing, why: "out of credit: 100 of 500 credits used; wait for 2026-06-01"},
		"out of credit, free":  {set: func(g *Governor) { g.Refused(noon, "", ErrNoCredit) }, at: pin, cost: 0, ok: true, why: "free"},
		"bad key":              {set: func(g *Governor) { g.Refused(noon, "", ErrKey) }, at: pin, cost: 0, why: "set another key"},
		"another key":          {set: func(g *Governor) { g.Refused(noon, "", ErrKey); g.NewKey() }, at: pin, cost: 1, purpose: closing, ok: true, why: "reserved"},
		"next month":           {set: func(g *Governor) { g.Refused(noon, "", ErrNoCredit) }, at: monthEnd(), cost: 1, purpose: closing, ok: true, why: "spare"},
		"no backfill":          {at: noon, cost: 30, purpose: Purpose{Kind: Backfill}, why: "planned for the games of this month"},
		"backfill, blind":      {at: monthEnd(), cost: 30, purpose: Purpose{Kind: Backfill}, why: "no schedule"},
	} {
		t.Run(name, func(t *testing.T) {
			g := told(t, 100, slate(20, 5))
			if c.set != nil {
				c.set(g)
			}
			ok, why := g.May(c.at, c.cost, c.purpose)
			if ok != c.ok || !strings.Contains(why, c.why) {
				t.Errorf("%v, %s; want %v, %q", ok, why, c.ok, c.why)
			}
		})
	}
}

func TestMayWithoutLimits(t *testing.T) {
	g := governor(t, Standard(1_000_000), State{}, slate(5, 5))
	if ok, why := g.May(noon, 9, Purpose{}); !ok || !strings.Contains(why, "whole cadence") {
		t.Errorf("a look: %v %s", ok, why)
	}
	if ok, why := g.May(noon, 90, Purpose{Kind: Backfill}); !ok || !strings.Contains(why, "left over") {
		t.Errorf("a backfill: %v %s", ok, why)
	}
	blind, err := New(Standard(500), State{})
	if err != nil {
		t.Fatal(err)
	}
	if ok, why := blind.May(noon, 9, Purpose{}); ok || !strings.Contains(why, "no schedule") {
		t.Errorf("without a schedule: %v %s", ok, why)
	}
	if ok, _ := blind.May(noon, 9, Purpose{Closing, noon}); !ok {
		t.Error("without a schedule a closing capture is not made")
	}
}

func TestFirstAnswerOfTheMonth(t *testing.T) {
	g := governor(t, Standard(500), State{}, slate(20, 5))
	pin := Purpose{Closing, noon}
	g.Begin(noon, "a", 1, pin)
	other := Purpose{Closing, noon.Add(time.Hour)}
	if ok, why := g.May(noon, 1, other); ok || !strings.Contains(why, "first answer of the month") {
		t.Errorf("a second call before the first answer: %v %s", ok, why)
	}
	if ok, _ := g.May(noon.Add(3*time.Minute), 1, other); !ok {
		t.Error("a call that never ends blocks the month")
	}
	if n := g.state.committed(); n != 1 || len(g.state.Open) != 0 {
		t.Errorf("%d credits after a timeout, %d open", n, len(g.state.Open))
	}
}

// TestCounts: what is committed after calls, answers and losses.
func TestCounts(t *testing.T) {
	at := func(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }
	begin := func(g *Governor, s int, id string) { g.Begin(at(s), id, 3, Purpose{Kind: Backfill}) }
	end := func(g *Governor, s int, id string, used int) { g.End(at(s), id, true, &Header{used, 500 - used}) }
	lose := func(g *Governor, s int, id string) { g.End(at(s), id, false, nil) }
	for name, c := range map[string]struct {
		do   func(*Governor)
		want int
	}{
		"open":                       {func(g *Governor) { begin(g, 1, "a") }, 103},
		"begun twice":                {func(g *Governor) { begin(g, 1, "a"); begin(g, 1, "a") }, 103},
		"answered":                   {func(g *Governor) { begin(g, 1, "a"); end(g, 2, "a", 103) }, 103},
		"answered twice":             {func(g *Governor) { begin(g, 1, "a"); end(g, 2, "a", 103); end(g, 2, "a", 103) }, 103},
		"lost":                       {func(g *Governor) { begin(g, 1, "a"); lose(g, 2, "a") }, 103},
		"lost twice":                 {func(g *Governor) { begin(g, 1, "a"); lose(g, 2, "a"); lose(g, 3, "a") }, 103},
		"refused":                    {func(g *Governor) { begin(g, 1, "a"); g.Refused(at(2), "a", ErrNoCredit) }, 100},
		"refused for another reason": {func(g *Governor) { begin(g, 1, "a"); g.Refused(at(2), "a", errors.New("slow")) }, 103},
		"lost, not charged":          {func(g *Governor) { begin(g, 1, "a"); lose(g, 2, "a"); begin(g, 3, "b"); end(g, 4, "b", 103) }, 103},
		"lost, charged":              {func(g *Governor) { begin(g, 1, "a"); lose(g, 2, "a"); begin(g, 3, "b"); end(g, 4, "b", 106) }, 106},
		"lost while another ran":     {func(g *Governor) { begin(g, 1, "a"); begin(g, 2, "b"); lose(g, 3, "a"); end(g, 4, "b", 103) }, 106},
		"out of order":               {func(g *Governor) { begin(g, 1, "a"); begin(g, 2, "b"); end(g, 3, "b", 106); end(g, 4, "a", 103) }, 106},
		"the API counts less":        {func(g *Governor) { begin(g, 1, "a"); end(g, 2, "a", 100) }, 100},
		"the API takes back":         {func(g *Governor) { begin(g, 1, "a"); end(g, 2, "a", 90) }, 90},
		"the API counts more":        {func(g *Governor) { begin(g, 1, "a"); end(g, 2, "a", 150) }, 150},
		"the API begins a month":     {func(g *Governor) { begin(g, 1, "a"); end(g, 2, "a", 3) }, 3},
		"answered after the timeout": {func(g *Governor) { begin(g, 1, "a"); g.advance(at(600)); end(g, 601, "a", 103) }, 106},
	} {
		t.Run(name, func(t *testing.T) {
			g := told(t, 100, slate(20, 5))
			c.do(g)
			if n := g.state.committed(); n != c.want {
				t.Errorf("%d credits committed, want %d", n, c.want)
			}
		})
	}
}

func TestForeign(t *testing.T) {
	g := told(t, 100, slate(20, 5))
	if f := g.Forecast(noon); f.Expected != 495 {
		t.Fatalf("%v", f)
	}
	before := g.budget(noon)
	g.Begin(noon, "a", 3, Purpose{Kind: Backfill})
	g.End(noon, "a", true, &Header{133, 367})
	if g.state.Foreign != 30 {
		t.Errorf("%d credits of others, want 30", g.state.Foreign)
	}
	// 30 in the first 9.5 days are 68 in the rest of the month.
	if spent := before - g.budget(noon); spent < 33+60 || spent > 33+75 {
		t.Errorf("the budget fell by %.0f", spent)
	}
	early := State{Period: noon.Add(-time.Hour), ResetDay: 10, Foreign: 5}
	if h, err := New(Standard(500), early); err != nil || h.foreign(noon) != 0 {
		t.Errorf("others are judged by an hour: %v", err)
	}
}

func TestReset(t *testing.T) {
	g := told(t, 400, slate(20, 5))
	g.Begin(noon, "a", 1, Purpose{Closing, noon})
	g.End(noon, "a", true, &Header{1, 499})
	if s := g.State(); s.ResetDay != 10 || !s.Period.Equal(time.Date(2026, 5, 10, 0, 0, 0, 0, time.UTC)) || !s.confirmed() {
		t.Errorf("the API's month is not taken over: %+v", s)
	}
	if e := g.Estimate(noon); !e.End.Equal(time.Date(2026, 6, 10, 0, 0, 0, 0, time.UTC)) || e.Spent != 1 {
		t.Errorf("%v", e)
	}
	g.Refused(noon, "", ErrNoCredit)
	if err := g.Err(); !errors.Is(err, ErrNoCredit) || !errors.Is(err, mlb.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	g.advance(g.end())
	if err := g.Err(); err != nil || g.state.committed() != 0 || g.state.confirmed() {
		t.Errorf("a new month begins with %v, %+v", err, g.state)
	}
}

func TestAnotherPlan(t *testing.T) {
	g := governor(t, Standard(20_000), State{}, slate(20, 1, 2, 3, 4, 5, 6))
	if e := g.Estimate(noon); e.Level.Cost() != 9 {
		t.Fatalf("%v", e)
	}
	g.Begin(noon, "a", 0, Purpose{})
	g.End(noon, "a", true, &Header{0, 500})
	if e := g.Estimate(noon); e.Limit != 500 || e.Level.Cost() != 3 {
		t.Errorf("the smaller plan of the API: %v", e)
	}
	g.Begin(noon.Add(time.Second), "b", 0, Purpose{})
	g.End(noon.Add(time.Second), "b", true, &Header{0, 100_000})
	if e := g.Estimate(noon); e.Limit != 20_000 || e.Level.Cost() != 9 {
		t.Errorf("a larger plan of the API: %v", e)
	}
	g.Refused(noon, "", ErrKey)
	g.End(noon, "c", true, &Header{0, 100_000})
	if g.Err() == nil {
		t.Error("an answer to a call that is not known makes a key good")
	}
	g.Begin(noon.Add(2*time.Second), "d", 0, Purpose{})
	g.End(noon.Add(2*time.Second), "d", true, &Header{0, 100_000})
	if err := g.Err(); err != nil {
		t.Errorf("answered, but %v", err)
	}
}

// TestStateIsSmall: a state with many things open fits a row, and a governor
// goes on from it as the one it came from.
func TestStateIsSmall(t *testing.T) {
	games := slate(20, 5, 4, 3)
	g := told(t, 100, games)
	for i := range 5 {
		g.Begin(noon, fmt.Sprint(i), 1, Purpose{Closing, noon.Add(time.Duration(i) * time.Hour)})
	}
	text, err := json.Marshal(g.State())
	if err != nil || len(text) > 1500 {
		t.Fatalf("%d bytes: %v", len(text), err)
	}
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	again := governor(t, Standard(500), s, games)
	if a, b := g.Forecast(noon), again.Forecast(noon); a != b {
		t.Errorf("%v, after a restart %v", a, b)
	}
	s.Level = 99
	if again = governor(t, Standard(500), s, games); again.Level().Cost() < 1 {
		t.Error("a level of another plan")
	}
}

func TestForecastOfAQuietMonth(t *testing.T) {
	g := governor(t, Standard(500), State{}, nil)
	if f := g.Forecast(noon); f.Expected != 0 || f.High != 0 || f.String() != "0 credits by 2026-06-01 (0 to 0) of 500" {
		t.Errorf("%v", f)
	}
	g = governor(t, Standard(500), State{}, []cadence.Game{{ID: 1}, {ID: 2, Start: noon.Add(time.Hour)}, {ID: 3, Start: noon.Add(-48 * time.Hour)}, {ID: 4, Start: noon.Add(48 * time.Hour)}})
	if e := g.Estimate(noon); e.Closings != 2 {
		t.Errorf("%v", e)
	}
}

func TestPurposeOf(t *testing.T) {
	if p := PurposeOf(cadence.Look{Kind: cadence.Pinned, Lead: 5 * time.Minute, Pin: noon}); p != (Purpose{Closing, noon}) {
		t.Errorf("%+v", p)
	}
	for _, l := range []cadence.Look{{Kind: cadence.Pinned, Pin: noon}, {Kind: cadence.Pregame, Lead: 1}} {
		if p := PurposeOf(l); p.Kind != Regular {
			t.Errorf("%+v", p)
		}
	}
}

// TestNeverExceeds: whatever is asked, however calls overlap and answers are
// lost or come out of order, the API never has to refuse, and our count is
// never below what the calls were charged.
func TestNeverExceeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		credits := rapid.IntRange(1, 300).Draw(t, "credits")
		g, err := New(Standard(credits), State{})
		if err != nil {
			t.Fatal(err)
		}
		g.Schedule(noon, monthEnd(), slate(rapid.IntRange(0, 20).Draw(t, "days"), 1, 4, 2))
		type call struct {
			id     string
			header *Header
		}
		var open []call
		used, now := 0, noon
		for i := range rapid.IntRange(1, 150).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "seconds")) * time.Second) // also of the same instant
			cost := rapid.IntRange(0, 30).Draw(t, "cost")
			purpose := Purpose{Kind(rapid.IntRange(0, 2).Draw(t, "kind")), now}
			if ok, _ := g.May(now, cost, purpose); ok {
				c := call{id: fmt.Sprint(i)}
				g.Begin(now, c.id, cost, purpose)
				if rapid.IntRange(0, 9).Draw(t, "charged") > 0 {
					used += cost
				}
				if rapid.IntRange(0, 9).Draw(t, "lost") > 0 {
					c.header = &Header{used, credits - used}
				}
				open = append(open, c)
			}
			if used > credits {
				t.Fatalf("%d of %d credits", used, credits)
			}
			if len(open) > 0 && rapid.Bool().Draw(t, "end") {
				k := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				g.End(now, open[k].id, open[k].header != nil, open[k].header)
				open = slices.Delete(open, k, k+1)
			}
			if n := g.state.committed(); n < used {
				t.Fatalf("%d committed, %d used", n, used)
			}
		}
	})
}

// TestPromisesAreKept: every closing capture promised can be paid when its
// time comes, however eagerly everything else is asked for in between.
func TestPromisesAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 8).Draw(t, "groups")
		games := slate(rapid.IntRange(1, 8).Draw(t, "days"), groups...)
		credits := rapid.IntRange(1, 2000).Draw(t, "credits")
		g, err := New(Standard(credits), State{})
		if err != nil {
			t.Fatal(err)
		}
		g.Schedule(noon, monthEnd(), games)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		used, n := 0, 0
		call := func(now time.Time, p Purpose) bool {
			cost := g.Level().Cost()
			ok, _ := g.May(now, cost, p)
			if ok {
				n++
				g.Begin(now, fmt.Sprint(n), cost, p)
				used += cost
				g.End(now, fmt.Sprint(n), true, &Header{used, credits - used})
			}
			return ok
		}
		now, promised := noon, map[time.Time]bool{}
		for _, p := range g.promised(noon) {
			promised[p.At] = true
		}
		for _, pin := range slices.Clone(g.pins) {
			for now = now.Add(time.Duration(r.IntN(40)+1) * time.Minute); now.Before(pin.At); now = now.Add(time.Duration(r.IntN(40)+1) * time.Minute) {
				call(now, Purpose{Kind: Kind(2 * r.IntN(2))})
			}
			now = pin.At
			if ok := call(now, Purpose{Closing, pin.At}); !ok && promised[pin.At] {
				t.Fatalf("the capture promised for %v is not paid, %d of %d used", pin.At, used, credits)
			}
		}
		if f := g.Forecast(now); f.Expected < used || f.High > credits || f.Low > f.Expected || f.High < f.Expected {
			t.Fatalf("forecast %v, %d used", f, used)
		}
	})
}
