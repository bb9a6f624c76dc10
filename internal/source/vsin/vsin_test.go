package vsin

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

// seen is when the pages of these tests were saved.
var seen = time.Date(2026, 7, 16, 20, 0, 0, 0, time.UTC)

// headerOf is the header of a day's games.
func headerOf(league, day string) string {
	var th strings.Builder
	for _, l := range labels {
		fmt.Fprintf(&th, `<th><span class="sp-full">%s</span><span class="sp-short">X</span></th>`, l)
	}
	return fmt.Sprintf(`<thead><tr class="sp-sport-header sp-source-dk"><th colspan="2"><a class="sp-sport-link" href="/mlb/games/?gamedate=%s&x=1">%s -
		<span class="sp-full">Thursday, Jul 16</span><span class="sp-short">Jul 16</span></a></th>%s</tr></thead>`, day, league, th.String())
}

// rowOf is one team's row; its nine cells are separated by spaces.
func rowOf(code, team, cells string) string {
	var td strings.Builder
	for _, c := range strings.Fields(cells) {
		fmt.Fprintf(&td, `<td><span class="sp-badge">%s <span class="sp-arrow-dn">&#9660;</span></span></td>`, c)
	}
	return fmt.Sprintf(`<!-- a team --><tr class="sp-row sp-game-border"><td class="sp-cell-action"><button data-gamecode=%q>2</button></td>
		<td class="sp-cell-team"><img alt="" data-gamecode=%q><a class="sp-team-link" href="/x">%s</a></td>%s</tr>`, code, code, team, td.String())
}

func pageOf(rows ...string) string {
	return `<!DOCTYPE html><html><body><a href="?source=DK" class="splits-book-btn book-dk active"><i class="fa"></i> DraftKings</a>
		<a class="splits-book-btn">Circa</a><table class="other"><tr><td>x</td></tr></table><img class="sp-title-logo" alt="Another">
		<table class="sp-table">` + strings.Join(rows, "\n") + `</table></body></html>`
}

const (
	roadCells = "+1.5 38% 55% 8.5 85% 58% +129 59% 50%"
	homeCells = "-1.5 62% 45% 8.5 15% 42% -156 41% 50%"
)

func gameOf(road, home string) string {
	return rowOf("20260716MLB00001", "New York Mets", road) + rowOf("20260716MLB00001", "San Diego Padres", home)
}

func read(t *testing.T, text string) (rows []source.SplitRow, bad []*source.RowError) {
	t.Helper()
	f, err := SplitFormat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(strings.NewReader(text), seen)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestPage(t *testing.T) {
	rows, bad := read(t, "\xef\xbb\xbf"+pageOf(headerOf("MLB", "2026-07-16"), gameOf(roadCells, homeCells), headerOf("MLB", "2026-07-17"), gameOf(roadCells, homeCells)))
	if len(rows) != 6 || len(bad) != 0 {
		t.Fatalf("%+v, refused %v; want three markets of two games", rows, bad)
	}
	for i, want := range []source.SplitRow{
		{Market: mlb.RunLine, Money: mlb.Share{First: 0.62, Second: 0.38}, Bets: mlb.Share{First: 0.45, Second: 0.55}},
		{Market: mlb.Total, Money: mlb.Share{First: 0.85, Second: 0.15}, Bets: mlb.Share{First: 0.58, Second: 0.42}},
		{Market: mlb.Moneyline, Money: mlb.Share{First: 0.41, Second: 0.59}, Bets: mlb.Share{First: 0.5, Second: 0.5}},
	} {
		r := rows[i]
		if r.Market != want.Market || r.Money != want.Money || r.Bets != want.Bets || r.N != int64(i+1) || r.Provider != "draftkings" || !r.ObservedAt.Equal(seen) ||
			r.Home != "San Diego Padres" || r.Away != "New York Mets" || r.Ref != "20260716MLB00001" || r.Date.String() != "2026-07-16" || r.Period != mlb.FullGame {
			t.Errorf("got %+v, want %+v", r, want)
		}
	}
	if rows[3].Date.String() != "2026-07-17" {
		t.Errorf("got %+v, want a game of the next day", rows[3])
	}
}

func TestBooks(t *testing.T) {
	page := pageOf(headerOf("MLB", "2026-07-16"), gameOf(roadCells, homeCells))
	for text, want := range map[string]string{
		strings.Replace(page, "</i> DraftKings", "</i> Circa Sports", 1):                            "circa",
		strings.Replace(strings.Replace(page, " active", "", 1), "Another", "BetMGM Sportsbook", 1): "betmgm",
		strings.Replace(strings.Replace(page, " active", "", 1), "Another", "Caesars", 1):           "caesars",
	} {
		if rows, bad := read(t, text); len(rows) != 3 || rows[0].Provider != want {
			t.Errorf("%+v, refused %v; want %s", rows, bad, want)
		}
	}
}

func TestNoData(t *testing.T) {
	for _, c := range []struct {
		road, home string
		rows       int
	}{
		{"- 0% 0% - 0% 0% +129 59% 50%", "- 0% 0% - 0% 0% -156 41% 50%", 1},
		{"- - - - - - +129 - 50%", "- - - - - - -156 - 50%", 1},
		{"- 0% 0% - 0% 0% - 0% 0%", "- 0% 0% - 0% 0% - 0% 0%", 0},
	} {
		if rows, bad := read(t, pageOf(headerOf("MLB", "2026-07-16"), gameOf(c.road, c.home))); len(rows) != c.rows || len(bad) != 0 {
			t.Errorf("%s: %+v, refused %v; want %d", c.road, rows, bad, c.rows)
		}
	}
}

func TestBadMarkets(t *testing.T) {
	for _, c := range []struct{ name, road, home string }{
		{"too few bets", strings.Replace(roadCells, "85% 58%", "100% 100%", 1), strings.Replace(homeCells, "15% 42%", "0% 0%", 1)},
		{"too few bets told", strings.Replace(roadCells, "85% 58%", "- 100%", 1), strings.Replace(homeCells, "15% 42%", "- 0%", 1)},
		{"sum of bets", strings.Replace(roadCells, "85% 58%", "85% 42%", 1), homeCells},
		{"sum of money", strings.Replace(roadCells, "85% 58%", "15% 58%", 1), homeCells},
		{"one side", strings.Replace(roadCells, "85% 58%", "85% -", 1), homeCells},
		{"no percentage", strings.Replace(roadCells, "85% 58%", "85 58%", 1), homeCells},
	} {
		rows, bad := read(t, pageOf(headerOf("MLB", "2026-07-16"), gameOf(c.road, c.home)))
		if len(rows) != 2 || len(bad) != 1 || bad[0].Reason != source.BadSplit || bad[0].Detail == "" {
			t.Errorf("%s: %d rows, refused %v; want bad_split beside two markets", c.name, len(rows), bad)
		}
	}
	all := strings.Replace(roadCells, "85% 58%", "100% 58%", 1)
	if rows, bad := read(t, pageOf(headerOf("MLB", "2026-07-16"), gameOf(all, strings.Replace(homeCells, "15%", "0%", 1)))); len(rows) != 3 {
		t.Errorf("all money but not all bets on one side: refused %v", bad)
	}
}

func TestBadGames(t *testing.T) {
	good := gameOf(roadCells, homeCells)
	for name, text := range map[string]string{
		"another league": pageOf(headerOf("MLB", "2026-07-16"), good, headerOf("NBA", "2026-07-16"), good),
		"no home row":    pageOf(headerOf("MLB", "2026-07-16"), rowOf("20260716MLB00002", "New York Yankees", roadCells), good),
		"last row alone": pageOf(headerOf("MLB", "2026-07-16"), good, rowOf("20260716MLB00002", "New York Yankees", roadCells)),
		"one team":       pageOf(headerOf("MLB", "2026-07-16"), good, strings.Replace(good, "New York Mets", "San Diego Padres", 1)),
	} {
		rows, bad := read(t, text)
		if len(rows) != 3 || len(bad) != 1 || bad[0].Reason != source.BadGame || bad[0].Detail == "" {
			t.Errorf("%s: %d rows, refused %v; want bad_game beside one good game", name, len(rows), bad)
		}
	}
}

// A row that is not as the others spoils its game, if it is of one, and no
// other.
func TestOddRows(t *testing.T) {
	header := headerOf("MLB", "2026-07-16")
	good := gameOf(roadCells, homeCells)
	other := strings.ReplaceAll(good, "MLB00001", "MLB00002")
	road, home := rowOf("20260716MLB00001", "New York Mets", roadCells), rowOf("20260716MLB00001", "San Diego Padres", homeCells)
	extra := func(row string) string { return strings.Replace(row, "</tr>", "<td>SALE</td></tr>", 1) }
	const ad, adRow = `<tr class="sp-ad"><td colspan="11">Bet now</td></tr>`, `<tr class="sp-row"><td colspan="11">Bet now</td></tr>`
	for _, c := range []struct {
		name string
		page string
		rows int
		want []string // details of the refused
	}{
		{"a cell more in the road row", pageOf(header, extra(road), home, other), 3, []string{"a row of 12 cells, want 11"}},
		{"a cell more in the home row", pageOf(header, road, extra(home), other), 3, []string{"a row of 12 cells, want 11"}},
		{"a cell more in both", pageOf(header, extra(road), extra(home), other), 3, []string{"a row of 12 cells, want 11"}},
		{"an advertisement between games", pageOf(header, good, ad, other), 6, []string{`a row of class "sp-ad"`}},
		{"within a game", pageOf(header, road, ad, home), 3, []string{`a row of class "sp-ad"`}},
		{"of a game's class", pageOf(header, good, adRow, other), 6, []string{"a row of 1 cells, want 11"}},
		{"before the header", pageOf(ad, road, header, other), 3, []string{`a row of class "sp-ad"`, "a row before any header"}},
		{"the columns of one day", pageOf(header, good, strings.Replace(header, ">Handle<", ">Bets<", 1), other), 3, []string{"columns"}},
	} {
		rows, bad := read(t, c.page)
		if len(rows) != c.rows || len(bad) != len(c.want) {
			t.Errorf("%s: %+v, refused %v; want %d and %q", c.name, rows, bad, c.rows, c.want)
			continue
		}
		for i, e := range bad {
			if e.Reason != source.BadRecord || !strings.Contains(e.Detail, c.want[i]) {
				t.Errorf("%s: refused %v, want %q", c.name, e, c.want[i])
			}
		}
	}
}

// A page whose shape has changed is refused whole, naming what is not there.
func TestChangedPages(t *testing.T) {
	page := pageOf(headerOf("MLB", "2026-07-16"), gameOf(roadCells, homeCells))
	f, err := SplitFormat()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":        {"", "empty"},
		"other page":   {"<html>Access denied</html>", "no book"},
		"binary":       {"\x00\xff\x01", "no book"},
		"no table":     {strings.Replace(page, "sp-table", "sp-grid", 1), "no table of class sp-table"},
		"columns":      {strings.Replace(page, ">Handle<", ">Bets<", 1), `columns ["Thursday, Jul 16" "Spread" "Bets"`},
		"no header":    {strings.Replace(page, "sp-sport-header", "sp-row", 1), "a row before any header"},
		"other rows":   {strings.ReplaceAll(page, `"sp-row sp-game-border"`, `"split"`), `a row of class "split"`},
		"no link":      {strings.Replace(page, "sp-sport-link", "link", 1), "no link of class sp-sport-link"},
		"no date":      {strings.Replace(page, "gamedate=2026-07-16", "gamedate=today", 1), "no gamedate"},
		"more cells":   {strings.ReplaceAll(page, `<td class="sp-cell-team">`, `<td>x</td><td class="sp-cell-team">`), "a row of 12 cells, want 11"},
		"nested":       {strings.Repeat("<div>", 1<<20), "not HTML"},
		"never ending": {pageOf(strings.Repeat("<!-- padding -->", 1<<19)), "larger than 8 MB"},
	} {
		if _, err := f.Read(strings.NewReader(c.text), seen); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", name, err, c.want)
		}
	}
	if _, err := f.Read(strings.NewReader(page), time.Time{}); !f.NeedsTime || !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "--observed-at") {
		t.Errorf("no time given: %v", err)
	}
}

const captured = "../../../../shared/data/splits/"

func realPage(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(captured + "vsin_mlb_betting_splits_*.html.gz")
	if err != nil || len(files) == 0 {
		t.Skip("real captures absent: ../shared/data/splits")
	}
	file, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := source.Decompress(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The table published beside the page has every row of a game with a run line.
func TestRealPageAsPublished(t *testing.T) {
	p, err := parsePage([]byte(realPage(t)))
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, g := range p.games {
		for _, r := range []teamRow{g.road, g.home} {
			if r.cells[0] == "-" {
				continue
			}
			line := []string{g.date.Time().Format("Monday, Jan 2"), r.team}
			for _, c := range r.cells {
				line = append(line, strings.TrimSuffix(c, "%"))
			}
			got = append(got, line)
		}
	}
	file, err := os.Open(captured + "vsin_mlb_20260701_parsed.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	want, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want[1:], slices.Equal) {
		t.Errorf("got %q, want %q", got, want[1:])
	}
}

// Of 22 games two have neither run line nor total yet; of the other 62 markets
// four have all their bets and money on one side.
func TestRealPage(t *testing.T) {
	rows, bad := read(t, realPage(t))
	t.Logf("%d splits, refused %v", len(rows), bad)
	for _, e := range bad {
		if e.Reason != source.BadSplit || !strings.Contains(e.Detail, "100/0") {
			t.Error(e)
		}
	}
	if len(rows)+len(bad) != 3*20+2 || len(bad) != 4 || rows[0].Provider != "draftkings" {
		t.Errorf("%d splits, refused %v", len(rows), bad)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(pageOf(headerOf("MLB", "2026-07-16"), gameOf(roadCells, homeCells)))
	f.Add(pageOf(headerOf("NBA", "2026-07-16"), gameOf(homeCells, "- - - - - - - - -")))
	f.Add(pageOf(headerOf("MLB", "2026-07-16"), gameOf(roadCells, homeCells), "<tr class=sp-ad><td>x</tr>"))
	f.Add("<table class=sp-table><tr class=sp-sport-header>")
	format, err := SplitFormat()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := format.Read(strings.NewReader(text), seen)
		if err != nil {
			if !errors.Is(err, mlb.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		for n := int64(1); ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") || row.N != n || row.Provider == "" {
				t.Fatalf("%q: %+v, %v", text, row, err)
			}
			if err == nil && (!row.Bets.Known() && !row.Money.Known() || row.Home == "" || row.Date == (mlb.Date{})) {
				t.Fatalf("%q: accepted as %+v", text, row)
			}
		}
	})
}
