package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// table prints rows under a header; on the demo database every line of it,
// the header too, says that what it shows is synthetic.
type table struct {
	w    *tabwriter.Writer
	last string
}

func (e *env) table(header ...string) *table {
	t := &table{w: tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0), last: mark(e.synthetic)}
	t.row(header...)
	return t
}

func (t *table) row(cells ...string) {
	fmt.Fprintln(t.w, strings.Join(cells, "\t")+t.last)
}

func (t *table) print() error { return t.w.Flush() }

// line prints one line of text, marked like a table's.
func (e *env) line(format string, args ...any) {
	fmt.Fprintf(e.out, format+"%s\n", append(args, mark(e.synthetic))...)
}

// mark ends every line about synthetic data.
func mark(synthetic bool) string {
	if synthetic {
		return "  SYNTHETIC"
	}
	return ""
}
