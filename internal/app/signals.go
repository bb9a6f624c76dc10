package app

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/live"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Signals are what the rules said of a day's games.
type Signals struct {
	Games map[mlb.GameID]mlb.Game
	Books map[mlb.BookID]mlb.Book
	// All are the signals in order of time, each as it began. A game of which
	// a rule could judge nothing has one that says so.
	All []mlb.Signal
}

// Signals replays a day's prices and splits in the order they were observed
// and asks every rule at every moment something changed before a game's start.
func (a *App) Signals(ctx context.Context, day mlb.Date, now time.Time, mc market.Config, sc detect.SignalConfig) (Signals, error) {
	games, err := a.DB.GamesOn(ctx, day)
	if err != nil {
		return Signals{}, err
	}
	books, err := mlb.Books()
	if err != nil {
		return Signals{}, err
	}
	s := Signals{Games: map[mlb.GameID]mlb.Game{}, Books: map[mlb.BookID]mlb.Book{}}
	for _, g := range games {
		s.Games[g.ID] = g
	}
	for _, b := range books {
		s.Books[b.ID] = b
	}
	ev, err := live.Read(ctx, a.DB, ids(games))
	if err != nil {
		return Signals{}, err
	}
	c := newListener(sc)
	state := market.New(books, mc)
	live.Replay(state, ev, now, func(game mlb.GameID, at time.Time) { c.ask(state.View(s.Games[game], at)) })
	s.All = c.settled()
	return s, nil
}

// listener hears the rules through a day.
type listener struct {
	cfg  detect.SignalConfig
	told detect.Told
	all  []mlb.Signal
	mute map[muted]mlb.Signal
	said map[muted]bool // rules that could judge something of a game
}

type muted struct {
	game     mlb.GameID
	strategy string
}

func newListener(cfg detect.SignalConfig) *listener {
	return &listener{cfg: cfg, told: detect.Told{}, mute: map[muted]mlb.Signal{}, said: map[muted]bool{}}
}

func (l *listener) ask(v market.View) {
	cutoff := v.Game().Cutoff()
	if cutoff.Basis == mlb.NoStart {
		l.noStart(v)
		return
	}
	if !v.Now().Before(cutoff.At) { // pregame prices only
		return
	}
	for _, rule := range detect.Signals() {
		l.hear(muted{v.Game().ID, rule.Name}, rule.Detect(v, l.cfg))
	}
}

// noStart says of every rule that a game of a day alone cannot be judged.
func (l *listener) noStart(v market.View) {
	for _, rule := range detect.Signals() {
		l.hear(muted{v.Game().ID, rule.Name}, []mlb.Signal{{
			LineKey: mlb.LineKey{Game: v.Game().ID}, Strategy: rule.Name, DetectedAt: v.Now(),
			NotIdentifiable: "the game's start is not known: which prices are pregame cannot be told",
		}})
	}
}

func (l *listener) hear(key muted, all []mlb.Signal) {
	if len(all) == 1 && all[0].NotIdentifiable != "" {
		l.mute[key] = all[0] // the last reason: what is missing in the end
		return
	}
	l.said[key] = true
	l.all = append(l.all, l.told.New(all)...)
}

// settled are the signals, and why rules were mute through a whole game.
func (l *listener) settled() []mlb.Signal {
	for key, s := range l.mute {
		if !l.said[key] {
			l.all = append(l.all, s)
		}
	}
	sortSignals(l.all)
	return l.all
}

func sortSignals(all []mlb.Signal) {
	slices.SortFunc(all, func(a, b mlb.Signal) int {
		return cmp.Or(a.DetectedAt.Compare(b.DetectedAt), cmp.Compare(a.Game, b.Game), cmp.Compare(a.Strategy, b.Strategy),
			cmp.Compare(a.Market, b.Market), cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side))
	})
}
