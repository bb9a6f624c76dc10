package sbro

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// line is one line of a season file: a team in a game.
type line struct {
	text  string
	date  mlb.Date
	rot   int
	vh    string // V, H, or N on a neutral field
	team  string
	cells []string
}

// parseLine reads what pairs a line with another; what else it says is read
// market by market.
func parseLine(cells []string, text string, l *layout, year int) (line, error) {
	n := line{text: source.Shown(text), cells: make([]string, max(l.width, len(cells)))}
	for i, c := range cells {
		n.cells[i] = strings.TrimSpace(c)
	}
	var err error
	if n.date, err = parseDay(n.cells[l.at[colDate]], year); err != nil {
		return n, err
	}
	rot, err := source.ParseInt(n.cells[l.at[colRot]])
	if err != nil || rot < 1 || rot > 99_999 {
		return n, source.Reject(source.BadGame, "rotation number %.20q", n.cells[l.at[colRot]])
	}
	n.rot = int(rot)
	switch n.vh = strings.ToUpper(n.cells[l.at[colVH]]); n.vh {
	case "V", "H", "N":
	default:
		return n, source.Reject(source.BadGame, "VH %.20q of rotation number %d, want V, H or N", n.vh, n.rot)
	}
	if n.team = n.cells[l.at[colTeam]]; n.team == "" || len(n.team) > 40 {
		return n, source.Reject(source.BadGame, "team %.40q of rotation number %d", n.team, n.rot)
	}
	return n, nil
}

// parseDay reads "328" and "1028", month and day of the season's year, or a
// whole date of that year.
func parseDay(s string, year int) (mlb.Date, error) {
	n, err := source.ParseInt(s)
	whole, _, _ := strings.Cut(s, ".")
	if date, errDate := source.ParseDay(whole); errDate == nil {
		if date.Year != year {
			return mlb.Date{}, source.Reject(source.BadTime, "date %q is no day of the season %d", s, year)
		}
		return date, nil
	}
	if err != nil || len(whole) < 3 || len(whole) > 4 {
		return mlb.Date{}, source.Reject(source.BadTime, "date %.20q, want MDD, MMDD or YYYYMMDD", s)
	}
	month, day := int(n/100), int(n%100)
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if n < 0 || int(t.Month()) != month || t.Day() != day {
		return mlb.Date{}, source.Reject(source.BadTime, "date %q is no day of %d", s, year)
	}
	return mlb.DateOf(t), nil
}

// above tells whether n is the visitor's line of the game whose home line is
// below. On a neutral field both are N and the first, which has the odd
// number, is the visitor's. One captured pair repeats the visitor's number.
func (n *line) above(below *line) bool {
	switch {
	case n.date != below.date || n.team == below.team:
		return false
	case n.vh == "V" && below.vh == "H":
		return below.rot == n.rot+1 || below.rot == n.rot
	case n.vh == "N" && below.vh == "N":
		return n.rot%2 == 1 && below.rot == n.rot+1
	default:
		return false
	}
}

// game is two lines. Number is 0 for the only game of its teams on the day.
type game struct {
	away, home line
	number     int
}

// ref is the game's name in the archive: day and rotation number.
func (g *game) ref() string { return fmt.Sprintf("%s/%d", g.away.date, g.away.rot) }

// entry is a game, or the text of a line that is part of none and why.
type entry struct {
	game game
	text string
	err  error
}

func refused(text string, err error) entry { return entry{text: source.Shown(text), err: err} }

// The limits of a season file: a season has some 5,000 lines, a day up to 25 games.
const (
	maxLines = 20_000
	maxDay   = 200
)

// games reads a document a day at a time, since only a whole day tells whether
// teams meet twice.
type games struct {
	table  table
	layout layout
	year   int
	lines  int
	index  int64 // of the row last read, where a first column without a name numbers them
	date   mlb.Date
	first  *line   // waits for its home line
	day    []entry // so far
	played int     // games of day
	ready  []entry
	told   map[matchup]bool
	done   bool
}

type matchup struct {
	date       mlb.Date
	away, home string
}

func openGames(r io.Reader, year int) (*games, error) {
	if err := checkYear(year); err != nil {
		return nil, err
	}
	header, t, err := openTable(r)
	if err != nil {
		return nil, err
	}
	l, err := layoutOf(header)
	if err != nil {
		return nil, err
	}
	return &games{table: t, layout: l, year: year, index: -1, told: map[matchup]bool{}}, nil
}

// next is the next game or refused line; io.EOF after the last.
func (g *games) next() (entry, error) {
	for len(g.ready) == 0 {
		if g.done {
			return entry{}, io.EOF
		}
		if err := g.read(); err != nil {
			return entry{}, err
		}
	}
	e := g.ready[0]
	g.ready = g.ready[1:]
	return e, nil
}

// read takes one line of the table.
func (g *games) read() error {
	cells, text, err := g.table.next()
	if errors.Is(err, io.EOF) {
		g.endDay()
		g.done = true
		return nil
	}
	if err != nil && !errors.As(err, new(*source.RowError)) {
		return err
	}
	if g.lines++; g.lines > maxLines {
		return fmt.Errorf("%w: more than %d lines: not the file of one season", mlb.ErrInvalid, maxLines)
	}
	var n line
	if err == nil {
		if err := g.checkNameless(cells); err != nil {
			return err
		}
		n, err = parseLine(cells, text, &g.layout, g.year)
	}
	if err != nil {
		g.day = append(g.day, refused(text, err))
		return nil
	}
	g.take(n)
	if g.played > maxDay {
		return fmt.Errorf("%w: more than %d games on %s: not a season file", mlb.ErrInvalid, maxDay, g.date)
	}
	return nil
}

// checkNameless refuses a document that has data where the header has no name:
// a name may have been lost, and with it prices. A first column that counts
// upwards is the row index that a common library writes.
func (g *games) checkNameless(cells []string) error {
	for i, c := range cells {
		if c = strings.TrimSpace(c); c == "" || g.layout.knows(i) {
			continue
		}
		if n, err := source.ParseInt(c); i == 0 && err == nil && n > g.index {
			g.index = n
			continue
		}
		letters, _ := excelize.ColumnNumberToName(i + 1) // of at most maxHeader columns
		return fmt.Errorf("%w: column %d (%s) has no name in the header but holds %.20q in data row %d: name it, or empty it",
			mlb.ErrInvalid, i+1, letters, c, g.lines)
	}
	return nil
}

func (g *games) take(n line) {
	if n.date != g.date {
		g.endDay()
		g.date = n.date
	}
	switch {
	case g.first != nil && g.first.above(&n):
		g.day = append(g.day, entry{game: game{away: *g.first, home: n}})
		g.first = nil
		g.played++
	case n.vh == "H":
		g.unpaired()
		g.day = append(g.day, alone(&n))
	default:
		g.unpaired()
		g.first = &n
	}
}

// unpaired refuses a visitor's line that no home line follows.
func (g *games) unpaired() {
	if g.first != nil {
		g.day = append(g.day, alone(g.first))
		g.first = nil
	}
}

func alone(n *line) entry {
	return refused(n.text, source.Reject(source.BadGame, "the %s line %d of %.40q on %s has no other beside it to make a game with",
		n.vh, n.rot, n.team, n.date))
}

// endDay numbers the day's games and hands them on.
func (g *games) endDay() {
	g.unpaired()
	meetings := map[matchup][]*entry{}
	for i := range g.day {
		e := &g.day[i]
		if e.err == nil {
			m := matchup{g.date, e.game.away.team, e.game.home.team}
			meetings[m] = append(meetings[m], e)
		}
	}
	for m, all := range meetings {
		number(all, g.told[m])
		g.told[m] = true
	}
	g.ready = append(g.ready, g.day...)
	g.day, g.played = nil, 0
}

// number numbers the games of two teams on a day. Where that cannot be done
// they are refused: three games, one game twice, or a day that other days
// interrupt.
func number(all []*entry, told bool) {
	slices.SortStableFunc(all, func(a, b *entry) int { return cmp.Compare(a.game.away.rot, b.game.away.rot) })
	switch {
	case told:
		refuse(all, "listed again after other days")
	case len(all) == 2 && all[0].game.away.rot == all[1].game.away.rot:
		refuse(all[1:], "listed twice")
	case len(all) == 2:
		all[0].game.number, all[1].game.number = 1, 2
	case len(all) > 2:
		refuse(all, fmt.Sprintf("listed %d times", len(all)))
	}
}

func refuse(all []*entry, why string) {
	for _, e := range all {
		g := &e.game
		*e = refused(g.text(), source.Reject(source.BadGame, "%.40q at %.40q on %s is %s", g.away.team, g.home.team, g.away.date, why))
	}
}

// text is both lines of the game.
func (g *game) text() string { return g.away.text + "\n" + g.home.text }
