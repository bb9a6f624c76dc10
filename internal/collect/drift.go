package collect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// driftOf names the fields that differ between the shape of a feed's answers
// as it was and as it is: those with another name first, then those of another
// type, then those that are gone. A field that is only there at times, whose
// place is not there either, says nothing.
func driftOf(was, is string) []string {
	before, after := pathsOf(was), pathsOf(is)
	var all []change
	for path, types := range before {
		if c, ok := changeOf(path, types, before, after); ok {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b change) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.text, b.text)) })
	var texts []string
	for _, c := range all {
		if !slices.Contains(texts, c.text) { // one field in many places is one change
			texts = append(texts, c.text)
		}
	}
	return texts
}

type changeKind uint8

const (
	renamed changeKind = iota
	retyped
	gone
)

type change struct {
	kind changeKind
	text string
}

func changeOf(path string, types []string, before, after map[string][]string) (c change, changed bool) {
	name := path[strings.LastIndexByte(path, '.')+1:]
	now, there := after[path]
	switch {
	case there && overlap(types, now):
		return c, false
	case there:
		return change{retyped, fmt.Sprintf("field %s is %s where it was %s", name, strings.Join(now, "|"), strings.Join(types, "|"))}, true
	case slices.Equal(types, []string{"null"}):
		return c, false
	case below(path, after):
		return change{retyped, fmt.Sprintf("field %s holds more where it was %s", name, strings.Join(types, "|"))}, true
	case !below(parentOf(path), after):
		return c, false
	}
	for other, othersTypes := range after {
		if _, old := before[other]; !old && parentOf(other) == parentOf(path) && overlap(types, othersTypes) {
			return change{renamed, fmt.Sprintf("field %s is now %s", name, other[strings.LastIndexByte(other, '.')+1:])}, true
		}
	}
	return change{gone, fmt.Sprintf("field %s is gone", name)}, true
}

// pathsOf are the paths of a shape with the types seen there.
func pathsOf(shape string) map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(shape) {
		path, types, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[path] = strings.Split(types, "|")
	}
	return all
}

// overlap tells whether two lists of types have one in common; null is no type.
func overlap(a, b []string) bool {
	known := func(t string) bool { return t != "null" }
	if !slices.ContainsFunc(a, known) || !slices.ContainsFunc(b, known) {
		return true
	}
	return slices.ContainsFunc(a, func(t string) bool { return known(t) && slices.Contains(b, t) })
}

func parentOf(path string) string {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)]
}

// below tells whether anything stands inside a path.
func below(path string, shape map[string][]string) bool {
	for other := range shape {
		if rest, ok := strings.CutPrefix(other, path); ok && (path == "" || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[")) {
			return true
		}
	}
	return false
}
