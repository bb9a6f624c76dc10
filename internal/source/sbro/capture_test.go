package sbro

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// captures is the folder of the real captures.
const captures = "../../../../shared/data/"

func capture(t testing.TB, file string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(captures, file))
	if err != nil {
		t.Skip("real captures absent: ../shared/data/" + file)
	}
	t.Cleanup(func() { f.Close() })
	if !strings.HasSuffix(file, ".gz") {
		return f
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func season(year int) string { return fmt.Sprintf("sbro/mlb-odds-%d.csv.gz", year) }

func capturedOdds(t *testing.T, file string, year int) read[source.OddsRow] {
	t.Helper()
	f, err := OddsForYear(year)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Read(capture(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r.Next)
}

func capturedResults(t *testing.T, file string, year int) read[source.ResultRow] {
	t.Helper()
	r, err := ResultsForYear(year).Read(capture(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r.Next)
}

// figures sum up a season of closing moneylines: of one unit on every home
// side and one on every away side.
type figures struct {
	n, wins                           int
	fair, brier, homeUnits, awayUnits float64
}

// add counts a game by the decimal prices of its close.
func (f *figures) add(away, home float64, won bool) {
	sum := 1/home + 1/away
	if sum < 1 || sum > 1.12 {
		return
	}
	fair, outcome := 1/home/sum, 0.0
	f.n++
	if won {
		f.wins++
		outcome = 1
		f.homeUnits += home - 1
		f.awayUnits--
	} else {
		f.homeUnits--
		f.awayUnits += away - 1
	}
	f.fair += fair
	f.brier += (fair - outcome) * (fair - outcome)
}

func (f figures) String() string {
	n := float64(f.n)
	return fmt.Sprintf("n %d, home wins %d, fair %.6f, brier %.6f, home %.4f, away %.4f", f.n, f.wins, f.fair/n, f.brier/n, f.homeUnits, f.awayUnits)
}

// plainly computes the figures from the file without the parser: every two
// lines are a game, its score in column 14 and its close in column 16.
func plainly(t *testing.T, year int) (f figures) {
	t.Helper()
	all, err := csv.NewReader(capture(t, season(year))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	decimal := func(american float64) float64 {
		if american > 0 {
			return 1 + american/100
		}
		return 1 - 100/american
	}
	for i := 1; i+1 < len(all); i += 2 {
		var v [4]float64
		var errs [4]error
		for j, text := range []string{all[i][14], all[i+1][14], all[i][16], all[i+1][16]} {
			v[j], errs[j] = strconv.ParseFloat(text, 64)
		}
		if errors.Join(errs[:]...) == nil && v[0] != v[1] {
			f.add(decimal(v[2]), decimal(v[3]), v[1] > v[0])
		}
	}
	return f
}

// parsed computes the figures from the parser's rows.
func parsed(t *testing.T, year int) (f figures) {
	t.Helper()
	closes := map[string][2]float64{} // away, home
	for _, r := range capturedOdds(t, season(year), year).rows {
		if r.Market == mlb.Moneyline && r.Kind == source.Closing {
			both := closes[r.Ref]
			both[map[mlb.Side]int{mlb.Away: 0, mlb.Home: 1}[r.Side]] = r.Price.Decimal()
			closes[r.Ref] = both
		}
	}
	for _, r := range capturedResults(t, season(year), year).rows {
		if both := closes[r.Ref]; both[0] > 0 && both[1] > 0 {
			f.add(both[0], both[1], r.Score.Home > r.Score.Away)
		}
	}
	return f
}

func TestSeasons(t *testing.T) {
	for year := 2012; year <= 2019; year++ {
		want, got := plainly(t, year), parsed(t, year)
		t.Logf("%d: %s", year, got)
		if got.n != want.n || got.wins != want.wins || math.Abs(got.fair-want.fair) > 1e-4 || math.Abs(got.brier-want.brier) > 1e-4 ||
			math.Abs(got.homeUnits-want.homeUnits) > 1e-4 || math.Abs(got.awayUnits-want.awayUnits) > 1e-4 {
			t.Errorf("%d: %s, want %s", year, got, want)
		}
	}
	if got, want := parsed(t, 2012).String(), "n 2467, home wins 1313, fair 0.533688, brier 0.242151, home -104.7761, away -88.5626"; got != want {
		t.Errorf("2012: %s, want %s", got, want)
	}
}

// What is refused of the captured seasons, by reason.
func TestQuarantine(t *testing.T) {
	want := map[int][2]string{
		2012: {"map[]", "map[]"},
		2013: {"map[]", "map[bad_score:2]"},
		2014: {"map[bad_line:2]", "map[bad_score:4]"},
		2015: {"map[bad_price:2]", "map[bad_score:3]"},
		2016: {"map[bad_price:2]", "map[bad_score:5]"},
		2017: {"map[bad_line:2 bad_price:2]", "map[]"},
		2018: {"map[bad_line:16]", "map[bad_score:2]"},
		2019: {"map[bad_line:10]", "map[]"},
	}
	for year := 2012; year <= 2019; year++ {
		odds, results := capturedOdds(t, season(year), year), capturedResults(t, season(year), year)
		got := [2]string{fmt.Sprint(reasons(odds.bad)), fmt.Sprint(reasons(results.bad))}
		told := 0
		for _, r := range results.rows {
			if len(r.LineScore.Home) > 0 {
				told++
			}
		}
		t.Logf("%d: %d prices, refused %s; %d results, refused %s, %d with innings", year, len(odds.rows), got[0], len(results.rows), got[1], told)
		if got != want[year] {
			t.Errorf("%d: refused %v of the prices and %v of the results, want %v", year, odds.bad, results.bad, want[year])
		}
	}
}

func reasons(bad []*source.RowError) map[source.Reason]int {
	m := map[source.Reason]int{}
	for _, e := range bad {
		m[e.Reason]++
	}
	return m
}

// The workbooks and the csv files of a season hold the same games.
func TestWorkbooksEqualCSV(t *testing.T) {
	for _, year := range []int{2014, 2018} {
		book := fmt.Sprintf("sbro/mlb-odds-%d.xlsx", year)
		a, b := capturedOdds(t, season(year), year), capturedOdds(t, book, year)
		if !slices.Equal(a.rows, b.rows) || len(a.rows) == 0 || len(a.bad) != len(b.bad) {
			t.Errorf("%d: %d and %d prices, or not the same", year, len(a.rows), len(b.rows))
		}
		c, d := capturedResults(t, season(year), year), capturedResults(t, book, year)
		same := slices.EqualFunc(c.rows, d.rows, func(x, y source.ResultRow) bool { return fmt.Sprint(x) == fmt.Sprint(y) })
		if !same || len(c.rows) == 0 || len(c.bad) != len(d.bad) {
			t.Errorf("%d: %d and %d results, or not the same", year, len(c.rows), len(d.rows))
		}
	}
}

// Of the rows known to be bad, those that a season file alone reveals are
// refused, and no other games are.
func TestKnownBadRows(t *testing.T) {
	known, err := csv.NewReader(capture(t, "sbro/known_bad_rows.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]int{}
	for _, k := range known[1:] {
		year, err := strconv.Atoi(k[0])
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(k[7], "tie final") || strings.HasPrefix(k[7], "final score not") {
			want[year]++
		}
	}
	for year := 2012; year <= 2019; year++ {
		if got := len(capturedResults(t, season(year), year).bad); got != want[year] {
			t.Errorf("%d: %d results refused, want %d", year, got, want[year])
		}
	}
}

// clubs are Retrosheet's codes of the archive's.
var clubs = map[string]string{
	"CUB": "CHN", "CWS": "CHA", "KAN": "KCA", "LAA": "ANA", "LAD": "LAN", "LOS": "LAN", "NYM": "NYN", "NYY": "NYA",
	"SDG": "SDN", "SFO": "SFN", "STL": "SLN", "TAM": "TBA",
}

func club(code string) string {
	if c, ok := clubs[code]; ok {
		return c
	}
	return code
}

// retrosheet is the scores of each pair of clubs on each day, by Retrosheet's
// number of the game.
func retrosheet(t *testing.T) map[string]map[string]mlb.Score {
	t.Helper()
	all, err := csv.NewReader(capture(t, "retrosheet/retrosheet_results_2010_2016.csv.gz")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	days := map[string]map[string]mlb.Score{}
	for _, f := range all[1:] {
		key := f[0] + f[2] + f[3]
		if days[key] == nil {
			days[key] = map[string]mlb.Score{}
		}
		s, err := source.ParseScore(f[4], f[5])
		if err != nil {
			t.Fatal(err)
		}
		days[key][f[1]] = s
	}
	return days
}

// The archive's codes are the clubs that played those games with those
// scores. The table of codes beside the captures has two of them wrong: LOS is
// not the Angels and LAA not the Dodgers.
func TestTeamCodes(t *testing.T) {
	days := retrosheet(t)
	disputed, matched, inOrder, reversed := 0, 0, 0, 0
	for year := 2012; year <= 2016; year++ {
		for _, r := range capturedResults(t, season(year), year).rows {
			scores := days[r.Date.String()+club(r.Away)+club(r.Home)]
			switch {
			case len(scores) == 0: // before or after the regular season
			case !slices.Contains(slices.Collect(maps.Values(scores)), r.Score):
				disputed++
				t.Logf("%s %s @ %s %v, Retrosheet %v", r.Date, r.Away, r.Home, r.Score, scores)
			default:
				matched++
			}
			if r.Number != 1 || len(scores) != 2 || scores["1"] == scores["2"] {
				continue
			}
			switch r.Score {
			case scores["1"]:
				inOrder++
			case scores["2"]:
				reversed++
			}
		}
	}
	t.Logf("%d scores are Retrosheet's, %d are not; %d doubleheaders in the order of rotation numbers, %d in the other", matched, disputed, inOrder, reversed)
	if disputed != 11 || matched < 12_000 {
		t.Errorf("%d scores are Retrosheet's and %d not, want 11 not", matched, disputed)
	}
	if inOrder != 49 || reversed != 64 {
		t.Errorf("%d doubleheaders in the order of rotation numbers, %d in the other; the package says 49 and 64", inOrder, reversed)
	}
}

func BenchmarkOdds(b *testing.B) {
	text, err := io.ReadAll(capture(b, season(2014)))
	if err != nil {
		b.Fatal(err)
	}
	rows := 0
	for b.Loop() {
		f, err := OddsForYear(2014)
		if err != nil {
			b.Fatal(err)
		}
		r, err := f.Read(strings.NewReader(string(text)))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil || errors.As(err, new(*source.RowError)) {
			_, err = r.Next()
			rows++
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkWorkbook(b *testing.B) {
	text, err := io.ReadAll(capture(b, "sbro/mlb-odds-2014.xlsx"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := openSheet(strings.NewReader(string(text))); err != nil {
			b.Fatal(err)
		}
	}
}
