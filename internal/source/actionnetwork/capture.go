package actionnetwork

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// kind is what a capture's body holds.
type kind uint8

const (
	ignored    kind = iota // an answer that holds no prices
	scoreboard             // a day's games
	history                // the prices of one game over time
)

// capture is one answer of the API.
type capture struct {
	kind  kind
	event string    // of a history
	seen  time.Time // of a scoreboard, UTC
	body  json.RawMessage
	text  string                 // as it is shown where it cannot be used
	list  []source.Element[game] // of a scoreboard that was read before; nil: it was not
}

// envelope is a capture as a collector writes it, or a bare body.
type envelope struct {
	URL        string          `json:"url"`
	Data       json.RawMessage `json:"data"`
	Body       json.RawMessage `json:"body"`
	Timestamp  source.Number   `json:"timestamp"`
	FetchedAt  source.Number   `json:"fetched_at"`
	CapturedAt source.Number   `json:"captured_at"`
	Games      json.RawMessage `json:"games"`
}

// captures reads a document: captures in JSON lines, or one body alone.
type captures struct {
	lines      *bufio.Reader
	ahead      [][]byte // lines read before they are asked for
	whole      *capture // the document's only one, read before it is asked for
	zone       *time.Location
	observedAt time.Time // for bodies that do not tell
}

// openCaptures finds out which form the document has. A document of one body
// that cannot be used is an error as a whole.
func openCaptures(r io.Reader, zone *time.Location, observedAt time.Time) (*captures, error) {
	c := &captures{lines: bufio.NewReaderSize(r, 64<<10), zone: zone, observedAt: observedAt}
	if mark, _ := c.lines.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = c.lines.Discard(3) // they are buffered
	}
	first, err := c.readLine()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: the file is empty", mlb.ErrInvalid)
	case err != nil && !errors.As(err, new(*source.RowError)):
		return nil, err
	case !json.Valid(first):
		return c, c.readWhole(first)
	}
	second, err := c.readLine()
	switch {
	case errors.Is(err, io.EOF):
		return c, c.only(first)
	case err != nil && !errors.As(err, new(*source.RowError)):
		return nil, err
	}
	c.ahead = [][]byte{first, second}
	return c, nil
}

// readWhole takes a document whose first line is no JSON: a body written over
// many lines, or captures of which the first is damaged.
func (c *captures) readWhole(first []byte) error {
	rest, err := io.ReadAll(io.LimitReader(c.lines, source.MaxBody))
	if err != nil {
		return fmt.Errorf("read the captures: %w", err)
	}
	whole := slices.Concat(first, []byte("\n"), rest)
	if json.Valid(whole) {
		return c.only(whole)
	}
	lines := bytes.Split(bytes.TrimSpace(whole), []byte("\n"))
	if len(rest) == source.MaxBody || !slices.ContainsFunc(lines, isCapture) {
		return fmt.Errorf("%w: neither captures in JSON lines nor a body of Action Network: it begins %q",
			mlb.ErrInvalid, first[:min(len(first), 40)])
	}
	c.ahead = lines
	return nil
}

func isCapture(line []byte) bool {
	var e envelope
	return json.Unmarshal(line, &e) == nil && (e.URL != "" || e.Games != nil)
}

// only takes a document of one body or capture.
func (c *captures) only(body []byte) error {
	got, err := c.parse(body)
	if err == nil && got.kind == scoreboard {
		got.list, err = got.games()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	if got.text = shown(body); got.kind != ignored {
		c.whole = &got
	}
	return nil
}

// next is the next capture that holds prices. A line that cannot be used
// comes with a *source.RowError.
func (c *captures) next() (capture, error) {
	if got := c.whole; got != nil {
		c.whole = nil
		return *got, nil
	}
	for {
		line, err := c.nextLine()
		if err != nil {
			return capture{text: shown(line)}, err
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		got, err := c.parse(line)
		if got.text = shown(line); err != nil || got.kind != ignored {
			return got, err
		}
	}
}

// shown is the beginning of a line, as a row shows it.
func shown(line []byte) string { return source.Shown(string(line[:min(len(line), 4096)])) }

func (c *captures) nextLine() ([]byte, error) {
	if len(c.ahead) == 0 {
		return c.readLine()
	}
	line := c.ahead[0]
	c.ahead = c.ahead[1:]
	return line, nil
}

// readLine reads one line that is not blank. Of a line larger than a body can
// be, the beginning comes with a *source.RowError.
func (c *captures) readLine() ([]byte, error) {
	for {
		line, tooLong, err := c.readTo()
		switch {
		case err != nil && (!errors.Is(err, io.EOF) || len(line) == 0):
			return nil, err
		case tooLong:
			return line[:200], source.Reject(source.BadRecord, "a line longer than %d MB", source.MaxBody>>20)
		case len(bytes.TrimSpace(line)) > 0:
			return line, nil
		}
	}
}

func (c *captures) readTo() (line []byte, tooLong bool, err error) {
	for {
		part, err := c.lines.ReadSlice('\n')
		room := source.MaxBody - len(line)
		tooLong = tooLong || len(part) > room
		line = append(line, part[:min(len(part), room)]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err
		}
	}
}

func (c *captures) parse(line []byte) (got capture, err error) {
	var e envelope
	if err := json.Unmarshal(line, &e); err != nil {
		return got, source.Reject(source.BadRecord, "not a capture: %v", err)
	}
	switch {
	case e.Data != nil:
		got.body = e.Data
	case e.Body != nil:
		got.body = e.Body
	case e.Games != nil:
		got.body = line
	}
	if text := ""; len(got.body) > 0 && got.body[0] == '"' && json.Unmarshal(got.body, &text) == nil {
		got.body = json.RawMessage(text)
	}
	if got.kind, got.event, err = kindOf(e.URL, got.body); err != nil || got.kind != scoreboard {
		return got, err
	}
	got.seen, err = c.seenAt(e)
	return got, err
}

// kindOf tells what a body holds by the address it came from, or by its shape
// where there is none.
func kindOf(url string, body []byte) (k kind, event string, err error) {
	path, _, _ := strings.Cut(url, "?")
	_, tail, isHistory := strings.Cut(path, "/web/v2/markets/event/")
	switch {
	case strings.Contains(path, "/web/v2/scoreboard/"):
		return scoreboard, "", nil
	case isHistory:
		event, _ = strings.CutSuffix(tail, "/history")
		if n, err := strconv.ParseInt(event, 10, 64); err != nil || n <= 0 {
			return ignored, "", source.Reject(source.BadGame, "event %q in %q, want a number", event, url)
		}
		return history, event, nil
	case strings.Contains(path, "/web/v1/scoreboard/"):
		return ignored, "", source.Reject(source.BadRecord, "%q is scoreboard v1, whose splits are no longer filled: fetch v2", url)
	case url == "" && !hasGames(body):
		return ignored, "", source.Reject(source.BadRecord,
			"no list of games in it; a history needs the address it came from, since it does not name its event")
	case url == "":
		return scoreboard, "", nil
	default:
		return ignored, "", nil
	}
}

func hasGames(body []byte) bool {
	var b struct {
		Games json.RawMessage `json:"games"`
	}
	return json.Unmarshal(body, &b) == nil && b.Games != nil
}

// seenAt is when a capture was received. Only the collector knows: the body
// carries no time of its own.
func (c *captures) seenAt(e envelope) (time.Time, error) {
	for _, told := range []source.Number{e.Timestamp, e.FetchedAt, e.CapturedAt} {
		if told != "" {
			return parseTime(string(told), c.zone)
		}
	}
	if c.observedAt.IsZero() {
		return time.Time{}, source.Reject(source.BadTime,
			"the body does not say when it was seen: give the time (--observed-at), or keep it in a capture with its timestamp")
	}
	return c.observedAt.UTC(), nil
}

// parseTime reads an RFC 3339 time, or one without a zone as of the given.
func parseTime(s string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05", s, zone)
	if err != nil {
		return time.Time{}, source.Reject(source.BadTime, "timestamp %q, want RFC 3339", s)
	}
	return t.UTC(), nil
}
