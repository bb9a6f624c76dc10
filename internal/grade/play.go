package grade

import (
	"fmt"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// played is how far a game went, as its line score shows it.
type played struct {
	told       bool // some innings are told
	ended      bool // the league calls it final
	extra      bool // it went on after the innings told, which end in a tie
	away, home int  // half-innings begun
	score      mlb.Score
	line       mlb.LineScore
	lastHalf   Half
}

// readPlay reads a result's innings. why is what contradicts itself in it, ""
// for nothing.
func readPlay(r mlb.Result, last Half) (p played, why string) {
	p = played{ended: r.Status == mlb.Final, score: r.Score, lastHalf: last}
	if r.Score.Home < 0 || r.Score.Away < 0 {
		return p, fmt.Sprintf("%s is no score", words(r.Score))
	}
	away, awayRuns, okAway := begun(r.LineScore.Away)
	home, homeRuns, okHome := begun(r.LineScore.Home)
	if away == 0 && home == 0 && okAway && okHome {
		return p, ""
	}
	if !okAway || !okHome || away-home < 0 || away-home > 1 {
		return p, fmt.Sprintf("the innings told do not fit: %d of the away side, %d of the home side", away, home)
	}
	p.told, p.away, p.home = true, away, home
	p.line = trimmed(r.LineScore, away, home)
	sum := mlb.Score{Home: homeRuns, Away: awayRuns}
	if sum == r.Score {
		return p, ""
	}
	p.extra = away >= 9 && home == away && sum.Home == sum.Away && r.Score.Home >= sum.Home && r.Score.Away >= sum.Away
	if !p.extra {
		return p, fmt.Sprintf("the innings add up to %s, the score is %s", words(sum), words(r.Score))
	}
	return p, ""
}

// begun counts the innings one side batted in, and its runs in them. It is
// false where an inning follows one that was not played.
func begun(innings []int8) (n, runs int, ok bool) {
	for i, x := range innings {
		if x < 0 {
			continue
		}
		if n < i {
			return n, runs, false
		}
		n, runs = n+1, runs+int(x)
	}
	return n, runs, true
}

// trimmed is a line score in which the home side's last inning, where it did not
// bat, is marked, and nothing follows.
func trimmed(l mlb.LineScore, away, home int) mlb.LineScore {
	w := mlb.LineScore{Away: l.Away[:away:away], Home: l.Home[:home:home]}
	if home < away {
		w.Home = append(w.Home, mlb.NotPlayed)
	}
	return w
}

// String tells how far the game went: "6-3 after 5 innings", "3-1 after 4½
// innings".
func (p played) String() string {
	return words(p.score) + " " + p.where()
}

func (p played) where() string {
	switch {
	case p.extra:
		return "after extra innings"
	case p.home < p.away:
		return fmt.Sprintf("after %d½ innings", p.home)
	default:
		return fmt.Sprintf("after %d innings", p.away)
	}
}

// label names the moment of the score that settles an official game.
func (p played) label(s mlb.Score, scheduled int) string {
	switch {
	case s != p.score:
		return fmt.Sprintf("called at %s, last full inning", words(p.score))
	case p.whole(scheduled) == Yes && p.ended:
		return "final"
	default:
		return "called " + p.where() + ","
	}
}

// went tells whether enough was played. scheduled is 9, or 7, or 0 where it is
// not told. Any length will do once the game was played to its natural end,
// except that five innings must be five.
func (p played) went(l Length, scheduled int) Answer {
	switch l {
	case FiveInnings:
		return p.through(5, true)
	case FiveWhole:
		return p.through(5, false)
	case WholeGame:
		return p.whole(scheduled)
	}
	if p.whole(scheduled) == Yes {
		return Yes
	}
	return Unknown
}

// whole tells whether the scheduled innings were played, or half an inning
// less with the home side ahead.
func (p played) whole(scheduled int) Answer {
	switch {
	case p.extra:
		return Yes
	case scheduled > 0:
		return p.through(scheduled, true)
	case p.through(9, true) == Yes:
		return Yes
	case p.through(7, true) == No:
		return No
	default:
		return Unknown // a nine cut short, or a seven of a doubleheader
	}
}

// through tells whether n innings were played. With short, half an inning less
// is enough when the home side is ahead.
func (p played) through(n int, short bool) Answer {
	ahead := p.score.Home > p.score.Away
	switch {
	case p.extra || p.away > n:
		return Yes
	case p.away < n:
		return No
	case p.home < n: // nobody knows more of the top half than that it was begun
		return p.half(short && ahead, p.ended)
	case short && ahead: // half an inning less was enough already
		return Yes
	default:
		return p.half(true, p.ended && p.score.Home < p.score.Away || p.ended && short && n == 5)
	}
}

// half tells whether the last half-inning was completed, and that is enough.
// assumed says that the league could not have ended the game in it.
func (p played) half(enough, assumed bool) Answer {
	switch {
	case !enough || p.lastHalf == Incomplete:
		return No
	case p.lastHalf == Complete || assumed:
		return Yes
	default:
		return Unknown
	}
}

// counted are the scores that may settle an official game; more than one
// where it is not told whether the last inning was completed. A game called
// in an inning counts as it stood after the last full one, unless the home
// side tied or led in the bottom half.
func (p played) counted(scheduled int) []mlb.Score {
	batted, behind := p.home == p.away, p.score.Home < p.score.Away
	before, _ := p.line.Through(p.away - 1)
	switch {
	case p.extra, !behind && batted, p.score.Home > p.score.Away:
		return []mlb.Score{p.score}
	case !batted: // level or behind, and no turn at bat to answer
		return []mlb.Score{before}
	case p.lastHalf == Incomplete:
		return []mlb.Score{before}
	case p.lastHalf == Complete, p.ended && p.whole(scheduled) == Yes:
		return []mlb.Score{p.score}
	default:
		return []mlb.Score{p.score, before}
	}
}
