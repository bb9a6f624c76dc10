package odds

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// digits is how near to published figures ours have to be.
const digits = 1e-8

// captured is the path of a real capture. The captures are not ours to
// distribute: they lie beside the repository, or where MLB_SHARED_DATA says.
func captured(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("MLB_SHARED_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(root, "devig", name)
	if found, err := filepath.Glob(path); err != nil || len(found) == 0 {
		t.Skipf("real captures absent: %s", path)
	}
	return path
}

// cases are what a JSON file of captures lists.
func cases[T any](t *testing.T, name string) (all []T) {
	t.Helper()
	text, err := os.ReadFile(captured(t, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(all) == 0 {
		t.Fatalf("%s: got no cases", name)
	}
	return all
}

// record is a row of a CSV file by the names of its columns.
type record map[string]string

func records(t *testing.T, path string) (all []record) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 {
		t.Fatalf("%s: got no rows", path)
	}
	for _, row := range rows[1:] {
		r := record{}
		for i, column := range rows[0] {
			r[column] = row[i]
		}
		all = append(all, r)
	}
	return all
}

func (r record) float(t *testing.T, column string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(r[column], 64)
	if err != nil {
		t.Fatalf("column %s of %v: %v", column, r, err)
	}
	return x
}

func (r record) prob(t *testing.T, column string) float64 {
	t.Helper()
	a, err := ParseAmerican(r[column])
	if err != nil {
		t.Fatalf("column %s of %v: %v", column, r, err)
	}
	return a.Prob()
}

func methodNamed(t *testing.T, name string) Method {
	t.Helper()
	for _, m := range Methods() {
		if m.String() == name {
			return m
		}
	}
	t.Fatalf("method %q: got none of that name", name)
	return 0
}

// implied is 1/decimal of each; a missing price is NaN, as Price.Prob has it.
func implied(decimals []*float64) (q []float64) {
	for _, d := range decimals {
		if d == nil {
			q = append(q, Price{}.Prob())
			continue
		}
		q = append(q, 1 / *d)
	}
	return q
}

func TestCapturedPublishedCases(t *testing.T) {
	type published struct {
		ID        string
		Method    string
		American  []American `json:"odds_american"`
		Decimal   []*float64 `json:"odds_decimal"`
		Expected  []float64
		Tolerance float64   `json:"tol"`
		Exact     []float64 `json:"independent_recompute"` // to all digits
		Z         *float64  `json:"expected_z"`
	}
	for _, c := range cases[published](t, "published_cases.json") {
		t.Run(c.ID, func(t *testing.T) {
			q := implied(c.Decimal)
			for i, a := range c.American {
				if got := a.Prob(); !near(got, q[i], 1e-15) {
					t.Errorf("probability of %s: got %v, want %v", a, got, q[i])
				}
			}
			got, info, err := Devig(methodNamed(t, c.Method), q, nil)
			if err != nil || len(got) != len(c.Expected) || len(got) != len(c.Exact) {
				t.Fatalf("%s of %v: got %v, %v, want %v", c.Method, q, got, err, c.Expected)
			}
			for i := range got {
				if !near(got[i], c.Exact[i], digits) || !near(got[i], c.Expected[i], max(c.Tolerance, digits)) {
					t.Errorf("%s of %v: got %v, want %v", c.Method, q, got[i], c.Exact[i])
				}
			}
			if c.Z != nil && !near(info.Param, *c.Z, digits) {
				t.Errorf("z of %v: got %v, want %v", q, info.Param, *c.Z)
			}
		})
	}
}

// The cases state properties in words; here is what each means.
func TestCapturedPropertyCases(t *testing.T) {
	meaning := map[string]func(t *testing.T, q []float64){
		"implied-tests":             sharesOne,
		"implied-problematic":       subtractionFails,
		"implied-na":                refused,
		"implied-arb":               refused,
		"shin-errors":               refused,
		"shin-2way-equals-additive": shinIsAdditive,
	}
	type property struct {
		ID       string
		Odds     [][]*float64
		Property string
	}
	for _, c := range cases[property](t, "property_cases.json") {
		t.Run(c.ID, func(t *testing.T) {
			check := meaning[c.ID]
			if check == nil {
				t.Skipf("no check is written for %q", c.Property)
			}
			for _, decimals := range c.Odds {
				check(t, implied(decimals))
			}
		})
	}
}

func sharesOne(t *testing.T, q []float64) {
	t.Helper()
	if Overround(Booksum(q)) <= 0 {
		t.Errorf("margin of %v: got %v, want some", q, Overround(Booksum(q)))
	}
	for _, m := range Methods() {
		p, _, err := Devig(m, q, nil)
		if err != nil || !near(Booksum(p), 1, digits) {
			t.Errorf("%s of %v: got %v, %v, want a sum of 1", m, q, p, err)
		}
	}
}

func subtractionFails(t *testing.T, q []float64) {
	t.Helper()
	sharesOne(t, q)
	for _, m := range []Method{Additive, Multiplicative, Shin, Power, OddsRatio, Probit} {
		p, info, err := Devig(m, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		negative := false
		for _, x := range p {
			negative = negative || x <= 0 || x >= 1
		}
		if want := m == Additive; negative != want || info.Negative != want {
			t.Errorf("%s of %v: got %v flagged %v, want flagged %v", m, q, p, info.Negative, want)
		}
	}
}

func refused(t *testing.T, q []float64) {
	t.Helper()
	for _, m := range Methods() {
		if p, _, err := Devig(m, q, nil); !errors.Is(err, ErrMarket) || len(p) != 0 {
			t.Errorf("%s of %v: got %v, %v, want ErrMarket", m, q, p, err)
		}
	}
}

func shinIsAdditive(t *testing.T, q []float64) {
	t.Helper()
	shin, _, err := Devig(Shin, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	additive, _, err := Devig(Additive, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !near(shin[0], additive[0], 1e-12) || !near(shin[1], additive[1], 1e-12) {
		t.Errorf("Shin of %v: got %v, want %v", q, shin, additive)
	}
}

func TestCapturedTwoWayTable(t *testing.T) {
	methods := []struct {
		m             Method
		column, param string
	}{
		{Multiplicative, "mult_a", ""},
		{Additive, "add_a", ""},
		{Shin, "shin_a", "shin_z"},
		{Power, "power_a", "power_k"},
		{OddsRatio, "odds_ratio_a", ""},
		{Goto, "goto_a", ""},
	}
	for _, r := range records(t, captured(t, "twoway_american_reference.csv")) {
		t.Run(r["a_us"]+" "+r["b_us"], func(t *testing.T) {
			q1, q2 := r.prob(t, "a_us"), r.prob(t, "b_us")
			if got, want := q1+q2, r.float(t, "overround"); !near(got, want, digits) {
				t.Errorf("booksum: got %v, want %v", got, want)
			}
			for _, c := range methods {
				want := r.float(t, c.column)
				info := unguardedAgrees(t, c.m, q1, q2, want)
				exportedAgrees(t, c.m, q1, q2, want)
				if c.param != "" && !near(info.Param, r.float(t, c.param), digits) {
					t.Errorf("%s: got %v, want %v", c.param, info.Param, r.float(t, c.param))
				}
			}
			fairAmerican(t, r.float(t, "mult_a"), r.float(t, "fair_us_mult_a"))
		})
	}
}

// unguardedAgrees checks the figures of a method without the guard on the
// booksum: the table also lists an arbitrage.
func unguardedAgrees(t *testing.T, m Method, q1, q2, want float64) Info {
	t.Helper()
	if got, err := devig2(m, q1, q2); err != nil || !near(got, want, digits) {
		t.Errorf("two-way %s: got %.10f, %v, want %.10f", m, got, err, want)
	}
	got, info, err := devig(m, []float64{q1, q2}, q1+q2, nil)
	if err != nil || !near(got[0], want, digits) || !near(got[1], 1-want, digits) {
		t.Errorf("%s: got %.10f, %v, want %.10f", m, got, err, want)
	}
	return info
}

// exportedAgrees checks that callers get the figure, or nothing where no fair
// probability follows.
func exportedAgrees(t *testing.T, m Method, q1, q2, want float64) {
	t.Helper()
	two, err2 := Devig2(m, q1, q2)
	many, _, err := Devig(m, []float64{q1, q2}, nil)
	if q1+q2 < 1-sumSlack {
		if !errors.Is(err2, ErrMarket) || !errors.Is(err, ErrMarket) {
			t.Errorf("%s of a booksum of %v: got %v and %v, want ErrMarket", m, q1+q2, err2, err)
		}
		return
	}
	if err2 != nil || err != nil || !near(two, want, digits) || !near(many[0], want, digits) {
		t.Errorf("%s: got %v, %v and %v, %v, want %v", m, two, err2, many, err, want)
	}
}

// fairAmerican checks the price shown for a fair probability, which the table
// gives before rounding and with even money as -100.
func fairAmerican(t *testing.T, p, unrounded float64) {
	t.Helper()
	want := American(math.Round(unrounded))
	if want == -100 {
		want = 100
	}
	if got, err := FromProb(p); err != nil || got != want {
		t.Errorf("fair price of %v: got %s, %v, want %s", p, got, err, want)
	}
}

func TestCapturedBooks(t *testing.T) {
	const rounded = .5e-6 + 1e-12 // six decimals are published
	paths, err := filepath.Glob(captured(t, "multibook_mult_check_*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		for _, r := range records(t, path) {
			away, home := r.prob(t, "away_us"), r.prob(t, "home_us")
			got, err := Devig2(Multiplicative, home, away)
			for _, column := range []string{"published_prob_home", "mult_prob_home"} {
				if want := r.float(t, column); err != nil || !near(got, want, rounded) {
					t.Errorf("%s of %s at %s: got %v, %v, want %v", column, r["game_id"], r["book"], got, err, want)
				}
			}
		}
	}
}

func TestCapturedKelly(t *testing.T) {
	type stake struct {
		Odds, P, Fraction, Exact float64
		Published                float64 `json:"expected_stake"`
		Decimals                 float64 `json:"round"`
	}
	for _, c := range cases[stake](t, "kelly_cases.json") {
		got := FractionalKelly(c.Odds, c.P, 0, c.Fraction, 1)
		if !near(got, c.Exact, digits) || !near(got, c.Published, .5*math.Pow(10, -c.Decimals)) {
			t.Errorf("%v of Kelly at %v with %v: got %v, want %v", c.Fraction, c.Odds, c.P, got, c.Exact)
		}
	}
}
