package world

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Recording is bodies that were once served, to be served again: each from its
// moment until the next of the same request. Requests that were not recorded by
// then are answered from the simulation.
type Recording struct {
	bodies map[string][]recorded
}

type recorded struct {
	at time.Time
	answer
}

// captured is one line of a recording; a body that is not JSON is a string.
type captured struct {
	URL       string          `json:"url"`
	Data      json.RawMessage `json:"data"`
	Body      json.RawMessage `json:"body"`
	Timestamp time.Time       `json:"timestamp"`
}

// maxLine bounds one recorded body.
const maxLine = 16 << 20

// ReadRecording reads captures, a JSON object a line: "url" with the source's
// real host, "data" or "body", and "timestamp" in RFC 3339. Answers of
// addresses that are not served here are passed over. The error wraps
// mlb.ErrInvalid and names the line.
func ReadRecording(r io.Reader) (*Recording, error) {
	rec := &Recording{bodies: map[string][]recorded{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		if err := rec.add(lines.Bytes()); err != nil {
			return nil, fmt.Errorf("%w: line %d of the recording: %w", mlb.ErrInvalid, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: recording: %w", mlb.ErrInvalid, err)
	}
	for _, all := range rec.bodies {
		slices.SortStableFunc(all, func(a, b recorded) int { return a.at.Compare(b.at) })
	}
	return rec, nil
}

func (rec *Recording) add(line []byte) error {
	var c captured
	if err := json.Unmarshal(line, &c); err != nil {
		return err
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return err
	}
	if c.Data == nil {
		c.Data = c.Body
	}
	if c.Data == nil || c.Timestamp.IsZero() {
		return errors.New("want url, data or body, and timestamp")
	}
	for _, s := range Sources() {
		if u.Host != s.Host() {
			continue
		}
		if r, args, ok := serverOf(s).find(u.Path); ok {
			name := requestName(s, r.name, args, u.Query())
			rec.bodies[name] = append(rec.bodies[name], recorded{c.Timestamp.UTC(), recordedAnswer(c.Data)})
		}
	}
	return nil
}

func recordedAnswer(data json.RawMessage) answer {
	text := ""
	if json.Unmarshal(data, &text) != nil {
		return jsonAnswer(slices.Clone(data))
	}
	if json.Valid([]byte(text)) {
		return jsonAnswer([]byte(text))
	}
	return answer{contentType: "text/html; charset=UTF-8", body: []byte(text)}
}

// telling are the parameters that make another request of one; the others
// choose parts of it.
var telling = []string{"date", "startDate", "endDate", "view"}

func requestName(s Source, route string, args []string, v url.Values) string {
	name := fmt.Sprintf("%s %s %q", s, route, args)
	for _, p := range telling {
		name += " " + v.Get(p)
	}
	return name
}

// answer is the last body recorded by the moment asked for.
func (rec *Recording) answer(s Source, route string, q question) (a answer, ok bool) {
	if rec == nil {
		return a, false
	}
	all := rec.bodies[requestName(s, route, q.args, q.values)]
	n, _ := slices.BinarySearchFunc(all, q.at, func(r recorded, at time.Time) int {
		if r.at.After(at) {
			return 1
		}
		return -1
	})
	if n == 0 {
		return a, false
	}
	return all[n-1].answer, true
}
