package app

import (
	"context"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/grade"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Graded is an opportunity as what it would have come to, had a unit been
// staked on it when it was first seen.
type Graded struct {
	mlb.Opportunity
	grade.Grading
	Close      grade.Close // of the same side and line at the same book
	FairClose  *float64    // no-vig probability of the side at the close, pooled over the books; nil for none
	CLV        *grade.CLV  // nil without a final close and a fair one
	CLVMissing string      // why there is no CLV
}

// Grades are a day's opportunities, graded.
type Grades struct {
	Detection
	All []Graded
}

// Grade settles a day's opportunities by results and innings, under the rules
// of each book, and measures them against the close: the last prices before the
// first pitch or, where only that is known, the scheduled start.
func (a *App) Grade(ctx context.Context, day mlb.Date, now time.Time, mc market.Config, dc detect.Config) (Grades, error) {
	d, err := a.Detect(ctx, day, now, mc, dc)
	if err != nil || len(d.Taken) == 0 {
		return Grades{Detection: d}, err
	}
	of := map[mlb.GameID][]mlb.Opportunity{}
	var games []mlb.GameID
	staked := map[priceKey]bool{}
	for _, o := range d.Taken {
		// The same price offered again is the same bet.
		k := priceKey{o.LineKey, o.Side, o.Book}
		if staked[k] {
			continue
		}
		staked[k] = true
		if of[o.Game] == nil {
			games = append(games, o.Game)
		}
		of[o.Game] = append(of[o.Game], o)
	}
	results, err := a.DB.Results(ctx, games)
	if err != nil {
		return Grades{}, err
	}
	ev, err := live.Read(ctx, a.DB, games)
	if err != nil {
		return Grades{}, err
	}
	all := Grades{Detection: d}
	for _, id := range games {
		c := newCloser(d.Games[id], ev, d.Books, mc)
		t := timeline(d.Games[id], results[id], now)
		for _, o := range of[id] {
			all.All = append(all.All, c.grade(o, t))
		}
	}
	return all, nil
}

// preferred sources of results come first: their innings are official.
const official = "statsapi"

// timeline is what is known of a game. Where sources differ over the score all
// are claims, and no bet is settled.
func timeline(g mlb.Game, said []store.SourceResult, now time.Time) grade.Timeline {
	t := grade.Timeline{AsOf: now, Scheduled: g.Start}
	for _, r := range said {
		if t.Status == 0 || r.Source == official || t.Status != mlb.Final && r.Status == mlb.Final {
			t.Result = r.Result
		}
		if r.Status == mlb.Final {
			t.Claims = append(t.Claims, grade.Claim{Source: r.Source, Score: r.Score})
		}
	}
	if t.FirstPitch.IsZero() {
		t.FirstPitch = g.FirstPitch
	}
	// Seven innings were scheduled in doubleheaders of 2020 and 2021 alone.
	if t.ScheduledInnings == 0 && g.Date.Year != 2020 && g.Date.Year != 2021 {
		t.ScheduledInnings = 9
	}
	if t.Status == 0 {
		t.Status = mlb.Scheduled
	}
	return t
}

// closer knows one game's prices up to its cutoff.
type closer struct {
	cutoff mlb.Cutoff
	view   market.View
	ticks  map[priceKey][]mlb.Quote
	polls  map[mlb.BookID][]time.Time
	books  map[mlb.BookID]mlb.Book
	maxAge time.Duration
}

type priceKey struct {
	mlb.LineKey
	side mlb.Side
	book mlb.BookID
}

func newCloser(g mlb.Game, ev live.Events, books map[mlb.BookID]mlb.Book, mc market.Config) closer {
	c := closer{
		cutoff: g.Cutoff(), ticks: map[priceKey][]mlb.Quote{}, polls: map[mlb.BookID][]time.Time{}, books: books, maxAge: mc.MaxAge,
	}
	all := make([]mlb.Book, 0, len(books))
	for _, b := range books {
		all = append(all, b)
	}
	state := market.New(all, mc)
	for _, q := range ev.Ticks {
		if q.Game != g.ID {
			continue
		}
		k := priceKey{q.LineKey, q.Side, q.Book}
		c.ticks[k] = append(c.ticks[k], q)
		if q.ObservedAt.Before(c.cutoff.At) {
			state.Apply(q)
		}
	}
	for _, p := range ev.Polls {
		if p.Game != g.ID {
			continue
		}
		c.polls[p.Book] = append(c.polls[p.Book], p.ObservedAt)
		if p.ObservedAt.Before(c.cutoff.At) {
			state.Confirm(p)
		}
	}
	c.view = state.View(g, c.cutoff.At)
	return c
}

func (c closer) grade(o mlb.Opportunity, t grade.Timeline) Graded {
	bet := grade.Bet{Market: o.Market, Period: o.Period, Side: o.Side, Line: o.Line, Price: o.Price, PlacedAt: o.DetectedAt}
	g := Graded{
		Opportunity: o,
		Grading:     grade.Grade(bet, t, grade.RulesFor(c.books[o.Book], o.Market, o.Period, o.DetectedAt)),
		Close: grade.ClosingQuote(c.ticks[priceKey{o.LineKey, o.Side, o.Book}], c.polls[o.Book], c.cutoff,
			grade.MaxAge{Default: c.maxAge}),
	}
	if g.Close.Missing != "" {
		g.CLVMissing = string(g.Close.Missing)
		return g
	}
	fair, _, why := c.view.Fair(o.LineKey, o.Side)
	if fair == nil {
		g.CLVMissing = "no fair price at the close: " + why
		return g
	}
	g.FairClose = &fair.Probability
	clv, err := grade.CLVOf(o.Price, g.Close.Quote.Price, fair.Probability)
	if err != nil {
		g.CLVMissing = err.Error()
		return g
	}
	g.CLV = &clv
	return g
}
