package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// SignalRule names a rule and applies it to one game at one moment. It gives
// the signals in force, each the same (by its ID) at every moment it lasts, or
// one signal whose verdict is mlb.NotIdentifiable where nothing of the game can
// be judged, or nothing where all of it was judged and nothing found.
type SignalRule struct {
	Name   string
	Detect func(market.View, SignalConfig) []mlb.Signal
}

// Signals is every rule, in the order reports show them.
func Signals() []SignalRule {
	return []SignalRule{
		{steamName, steam},
		{reverseName, reverse},
		{sharpName, sharp},
	}
}

// SignalConfig is what the rules look for.
type SignalConfig struct {
	Steam   SteamConfig
	Reverse ReverseConfig
	Sharp   SharpConfig
}

// DefaultSignals are the values used unless told otherwise.
func DefaultSignals() SignalConfig {
	return SignalConfig{Steam: DefaultSteam(), Reverse: DefaultReverse(), Sharp: DefaultSharp()}
}

// Told is what has been reported. A signal that is in force for an hour is
// reported once, when it begins.
type Told map[string]bool

// New keeps those that have not been told, and tells them.
func (t Told) New(all []mlb.Signal) []mlb.Signal {
	var fresh []mlb.Signal
	for _, s := range all {
		if id := s.ID(); !t[id] {
			t[id] = true
			fresh = append(fresh, s)
		}
	}
	return fresh
}

// unjudged is the answer of a rule that can say nothing of the game.
func unjudged(v market.View, rule, why string) []mlb.Signal {
	return []mlb.Signal{{
		LineKey: mlb.LineKey{Game: v.Game().ID}, Strategy: rule, DetectedAt: v.Now(), NotIdentifiable: why,
	}}
}

// started is why a game in play is not judged: its prices follow the score.
func started(v market.View) string {
	if start := v.Game().Start; !v.Now().Before(start) {
		return fmt.Sprintf("the game was to start at %s", start.UTC().Format("15:04 UTC"))
	}
	return ""
}

// judgeCrowds asks a rule of every provider's splits of every market. Only
// where it can judge none of them it says why.
func judgeCrowds(v market.View, rule string, judge func(market.Crowd) (s mlb.Signal, found bool, why string)) []mlb.Signal {
	if why := started(v); why != "" {
		return unjudged(v, rule, why)
	}
	var found []mlb.Signal
	var whys []string
	judged := 0
	for _, c := range v.Crowds() {
		s, ok, why := judge(c)
		switch {
		case ok:
			found = append(found, s)
		case why != "":
			whys = append(whys, c.Provider+" "+why)
			continue
		}
		judged++
	}
	if judged > 0 {
		return found
	}
	if len(whys) == 0 {
		return unjudged(v, rule, "no public splits")
	}
	slices.Sort(whys)
	return unjudged(v, rule, strings.Join(slices.Compact(whys), "; "))
}

// percent prints a share of 1: "58.2 %".
func percent(p float64) string { return fmt.Sprintf("%.1f %%", 100*p) }
