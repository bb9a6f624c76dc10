package simulator

import (
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// body is JSON being written. The bodies of odds are too many for reflection.
type body []byte

// raw adds text as it is.
func (w *body) raw(s string) *body {
	*w = append(*w, s...)
	return w
}

// int adds text and a number after it.
func (w *body) int(s string, n int64) *body {
	*w = strconv.AppendInt(append(*w, s...), n, 10)
	return w
}

// str adds text and a string after it.
func (w *body) str(s, v string) *body {
	*w = strconv.AppendQuote(append(*w, s...), v) // names here are plain ASCII
	return w
}

// line adds text and a line in runs after it, as a JSON number.
func (w *body) line(s string, l mlb.Line) *body {
	*w = strconv.AppendFloat(append(*w, s...), l.Runs(), 'f', -1, 64)
	return w
}

// time adds text and a moment after it.
func (w *body) time(s string, t time.Time, layout string) *body {
	*w = append(append(*w, s...), '"')
	*w = append(t.AppendFormat(*w, layout), '"')
	return w
}

// comma adds one, but before the first of a list.
func (w *body) comma(i int) *body {
	if i > 0 {
		*w = append(*w, ',')
	}
	return w
}

// The layouts of time, all UTC.
const (
	millis     = "2006-01-02T15:04:05.000Z"
	microsZ    = "2006-01-02T15:04:05.000000Z"
	wholeZ     = "2006-01-02T15:04:05Z"
	stampStats = "20060102_150405"
)
