package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// MaxBody bounds the memory that one body of a source can take: reading it
// takes some ten times its size. A slate at every book is some hundred
// kilobytes, a season's schedule about ten megabytes.
const MaxBody = 16 << 20

// ReadBody reads a body that is parsed as a whole, without its byte-order mark
// and the white space around it. One that is empty or larger than MaxBody
// wraps mlb.ErrInvalid.
func ReadBody(r io.Reader) ([]byte, error) { return ReadBodyUpTo(r, MaxBody) }

// ReadBodyUpTo is ReadBody for a format whose bodies are smaller, of so many
// bytes at most.
func ReadBodyUpTo(r io.Reader, limit int) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(text) > limit {
		return nil, fmt.Errorf("%w: the body is larger than %d MB: split it", mlb.ErrInvalid, limit>>20)
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	if len(text) == 0 {
		return nil, fmt.Errorf("%w: the file is empty", mlb.ErrInvalid)
	}
	return text, nil
}

// maxShown is how much of a row that cannot be used is kept.
const maxShown = 2000

// Shown is a text as the Text of a row: valid UTF-8 of at most 2,000 bytes
// without NUL, which PostgreSQL's text cannot hold.
func Shown(s string) string {
	cut := s[:min(len(s), maxShown)]
	cut = strings.ReplaceAll(strings.ToValidUTF8(cut, "\ufffd"), "\x00", "\ufffd")
	if len(cut) > maxShown { // a replacement is longer than what it replaces
		cut = strings.ToValidUTF8(cut[:maxShown], "")
	}
	return cut
}

// Element is one element of a JSON list, read apart from the others: where it
// cannot be read as T, Err says why and the others stand.
type Element[T any] struct {
	Value T
	Err   error
	Raw   json.RawMessage
}

// UnmarshalJSON takes any value.
func (e *Element[T]) UnmarshalJSON(b []byte) error {
	e.Raw = bytes.Clone(b)
	e.Err = json.Unmarshal(b, &e.Value)
	return nil
}

// Number is the text of whatever stands where JSON should have a number: what
// it is worth is judged row by row. It is empty for null or nothing.
type Number string

// UnmarshalJSON takes any value.
func (n *Number) UnmarshalJSON(b []byte) error {
	if *n = Number(bytes.Trim(b, `"`)); *n == "null" {
		*n = ""
	}
	return nil
}

// sharesSlack is how far two shares may miss 100 % together: each is rounded
// to a whole percent by half a point at most.
const sharesSlack = 1.0

// Percents makes a market's share of the percentages of its two sides, in the
// order of Market.Sides. No data (0 % on both sides) gives the zero Share;
// shares that are no shares, or do not sum to about 100, a BadSplit.
func Percents(first, second float64) (mlb.Share, error) {
	if !isPercent(first) || !isPercent(second) {
		return mlb.Share{}, Reject(BadSplit, "%v %% and %v %%, want 0 to 100", first, second)
	}
	if first == 0 && second == 0 {
		return mlb.Share{}, nil
	}
	if sum := first + second; math.Abs(sum-100) > sharesSlack {
		return mlb.Share{}, Reject(BadSplit, "%v %% and %v %% sum to %v", first, second, sum)
	}
	return mlb.Share{First: first / 100, Second: second / 100}, nil
}

func isPercent(p float64) bool { return p >= 0 && p <= 100 }
