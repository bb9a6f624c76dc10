package sbro

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

const (
	header2012 = "Date,Rot,VH,Team,Pitcher,1st,2nd,3rd,4th,5th,6th,7th,8th,9th,Final,Open,Close,Open OU,,Close OU,\n"
	header2014 = "Date,Rot,VH,Team,Pitcher,1st,2nd,3rd,4th,5th,6th,7th,8th,9th,Final,Open,Close,Run Line,,Open OU,,Close OU,\n"

	visitor = "611,901,V,AAA,ABLE-R,0,0,1,0,0,2,0,0,0,3,120,125,1.5,-150,8.5,-110,9,-105"
	home    = "611,902,H,BBB,BAKER-L,1,0,0,0,0,0,3,0,x,4,-130,-135,-1.5,130,8.5,-110,9,-115"
)

func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }

// with is a line with one column, by its number from 0, replaced.
func with(line string, column int, text string) string {
	cells := strings.Split(line, ",")
	cells[column] = text
	return strings.Join(cells, ",")
}

type read[Row any] struct {
	rows []Row
	bad  []*source.RowError
	last Row // the last one refused
}

func readAll[Row any](t interface{ Fatal(...any) }, next func() (Row, error)) (r read[Row]) {
	for {
		row, err := next()
		var e *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return r
		case errors.As(err, &e):
			r.bad, r.last = append(r.bad, e), row
		case err != nil:
			t.Fatal(err)
		default:
			r.rows = append(r.rows, row)
		}
	}
}

func readOdds(t *testing.T, year int, text string) read[source.OddsRow] {
	t.Helper()
	f, err := OddsForYear(year)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r.Next)
}

func readResults(t *testing.T, year int, text string) read[source.ResultRow] {
	t.Helper()
	r, err := ResultsForYear(year).Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r.Next)
}

func brief(r source.OddsRow) string {
	kind := map[source.PriceKind]string{source.Opening: "opening", source.Closing: "closing"}[r.Kind]
	return fmt.Sprintf("%d %s %s %s %s %s", r.N, kind, r.Market, r.Side, r.Line, r.Price)
}

func TestOdds(t *testing.T) {
	got := readOdds(t, 2014, header2014+lines(visitor, home))
	want := []string{
		"1 opening moneyline away 0.0 +120", "2 opening moneyline home 0.0 -130",
		"3 closing moneyline away 0.0 +125", "4 closing moneyline home 0.0 -135",
		"5 closing run_line away -1.5 -150", "6 closing run_line home -1.5 +130",
		"7 opening total over 8.5 -110", "8 opening total under 8.5 -110",
		"9 closing total over 9.0 -105", "10 closing total under 9.0 -115",
	}
	var rows []string
	for _, r := range got.rows {
		rows = append(rows, brief(r))
		if r.Date.String() != "2014-06-11" || r.Home != "BBB" || r.Away != "AAA" || r.Book != "sbro" || r.Ref != "2014-06-11/901" ||
			r.Period != mlb.FullGame || r.Number != 0 || !r.Start.IsZero() || !r.ObservedAt.IsZero() {
			t.Errorf("got %+v", r)
		}
	}
	if !slices.Equal(rows, want) || len(got.bad) != 0 {
		t.Errorf("got %q, refused %v; want %q", rows, got.bad, want)
	}
	if got.rows[0].Text != visitor || got.rows[7].Text != home {
		t.Errorf("texts %q and %q", got.rows[0].Text, got.rows[7].Text)
	}
}

func TestResults(t *testing.T) {
	got := readResults(t, 2014, header2014+lines(visitor, home))
	if len(got.rows) != 1 || len(got.bad) != 0 {
		t.Fatalf("%d games, refused %v", len(got.rows), got.bad)
	}
	r := got.rows[0]
	if r.Date.String() != "2014-06-11" || r.Home != "BBB" || r.Away != "AAA" || r.Status != mlb.Final || r.Score != (mlb.Score{Home: 4, Away: 3}) ||
		r.Number != 0 || r.Ref != "2014-06-11/901" || r.HomeStarter != "BAKER-L" || r.AwayStarter != "ABLE-R" || r.N != 1 {
		t.Errorf("got %+v", r)
	}
	if five, ok := r.LineScore.Through(5); !ok || five != (mlb.Score{Home: 1, Away: 1}) {
		t.Errorf("after five innings %v, %v", five, ok)
	}
}

// Every spelling of the header that years and tools have gives the same rows.
func TestHeaders(t *testing.T) {
	body := lines(visitor, home)
	want := readOdds(t, 2014, header2014+body).rows
	for name, header := range map[string]string{
		"names run together":  strings.NewReplacer("Run Line", "RunLine", "Open OU", "OpenOU", "Close OU", "CloseOU").Replace(header2014),
		"lower case, BOM":     "\xef\xbb\xbf" + strings.ToLower(header2014),
		"quoted, CRLF":        strings.ReplaceAll(strings.Replace(header2014, "Open OU", `"Open OU"`, 1), "\n", "\r\n"),
		"numbers for no name": "Date,Rot,VH,Team,Pitcher,1st,2nd,3rd,4th,5th,6th,7th,8th,9th,Final,Open,Close,Run Line,Unnamed: 18,Open OU,Unnamed: 20,Close OU,Unnamed: 22\n",
	} {
		if got := readOdds(t, 2014, header+body).rows; !slices.Equal(got, want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	old := readOdds(t, 2012, header2012+lines(
		"611,901,V,AAA,ABLE-R,0,0,1,0,0,2,0,0,0,3,120,125,8.5,-110,9,-105",
		"611,902,H,BBB,BAKER-L,1,0,0,0,0,0,3,0,x,4,-130,-135,8.5,-110,9,-115"))
	if len(old.rows) != 8 || len(old.bad) != 0 {
		t.Errorf("before 2014: %d prices, refused %v; want 8 without run line", len(old.rows), old.bad)
	}
}

// Data under no name is not passed over: prices were lost that way. A row
// index is.
func TestNamelessColumns(t *testing.T) {
	body := lines(visitor, home)
	want := readOdds(t, 2014, header2014+body).rows
	indexed := func(first, a, b string) string {
		return first + "," + header2014 + a + "," + visitor + "\n" + b + "," + home + "\n"
	}
	for name, text := range map[string]string{
		"no name":        indexed("", "0", "1"),
		"from another":   indexed("", "40", "41"),
		"floats":         indexed("", "0.0", "1.0"),
		"unnamed":        indexed("Unnamed: 0", "1", "0"),
		"index":          indexed("index", "x", ""),
		"one more, bare": strings.Replace(header2014, "Final,", "Final,,", 1) + lines(strings.Replace(visitor, ",3,120", ",3,,120", 1), strings.Replace(home, ",4,-130", ",4, ,-130", 1)),
	} {
		got := readOdds(t, 2014, text)
		if len(got.rows) != len(want) || len(got.bad) != 0 || got.rows[4].Line != want[4].Line || got.rows[9].Price != want[9].Price {
			t.Errorf("%s: %+v, refused %v", name, got.rows, got.bad)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"run line":     {strings.Replace(header2014, "Run Line", "", 1) + body, `column 18 (R) has no name in the header but holds "1.5" in data row 1`},
		"not an index": {indexed("", "1", "1"), `column 1 (A) has no name in the header but holds "1" in data row 2`},
		"no number":    {indexed("", "a", "b"), `column 1 (A)`},
		"at the end":   {strings.TrimSpace(header2014) + ",\n" + lines(visitor+",", home+",x"), `column 24 (X) has no name in the header but holds "x" in data row 2`},
	} {
		if err := firstFatal(t, c.text); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", name, err, c.want)
		}
	}
}

// firstFatal is what ends the reading of a document of 2014.
func firstFatal(t *testing.T, text string) error {
	t.Helper()
	f, err := OddsForYear(2014)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(strings.NewReader(text))
	for err == nil || errors.As(err, new(*source.RowError)) {
		_, err = r.Next()
	}
	return err
}

// A workbook whose header has lost a cell says which.
func TestWorkbookWithoutAName(t *testing.T) {
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range []string{strings.Replace(header2014, "Run Line", "", 1), visitor, home} {
		cells := strings.Split(strings.TrimSpace(row), ",")
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	if err := firstFatal(t, b.String()); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), `column 18 (R)`) {
		t.Errorf("%v, want the column named", err)
	}
}

// Whole numbers as a library writes columns of floats, small letters and whole
// dates give the same games and prices.
func TestSpellings(t *testing.T) {
	floats := func(line string) string {
		cells := strings.Split(line, ",")
		for i, c := range cells {
			if strings.Trim(c, "-0123456789") == "" {
				cells[i] = c + ".0"
			}
		}
		return strings.Join(cells, ",")
	}
	for name, l := range map[string][2]string{
		"floats":        {floats(visitor), floats(home)},
		"small letters": {with(visitor, 2, "v"), with(home, 2, "h")},
		"neutral field": {with(visitor, 2, "n"), with(home, 2, "n")},
		"whole dates":   {with(visitor, 0, "20140611"), with(home, 0, "20140611.0")},
		"with dashes":   {with(visitor, 0, "2014-06-11"), home},
	} {
		got, odds := readResults(t, 2014, header2014+lines(l[0], l[1])), readOdds(t, 2014, header2014+lines(l[0], l[1]))
		if len(got.rows) != 1 || len(got.bad) != 0 || len(odds.rows) != 10 || len(odds.bad) != 0 {
			t.Errorf("%s: %+v, refused %v and %v", name, got.rows, got.bad, odds.bad)
			continue
		}
		r := got.rows[0]
		if five, ok := r.LineScore.Through(5); !ok || five != (mlb.Score{Home: 1, Away: 1}) || r.Score != (mlb.Score{Home: 4, Away: 3}) || r.Ref != "2014-06-11/901" {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for _, day := range []string{"20130611", "20140631", "201406", "611.5", "6110611"} {
		if got := readResults(t, 2014, header2014+lines(with(visitor, 0, day), with(home, 0, day))); len(got.bad) != 2 || got.bad[0].Reason != source.BadTime {
			t.Errorf("%s: %+v, refused %v", day, got.rows, got.bad)
		}
	}
}

func TestBadDocuments(t *testing.T) {
	for _, c := range []struct {
		name, text string
		year       int
		want       []string
	}{
		{"empty", "", 2014, []string{"empty"}},
		{"blank header", "\n" + visitor, 2014, []string{"blank"}},
		{"no year", header2014, 0, []string{"--season"}},
		{"absurd year", header2014, 14, []string{"season 14", "--season"}},
		{"missing column", strings.Replace(header2014, "Close OU", "", 1), 2014, []string{`missing "Close OU"`, `found "Date"`}},
		{"unknown column", strings.Replace(header2014, "Pitcher", "Pitcher,Umpire", 1), 2014, []string{`unknown "Umpire"`}},
		{"column twice", strings.Replace(header2014, "Open,", "Final,", 1), 2014, []string{`"Final" stands twice`}},
		{"prices elsewhere", strings.Replace(header2014, "Run Line,,Open OU", "Run Line,Open OU,", 1), 2014, []string{`after column "Run Line" stands "Open OU"`}},
		{"another format", "game_no,entered_utc\n1,2\n", 2014, []string{"not a header of a season file"}},
		{"old workbook", "\xd0\xcf\x11\xe0....", 2014, []string{".xls"}},
		{"half a workbook", "PK\x03\x04....", 2014, []string{"workbook"}},
		{"quote not closed", `"` + header2014, 2014, []string{"header"}},
		{"long header", strings.Repeat("x", maxHeader+1), 2014, []string{"longer"}},
	} {
		f, err := OddsForYear(c.year)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Read(strings.NewReader(c.text))
		for _, want := range c.want {
			if !errors.Is(err, mlb.ErrInvalid) || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want ErrInvalid with %q", c.name, err, want)
			}
		}
	}
	f, err := OddsFormat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(strings.NewReader(header2014)); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("a season not named: %v", err)
	}
	if _, err := ResultFormat().Read(strings.NewReader(header2014)); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("a season not named: %v", err)
	}
}

func TestTooMuch(t *testing.T) {
	for name, text := range map[string]string{
		"more than 20000 lines": strings.Repeat("x,"+visitor[4:]+"\n", maxLines+1),
		"more than 200 games":   strings.Repeat(lines(visitor, home), maxDay+1),
	} {
		r, err := ResultsForYear(2014).Read(strings.NewReader(header2014 + text))
		for err == nil || errors.As(err, new(*source.RowError)) {
			_, err = r.Next()
		}
		if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The smallest unit is refused: what one market spoils, the others keep.
func TestBadPrices(t *testing.T) {
	for _, c := range []struct {
		name          string
		visitor, home string
		rows          int
		want          string // of every refused row
	}{
		{"no opening line", with(visitor, 15, "NL"), with(home, 15, "NL"), 8, ""},
		{"one side without a line", with(visitor, 15, "NL"), home, 9, ""},
		{"a price below 100", with(visitor, 16, "99"), home, 9, `bad_price: "99" in column Close`},
		{"no price", with(visitor, 16, "pick"), home, 9, `bad_price: "pick"`},
		{"hexadecimal", with(visitor, 16, "0x1p9"), home, 9, `bad_price: "0x1p9"`},
		{"no number", with(visitor, 16, "NaN"), home, 9, `bad_price: "NaN"`},
		{"plus on both sides", with(visitor, 16, "200"), with(home, 16, "175"), 8, "bad_price: Close +200 and +175 have the booksum 0.6970"},
		{"margin too large", with(visitor, 16, "-200"), with(home, 16, "-150"), 8, "have the booksum 1.2667"},
		{"total of one hundred", with(visitor, 21, "104"), with(home, 21, "104"), 8, `bad_line: Close OU "104"`},
		{"total of a cricket game", with(visitor, 21, "20.5"), with(home, 21, "3.5"), 8, ", want a total from 4.0 to 20.0"},
		{"total beyond any line", with(visitor, 19, "98"), with(home, 19, "98"), 8, `bad_line: Open OU "98"`},
		{"totals that differ", with(visitor, 21, "8.5"), home, 8, "bad_line: Close OU is 8.5 on the one side and 9.0"},
		{"no half-runs", with(visitor, 21, "9.25"), home, 9, `bad_line: Close OU "9.25"`},
		{"minus on both sides", with(visitor, 17, "-1.5"), home, 8, "bad_line: Run Line is -1.5 on the one side and -1.5"},
		{"no run line", with(visitor, 17, "0"), with(home, 17, "0"), 8, "bad_line: Run Line of 0"},
		{"signs the wrong way round", with(visitor, 17, "-1.5"), with(home, 17, "1.5"), 8, "bad_line: Run Line -1.5 at -150 of the away side contradicts its moneyline of +125"},
	} {
		got := readOdds(t, 2014, header2014+lines(c.visitor, c.home))
		if len(got.rows) != c.rows {
			t.Errorf("%s: %d prices, refused %v; want %d", c.name, len(got.rows), got.bad, c.rows)
		}
		for _, e := range got.bad {
			if c.want == "" || !strings.Contains(e.Error(), c.want) {
				t.Errorf("%s: refused %v, want %q", c.name, e, c.want)
			}
		}
	}
}

// A consensus can be a mean of two prices.
func TestMeanPrice(t *testing.T) {
	for text, want := range map[string]string{"-219.5": "1.4556", "189.5": "2.895", "-110.0": "-110", "105": "+105", "even": "+100"} {
		if p, err := parsePrice(text); err != nil || p.String() != want {
			t.Errorf("%s: %s, %v; want %s", text, p, err, want)
		}
	}
}

func TestBadResults(t *testing.T) {
	for _, c := range []struct {
		name, visitor, home, want string
	}{
		{"tie", with(visitor, 14, "4"), home, "bad_score: tie 4-4: suspended or unfinished"},
		{"no number", with(visitor, 14, "NL"), with(home, 14, "NL"), `bad_score: runs "NL" and "NL"`},
		{"absurd", with(visitor, 14, "400"), home, "bad_score: no game ends 400-4"},
		{"negative", with(visitor, 14, "-4"), home, "bad_score: no game ends -4-4"},
	} {
		got := readResults(t, 2014, header2014+lines(c.visitor, c.home))
		if len(got.rows) != 0 || len(got.bad) != 1 || !strings.Contains(got.bad[0].Error(), c.want) {
			t.Errorf("%s: %+v, refused %v", c.name, got.rows, got.bad)
		}
		if got.last.Text != c.visitor+"\n"+c.home {
			t.Errorf("%s: shown as %q", c.name, got.last.Text)
		}
	}
}

func TestLineScores(t *testing.T) {
	for _, c := range []struct {
		name, away, home string
		score            mlb.Score // home, away
		innings          int       // told
	}{
		{"home ahead after eight and a half", "0,0,0,0,0,0,0,0,1", "2,0,0,0,0,0,0,0,x", mlb.Score{Home: 2, Away: 1}, 9},
		{"extra innings are not told", "0,0,0,0,0,0,0,0,1", "1,0,0,0,0,0,0,0,0", mlb.Score{Home: 1, Away: 3}, 9},
		{"level, but over", "0,0,0,0,0,0,0,0,1", "1,0,0,0,0,0,0,0,x", mlb.Score{Home: 1, Away: 3}, 0},
		{"rain", "0,0,0,0,0,1,x,x,x", "2,0,0,0,0,x,x,x,X", mlb.Score{Home: 2, Away: 1}, 9},
		{"another score", "0,0,0,0,0,0,0,0,1", "2,0,0,0,0,0,0,0,x", mlb.Score{Home: 3, Away: 1}, 0},
		{"told up to the seventh", "0,0,0,0,0,1,0,,", "2,0,0,0,0,1,0,0,x", mlb.Score{Home: 3, Away: 1}, 7},
		{"more than the score", "0,0,0,0,0,9,0,,", "2,0,0,0,0,1,0,0,x", mlb.Score{Home: 3, Away: 1}, 0},
		{"nothing told", ",,,,,,,,", ",,,,,,,,", mlb.Score{Home: 3, Away: 1}, 0},
		{"no number", "0,0,0,?,0,0,0,0,1", "2,0,0,0,0,0,0,0,x", mlb.Score{Home: 2, Away: 1}, 0},
		{"the home half alone", "0,0,0,0,0,0,0,1,x", "2,0,0,0,0,0,0,0,0", mlb.Score{Home: 2, Away: 1}, 0},
		{"on after the end", "0,0,0,x,0,0,0,0,1", "2,0,0,x,0,0,0,0,x", mlb.Score{Home: 2, Away: 1}, 0},
	} {
		v := fmt.Sprintf("611,901,V,AAA,A,%s,%d%s", c.away, c.score.Away, strings.Repeat(",NL", 8))
		h := fmt.Sprintf("611,902,H,BBB,B,%s,%d%s", c.home, c.score.Home, strings.Repeat(",NL", 8))
		got := readResults(t, 2014, header2014+lines(v, h))
		if len(got.rows) != 1 || got.rows[0].Score != c.score {
			t.Errorf("%s: %+v, refused %v", c.name, got.rows, got.bad)
			continue
		}
		if s := got.rows[0].LineScore; len(s.Home) != c.innings || len(s.Away) != c.innings {
			t.Errorf("%s: %v, want %d innings", c.name, s, c.innings)
		}
	}
}

func TestPairing(t *testing.T) {
	v, h := visitor, home
	neutralV, neutralH := with(v, 2, "N"), with(h, 2, "N")
	for _, c := range []struct {
		name   string
		lines  []string
		games  []string // away/number
		reason []source.Reason
	}{
		{"neutral field", []string{neutralV, neutralH}, []string{"AAA/0"}, nil},
		{"neutral field, shifted", []string{with(neutralH, 1, "900"), neutralV, neutralH}, []string{"AAA/0"}, []source.Reason{source.BadGame}},
		{"visitor's number twice", []string{v, with(h, 1, "901")}, []string{"AAA/0"}, nil},
		{"home line missing", []string{v, with(v, 1, "903"), with(h, 1, "904")}, []string{"AAA/0"}, []source.Reason{source.BadGame}},
		{"visitor's line missing", []string{with(h, 1, "900"), v, h}, []string{"AAA/0"}, []source.Reason{source.BadGame}},
		{"both halves missing", []string{v, with(h, 1, "904")}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"last line missing", []string{v}, nil, []source.Reason{source.BadGame}},
		{"home above visitor", []string{h, v}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"another day", []string{v, with(h, 0, "612")}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"one team twice", []string{v, with(h, 3, "AAA")}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"no day", []string{with(v, 0, "631"), h}, nil, []source.Reason{source.BadTime, source.BadGame}},
		{"no date", []string{with(v, 0, "June"), h}, nil, []source.Reason{source.BadTime, source.BadGame}},
		{"no rotation number", []string{with(v, 1, "x"), h}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"no VH", []string{with(v, 2, "Q"), h}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"no team", []string{with(v, 3, ""), h}, nil, []source.Reason{source.BadGame, source.BadGame}},
		{"too few cells", []string{"611,901", v, h}, []string{"AAA/0"}, []source.Reason{source.BadRecord}},
		{
			"doubleheader, the first number last",
			[]string{with(v, 1, "921"), with(h, 1, "922"), with(v, 3, "CCC"), with(h, 3, "DDD"), with(v, 1, "911"), with(h, 1, "912")},
			[]string{"AAA/2", "CCC/0", "AAA/1"},
			nil,
		},
		{"one game twice", []string{v, h, v, h}, []string{"AAA/0"}, []source.Reason{source.BadGame}},
		{"three games", []string{v, h, with(v, 1, "921"), with(h, 1, "922"), with(v, 1, "911"), with(h, 1, "912")}, nil, slices.Repeat([]source.Reason{source.BadGame}, 3)},
		{
			"a day that another interrupts",
			[]string{v, h, with(v, 0, "612"), with(h, 0, "612"), with(v, 1, "911"), with(h, 1, "912")},
			[]string{"AAA/0", "AAA/0"},
			[]source.Reason{source.BadGame},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := readResults(t, 2014, header2014+lines(c.lines...))
			var games []string
			for _, r := range got.rows {
				games = append(games, fmt.Sprintf("%s/%d", r.Away, r.Number))
			}
			var reasons []source.Reason
			for _, e := range got.bad {
				reasons = append(reasons, e.Reason)
			}
			if !slices.Equal(games, c.games) || !slices.Equal(reasons, c.reason) {
				t.Errorf("games %q, refused %v; want %q, %q", games, got.bad, c.games, c.reason)
			}
		})
	}
}

// However lines are dropped and moved, each is in one game or refused once.
func TestLinesAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []string
		for range rapid.IntRange(0, 12).Draw(t, "lines") {
			n := rapid.IntRange(901, 908).Draw(t, "rotation number")
			from := rapid.SampledFrom([]string{visitor, home}).Draw(t, "line")
			l := with(from, 1, fmt.Sprint(n))
			l = with(l, 0, rapid.SampledFrom([]string{"611", "612", "?"}).Draw(t, "day"))
			l = with(l, 2, rapid.SampledFrom([]string{"V", "H", "N"}).Draw(t, "side"))
			all = append(all, l)
		}
		r, err := ResultsForYear(2014).Read(strings.NewReader(header2014 + lines(all...)))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			n += 1 + strings.Count(row.Text, "\n")
		}
		if n != len(all) {
			t.Fatalf("%d lines in, %d out", len(all), n)
		}
	})
}

func TestYearIn(t *testing.T) {
	for name, want := range map[string]int{
		"mlb-odds-2014.csv.gz": 2014, "mlb odds 2014.xlsx": 2014, "mlb_odds_2021(1).xlsx": 2021, "2014/mlb-2014.csv": 2014,
		"mlb.csv": 0, "mlb-2013-2014.csv": 0, "mlb-20140401.csv": 0, "": 0,
	} {
		if got := YearIn(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}

// workbook makes a sheet of csv text: numbers as numbers, and empty cells not
// stored at all.
func workbook(t testing.TB, text string, edit func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, l := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		for j, c := range strings.Split(l, ",") {
			var v any = c
			var n float64
			if _, err := fmt.Sscan(c, &n); err == nil && fmt.Sprint(n) == c {
				v = n
			}
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if c != "" {
				if err := f.SetCellValue("Sheet1", at, v); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	edit(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWorkbook(t *testing.T) {
	text := header2014 + lines(visitor, home, with(visitor, 0, "612"), with(with(home, 0, "612"), 22, ""))
	want, wantGames := readOdds(t, 2014, text), readResults(t, 2014, text)
	for name, edit := range map[string]func(*excelize.File){
		"plain": func(*excelize.File) {},
		"merged header cells": func(f *excelize.File) {
			if err := errors.Join(f.MergeCell("Sheet1", "R1", "S1"), f.MergeCell("Sheet1", "V1", "W1")); err != nil {
				t.Fatal(err)
			}
		},
		"blank rows": func(f *excelize.File) {
			if err := f.InsertRows("Sheet1", 3, 2); err != nil {
				t.Fatal(err)
			}
		},
	} {
		book := workbook(t, text, edit)
		got := readOdds(t, 2014, book)
		for i := range got.rows {
			got.rows[i].Text = strings.TrimRight(got.rows[i].Text, ",")
			want.rows[i].Text = strings.TrimRight(want.rows[i].Text, ",")
		}
		if !slices.Equal(got.rows, want.rows) || len(got.bad) != 0 {
			t.Errorf("%s: %+v, refused %v", name, got.rows, got.bad)
		}
		if games := readResults(t, 2014, book); len(games.rows) != len(wantGames.rows) || games.rows[1].Score != wantGames.rows[1].Score {
			t.Errorf("%s: %+v", name, games.rows)
		}
	}
}

func TestBadWorkbooks(t *testing.T) {
	text := header2014 + lines(visitor, home)
	for want, edit := range map[string]func(*excelize.File) error{
		`missing "Open", "Close"`: func(f *excelize.File) error { return f.MergeCell("Sheet1", "O1", "Q1") },
		`missing "Close OU"`:      func(f *excelize.File) error { return f.SetCellValue("Sheet1", "V1", nil) },
		`missing "Date"`:          func(f *excelize.File) error { return f.InsertRows("Sheet1", 1, 1) },
		"is empty": func(f *excelize.File) error {
			_, err := f.NewSheet("A")
			return errors.Join(err, f.MoveSheet("A", "Sheet1"))
		},
		"columns, want at most": func(f *excelize.File) error { return f.SetCellValue("Sheet1", "XFD2", 1) },
	} {
		book := workbook(t, text, func(f *excelize.File) {
			if err := edit(f); err != nil {
				t.Fatal(err)
			}
			if want == `missing "Date"` {
				if err := f.SetCellValue("Sheet1", "A1", "MLB 2014"); err != nil {
					t.Fatal(err)
				}
			}
		})
		_, err := ResultsForYear(2014).Read(strings.NewReader(book))
		if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want ErrInvalid with %q", err, want)
		}
	}
}

// Whatever the bytes, a document is refused whole or every row is read or
// refused with a reason.
func FuzzRead(f *testing.F) {
	f.Add([]byte(header2014 + lines(visitor, home)))
	f.Add([]byte(header2012 + lines("611,901,V,A,P,,,,,,,,,,2,-110,-219.5,7,100,7,NL")))
	f.Add([]byte(header2014 + lines(with(visitor, 2, "N"), with(home, 2, "N"), visitor, home)))
	f.Add([]byte(workbook(f, header2014+lines(visitor, home), func(*excelize.File) {})))
	f.Fuzz(func(t *testing.T, text []byte) {
		format, err := OddsForYear(2014)
		if err != nil {
			t.Fatal(err)
		}
		odds, err := format.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		n := int64(0)
		for {
			row, err := odds.Next()
			if errors.Is(err, io.EOF) || errors.Is(err, mlb.ErrInvalid) {
				break
			}
			var bad *source.RowError
			if n++; row.N != n || err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") {
				t.Fatalf("row %d: %v, %v", n, row, err)
			}
			if err == nil && (!row.Price.Valid() || !row.Side.Of(row.Market) || row.Date.Year != 2014 || row.Kind == source.Observed) {
				t.Fatalf("accepted as %+v", row)
			}
		}
		results, err := ResultsForYear(2014).Read(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("odds, but no results: %v", err)
		}
		for {
			row, err := results.Next()
			if errors.Is(err, io.EOF) || errors.Is(err, mlb.ErrInvalid) {
				break
			}
			if err == nil && (row.Score.Home == row.Score.Away || row.Status != mlb.Final || len(row.LineScore.Home) != len(row.LineScore.Away)) {
				t.Fatalf("accepted as %+v", row)
			}
		}
	})
}

// resheeted is the workbook with another text for its sheet.
func resheeted(t testing.TB, book, xml string) string {
	t.Helper()
	old, err := zip.NewReader(strings.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range old.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var part io.Reader = from
		if f.Name == sheetFile {
			part = strings.NewReader(xml)
		}
		to, err := z.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(to, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A small file can unpack to any size.
func TestZipBomb(t *testing.T) {
	book := workbook(t, header2014, func(*excelize.File) {})
	bomb := resheeted(t, book, strings.Repeat(" ", maxUnzipped+1))
	if _, _, err := openSheet(strings.NewReader(bomb)); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "unzip size exceeds") {
		t.Errorf("%d bytes that unpack to %d: %v, want ErrInvalid", len(bomb), maxUnzipped+1, err)
	}
}

const sheetFile = "xl/worksheets/sheet1.xml"

// Whatever a sheet holds, it is read or refused.
func FuzzSheet(f *testing.F) {
	book := workbook(f, header2014+lines(visitor, home), func(*excelize.File) {})
	z, err := zip.NewReader(strings.NewReader(book), int64(len(book)))
	if err != nil {
		f.Fatal(err)
	}
	part, err := z.Open(sheetFile)
	if err != nil {
		f.Fatal(err)
	}
	xml, err := io.ReadAll(part)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(xml))
	f.Add(`<worksheet><sheetData><row r="-1"><c r="A1" t="s"><v>999999</v></c></row></sheetData></worksheet>`)
	f.Add(`<worksheet><sheetData><row r="1"><c r="" t="inlineStr"><is><t>Date</t></is></c></row></sheetData></worksheet>`)
	f.Fuzz(func(t *testing.T, xml string) {
		header, sheet, err := openSheet(strings.NewReader(resheeted(t, book, xml)))
		if err != nil {
			if !errors.Is(err, mlb.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if len(header) > maxColumns {
			t.Fatalf("%d columns", len(header))
		}
		for err == nil {
			_, _, err = sheet.next()
		}
	})
}
