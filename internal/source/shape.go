package source

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// What bounds a shape, whatever the body.
const (
	maxShapeDepth = 10
	maxShapePaths = 3000
)

// Shape tells how a body is built: for JSON every path with the types of what
// stands there, for anything else the elements of its tables. It is one line a
// path, sorted, the same for bodies that differ in their data only: names of
// fields that are numbers, or end in one, are data ("*"). A type that is there
// only at times is there in one body and not in another: a shape says what was
// seen, not what is promised.
//
//	games[].id number
//	games[].markets.*.event.moneyline[].odds number
func Shape(body []byte) string {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	seen := shape{}
	dec := json.NewDecoder(bytes.NewReader(body))
	if len(body) == 0 || !strings.ContainsRune("[{", rune(body[0])) || seen.value(dec, "", 0) != nil {
		seen = tables(body)
	}
	lines := make([]string, 0, len(seen))
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		lines = append(lines, strings.TrimSpace(path+" "+strings.Join(slices.Sorted(maps.Keys(seen[path])), "|")))
	}
	return strings.Join(lines, "\n")
}

// shape is the types that were seen at each path.
type shape map[string]map[string]bool

func (s shape) add(path, kind string) {
	if s[path] == nil {
		if len(s) >= maxShapePaths {
			return
		}
		s[path] = map[string]bool{}
	}
	s[path][kind] = true
}

// value reads one value. The values of a list share a path; what is too deep
// is passed over.
func (s shape) value(dec *json.Decoder, path string, depth int) error {
	if depth > maxShapeDepth {
		return dec.Decode(new(json.RawMessage))
	}
	t, err := dec.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case json.Delim:
		return s.inside(dec, t, path, depth)
	case string:
		s.add(path, "text")
	case float64:
		s.add(path, "number")
	case bool:
		s.add(path, "bool")
	case nil:
		s.add(path, "null")
	}
	return nil
}

// inside reads a list or an object.
func (s shape) inside(dec *json.Decoder, open json.Delim, path string, depth int) error {
	if open == '[' {
		s.add(path, "list")
	}
	for dec.More() {
		at := path + "[]"
		if open == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			text, _ := name.(string) // the decoder lets nothing else be a name
			at = join(path, text)
		}
		if err := s.value(dec, at, depth+1); err != nil {
			return err
		}
	}
	_, err := dec.Token()
	return err
}

func join(path, name string) string {
	if name = fieldName(name); path == "" {
		return name
	}
	return path + "." + name
}

// fieldName is "*" for names that are data: "68", "ID660271".
func fieldName(name string) string {
	digits := len(name) - len(strings.TrimRightFunc(name, unicode.IsDigit))
	if digits == len(name) || digits >= 4 {
		return "*"
	}
	return Shown(name[:min(len(name), 60)])
}

// tables are the elements of a page's tables with their classes.
func tables(page []byte) shape {
	seen := shape{}
	z := html.NewTokenizer(bytes.NewReader(page))
	z.SetMaxBuf(1 << 20)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return seen
		case html.StartTagToken:
			seen.element(z.Token())
		}
	}
}

func (s shape) element(t html.Token) {
	if !slices.Contains([]string{"table", "thead", "tbody", "tr", "th", "td"}, t.Data) {
		return
	}
	class := "element"
	for _, a := range t.Attr {
		if a.Key == "class" && a.Val != "" {
			class = "." + Shown(strings.Join(strings.Fields(a.Val), "."))
		}
	}
	s.add(t.Data, class)
}
