package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table prints rows under a header; on the demo database every line of it,
// the header too, says that what it shows is synthetic.
type table struct {
	w    *tabwriter.Writer
	text *bytes.Buffer
	out  io.Writer
	last string
}

func (e *env) table(header ...string) *table {
	text := &bytes.Buffer{}
	t := &table{w: tabwriter.NewWriter(text, 0, 4, 2, ' ', 0), text: text, out: e.out, last: mark(e.synthetic)}
	t.row(header...)
	return t
}

func (t *table) row(cells ...string) {
	fmt.Fprintln(t.w, strings.Join(cells, "\t")+t.last)
}

// print writes the table in one piece: others may print lines beside it.
func (t *table) print() error {
	if err := t.w.Flush(); err != nil {
		return err
	}
	_, err := t.text.WriteTo(t.out)
	return err
}

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
