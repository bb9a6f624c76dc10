package quota

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source/simulator"
)

// listing is a game as the season has it, and when what became of it was
// known.
type listing struct {
	id                           mlb.GameID
	start, pitch, off, ended     time.Time
	listed                       time.Time // zero: from the start of the season
	promised, captured, isPlayed bool
}

// season is every listing of a simulated season about a time.
func season(t testing.TB, seed uint64, from, to time.Time) (all []*listing) {
	s, err := simulator.New(simulator.Config{Season: from.Year(), Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	at := func(m *time.Time) time.Time {
		if m == nil {
			return time.Time{}
		}
		return *m
	}
	for _, date := range s.Days() {
		if date.Time().Before(from.AddDate(0, 0, -2)) || date.Time().After(to) {
			continue
		}
		day, err := s.Day(date)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range day.Truth().Games {
			l := &listing{id: mlb.GameID(g.PK), start: g.Scheduled, pitch: at(g.FirstPitch), off: at(g.CalledOff), ended: at(g.Ended), isPlayed: g.CalledOff == nil}
			if g.Number == 2 { // most are of games called off shortly before
				l.listed = g.Scheduled.Add(-30 * time.Hour)
			}
			all = append(all, l)
		}
	}
	return all
}

// at is the game as it is known at a moment; false before it is listed.
func (l *listing) at(now time.Time) (g cadence.Game, ok bool) {
	g = cadence.Game{ID: l.id, Start: l.start, Status: mlb.Scheduled}
	passed := func(t time.Time) bool { return !t.IsZero() && !now.Before(t) }
	switch {
	case passed(l.off):
		g.Status = mlb.Postponed
	case passed(l.ended):
		g.FirstPitch, g.Ended, g.Status = l.pitch, l.ended, mlb.Final
	case passed(l.pitch):
		g.FirstPitch, g.Status = l.pitch, mlb.InProgress
	}
	return g, !now.Before(l.listed)
}

func known(all []*listing, now, from, to time.Time) (games []cadence.Game) {
	for _, l := range all {
		if g, ok := l.at(now); ok && !l.start.Before(from) && l.start.Before(to) {
			games = append(games, g)
		}
	}
	return games
}

// api is the other side: it charges, counts, refuses, resets, and loses
// answers.
type api struct {
	limit, used, peak int
	resetDay          int
	resets            time.Time
	r                 *rand.Rand
	loss              float64 // part of the calls whose answer is lost, half of them charged
	foreign           float64 // credits an hour that another user of the key spends
	last              time.Time
	owed              float64
	refused           int
}

// call charges, answers with the counters or not at all, or refuses.
func (a *api) call(now time.Time, cost int) (h *Header, refused bool) {
	a.pass(now)
	if a.used+cost > a.limit {
		a.refused++
		return nil, true
	}
	lost := a.r.Float64() < a.loss
	if lost && a.r.Float64() < 0.5 {
		return nil, false
	}
	a.used += cost
	a.peak = max(a.peak, a.used)
	if lost {
		return nil, false
	}
	return &Header{a.used, a.limit - a.used}, false
}

func (a *api) pass(now time.Time) {
	if a.resets.IsZero() {
		a.resets = after(now, a.resetDay)
	}
	if !now.Before(a.resets) {
		a.used, a.resets = 0, after(now, a.resetDay)
	}
	if !a.last.IsZero() {
		a.owed += a.foreign * now.Sub(a.last).Hours()
		n := min(int(a.owed), a.limit-a.used)
		a.used, a.owed = a.used+n, a.owed-float64(int(a.owed))
	}
	a.last = now
}

// month is one run of a worker through a month.
type month struct {
	plan     Plan
	api      *api
	games    []*listing
	from, to time.Time
	seed     uint64
}

type outcome struct {
	estimate             Estimate
	promised, made       int // closing captures, of those promised at the start of the month
	looks, closing       int // answered
	final                int
	worst                float64 // error of the forecasts from the second week on, as a share
	forecasts, inside    int
	peak, refused, limit int
}

func (o outcome) String() string {
	return fmt.Sprintf("peak %d of %d, refused %d; %d of %d closing captures promised were made (%.1f %%), %d looks; worst forecast %.2f %% off, %d of %d inside their interval\n    %s",
		o.peak, o.limit, o.refused, o.made, o.promised, 100*float64(o.made)/float64(max(1, o.promised)), o.looks, 100*o.worst, o.inside, o.forecasts, o.estimate)
}

// worker is a process that follows the cadence and asks the governor; it may
// be killed at any moment.
type worker struct {
	*month
	t      testing.TB
	g      *Governor
	r      *rand.Rand
	calls  int
	out    outcome
	change time.Time // of the schedule given to the governor
	seen   []Forecast
}

func (m *month) run(t testing.TB) outcome {
	w := &worker{month: m, t: t, r: rand.New(rand.NewPCG(m.seed, 2))}
	w.start(State{}, m.from)
	w.promise()
	last, nextDay := m.from, m.from
	for now := m.from; now.Before(m.to); {
		if !now.Before(nextDay) {
			w.day(now)
			nextDay = nextDay.Add(24 * time.Hour)
		}
		look, ok := m.plan.Cadence.Next(now, last, known(m.games, now, now.Add(-8*time.Hour), now.Add(20*time.Hour)), w.r)
		wake := now.Add(2 * time.Hour) // games change
		if !ok || look.At.After(wake) {
			now = wake
			continue
		}
		if now, last = look.At, look.At; !now.Before(m.to) {
			break
		}
		w.reschedule(now)
		w.look(now, PurposeOf(look))
		if w.r.Float64() < 0.005 {
			w.restart(now)
		}
	}
	return w.judge()
}

func (w *worker) start(s State, now time.Time) {
	g, err := New(w.plan, s)
	if err != nil {
		w.t.Fatal(err)
	}
	w.g, w.change = g, time.Time{}
	w.reschedule(now)
}

// restart goes on from what a store kept.
func (w *worker) restart(now time.Time) {
	text, err := json.Marshal(w.g.State())
	if err != nil {
		w.t.Fatal(err)
	}
	var s State
	if err := json.Unmarshal(text, &s); err != nil {
		w.t.Fatal(err)
	}
	w.start(s, now)
}

// reschedule gives the games again every four hours.
func (w *worker) reschedule(now time.Time) {
	if now.Sub(w.change) < 4*time.Hour {
		return
	}
	w.change = now
	w.g.Schedule(now, w.to.Add(40*24*time.Hour), known(w.games, now, w.from.Add(-24*time.Hour), w.to.Add(24*time.Hour)))
}

func (w *worker) promise() {
	w.out.estimate = w.g.Estimate(w.from)
	ids := map[mlb.GameID]bool{}
	for _, p := range w.g.promised(w.from) {
		for _, g := range p.Games {
			ids[g.ID] = true
		}
	}
	for _, l := range w.games {
		l.captured, l.promised = false, ids[l.id] && !l.start.Before(w.from) && l.start.Before(w.to)
	}
}

func (w *worker) day(now time.Time) {
	if now.Sub(w.from) >= 7*24*time.Hour {
		w.seen = append(w.seen, w.g.Forecast(now))
	}
}

// look asks, calls, and tries a lost closing capture again.
func (w *worker) look(now time.Time, purpose Purpose) {
	for {
		cost := w.g.Level().Cost()
		if ok, _ := w.g.May(now, cost, purpose); !ok {
			return
		}
		if w.call(now, cost, purpose) || purpose.Kind != Closing || now.Sub(purpose.Pin) > 4*time.Minute {
			return
		}
		now = now.Add(20 * time.Second)
	}
}

func (w *worker) call(now time.Time, cost int, purpose Purpose) (ok bool) {
	w.calls++
	id := fmt.Sprint(w.calls)
	w.g.Begin(now, id, cost, purpose)
	if w.r.Float64() < 0.01 {
		w.g.Begin(now, id, cost, purpose)
	}
	h, refused := w.api.call(now, cost)
	done := now.Add(time.Duration(w.r.IntN(1500)) * time.Millisecond)
	switch {
	case refused:
		w.g.Refused(done, id, ErrNoCredit)
		return false
	case h == nil && w.r.Float64() < 0.3: // killed while it waited
		w.restart(now)
		return false
	}
	w.g.End(done, id, h != nil, h)
	if w.r.Float64() < 0.01 {
		w.g.End(done, id, h != nil, h)
	}
	if h != nil {
		w.took(now, purpose)
	}
	return h != nil
}

func (w *worker) took(now time.Time, purpose Purpose) {
	if purpose.Kind == Closing {
		w.out.closing++
	} else {
		w.out.looks++
	}
	for _, l := range w.games {
		if lead := l.start.Sub(now); lead >= 0 && lead <= 10*time.Minute {
			l.captured = true
		}
	}
}

// judge counts the captures promised, by the groups of the games as played.
func (w *worker) judge() outcome {
	for _, pin := range closings(w.plan.Cadence.Pins(w.playedAndPromised())) {
		w.out.promised++
		if !slices.ContainsFunc(pin.Games, func(g cadence.Game) bool { return !w.find(g.ID, g.Start).captured }) {
			w.out.made++
		}
	}
	o := w.out
	o.final, o.peak, o.refused, o.limit = w.api.used, w.api.peak, w.api.refused, w.api.limit
	for _, f := range w.seen {
		o.forecasts++
		o.worst = max(o.worst, math.Abs(float64(f.Expected-o.final))/float64(o.final))
		if f.Low <= o.final && o.final <= f.High {
			o.inside++
		}
	}
	return o
}

func (w *worker) playedAndPromised() (games []cadence.Game) {
	for _, l := range w.games {
		if l.promised && l.isPlayed {
			games = append(games, cadence.Game{ID: l.id, Start: l.start, Status: mlb.Scheduled})
		}
	}
	return games
}

func (w *worker) find(id mlb.GameID, start time.Time) *listing {
	return w.games[slices.IndexFunc(w.games, func(l *listing) bool { return l.id == id && l.start.Equal(start) })]
}

func first(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }

// TestMonth runs whole months of a simulated season on plans of 500 and
// 20,000 credits, and prints their figures: it never exceeds the plan, every
// forecast after the first week is within 5 % of the final use, and at least
// 95 % of the closing captures promised before the first call are made, while
// answers are lost, calls are counted twice and processes are killed. So it is
// where another user spends a third of the credits.
func TestMonth(t *testing.T) {
	months := []time.Month{time.May, time.July}
	if os.Getenv("MLB_REHEARSE_DAYS") != "" {
		months = []time.Month{time.April, time.May, time.June, time.July, time.August, time.September}
	}
	for _, m := range months {
		games := season(t, 1, first(m), first(m+1))
		run := func(name string, credits int, foreign float64) {
			t.Run(fmt.Sprintf("%v/%s", m, name), func(t *testing.T) {
				checkMonth(t, &month{
					plan: Standard(credits), games: games, from: first(m), to: first(m + 1), seed: uint64(m),
					api: &api{limit: credits, resetDay: 1, loss: 0.02, foreign: foreign, r: rand.New(rand.NewPCG(uint64(m), 3))},
				})
			})
		}
		run("500", 500, 0)
		run("20000", 20_000, 0)
		if m == time.May {
			run("20000, shared", 20_000, 8)
		}
	}
}

func checkMonth(t *testing.T, m *month) {
	o := m.run(t)
	t.Log(o)
	if o.peak > m.plan.Credits || o.refused > 0 {
		t.Errorf("peak %d of %d credits, %d calls refused", o.peak, m.plan.Credits, o.refused)
	}
	if o.worst > 0.05 || o.forecasts < 20 {
		t.Errorf("%d forecasts, the worst %.1f %% off", o.forecasts, 100*o.worst)
	}
	if float64(o.made) < 0.95*float64(o.promised) || o.promised == 0 {
		t.Errorf("%d of %d closing captures", o.made, o.promised)
	}
}

// TestMonthThatAffordsAll: where credits are not what limits the cadence, the
// forecast rests on the schedule and on how past days went.
func TestMonthThatAffordsAll(t *testing.T) {
	plan := Standard(20_000)
	plan.Cadence.Phases = []cadence.Phase{{Lead: 8 * time.Hour, Every: time.Hour}, {Lead: 2 * time.Hour, Every: 15 * time.Minute}}
	m := &month{plan: plan, games: season(t, 2, first(time.June), first(time.July)), from: first(time.June), to: first(time.July), seed: 9, api: &api{limit: 20_000, resetDay: 1, loss: 0.02, r: rand.New(rand.NewPCG(9, 3))}}
	checkMonth(t, m)
	if m.api.used > 15_000 {
		t.Errorf("%d credits used: not the case this is about", m.api.used)
	}
}

// TestMonthOfAnotherReset: the API's month begins on another day than the
// plan says.
func TestMonthOfAnotherReset(t *testing.T) {
	from, to := time.Date(2026, time.May, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, time.June, 14, 0, 0, 0, 0, time.UTC)
	m := &month{plan: Standard(500), games: season(t, 1, from, to), from: from, to: to, seed: 4, api: &api{limit: 500, resetDay: 14, loss: 0.02, r: rand.New(rand.NewPCG(4, 3))}}
	o := m.run(t)
	t.Log(o)
	if o.peak > 500 || o.refused > 0 {
		t.Errorf("peak %d of 500 credits, %d calls refused", o.peak, o.refused)
	}
	if m.api.used < 450 {
		t.Errorf("%d of 500 credits used by the end of the API's month", m.api.used)
	}
}

// TestMonthTooSmall: the plan cannot pay every closing capture.
func TestMonthTooSmall(t *testing.T) {
	from, to := time.Date(2026, time.May, 16, 0, 0, 0, 0, time.UTC), first(time.June)
	m := &month{plan: Standard(60), games: season(t, 1, from, to), from: from, to: to, seed: 6, api: &api{limit: 60, resetDay: 1, loss: 0.02, r: rand.New(rand.NewPCG(6, 3))}}
	o := m.run(t)
	t.Log(o)
	if o.peak > 60 || o.refused > 0 || o.made < 54 || !strings.Contains(o.estimate.String(), "closing captures of the fewest games") {
		t.Errorf("%v", o)
	}
}
