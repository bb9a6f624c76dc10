package grade

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// captured is the path of a real capture. The captures are not ours to
// distribute: they lie beside the repository, or where MLB_SHARED_DATA says.
func captured(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("MLB_SHARED_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real captures absent: %s", path)
	}
	return path
}

// table reads a CSV file, gzip or not, as maps of its header's names.
func table(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	all, err := c.ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(all), err)
	}
	for _, rec := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			if i < len(rec) && row[name] == "" {
				row[name] = rec[i]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// TestSeasonFiles grades every game of eight seasons on both sides of four
// bets and compares the finals with a plain computation from the same score.
// What has no final score, no innings that fit it, or was called early must be
// told apart, not graded like the rest.
func TestSeasonFiles(t *testing.T) {
	counts := map[string]map[Outcome]int{}
	games, manual := 0, map[string]int{}
	for year := 2012; year <= 2019; year++ {
		rows := table(t, captured(t, fmt.Sprintf("sbro/mlb-odds-%d.csv.gz", year)))
		for i := 0; i+1 < len(rows); i += 2 {
			r, ok := seasonGame(rows[i], rows[i+1])
			if !ok {
				continue
			}
			games++
			tl := timeline(r)
			for _, bet := range []string{"moneyline home", "run_line home -1.5", "total over 8", "f5 total over 4.5", "f5 moneyline home"} {
				b := ticket(t, bet)
				g := judge(t, "", b, tl)
				b.Side = b.Side.Opposite()
				h := judge(t, "", b, tl)
				if counts[bet] == nil {
					counts[bet] = map[Outcome]int{}
				}
				counts[bet][g.Outcome]++
				if g.Outcome == Manual {
					manual[bet+": "+reason(g.Event)]++
				}
				if g.Outcome == Win != (h.Outcome == Lose) || g.Outcome == Lose != (h.Outcome == Win) {
					t.Errorf("%d row %d, %s: %s and %s", year, i, bet, g.Event, h.Event)
				}
				plain(t, bet, r, g)
			}
		}
	}
	for _, bet := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%-20s %v", bet, counts[bet])
	}
	t.Logf("%d games, %d pushes of totals at 8", games, counts["total over 8"][Push])
	for _, why := range slices.Sorted(maps.Keys(manual)) {
		t.Logf("manual %4d %s", manual[why], why)
	}
}

// reason is an event with its figures left out.
func reason(event string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '#'
		}
		return r
	}, event)
}

// plain checks a graded full-game bet against the final score alone: it may
// differ only where the event says that the game was called.
func plain(t *testing.T, bet string, r mlb.Result, g Grading) {
	t.Helper()
	diff := map[string]int{
		"moneyline home": r.Score.Home - r.Score.Away, "run_line home -1.5": 2*(r.Score.Home-r.Score.Away) - 3,
		"total over 8": r.Score.Home + r.Score.Away - 8,
	}
	d, ok := diff[bet]
	if !ok || !strings.HasPrefix(g.Event, "final") {
		return
	}
	want := Push
	if d > 0 {
		want = Win
	} else if d < 0 {
		want = Lose
	}
	if g.Outcome != want {
		t.Errorf("%s of %+v: got %s (%s), want %s", bet, r.Score, g.Outcome, g.Event, want)
	}
}

// seasonGame is a game of two rows, the visitors first. No season in these
// files has games of seven innings. It is false without a numeric final.
func seasonGame(away, home map[string]string) (mlb.Result, bool) {
	r := mlb.Result{Status: mlb.Final, ScheduledInnings: 9}
	var err1, err2 error
	r.Score.Away, err1 = strconv.Atoi(away["Final"])
	r.Score.Home, err2 = strconv.Atoi(home["Final"])
	for _, in := range []string{"1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th"} {
		r.LineScore.Away = append(r.LineScore.Away, runsIn(away[in]))
		r.LineScore.Home = append(r.LineScore.Home, runsIn(home[in]))
	}
	return r, err1 == nil && err2 == nil
}

func runsIn(s string) int8 {
	n, err := strconv.ParseInt(s, 10, 8)
	if err != nil {
		return mlb.NotPlayed
	}
	return int8(n)
}

// TestBettorsLog grades a bettor's public log: what he settled as won, lost
// and push, from the same final scores.
func TestBettorsLog(t *testing.T) {
	markets := map[string]mlb.Market{"moneyline": mlb.Moneyline, "runline": mlb.RunLine, "total": mlb.Total}
	status := map[string]Outcome{"won": Win, "lost": Lose, "push": Push, "pending": Pending}
	counts := map[Outcome]int{}
	profit := 0.0
	for _, row := range table(t, captured(t, "bet_log/bet_log.csv")) {
		b := Bet{Market: markets[row["market"]], Period: mlb.FullGame}
		b.Side, _ = mlb.ParseSide(row["side"])
		if b.Market.HasLine() {
			line, err := mlb.ParseLine(row["line"])
			if err != nil {
				t.Fatal(err)
			}
			b.Line = line.ForSide(b.Market, b.Side)
		}
		a, err := odds.ParseAmerican(row["price"])
		if err != nil {
			t.Fatal(err)
		}
		b.Price = price(t, a)
		r := mlb.Result{Status: mlb.Scheduled}
		if row["final_runs_h"] != "" {
			r.Status = mlb.Final
			r.Score.Home, _ = strconv.Atoi(row["final_runs_h"])
			r.Score.Away, _ = strconv.Atoi(row["final_runs_a"])
		}
		g := judge(t, row["book"], b, Timeline{Result: r})
		counts[g.Outcome]++
		if g.Outcome != status[row["status"]] {
			t.Errorf("bet %s: got %s (%s), settled as %s", row["bet_id"], g.Outcome, g.Event, row["status"])
		}
		if g.Outcome.Settled() {
			units, _ := strconv.ParseFloat(row["units_risked"], 64)
			profit += units * (g.Return - 1)
		}
	}
	if counts[Win] != 40 || counts[Lose] != 44 || counts[Push] != 1 || counts[Pending] != 3 {
		t.Errorf("got %v, published 40-44-1 with 3 pending", counts)
	}
	near(t, "profit in units", profit, -4.11, .005)
}

// TestPinnacleCloses takes the moneyline's close of every game of April to
// July 2016 and finds none later than the start.
func TestPinnacleCloses(t *testing.T) {
	starts := map[string]time.Time{}
	for _, g := range table(t, captured(t, "pinnacle2016/games.csv")) {
		at, err := time.Parse(time.RFC3339, g["event_time_utc"])
		if err != nil {
			t.Fatal(err)
		}
		starts[g["game_no"]] = at
	}
	closes, late, lateGames := 0, 0, 0
	missing := map[Missing]int{}
	for month := 4; month <= 7; month++ {
		quotes := map[string][]mlb.Quote{}
		for _, row := range table(t, captured(t, fmt.Sprintf("pinnacle2016/lines_2016-%02d.csv.gz", month))) {
			at, err := time.Parse(time.RFC3339, row["entered_utc"])
			if err != nil {
				t.Fatal(err)
			}
			q := mlb.Quote{Side: mlb.Home, ObservedAt: at}
			if a, err := odds.ParseAmerican(row["ml_home_us"]); err == nil {
				q.Price = price(t, a)
			}
			quotes[row["game_no"]] = append(quotes[row["game_no"]], q)
		}
		for no, all := range quotes {
			c := ClosingQuote(all, nil, mlb.CutoffOf(time.Time{}, starts[no]), MaxAge{Default: 24 * time.Hour})
			missing[c.Missing]++
			late += c.Late
			lateGames += min(c.Late, 1)
			if !c.Final {
				continue
			}
			closes++
			if !c.Quote.ObservedAt.Before(starts[no]) || c.Basis != mlb.ScheduledStart {
				t.Errorf("game %s: close %+v, start %s", no, c, starts[no])
			}
		}
	}
	t.Logf("%d closes; %d lines at or after the start, of %d games, not used; missing %v", closes, late, lateGames, missing)
}
