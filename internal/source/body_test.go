package source

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// zeros is a body without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '0'
	}
	return len(b), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadBody(t *testing.T) {
	if b, err := ReadBody(strings.NewReader("\xef\xbb\xbf {} \n")); err != nil || string(b) != "{}" {
		t.Errorf("got %q, %v", b, err)
	}
	for name, c := range map[string]struct {
		body io.Reader
		want error
	}{
		"empty":           {strings.NewReader("\xef\xbb\xbf\n"), mlb.ErrInvalid},
		"without an end":  {zeros{}, mlb.ErrInvalid},
		"cannot be read":  {broken{}, io.ErrUnexpectedEOF},
		"only whitespace": {strings.NewReader(" \t\n"), mlb.ErrInvalid},
	} {
		if _, err := ReadBody(c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestShown(t *testing.T) {
	for in, want := range map[string]string{"a\x00b": "a\ufffdb", "\xff": "\ufffd", "plain": "plain"} {
		if got := Shown(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestElement(t *testing.T) {
	var list []Element[struct{ A int }]
	if err := json.Unmarshal([]byte(`[{"a":1},{"a":"x"},7,null]`), &list); err != nil {
		t.Fatal(err)
	}
	if list[0].Err != nil || list[0].Value.A != 1 || list[1].Err == nil || list[2].Err == nil || string(list[2].Raw) != "7" {
		t.Errorf("got %+v", list)
	}
}

func TestNumber(t *testing.T) {
	var list []Number
	if err := json.Unmarshal([]byte(`[-110,"1.5",null,{},true]`), &list); err != nil {
		t.Fatal(err)
	}
	if want := "-110 1.5  {} true"; list[0]+" "+list[1]+" "+list[2]+" "+list[3]+" "+list[4] != Number(want) {
		t.Errorf("got %q, want %q", list, want)
	}
}

func TestPercents(t *testing.T) {
	for _, c := range []struct {
		first, second float64
		want          mlb.Share
	}{
		{60, 40, mlb.Share{First: 0.6, Second: 0.4}},
		{76.66, 23.34, mlb.Share{First: 0.7666, Second: 0.2334}},
		{50, 51, mlb.Share{First: 0.5, Second: 0.51}}, // both rounded up
		{100, 0, mlb.Share{First: 1}},
		{0, 0, mlb.Share{}},
	} {
		if got, err := Percents(c.first, c.second); err != nil || math.Abs(got.First-c.want.First) > 1e-12 || math.Abs(got.Second-c.want.Second) > 1e-12 {
			t.Errorf("%v, %v: %v, %v; want %v", c.first, c.second, got, err, c.want)
		}
	}
	for _, c := range [][2]float64{{43, 43}, {49, 49}, {-1, 101}, {101, 0}, {math.NaN(), 50}, {math.Inf(1), 0}, {0, 50}} {
		var e *RowError
		if _, err := Percents(c[0], c[1]); !errors.As(err, &e) || e.Reason != BadSplit {
			t.Errorf("%v: %v, want bad_split", c, err)
		}
	}
}

func FuzzShown(f *testing.F) {
	f.Add("a\x00\xff")
	f.Add(strings.Repeat("\xff", maxShown+1))
	f.Add(strings.Repeat("é", maxShown))
	f.Fuzz(func(t *testing.T, s string) {
		if got := Shown(s); len(got) > maxShown || !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Errorf("%q is shown as %q", s, got)
		}
	})
}
