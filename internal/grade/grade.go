// Package grade settles bets and measures them against the closing line. It
// does no I/O and reads no clock: a grading is a function of the bet, of what
// is known of the game, and of the book's rules.
//
// What is not known is never guessed: a rule or a fact that is missing, and
// on which the outcome hangs, makes the outcome manual and says what is
// missing. Lines are half-runs, so a quarter line, which splits a stake into
// two, cannot be held and there are no half wins.
package grade

import (
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// Outcome is what became of a bet. The zero value is none.
type Outcome uint8

// The outcomes. A push had action and fell on its number, a tie of a two-way
// moneyline among them; a void had no action. Both pay the stake back, but
// only a push counts as a bet in a yield.
const (
	Win Outcome = iota + 1
	Lose
	Push
	Void
	Reprice // it won, and is paid at another price than the one taken
	Pending // the game, or the book's wait for it, is not over
	Manual  // a person must decide: the event says why
)

var outcomeNames = [...]string{"", "win", "lose", "push", "void", "reprice", "pending", "manual"}

// String is the outcome's name as the CLI and the JSON print it.
func (o Outcome) String() string {
	if o == 0 || int(o) >= len(outcomeNames) {
		return fmt.Sprintf("unknown(%d)", int(o))
	}
	return outcomeNames[o]
}

// Settled tells whether the outcome pays out, so that Grading.Return has
// meaning.
func (o Outcome) Settled() bool { return o >= Win && o <= Void }

// PitcherChoice is what a ticket says of the starting pitchers.
type PitcherChoice uint8

// The choices a book offers. On the zero value the ticket says nothing.
const (
	Action PitcherChoice = iota + 1 // whoever starts
	Listed                          // void unless the named pitchers start
)

// Bet is one single as it was taken.
type Bet struct {
	Market   mlb.Market
	Period   mlb.Period
	Side     mlb.Side
	Line     mlb.Line // the line taken, from the home side's view; 0 on a moneyline
	Price    odds.Price
	PlacedAt time.Time // UTC
	Pitchers PitcherChoice
	// The starters announced when the bet was placed, spelled as the result's
	// source spells them; "" where not known. On a Listed ticket these are the
	// pitchers that must start: one name alone lists one pitcher.
	HomePitcher, AwayPitcher string
}

// Half tells how the last half-inning of a line score ended, which the runs
// alone do not show. The zero value is not told.
type Half uint8

// What may be told of the last half-inning.
const (
	Complete   Half = iota + 1
	Incomplete      // play stopped in it
)

// Move is a change of the day a game is played on, made before its first
// pitch.
type Move struct {
	ToldAt   time.Time // zero: not told, taken as after every bet
	From, To mlb.Date  // MLB's officialDate; a zero To: no new day yet
}

// Suspension is a stop of a game that is to be resumed.
type Suspension struct {
	At        time.Time // zero: not told
	ResumesAt time.Time // when it was, or is to be, resumed; zero: not told
	Score     mlb.Score // at the stop
	LineScore mlb.LineScore
	LastHalf  Half
}

// Claim is a final score as one source told it.
type Claim struct {
	Source string
	Score  mlb.Score
}

// Timeline is what is known of a game as of one moment.
type Timeline struct {
	mlb.Result
	AsOf       time.Time
	Scheduled  time.Time // the start announced when the bet was placed, whatever was announced later
	Postseason bool
	LastHalf   Half        // of Result.LineScore
	Moves      []Move      // in the order they were told
	Suspension *Suspension // the last one; nil: none told
	Claims     []Claim     // final scores, where several sources told one
}

// Grading is a decision and what it rests on.
type Grading struct {
	Outcome  Outcome
	Return   float64 // per unit staked, stake included; has meaning only if Outcome.Settled
	Event    string  // what decided it, in words
	Note     string  // what was taken for granted; "" for nothing
	Citation string  // the rule
}

// Grade settles a bet under the rules that were in force when it was placed
// (see RulesFor). It is total: what it cannot decide is pending or manual.
func Grade(bet Bet, t Timeline, r Ruleset) Grading {
	c := caseOf{bet, t, r}
	v := c.verdict()
	g := Grading{Outcome: v.outcome, Event: v.event, Note: v.note, Citation: r.Citation()}
	switch v.outcome {
	case Win:
		g.Return = bet.Price.Decimal()
	case Push, Void:
		g.Return = 1
	}
	return g
}

// caseOf is one bet before its judge.
type caseOf struct {
	bet Bet
	t   Timeline
	r   Ruleset
}

type verdict struct {
	outcome     Outcome
	event, note string
}

func say(o Outcome, format string, args ...any) verdict {
	return verdict{outcome: o, event: fmt.Sprintf(format, args...)}
}

func (v verdict) given() bool { return v.outcome != 0 }

// verdict asks, in this order, whether the bet can be judged at all, whether
// it had action, and what the score says.
func (c caseOf) verdict() verdict {
	for _, ask := range []func() verdict{
		c.unfit, c.disputed, c.neverPlayed, c.moved, c.listed, c.firstFive, c.interrupted,
	} {
		if v := ask(); v.given() {
			return v
		}
	}
	return c.repriced(c.final())
}

// unfit is given for a bet, or rules, that cannot be used.
func (c caseOf) unfit() verdict {
	b := c.bet
	switch {
	case b.Market < mlb.Moneyline || b.Market > mlb.Total || b.Period != mlb.FullGame && b.Period != mlb.FirstFive:
		return say(Manual, "no such market: %s of %s", b.Market, b.Period)
	case !b.Side.Of(b.Market):
		return say(Manual, "%s is no side of a %s", b.Side, b.Market)
	case b.Market == mlb.Moneyline && b.Line != 0:
		return say(Manual, "a moneyline has no line, the bet has %s", b.Line)
	case !b.Price.Valid():
		return say(Manual, "the bet has no price")
	case !c.r.Known():
		return say(Manual, "no rules are known for this book's %s of the %s", b.Market, b.Period)
	case c.r.Market != b.Market || c.r.Period != b.Period:
		return say(Manual, "the rules are for the %s of the %s, the bet is on the %s of the %s",
			c.r.Market, c.r.Period, b.Market, b.Period)
	case !c.r.inForce(b.PlacedAt):
		return say(Manual, "the rules were not in force on %s", mlb.DateOf(b.PlacedAt.UTC()))
	}
	return verdict{}
}

// disputed is given while sources disagree over the final score.
func (c caseOf) disputed() verdict {
	for i, claim := range c.t.Claims {
		if first := c.t.Claims[0]; i > 0 && claim.Score != first.Score {
			return say(Manual, "disputed: %s says %s, %s says %s", first.Source, words(first.Score), claim.Source, words(claim.Score))
		}
		if c.t.Status == mlb.Final && claim.Score != c.t.Score {
			return say(Manual, "disputed: %s says %s, the result says %s", claim.Source, words(claim.Score), words(c.t.Score))
		}
	}
	return verdict{}
}

// neverPlayed is given for a game that was not or may not be played.
func (c caseOf) neverPlayed() verdict {
	switch c.t.Status {
	case mlb.Cancelled:
		return say(Void, "the game was cancelled")
	case mlb.Forfeited:
		return say(Manual, "the game was forfeited: no rule is known")
	case mlb.Postponed:
		return c.postponed()
	}
	return verdict{}
}

// postponed is given while a game waits for another day.
func (c caseOf) postponed() verdict {
	if v := c.moved(); v.given() {
		return v
	}
	switch {
	case c.r.SameDay == Yes && !c.dayIsOver():
		return say(Pending, "postponed; it stands if played the same day")
	case c.r.OtherDay == No:
		return say(Void, "postponed before the first pitch")
	case c.r.OtherDay == Yes:
		return say(Pending, "postponed; it stands on another day")
	default:
		return say(Manual, "postponed: what the book does is not known")
	}
}

// dayIsOver tells that, whatever the zone, the day the game was announced for
// has passed.
func (c caseOf) dayIsOver() bool {
	return !c.t.Scheduled.IsZero() && c.t.AsOf.After(c.t.Scheduled.Add(24*time.Hour))
}

// farFromSchedule is further than a delay can bring a first pitch from its
// schedule on the same day.
const farFromSchedule = 12 * time.Hour

// moved is given for a game that changed its day after the bet was placed.
func (c caseOf) moved() verdict {
	var first, last Move
	for _, m := range c.t.Moves {
		if !m.ToldAt.IsZero() && !m.ToldAt.After(c.bet.PlacedAt) {
			continue
		}
		if first == (Move{}) {
			first = m
		}
		last = m
	}
	switch pitch := c.t.FirstPitch; {
	case last != (Move{}) && last.To != (mlb.Date{}):
		return c.playedOn(first.From, last.To)
	case last != (Move{}) && c.begun():
		return say(Manual, "postponed from %s: the day it was played on is not told", first.From)
	case last == (Move{}) && !pitch.IsZero() && !c.t.Scheduled.IsZero() && pitch.Sub(c.t.Scheduled).Abs() > farFromSchedule:
		return say(Manual, "the first pitch came at %s, the game was announced for %s: no move of its day was told",
			utc(pitch), utc(c.t.Scheduled))
	}
	return verdict{}
}

func (c caseOf) playedOn(from, to mlb.Date) verdict {
	allowed, day := c.r.OtherDay, "another day"
	if from == to {
		allowed, day = c.r.SameDay, "the same day"
	}
	switch {
	case allowed == Yes:
		return verdict{}
	case allowed == No && from.Before(to):
		return say(Void, "postponed from %s to %s", from, to)
	case allowed == No:
		return say(Manual, "brought forward from %s to %s: no rule is known", from, to)
	default:
		return say(Manual, "moved from %s to %s: whether the book's bets stand on %s is not known", from, to, day)
	}
}

// firstFive is given for a bet on the first five innings, which needs no
// final score.
func (c caseOf) firstFive() verdict {
	if c.bet.Period != mlb.FirstFive {
		return verdict{}
	}
	switch c.t.Status {
	case mlb.InProgress, mlb.Suspended, mlb.Final:
	default:
		return verdict{} // interrupted answers
	}
	p, why := readPlay(c.t.Result, c.t.LastHalf)
	if why != "" {
		return say(Manual, "%s", why)
	}
	if p.through(5, false) != Yes {
		return verdict{} // not yet, or only by the rules of a game called
	}
	s, _ := p.line.Through(5)
	return c.repriced(c.settle("after five innings", s))
}

// interrupted is given for a game that is not final, and for one that was
// resumed too late.
func (c caseOf) interrupted() verdict {
	switch c.t.Status {
	case mlb.Scheduled:
		return say(Pending, "the game has not begun")
	case mlb.InProgress:
		if c.t.Suspension != nil {
			return c.suspended(*c.t.Suspension)
		}
		return say(Pending, "the game is in progress")
	case mlb.Suspended:
		if c.t.Suspension != nil {
			return c.suspended(*c.t.Suspension)
		}
		return c.suspended(Suspension{Score: c.t.Score, LineScore: c.t.LineScore, LastHalf: c.t.LastHalf})
	case mlb.Final:
		if c.t.Suspension != nil {
			return c.suspended(*c.t.Suspension)
		}
		return verdict{}
	default:
		return say(Pending, "no result has been told")
	}
}

// final judges a game that is over.
func (c caseOf) final() verdict {
	p, why := readPlay(c.t.Result, c.t.LastHalf)
	switch {
	case why != "":
		return say(Manual, "%s", why)
	case p.told:
		return c.called(p)
	case c.bet.Period == mlb.FirstFive:
		return say(Manual, "no innings told: the final is %s", words(c.t.Score))
	case c.t.Score.Home == c.t.Score.Away:
		return say(Manual, "no innings told: a tie of %s is a game called, or no score", words(c.t.Score))
	default:
		v := c.settle("final", c.t.Score)
		v.note = "no innings told: taken as played to its end"
		return v
	}
}

// called judges a game that has ended, played to its end or not, by its
// innings.
func (c caseOf) called(p played) verdict {
	switch official := p.went(c.r.Official, c.t.ScheduledInnings); {
	case official == No:
		return c.unofficial(p, "too short")
	case official == Unknown:
		return say(Manual, "%s: whether that is official cannot be told", p)
	case c.bet.Period == mlb.FirstFive:
		s, _ := p.line.Through(5)
		return c.settle("after five innings", s)
	}
	scores := p.counted(c.t.ScheduledInnings)
	v := c.settle(p.label(scores[0], c.t.ScheduledInnings), scores[0])
	for _, s := range scores[1:] {
		if other := c.settle("", s); other.outcome != v.outcome {
			return say(Manual, "%s, %s after the inning before: whether the last inning was completed is not told",
				p, words(s))
		}
	}
	return v
}

// unofficial judges a game that, for the reason given, gives its bet no
// action: void, unless the outcome could not change any more and the book
// honours that. Only a total can be decided early, and only for the over.
func (c caseOf) unofficial(p played, why string) verdict {
	decided := c.bet.Market == mlb.Total && 2*(p.score.Home+p.score.Away) > int(c.bet.Line)
	switch {
	case !decided || c.r.DecidedEarly == No:
		return say(Void, "%s: %s", p, why)
	case c.r.DecidedEarly == Yes:
		return c.settle(why+", but already decided at", p.score)
	default:
		return say(Manual, "%s: %s, but over %s already: whether the book honours that is not known", p, why, c.bet.Line)
	}
}

// settle compares a score with the line taken.
func (c caseOf) settle(when string, s mlb.Score) verdict {
	b := c.bet
	margin, text := s.Home-s.Away, ""
	half := 2 * margin // in the home side's or the over's favour, in half-runs
	switch b.Market {
	case mlb.RunLine:
		half += int(b.Line)
		if b.Side == mlb.Away {
			margin = -margin
		}
		text = fmt.Sprintf(", margin %d against %s", margin, b.Line.Label(b.Market, b.Side))
	case mlb.Total:
		half = 2*(s.Home+s.Away) - int(b.Line)
		text = fmt.Sprintf(", %d runs against %s", s.Home+s.Away, b.Line)
	}
	if b.Side == mlb.Away || b.Side == mlb.Under {
		half = -half
	}
	event := fmt.Sprintf("%s %s%s", when, words(s), text)
	switch {
	case half > 0:
		return say(Win, "%s", event)
	case half < 0:
		return say(Lose, "%s", event)
	case b.Market == mlb.Moneyline:
		return c.tie(event)
	default:
		return say(Push, "%s", event)
	}
}

func (c caseOf) tie(event string) verdict {
	switch c.r.TieRefunds {
	case Yes:
		return say(Push, "%s, a tie", event)
	case No:
		return say(Lose, "%s, a tie", event)
	default:
		return say(Manual, "%s, a tie: what the book does is not known", event)
	}
}

// words prints a score, the away side's runs first, as a matchup is written.
func words(s mlb.Score) string { return fmt.Sprintf("%d-%d", s.Away, s.Home) }

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
