package sbro

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// table hands out the lines of a document below its header: a csv file or a
// sheet. next returns io.EOF after the last line, and a *source.RowError with
// the line's text for a line that cannot be cut into cells; the cells are good
// until the next call.
type table interface {
	next() (cells []string, text string, err error)
}

// maxHeader bounds the header line, and with it the reader's buffer.
const maxHeader = 64 << 10

// openTable tells csv from xlsx by the first bytes.
func openTable(r io.Reader) (header []string, t table, err error) {
	br := bufio.NewReaderSize(r, maxHeader)
	magic, err := br.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	switch {
	case len(magic) == 0:
		return nil, nil, fmt.Errorf("%w: the file is empty", mlb.ErrInvalid)
	case string(magic) == "PK\x03\x04":
		return openSheet(br)
	case string(magic) == "\xd0\xcf\x11\xe0":
		return nil, nil, fmt.Errorf("%w: a workbook in the old .xls form: save it as .xlsx or .csv", mlb.ErrInvalid)
	default:
		return openCSV(br)
	}
}

// csvTable is a csv file below its header.
type csvTable struct{ records *source.Records }

// openCSV reads the header itself, because two of its columns have no name,
// and leaves the rest to Records under the columns' numbers.
func openCSV(br *bufio.Reader) ([]string, table, error) {
	first, err := br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, nil, fmt.Errorf("%w: the header is longer than %d bytes", mlb.ErrInvalid, maxHeader)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	first = bytes.TrimPrefix(first, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(first)) == 0 {
		return nil, nil, fmt.Errorf("%w: the first line is blank, want the header", mlb.ErrInvalid)
	}
	header, err := csv.NewReader(bytes.NewReader(first)).Read()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: header: %w", mlb.ErrInvalid, err)
	}
	numbers := make([]string, len(header))
	for i := range numbers {
		numbers[i] = strconv.Itoa(i)
	}
	numbered := strings.NewReader(strings.Join(numbers, ",") + "\n")
	records, err := source.NewRecords(io.MultiReader(numbered, br), numbers...)
	if err != nil {
		return nil, nil, err
	}
	return header, csvTable{records}, nil
}

func (t csvTable) next() (cells []string, text string, err error) {
	cells, err = t.records.Next()
	if err == io.EOF { //nolint:errorlint // Records' contract is io.EOF itself
		return nil, "", io.EOF
	}
	return cells, t.records.Text(), err
}

// The limits of a workbook: a season is half a megabyte, 4 MB unpacked, 24
// columns wide.
const (
	maxWorkbook = 32 << 20
	maxUnzipped = 128 << 20
	maxColumns  = 100
)

// sheet is the lines of a workbook's first sheet below its header.
type sheet struct{ rows [][]string }

func openSheet(r io.Reader) ([]string, table, error) {
	body, err := io.ReadAll(io.LimitReader(r, maxWorkbook+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > maxWorkbook {
		return nil, nil, fmt.Errorf("%w: the workbook is larger than %d MB", mlb.ErrInvalid, maxWorkbook>>20)
	}
	rows, err := readSheet(body)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: workbook: %w", mlb.ErrInvalid, err)
	}
	if len(rows) == 0 {
		return nil, nil, fmt.Errorf("%w: the first sheet of the workbook is empty", mlb.ErrInvalid)
	}
	return rows[0], &sheet{rows[1:]}, nil
}

// readSheet reads the rows that are not blank. Values are taken as stored, not
// as a number format would print them. A workbook that is damaged in the right
// place makes the library panic: that is the file's error, not ours.
func readSheet(body []byte) (rows [][]string, err error) {
	defer func() {
		if p := recover(); p != nil {
			rows, err = nil, fmt.Errorf("damaged: %v", p)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(body), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzipped,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	all, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		return nil, err
	}
	defer func() { _ = all.Close() }()
	return collect(all)
}

// maxRows bounds the rows of a sheet, blank ones included.
const maxRows = 4 * maxLines

func collect(all *excelize.Rows) (rows [][]string, err error) {
	for n := 1; all.Next(); n++ {
		cells, err := all.Columns()
		switch {
		case err != nil:
			return nil, err
		case n > maxRows:
			return nil, fmt.Errorf("more than %d rows: not a season", maxRows)
		case len(cells) > maxColumns:
			return nil, fmt.Errorf("row %d has %d columns, want at most %d", n, len(cells), maxColumns)
		case strings.Join(cells, "") != "":
			rows = append(rows, cells)
		}
	}
	return rows, all.Error()
}

func (s *sheet) next() (cells []string, text string, err error) {
	if len(s.rows) == 0 {
		return nil, "", io.EOF
	}
	cells, s.rows = s.rows[0], s.rows[1:]
	return cells, strings.Join(cells, ","), nil
}
