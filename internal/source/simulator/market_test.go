package simulator

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"golang.org/x/sync/errgroup"
)

// calibration fits the outcome's log-odds to the price's.
type calibration struct{ z, y []float64 }

// fit is the logistic regression of y on z.
func (c calibration) fit() (slope, intercept float64) {
	slope = 1
	for range 30 {
		var g0, g1, h00, h01, h11 float64
		for i, z := range c.z {
			p := odds.Sigmoid(intercept + slope*z)
			w := p * (1 - p)
			g0, g1 = g0+c.y[i]-p, g1+(c.y[i]-p)*z
			h00, h01, h11 = h00+w, h01+w*z, h11+w*z*z
		}
		det := h00*h11 - h01*h01
		intercept += (h11*g0 - h01*g1) / det
		slope += (h00*g1 - h01*g0) / det
	}
	return slope, intercept
}

// census is what a whole season's market comes to.
type census struct {
	sync.Mutex
	ticks, events        int
	perBook              [bookCount]int
	hold                 [bookCount]float64
	held                 [bookCount]int
	close                [len(markets)]calibration
	truth                [len(markets)]calibration
	booksum              [2]float64 // least and most
	steam, found, falses int
	reverse, sharp, news int
	stale, typos         int
}

// whole is every day of a season, counted on all processors.
func whole(t *testing.T, s *Season) *census {
	t.Helper()
	c := &census{booksum: [2]float64{9, 0}}
	var g errgroup.Group
	g.SetLimit(2)
	for _, date := range s.Days() {
		g.Go(func() error {
			d, err := s.Day(date)
			if err != nil {
				return err
			}
			c.Lock()
			defer c.Unlock()
			c.count(d)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *census) count(d *Day) {
	for tick := range d.Ticks() {
		c.ticks++
		c.perBook[slices.IndexFunc(books[:], func(b book) bool { return b.slug == tick.Book })]++
	}
	truth := d.Truth()
	c.reverse, c.sharp, c.news = c.reverse+len(truth.Reverse), c.sharp+len(truth.Sharp), c.news+len(truth.News)
	for _, m := range truth.Mistakes {
		if m.Kind == Stale {
			c.stale++
		} else {
			c.typos++
		}
	}
	for _, m := range d.markets {
		c.events++
		for b := range books {
			c.holds(m, b)
		}
		if m.played() && !m.early {
			c.calibrate(m)
		}
	}
	c.detect(d, truth)
}

func (c *census) holds(m *market, b int) {
	for k := range markets {
		u, ok := m.quoteAt(b, k, m.closes())
		if !ok {
			continue
		}
		sum := odds.American(u.first).Prob() + odds.American(u.second).Prob()
		c.hold[b] += odds.Hold(sum)
		c.held[b]++
		c.booksum[0], c.booksum[1] = min(c.booksum[0], sum), max(c.booksum[1], sum)
	}
}

func (c *census) calibrate(m *market) {
	for k := range markets {
		u, ok := m.quoteAt(0, k, m.closes())
		if !ok {
			continue
		}
		margin := 2 * (m.score.Home - m.score.Away)
		switch markets[k] {
		case mlb.RunLine:
			margin += int(u.line)
		case mlb.Total:
			margin = 2*(m.score.Home+m.score.Away) - int(u.line)
		}
		if margin == 0 {
			continue
		}
		y := 0.0
		if margin > 0 {
			y = 1
		}
		for _, x := range []struct {
			to *calibration
			z  float64
		}{{&c.close[k], fair(u.first, u.second)}, {&c.truth[k], m.lines.of(markets[k], mlb.Line(u.line)).z}} {
			x.to.z, x.to.y = append(x.to.z, x.z), append(x.to.y, y)
		}
	}
}

// A steam move as market-math defines it, seen in every price: at least three
// books of their own feeds move ten cents one way, or to another main line,
// within five minutes.
const (
	steamBooks  = 3
	steamWindow = 5 * time.Minute
	steamCents  = 0.09 // in log-odds near even
)

type bookMove struct {
	at   int64
	book int
	up   bool
}

func (c *census) detect(d *Day, truth Truth) {
	for _, m := range d.markets {
		for k := range markets {
			var moves []bookMove
			for b := range books {
				if books[b].leader == own {
					moves = append(moves, movesOf(b, k, m.updates[b][k])...)
				}
			}
			for _, s := range truth.Steam {
				if s.Event == m.id() && s.Market == markets[k] {
					c.steam++
				}
			}
			c.judge(m, k, moves, truth)
		}
	}
}

func movesOf(b, k int, all []update) (moves []bookMove) {
	for i, u := range all {
		from := u.at - steamWindow.Microseconds()
		for j := i - 1; j >= 0; j-- {
			if up, yes := moved(k, all[j], u); yes {
				moves = append(moves, bookMove{u.at, b, up})
				break
			}
			if all[j].at <= from { // the price at the window's beginning was the last to compare with
				break
			}
		}
	}
	return moves
}

// moved tells whether a price moved enough, and whether toward the first side.
// A higher total is toward the over, a larger handicap of the home side is
// against it.
func moved(k int, then, now update) (up, yes bool) {
	if then.line != now.line {
		return (now.line > then.line) == (markets[k] == mlb.Total), true
	}
	d := fair(now.first, now.second) - fair(then.first, then.second)
	return d > 0, math.Abs(d) >= steamCents
}

// judge finds steam moves and counts those that were planted, and those that
// neither were nor have news to explain them.
func (c *census) judge(m *market, k int, moves []bookMove, truth Truth) {
	slices.SortFunc(moves, func(a, b bookMove) int { return int(a.at - b.at) })
	first, second := markets[k].Sides()
	var quiet [2]int64
	for i, mv := range moves {
		way, side := 0, second
		if mv.up {
			way, side = 1, first
		}
		if mv.at < quiet[way] || together(moves[:i+1]) < steamBooks {
			continue
		}
		quiet[way] = mv.at + (30 * time.Minute).Microseconds()
		soon := func(event int64, after time.Time) bool {
			at := micros(mv.at)
			return event == m.id() && !at.Before(after) && at.Before(after.Add(2*steamWindow))
		}
		planted := func(s Steam) bool { return soon(s.Event, s.At) && s.Market == markets[k] && s.Side == side }
		switch {
		case slices.ContainsFunc(truth.Steam, planted):
			c.found++
		case !slices.ContainsFunc(truth.News, func(n News) bool { return soon(n.Event, n.At) }):
			c.falses++
		}
	}
}

// together is how many books moved the way of the last move, shortly before
// it.
func together(moves []bookMove) int {
	last := moves[len(moves)-1]
	seen := map[int]bool{}
	for _, mv := range moves {
		if mv.up == last.up && mv.at > last.at-steamWindow.Microseconds() {
			seen[mv.book] = true
		}
	}
	return len(seen)
}

func TestSeasonOfPrices(t *testing.T) {
	s := testSeason(t)
	c := whole(t, s)
	if c.ticks < 10_000_000 {
		t.Errorf("%d ticks, want at least 10 million", c.ticks)
	}
	if per := float64(c.ticks) / float64(c.events*bookCount*len(markets)*2); per < 50 || per > 75 {
		t.Errorf("%.1f ticks of a game, book, market and side; want about 60", per)
	}
	for b := range books {
		hold, least, most := c.hold[b]/float64(c.held[b]), 0.04, 0.05
		switch {
		case books[b].slug == "betonline":
			least, most = 0.025, 0.035
		case books[b].sharp:
			least, most = 0.015, 0.025
		}
		if hold < least || hold > most {
			t.Errorf("%s holds %.2f %%, want %.1f to %.1f", books[b].slug, 100*hold, 100*least, 100*most)
		}
	}
	for k := range markets {
		slope, intercept := c.close[k].fit()
		trueSlope, _ := c.truth[k].fit()
		t.Logf("%s: slope of closes %.3f, intercept %.3f; of true probabilities %.3f; n %d", markets[k], slope, intercept, trueSlope, len(c.close[k].y))
		within := 0.2
		if markets[k] == mlb.Total { // near even all of them: no slope can be told
			within = 1.5
		}
		if math.Abs(slope-1) > within || math.Abs(intercept) > 0.1 {
			t.Errorf("%s: closes have slope %.3f, intercept %.3f; want 1, 0", markets[k], slope, intercept)
		}
	}
	recall, falses := float64(c.found)/float64(c.steam), float64(c.falses)/float64(len(s.Days()))
	t.Logf("%d events, %d ticks; %d steam moves, %.1f %% found, %.2f false a day; %d reverse, %d sharp, %d news, %d stale, %d mistyped; booksums %.3f to %.3f",
		c.events, c.ticks, c.steam, 100*recall, falses, c.reverse, c.sharp, c.news, c.stale, c.typos, c.booksum[0], c.booksum[1])
	if recall < 0.9 || falses > 1 {
		t.Errorf("a plain detector finds %.1f %% of the steam with %.2f false moves a day; want 90 %% and 1", 100*recall, falses)
	}
}
