package sbro

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// The columns of a season file, as indexes of columnNames and layout.
const (
	colDate = iota
	colRot
	colVH
	colTeam
	colPitcher
	colInning // the first of nine
)

const (
	colFinal = colInning + 9 + iota
	colOpen
	colClose
	colOpenTotal
	colCloseTotal
	colRunLine // since 2014
	columns    // how many
)

var columnNames = [columns]string{
	"Date", "Rot", "VH", "Team", "Pitcher", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th",
	"Final", "Open", "Close", "Open OU", "Close OU", "Run Line",
}

// layout is where a year's header puts each column; -1 for no run line. The
// prices at a line stand in the column after the line's, which has no name.
type layout struct {
	at      [columns]int
	width   int
	indexed bool // the first column numbers the rows
}

// layoutOf reads a header. Years spell it differently ("Open OU", "OpenOU"),
// so only letters and digits count. A named column that is not known is an
// error: it may change what the others mean.
func layoutOf(header []string) (layout, error) {
	l := layout{width: len(header)}
	var missing, unknown []string
	found := map[string]int{}
	for i, h := range header {
		key := plain(h)
		if i == 0 && (key == "index" || key == "unnamed0") {
			l.indexed = true
			continue
		}
		if nameless(key) {
			continue
		}
		if _, twice := found[key]; twice {
			return l, fmt.Errorf("%w: column %.40q stands twice in the header", mlb.ErrInvalid, h)
		}
		found[key] = i
	}
	for c, n := range columnNames {
		i, ok := found[plain(n)]
		if !ok {
			i = -1
			if c != colRunLine {
				missing = append(missing, n)
			}
		}
		l.at[c] = i
		delete(found, plain(n))
	}
	for _, h := range header {
		if _, ok := found[plain(h)]; ok {
			unknown = append(unknown, h)
		}
	}
	if len(missing)+len(unknown) > 0 {
		return l, fmt.Errorf("%w: not a header of a season file: columns found %s; missing %s; unknown %s",
			mlb.ErrInvalid, list(header), list(missing), list(unknown))
	}
	return l, l.checkPrices(header)
}

// checkPrices makes sure that the columns after the lines' are theirs.
func (l *layout) checkPrices(header []string) error {
	for _, c := range []int{colOpenTotal, colCloseTotal, colRunLine} {
		i := l.at[c] + 1
		if i == 0 {
			continue
		}
		if i < len(header) && !nameless(plain(header[i])) {
			return fmt.Errorf("%w: after column %q stands %.40q, want a column without a name that holds its prices",
				mlb.ErrInvalid, columnNames[c], header[i])
		}
		l.width = max(l.width, i+1) // a sheet does not store empty cells at the end of a row
	}
	return nil
}

// knows tells whether the column at i is one of the header's or holds the
// prices of one.
func (l *layout) knows(i int) bool {
	if i == 0 && l.indexed {
		return true
	}
	for c, at := range l.at {
		if at >= 0 && (i == at || i == at+1 && (c == colOpenTotal || c == colCloseTotal || c == colRunLine)) {
			return true
		}
	}
	return false
}

// plain is the name in small letters and digits alone.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// nameless tells of a column without a name, also as a common library writes
// it: "Unnamed: 18".
func nameless(key string) bool { return key == "" || strings.HasPrefix(key, "unnamed") }

// list prints names for a message, the first forty of them.
func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	var b strings.Builder
	for i, n := range names[:min(len(names), 40)] {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.24q", n)
	}
	return b.String()
}
