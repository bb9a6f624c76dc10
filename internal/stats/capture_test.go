package stats

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"testing"
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

// TestSeason2012 measures the closing moneylines of the clean games of 2012:
// numeric finals and closes, no tie, a booksum of 1.00 to 1.12.
func TestSeason2012(t *testing.T) {
	f, err := os.Open(captured(t, "sbro/mlb-odds-2012.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var fs []Forecast
	var home, away []Bet
	wins, sum := 0, 0.0
	for i := 1; i+1 < len(rows); i += 2 {
		runsA, closeA, okA := finalAndClose(rows[i])
		runsH, closeH, okH := finalAndClose(rows[i+1])
		b := 1/closeA + 1/closeH
		if !okA || !okH || runsA == runsH || b < 1 || b > 1.12 {
			continue
		}
		won := runsH > runsA
		fs = append(fs, Forecast{1 / closeH / b, won})
		sum += 1 / closeH / b
		home = append(home, flat(int64(i), closeH, won))
		away = append(away, flat(int64(i), closeA, !won))
		if won {
			wins++
		}
	}
	brier, err := Brier(fs)
	if err != nil {
		t.Fatal(err)
	}
	yH, errH := YieldOf(home)
	yA, errA := YieldOf(away)
	if errH != nil || errA != nil {
		t.Fatal(errH, errA)
	}
	if len(fs) != 2467 || wins != 1313 {
		t.Errorf("n %d, home wins %d; want 2467, 1313", len(fs), wins)
	}
	near(t, "mean fair home", sum/float64(len(fs)), .533688, 5e-7)
	near(t, "Brier", brier, .242151, 5e-7)
	near(t, "flat home", yH.Profit, -104.7761, 5e-5)
	near(t, "flat away", yA.Profit, -88.5626, 5e-5)
	m, err := Decompose(fs, 20)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Calibrate(fs)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("reliability %.6f, resolution %.6f, uncertainty %.6f, within bins %.6f", m.Reliability, m.Resolution, m.Uncertainty, m.WithinBins)
	t.Logf("calibration %.4f (%.4f) + %.4f (%.4f) logit p", c.Intercept, c.InterceptSE, c.Slope, c.SlopeSE)
	t.Logf("yield home %.4f (%.4f), away %.4f (%.4f)", yH.Yield, yH.SE, yA.Yield, yA.SE)
}

func flat(game int64, d float64, won bool) Bet {
	b := Bet{Cluster: game, Stake: 1, Profit: -1}
	if won {
		b.Profit = d - 1
	}
	return b
}

// finalAndClose are a row's runs and its closing moneyline as a decimal.
func finalAndClose(row []string) (runs int, decimal float64, ok bool) {
	runs, err1 := strconv.Atoi(row[14])
	a, err2 := strconv.Atoi(row[16])
	if err1 != nil || err2 != nil || a > -100 && a < 100 {
		return 0, 1, false
	}
	if a > 0 {
		return runs, 1 + float64(a)/100, true
	}
	return runs, 1 - 100/float64(a), true
}
