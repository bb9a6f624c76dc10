package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// A secret is in nothing that is printed, wherever it stands.
func TestSecret(t *testing.T) {
	type holder struct {
		Open   Secret
		closed Secret
		Under  []Secret
	}
	const text = "s3cr3t/k€y"
	s := NewSecret(text)
	h := holder{s, s, []Secret{s}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n"+verb+"\n"+verb+"\n", s, h, &h)
	}
	asJSON, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "h", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s, "h", h)
	out.Write(asJSON)
	if all := out.String(); strings.Contains(all, "s3cr3t") || strings.Contains(all, fmt.Sprintf("%x", text)) || !strings.Contains(all, hidden) {
		t.Errorf("printed as %s", all)
	}
	if s.Reveal() != text || !s.IsSet() || h.closed.Reveal() != text {
		t.Error("the secret is lost")
	}
	if none := NewSecret(""); none.IsSet() || none.Reveal() != "" || none.String() != "" {
		t.Errorf("no secret is %q", none)
	}
}

func TestRequestAddress(t *testing.T) {
	r := Request{Base: "https://x.example", Path: "/a"}
	if r.URL() != "https://x.example/a" || r.Address() != r.URL() || r.Redact("k") != "k" {
		t.Errorf("got %s and %s", r.URL(), r.Address())
	}
	r.Query = []Param{{"b", "1,2"}, {"a", "x&y=z"}}
	r.SecretName, r.Secret = "key", NewSecret("k&1")
	if r.URL() != "https://x.example/a?b=1,2&a=x%26y%3Dz" || r.Address() != r.URL()+"&key=k%261" {
		t.Errorf("got %s and %s", r.URL(), r.Address())
	}
	if got := r.Redact("was k&1 or k%261?"); got != "was [secret] or [secret]?" {
		t.Errorf("redacted to %q", got)
	}
}

// Whatever is asked comes out of the address as it went in.
func TestEncode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var query []Param
		for i := range rapid.IntRange(1, 5).Draw(t, "n") {
			query = append(query, Param{fmt.Sprint("p", i), rapid.String().Draw(t, "value")})
		}
		got, err := url.ParseQuery(encode(query))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range query {
			if got.Get(p.Name) != p.Value {
				t.Errorf("%q came out as %q", p.Value, got.Get(p.Name))
			}
		}
	})
}

func TestAdapter(t *testing.T) {
	a := Adapter{
		Name: "x", Title: "X", Base: "https://x.example", KeyParam: "k", Spent: "EMPTY",
		Feeds: []Feed{
			{
				Name: "all", Wants: HTML, Requests: func(Ask) ([]Request, error) { return []Request{{Path: "/"}}, nil },
				Odds:    func(Doc) (OddsFormat, error) { return OddsFormat{}, nil },
				Results: func(Doc) (ResultFormat, error) { return ResultFormat{}, nil },
				Splits:  func(Doc) (SplitFormat, error) { return SplitFormat{}, nil },
				Entries: func(Doc) ([]Entry, error) { return nil, nil },
			},
			{Name: "day", Requests: func(Ask) ([]Request, error) { return nil, NoDate() }},
		},
	}
	all, err := a.Requests("all", Ask{Key: NewSecret("v"), Date: mlb.Date{Year: 2026, Month: 7, Day: 16}})
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	r := all[0]
	if r.Source != "x" || r.Feed != "all" || r.Address() != "https://x.example/?k=v" || r.Wants != HTML || r.Spent != "EMPTY" || r.From.String() != "2026-07-16" {
		t.Errorf("got %+v", r)
	}
	for feed, ask := range map[string]Ask{"all": {}, "none": {Key: NewSecret("v")}, "day": {Key: NewSecret("v")}} {
		if _, err := a.Requests(feed, ask); !errors.Is(err, mlb.ErrInvalid) {
			t.Errorf("feed %s: %v, want ErrInvalid", feed, err)
		}
	}
	if got := fmt.Sprintf("%v %v %v", a.Feeds[0].Kinds(), a.Feeds[1].Kinds(), Kind(9)); got != "[odds results splits directory] [] " {
		t.Errorf("kinds are %q", got)
	}
}

const shaped = "\xef\xbb\xbf" + `{"games":[{"id":1,"teams":["a"],"markets":{"68":{"event":[{"odds":-110,"is_live":false}]},"15":{"event":[{"odds":"x"}]}}},
	{"id":2,"teams":[],"markets":null,"players":{"ID660271":{"n":1}}}]}`

func TestShape(t *testing.T) {
	want := `games list
games[].id number
games[].markets null
games[].markets.*.event list
games[].markets.*.event[].is_live bool
games[].markets.*.event[].odds number|text
games[].players.*.n number
games[].teams list
games[].teams[] text`
	if got := Shape([]byte(shaped)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := Shape([]byte(`<html><table class="t  u"><tr><td>1</td><td class="x">2</td></tr></table>`)), "table .t.u\ntd .x|element\ntr element"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Shape([]byte(strings.Repeat("[", 1<<20))); got != "" { // which would be as deep a recursion
		t.Errorf("a million lists within each other have the shape %.60q", got)
	}
	if got := Shape(nil); got != "" {
		t.Errorf("nothing has the shape %q", got)
	}
}

// Other data of the same build have the same shape; a field renamed or retyped
// shows.
func TestShapeChange(t *testing.T) {
	was := Shape([]byte(shaped))
	for name, c := range map[string]struct{ from, to, lost, gained string }{
		"other data": {"-110", "+140e0", "", ""},
		"renamed":    {`"is_live"`, `"live"`, "games[].markets.*.event[].is_live bool", "games[].markets.*.event[].live bool"},
		"retyped":    {`"id":1`, `"id":"1"`, "games[].id number", "games[].id number|text"},
		"missing":    {`,"is_live":false`, ``, "games[].markets.*.event[].is_live bool", ""},
	} {
		body := strings.Replace(shaped, c.from, strings.TrimPrefix(c.to, "+"), 1)
		lost, gained := shapeChange(was, Shape([]byte(body)))
		if strings.Join(lost, ";") != c.lost || strings.Join(gained, ";") != c.gained {
			t.Errorf("%s: lost %q, gained %q", name, lost, gained)
		}
	}
}

// shapeChange is the lines that a shape has lost and gained against another.
func shapeChange(was, is string) (lost, gained []string) {
	before, after := strings.Split(was, "\n"), strings.Split(is, "\n")
	lost = slices.DeleteFunc(slices.Clone(before), func(line string) bool { return slices.Contains(after, line) })
	gained = slices.DeleteFunc(after, func(line string) bool { return slices.Contains(before, line) })
	return lost, gained
}

func FuzzShape(f *testing.F) {
	for _, s := range []string{shaped, "", "[", `{"a":`, "<table><tr>", strings.Repeat("[", 30), `{"":1}`, "{\"\x00\":1}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s := Shape(body)
		if lines := strings.Split(s, "\n"); len(lines) > maxShapePaths || !slices.IsSorted(lines) && json.Valid(body) && !bytes.ContainsAny(body, "\\ \n") {
			t.Errorf("%d lines:\n%s", len(lines), s)
		}
		if again := Shape(body); again != s {
			t.Errorf("unlike itself: %q, %q", s, again)
		}
	})
}
