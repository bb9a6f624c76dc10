package market

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// How many splits of one provider and market, and pieces of news of a game,
// are remembered.
const (
	maxSplits = 128
	maxNews   = 32
)

// News is something said about a game that may move its prices: a lineup, a
// scratch, the weather.
type News struct {
	At   time.Time // when it was known
	Text string
}

// Split is what a provider said, beside the market as it stood at the split's
// own time.
type Split struct {
	mlb.Split
	At time.Time // the split's own time: the provider's, or when it was seen; never later than that
	// Key is the market's main line then, Fair the first side's fair
	// probability on it. Without one it is nil, and Why says what was missing.
	Key  mlb.LineKey
	Fair *mlb.Fair
	Why  string
}

// Crowd is what one provider said of one market, in order of time.
type Crowd struct {
	Provider string
	Market   mlb.Market
	Period   mlb.Period
	Cut      bool // there were more before these
	splits   *ring[Split]
	n        int
}

// Len is the number of splits, at least 1.
func (c Crowd) Len() int { return c.n }

// Split is the i-th oldest.
func (c Crowd) Split(i int) Split { return *c.splits.at(i) }

type crowd struct {
	provider string
	marketPeriod
	splits ring[Split]
	cut    bool
}

// ApplySplit remembers a split with the fair price of its own time. It returns
// false for one that is older than the last, or that says the same again.
func (s *State) ApplySplit(x mlb.Split) bool {
	c := s.game(x.Game).crowd(x)
	if last := c.splits.last(); last != nil && (x.ObservedAt.Before(last.ObservedAt) || sameSplit(x, last.Split)) {
		return false
	}
	c.cut = c.cut || c.splits.len() == maxSplits
	c.splits.add(maxSplits, s.anchored(x))
	return true
}

func (g *gameState) crowd(x mlb.Split) *crowd {
	i, ok := slices.BinarySearchFunc(g.crowds, x, func(c *crowd, x mlb.Split) int {
		return cmp.Or(cmp.Compare(c.provider, x.Provider), cmp.Compare(c.market, x.Market), cmp.Compare(c.period, x.Period))
	})
	if !ok {
		g.crowds = slices.Insert(g.crowds, i, &crowd{provider: x.Provider, marketPeriod: marketPeriod{x.Market, x.Period}})
	}
	return g.crowds[i]
}

func sameSplit(a, b mlb.Split) bool {
	return a.Bets == b.Bets && a.Money == b.Money && a.Tickets == b.Tickets && a.UpdatedAt.Equal(b.UpdatedAt)
}

func (s *State) anchored(x mlb.Split) Split {
	a := Split{Split: x, At: x.UpdatedAt}
	if a.At.IsZero() || a.At.After(x.ObservedAt) {
		a.At = x.ObservedAt
	}
	if old := x.ObservedAt.Sub(a.At); old > s.cfg.History {
		a.Why = fmt.Sprintf("the split was %s old when it was seen, and prices are remembered for %s", Short(old), Short(s.cfg.History))
		return a
	}
	v := s.View(mlb.Game{ID: x.Game}, a.At)
	if a.Key, a.Fair = v.MainLine(x.Market, x.Period); a.Fair == nil {
		a.Why = "there was no fair price at the split's own time"
	}
	return a
}

// Crowds are the splits of the game seen by now, by provider, market and
// period.
func (v View) Crowds() []Crowd {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	var all []Crowd
	for _, c := range g.crowds {
		n := c.splits.len()
		for n > 0 && c.splits.at(n-1).ObservedAt.After(v.now) {
			n--
		}
		if n > 0 {
			all = append(all, Crowd{c.provider, c.market, c.period, c.cut, &c.splits, n})
		}
	}
	return all
}

// MainLine is the line that most independent books have a fair price of, of
// those the one nearest to even, and the first side's fair probability on it;
// nil where no line has one.
func (v View) MainLine(m mlb.Market, p mlb.Period) (key mlb.LineKey, fair *mlb.Fair) {
	g := v.state.games[v.game.ID]
	if g == nil {
		return key, nil
	}
	most, least := 0, math.Inf(1)
	for k, l := range g.lines {
		if k.Market != m || k.Period != p {
			continue
		}
		f, feeds := v.remembered(l, true)
		if f == nil {
			continue
		}
		far := math.Abs(odds.Logit(f.Probability))
		if fair == nil || cmp.Or(cmp.Compare(most, feeds), cmp.Compare(far, least),
			cmp.Compare(max(k.Line, -k.Line), max(key.Line, -key.Line)), cmp.Compare(k.Line, key.Line)) < 0 {
			key, fair, most, least = k, f, feeds, far
		}
	}
	return key, fair
}

// FairThen is Fair from what is remembered. It holds at every moment of the
// history, whatever the state has heard since; nil without a fair price.
func (v View) FairThen(key mlb.LineKey, side mlb.Side) *mlb.Fair {
	g := v.state.games[v.game.ID]
	if g == nil || g.lines[key] == nil {
		return nil
	}
	fair, _ := v.remembered(g.lines[key], sideIndex(key.Market, side) == 0)
	return fair
}

func (v View) remembered(l *line, first bool) (fair *mlb.Fair, feeds int) {
	now := v.now.UnixNano()
	cfg := v.state.cfg
	var all []vote
	for _, s := range l.places {
		x := s.place.then(now)
		seen, ok := s.place.venue.seen(now)
		age := time.Duration(now - seen)
		if ok && !math.IsNaN(x) && age <= cfg.MaxAge && hasVote(s.place.book) {
			all = append(all, vote{s.place.book, odds.Sigmoid(x), age, cfg.weight(s.place.book, age)})
		}
	}
	if feeds = share(all); feeds < cfg.need() {
		return nil, feeds
	}
	return pool(all, first), feeds
}

// ApplyNews remembers what was said about a game and since when it is known.
func (s *State) ApplyNews(game mlb.GameID, at time.Time, text string) {
	s.game(game).news.add(maxNews, News{at, text})
}

// News are what was known by now and is no older than a window, in the order
// it was heard.
func (v View) News(window time.Duration) []News {
	g := v.state.games[v.game.ID]
	if g == nil {
		return nil
	}
	var all []News
	for i := range g.news.len() {
		if n := g.news.at(i); !n.At.After(v.now) && v.now.Sub(n.At) <= window {
			all = append(all, *n)
		}
	}
	return all
}
