package source

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

func readAll(t *testing.T, text string) (rows [][]string, bad []string) {
	t.Helper()
	r, err := NewRecords(strings.NewReader(text), "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	for {
		fields, err := r.Next()
		var row *RowError
		switch {
		case errors.Is(err, io.EOF):
			return rows, bad
		case errors.As(err, &row):
			bad = append(bad, r.Text())
		case err != nil:
			t.Fatal(err)
		default:
			rows = append(rows, slices.Clone(fields))
		}
	}
}

func TestRecords(t *testing.T) {
	long := strings.Repeat("x", maxRecord)
	rows, bad := readAll(t, "\xef\xbb\xbfa,b\r\n1,2\n\n\"x, \"\"y\"\"\",\n"+
		"1,\"open\n3,4\n1\n1,2,3\n\xff,2\n1,2\x00\n1,\"x\"y\n1,x\"y\n"+long+",2\n5,6")
	want := [][]string{{"1", "2"}, {`x, "y"`, ""}, {"3", "4"}, {"5", "6"}}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("rows %q, want %q", rows, want)
	}
	if len(bad) != 8 || bad[0] != `1,"open` || bad[3] != "\ufffd,2" || len(bad[7]) != 200 {
		t.Errorf("bad rows %q", bad)
	}
}

func TestHeader(t *testing.T) {
	for text, want := range map[string]string{
		"":        "empty",
		"a\n":     `column "b" is missing`,
		"a,b,c\n": `unknown column "c"`,
		"a,b,a\n": "twice",
		"\"a,b\n": "not closed",
	} {
		_, err := NewRecords(strings.NewReader(text), "a", "b")
		if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
	if r, err := NewRecords(strings.NewReader("b,a\n"), "a", "b"); err != nil || r.Column("a") != 1 {
		t.Errorf("columns in another order: %v", err)
	}
}

// What a reader of rows does not want may be there, in any order, twice or
// without a name.
func TestOtherColumns(t *testing.T) {
	r, err := NewRecordsWith(strings.NewReader("x,b,,a,x\n1,2,3,4,5\n1,2\n"), "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	fields, err := r.Next()
	if err != nil || fields[r.Column("a")] != "4" || fields[r.Column("b")] != "2" || len(r.Header()) != 5 {
		t.Errorf("%q of %q, %v", fields, r.Header(), err)
	}
	if _, err := r.Next(); !errors.As(err, new(*RowError)) {
		t.Errorf("a short row: %v", err)
	}
	for text, want := range map[string]string{
		"":                             "empty",
		"a,x\n":                        `column "b" is missing`,
		"b,a,b\n":                      `column "b" stands twice`,
		"\"a,b\n":                      "not closed",
		strings.Repeat("x", maxRecord): "longer than",
	} {
		_, err := NewRecordsWith(strings.NewReader(text), "a", "b")
		if !errors.Is(err, mlb.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want ErrInvalid with %q", text, err, want)
		}
	}
}

func TestDecompress(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{b.String(), "hello"} {
		r, err := Decompress(strings.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := io.ReadAll(r); err != nil || string(out) != "hello" {
			t.Errorf("got %q, %v", out, err)
		}
	}
	if _, err := Decompress(strings.NewReader("\x1f\x8b")); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("half a header: %v, want ErrInvalid", err)
	}
}

func TestUndeclaredZone(t *testing.T) {
	if _, err := (OddsFormat{Name: "x"}).Read(strings.NewReader("")); !errors.Is(err, ErrZone) {
		t.Errorf("got %v, want ErrZone", err)
	}
}

// What this reader accepts, the standard library's reads the same way.
func FuzzRecords(f *testing.F) {
	for _, s := range []string{"1,2", `"x, ""y""",`, `1,"open`, "a,b\r", "1,\xff", `"",""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, err := NewRecords(strings.NewReader("a,b\n"+line), "a", "b")
		if err != nil {
			t.Fatal(err)
		}
		fields, err := r.Next()
		if err != nil || strings.ContainsAny(line, "\r\n") {
			return
		}
		std := csv.NewReader(strings.NewReader(line + "\n"))
		want, err := std.Read()
		if err != nil || !slices.Equal(fields, want) {
			t.Errorf("%q: %q, want %q (%v)", line, fields, want, err)
		}
	})
}
