package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// maxRecord bounds one line, and with it the memory an unclosed quote or a
// file without line ends can take.
const maxRecord = 8 << 10

// Decompress unpacks gzip where the bytes begin like it, and passes anything
// else through.
func Decompress(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	magic, err := br.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return br, nil
	}
	z, err := gzip.NewReader(br)
	if err != nil {
		return nil, fmt.Errorf("%w: gzip header: %w", mlb.ErrInvalid, err)
	}
	return z, nil
}

// Records reads CSV one physical line at a time. No captured format has a
// record that spans lines, so a quote left open spoils its own line and none
// after it, and every record's text can be shown as received.
type Records struct {
	br     *bufio.Reader
	fields []string
	line   []byte
	text   string // line, once it is known to be text
	n      int64
	header []string
	column map[string]int // positions in the header
}

// NewRecords reads the header. Every wanted column must be there; a column
// that is not known is an error too, since it may change what the others mean.
func NewRecords(r io.Reader, columns ...string) (*Records, error) {
	c, err := NewRecordsWith(r, columns...)
	if err != nil {
		return nil, err
	}
	for _, name := range c.header {
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("%w: unknown column %q in the header", mlb.ErrInvalid, name)
		}
	}
	return c, nil
}

// NewRecordsWith reads the header of a file that may hold other columns
// besides, which the reader of its rows need not know. Every wanted column must
// be there, and once.
func NewRecordsWith(r io.Reader, columns ...string) (*Records, error) {
	c := &Records{br: bufio.NewReaderSize(r, maxRecord), column: map[string]int{}}
	if err := c.readHeader(); err != nil {
		return nil, err
	}
	for i, name := range c.header {
		if _, twice := c.column[name]; twice && slices.Contains(columns, name) {
			return nil, fmt.Errorf("%w: column %q stands twice in the header", mlb.ErrInvalid, name)
		}
		c.column[name] = i
	}
	for _, name := range columns {
		if _, ok := c.column[name]; !ok {
			return nil, fmt.Errorf("%w: column %q is missing from the header", mlb.ErrInvalid, name)
		}
	}
	return c, nil
}

func (c *Records) readHeader() error {
	err := c.readLine()
	switch {
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the file is empty", mlb.ErrInvalid)
	case errors.As(err, new(*RowError)):
		return fmt.Errorf("%w: header: %w", mlb.ErrInvalid, err)
	case err != nil:
		return err
	}
	c.line = bytes.TrimPrefix(c.line, []byte("\xef\xbb\xbf"))
	c.text = string(c.line)
	header, err := c.split()
	if err != nil {
		return fmt.Errorf("%w: header: %w", mlb.ErrInvalid, err)
	}
	c.header = slices.Clone(header)
	return nil
}

// Header is the names of all columns in their order. The caller leaves it as
// it is.
func (c *Records) Header() []string { return c.header }

// Column is the position of a column of the header.
func (c *Records) Column(name string) int { return c.column[name] }

// N is the number of the data row last read, from 1.
func (c *Records) N() int64 { return c.n }

// Text is the data row last read, as received.
func (c *Records) Text() string {
	if c.text != "" {
		return c.text
	}
	return strings.ReplaceAll(strings.ToValidUTF8(string(c.line), "\ufffd"), "\x00", "\ufffd")
}

// Next reads the next row that is not blank. The fields are good until the
// next call.
func (c *Records) Next() ([]string, error) {
	for {
		err := c.readLine()
		if err != nil && !errors.As(err, new(*RowError)) {
			return nil, err
		}
		if err == nil && len(bytes.TrimSpace(c.line)) == 0 {
			continue
		}
		c.n++
		if err != nil {
			return nil, err
		}
		return c.checked()
	}
}

func (c *Records) checked() ([]string, error) {
	if !utf8.Valid(c.line) || bytes.IndexByte(c.line, 0) >= 0 {
		return nil, Reject(BadRecord, "not UTF-8 text")
	}
	c.text = string(c.line)
	fields, err := c.split()
	if err != nil {
		return nil, err
	}
	if len(fields) != len(c.header) {
		return nil, Reject(BadRecord, "%d fields, the header has %d", len(fields), len(c.header))
	}
	return fields, nil
}

// readLine reads one line into c.line. Of a line that is too long only the
// beginning is kept.
func (c *Records) readLine() error {
	c.line, c.text = c.line[:0], ""
	for {
		part, err := c.br.ReadSlice('\n')
		room := maxRecord - len(c.line)
		tooLong := len(part) > room
		c.line = append(c.line, part[:min(len(part), room)]...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(c.line) == 0:
			return io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return fmt.Errorf("read row %d: %w", c.n+1, err)
		}
		c.line = bytes.TrimRight(c.line, "\r\n")
		if tooLong || len(c.line) >= maxRecord {
			c.line = c.line[:200]
			return Reject(BadRecord, "longer than %d bytes", maxRecord)
		}
		return nil
	}
}

// split cuts c.text at commas outside quotes.
func (c *Records) split() ([]string, error) {
	c.fields = c.fields[:0]
	rest := c.text
	for {
		field, tail, more, err := cutField(rest)
		if err != nil {
			return nil, err
		}
		c.fields = append(c.fields, field)
		if !more {
			return c.fields, nil
		}
		rest = tail
	}
}

func cutField(s string) (field, rest string, more bool, err error) {
	if !strings.HasPrefix(s, `"`) {
		field, rest, more = strings.Cut(s, ",")
		if strings.Contains(field, `"`) {
			return "", "", false, Reject(BadRecord, "bare quote in field %q", field)
		}
		return field, rest, more, nil
	}
	body := s[1:]
	end := closingQuote(body)
	if end < 0 {
		return "", "", false, Reject(BadRecord, "quote not closed in %q", s)
	}
	field, rest = strings.ReplaceAll(body[:end], `""`, `"`), body[end+1:]
	if rest == "" {
		return field, "", false, nil
	}
	if rest[0] != ',' {
		return "", "", false, Reject(BadRecord, "text after the closing quote of field %q", field)
	}
	return field, rest[1:], true, nil
}

// closingQuote finds the quote that ends a field: one that is not doubled.
func closingQuote(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			i++
			continue
		}
		return i
	}
	return -1
}
