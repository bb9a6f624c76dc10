package detect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

const steamName = "steam"

// SteamConfig says what a steam move is.
type SteamConfig struct {
	Feeds  int           // independent books that moved, the originator among them
	Window time.Duration // within which they did, both ends included
	// Least is how far each of them came in log-odds without the margin. From
	// -110 both ways to -120 and +100, ten cents near even, it is 0.0912.
	Least float64
	Sum   float64 // how far all of them came together
	// Turn is what giving up a total's line for the next is worth in log-odds:
	// about one game in ten ends on a given total, so half a run near the
	// middle moves the over by about five points.
	Turn  float64
	Sharp float64 // prior a book needs to be an originator
	// MaxGap is how far apart polls may be: a move is dated no better.
	MaxGap time.Duration
	News   time.Duration // news of this long before the move explains it
	Alert  bool
}

// DefaultSteam are the values used unless told otherwise: three desks, ten
// cents each, five minutes, polls a minute apart.
func DefaultSteam() SteamConfig {
	return SteamConfig{
		Feeds: 3, Window: 5 * time.Minute, Least: 0.09, Sum: 0.27, Turn: 0.2, Sharp: 0.6,
		MaxGap: time.Minute, News: 10 * time.Minute, Alert: true,
	}
}

// late is how late a poll may come that was to be MaxGap after the last.
const late = 5 * time.Second

// steam finds moves that spread. Hypothesis: a sharp book takes an informed
// bet, moves, and the others follow within minutes; those that have not yet
// are, for a while, wrong. Inputs: every book's fair price and main line over
// the window, and its polls, without which nobody knows who moved when. The
// defaults are those practitioners use (three books, ten cents, minutes, one
// of them sharp); none of them is measured on our own data.
//
// A move begins when the conditions first hold and is the same move until they
// have not held for a window. It is described as it was when it began. One
// market and period has one move a side, whatever number of alternate lines
// shows it; books that share a desk are one, the first of them.
func steam(v market.View, cfg SignalConfig) []mlb.Signal {
	c := cfg.Steam
	if why := started(v); why != "" {
		return unjudged(v, steamName, why)
	}
	var found []mlb.Signal
	v.Markets(func(m mlb.Market, p mlb.Period) {
		first, second := m.Sides()
		for _, side := range []mlb.Side{first, second} {
			w := wave{market: m, period: p, side: side, cfg: c}
			if begin, ok := w.begun(v); ok {
				found = append(found, w.signal(begin))
			}
		}
	})
	if len(found) == 0 {
		if why := tooCoarse(v, c); why != "" {
			return unjudged(v, steamName, why)
		}
	}
	return found
}

// wave is one side of a market in which a move may spread.
type wave struct {
	market mlb.Market
	period mlb.Period
	side   mlb.Side
	cfg    SteamConfig
}

// moves are those of one steam move, one a feed, the originator first, or
// none. A book that moved before the first sharp one did not follow it.
func (w wave) moves(v market.View) []market.Move {
	all := v.Moves(w.market, w.period, w.side, market.Stride{Window: w.cfg.Window, Least: w.cfg.Least, Turn: w.cfg.Turn})
	if len(all) < w.cfg.Feeds {
		return nil
	}
	all = slices.DeleteFunc(all, func(m market.Move) bool { return m.Gap < 0 || m.Gap > w.cfg.MaxGap+late })
	slices.SortFunc(all, func(a, b market.Move) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(b.Book.Brand.Sharp, a.Book.Brand.Sharp), cmp.Compare(a.Book.ID, b.Book.ID))
	})
	all = firstOfFeeds(all)
	i := slices.IndexFunc(all, func(m market.Move) bool { return m.Book.Brand.Sharp >= w.cfg.Sharp })
	if i < 0 {
		return nil
	}
	all = spread(all, i)
	sum := 0.0
	for _, m := range all {
		sum += m.Size()
	}
	if len(all) < w.cfg.Feeds || sum < w.cfg.Sum {
		return nil
	}
	return all
}

func firstOfFeeds(all []market.Move) []market.Move {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(m market.Move) bool {
		again := seen[m.Book.Brand.Feed]
		seen[m.Book.Brand.Feed] = true
		return again
	})
}

// spread puts the originator first and leaves out who moved before it, as far
// as its polls can tell: it moved after the last one that showed its old price.
func spread(all []market.Move, i int) []market.Move {
	origin := all[i]
	path := []market.Move{origin}
	for j, m := range all {
		if j != i && m.At.After(origin.At.Add(-origin.Gap)) {
			path = append(path, m)
		}
	}
	return path
}

// begun is the market as it was when the move in force began. Conditions come
// to hold at a change only, never because time passes: so the changes are gone
// through backwards until they did not hold for a window. A move older than
// the history is not found again.
func (w wave) begun(v market.View) (begin market.View, ok bool) {
	if w.moves(v) == nil {
		return v, false
	}
	reach := v.History() - w.cfg.Window
	begin = v
	for _, at := range v.Changes(w.market, w.period, reach) {
		if begin.Now().Sub(at) > w.cfg.Window {
			return begin, true
		}
		if u := v.At(at); w.moves(u) != nil {
			begin = u
		}
	}
	return begin, v.Now().Sub(begin.Now())+w.cfg.Window <= reach
}

func (w wave) signal(v market.View) mlb.Signal {
	path := w.moves(v)
	s := mlb.Signal{
		LineKey: path[0].Key, Side: w.side, Strategy: steamName, DetectedAt: v.Now(), Since: path[0].At,
		MayAlert: w.cfg.Alert,
	}
	for _, m := range path {
		from, to := odds.Sigmoid(m.From), odds.Sigmoid(m.Until)
		s.Path = append(s.Path, mlb.Step{
			Book: m.Book.ID, From: from, To: to, At: m.At, Latency: max(0, m.At.Sub(path[0].At)), Line: m.To,
		})
		s.LogOdds += m.Size() / float64(len(path))
		s.Points += (to - from) / float64(len(path))
		if m.At.Before(s.Since) {
			s.Since = m.At
		}
	}
	s.Behind = w.behind(v, path)
	s.News = newsBefore(v, s.Since, w.cfg.News)
	s.Reasons = w.reasons(v, s, path)
	return s
}

// behind are the books that have a vote, were looked at lately, and quote the
// originator's line at half a step or more behind those that moved on it.
func (w wave) behind(v market.View, path []market.Move) []mlb.Laggard {
	key := path[0].Key
	mean, n := 0.0, 0.0
	moved := map[mlb.BookID]bool{}
	for _, m := range path {
		moved[m.Book.ID] = true
		if m.Key == key {
			mean, n = mean+m.Until, n+1
		}
	}
	mean /= n
	var all []mlb.Laggard
	for _, r := range v.Resolutions(w.cfg.Window) {
		x, ok := v.LogOdds(key, r.Book.ID, w.side)
		if ok && !moved[r.Book.ID] && r.Age <= v.MaxAge() && mean-x >= w.cfg.Least/2 {
			p := odds.Sigmoid(x)
			all = append(all, mlb.Laggard{Book: r.Book.ID, Probability: p, Behind: odds.Sigmoid(mean) - p, Age: r.Age})
		}
	}
	return all
}

// newsBefore is what was known at the view's moment and came no longer than
// within before a move.
func newsBefore(v market.View, since time.Time, within time.Duration) string {
	var texts []string
	for _, n := range v.News(v.Now().Sub(since) + within) {
		texts = append(texts, n.Text)
	}
	return strings.Join(texts, "; ")
}

func (w wave) reasons(v market.View, s mlb.Signal, path []market.Move) []string {
	origin := s.Path[0]
	var follow []string
	for i, step := range s.Path[1:] {
		follow = append(follow, fmt.Sprintf("%s after %s", path[i+1].Book.Brand.Slug, market.Short(step.Latency)))
	}
	all := []string{
		fmt.Sprintf("%s moved first, at %s: %s to %s on %s", path[0].Book.Brand.Slug, origin.At.UTC().Format(time.TimeOnly),
			percent(origin.From), percent(origin.To), Selection(v.Game(), s.LineKey, s.Side)),
		fmt.Sprintf("%d independent books within %s: then %s", len(path), market.Short(w.cfg.Window), strings.Join(follow, ", ")),
		fmt.Sprintf("%.1f points each, %.2f in log-odds together", 100*s.Points, s.LogOdds*float64(len(path))),
	}
	for _, b := range s.Behind {
		all = append(all, fmt.Sprintf("%s is still %.1f points behind", v.Book(b.Book).Brand.Slug, 100*b.Behind))
	}
	if s.News != "" {
		all = append(all, "explained by news: "+s.News)
	}
	return all
}

// tooCoarse is why no steam move could have been told from a slow one: too few
// books, or no sharp one, were watched closely enough throughout the window.
func tooCoarse(v market.View, c SteamConfig) string {
	finest, sharp := map[string]time.Duration{}, map[string]time.Duration{}
	for _, r := range v.Resolutions(c.Window) {
		if r.Polls < 2 {
			continue
		}
		keepFiner(finest, r)
		if r.Book.Brand.Sharp >= c.Sharp {
			keepFiner(sharp, r)
		}
	}
	if why := c.coarse(finest, c.Feeds, "independent books"); why != "" {
		return why
	}
	return c.coarse(sharp, 1, "sharp books")
}

func keepFiner(finest map[string]time.Duration, r market.Resolution) {
	feed := r.Book.Brand.Feed
	if gap, ok := finest[feed]; !ok || r.Gap < gap {
		finest[feed] = r.Gap
	}
}

// coarse judges the polls of as many feeds as are needed, the finest first.
func (c SteamConfig) coarse(finest map[string]time.Duration, need int, what string) string {
	gaps := slices.Sorted(maps.Values(finest))
	switch {
	case len(gaps) < need:
		return fmt.Sprintf("%d %s were looked at more than once, %d needed", len(gaps), what, need)
	case gaps[need-1] > c.MaxGap+late:
		return fmt.Sprintf("resolution too coarse: polls of %s are %s apart, a window of %s needs %d s",
			what, market.Short(gaps[need-1]), market.Short(c.Window), int(c.MaxGap.Seconds()))
	default:
		return ""
	}
}
