package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// object is a JSON object whose fields are few and change with the fault.
type object = map[string]any

// decode reads any JSON; numbers stay as they are written.
func decode(body []byte) (doc any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return doc, nil
}

// asObject is v where it is an object, else one without fields.
func asObject(v any) object {
	if o, ok := v.(object); ok {
		return o
	}
	return object{}
}

// asList is v where it is a list, else an empty one.
func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

// asText is v where it is a string or a number, else "".
func asText(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case json.Number:
		return t.String()
	}
	return ""
}

// asInt is v where it is a whole number, else 0.
func asInt(v any) int64 {
	n, _ := strconv.ParseInt(asText(v), 10, 64)
	return n
}

// number is n as decode reads it.
func number(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

// walk calls f with every object in a document, the outer before the inner.
func walk(v any, f func(object)) {
	switch t := v.(type) {
	case object:
		f(t)
		for _, inner := range t {
			walk(inner, f)
		}
	case []any:
		for _, inner := range t {
			walk(inner, f)
		}
	}
}
