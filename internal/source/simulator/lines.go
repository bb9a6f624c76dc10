package simulator

import (
	"math"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/runs"
)

// line is the log-odds of a line's first side as a plane over the point.
// Where the line can be pushed they are those of its being won when it is not.
type line struct{ z, dx, dy float64 }

// The lines that books quote, in half-runs.
const (
	minTotal, maxTotal = 9, 29 // 4.5 to 14.5
	minFive, maxFive   = 5, 17 // of the first five innings
)

// lines is every line of an event around its last point, where it is exact.
type lines struct {
	close     point
	moneyline line
	runLine   [5]line // -2.5 and -1.5, nothing, +1.5 and +2.5
	total     [maxTotal - minTotal + 1]line
	five      line // moneyline of the first five; a level score is no bet
	fiveTotal [maxFive - minFive + 1]line
}

// handicaps are the run lines in the order of lines.runLine.
var handicaps = [...]mlb.Line{-5, -3, 0, 3, 5}

// values is one evaluation: the log-odds of every line.
type values struct {
	moneyline float64
	runLine   [len(handicaps)]float64
	total     [maxTotal - minTotal + 1]float64
	five      float64
	fiveTotal [maxFive - minFive + 1]float64
}

func evaluate(g runs.Game) (v values) {
	s, five := g.Scores(), g.FirstFive()
	v.moneyline = logOdds(s.Margin(0))
	for i, h := range handicaps {
		v.runLine[i] = logOdds(s.Margin(h))
	}
	for i := range v.total {
		v.total[i] = logOdds(s.Total(mlb.Line(minTotal + i)))
	}
	v.five = logOdds(five.Margin(0))
	for i := range v.fiveTotal {
		v.fiveTotal[i] = logOdds(five.Total(mlb.Line(minFive + i)))
	}
	return v
}

// logOdds are those of winning where nothing is pushed.
func logOdds(win, push float64) float64 { return odds.Logit(win / (1 - push)) }

// lines evaluates the model at the last point and beside it.
func (e *event) lines() *lines {
	const h = 0.02
	at := e.close()
	v := evaluate(e.rules(at))
	x, y := evaluate(e.rules(at.plus(point{x: h}))), evaluate(e.rules(at.plus(point{y: h})))
	plane := func(v, x, y float64) line { return line{v, (x - v) / h, (y - v) / h} }
	l := &lines{close: at, moneyline: plane(v.moneyline, x.moneyline, y.moneyline), five: plane(v.five, x.five, y.five)}
	for i := range l.runLine {
		l.runLine[i] = plane(v.runLine[i], x.runLine[i], y.runLine[i])
	}
	for i := range l.total {
		l.total[i] = plane(v.total[i], x.total[i], y.total[i])
	}
	for i := range l.fiveTotal {
		l.fiveTotal[i] = plane(v.fiveTotal[i], x.fiveTotal[i], y.fiveTotal[i])
	}
	return l
}

// at is the log-odds at a point.
func (l *lines) at(ln *line, p point) float64 {
	return ln.z + ln.dx*(p.x-l.close.x) + ln.dy*(p.y-l.close.y)
}

// of is a line of a market of the whole game; nil where nobody quotes it.
func (l *lines) of(m mlb.Market, at mlb.Line) *line {
	switch m {
	case mlb.RunLine:
		for i, h := range handicaps {
			if h == at {
				return &l.runLine[i]
			}
		}
	case mlb.Total:
		if at >= minTotal && at <= maxTotal {
			return &l.total[at-minTotal]
		}
	case mlb.Moneyline:
		return &l.moneyline
	}
	return nil
}

// main is the line of the market that is nearest to even, by what the book's
// own error adds to it, seen from the one it quotes now (0: none yet): it is
// left only when it is further than flip from even.
func (l *lines) main(m mlb.Market, p point, err float64, now mlb.Line, flip float64) mlb.Line {
	switch m {
	case mlb.RunLine:
		z := l.at(&l.moneyline, p) + err
		switch {
		case now == 0 && z >= 0, now > 0 && z > flip/2:
			return -3
		case now == 0, now < 0 && z < -flip/2:
			return 3
		}
	case mlb.Total:
		if now == 0 {
			now, flip = 17, 0
		}
		for {
			z := l.at(l.of(m, now), p) + err
			next := now + 1
			if z < 0 {
				next = now - 1
			}
			if math.Abs(z) <= flip || l.of(m, next) == nil || math.Abs(l.at(l.of(m, next), p)+err) >= math.Abs(z) {
				return now
			}
			now = next
		}
	}
	return now
}

// teamTotal is half of a total, at a half run.
func (u update) teamTotal() mlb.Line { return mlb.Line(u.line/4*2 + 1) }
