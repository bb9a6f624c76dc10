package source

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Newest is the newest time that stands in a JSON body in one of the fields,
// whatever object they are in; zero where none can be read.
func Newest(body []byte, fields []string) (newest time.Time) {
	dec := json.NewDecoder(bytes.NewReader(body))
	var inside []bool // of each open list or object: it is an object
	name, isName := "", false
	for {
		t, err := dec.Token()
		if err != nil {
			return newest
		}
		if d, ok := t.(json.Delim); ok {
			switch d {
			case '{', '[':
				inside, isName = append(inside, d == '{'), d == '{'
			default:
				inside = inside[:len(inside)-1]
				isName = len(inside) > 0 && inside[len(inside)-1]
			}
			name = ""
			continue
		}
		text, _ := t.(string) // anything else tells no time
		if isName {
			name, isName = text, false
			continue
		}
		if at, err := time.Parse(time.RFC3339, text); err == nil && at.After(newest) && slices.Contains(fields, name) {
			newest = at
		}
		isName = len(inside) > 0 && inside[len(inside)-1]
	}
}
