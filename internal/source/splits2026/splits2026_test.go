package splits2026

import (
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
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/source/sourcetest"
)

const header = "captured_at,commit,date,game_pk,away,home,game_start_utc,state,covers_away,covers_home,scoresodds_bets_away,scoresodds_bets_home," +
	"scoresodds_money_away,scoresodds_money_home,vsin_bets_away,vsin_bets_home,vsin_money_away,vsin_money_home,polymarket_away,polymarket_home," +
	"money_side,money_pct,ml_away,ml_home,adv_team,line_open,line_current,line_morning\n"

const (
	game  = "2026-07-16T20:00:05.5+00:00,abc,2026-07-16,777001,New York Mets,San Diego Padres,2026-07-17T02:10:00Z,upcoming,"
	end   = ",45,55,,,+118,-130,,,,\n"
	whole = game + "40.0,60.0,30,70,20,80,35,66,10,90,45,55,away,64,+118,-130,New York Mets,-120,-130,\n"
)

func readLog(t *testing.T, rows ...string) (all []source.SplitRow, bad []*source.RowError) {
	t.Helper()
	r, err := SplitFormat().Read(strings.NewReader(header+strings.Join(rows, "")), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return sourcetest.All(t, r.Next)
}

func TestRows(t *testing.T) {
	rows, bad := readLog(t, whole, game+",,,,,,,,,"+end)
	if len(rows) != 4 || len(bad) != 0 {
		t.Fatalf("%+v, refused %v; want four splits of the first row", rows, bad)
	}
	for i, want := range []struct {
		provider    string
		bets, money float64 // of the home side
	}{{"covers", 0.6, 0}, {"scoresodds", 0.7, 0.8}, {"vsin", 0.66, 0.9}, {"splits2026", 0, 0.36}} {
		r := rows[i]
		if r.Provider != want.provider || math.Abs(r.Bets.First-want.bets) > 1e-12 || math.Abs(r.Money.First-want.money) > 1e-12 || r.N != int64(i+1) {
			t.Errorf("got %+v, want %+v", r, want)
		}
		if r.PK != 777001 || r.Home != "San Diego Padres" || r.Away != "New York Mets" || r.Date.String() != "2026-07-16" || r.Market != mlb.Moneyline ||
			r.ObservedAt.Format(time.RFC3339Nano) != "2026-07-16T20:00:05.5Z" || r.Start.Format(time.RFC3339) != "2026-07-17T02:10:00Z" || r.Simulated {
			t.Errorf("got %+v", r)
		}
	}
}

func TestMoneySides(t *testing.T) {
	for side, want := range map[string]float64{"home,64": 0.64, "away,64": 0.36} {
		rows, bad := readLog(t, game+",,,,,,,,,,45,55,"+side+",,,,,,\n")
		if len(rows) != 1 || math.Abs(rows[0].Money.First-want) > 1e-12 {
			t.Errorf("%s: %+v, refused %v; want %v of the money at home", side, rows, bad, want)
		}
	}
	if rows, bad := readLog(t, game+",,,,,,,,,,45,55,home,,,,,,,\n"); len(rows)+len(bad) != 0 {
		t.Errorf("a side without a percentage: %+v, refused %v", rows, bad)
	}
}

// The clock tells a game under way; the state only where no start is told.
func TestInPlay(t *testing.T) {
	const covers = "40,60,,,,,,,,"
	for _, c := range []struct {
		start, state string
		in           bool
	}{
		{"2026-07-17T02:10:00Z", "live", false},
		{"2026-07-17T02:10:00Z", "final", false},
		{"2026-07-16T20:00:05.5Z", "upcoming", true},
		{"", "live", true},
		{"", "final", true},
		{"", "upcoming", false},
		{"", "", false},
	} {
		rows, bad := readLog(t, strings.Replace(game, "2026-07-17T02:10:00Z,upcoming", c.start+","+c.state, 1)+covers+end)
		if len(rows)+len(bad) != 1 || c.in != (len(bad) == 1 && bad[0].Reason == source.InPlay) {
			t.Errorf("%+v: %+v, refused %v", c, rows, bad)
		}
	}
}

func TestBadRows(t *testing.T) {
	const two = "40,60,30,70,,,,,," + end
	good := game + two
	for _, c := range []struct {
		name, text string
		bad        int
		want       source.Reason
	}{
		{"fields", "1,2\n", 1, source.BadRecord},
		{"no game_pk", strings.Replace(good, "777001", "", 1), 2, source.BadGame},
		{"one team", strings.Replace(good, "New York Mets", "San Diego Padres", 1), 2, source.BadGame},
		{"no day", strings.Replace(good, ",2026-07-16,", ",July,", 1), 2, source.BadTime},
		{"no moment", strings.Replace(good, "2026-07-16T20", "T20", 1), 2, source.BadTime},
		{"odd start", strings.Replace(good, "2026-07-17T02:10:00Z", "late", 1), 2, source.BadTime},
		{"one share", game + "40,,,,,,,,," + end, 1, source.BadSplit},
		{"no number", game + "many,few,,,,,,,," + end, 1, source.BadSplit},
		{"one share twice", game + "43,43,,,,,,,," + end, 1, source.BadSplit},
		{"money that is none", game + ",,30,70,x,y,,,," + end, 1, source.BadSplit},
		{"nobody has bet", game + ",,,,,,100,0,," + end, 1, source.BadSplit},
		{"nor staked", game + ",,,,,,0,100,0,100" + end, 1, source.BadSplit},
		{"odd side", game + ",,,,,,,,,,45,55,left,64,,,,,,\n", 1, source.BadSplit},
		{"odd percentage", game + ",,,,,,,,,,45,55,home,most,,,,,,\n", 1, source.BadSplit},
		{"beyond 100", game + ",,,,,,,,,,45,55,home,164,,,,,,\n", 1, source.BadSplit},
	} {
		rows, bad := readLog(t, c.text, good)
		if len(rows) != 2 || len(bad) != c.bad || bad[0].Reason != c.want || bad[0].Detail == "" {
			t.Errorf("%s: %d splits, refused %v; want %d of %s beside two good ones", c.name, len(rows), bad, c.bad, c.want)
		}
	}
	if rows, bad := readLog(t, game+",,,,,,100,0,90,10"+end); len(rows) != 1 {
		t.Errorf("all bets but not all money on one side: refused %v", bad)
	}
	if rows, _ := readLog(t, strings.Replace(good, "777001", "900000001", 1)); len(rows) != 2 || !rows[0].Simulated {
		t.Errorf("got %+v, want simulated splits", rows)
	}
}

func TestHeader(t *testing.T) {
	const least = "captured_at,date,game_pk,away,home,game_start_utc,state"
	for text, want := range map[string]string{
		"": "empty", "captured_at\n": "missing",
		least + "\n":                                     "no column of shares",
		least + ",polymarket_away,_bets_away\n":          "no column of shares",
		least + ",dk_bets_away\n":                        "no column of shares",
		least + ",vsin_bets_away\n":                      `"vsin_bets_away" and "vsin_bets_home" only one`,
		least + ",scoresodds_money_home\n":               `"scoresodds_money_away" and "scoresodds_money_home" only one`,
		least + ",covers_away\n":                         `"covers_away" and "covers_home" only one`,
		least + ",money_pct\n":                           "only one",
		least + ",covers_away,covers_home,covers_away\n": `"covers_away" stands twice`,
		least + manyProviders():                          "more than 50 providers",
	} {
		if _, err := SplitFormat().Read(strings.NewReader(text), time.Time{}); !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.120q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

func manyProviders() string {
	var b strings.Builder
	for i := range maxProviders + 1 {
		fmt.Fprintf(&b, ",p%d_bets_away,p%d_bets_home", i, i)
	}
	return b.String()
}

// A log may leave out what is not read and what a provider does not tell, and
// name providers that are not known here.
func TestOtherColumns(t *testing.T) {
	const row = "2026-07-16T20:00:05.5+00:00,2026-07-16,777001,New York Mets,San Diego Padres,2026-07-17T02:10:00Z,upcoming"
	const least = "captured_at,date,game_pk,away,home,game_start_utc,state"
	for _, c := range []struct {
		name, columns, cells string
		want                 []string
	}{
		{"one known", ",vsin_bets_away,vsin_bets_home", ",35,65", []string{"vsin 0.65 0"}},
		{"without covers, more", ",venue,scoresodds_money_home,scoresodds_money_away", ",x,80,20", []string{"scoresodds 0 0.8"}},
		{"unknown", ",dk_bets_home,dk_bets_away,dk_money_away,dk_money_home,x_away", ",70,30,20,80,1", []string{"dk 0.7 0.8"}},
		{"covers like the others", ",covers_bets_home,covers_bets_away", ",70,30", []string{"covers 0.7 0"}},
		{"half a pair", ",dk_bets_away,vsin_bets_away,vsin_bets_home,mgm_bets_home,mgm_money_home,mgm_money_away", ",1,35,65,2,60,40", []string{"vsin 0.65 0", "mgm 0 0.6"}},
		{"two words", ",circa_lv_bets_away,circa_lv_bets_home", ",30,70", []string{"circa_lv 0.7 0"}},
		{"nobody's money", ",money_side,money_pct", ",home,64", []string{"splits2026 0 0.64"}},
		{"in the header's order", ",b_bets_away,a_bets_away,a_bets_home,b_bets_home", ",40,30,70,60", []string{"b 0.6 0", "a 0.7 0"}},
	} {
		r, err := SplitFormat().Read(strings.NewReader(least+c.columns+"\n"+row+c.cells+"\n"), time.Time{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for s, err := r.Next(); err == nil; s, err = r.Next() {
			got = append(got, fmt.Sprintf("%s %v %v", s.Provider, s.Bets.First, s.Money.First))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRealLog(t *testing.T) {
	files, err := filepath.Glob("../../../../shared/data/splits/mlb_public_splits_intraday.csv*")
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
	r, err := SplitFormat().Read(plain, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	rows, bad := sourcetest.All(t, r.Next)
	count := map[string]int{}
	for _, row := range rows {
		count[row.Provider]++
	}
	for _, e := range bad {
		count[string(e.Reason)]++
	}
	t.Log(count)
	told := 0
	for _, n := range count {
		told += n
	}
	if told != 3783+3173+4528+2890 { // non-empty pairs of the three providers, and percentages of money
		t.Errorf("%d splits in all: %v", told, count)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(whole)
	f.Add(game + "40,60,,,,,,,," + end)
	f.Add(game + ",,,,,,100,0,," + end)
	f.Fuzz(func(t *testing.T, rows string) {
		r, err := SplitFormat().Read(strings.NewReader(header+rows), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for n := int64(1); ; n++ {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			var bad *source.RowError
			if err != nil && (!errors.As(err, &bad) || bad.Reason == "" || bad.Detail == "") || row.N != n {
				t.Fatalf("%q: %+v, %v", rows, row, err)
			}
			if err == nil && (!row.Bets.Known() && !row.Money.Known() || row.PK <= 0 || row.ObservedAt.IsZero()) {
				t.Fatalf("%q: accepted as %+v", rows, row)
			}
		}
	})
}
