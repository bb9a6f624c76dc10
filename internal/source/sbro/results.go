package sbro

import (
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// resultReader hands out a season's results. Its unit is a game, or a line
// that belongs to none.
type resultReader struct {
	games *games
	n     int64
}

// Next is the next game.
func (r *resultReader) Next() (source.ResultRow, error) {
	e, err := r.games.next()
	if err != nil {
		return source.ResultRow{}, err
	}
	r.n++
	if e.err != nil {
		return source.ResultRow{N: r.n, Text: e.text}, e.err
	}
	g, l := &e.game, &r.games.layout
	row := source.ResultRow{
		N: r.n, Text: source.Shown(g.text()), Ref: g.ref(), Date: g.away.date, Number: g.number,
		Home: g.home.team, Away: g.away.team, Status: mlb.Final,
		HomeStarter: source.Shown(g.home.cells[l.at[colPitcher]]), AwayStarter: source.Shown(g.away.cells[l.at[colPitcher]]),
	}
	row.Score, err = g.score(l)
	if err != nil {
		return row, err
	}
	row.LineScore = g.lineScore(l, row.Score)
	return row, nil
}

// score is the final score. A game does not end in a tie: one that stands
// level in the archive was suspended and ended on another day.
func (g *game) score(l *layout) (mlb.Score, error) {
	s, err := source.ParseScore(g.away.cells[l.at[colFinal]], g.home.cells[l.at[colFinal]])
	if err != nil {
		return s, err
	}
	if s.Home == s.Away {
		return s, source.Reject(source.BadScore, "tie %d-%d: suspended or unfinished", s.Away, s.Home)
	}
	return s, nil
}

// lineScore is the runs by inning, up to the first inning with an empty cell.
// Innings that contradict the score are left out altogether: which of the two
// is wrong cannot be told, and the score is what other sources confirm.
func (g *game) lineScore(l *layout, final mlb.Score) mlb.LineScore {
	away, ok1 := innings(g.away.cells, l)
	home, ok2 := innings(g.home.cells, l)
	n := min(len(away), len(home))
	s := mlb.LineScore{Away: away[:n], Home: home[:n]}
	if !ok1 || !ok2 || n == 0 || !fits(s, final) {
		return mlb.LineScore{}
	}
	return s
}

// innings reads the cells of one line: a number, or "x" for a half not
// played. It ends at an empty cell, which tells nothing.
func innings(cells []string, l *layout) (runs []int8, ok bool) {
	for i := colInning; i < colFinal; i++ {
		c := cells[l.at[i]]
		switch n, err := source.ParseInt(c); {
		case c == "":
			return runs, true
		case c == "x" || c == "X":
			runs = append(runs, mlb.NotPlayed)
		case err != nil || n < 0 || n > 30:
			return nil, false
		default:
			runs = append(runs, int8(n))
		}
	}
	return runs, true
}

// fits tells whether the innings can have led to the final score. Extra
// innings are not told: a game that was level after nine went on from there.
func fits(s mlb.LineScore, final mlb.Score) bool {
	var sum mlb.Score
	over := false
	for i := range s.Away {
		away, home := s.Away[i] != mlb.NotPlayed, s.Home[i] != mlb.NotPlayed
		if over && away || home && !away {
			return false // a half played after the end, or without the half before it
		}
		over = !away || !home
		if away {
			sum.Away += int(s.Away[i])
		}
		if home {
			sum.Home += int(s.Home[i])
		}
	}
	if goesOn := len(s.Away) < 9 || !over && sum.Home == sum.Away; goesOn {
		return sum.Home <= final.Home && sum.Away <= final.Away
	}
	return sum == final
}
