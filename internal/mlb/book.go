package mlb

import (
	_ "embed" // the directories below
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// BookKind says what stands behind a price.
type BookKind string

// The kinds of book. Only books and exchanges are places to bet; consensus
// and open are columns that sources publish beside them.
const (
	KindBook      BookKind = "book"
	KindExchange  BookKind = "exchange"
	KindDFS       BookKind = "dfs"
	KindConsensus BookKind = "consensus"
	KindOpen      BookKind = "open"
)

// Votes tells whether prices of this kind may enter a fair price.
func (k BookKind) Votes() bool { return k == KindBook || k == KindExchange }

// Brand is a bookmaker or an exchange as its customers know it. Brands that
// take their prices from one trading desk share a Feed and have one vote.
type Brand struct {
	Slug  string // "draftkings"
	Name  string // "DraftKings"
	Kind  BookKind
	Feed  string
	Sharp float64 // prior weight in a fair price, 0..1: a published prior, not measured
}

// BookID is our own number of a book; it never changes once given.
type BookID int16

// Book is one place a price is quoted: a brand as a whole (Licence empty) or
// one of its state licences.
type Book struct {
	ID            BookID
	Brand         Brand
	Licence       string // "NJ"; several states of one licence are space-separated
	ActionNetwork int    // Action Network's number, 0 for none
	Name          string
}

// Label is the brand and its licence, as tables and metrics show a book:
// "betmgm NJ", "circa".
func (b Book) Label() string { return strings.TrimSpace(b.Brand.Slug + " " + b.Licence) }

//go:embed brands.csv
var brandsCSV string

//go:embed books.csv
var booksCSV string

var directory = sync.OnceValues(readDirectory)

// Books is the directory of brands and licences, by id.
func Books() ([]Book, error) {
	b, err := directory()
	return slices.Clone(b), err
}

func readDirectory() ([]Book, error) {
	brands := map[string]Brand{}
	err := eachRecord("brands.csv", brandsCSV, 5, func(f []string) error {
		sharp, err := strconv.ParseFloat(f[4], 64)
		brands[f[0]] = Brand{Slug: f[0], Name: f[1], Kind: BookKind(f[2]), Feed: f[3], Sharp: sharp}
		return err
	})
	if err != nil {
		return nil, err
	}
	var books []Book
	err = eachRecord("books.csv", booksCSV, 5, func(f []string) error {
		b, err := readBook(f, brands)
		books = append(books, b)
		return err
	})
	return books, err
}

func readBook(f []string, brands map[string]Brand) (Book, error) {
	brand, ok := brands[f[1]]
	if !ok {
		return Book{}, fmt.Errorf("unknown brand %q", f[1])
	}
	id, err := strconv.ParseInt(f[0], 10, 16)
	if err != nil {
		return Book{}, err
	}
	an := 0
	if f[3] != "" {
		if an, err = strconv.Atoi(f[3]); err != nil {
			return Book{}, err
		}
	}
	return Book{ID: BookID(id), Brand: brand, Licence: f[2], ActionNetwork: an, Name: f[4]}, nil
}

func eachRecord(file, text string, fields int, f func([]string) error) error {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = fields
	records, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for i, rec := range records[1:] {
		if err := f(rec); err != nil {
			return fmt.Errorf("%s line %d: %w", file, i+2, err)
		}
	}
	return nil
}

// bookAliases are the exact book names a source uses where they differ from
// the brand's slug.
var bookAliases = map[string]map[string]string{
	"boltodds": {
		"thescorebet": "thescore",
		"espnbet":     "espnbet",
		"hardrockbet": "hardrock",
		"prophet":     "prophetx",
	},
	"oddsapi": {
		"betonlineag":    "betonline",
		"hardrockbet":    "hardrock",
		"mybookieag":     "mybookie",
		"williamhill_us": "caesars", // its United States business is Caesars
		"betfair_ex_eu":  "betfair",
		"betfair_ex_uk":  "betfair",
		"betfair_ex_au":  "betfair",
		"unibet_us":      "unibet",
		"unibet_eu":      "unibet",
		"unibet_uk":      "unibet",
		"onexbet":        "1xbet",
		"sport888":       "888sport",
		"pointsbetus":    "pointsbet",
		"hardrockbet_az": "hardrock",
		"hardrockbet_oh": "hardrock",
		"hardrockbet_fl": "hardrock",
		"marathonbet":    "marathon",
		"tipico_de":      "tipico",
		"tipico_us":      "tipico",
		"winamax_de":     "winamax",
		"winamax_fr":     "winamax",
		"unibet_fr":      "unibet",
		"unibet_it":      "unibet",
		"unibet_nl":      "unibet",
		"unibet_se":      "unibet",
		"betclic_fr":     "betclic",
		"leovegas_se":    "leovegas",
		"codere_it":      "codere",
		"ladbrokes_uk":   "ladbrokes",
		"ladbrokes_au":   "ladbrokes",
		"betparx":        "parx",
		"underdog":       "underdogdfs",
		"circasports":    "circa",
		"bet365_us":      "bet365",
		"barstool":       "espnbet", // as it was called until 2023
	},
}

// These name a brand as a whole, most of them by its slug.
var brandLevelSources = map[string]bool{"boltodds": true, "oddsapi": true, "pinnacle2016": true, "sbro": true}

// BookAliases maps every exact book name the source is known to use to its
// book.
func BookAliases(source string) (map[string]BookID, error) {
	books, err := Books()
	if err != nil {
		return nil, err
	}
	m := map[string]BookID{}
	if brandLevelSources[source] {
		for _, b := range books {
			if b.Licence == "" && b.ActionNetwork == 0 {
				m[b.Brand.Slug] = b.ID
			}
		}
	}
	if source == "actionnetwork" { // which calls licences by its numbers
		for _, b := range books {
			if b.ActionNetwork != 0 {
				m[strconv.Itoa(b.ActionNetwork)] = b.ID
			}
		}
	}
	for alias, slug := range bookAliases[source] {
		if id, ok := m[slug]; ok {
			m[alias] = id
		}
	}
	return m, nil
}
