package cadence

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// start is 19:05 in New York.
var start = time.Date(2026, time.July, 18, 23, 5, 0, 0, time.UTC)

func generator(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func exact(s Shape) Plan {
	p := Standard(s)
	p.Jitter = 0
	return p
}

func game(id mlb.GameID, at time.Time) Game { return Game{ID: id, Start: at, Status: mlb.Scheduled} }

func TestNext(t *testing.T) {
	scheduled := []Game{game(1, start)}
	with := func(f func(*Plan)) Plan { p := exact(Slate); f(&p); return p }
	live := with(func(p *Plan) { p.Live = 15 * time.Minute })
	merging := with(func(p *Plan) { p.Tolerance, p.Merge = 5*time.Minute, 5*time.Minute })
	idle := with(func(p *Plan) { p.Idle = 6 * time.Hour })
	at := start.Add
	for name, c := range map[string]struct {
		plan      Plan
		now, last time.Duration // from the start; last 0 with never
		never     bool
		games     []Game
		want      time.Duration
		why       string
		quiet     bool
	}{
		"quiet until the horizon":          {plan: exact(Slate), now: -20 * time.Hour, last: -30 * time.Hour, games: scheduled, want: -12 * time.Hour, why: "every 1h0m0s: game 1 starts in 12h0m0s"},
		"sparse in the morning":            {plan: exact(Slate), now: -10 * time.Hour, last: -10 * time.Hour, games: scheduled, want: -9 * time.Hour, why: "every 1h0m0s: game 1 starts in 9h0m0s"},
		"does not sleep through a phase":   {plan: exact(Slate), now: -190 * time.Minute, last: -190 * time.Minute, games: scheduled, want: -3 * time.Hour, why: "every 5m0s: game 1 starts in 3h0m0s"},
		"dense in the last hour":           {plan: exact(Slate), now: -30 * time.Minute, last: -30 * time.Minute, games: scheduled, want: -29 * time.Minute, why: "every 1m0s: game 1 starts in 29m0s"},
		"waits for the closing capture":    {plan: exact(Slate), now: -310 * time.Second, last: -380 * time.Second, games: scheduled, want: -5 * time.Minute, why: "pinned: 5m0s before the start of game 1"},
		"a late capture is still made":     {plan: exact(Slate), now: -250 * time.Second, last: -10 * time.Minute, games: scheduled, want: -250 * time.Second, why: "pinned: 5m0s before the start of game 1"},
		"a missed capture is not":          {plan: exact(Slate), now: -230 * time.Second, last: -10 * time.Minute, games: scheduled, want: -230 * time.Second, why: "every 1m0s: game 1 starts in 3m50s"},
		"the scheduled first pitch":        {plan: exact(Slate), now: -10 * time.Second, last: -40 * time.Second, games: scheduled, want: 0, why: "pinned: first pitch of game 1"},
		"a late start":                     {plan: exact(Slate), now: 20 * time.Minute, last: 20 * time.Minute, games: scheduled, want: 21 * time.Minute, why: "every 1m0s: game 1 should have started 21m0s ago"},
		"never begun":                      {plan: exact(Slate), now: 5 * time.Hour, last: 4 * time.Hour, games: scheduled, quiet: true},
		"the actual first pitch":           {plan: exact(Slate), now: 21 * time.Minute, last: 20 * time.Minute, games: []Game{{ID: 1, Start: start, FirstPitch: at(20*time.Minute + 30*time.Second), Status: mlb.InProgress}}, want: 21 * time.Minute, why: "pinned: first pitch of game 1"},
		"begun, not live":                  {plan: exact(Slate), now: time.Hour, last: 20 * time.Minute, games: []Game{{ID: 1, Start: start, FirstPitch: at(4 * time.Minute), Status: mlb.InProgress}}, quiet: true},
		"live":                             {plan: live, now: time.Hour, last: time.Hour, games: []Game{{ID: 1, Start: start, Status: mlb.InProgress}}, want: 75 * time.Minute, why: "every 15m0s: game 1 is being played"},
		"live for too long":                {plan: live, now: 9 * time.Hour, last: time.Hour, games: []Game{{ID: 1, Start: start, Status: mlb.InProgress}}, quiet: true},
		"live until its end":               {plan: live, now: 2 * time.Hour, last: 2 * time.Hour, games: []Game{{ID: 1, Start: start, Ended: at(2 * time.Hour), Status: mlb.InProgress}}, quiet: true},
		"final":                            {plan: live, now: -time.Hour, last: -2 * time.Hour, games: []Game{{ID: 1, Start: start, Status: mlb.Final}}, quiet: true},
		"suspended":                        {plan: live, now: time.Hour, last: time.Hour, games: []Game{{ID: 1, Start: start, Status: mlb.Suspended}}, quiet: true},
		"postponed":                        {plan: exact(Slate), now: -time.Hour, last: -2 * time.Hour, games: []Game{{ID: 1, Start: start, Status: mlb.Postponed}}, quiet: true},
		"only the day is known":            {plan: exact(Slate), now: -time.Hour, last: -2 * time.Hour, games: []Game{{ID: 1, Status: mlb.Scheduled}}, quiet: true},
		"no schedule, a first pitch":       {plan: exact(Slate), now: 10 * time.Second, last: -time.Minute, games: []Game{{ID: 1, FirstPitch: start, Status: mlb.InProgress}}, want: 10 * time.Second, why: "pinned: first pitch of game 1"},
		"the densest game leads":           {plan: exact(Slate), now: -30 * time.Minute, last: -30 * time.Minute, games: []Game{game(1, start), game(2, start.Add(3*time.Hour))}, want: -29 * time.Minute, why: "every 1m0s: game 1 starts in 29m0s"},
		"one look for near starts":         {plan: merging, now: -301 * time.Second, last: -6 * time.Minute, games: []Game{game(1, start), game(2, start.Add(5*time.Minute)), game(3, start.Add(11*time.Minute))}, want: -5 * time.Minute, why: "pinned: 5m0s before the start of game 1 and 1 more"},
		"never looked at, in a phase":      {plan: exact(Slate), now: -2 * time.Hour, never: true, games: scheduled, want: -2 * time.Hour, why: "every 5m0s: game 1 starts in 2h0m0s"},
		"never looked at, quiet":           {plan: exact(Slate), now: -20 * time.Hour, never: true, games: scheduled, want: -12 * time.Hour, why: "every 1h0m0s: game 1 starts in 12h0m0s"},
		"overdue in a quiet time":          {plan: exact(Slate), now: 15 * time.Hour, last: -4 * time.Hour, games: scheduled, quiet: true},
		"idle":                             {plan: idle, now: -30 * time.Hour, last: -30 * time.Hour, games: scheduled, want: -24 * time.Hour, why: "every 6h0m0s: no game is near"},
		"idle without games":               {plan: idle, now: 0, last: -time.Hour, want: 5 * time.Hour, why: "every 6h0m0s: no game is near"},
		"idle yields to the horizon":       {plan: idle, now: -13 * time.Hour, last: -13 * time.Hour, games: scheduled, want: -12 * time.Hour, why: "every 1h0m0s: game 1 starts in 12h0m0s"},
		"a clock that was ahead":           {plan: exact(Slate), now: -30 * time.Minute, last: -20 * time.Minute, games: scheduled, want: -19 * time.Minute, why: "every 1m0s: game 1 starts in 19m0s"},
		"a break silences the closing one": {plan: with(func(p *Plan) { p.Breaks = []Break{{at(-6 * time.Minute), at(-4 * time.Minute)}} }), now: -361 * time.Second, last: -361 * time.Second, games: scheduled, want: -4 * time.Minute, why: "every 1m0s: game 1 starts in 4m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.plan.Validate(); err != nil {
				t.Fatal(err)
			}
			last := at(c.last)
			if c.never {
				last = time.Time{}
			}
			look, ok := c.plan.Next(at(c.now), last, c.games, generator(1))
			switch {
			case ok == c.quiet:
				t.Fatalf("look %v %v (%s), want quiet %v", ok, look.At.Sub(start), look.Why(), c.quiet)
			case ok && (!look.At.Equal(at(c.want)) || look.Why() != c.why):
				t.Errorf("look at %v: %s\nwant    %v: %s", look.At.Sub(start), look.Why(), c.want, c.why)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	for want, f := range map[string]func(*Plan){
		"":                               func(*Plan) {},
		"minimum interval":               func(p *Plan) { p.Min = 0 },
		"phase 1 begins":                 func(p *Plan) { p.Phases[0].Lead = -1 },
		"phase 3 looks every 1s, below":  func(p *Plan) { p.Phases[2].Every = time.Second },
		"order them by lead":             func(p *Plan) { p.Phases[1].Lead = 13 * time.Hour },
		"phases get denser":              func(p *Plan) { p.Phases[1].Every = 2 * time.Hour },
		"none may be negative":           func(p *Plan) { p.Grace = -1 },
		"live interval 1s":               func(p *Plan) { p.Live = time.Second },
		"longest duration":               func(p *Plan) { p.Live, p.LiveFor = time.Minute, 0 },
		"only a slate":                   func(p *Plan) { p.Shape, p.Idle = PerGame, time.Hour },
		"idle interval 1m0s":             func(p *Plan) { p.Idle = time.Minute },
		"jitter 0.6":                     func(p *Plan) { p.Jitter = 0.6 },
		"at least the minimum interval":  func(p *Plan) { p.Tolerance = time.Second },
		"pin -1ns":                       func(p *Plan) { p.Pinned[0] = -1 },
		"outside every phase":            func(p *Plan) { p.Pinned[0] = 13 * time.Hour },
		"its tolerance is 1m0s":          func(p *Plan) { p.Pinned[0] = 59 * time.Second },
		"is empty":                       func(p *Plan) { p.Breaks = []Break{{start, start}} },
		"at least the minimum interval ": func(p *Plan) { p.Merge = 2 * time.Minute },
	} {
		p := Standard(Slate)
		f(&p)
		err := p.Validate()
		if want == "" && err != nil || want != "" && (!errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want)) {
			t.Errorf("Validate: %v, want %q", err, want)
		}
	}
	p := Plan{Min: time.Minute, Live: time.Minute, LiveFor: time.Hour}
	if err := p.Validate(); err != nil {
		t.Errorf("a feed that is only live: %v", err)
	}
}

func TestFeeds(t *testing.T) {
	games := []Game{game(7, start), game(8, start)}
	if f := Standard(Slate).Feeds(games); len(f) != 1 || f[0].Game != 0 || len(f[0].Games) != 2 {
		t.Errorf("slate: %+v", f)
	}
	f := Standard(PerGame).Feeds(games)
	if len(f) != 2 || f[1].Game != 8 || len(f[1].Games) != 1 || f[1].Games[0].ID != 8 {
		t.Errorf("per game: %+v", f)
	}
}

// TestCountsOfADay counts what a day of one game asks for: 9 looks by the
// hour, 24 by five minutes, 60 by the minute from T-60 with the two pinned
// ones among them, and those that wait for the first pitch.
func TestCountsOfADay(t *testing.T) {
	p := exact(Slate)
	played := Game{ID: 1, Start: start, FirstPitch: start.Add(3 * time.Minute), Status: mlb.Final}
	looks := p.Expected(start.Add(-24*time.Hour), start.Add(24*time.Hour), []Game{played})
	count := map[Kind]int{}
	for _, l := range looks {
		count[l.Kind]++
	}
	// The last regular look, at T+2, is a minute before the pinned one.
	want := map[Kind]int{Pregame: 9 + 24 + 59, Waiting: 3, Pinned: 2}
	for k, n := range want {
		if count[k] != n {
			t.Errorf("kind %d: %d looks, want %d", k, count[k], n)
		}
	}
	postponed := played
	postponed.Status = mlb.Postponed
	if n := len(p.Expected(start.Add(-24*time.Hour), start.Add(24*time.Hour), []Game{postponed})); n != 0 {
		t.Errorf("postponed: %d looks expected", n)
	}
	p.Live = 10 * time.Minute
	played.Ended = start.Add(183 * time.Minute)
	looks = p.Expected(played.FirstPitch, start.Add(24*time.Hour), []Game{played})
	if len(looks) != 17 || looks[0].Kind != Live {
		t.Errorf("live: %d looks in 3 h, want 17", len(looks))
	}
}

// TestClocksChange: a day of 25 hours and one of 23 ask for as much as any
// other, and a break ends with its last day, however long that is.
func TestClocksChange(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	p := exact(Slate)
	for _, day := range []mlb.Date{{Year: 2026, Month: 3, Day: 8}, {Year: 2026, Month: 7, Day: 18}, {Year: 2026, Month: 11, Day: 1}} {
		first := time.Date(day.Year, day.Month, day.Day, 13, 5, 0, 0, zone)
		looks := p.Expected(first.Add(-30*time.Hour), first.Add(time.Minute), []Game{game(1, first), game(2, first.Add(9*time.Hour))})
		again := p.Expected(start.Add(-30*time.Hour), start.Add(time.Minute), []Game{game(1, start), game(2, start.Add(9*time.Hour))})
		if len(looks) != len(again) {
			t.Errorf("%v: %d looks, another day %d", day, len(looks), len(again))
		}
		b := Days(day, day, zone)
		if h := b.To.Sub(b.From).Hours(); h != map[time.Month]float64{3: 23, 7: 24, 11: 25}[day.Month] {
			t.Errorf("%v: a break of %v h", day, h)
		}
	}
}

func TestBreak(t *testing.T) {
	p := exact(Slate)
	p.Idle = 6 * time.Hour
	winter := Days(mlb.Date{Year: 2026, Month: 11, Day: 10}, mlb.Date{Year: 2027, Month: 1, Day: 31}, time.UTC)
	p.Breaks = []Break{winter}
	now := winter.From.Add(24 * time.Hour)
	look, ok := p.Next(now, winter.From.Add(-time.Hour), nil, generator(1))
	if !ok || !look.At.Equal(winter.To) {
		t.Errorf("next look %v %v, want the end of the break", look.At, ok)
	}
	if ok, allowed, why := p.Fresh(winter.From.Add(-time.Hour), now, nil); !ok || allowed != NoLimit {
		t.Errorf("in the break: %v %v %s", ok, allowed, why)
	}
	if ok, _, why := p.Fresh(winter.From.Add(-time.Hour), winter.To.Add(time.Hour), nil); ok {
		t.Errorf("an hour after the break: %s", why)
	}
}

func TestFresh(t *testing.T) {
	p := exact(Slate)
	live := p
	live.Live = time.Minute
	onlyLive := Plan{Min: time.Minute, Live: time.Minute, LiveFor: 8 * time.Hour}
	scheduled := []Game{game(1, start)}
	playing := []Game{{ID: 1, Start: start, FirstPitch: start, Status: mlb.InProgress}}
	final := []Game{{ID: 1, Start: start, FirstPitch: start, Status: mlb.Final}}
	for name, c := range map[string]struct {
		plan      Plan
		last, now time.Duration
		never     bool
		games     []Game
		ok        bool
		allowed   time.Duration
		reason    string
	}{
		"in time":                      {plan: p, last: -2*time.Hour - 4*time.Minute, now: -2 * time.Hour, games: scheduled, ok: true, allowed: 6*time.Minute + 30*time.Second, reason: "looked at 4m0s ago, allowed 6m30s: every 5m0s: game 1 starts in 1h59m0s"},
		"overdue":                      {plan: p, last: -2*time.Hour - 7*time.Minute, now: -2 * time.Hour, games: scheduled, allowed: 6*time.Minute + 30*time.Second, reason: "every 5m0s"},
		"just into a phase":            {plan: p, last: -64 * time.Minute, now: -59 * time.Minute, games: scheduled, ok: true, allowed: 5*time.Minute + 30*time.Second, reason: "every 1m0s: game 1 starts in 1h0m0s"},
		"well into a phase":            {plan: p, last: -64 * time.Minute, now: -58 * time.Minute, games: scheduled, allowed: 5*time.Minute + 30*time.Second, reason: "every 1m0s"},
		"a quiet night":                {plan: p, last: time.Minute, now: 9 * time.Hour, games: final, ok: true, allowed: NoLimit, reason: "quiet: no game within 12h0m0s of its start"},
		"after an outage, quiet":       {plan: p, last: -6 * time.Hour, now: 9 * time.Hour, games: scheduled, ok: true, allowed: NoLimit, reason: "quiet"},
		"the next day begins":          {plan: p, last: -20 * time.Hour, now: -12*time.Hour + time.Minute, games: scheduled, ok: true, allowed: 8*time.Hour + 90*time.Second, reason: "every 1h0m0s"},
		"the next day has begun":       {plan: p, last: -20 * time.Hour, now: -11 * time.Hour, games: scheduled, allowed: 8*time.Hour + 90*time.Second, reason: "every 1h0m0s"},
		"never, in a phase":            {plan: p, never: true, now: -2 * time.Hour, games: scheduled, reason: "never looked at, wanted every 5m0s"},
		"never, quiet":                 {plan: p, never: true, now: -20 * time.Hour, games: scheduled, ok: true, allowed: NoLimit, reason: "quiet"},
		"no games":                     {plan: p, last: -2 * time.Hour, now: 0, ok: true, allowed: NoLimit, reason: "quiet"},
		"live, stale":                  {plan: live, last: time.Hour, now: 65 * time.Minute, games: playing, allowed: 150 * time.Second, reason: "game 1 is being played"},
		"only live, quiet":             {plan: onlyLive, last: time.Hour, now: -time.Hour, games: scheduled, ok: true, allowed: NoLimit, reason: "quiet: no game is being played"},
		"the last look of a game":      {plan: onlyLive, last: 8*time.Hour - 30*time.Second, now: 8*time.Hour - 10*time.Second, games: playing, ok: true, allowed: NoLimit, reason: "no further look is wanted before a quiet time"},
		"the closing capture is owed":  {plan: func() Plan { q := p; q.Phases = []Phase{{12 * time.Hour, time.Hour}}; return q }(), last: -40 * time.Minute, now: -2 * time.Minute, games: scheduled, allowed: 37 * time.Minute, reason: "every 1h0m0s"},
		"a last look in the future":    {plan: p, last: -time.Hour, now: -2 * time.Hour, games: scheduled, ok: true, allowed: 150 * time.Second, reason: "looked at -1h0m0s ago"},
		"postponed does not ask a lot": {plan: p, last: -2 * time.Hour, now: -time.Minute, games: []Game{{ID: 1, Start: start, Status: mlb.Postponed}}, ok: true, allowed: NoLimit, reason: "quiet"},
	} {
		t.Run(name, func(t *testing.T) {
			last := start.Add(c.last)
			if c.never {
				last = time.Time{}
			}
			ok, allowed, reason := c.plan.Fresh(last, start.Add(c.now), c.games)
			if ok != c.ok || allowed != c.allowed || !strings.Contains(reason, c.reason) {
				t.Errorf("%v, allowed %v: %s\nwant %v, %v: %s", ok, allowed, reason, c.ok, c.allowed, c.reason)
			}
		})
	}
}

func TestWeight(t *testing.T) {
	p := exact(Slate)
	games := []Game{game(1, start), game(2, start), game(3, start.Add(90*time.Minute))}
	spans := p.Spans(start.Add(-10*time.Minute), start.Add(-9*time.Minute), games)
	if want := 2 + 1.0/25; len(spans) != 1 || spans[0].Weight < want-1e-9 || spans[0].Weight > want+1e-9 {
		t.Errorf("spans %+v, want one of weight %v", spans, want)
	}
	if spans := p.Spans(start, start, games); spans != nil {
		t.Errorf("no time: %+v", spans)
	}
}

func anyPlan(t *rapid.T) Plan {
	p := Plan{Min: time.Duration(rapid.IntRange(1, 90).Draw(t, "min")) * time.Second}
	lead, every := time.Duration(rapid.IntRange(4, 16).Draw(t, "horizon"))*time.Hour, time.Duration(rapid.IntRange(10, 90).Draw(t, "every"))*time.Minute
	for range rapid.IntRange(1, 4).Draw(t, "phases") {
		p.Phases = append(p.Phases, Phase{lead, max(p.Min, every)})
		lead, every = lead/time.Duration(rapid.IntRange(2, 4).Draw(t, "divide lead")), every/time.Duration(rapid.IntRange(1, 10).Draw(t, "divide"))
	}
	p.Late = time.Duration(rapid.IntRange(0, 240).Draw(t, "late")) * time.Minute
	p.LiveFor = 6 * time.Hour
	if rapid.Bool().Draw(t, "live") {
		p.Live = p.Min * time.Duration(rapid.IntRange(1, 20).Draw(t, "live every"))
	}
	if rapid.Bool().Draw(t, "idle") {
		p.Idle = p.Phases[0].Every + time.Duration(rapid.IntRange(0, 6).Draw(t, "idle every"))*time.Hour
	}
	p.Tolerance = p.Min + time.Duration(rapid.IntRange(0, 90).Draw(t, "tolerance"))*time.Second
	p.Merge = min(p.Tolerance, time.Duration(rapid.IntRange(0, 180).Draw(t, "merge"))*time.Second)
	p.Pinned = []time.Duration{5 * time.Minute, 0}
	p.Jitter = float64(rapid.IntRange(0, 5).Draw(t, "jitter")) / 10
	if rapid.IntRange(0, 3).Draw(t, "break") == 0 {
		p.Breaks = []Break{{start.Add(-2 * time.Hour), start.Add(-time.Hour)}}
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}

func anyGames(t *rapid.T) (games []Game) {
	for i := range rapid.IntRange(0, 8).Draw(t, "games") {
		g := game(mlb.GameID(i+1), start.Add(time.Duration(rapid.IntRange(-20, 300).Draw(t, "start"))*time.Minute))
		g.Status = mlb.Status(rapid.IntRange(0, 7).Draw(t, "status"))
		if g.Status == mlb.InProgress || g.Status == mlb.Final {
			g.FirstPitch = g.Start.Add(time.Duration(rapid.IntRange(-3, 90).Draw(t, "pitch")) * time.Minute)
		}
		if g.Status == mlb.Final {
			g.Ended = g.FirstPitch.Add(3 * time.Hour)
		}
		games = append(games, g)
	}
	return games
}

func anyMoment(t *rapid.T, name string) time.Time {
	return start.Add(time.Duration(rapid.IntRange(-30*3600, 12*3600).Draw(t, name)) * time.Second)
}

// TestWalk follows Next through a day: no two looks are nearer than the
// minimum, every pinned capture is made within its tolerance, the feed is
// fresh at every moment, and the same seed walks the same way.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, games := anyPlan(t), anyGames(t)
		seed := rapid.Uint64().Draw(t, "seed")
		looks := walk(p, games, seed, func(last, at time.Time) {
			if ok, _, why := p.Fresh(last, at, games); !ok {
				t.Fatalf("stale on schedule at %v: %s", at.Sub(start), why)
			}
		})
		for i := 1; i < len(looks); i++ {
			if gap := looks[i].At.Sub(looks[i-1].At); gap < p.Min {
				t.Fatalf("%v between looks, minimum %v", gap, p.Min)
			}
		}
		checkPinned(t, p, games, looks)
		again := walk(p, games, seed, func(time.Time, time.Time) {})
		if !slices.Equal(looks, again) {
			t.Fatal("the same seed gave other looks")
		}
	})
}

func walk(p Plan, games []Game, seed uint64, before func(last, at time.Time)) (looks []Look) {
	r := generator(seed)
	now, last := start.Add(-20*time.Hour), time.Time{}
	for len(looks) < 5000 {
		look, ok := p.Next(now, last, games, r)
		if !ok || look.At.After(start.Add(12*time.Hour)) {
			break
		}
		if !last.IsZero() {
			before(last, look.At)
		}
		looks = append(looks, look)
		now, last = look.At, look.At
	}
	return looks
}

func checkPinned(t *rapid.T, p Plan, games []Game, looks []Look) {
	if len(looks) == 5000 {
		return
	}
	for _, g := range ahead(games) {
		for _, lead := range p.Pinned {
			at, ok := g.pin(lead)
			if !ok || p.rests(at) {
				continue
			}
			if !slices.ContainsFunc(looks, func(l Look) bool { return l.At.Sub(at).Abs() <= p.Tolerance }) {
				t.Fatalf("game %d: nothing within %v of %v before it", g.ID, p.Tolerance, lead)
			}
			if lead > 0 && !slices.ContainsFunc(looks, func(l Look) bool { return l.At.Sub(at).Abs() <= p.Tolerance && !l.At.After(g.Start) }) {
				t.Fatalf("game %d: its closing capture is after the start", g.ID)
			}
		}
	}
}

// TestNextIsMonotone: asked later, or looked at later, the next look is not
// earlier.
func TestNextIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, games, seed := anyPlan(t), anyGames(t), rapid.Uint64().Draw(t, "seed")
		now, last := anyMoment(t, "now"), anyMoment(t, "last")
		first, ok := p.Next(now, last, games, generator(seed))
		if ok && (first.At.Before(now) || first.At.Before(last.Add(p.Min))) {
			t.Fatalf("look at %v: now %v, last %v", first.At.Sub(start), now.Sub(start), last.Sub(start))
		}
		step := time.Duration(rapid.IntRange(0, 7200).Draw(t, "step")) * time.Second
		for name, later := range map[string][2]time.Time{"now": {now.Add(step), last}, "last": {now, last.Add(step)}} {
			second, again := p.Next(later[0], later[1], games, generator(seed))
			if again && (!ok || second.At.Before(first.At)) {
				t.Fatalf("%s later by %v: look at %v, before %v", name, step, second.At.Sub(start), first.At.Sub(start))
			}
		}
	})
}

// TestPostponedAsksForNothing: without its postponed games a slate is looked
// at as with them.
func TestPostponedAsksForNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, games, seed := anyPlan(t), anyGames(t), rapid.Uint64().Draw(t, "seed")
		alive := slices.DeleteFunc(slices.Clone(games), Game.dead)
		none := func(time.Time, time.Time) {}
		if !slices.Equal(walk(p, games, seed, none), walk(p, alive, seed, none)) {
			t.Fatal("postponed games change the cadence")
		}
	})
}

// TestExpectedSplits: what is expected of two times together is about what is
// expected of both, and no more than the minimum interval allows.
func TestExpectedSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, games := anyPlan(t), anyGames(t)
		from := anyMoment(t, "from")
		whole := time.Duration(rapid.IntRange(0, 12*3600).Draw(t, "seconds")) * time.Second
		looks := p.Expected(from, from.Add(whole), games)
		if most := int(whole/p.Min) + 1; len(looks) > most {
			t.Fatalf("%d looks in %v", len(looks), whole)
		}
		if len(looks) == 0 {
			return
		}
		cut := looks[rapid.IntRange(0, len(looks)-1).Draw(t, "cut")].At
		joined := append(p.Expected(from, cut, games), p.Expected(cut, from.Add(whole), games)...)
		if !slices.Equal(joined, looks) {
			t.Fatalf("cut at a look: %d looks, whole %d", len(joined), len(looks))
		}
	})
}

// TestJitterSpreads: feeds that were looked at together drift apart.
func TestJitterSpreads(t *testing.T) {
	p := Standard(PerGame)
	seen := map[time.Time]bool{}
	for seed := range uint64(50) {
		for _, now := range []time.Duration{-90 * time.Minute, -61 * time.Minute} {
			look, ok := p.Next(start.Add(now), start.Add(now), []Game{game(1, start)}, generator(seed))
			if !ok || seen[look.At] {
				t.Fatalf("look at %v again", look.At)
			}
			seen[look.At] = true
		}
	}
}
