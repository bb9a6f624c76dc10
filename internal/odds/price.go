package odds

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrPrice reports a price that no book can quote.
var ErrPrice = errors.New("odds: no such price")

// American is a price in American form: -110 or +145, never between -100 and
// +100.
type American int32

// maxAmerican is beyond any price a book quotes on a game.
const maxAmerican = 1_000_000

// ParseAmerican reads "-110", "+145", "145" and "EVEN".
func ParseAmerican(s string) (American, error) {
	if s == "EVEN" || s == "EV" || s == "even" {
		return 100, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || !American(n).Valid() {
		return 0, fmt.Errorf("%w: %q", ErrPrice, s)
	}
	return American(n), nil
}

// Valid tells whether a book can quote a.
func (a American) Valid() bool {
	return (a >= 100 || a <= -100) && a >= -maxAmerican && a <= maxAmerican
}

// Decimal is the payout of one unit staked, stake included. It rounds once, so
// that the same price quoted as a decimal is equal to it.
func (a American) Decimal() float64 {
	if a > 0 {
		return (float64(a) + 100) / 100
	}
	return (float64(a) - 100) / float64(a)
}

// Prob is the probability at which the price breaks even.
func (a American) Prob() float64 {
	if a > 0 {
		return 100 / (100 + float64(a))
	}
	return float64(a) / (float64(a) - 100)
}

// String prints the price with its sign: "+145".
func (a American) String() string { return fmt.Sprintf("%+d", int32(a)) }

// Cents places a price on the ladder on which -100 and +100 are one step: the
// distance from -105 to +105 is 10 cents.
func (a American) Cents() int {
	if a > 0 {
		return int(a) - 100
	}
	return int(a) + 100
}

// FromProb is the American price nearest to a fair probability, for display.
func FromProb(p float64) (American, error) {
	if !(p > 0 && p < 1) {
		return 0, fmt.Errorf("%w: probability %v", ErrPrice, p)
	}
	return nearest(1 / p)
}

func nearest(d float64) (American, error) {
	a := math.Round(100 * (d - 1))
	if d < 2 {
		a = math.Round(-100 / (d - 1))
	}
	if a == -100 {
		a = 100 // one price, one name
	}
	if !(math.Abs(a) <= maxAmerican) || !American(a).Valid() {
		return 0, fmt.Errorf("%w: decimal %v has no American form", ErrPrice, d)
	}
	return American(a), nil
}

// Price is a price exactly as quoted. The zero value is no price.
type Price struct {
	raw     int32 // American integer, or decimal x 10,000
	decimal bool
}

// decimalScale is the resolution of a decimal price.
const decimalScale = 10_000

// FromAmerican is the price a.
func FromAmerican(a American) (Price, error) {
	if !a.Valid() {
		return Price{}, fmt.Errorf("%w: %d", ErrPrice, a)
	}
	return Price{raw: int32(a)}, nil
}

// FromDecimal10k is a decimal price times 10,000, which is above 10,000.
func FromDecimal10k(d int32) (Price, error) {
	if d <= decimalScale {
		return Price{}, fmt.Errorf("%w: decimal %v", ErrPrice, float64(d)/decimalScale)
	}
	return Price{raw: d, decimal: true}, nil
}

// ParseDecimal reads a decimal price of at most four decimals: "1.9091".
func ParseDecimal(s string) (Price, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(frac) > 4 || len(whole) == 0 || len(whole) > 6 || strings.ContainsAny(s, "+-") {
		return Price{}, fmt.Errorf("%w: %q", ErrPrice, s)
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", 4-len(frac)), 10, 32)
	if err != nil {
		return Price{}, fmt.Errorf("%w: %q", ErrPrice, s)
	}
	return FromDecimal10k(int32(n))
}

// Restore is the price that Int and IsDecimal were taken from.
func Restore(raw int32, decimal bool) (Price, error) {
	if decimal {
		return FromDecimal10k(raw)
	}
	return FromAmerican(American(raw))
}

// Valid tells whether there is a price.
func (p Price) Valid() bool { return p.raw != 0 }

// IsDecimal tells in which form the price was quoted.
func (p Price) IsDecimal() bool { return p.decimal }

// Int is the American integer, or the decimal price times 10,000.
func (p Price) Int() int32 { return p.raw }

// Decimal is the payout of one unit staked, stake included; 0 for no price.
func (p Price) Decimal() float64 {
	switch {
	case p.raw == 0:
		return 0
	case p.decimal:
		return float64(p.raw) / decimalScale
	default:
		return American(p.raw).Decimal()
	}
}

// Prob is the probability at which the price breaks even; NaN for no price.
func (p Price) Prob() float64 {
	switch {
	case p.raw == 0:
		return math.NaN()
	case p.decimal:
		return decimalScale / float64(p.raw)
	default:
		return American(p.raw).Prob()
	}
}

// American is the price in American form; exact is false where it had to be
// rounded to a whole number.
func (p Price) American() (a American, exact bool) {
	if !p.decimal {
		return American(p.raw), p.raw != 0
	}
	a, err := nearest(p.Decimal())
	if err != nil {
		return 0, false
	}
	return a, math.Abs(a.Decimal()-p.Decimal()) < 1e-12
}

// String prints the price as quoted: "+145" or "2.45".
func (p Price) String() string {
	switch {
	case p.raw == 0:
		return "none"
	case p.decimal:
		return strconv.FormatFloat(p.Decimal(), 'f', -1, 64)
	default:
		return American(p.raw).String()
	}
}

// Better tells whether a pays more than b. Any price pays more than none.
func Better(a, b Price) bool { return a.Decimal() > b.Decimal() }

// MarshalJSON writes an American price as an integer, a decimal one as a
// string, no price as null.
func (p Price) MarshalJSON() ([]byte, error) {
	switch {
	case p.raw == 0:
		return []byte("null"), nil
	case p.decimal:
		return json.Marshal(p.String())
	default:
		return strconv.AppendInt(nil, int64(p.raw), 10), nil
	}
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Price) UnmarshalJSON(b []byte) error {
	var text string
	var err error
	switch {
	case string(b) == "null":
		*p = Price{}
	case json.Unmarshal(b, &text) == nil:
		*p, err = ParseDecimal(text)
	default:
		var a American
		if a, err = ParseAmerican(string(b)); err == nil {
			*p, err = FromAmerican(a)
		}
	}
	return err
}
