package cli

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// lineJSON is one price's life as --json prints it.
type lineJSON struct {
	Market    string      `json:"market"`
	Period    string      `json:"period"`
	Side      string      `json:"side"`
	Line      *float64    `json:"line"`
	Book      string      `json:"book"`
	Main      bool        `json:"main"`
	Open      odds.Price  `json:"open"`
	Price     odds.Price  `json:"price"`
	Low       odds.Price  `json:"low"`
	High      odds.Price  `json:"high"`
	Close     *odds.Price `json:"close"`
	Ticks     int32       `json:"ticks"`
	OpenedAt  time.Time   `json:"opened_at"`
	ChangedAt time.Time   `json:"changed_at"`
	SeenAt    time.Time   `json:"seen_at"`
	ClosedAt  *time.Time  `json:"closed_at"`
}

// tickJSON is one price at one moment.
type tickJSON struct {
	ObservedAt time.Time  `json:"observed_at"`
	Market     string     `json:"market"`
	Period     string     `json:"period"`
	Side       string     `json:"side"`
	Line       *float64   `json:"line"`
	Book       string     `json:"book"`
	Price      odds.Price `json:"price"`
}

// archivedJSON is a price that an archive labels as the opening or the closing
// one without telling when it was seen.
type archivedJSON struct {
	Kind   string     `json:"kind"`
	Market string     `json:"market"`
	Period string     `json:"period"`
	Side   string     `json:"side"`
	Line   *float64   `json:"line"`
	Book   string     `json:"book"`
	Price  odds.Price `json:"price"`
}

type gameLinesJSON struct {
	Game     gameJSON       `json:"game"`
	Lines    []lineJSON     `json:"lines"`
	Archived []archivedJSON `json:"archived"`
	History  []tickJSON     `json:"history"`
}

// gameLines is all that is known of one game's prices.
type gameLines struct {
	game     mlb.Game
	lines    []store.LineSummary
	archived []store.ArchivePrice
	ticks    []mlb.Quote
	main     map[mainKey]mlb.Line
	books    map[mlb.BookID]string
}

type mainKey struct {
	book   mlb.BookID
	market mlb.Market
	period mlb.Period
}

func (e *env) linesCommand() *cobra.Command {
	var market string
	var alternates bool
	c := &cobra.Command{
		Use: "lines GAME", Short: "Show a game's lines, and draw their history", Args: cobra.ExactArgs(1),
		Long:    "Shows every book's main lines of a game (GAME is its number in `games`, or its gamePk),\nand draws how one market's first side moved at each book.",
		Example: "mlb-betting lines 12 --market total --alternates",
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return fmt.Errorf("game %q is no number: `mlb-betting games` lists them: %w", args[0], errUsage)
			}
			drawn, err := mlb.ParseMarket(market)
			if err != nil {
				return fmt.Errorf("--market: %w: %w", err, errUsage)
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				g, err := readLines(ctx, a.DB, key)
				if err != nil {
					return err
				}
				if e.json {
					return e.printJSON(g.json(e.synthetic))
				}
				return e.printLines(g, drawn, alternates)
			})
		},
	}
	c.Flags().StringVar(&market, "market", "moneyline", "market to draw: moneyline, run_line or total")
	c.Flags().BoolVar(&alternates, "alternates", false, "also list the lines that are not a book's main line")
	c.AddCommand(e.linesCheckCommand())
	return c
}

func readLines(ctx context.Context, db *store.DB, key int64) (g gameLines, err error) {
	if g.game, err = db.Game(ctx, key); err != nil {
		return g, err
	}
	ids := []mlb.GameID{g.game.ID}
	if g.lines, err = db.LineSummaries(ctx, ids); err != nil {
		return g, err
	}
	if g.ticks, err = db.Ticks(ctx, ids); err != nil {
		return g, err
	}
	if g.archived, err = db.GameArchive(ctx, g.game.ID); err != nil {
		return g, err
	}
	moves, err := db.MainLines(ctx, g.game.ID)
	if err != nil {
		return g, err
	}
	g.main = map[mainKey]mlb.Line{}
	for _, m := range moves { // in order of time: the last one stays
		g.main[mainKey{m.Book, m.Market, m.Period}] = m.Line
	}
	g.books, err = bookNames()
	return g, err
}

func bookNames() (map[mlb.BookID]string, error) {
	books, err := mlb.Books()
	if err != nil {
		return nil, err
	}
	names := make(map[mlb.BookID]string, len(books))
	for _, b := range books {
		names[b.ID] = b.Label()
	}
	return names, nil
}

func (g gameLines) isMain(s *store.LineSummary) bool {
	line, ok := g.main[mainKey{s.Book, s.Market, s.Period}]
	return ok && line == s.Line
}

func (g gameLines) json(synthetic bool) gameLinesJSON {
	out := gameLinesJSON{
		Game: gameRow(g.game, synthetic), Lines: make([]lineJSON, len(g.lines)), Archived: make([]archivedJSON, len(g.archived)),
		History: make([]tickJSON, len(g.ticks)),
	}
	for i, p := range g.archived {
		out.Archived[i] = archivedJSON{
			p.Kind.String(), p.Market.String(), p.Period.String(), p.Side.String(), runs(p.LineKey, p.Side), g.books[p.Book], p.Price,
		}
	}
	for i := range g.lines {
		s := &g.lines[i]
		out.Lines[i] = lineJSON{
			Market: s.Market.String(), Period: s.Period.String(), Side: s.Side.String(), Line: runs(s.LineKey, s.Side),
			Book: g.books[s.Book], Main: g.isMain(s), Open: s.Open, Price: s.Price, Low: s.Low, High: s.High, Ticks: s.Ticks,
			OpenedAt: s.OpenedAt, ChangedAt: s.ChangedAt, SeenAt: s.SeenAt,
		}
		if s.Close.Valid() {
			out.Lines[i].Close, out.Lines[i].ClosedAt = &s.Close, &s.ClosedAt
		}
	}
	for i, q := range g.ticks {
		out.History[i] = tickJSON{
			q.ObservedAt, q.Market.String(), q.Period.String(), q.Side.String(), runs(q.LineKey, q.Side), g.books[q.Book], q.Price,
		}
	}
	return out
}

// runs is the line as the side's ticket shows it; nil for a moneyline.
func runs(key mlb.LineKey, side mlb.Side) *float64 {
	if !key.Market.HasLine() {
		return nil
	}
	r := key.Line.ForSide(key.Market, side).Runs()
	return &r
}

func (e *env) printLines(g gameLines, drawn mlb.Market, alternates bool) error {
	row := gameRow(g.game, e.synthetic)
	e.line("%s, %s, to start %s", g.game.Matchup(), g.game.Date, row.startText())
	if err := e.printArchived(g); err != nil {
		return err
	}
	if len(g.lines) == 0 {
		return nil
	}
	t := e.table("MARKET", "SELECTION", "BOOK", "OPEN", "NOW", "LOW", "HIGH", "CLOSE", "TICKS", "SEEN")
	hidden := 0
	for i := range g.lines {
		s := &g.lines[i]
		if !alternates && s.Market.HasLine() && !g.isMain(s) {
			hidden++
			continue
		}
		closing := "-"
		if s.Close.Valid() {
			closing = s.Close.String()
		}
		t.row(s.Market.String(), strings.TrimSpace(s.Side.String()+" "+s.Line.Label(s.Market, s.Side)), g.books[s.Book],
			s.Open.String(), s.Price.String(), s.Low.String(), s.High.String(), closing, fmt.Sprint(s.Ticks), s.SeenAt.Format("01-02 15:04"))
	}
	if err := t.print(); err != nil {
		return err
	}
	if hidden > 0 {
		e.line("%d prices of alternate lines are not shown: --alternates shows them.", hidden)
	}
	e.draw(g, drawn)
	return nil
}

// printArchived lists prices that have a label instead of a time.
func (e *env) printArchived(g gameLines) error {
	if len(g.archived) == 0 {
		return nil
	}
	t := e.table("MARKET", "SELECTION", "ARCHIVE", "PRICE", "LABELLED")
	for _, p := range g.archived {
		t.row(p.Market.String(), strings.TrimSpace(p.Side.String()+" "+p.Line.Label(p.Market, p.Side)), g.books[p.Book],
			p.Price.String(), p.Kind.String())
	}
	return t.print()
}

// The size of the drawing, in characters.
const (
	drawnColumns = 72
	drawnRows    = 12
	drawnBooks   = 6
)

// draw plots the implied probability of the market's first side at the books
// that moved most often, on the line most of them quote.
func (e *env) draw(g gameLines, market mlb.Market) {
	side, _ := market.Sides()
	line, ok := g.commonLine(market)
	if !ok {
		e.line("No history of the %s.", market)
		return
	}
	byBook := map[mlb.BookID][]mlb.Quote{}
	for _, q := range g.ticks {
		if q.Market == market && q.Period == mlb.FullGame && q.Side == side && q.Line == line {
			byBook[q.Book] = append(byBook[q.Book], q)
		}
	}
	books := make([]mlb.BookID, 0, len(byBook))
	var first, last time.Time
	for b, ticks := range byBook {
		books = append(books, b)
		if first.IsZero() || ticks[0].ObservedAt.Before(first) {
			first = ticks[0].ObservedAt
		}
		if at := ticks[len(ticks)-1].ObservedAt; at.After(last) {
			last = at
		}
	}
	slices.SortFunc(books, func(a, b mlb.BookID) int {
		return cmp.Or(cmp.Compare(len(byBook[b]), len(byBook[a])), cmp.Compare(a, b))
	})
	books = books[:min(len(books), drawnBooks)]
	series, names := make([][]float64, len(books)), make([]string, len(books))
	for i, b := range books {
		series[i], names[i] = sample(byBook[b], first, last), g.books[b]
	}
	e.line("%s %s%s: implied probability in %%, %s to %s UTC", market, side, labelled(line, market, side),
		first.Format("01-02 15:04"), last.Format("01-02 15:04"))
	plot := asciigraph.PlotMany(series, asciigraph.Height(drawnRows), asciigraph.Precision(1),
		asciigraph.SeriesLegends(names...), asciigraph.SeriesColors(palette[:len(books)]...))
	if !e.color {
		plot = stripColor(plot)
	}
	for text := range strings.SplitSeq(plot, "\n") {
		e.line("%s", strings.TrimRight(text, " "))
	}
}

var palette = []asciigraph.AnsiColor{
	asciigraph.Blue, asciigraph.Green, asciigraph.Red, asciigraph.Goldenrod, asciigraph.Magenta, asciigraph.Cyan,
}

func labelled(l mlb.Line, m mlb.Market, s mlb.Side) string {
	if text := l.Label(m, s); text != "" {
		return " " + text
	}
	return ""
}

// commonLine is the line that most prices of the market's history are on.
func (g gameLines) commonLine(market mlb.Market) (line mlb.Line, ok bool) {
	n := map[mlb.Line]int{}
	for b, l := range g.main {
		if b.market == market && b.period == mlb.FullGame {
			n[l]++
		}
	}
	for l, count := range n {
		if !ok || count > n[line] || count == n[line] && l < line {
			line, ok = l, true
		}
	}
	return line, ok
}

// sample is the price in force at evenly spaced moments, as a probability in
// percent; NaN before the first price.
func sample(ticks []mlb.Quote, first, last time.Time) []float64 {
	out := make([]float64, drawnColumns)
	next, p := 0, math.NaN()
	for i := range out {
		at := first.Add(last.Sub(first) * time.Duration(i) / (drawnColumns - 1))
		for next < len(ticks) && !ticks[next].ObservedAt.After(at) {
			p = 100 * ticks[next].Price.Prob()
			next++
		}
		out[i] = p
	}
	return out
}

// stripColor removes the escape sequences of a plot that goes to a file.
func stripColor(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}
