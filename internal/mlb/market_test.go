package mlb

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseLine(t *testing.T) {
	for in, want := range map[string]Line{
		"8.5":    17,
		"-1.5":   -3,
		"+1.5":   3,
		"9":      18,
		"9.0":    18,
		"9.00":   18,
		"9.50":   19,
		"0":      0, // pick'em is a line
		"-0":     0,
		"0.5":    1,
		"-0.5":   -1, // the sign survives a whole part of zero
		"-3,5":   -7, // a decimal comma, as one captured book writes it
		"3,5":    7,
		"08.5":   17,
		"40":     80,
		"-40":    -80,
		"+40.0":  80,
		"039.5":  79,
		"-39,50": -79,
	} {
		if got, err := ParseLine(in); err != nil || got != want {
			t.Errorf("ParseLine(%q): got %d, %v; want %d half-runs", in, got, err, want)
		}
	}
}

func TestParseLineRefuses(t *testing.T) {
	const form, size = "not a number of half-runs", "beyond what any book quotes"
	for in, want := range map[string]string{
		"":        form,
		" ":       form,
		" 8.5":    form,
		"8.5 ":    form,
		"8.25":    form, // a quarter line
		"8.75":    form,
		"8,25":    form,
		"8.4":     form,
		"8.05":    form,
		"8.":      form,
		".5":      form,
		"-":       form,
		"-.5":     form,
		"--1.5":   form,
		"+-1.5":   form,
		"1-5":     form,
		"8.5.0":   form,
		"8,5,0":   form,
		"8.5,0":   form,
		"1,000":   form, // no thousands
		"1e1":     form,
		"0x8":     form,
		"1_0":     form,
		"8½":      form,
		"８.5":     form, // digits of another script
		"\u22121": form, // the minus sign of typography
		"NaN":     form,
		"Inf":     form,
		"pk":      form,
		"1000":    form,
		"40.5":    size,
		"-40,5":   size,
		"88.5":    size,
		"999":     size,
	} {
		got, err := ParseLine(in)
		if !errors.Is(err, ErrInvalid) || got != 0 {
			t.Errorf("ParseLine(%q): got %d, %v; want ErrInvalid", in, got, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || !strings.Contains(text, strconv.Quote(in)) {
			t.Errorf("ParseLine(%q): got %q; want the text and %q", in, text, want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	for _, s := range []string{"8.5", "-1.5", "-3,5", "9.0", "+40", "8.25", "1,000", "--1", "40.5", ".5", "", "-0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseLine(s)
		if err != nil {
			if got != 0 || !errors.Is(err, ErrInvalid) {
				t.Errorf("ParseLine(%q): got %d, %v; want 0, ErrInvalid", s, got, err)
			}
			return
		}
		// An accepted line is the number that was written, whoever reads it.
		runs, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
		if err != nil || runs != got.Runs() {
			t.Errorf("ParseLine(%q): got %v runs, want %v, %v", s, got.Runs(), runs, err)
		}
		if back, err := ParseLine(got.String()); err != nil || back != got {
			t.Errorf("ParseLine(%q): %v came back as %v, %v", s, got, back, err)
		}
		if back, err := LineFromRuns(got.Runs()); err != nil || back != got {
			t.Errorf("LineFromRuns(%v): got %v, %v; want %v", got.Runs(), back, err, got)
		}
	})
}

func TestLineFromRuns(t *testing.T) {
	for in, want := range map[float64]Line{8.5: 17, -1.5: -3, 0: 0, math.Copysign(0, -1): 0, 40: 80, -40: -80} {
		if got, err := LineFromRuns(in); err != nil || got != want {
			t.Errorf("LineFromRuns(%v): got %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []float64{8.25, -0.1, 40.5, -41, 1e300, math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got, err := LineFromRuns(in); !errors.Is(err, ErrInvalid) || got != 0 {
			t.Errorf("LineFromRuns(%v): got %d, %v; want ErrInvalid", in, got, err)
		}
	}
}

// A ticket shows the side's own view of a line; the key keeps the home side's.
func TestLineLabel(t *testing.T) {
	for _, c := range []struct {
		line   Line
		market Market
		side   Side
		want   string
	}{
		{-3, RunLine, Home, "-1.5"},
		{-3, RunLine, Away, "+1.5"},
		{3, RunLine, Home, "+1.5"},
		{3, RunLine, Away, "-1.5"},
		{0, RunLine, Away, "+0.0"},
		{17, Total, Over, "8.5"},
		{17, Total, Under, "8.5"},
		{18, Total, Over, "9.0"},
		{0, Moneyline, Home, ""},
	} {
		if got := c.line.Label(c.market, c.side); got != c.want {
			t.Errorf("Line(%d).Label(%s, %s): got %q, want %q", c.line, c.market, c.side, got, c.want)
		}
	}
}

func TestLineForSide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := Line(rapid.IntRange(int(-maxLine), int(maxLine)).Draw(t, "line"))
		market := rapid.SampledFrom([]Market{Moneyline, RunLine, Total}).Draw(t, "market")
		first, second := market.Sides()
		a, b := line.ForSide(market, first), line.ForSide(market, second)
		for _, side := range []Side{first, second} {
			if got := line.ForSide(market, side).ForSide(market, side); got != line {
				t.Fatalf("%s of %s %s and back: got %s", side, market, line, got)
			}
		}
		if a != line {
			t.Fatalf("%s sees %s %s as %s, want it unchanged", first, market, line, a)
		}
		if want := map[bool]Line{true: -line, false: line}[market == RunLine]; b != want {
			t.Fatalf("%s sees %s %s as %s, want %s", second, market, line, b, want)
		}
	})
}

func TestMarketNames(t *testing.T) {
	for name, want := range map[string]Market{"moneyline": Moneyline, "run_line": RunLine, "total": Total} {
		if got, err := ParseMarket(name); err != nil || got != want || got.String() != name {
			t.Errorf("ParseMarket(%q): got %s, %v", name, got, err)
		}
	}
	for name, want := range map[string]Period{"game": FullGame, "first_five": FirstFive} {
		if got, err := ParsePeriod(name); err != nil || got != want || got.String() != name {
			t.Errorf("ParsePeriod(%q): got %s, %v", name, got, err)
		}
	}
	for name, want := range map[string]Side{"home": Home, "away": Away, "over": Over, "under": Under} {
		if got, err := ParseSide(name); err != nil || got != want || got.String() != name {
			t.Errorf("ParseSide(%q): got %s, %v", name, got, err)
		}
	}
}

// Nothing is guessed: no other case, no blank, no abbreviation, and not what
// String prints of a value that is none.
func TestUnknownNames(t *testing.T) {
	for what, parse := range map[string]func(string) (uint8, error){
		"market": func(s string) (uint8, error) { v, err := ParseMarket(s); return uint8(v), err },
		"period": func(s string) (uint8, error) { v, err := ParsePeriod(s); return uint8(v), err },
		"side":   func(s string) (uint8, error) { v, err := ParseSide(s); return uint8(v), err },
	} {
		for _, in := range []string{"", " ", "Moneyline", "ML", "run line", "spread", "Game", "f5", "HOME", "o", "home ", "unknown(0)"} {
			got, err := parse(in)
			if got != 0 || !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), what+" "+strconv.Quote(in)) {
				t.Errorf("%s %q: got %d, %v; want ErrInvalid that names it", what, in, got, err)
			}
		}
	}
	for _, got := range []string{Market(0).String(), Period(0).String(), Side(0).String()} {
		if got != "unknown(0)" {
			t.Errorf("the zero value: got %q, want unknown(0)", got)
		}
	}
	for _, got := range []string{Market(99).String(), Period(99).String(), Side(99).String()} {
		if got != "unknown(99)" {
			t.Errorf("a value out of range: got %q, want unknown(99)", got)
		}
	}
}

func TestMarketSides(t *testing.T) {
	for _, c := range []struct {
		market        Market
		hasLine       bool
		first, second Side
	}{
		{Moneyline, false, Home, Away},
		{RunLine, true, Home, Away},
		{Total, true, Over, Under},
	} {
		first, second := c.market.Sides()
		if first != c.first || second != c.second || c.market.HasLine() != c.hasLine {
			t.Errorf("%s: got %s, %s, line %v", c.market, first, second, c.market.HasLine())
		}
		for _, side := range []Side{0, Home, Away, Over, Under, 99} {
			if got, want := side.Of(c.market), side == c.first || side == c.second; got != want {
				t.Errorf("%s is a side of %s: got %v, want %v", side, c.market, got, want)
			}
		}
		if first.Opposite() != second || second.Opposite() != first {
			t.Errorf("%s: %s and %s are not opposite", c.market, first, second)
		}
	}
	for _, side := range []Side{0, 99} {
		if got := side.Opposite(); got != 0 {
			t.Errorf("the opposite of no side: got %s", got)
		}
	}
}
