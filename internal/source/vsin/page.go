package vsin

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// page is what is read of the HTML: whose bettors, and the games of each day.
type page struct {
	book  string
	games []game
}

// game is two rows of the table: the road team's, which also holds the over,
// and the home team's.
type game struct {
	league     string // "MLB"
	date       mlb.Date
	road, home teamRow
	bad        error // why it is none, a *source.RowError
}

// teamRow is one row of the table. A row has three cells a market.
type teamRow struct {
	code  string // the page's own name of the game; "" for none
	team  string
	cells [9]string // the first word of each
	odd   string    // the whole text of a row that cannot be read
	bad   error     // why
}

// labels are the columns' names; what a cell is worth hangs on their order.
var labels = []string{"Spread", "Handle", "Bets", "Total", "Handle", "Bets", "Money", "Handle", "Bets"}

// parsePage reads the page. A row that is not as it is known spoils its game
// alone; where there is no other, the page is refused. An error names the part
// that was looked for and is not there.
func parsePage(text []byte) (p page, err error) {
	root, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		return p, fmt.Errorf("not HTML: %w", err)
	}
	if p.book = bookName(root); p.book == "" {
		return p, errors.New("no book in it: looked for the active splits-book-btn and for the alt of the sp-title-logo")
	}
	t := tableReader{}
	tables := 0
	for n := range root.Descendants() {
		if n.Data == "table" && hasClass(n, "sp-table") {
			tables++
			t.read(n)
		}
	}
	if tables == 0 {
		return p, errors.New("no table of class sp-table in it")
	}
	if t.good == 0 && t.firstBad != nil {
		return p, t.firstBad
	}
	p.games = t.games
	return p, nil
}

// bookName is the book whose bettors the page shows, as a slug: "draftkings".
func bookName(root *html.Node) string {
	logo := ""
	for n := range root.Descendants() {
		switch {
		case hasClass(n, "splits-book-btn") && hasClass(n, "active"):
			return slug(textOf(n))
		case hasClass(n, "sp-title-logo"):
			logo = slug(attr(n, "alt"))
		}
	}
	return logo
}

// slug is a book's name in lower case and one word, without what kind of
// business it is.
func slug(name string) string {
	words := strings.Fields(strings.ToLower(name))
	if n := len(words); n > 1 && (words[n-1] == "sports" || words[n-1] == "sportsbook") {
		words = words[:n-1]
	}
	return strings.Join(words, "")
}

// tableReader makes games of a table's rows.
type tableReader struct {
	games    []game
	day      *game     // the league and date of the header above
	rows     []teamRow // below it
	good     int       // team rows that could be read, of all tables
	firstBad error
}

func (t *tableReader) read(table *html.Node) {
	t.day = nil
	for n := range table.Descendants() {
		if n.Type != html.ElementNode || n.Data != "tr" {
			continue
		}
		if hasClass(n, "sp-sport-header") {
			t.endDay()
			t.startDay(n)
			continue
		}
		t.readRow(n)
	}
	t.endDay()
}

func (t *tableReader) startDay(header *html.Node) {
	day, err := parseHeader(header)
	if err != nil {
		t.note(err)
		day = &game{bad: source.Reject(source.BadRecord, "%v", err)}
	}
	t.day = day
}

// readRow keeps a team's row for its game. A row that names no game is refused
// alone.
func (t *tableReader) readRow(tr *html.Node) {
	var row teamRow
	var err error
	switch {
	case !hasClass(tr, "sp-row"):
		err = fmt.Errorf("a row of class %.40q in the table, want sp-sport-header or sp-row", attr(tr, "class"))
	case t.day == nil:
		err = errors.New("a row before any header: looked for a row of class sp-sport-header")
	default:
		row, err = parseRow(tr)
	}
	if err != nil {
		t.note(err)
		row.odd, row.bad = textOf(tr), source.Reject(source.BadRecord, "%v", err)
	} else if t.day.bad == nil {
		t.good++
	}
	if row.bad != nil && row.code == "" {
		t.games = append(t.games, game{road: row, bad: row.bad})
		return
	}
	t.rows = append(t.rows, row)
}

func (t *tableReader) note(err error) { t.firstBad = cmp.Or(t.firstBad, err) }

func (t *tableReader) endDay() {
	if t.day != nil {
		t.games = append(t.games, pair(*t.day, t.rows)...)
	}
	t.rows = nil
}

// parseHeader reads "MLB - Wednesday, Jul 1", whose year is in its link.
func parseHeader(tr *html.Node) (*game, error) {
	var names []string
	for _, th := range children(tr, "th") {
		names = append(names, firstLabel(th))
	}
	if len(names) == 0 || !slices.Equal(names[1:], labels) {
		return nil, fmt.Errorf("columns %q in the header, want the day's and %q", names, labels)
	}
	for n := range tr.Descendants() {
		if !hasClass(n, "sp-sport-link") {
			continue
		}
		league, _, _ := strings.Cut(textOf(n), " - ")
		_, query, _ := strings.Cut(attr(n, "href"), "gamedate=")
		told, _, _ := strings.Cut(query, "&")
		date, err := mlb.ParseDate(told)
		if err != nil {
			return nil, fmt.Errorf("no gamedate=YYYY-MM-DD in the header's link %q", attr(n, "href"))
		}
		return &game{league: strings.TrimSpace(league), date: date}, nil
	}
	return nil, errors.New("no link of class sp-sport-link in the header")
}

// firstLabel is the long form of a column's name.
func firstLabel(th *html.Node) string {
	for n := range th.Descendants() {
		if hasClass(n, "sp-full") {
			return textOf(n)
		}
	}
	return textOf(th)
}

// parseRow reads a team's row; one that cannot be read still tells its code.
func parseRow(tr *html.Node) (row teamRow, err error) {
	for n := range tr.Descendants() {
		if code := attr(n, "data-gamecode"); code != "" {
			row.code = code
			break
		}
	}
	cells := children(tr, "td")
	if want := len(row.cells) + 2; len(cells) != want {
		return row, fmt.Errorf("a row of %d cells, want %d: one for actions, the team, and three a market", len(cells), want)
	}
	row.team = textOf(cells[1])
	for i, cell := range cells[2:] {
		if words := strings.Fields(textOf(cell)); len(words) > 0 { // behind it an arrow may show the last change
			row.cells[i] = words[0]
		}
	}
	return row, nil
}

// pair makes games of a day's rows, two each.
func pair(day game, rows []teamRow) (games []game) {
	for len(rows) > 0 {
		g := day
		g.road, rows = rows[0], rows[1:]
		alone := len(rows) == 0 || rows[0].code != g.road.code
		if !alone {
			g.home, rows = rows[0], rows[1:]
		}
		switch {
		case g.bad != nil: // the day's header
		case g.road.bad != nil:
			g.bad = g.road.bad
		case alone:
			g.bad = source.Reject(source.BadGame, "no home row of game %q beside the road team %q", g.road.code, g.road.team)
		default:
			g.bad = g.home.bad
		}
		games = append(games, g)
	}
	return games
}

func children(n *html.Node, tag string) (all []*html.Node) {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode && c.Data == tag {
			all = append(all, c)
		}
	}
	return all
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func hasClass(n *html.Node, class string) bool {
	return n.Type == html.ElementNode && slices.Contains(strings.Fields(attr(n, "class")), class)
}

// textOf is the text under a node, white space as one space.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
