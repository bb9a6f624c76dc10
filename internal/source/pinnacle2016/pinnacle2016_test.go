package pinnacle2016

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sbro"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const (
	gamesHeader = "game_no,bref_game_id,event_time_utc,away,home,dh_game,away_sp,home_sp,away_runs,home_runs,n_lines,first_line_utc,last_line_utc,n_lines_after_start\n"
	linesHeader = "game_no,entered_utc,rl_away,rl_away_us,rl_home_us,ml_away_us,ml_home_us,total,over_us,under_us\n"

	game7    = "7,NA,2016-06-12T00:05:00Z,Visitors,Hosts,2,A ABLE,B BAKER,1,0,2,,,0\n"
	complete = "7,2016-06-11T23:00:00.047Z,1.5,-150,130,125,-135,8.5,-105,-103\n"
)

func format(t testing.TB, games string) source.OddsFormat {
	t.Helper()
	f, err := OddsFormat(strings.NewReader(gamesHeader + games))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, games, lines string) ([]source.OddsRow, []*source.RowError) {
	t.Helper()
	r, err := format(t, games).Read(strings.NewReader(linesHeader + lines))
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestLines(t *testing.T) {
	rows, bad := read(t, game7, complete+"7,2016-06-11T23:01:00Z,,,,,,,,\n7,2016-06-12T00:15:00Z,,,,130,,,,\n")
	want := []string{
		"1 run_line away -1.5 -150", "2 run_line home -1.5 +130",
		"3 moneyline away 0.0 +125", "4 moneyline home 0.0 -135",
		"5 total over 8.5 -105", "6 total under 8.5 -103",
		"7 moneyline away 0.0 +130", // ten minutes after the start, and alone
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%d %s %s %s %s", r.N, r.Market, r.Side, r.Line, r.Price))
		if r.Ref != "7" || r.Date.String() != "2016-06-11" || r.Number != 2 || r.Home != "Hosts" || r.Away != "Visitors" || r.Book != "pinnacle" ||
			r.Kind != source.Observed || !r.Complete || r.Period != mlb.FullGame || r.Start.Format(time.RFC3339) != "2016-06-12T00:05:00Z" {
			t.Errorf("got %+v", r)
		}
	}
	if !slices.Equal(got, want) || len(bad) != 0 {
		t.Errorf("got %q, refused %v; want %q", got, bad, want)
	}
	if at := rows[0].ObservedAt.Format(time.RFC3339Nano); at != "2016-06-11T23:00:00.047Z" || rows[0].Text+"\n" != complete {
		t.Errorf("at %s: %q", at, rows[0].Text)
	}
}

// A total that moved withdraws the one before: both rows say that they list
// everything, and only the second line is in the second.
func TestMovedTotal(t *testing.T) {
	rows, _ := read(t, game7, complete+strings.NewReplacer("23:00", "23:01", "8.5", "9").Replace(complete))
	var totals []string
	for _, r := range rows {
		if r.Market == mlb.Total {
			totals = append(totals, fmt.Sprintf("%s %v", r.Line, r.Complete))
		}
	}
	if want := []string{"8.5 true", "8.5 true", "9.0 true", "9.0 true"}; !slices.Equal(totals, want) {
		t.Errorf("got %q, want %q", totals, want)
	}
}

// A bad price leaves the others of its row alone.
func TestBadLines(t *testing.T) {
	broken := strings.Replace(game7, "2016-06-12T00:05:00Z", "soon", 1)
	for _, c := range []struct {
		name, games, lines string
		good               int
		want               []string
	}{
		{"unknown game", game7, strings.Replace(complete, "7", "8", 1), 0, []string{`unknown_game: game_no "8" is not in the list`}},
		{"unreadable game", broken, complete, 0, []string{`unknown_game: game_no "7" cannot be read in the list of games: bad_time`}},
		{"one number, two games", game7 + strings.Replace(game7, "Hosts", "Others", 1), complete, 0, []string{"stands for two games"}},
		{"one game twice", game7 + game7, complete, 6, nil},
		{"no time", game7, strings.Replace(complete, "2016", "16", 1), 0, []string{"bad_time: entered_utc"}},
		{"too few fields", game7, "7,2016-06-11T23:00:00Z\n", 0, []string{"bad_record"}},
		{"no moneyline", game7, strings.Replace(complete, "125", "99", 1), 5, []string{`bad_price: ml_away_us "99"`}},
		{"decimals", game7, strings.Replace(complete, "125", "2.25", 1), 5, []string{`bad_price: ml_away_us "2.25"`}},
		{"no run line", game7, strings.Replace(complete, ",1.5", ",", 1), 4, []string{`bad_line: rl_away ""`, `bad_line: rl_away ""`}},
		{"no total", game7, strings.Replace(complete, "8.5", "-8.5", 1), 4, []string{`bad_line: total "-8.5"`, `bad_line: total "-8.5"`}},
		{"during the game", game7, strings.Replace(complete, "11T23:00", "12T00:19", 1), 0, slices.Repeat([]string{"in_play: observed 14 min after the start"}, 6)},
	} {
		rows, bad := read(t, c.games, c.lines)
		if len(rows) != c.good || len(bad) != len(c.want) {
			t.Errorf("%s: %d prices, refused %v; want %d, %q", c.name, len(rows), bad, c.good, c.want)
			continue
		}
		for i, e := range bad {
			if !strings.Contains(e.Error(), c.want[i]) {
				t.Errorf("%s: %v, want %q", c.name, e, c.want[i])
			}
		}
	}
}

func TestBadDocuments(t *testing.T) {
	if _, err := OddsFormat(strings.NewReader(linesHeader)); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), "list of games") {
		t.Errorf("the log for the list: %v", err)
	}
	if _, err := format(t, game7).Read(strings.NewReader(gamesHeader)); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("the list for the log: %v", err)
	}
}

func readResults(t testing.TB, games io.Reader) ([]source.ResultRow, []*source.RowError) {
	t.Helper()
	f, err := ResultFormat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(games)
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestResults(t *testing.T) {
	bad := []string{
		strings.Replace(game7, ",1,0,", ",,,", 1), strings.Replace(game7, ",2,A", ",3,A", 1), strings.Replace(game7, "7,", ",", 1),
		strings.Replace(game7, "Hosts", "Visitors", 1), strings.Replace(game7, "06-12", "06-31", 1), "7\n",
	}
	rows, refused := readResults(t, strings.NewReader(gamesHeader+strings.Join(bad, "")+game7))
	var reasons []source.Reason
	for _, e := range refused {
		reasons = append(reasons, e.Reason)
	}
	want := []source.Reason{source.BadScore, source.BadGame, source.BadGame, source.BadGame, source.BadTime, source.BadRecord}
	if !slices.Equal(reasons, want) || len(rows) != 1 {
		t.Fatalf("%+v, refused %v; want %v", rows, refused, want)
	}
	r := rows[0]
	if r.N != 7 || r.Ref != "7" || r.Date.String() != "2016-06-11" || r.Number != 2 || r.Status != mlb.Final || r.Score != (mlb.Score{Home: 0, Away: 1}) ||
		r.AwayStarter != "A ABLE" || r.HomeStarter != "B BAKER" {
		t.Errorf("got %+v", r)
	}
}

// Whatever the bytes, every row is read or refused with a reason.
func FuzzRead(f *testing.F) {
	f.Add(game7, complete)
	f.Add(game7+game7, "7,2016-06-12T00:19:00Z,-1.5,150,-170,,,8,100,\n8,,,,,,,,,\n")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, games, lines string) {
		format, err := OddsFormat(strings.NewReader(gamesHeader + games))
		if err != nil {
			return
		}
		r, err := format.Read(strings.NewReader(linesHeader + lines))
		if err != nil {
			return
		}
		for n := int64(1); ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if row.N != n || err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") {
				t.Fatalf("row %d: %+v, %v", n, row, err)
			}
			if err == nil && (!row.Price.Valid() || !row.Side.Of(row.Market) || row.Ref == "" || row.ObservedAt.After(row.Start.Add(inPlayAfter))) {
				t.Fatalf("accepted as %+v", row)
			}
		}
	})
}

const captures = "../../../../shared/data/"

func capture(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(captures + file)
	if err != nil {
		t.Skip("real captures absent: ../shared/data/" + file)
	}
	if !strings.HasSuffix(file, ".gz") {
		return text
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if text, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return text
}

func capturedMonths(t testing.TB) (months []string) {
	t.Helper()
	months, err := filepath.Glob(captures + "pinnacle2016/lines_*.csv.gz")
	if err != nil || len(months) == 0 {
		t.Skip("real captures absent: ../shared/data/pinnacle2016")
	}
	for i, m := range months {
		months[i] = strings.TrimPrefix(filepath.ToSlash(m), captures)
	}
	return months
}

func TestRealCaptures(t *testing.T) {
	f, err := OddsFormat(bytes.NewReader(capture(t, "pinnacle2016/games.csv")))
	if err != nil {
		t.Fatal(err)
	}
	results, refused := readResults(t, bytes.NewReader(capture(t, "pinnacle2016/games.csv")))
	if len(results) != 2462 || len(refused) != 0 {
		t.Errorf("%d results, refused %v; want 2462", len(results), refused)
	}
	// Late in the evening the calendar of the East is a day behind UTC.
	if g := results[503]; g.Ref != "504" || g.Date.String() != "2016-05-11" || g.Number != 2 {
		t.Errorf("game 504: %+v", g)
	}
	prices, late, rows := 0, 0, map[string]bool{}
	for _, month := range capturedMonths(t) {
		r, err := f.Read(bytes.NewReader(capture(t, month)))
		if err != nil {
			t.Fatal(err)
		}
		for {
			row, err := r.Next()
			var bad *source.RowError
			switch {
			case errors.Is(err, io.EOF):
			case err == nil:
				prices++
				continue
			case errors.As(err, &bad) && bad.Reason == source.InPlay:
				late++
				rows[row.Text] = true
				continue
			default:
				t.Errorf("%s: %v in %q", month, err, row.Text)
				continue
			}
			break
		}
	}
	t.Logf("%d prices, %d of %d rows refused as in play", prices, late, len(rows))
	if prices < 1_000_000 || len(rows) != 144 {
		t.Errorf("%d prices, %d of %d rows in play; want 144 rows", prices, late, len(rows))
	}
}

// An empty market is one that is not offered: it has not opened yet, or it is
// withdrawn for a while. Its cells are never filled in part.
func TestEmptyMarkets(t *testing.T) {
	columns := [3][]int{{2, 3, 4}, {5, 6}, {7, 8, 9}} // run line, moneyline, total
	state := map[string]*[3]string{}                  // by game: "", "open" or "gone"
	before, withdrawn, reopened := 0, 0, 0
	for _, month := range capturedMonths(t) {
		rows, err := csv.NewReader(bytes.NewReader(capture(t, month))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			if state[row[0]] == nil {
				state[row[0]] = &[3]string{}
			}
			for i, cells := range columns {
				empty := row[cells[0]] == ""
				if slices.ContainsFunc(cells, func(c int) bool { return (row[c] == "") != empty }) {
					t.Errorf("%q: a market filled in part", row)
				}
				switch s := &state[row[0]][i]; {
				case !empty:
					if *s == "gone" {
						reopened++
					}
					*s = "open"
				case *s == "":
					before++
				case *s == "open":
					withdrawn++
					*s = "gone"
				}
			}
		}
	}
	if before != 10_918 || withdrawn != 150 || reopened != 150 {
		t.Errorf("empty %d times before a market opened, %d times after, of which %d opened again", before, withdrawn, reopened)
	}
}

// The book's last prices before the start are near those of another archive,
// matched by day, clubs and score: were sides, days
// or signs wrong, they would not be.
func TestCloseAgreesWithAnotherArchive(t *testing.T) {
	ours, theirs := pinnacleCloses(t), sbroCloses(t)
	n, within, sum := 0, 0, 0.0
	for key, p := range ours {
		q, ok := theirs[key]
		if !ok {
			continue
		}
		n++
		sum += p - q
		if math.Abs(p-q) <= .02 {
			within++
		}
	}
	t.Logf("%d of %d games matched, mean difference %.5f, %.1f %% within 2 points", n, len(ours), sum/float64(n), 100*float64(within)/float64(n))
	if n < 1300 || math.Abs(sum/float64(n)) > .001 || float64(within) < .98*float64(n) {
		t.Errorf("%d games, mean difference %.5f, %d within 2 points", n, sum/float64(n), within)
	}
}

// clubs are the other archive's codes.
var clubs = map[string]string{
	"Arizona Diamondbacks": "ARI", "Atlanta Braves": "ATL", "Baltimore Orioles": "BAL", "Boston Red Sox": "BOS", "Chicago Cubs": "CUB",
	"Chicago White Sox": "CWS", "Cincinnati Reds": "CIN", "Cleveland Indians": "CLE", "Colorado Rockies": "COL", "Detroit Tigers": "DET",
	"Houston Astros": "HOU", "Kansas City Royals": "KAN", "Los Angeles Angels of Anaheim": "LAA", "Los Angeles Dodgers": "LOS", "Miami Marlins": "MIA",
	"Milwaukee Brewers": "MIL", "Minnesota Twins": "MIN", "New York Mets": "NYM", "New York Yankees": "NYY", "Oakland Athletics": "OAK",
	"Philadelphia Phillies": "PHI", "Pittsburgh Pirates": "PIT", "San Diego Padres": "SDG", "San Francisco Giants": "SFO", "Seattle Mariners": "SEA",
	"St. Louis Cardinals": "STL", "Tampa Bay Rays": "TAM", "Texas Rangers": "TEX", "Toronto Blue Jays": "TOR", "Washington Nationals": "WAS",
}

// fairHome is the home side's fair probability, multiplicatively.
func fairHome(away, home odds.Price) float64 { return home.Prob() / (home.Prob() + away.Prob()) }

func key(date mlb.Date, away, home string, s mlb.Score) string {
	return fmt.Sprint(date, away, home, s)
}

func pinnacleCloses(t *testing.T) map[string]float64 {
	t.Helper()
	games := capture(t, "pinnacle2016/games.csv")
	f, err := OddsFormat(bytes.NewReader(games))
	if err != nil {
		t.Fatal(err)
	}
	last := map[string][2]odds.Price{}
	for _, month := range capturedMonths(t) {
		r, err := f.Read(bytes.NewReader(capture(t, month)))
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := sourcetest.All(t, r.Next)
		for _, row := range rows {
			if row.Market == mlb.Moneyline && !row.ObservedAt.After(row.Start) {
				both := last[row.Ref]
				both[map[mlb.Side]int{mlb.Away: 0, mlb.Home: 1}[row.Side]] = row.Price
				last[row.Ref] = both
			}
		}
	}
	closes := map[string]float64{}
	results, _ := readResults(t, bytes.NewReader(games))
	for _, g := range results {
		if both := last[g.Ref]; both[0].Valid() && both[1].Valid() {
			closes[key(g.Date, clubs[g.Away], clubs[g.Home], g.Score)] = fairHome(both[0], both[1])
		}
	}
	return closes
}

func sbroCloses(t *testing.T) map[string]float64 {
	t.Helper()
	season := capture(t, "sbro/mlb-odds-2016.csv.gz")
	f, err := sbro.OddsForYear(2016)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(bytes.NewReader(season))
	if err != nil {
		t.Fatal(err)
	}
	rows, _ := sourcetest.All(t, r.Next)
	last := map[string][2]odds.Price{}
	for _, row := range rows {
		if row.Market == mlb.Moneyline && row.Kind == source.Closing {
			both := last[row.Ref]
			both[map[mlb.Side]int{mlb.Away: 0, mlb.Home: 1}[row.Side]] = row.Price
			last[row.Ref] = both
		}
	}
	res, err := sbro.ResultsForYear(2016).Read(bytes.NewReader(season))
	if err != nil {
		t.Fatal(err)
	}
	closes := map[string]float64{}
	games, _ := sourcetest.All(t, res.Next)
	for _, g := range games {
		if both := last[g.Ref]; both[0].Valid() && both[1].Valid() {
			closes[key(g.Date, g.Away, g.Home, g.Score)] = fairHome(both[0], both[1])
		}
	}
	return closes
}

func BenchmarkLines(b *testing.B) {
	f, err := OddsFormat(bytes.NewReader(capture(b, "pinnacle2016/games.csv")))
	if err != nil {
		b.Fatal(err)
	}
	month := capture(b, "pinnacle2016/lines_2016-06.csv.gz")
	rows := 0
	for b.Loop() {
		r, err := f.Read(bytes.NewReader(month))
		for err == nil || errors.As(err, new(*source.RowError)) {
			_, err = r.Next()
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
