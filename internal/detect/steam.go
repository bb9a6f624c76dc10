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
	// Least is how far each of them came in log-odds without the margin. Ten
	// cents are 0.091 from -110 both ways to -120 and +100, 0.081 from -130 to
	// -140, and less further from even.
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
		Feeds: 3, Window: 5 * time.Minute, Least: 0.08, Sum: 0.24, Turn: 0.2, Sharp: 0.6,
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
// A move begins when the conditions first hold, and later ones are the same
// move as long as their first step was made while they held. It is described
// as it was when it began. One market and period has one move a side, whatever
// number of alternate lines shows it.
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

// step is one book's part in a move, at the moment that counts.
type step struct {
	market.Move
	market.Moment
}

// path is one steam move, the originator first, one book a feed; nil for none.
// A book that moved before the first sharp one did not follow it.
func (w wave) path(v market.View) []step {
	all := v.Moves(w.market, w.period, w.side, market.Stride{Window: w.cfg.Window, Least: w.cfg.Least, Turn: w.cfg.Turn})
	if len(all) < w.cfg.Feeds {
		return nil
	}
	origin, ok := w.origin(all)
	if !ok {
		return nil
	}
	path := w.followers(all, origin)
	sum := 0.0
	for _, s := range path {
		sum += s.Size()
	}
	if len(path) < w.cfg.Feeds || sum < w.cfg.Sum {
		return nil
	}
	return path
}

// dated tells whether a moment is known well enough.
func (c SteamConfig) dated(m market.Moment) bool { return m.Gap >= 0 && m.Gap <= c.MaxGap+late }

// origin is the sharp book that, as far as its polls tell, may have moved
// first.
func (w wave) origin(all []market.Move) (origin market.Move, ok bool) {
	for _, m := range all {
		if m.Book.Brand.Sharp < w.cfg.Sharp || !w.cfg.dated(m.First) {
			continue
		}
		if !ok || cmp.Or(m.First.After().Compare(origin.First.After()), m.First.At.Compare(origin.First.At),
			cmp.Compare(origin.Book.Brand.Sharp, m.Book.Brand.Sharp)) < 0 {
			origin, ok = m, true
		}
	}
	return origin, ok
}

// followers are the originator and those that moved, or moved on, after the
// last poll that showed its old price, in order of time.
func (w wave) followers(all []market.Move, origin market.Move) []step {
	path := []step{{origin, origin.First}}
	for _, m := range all {
		at := m.First
		if !at.At.After(origin.First.After()) {
			at = m.Last
		}
		if m.Book.ID != origin.Book.ID && at.At.After(origin.First.After()) && w.cfg.dated(at) {
			path = append(path, step{m, at})
		}
	}
	slices.SortStableFunc(path[1:], func(a, b step) int { return a.At.Compare(b.At) })
	return path
}

// begun is the market as it was when the move in force began: when the
// conditions held and had not held since its first step. They come to hold at a
// change only, never because time passes, so going back through the changes
// finds it. A move that has been going on for as long as is remembered was told
// when it began.
func (w wave) begun(v market.View) (begin market.View, ok bool) {
	path := w.path(v)
	if path == nil {
		return v, false
	}
	begin = v
	reach := v.History() - w.cfg.Window
	since := firstStep(path)
	for _, at := range v.Changes(w.market, w.period, reach) {
		if at.Before(since) {
			return begin, true
		}
		if path := w.path(v.At(at)); path != nil {
			begin, since = v.At(at), firstStep(path)
		}
	}
	return begin, v.Now().Sub(since) <= reach
}

func firstStep(path []step) time.Time {
	return slices.MinFunc(path, func(a, b step) int { return a.At.Compare(b.At) }).At
}

func (w wave) signal(v market.View) mlb.Signal {
	path := w.path(v)
	s := mlb.Signal{
		LineKey: path[0].Key, Side: w.side, Strategy: steamName, DetectedAt: v.Now(), Since: firstStep(path),
		MayAlert: w.cfg.Alert,
	}
	for _, m := range path {
		from, to := odds.Sigmoid(m.From), odds.Sigmoid(m.Until)
		s.Path = append(s.Path, mlb.Step{
			Book: m.Book.ID, From: from, To: to, At: m.At, Latency: max(0, m.At.Sub(path[0].At)), Line: m.To,
		})
		s.LogOdds += m.Size() / float64(len(path))
		s.Points += (to - from) / float64(len(path))
	}
	s.Behind = w.behind(v, path)
	s.News = newsBefore(v, s.Since, w.cfg.News)
	s.Reasons = w.reasons(v, s, path)
	return s
}

// behind are the books that have a vote, were looked at lately, and quote the
// originator's line at half a step or more behind those that moved on it.
func (w wave) behind(v market.View, path []step) []mlb.Laggard {
	key := path[0].Key
	mean, n := 0.0, 0.0
	followed := map[mlb.BookID]bool{}
	for _, m := range path {
		followed[m.Book.ID] = true
		if m.Key == key {
			mean, n = mean+m.Until, n+1
		}
	}
	mean /= n
	var all []mlb.Laggard
	for _, r := range v.Resolutions(w.cfg.Window) {
		x, ok := v.LogOdds(key, r.Book.ID, w.side)
		if ok && !followed[r.Book.ID] && r.Age <= v.MaxAge() && mean-x >= w.cfg.Least/2 {
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

func (w wave) reasons(v market.View, s mlb.Signal, path []step) []string {
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
