package simulator

import (
	"math"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Truth is what was planted in one day's market and what its games were worth.
// Only tests may read it: what production code decides by must come out of the
// wire formats.
type Truth struct {
	Date     mlb.Date      `json:"date"`
	Games    []GameTruth   `json:"games"`
	Steam    []Steam       `json:"steam"`
	Reverse  []Reverse     `json:"reverse"`
	Sharp    []SharpMoney  `json:"sharp_money"`
	News     []News        `json:"news"`
	Mistakes []Mistake     `json:"mistakes"`
	Books    []BookOfTruth `json:"books"`
}

// GameTruth is a game listed that day. Probabilities are those at the close,
// as fractions; of lines that can be pushed, where they are not.
type GameTruth struct {
	PK          int64          `json:"game_pk"`
	Event       int64          `json:"event"` // Action Network's
	OddsAPI     string         `json:"odds_api"`
	Home        mlb.TeamID     `json:"home"`
	Away        mlb.TeamID     `json:"away"`
	Number      int            `json:"number"`
	Scheduled   time.Time      `json:"scheduled"`
	FirstPitch  *time.Time     `json:"first_pitch"` // nil: called off
	CalledOff   *time.Time     `json:"called_off"`
	Suspended   *time.Time     `json:"suspended"`
	Ended       *time.Time     `json:"ended"`
	Early       bool           `json:"ended_early"`
	Innings     int            `json:"innings"` // scheduled
	HomeRuns    float64        `json:"home_runs_expected_per_half_inning"`
	AwayRuns    float64        `json:"away_runs_expected_per_half_inning"`
	Lines       []LineTruth    `json:"lines"`
	Score       *mlb.Score     `json:"score"`
	LineScore   *mlb.LineScore `json:"line_score"`
	TicketShare [3]float64     `json:"ticket_share"` // of the first side: moneyline, run line, total
}

// LineTruth is the true probability of a line's first side.
type LineTruth struct {
	Market mlb.Market `json:"market"`
	Period mlb.Period `json:"period"`
	Line   mlb.Line   `json:"line"` // half-runs, from the home side's view
	P      float64    `json:"p"`
}

// Steam is one move that bets of those who know made, in one market: the
// market they were on, or the other one on the same side.
type Steam struct {
	PK         int64       `json:"game_pk"`
	Event      int64       `json:"event"`
	Market     mlb.Market  `json:"market"`
	Side       mlb.Side    `json:"side"` // that the bets were on
	Line       mlb.Line    `json:"line"` // the originator's main line before it
	At         time.Time   `json:"at"`   // the originator's first price after it
	Originator string      `json:"originator"`
	LogOdds    float64     `json:"log_odds"` // by which it moved the side
	Moves      []SteamMove `json:"moves"`    // every book's, the originator's first
}

// SteamMove is a book's first price that shows a steam move.
type SteamMove struct {
	Book string    `json:"book"`
	Feed string    `json:"feed"`
	At   time.Time `json:"at"`
}

// Reverse is a move against the side that most tickets were on.
type Reverse struct {
	PK     int64      `json:"game_pk"`
	Event  int64      `json:"event"`
	Market mlb.Market `json:"market"`
	Side   mlb.Side   `json:"side"` // the price moved toward, the minority's
	From   time.Time  `json:"from"`
	To     time.Time  `json:"to"`
	Points float64    `json:"points"` // of probability, as a fraction
	Share  float64    `json:"share"`  // of the tickets on the other side
	Steam  bool       `json:"steam"`  // at one moment, not over hours
}

// SharpMoney is a side that has much more of the money than of the tickets.
type SharpMoney struct {
	PK     int64      `json:"game_pk"`
	Event  int64      `json:"event"`
	Market mlb.Market `json:"market"`
	Side   mlb.Side   `json:"side"`
	Gap    float64    `json:"gap"` // of the shares at the close
	Moves  bool       `json:"moves"`
}

// News is what everybody heard at once, and so explains a move.
type News struct {
	PK    int64     `json:"game_pk"`
	Event int64     `json:"event"`
	Kind  string    `json:"kind"` // lineup, scratch, weather
	At    time.Time `json:"at"`
	Home  float64   `json:"home_log_odds"` // by which it moved the home side
	Over  float64   `json:"over_log_odds"`
}

// The kinds of mistake.
const (
	Stale    = "stale"
	Mistyped = "mistyped"
)

// Mistake is a price that its book should not have offered.
type Mistake struct {
	PK     int64      `json:"game_pk"`
	Event  int64      `json:"event"`
	Book   string     `json:"book"`
	Market mlb.Market `json:"market"`
	Side   mlb.Side   `json:"side"` // that was too cheap
	Kind   string     `json:"kind"`
	From   time.Time  `json:"from"`
	To     time.Time  `json:"to"`
}

// BookOfTruth is how a book makes its prices.
type BookOfTruth struct {
	Slug          string  `json:"slug"`
	ActionNetwork int     `json:"action_network"`
	OddsAPI       string  `json:"odds_api"` // "": not there
	Sharp         bool    `json:"sharp"`
	Copies        string  `json:"copies"` // the brand whose feed it shows
	Margin        float64 `json:"margin"` // overround of an even market
	Limit         int     `json:"limit"`  // dollars
}

// Truth is the day's.
func (d *Day) Truth() Truth {
	t := Truth{Date: d.date, Books: bookTruths()}
	for _, m := range d.markets {
		t.Games = append(t.Games, m.truth())
		t.Steam = append(t.Steam, m.steam()...)
		t.Reverse = append(t.Reverse, m.reverse()...)
		t.Sharp = append(t.Sharp, m.sharpMoney()...)
		t.News = append(t.News, m.news()...)
		t.Mistakes = append(t.Mistakes, m.mistakes...)
	}
	return t
}

func bookTruths() (all []BookOfTruth) {
	for _, b := range books {
		t := BookOfTruth{Slug: b.slug, ActionNetwork: b.an, OddsAPI: b.key, Sharp: b.sharp, Margin: b.margin, Limit: b.limit}
		if b.leader != own {
			t.Copies, t.Margin = books[b.leader].slug, books[b.leader].margin
		}
		all = append(all, t)
	}
	return all
}

func (m *market) truth() GameTruth {
	g := m.rules(m.lines.close)
	t := GameTruth{
		PK: m.pk(), Event: m.id(), OddsAPI: m.oddsID(), Home: m.game.home.ID, Away: m.game.away.ID, Number: m.number, Scheduled: m.start,
		CalledOff: moment(m.off), Innings: m.scheduledInnings(), Lines: m.lineTruths(),
		HomeRuns: (5*g.Home.Early + 4*g.Home.Late) / 9, AwayRuns: (5*g.Away.Early + 4*g.Away.Late) / 9,
	}
	for k := range markets {
		t.TicketShare[k] = m.event.public[k].tickets
	}
	if m.played() {
		t.FirstPitch, t.Suspended, t.Ended, t.Early = moment(m.firstPitch), moment(m.suspended), moment(m.ends), m.early
		t.Score, t.LineScore = &m.score, &m.lineScore
	}
	return t
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (m *market) lineTruths() (all []LineTruth) {
	add := func(market mlb.Market, period mlb.Period, at mlb.Line, z float64) {
		all = append(all, LineTruth{market, period, at, odds.Sigmoid(z)})
	}
	l := m.lines
	add(mlb.Moneyline, mlb.FullGame, 0, l.moneyline.z)
	for i, h := range handicaps {
		if h != 0 {
			add(mlb.RunLine, mlb.FullGame, h, l.runLine[i].z)
		}
	}
	for i := range l.total {
		add(mlb.Total, mlb.FullGame, mlb.Line(minTotal+i), l.total[i].z)
	}
	add(mlb.Moneyline, mlb.FirstFive, 0, l.five.z)
	for i := range l.fiveTotal {
		add(mlb.Total, mlb.FirstFive, mlb.Line(minFive+i), l.fiveTotal[i].z)
	}
	return all
}

// leastSteam is the move in log-odds below which a market that the bets were
// not on does not count as moved by them: about ten cents.
const leastSteam = 0.1

func (m *market) steam() (all []Steam) {
	for i := range m.shocks {
		s := &m.shocks[i]
		if s.kind != steam {
			continue
		}
		for k, market := range markets {
			z := m.effect(s, market)
			if market != s.market && math.Abs(z) < leastSteam {
				continue
			}
			first, second := market.Sides()
			t := Steam{PK: m.pk(), Event: m.id(), Market: market, Side: first, Originator: books[s.origin].slug, LogOdds: z, Moves: m.moves(i)}
			if z < 0 {
				t.Side, t.LogOdds = second, -z
			}
			if len(t.Moves) == 0 {
				continue
			}
			t.At = t.Moves[0].At
			if u, ok := m.quoteAt(s.origin, k, t.At.Add(-time.Second)); ok {
				t.Line = mlb.Line(u.line)
			}
			all = append(all, t)
		}
	}
	return all
}

// moves are the books' first prices after a shock, in order of time.
func (m *market) moves(shock int) (all []SteamMove) {
	for b, at := range m.seen[shock] {
		if at == 0 {
			continue
		}
		feed := b
		if books[b].leader != own {
			feed = books[b].leader
		}
		all = append(all, SteamMove{books[b].slug, books[feed].slug, micros(at)})
	}
	slices.SortStableFunc(all, func(a, b SteamMove) int { return a.At.Compare(b.At) })
	return all
}

// leastShare is the share of tickets from which a move the other way is a
// reverse one.
const leastShare = 0.6

// reverse is the drifts, and the steam that went against the public.
func (m *market) reverse() (all []Reverse) {
	for k, market := range markets {
		var whole float64
		var from, to time.Time
		for i := range m.shocks {
			s := &m.shocks[i]
			z := m.effect(s, market)
			switch {
			case s.kind == steam && s.market == market:
				all = m.addReverse(all, k, z, s.at, s.at.Add(5*time.Minute), true)
			case s.kind == drift && s.market == market:
				if whole == 0 {
					from = s.at
				}
				whole, to = whole+z, s.at
			}
		}
		all = m.addReverse(all, k, whole, from, to, false)
	}
	return all
}

func (m *market) addReverse(all []Reverse, k int, z float64, from, to time.Time, atOnce bool) []Reverse {
	first, second := markets[k].Sides()
	toward, share := first, 1-m.event.public[k].tickets
	if z < 0 {
		toward, share = second, 1-share
	}
	if z == 0 || share < leastShare {
		return all
	}
	return append(all, Reverse{
		PK: m.pk(), Event: m.id(), Market: markets[k], Side: toward, From: from, To: to, Points: math.Abs(z) / 4, Share: share, Steam: atOnce,
	})
}

func (m *market) sharpMoney() (all []SharpMoney) {
	for k, l := range m.event.public {
		if l.gap > 0 {
			all = append(all, SharpMoney{PK: m.pk(), Event: m.id(), Market: markets[k], Side: l.sharp, Gap: l.gap, Moves: l.drifts})
		}
	}
	return all
}

func (m *market) news() (all []News) {
	kinds := map[shockKind]string{lineup: "lineup", scratch: "scratch", wind: "weather"}
	for i := range m.shocks {
		if s := &m.shocks[i]; s.kind.news() {
			all = append(all, News{m.pk(), m.id(), kinds[s.kind], s.at, m.effect(s, mlb.Moneyline), m.effect(s, mlb.Total)})
		}
	}
	return all
}
