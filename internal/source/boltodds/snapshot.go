package boltodds

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// maxSnapshot bounds the memory of one snapshot, which is some megabytes.
const maxSnapshot = source.MaxBody

// snapshot hands out the prices of one capture. Its scores and its list of
// games are not read.
type snapshot struct {
	parser
	odds []json.RawMessage
	n    int64
}

// text is a field's text, whatever kind of value holds it: the same snapshot
// has lines as strings and as numbers.
type text string

// UnmarshalJSON takes any value; null is no text.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		s = string(b)
	}
	*t = text(strings.ReplaceAll(s, "\x00", "\ufffd"))
	return nil
}

func openSnapshot(r io.Reader, zone *time.Location) (source.OddsReader, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxSnapshot+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxSnapshot {
		return nil, fmt.Errorf("%w: the snapshot is larger than %d MB", mlb.ErrInvalid, maxSnapshot>>20)
	}
	var s struct {
		Odds *[]json.RawMessage `json:"odds"`
	}
	err = json.Unmarshal(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), &s)
	if err == nil && s.Odds == nil {
		err = errors.New("no list of odds in it")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: not a snapshot of boltodds: %w", mlb.ErrInvalid, err)
	}
	p := newParser(zone)
	p.row = make([]string, len(columns))
	for i := range columns {
		p.at[i] = i
	}
	return &snapshot{parser: p, odds: *s.Odds}, nil
}

// maxField bounds a field of a price, and with it what is said of one that
// cannot be used.
const maxField = 500

// shown is a price on one line.
func shown(told json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, told); err != nil {
		return source.Shown(string(told))
	}
	return source.Shown(b.String())
}

// Next is the next price of the snapshot.
func (s *snapshot) Next() (source.OddsRow, error) {
	if s.n == int64(len(s.odds)) {
		return source.OddsRow{}, io.EOF
	}
	told := s.odds[s.n]
	s.n++
	row := source.OddsRow{N: s.n, Text: shown(told)}
	var fields map[string]text
	if err := json.Unmarshal(told, &fields); err != nil || fields == nil {
		return row, source.Reject(source.BadRecord, "not an object with a price")
	}
	for i, name := range columns {
		value, ok := fields[name]
		switch {
		case !ok:
			return row, source.Reject(source.BadRecord, "no field %q", name)
		case len(value) > maxField:
			return row, source.Reject(source.BadRecord, "field %q is longer than %d bytes", name, maxField)
		}
		s.row[i] = string(value)
	}
	return row, s.parse(&row)
}
