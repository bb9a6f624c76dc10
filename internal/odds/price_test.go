package odds

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// near compares floats; NaN and infinities are near nothing.
func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// american is any price a book can quote in American form.
func american() *rapid.Generator[American] {
	return rapid.Custom(func(t *rapid.T) American {
		a := American(rapid.Int32Range(100, maxAmerican).Draw(t, "size"))
		if rapid.Bool().Draw(t, "favourite") {
			return -a
		}
		return a
	})
}

// price is any price a book can quote, in either form.
func price() *rapid.Generator[Price] {
	return rapid.Custom(func(t *rapid.T) Price {
		p, err := FromDecimal10k(rapid.Int32Range(decimalScale+1, math.MaxInt32).Draw(t, "decimal"))
		if rapid.Bool().Draw(t, "quoted as American") {
			p, err = FromAmerican(american().Draw(t, "american"))
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	})
}

// parsed is a price written as a book writes it: "+145" or "2.45".
func parsed(t testing.TB, s string) Price {
	t.Helper()
	if s == "none" {
		return Price{}
	}
	if s[0] != '+' && s[0] != '-' {
		p, err := ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, err := ParseAmerican(s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := FromAmerican(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseAmerican(t *testing.T) {
	for _, c := range []struct {
		in   string
		want American
	}{
		{"-110", -110},
		{"+145", 145},
		{"145", 145},
		{"100", 100},
		{"-100", -100},
		{"EVEN", 100},
		{"EV", 100},
		{"even", 100},
		{"-100000", -100_000},
		{"1000000", maxAmerican},
		{"-1000000", -maxAmerican},
	} {
		if got, err := ParseAmerican(c.in); err != nil || got != c.want {
			t.Errorf("ParseAmerican(%q): got %d, %v, want %d", c.in, got, err, c.want)
		}
	}
}

func TestParseAmericanRefuses(t *testing.T) {
	for _, in := range []string{
		"", "+", "abc", "EVENS", " -110", "--110", "1_000",
		"99", "-99", "0", // between the two halves of the scale
		"0.0001", "-34.7", "-110.0", // a sentinel, an average, a float
		"\u2212110", // a typographic minus
		"1000001", "-1000001", "99999999999999999999",
	} {
		if got, err := ParseAmerican(in); !errors.Is(err, ErrPrice) || got != 0 {
			t.Errorf("ParseAmerican(%q): got %d, %v, want ErrPrice", in, got, err)
		}
	}
}

func TestAmerican(t *testing.T) {
	for _, c := range []struct {
		a             American
		decimal, prob float64
		cents         int
		text          string
	}{
		{100, 2, .5, 0, "+100"},
		{-100, 2, .5, 0, "-100"},
		{105, 2.05, 100. / 205, 5, "+105"},
		{-105, 1 + 100./105, 105. / 205, -5, "-105"},
		{-110, 1 + 100./110, 110. / 210, -10, "-110"},
		{150, 2.5, .4, 50, "+150"},
		{-200, 1.5, 2. / 3, -100, "-200"},
		{1400, 15, 1. / 15, 1300, "+1400"},
	} {
		if got := c.a.Decimal(); !near(got, c.decimal, 1e-15) {
			t.Errorf("decimal of %s: got %v, want %v", c.a, got, c.decimal)
		}
		if got := c.a.Prob(); !near(got, c.prob, 1e-15) {
			t.Errorf("probability of %s: got %v, want %v", c.a, got, c.prob)
		}
		if got := c.a.Cents(); got != c.cents {
			t.Errorf("cents of %s: got %d, want %d", c.a, got, c.cents)
		}
		if got := c.a.String(); got != c.text {
			t.Errorf("text of %d: got %q, want %q", int32(c.a), got, c.text)
		}
	}
}

// On the ladder of cents a longer price stands higher, as it pays more: that
// American numbers themselves do not do.
func TestCentsOrderPrices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := american().Draw(t, "a"), american().Draw(t, "b")
		if got, want := a.Cents() > b.Cents(), a.Decimal() > b.Decimal(); got != want {
			t.Fatalf("%s above %s in cents: got %v, want %v", a, b, got, want)
		}
	})
}

func TestFromProb(t *testing.T) {
	for _, c := range []struct {
		p    float64
		want American
	}{
		{.5, 100},
		{.5001, 100}, // rounds to -100, which is +100
		{.4999, 100},
		{.579832, -138},
		{1. / 2.2, 120},
		{.0001, 999_900},
		{.9999, -999_900},
	} {
		if got, err := FromProb(c.p); err != nil || got != c.want {
			t.Errorf("FromProb(%v): got %s, %v, want %s", c.p, got, err, c.want)
		}
	}
	// The last three are probabilities, but of no price a book quotes.
	for _, p := range []float64{0, 1, -.5, 1.5, math.NaN(), math.Inf(1), math.SmallestNonzeroFloat64, 1e-9, 1 - 1e-9} {
		if got, err := FromProb(p); !errors.Is(err, ErrPrice) {
			t.Errorf("FromProb(%v): got %s, %v, want ErrPrice", p, got, err)
		}
	}
}

func TestFromProbInvertsProb(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := american().Draw(t, "a")
		want := a
		if a == -100 {
			want = 100
		}
		if got, err := FromProb(a.Prob()); err != nil || got != want {
			t.Fatalf("FromProb(%v): got %s, %v, want %s", a.Prob(), got, err, want)
		}
	})
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int32
	}{
		{"1.9091", 19091},
		{"2.45", 24500},
		{"2", 20000},
		{"2.0", 20000},
		{"1.0001", 10001},
		{"15", 150_000},
		{"99999.9999", 999_999_999},
		{"214748.3647", math.MaxInt32},
	} {
		got, err := ParseDecimal(c.in)
		if err != nil || got.Int() != c.want || !got.IsDecimal() {
			t.Errorf("ParseDecimal(%q): got %d, %v, want %d", c.in, got.Int(), err, c.want)
		}
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, in := range []string{
		"", ".", ".5", "abc", "1.9.1", "1,91", "1e3", "NaN", "Inf", " 2.5",
		"+2.5", "-2.5", "2.-5", // a sign is the mark of the other form
		"0", "1", "1.0000", "0.9999", // pays nothing, or less
		"0.0001",        // a sentinel
		"1.90909",       // finer than a price can be kept
		"214748.3648",   // beyond an int32
		"1000000000.00", // beyond anything
		"0000002.5",     // padded
	} {
		if got, err := ParseDecimal(in); !errors.Is(err, ErrPrice) || got.Valid() {
			t.Errorf("ParseDecimal(%q): got %s, %v, want ErrPrice", in, got, err)
		}
	}
}

func TestPricesRefused(t *testing.T) {
	for _, c := range []struct {
		raw     int32
		decimal bool
	}{
		{0, false},
		{99, false},
		{-99, false},
		{maxAmerican + 1, false},
		{math.MinInt32, false},
		{0, true},
		{1, true},
		{decimalScale, true},
		{-25_000, true},
		{math.MinInt32, true},
	} {
		if got, err := Restore(c.raw, c.decimal); !errors.Is(err, ErrPrice) || got.Valid() {
			t.Errorf("Restore(%d, %v): got %s, %v, want ErrPrice", c.raw, c.decimal, got, err)
		}
	}
}

func TestNoPrice(t *testing.T) {
	var none Price
	if none.Valid() || none.IsDecimal() || none.Int() != 0 {
		t.Errorf("no price: got valid %v, decimal form %v, %d, want none of them", none.Valid(), none.IsDecimal(), none.Int())
	}
	if got := none.Decimal(); got != 0 {
		t.Errorf("decimal of no price: got %v, want 0", got)
	}
	if got := none.Prob(); !math.IsNaN(got) {
		t.Errorf("probability of no price: got %v, want NaN", got)
	}
	if a, exact := none.American(); a != 0 || exact {
		t.Errorf("American form of no price: got %s, %v, want 0, false", a, exact)
	}
	if got := none.String(); got != "none" {
		t.Errorf("text of no price: got %q, want %q", got, "none")
	}
}

func TestPriceAmerican(t *testing.T) {
	for _, c := range []struct {
		price string
		want  American
		exact bool
	}{
		{"-110", -110, true},
		{"2.45", 145, true},
		{"2", 100, true},
		{"1.5", -200, true},
		{"1.0001", -maxAmerican, true},
		{"1.9091", -110, false},
		{"2.4567", 146, false},
		{"1.9999", 100, false},
		{"99999", 0, false}, // longer than American prices go
	} {
		got, exact := parsed(t, c.price).American()
		if got != c.want || exact != c.exact {
			t.Errorf("American form of %s: got %s, %v, want %s, %v", c.price, got, exact, c.want, c.exact)
		}
	}
}

func TestBetter(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"-105", "-110", true},
		{"+105", "-105", true},
		{"+150", "+145", true},
		{"+100", "-100", false}, // one price, two names
		{"2.45", "+140", true},
		{"+150", "2.45", true},
		{"-110", "1.9091", false},
		{"1.9091", "-110", true}, // 1.9091 pays more than 1.909090...
		{"-1000000", "none", true},
		{"+150", "none", true},
		{"1.0001", "none", true},
	} {
		a, b := parsed(t, c.a), parsed(t, c.b)
		if got := Better(a, b); got != c.want {
			t.Errorf("%s better than %s: got %v, want %v", a, b, got, c.want)
		}
		if c.want && Better(b, a) {
			t.Errorf("%s better than %s: got true, want false", b, a)
		}
	}
	if Better(Price{}, Price{}) {
		t.Error("no price better than none: got true, want false")
	}
}

// A price is the same in whichever form a book quotes it, to the last bit:
// otherwise a rounding error looks like a better price.
func TestFormsOfOnePriceAreEqual(t *testing.T) {
	for size := int32(100); size <= 20_000; size++ {
		equalForms(t, American(size), decimalScale+100*size)
		if 100*decimalScale%size == 0 {
			equalForms(t, American(-size), decimalScale+100*decimalScale/size)
		}
	}
}

func equalForms(t *testing.T, a American, decimal10k int32) {
	t.Helper()
	us, err := FromAmerican(a)
	if err != nil {
		t.Fatal(err)
	}
	eu, err := FromDecimal10k(decimal10k)
	if err != nil {
		t.Fatal(err)
	}
	if us.Decimal() != eu.Decimal() || us.Prob() != eu.Prob() || Better(us, eu) || Better(eu, us) {
		t.Errorf("%s and %s: got %v and %v, want equal", us, eu, us.Decimal(), eu.Decimal())
	}
	if back, exact := eu.American(); back != a && a != -100 || !exact {
		t.Errorf("American form of %s: got %s, %v, want %s", eu, back, exact, a)
	}
}

func TestPriceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := price().Draw(t, "p"), price().Draw(t, "q")
		if got := p.Prob() * p.Decimal(); !near(got, 1, 1e-12) {
			t.Fatalf("%s: probability times decimal: got %v, want 1", p, got)
		}
		if p.Decimal() <= 1 || p.Prob() >= 1 {
			t.Fatalf("%s: got decimal %v, want above 1", p, p.Decimal())
		}
		if got, want := Better(p, q), p.Prob() < q.Prob(); got != want {
			t.Fatalf("%s better than %s: got %v, want %v as it asks for less", p, q, got, want)
		}
	})
}

func TestRestoreInvertsInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := price().Draw(t, "price")
		if got, err := Restore(want.Int(), want.IsDecimal()); err != nil || got != want {
			t.Fatalf("Restore(%d, %v): got %s, %v, want %s", want.Int(), want.IsDecimal(), got, err, want)
		}
	})
}

func TestPriceTextRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := price().Draw(t, "price")
		parse := ParseDecimal
		if !want.IsDecimal() {
			parse = func(s string) (Price, error) {
				a, err := ParseAmerican(s)
				if err != nil {
					return Price{}, err
				}
				return FromAmerican(a)
			}
		}
		if got, err := parse(want.String()); err != nil || got != want {
			t.Fatalf("%q read back: got %s, %v, want %s", want.String(), got, err, want)
		}
	})
}

func TestPriceJSON(t *testing.T) {
	for _, c := range []struct{ price, want string }{
		{"-110", `-110`},
		{"+145", `145`},
		{"2.45", `"2.45"`},
		{"2", `"2"`},
		{"100000", `"100000"`},
		{"none", `null`},
	} {
		got, err := json.Marshal(parsed(t, c.price))
		if err != nil || string(got) != c.want {
			t.Errorf("%s as JSON: got %s, %v, want %s", c.price, got, err, c.want)
		}
	}
}

func TestPriceJSONRefuses(t *testing.T) {
	for _, in := range []string{`0`, `99`, `-110.5`, `1e3`, `""`, `"1"`, `"-110"`, `" 2.5"`, `"abc"`, `true`, `{}`, `[-110]`} {
		got := parsed(t, "-120")
		if err := json.Unmarshal([]byte(in), &got); !errors.Is(err, ErrPrice) {
			t.Errorf("JSON %s: got %s, %v, want ErrPrice", in, got, err)
		}
	}
}

func TestPriceJSONRoundTrips(t *testing.T) {
	type quote struct {
		Price, Opposite Price
		Close           *Price
	}
	rapid.Check(t, func(t *rapid.T) {
		p := price().Draw(t, "price")
		want := quote{Price: p, Close: &p}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		// What was there before must not show through a null.
		got := quote{Opposite: p}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got.Price != p || got.Opposite.Valid() || got.Close == nil || *got.Close != p {
			t.Fatalf("%s read back: got %+v, want %+v", text, got, want)
		}
	})
}
