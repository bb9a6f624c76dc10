package simulator

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// shockKind is why what is known of a game moved.
type shockKind uint8

const (
	diffusion shockKind = iota // what many small bets tell
	steam                      // bets of those who know, at the sharp books first
	drift                      // sharp money against the public, over hours
	lineup                     // a good batter sits
	scratch                    // a starter does not start
	wind                       // the weather turns
)

// news tells that everybody hears of it at once: it explains the move.
func (k shockKind) news() bool { return k == lineup || k == scratch || k == wind }

// shock is one move of the point, and when each book has it.
type shock struct {
	kind   shockKind
	at     time.Time
	move   point
	home   bool       // scratch, lineup: of the home side
	market mlb.Market // steam, drift: that the bets are on
	side   mlb.Side   // steam, drift: that they are on
	origin int        // steam: the book they are at first
	reach  [bookCount]time.Duration
}

// What moves of the point are worth. A moneyline's log-odds move by about
// perSide for each side's rate, a total's by about perTotal where both move.
const (
	perSide  = 1.8
	perTotal = 3.1
)

// toward is the point's move that moves the market's first side by z log-odds.
func toward(m mlb.Market, z float64) point {
	if m == mlb.Total {
		return point{z / perTotal, z / perTotal}
	}
	return point{z / perSide / 2, -z / perSide / 2}
}

// lean is how the public bets on a market, and how the sharp money does.
type lean struct {
	tickets float64 // share of the bets on the first side
	count   float64 // bets in all
	gap     float64 // share of all money that the sharp side has beside its tickets; 0: no sharp money
	sharp   mlb.Side
	against bool // the sharp side is the one the public is not on
	drifts  bool // and its bets come over hours, moving the price
}

// markets are the three in the order of arrays by market.
var markets = [...]mlb.Market{mlb.Moneyline, mlb.RunLine, mlb.Total}

// drawPublic draws the public's leaning, and where sharp money is planted.
func (e *event) drawPublic(r *rand.Rand) {
	favourite := 0.35 * (math.Log(e.home.Early+e.home.Late) - math.Log(e.away.Early+e.away.Late)) / 0.1
	mean := [3]float64{0.5 + 0.08*math.Tanh(favourite)*2, 0.5 + 0.05*math.Tanh(favourite), 0.57}
	count := [3]float64{2600, 900, 1500}
	for m := range e.public {
		e.public[m] = lean{
			tickets: min(max(mean[m]+0.13*r.NormFloat64(), 0.12), 0.88),
			count:   count[m] * math.Exp(0.45*r.NormFloat64()),
		}
	}
	for m := range e.public {
		if u := r.Float64(); u < 0.13 {
			e.public[m].plant(r, markets[m], u < 0.08 && m != 1)
		}
	}
}

// plant puts sharp money on a side: against a decided public where it is to
// drift.
func (l *lean) plant(r *rand.Rand, m mlb.Market, drifts bool) {
	first, second := m.Sides()
	l.sharp = first
	if drifts {
		l.tickets = 0.64 + 0.14*r.Float64()
		if r.IntN(2) == 0 {
			l.tickets = 1 - l.tickets
		}
		l.drifts = true
	}
	if l.tickets > 0.5 && (drifts || r.Float64() < 0.6) || l.tickets <= 0.5 && !drifts && r.Float64() < 0.4 {
		l.sharp = second
	}
	l.against = (l.sharp == first) == (l.tickets < 0.5)
	share := l.tickets
	if l.sharp == second {
		share = 1 - share
	}
	l.gap = min(0.14+0.14*r.Float64(), 0.9-share)
}

// apart is how far the large shocks of one event stay from each other.
const apart = 25 * time.Minute

// drawShocks draws all that moves the event until its market closes.
func drawShocks(r *rand.Rand, e *event) []shock {
	var all []shock
	free := func(at time.Time) bool {
		ok := at.After(e.opens.Add(2*time.Hour)) && at.Before(e.start.Add(-12*time.Minute)) && at.Before(e.closes().Add(-12*time.Minute))
		for _, s := range all {
			ok = ok && at.Sub(s.at).Abs() >= apart
		}
		return ok
	}
	for _, s := range append(drawNews(r, e), drawSteam(r, e)...) {
		if free(s.at) {
			all = append(all, s)
		}
	}
	for m, l := range e.public {
		if l.drifts {
			all = append(all, drawDrift(r, e, markets[m], l)...)
		}
	}
	for at := e.opens.Add(15 * time.Minute); at.Before(e.closes()); at = at.Add(15 * time.Minute) {
		s := shock{at: at.Add(time.Duration(r.IntN(600)) * time.Second)}
		s.move = point{0.0018 * r.NormFloat64(), 0.0018 * r.NormFloat64()}
		s.follow(r)
		all = append(all, s)
	}
	all = slices.DeleteFunc(all, func(s shock) bool { return !s.at.Before(e.closes().Add(-time.Minute)) })
	slices.SortStableFunc(all, func(a, b shock) int { return a.at.Compare(b.at) })
	return all
}

// drawNews draws lineups, scratches and weather.
func drawNews(r *rand.Rand, e *event) (all []shock) {
	if r.Float64() < 0.14 {
		home := r.IntN(2) == 0
		s := shock{kind: lineup, at: e.lineups.Add(time.Duration(r.IntN(20)) * time.Second), home: home, move: ofSide(home, -0.04-0.04*r.Float64())}
		all = append(all, s)
	}
	if r.Float64() < 0.03 {
		home := r.IntN(2) == 0
		out, in := e.awayStarter, e.game.away.spare
		if home {
			out, in = e.homeStarter, e.game.home.spare
		}
		at := e.start.Add(-time.Duration(50+r.IntN(8*60)) * time.Minute)
		all = append(all, shock{kind: scratch, at: at, home: home, move: ofSide(!home, 0.55*(out.skill-in.skill))})
	}
	if !e.game.home.covered && r.Float64() < 0.08 {
		z := (0.035 + 0.035*r.Float64()) * sign(r.IntN(2) == 0)
		at := e.start.Add(-time.Duration(30+r.IntN(6*60)) * time.Minute)
		all = append(all, shock{kind: wind, at: at, move: point{z, z}})
	}
	for i := range all {
		for b := range all[i].reach {
			all[i].reach[b] = time.Duration(2000+r.IntN(120_000)) * time.Millisecond
		}
	}
	return all
}

func ofSide(home bool, z float64) point {
	if home {
		return point{x: z}
	}
	return point{y: z}
}

// drawSteam draws the moves of those who know.
func drawSteam(r *rand.Rand, e *event) (all []shock) {
	for _, m := range []mlb.Market{mlb.Moneyline, mlb.Total} {
		if r.Float64() > 0.2 {
			continue
		}
		first, second := m.Sides()
		z, s := 0.17+0.1*r.Float64(), shock{kind: steam, market: m, side: first}
		if r.IntN(2) == 0 {
			z, s.side = -z, second
		}
		s.move = toward(m, z)
		s.at = e.start.Add(-time.Duration(15+r.IntN(11*60)) * time.Minute).Add(time.Duration(r.IntN(60_000)) * time.Millisecond)
		s.spread(r)
		all = append(all, s)
	}
	return all
}

// spread sends a bet's move through the books: the originator at once, the
// other sharp books in seconds, the followers in seconds to minutes, some of
// them long after.
func (s *shock) spread(r *rand.Rand) {
	sharps := sharpBooks()
	s.origin = sharps[r.IntN(2)]
	for b, book := range books {
		switch {
		case b == s.origin:
			s.reach[b] = 0
		case book.sharp:
			s.reach[b] = time.Duration(3000+r.IntN(40_000)) * time.Millisecond
		case r.Float64() < 0.15:
			s.reach[b] = time.Duration(6*60+r.IntN(20*60)) * time.Second
		default:
			s.reach[b] = time.Duration(15_000+float64(book.lag.Milliseconds())*r.ExpFloat64()) * time.Millisecond
		}
	}
}

// follow spreads a small move at every book's own pace.
func (s *shock) follow(r *rand.Rand) {
	for b, book := range books {
		s.reach[b] = time.Duration(float64(book.lag) * (0.3 + r.ExpFloat64()))
	}
}

// drawDrift draws sharp bets against the public, spread over hours in moves
// too small to be steam.
func drawDrift(r *rand.Rand, e *event, m mlb.Market, l lean) (all []shock) {
	const steps = 12
	z := (0.11 + 0.08*r.Float64()) / steps
	if first, _ := m.Sides(); l.sharp != first {
		z = -z
	}
	span := time.Duration(120+r.IntN(150)) * time.Minute
	begin := e.start.Add(-span - time.Duration(20+r.IntN(180))*time.Minute)
	for i := range steps {
		s := shock{kind: drift, market: m, side: l.sharp, at: begin.Add(span * time.Duration(i) / steps)}
		s.move = toward(m, z)
		s.follow(r)
		all = append(all, s)
	}
	return all
}
