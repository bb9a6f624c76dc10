package odds

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
)

func FuzzParseAmerican(f *testing.F) {
	for _, s := range []string{"-110", "+145", "EVEN", "100", "-99", "0.0001", "1000001", "\u2212110", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAmerican(s)
		if err != nil {
			if !errors.Is(err, ErrPrice) || a != 0 {
				t.Errorf("ParseAmerican(%q): got %d, %v, want ErrPrice", s, a, err)
			}
			return
		}
		if !a.Valid() || a.Decimal() <= 1 || a.Prob() >= 1 {
			t.Errorf("ParseAmerican(%q): got %s, want a price that pays", s, a)
		}
		if again, err := ParseAmerican(a.String()); err != nil || again != a {
			t.Errorf("%q read back: got %s, %v, want %s", s, again, err, a)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"1.9091", "2", "2.", "1.0000", "100000", "214748.3648", "-2.5", "1e3", "1.9.1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParseDecimal(s)
		if err != nil {
			if !errors.Is(err, ErrPrice) || p.Valid() {
				t.Errorf("ParseDecimal(%q): got %s, %v, want ErrPrice", s, p, err)
			}
			return
		}
		if !p.IsDecimal() || p.Decimal() <= 1 || p.Prob() >= 1 {
			t.Errorf("ParseDecimal(%q): got %s, want a price that pays", s, p)
		}
		if again, err := ParseDecimal(p.String()); err != nil || again != p {
			t.Errorf("%q read back: got %s, %v, want %s", s, again, err, p)
		}
	})
}

func FuzzPriceJSON(f *testing.F) {
	for _, s := range []string{`-110`, `"2.45"`, `null`, `"100000"`, `"\u0032"`, `1e3`, `EVEN`, `{"a":1}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var p Price
		// Called as encoding/json never would: on bytes that need not be JSON.
		if err := p.UnmarshalJSON(text); err != nil {
			if !errors.Is(err, ErrPrice) || p.Valid() {
				t.Errorf("UnmarshalJSON(%q): got %s, %v, want ErrPrice", text, p, err)
			}
			return
		}
		back, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var again Price
		if err := json.Unmarshal(back, &again); err != nil || again != p {
			t.Errorf("%s read back: got %s, %v, want %s", back, again, err, p)
		}
	})
}

func FuzzDevig(f *testing.F) {
	belowOne := math.Nextafter(1, 0)
	for m := range uint8(len(methodNames) + 1) {
		f.Add(m, .6, .434783, .01)
		f.Add(m, .9, .9, .01) // Shin's z is large, goto goes below 0
		f.Add(m, belowOne, 1e-320, belowOne)
		f.Add(m, 1e-320, belowOne, 1e-17)
		f.Add(m, .5, .5, math.NaN())
		f.Add(m, .4, math.Inf(1), 0.)
	}
	f.Fuzz(func(t *testing.T, method uint8, q1, q2, q3 float64) {
		m := Method(method)
		p, err := Devig2(m, q1, q2)
		other, err2 := Devig2(m, q2, q1)
		judgeFuzzed(t, m, []float64{q1, q2}, []float64{p, other}, err, err2)
		for _, q := range [][]float64{{q1, q2}, {q1, q2, q3}} {
			p, _, err := Devig(m, q, nil)
			judgeFuzzed(t, m, q, p, err)
		}
		w1, w2, err := WorstCase2(q1, q2)
		if err == nil && !(w1 >= 0 && w2 >= 0 && w1+w2 <= 1+1e-12) {
			t.Errorf("WorstCase2(%v, %v): got %v, %v, want at most 1 together", q1, q2, w1, w2)
		}
		if err != nil && !errors.Is(err, ErrMarket) {
			t.Errorf("WorstCase2(%v, %v): got %v, want ErrMarket", q1, q2, err)
		}
	})
}

// judgeFuzzed tells whether p are finite and sum to 1, unless all errs are
// ErrMarket.
func judgeFuzzed(t *testing.T, m Method, q, p []float64, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if (err == nil) != (errs[0] == nil) || err != nil && !errors.Is(err, ErrMarket) {
			t.Errorf("%s of %v: got %v, want all ErrMarket or none", m, q, errs)
		}
	}
	if errs[0] == nil && !near(Booksum(p), 1, 1e-6) {
		t.Errorf("%s of %v: got %v, want a sum of 1", m, q, p)
	}
}
