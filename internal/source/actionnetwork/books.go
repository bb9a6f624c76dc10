package actionnetwork

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// Book is one entry of the directory: a brand's licence in one or more states,
// or one of the columns published beside the books (15 consensus, 30 open).
type Book struct {
	ID     int
	Name   string   // "DK NJ"
	Parent string   // the brand; "" for none
	States []string // two-letter codes of states and provinces
}

type book struct {
	ID     int    `json:"id"`
	Name   string `json:"display_name"`
	Parent string `json:"parent_name"`
	Meta   struct {
		States []string `json:"states"`
	} `json:"meta"`
}

// Books reads the directory of books, by id: a list, a map from id to book, or
// either under "books". An error wraps mlb.ErrInvalid.
func Books(r io.Reader) ([]Book, error) {
	text, err := source.ReadBody(r)
	if err != nil {
		return nil, err
	}
	listed, err := parseBooks(text)
	if err == nil && len(listed) == 0 {
		err = errors.New("no book in it")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: not a directory of books: %w", mlb.ErrInvalid, err)
	}
	all := make([]Book, 0, len(listed))
	for _, b := range listed {
		if b.ID <= 0 || b.Name == "" {
			return nil, fmt.Errorf("%w: book %d has the display_name %q", mlb.ErrInvalid, b.ID, b.Name)
		}
		all = append(all, Book{b.ID, b.Name, b.Parent, b.Meta.States})
	}
	slices.SortFunc(all, func(a, b Book) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

func parseBooks(text []byte) (list []book, err error) {
	var under struct {
		Books json.RawMessage `json:"books"`
	}
	if text[0] == '{' {
		if err := json.Unmarshal(text, &under); err != nil {
			return nil, err
		}
	}
	if under.Books != nil {
		text = bytes.TrimSpace(under.Books)
	}
	if text[0] == '[' {
		err := json.Unmarshal(text, &list)
		return list, err
	}
	var byID map[string]book
	if err := json.Unmarshal(text, &byID); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(byID)), nil
}
