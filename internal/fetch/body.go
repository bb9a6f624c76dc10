package fetch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/mlb-betting/mlb-betting/internal/source"
)

// body reads an answer's body and unpacks it; neither may be larger than limit.
func body(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, &Error{Cause: ErrTooLarge, Status: resp.StatusCode, Detail: fmt.Sprintf("%d bytes of at most %d", resp.ContentLength, limit)}
	}
	wire := &io.LimitedReader{R: resp.Body, N: limit + 1}
	text, err := unpack(resp, wire, limit+1)
	switch {
	case wire.N <= 0 || int64(len(text)) > limit:
		return nil, &Error{Cause: ErrTooLarge, Status: resp.StatusCode, Detail: fmt.Sprintf("more than %d bytes", limit)}
	case err == nil:
		return text, nil
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, new(flate.CorruptInputError)):
		return nil, &Error{Cause: ErrEncoding, Status: resp.StatusCode, Detail: err.Error()}
	default:
		return nil, err
	}
}

func unpack(resp *http.Response, wire io.Reader, limit int64) ([]byte, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		return readAll(wire, max(resp.ContentLength, 0))
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(wire)
		if errors.Is(err, io.EOF) { // nothing at all
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		return readAll(io.LimitReader(z, limit), 0)
	default:
		return nil, &Error{Cause: ErrEncoding, Status: resp.StatusCode, Detail: "packed as " + source.Shown(encoding[:min(len(encoding), 40)])}
	}
}

// readAll reads a body whose size is told, or 0.
func readAll(r io.Reader, size int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

// check tells a body that is whole from one that is not what was asked for:
// many a notice comes with status 200.
func check(r source.Request, body []byte) error {
	text := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	bad := func(cause error, detail string) error {
		return &Error{Cause: cause, Status: http.StatusOK, Detail: detail}
	}
	switch {
	case len(text) == 0:
		return bad(ErrTruncated, "nothing in it")
	case r.Wants == source.HTML:
		if text[0] != '<' {
			return bad(ErrNotHTML, begins(r, text))
		}
		return nil
	case json.Valid(text):
		return nil
	}
	var syntax *json.SyntaxError
	err := json.Unmarshal(text, new(json.RawMessage))
	if strings.ContainsRune("[{", rune(text[0])) && errors.As(err, &syntax) && syntax.Offset >= int64(len(text)) {
		return bad(ErrTruncated, fmt.Sprintf("it ends within the document, after %d bytes", len(body)))
	}
	return bad(ErrNotJSON, begins(r, text))
}

// begins shows the beginning of a body. The secret goes before the cut, which
// could leave a part of it.
func begins(r source.Request, text []byte) string {
	shown := source.Shown(r.Redact(string(text[:min(len(text), 4096)])))
	return fmt.Sprintf("it begins %q", shown[:min(len(shown), 60)])
}

// maxExcerpt is how much of a refusal is read.
const maxExcerpt = 64 << 10

// excerpt is the beginning of a refusal, as far as it can be read.
func excerpt(resp *http.Response) string {
	text, _ := unpack(resp, io.LimitReader(resp.Body, maxExcerpt), maxExcerpt) // best effort: it only explains
	return string(text)
}

// message is what a refusal says: its message where it is JSON.
func message(text string) string {
	var m struct {
		Message string `json:"message"`
		Code    string `json:"error_code"`
	}
	if json.Unmarshal([]byte(text), &m) != nil || m.Message == "" {
		return ""
	}
	said := source.Shown(m.Message[:min(len(m.Message), 300)])
	if m.Code != "" {
		said += " [" + source.Shown(m.Code[:min(len(m.Code), 60)]) + "]"
	}
	return said
}
