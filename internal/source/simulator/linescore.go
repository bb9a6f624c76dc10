package simulator

import "time"

// Linescore is the body of /api/v1/game/{pk}/linescore as it stood at a
// moment. The error wraps mlb.ErrNotFound where the day does not list the game.
func (d *Day) Linescore(pk int64, at time.Time) ([]byte, error) {
	e, err := d.listing(pk)
	if err != nil {
		return nil, err
	}
	o := e.linescore(at, true)
	o["copyright"] = notice
	return encode(o), nil
}

// linescore is the line score; before the first pitch it is all but empty, as
// the API has it. Only where it stands alone does it name the winner.
func (e *event) linescore(at time.Time, alone bool) object {
	if !e.played() || at.Before(e.firstPitch) {
		return object{"scheduledInnings": e.scheduledInnings(), "innings": []object{}, "teams": object{"home": object{}, "away": object{}}, "defense": object{}, "offense": object{}}
	}
	plays := e.plays()
	b := boardOf(e, plays, at)
	innings := []object{}
	for i, in := range b.innings {
		o := object{"num": i + 1, "ordinalNum": ordinal(i + 1), "away": in.away.object(true), "home": in.home.object(in.played[1])}
		innings = append(innings, o)
	}
	h := e.halves[b.half]
	halfName, turn := "Bottom", 1
	if h.top {
		halfName, turn = "Top", 0
	}
	batting, fielding := e.game.away, e.game.home
	if turn == 1 {
		batting, fielding = fielding, batting
	}
	return object{
		"currentInning": h.inning, "currentInningOrdinal": ordinal(h.inning), "inningState": e.inningState(at, h, halfName), "inningHalf": halfName,
		"isTopInning": h.top, "scheduledInnings": e.innings, "innings": innings, "teams": e.lineTeams(b, alone && !at.Before(e.ends)),
		"offense": e.offense(batting, b, plays), "defense": e.defense(fielding, b),
		"balls": 0, "strikes": 0, "outs": b.outs,
	}
}

func (e *event) lineTeams(b board, winner bool) object {
	home, away := b.home.object(true), b.away.object(true)
	if winner {
		home["isWinner"], away["isWinner"] = e.winner() == e.game.home, e.winner() == e.game.away
	}
	return object{"home": home, "away": away}
}

// inningState is Middle or End once the half-inning is over.
func (e *event) inningState(at time.Time, h half, name string) string {
	switch {
	case at.Before(h.end) || !at.Before(e.ends):
		return name
	case h.top:
		return "Middle"
	default:
		return "End"
	}
}

// object is the tally; runs are left out where the side has not batted.
func (t tally) object(played bool) object {
	o := object{"hits": t.hits, "errors": 0, "leftOnBase": t.left}
	if played {
		o["runs"] = t.runs
	}
	return o
}

// pitcherOf is who pitches for the club in an inning: the starter through the
// fifth, then one after the other.
func (e *event) pitcherOf(c *club, inning int) player {
	if inning <= 5 {
		return e.starter(c == e.game.home, e.firstPitch)
	}
	return c.relief[(inning-6)%len(c.relief)]
}

// upNext is the batter whose turn it is, by place in the order.
func upNext(b board, plays []play, e *event) int {
	if b.last < 0 {
		return 0
	}
	for i := b.last; i >= 0; i-- {
		if e.halves[plays[i].half].top == e.halves[b.half].top {
			return (plays[i].batter + 1) % 9
		}
	}
	return 0
}

func (e *event) offense(batting *club, b board, plays []play) object {
	n := upNext(b, plays, e)
	return object{
		"batter": batting.batters[n].ref(), "onDeck": batting.batters[(n+1)%9].ref(), "inHole": batting.batters[(n+2)%9].ref(),
		"pitcher": e.pitcherOf(batting, e.halves[b.half].inning).ref(), "battingOrder": n + 1, "team": batting.teamRef(),
	}
}

func (e *event) defense(fielding *club, b board) object {
	o := object{
		"pitcher": e.pitcherOf(fielding, e.halves[b.half].inning).ref(), "battingOrder": 1, "team": fielding.teamRef(),
		"batter": fielding.batters[0].ref(), "onDeck": fielding.batters[1].ref(), "inHole": fielding.batters[2].ref(),
	}
	for i, place := range []string{"catcher", "first", "second", "third", "shortstop", "left", "center", "right"} {
		o[place] = fielding.batters[i].ref()
	}
	return o
}

// decisions are the pitchers who won, lost and saved the game.
func (e *event) decisions() object {
	win, lose := e.game.home, e.game.away
	if e.winner() != win {
		win, lose = lose, win
	}
	o := object{"winner": e.pitcherOf(win, 5).ref(), "loser": e.pitcherOf(lose, 5).ref()}
	if d := e.score.Home - e.score.Away; d >= -3 && d <= 3 {
		o["save"] = e.pitcherOf(win, max(6, len(e.lineScore.Away))).ref()
	}
	return o
}
