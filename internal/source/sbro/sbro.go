// Package sbro reads the season files of Sportsbook Reviews Online, csv or
// xlsx: one line a team, the visitor's above the home team's, with runs by
// inning, the final score, and opening and closing prices. One document gives
// both odds and results.
//
// A line names its day as MMDD and the file names no year anywhere, so the
// season is an argument: see YearIn. Nothing in a file tells a start.
//
// Two games of the same teams on one day are numbered by their rotation
// numbers. That keeps them apart, and odds with their results, but it is no
// order of play: a game added to the board late has a higher number whether it
// is played first or second. Of 113 doubleheaders of 2012-2016 the scores show
// 64 to have been played in the other order.
package sbro

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

const name = "sbro"

// OddsFormat is the prices of a season file whose year is not known: opening
// it is an error that says how to name the year. The error is nil.
func OddsFormat() (source.OddsFormat, error) { return OddsForYear(0) }

// OddsForYear is the prices of that year's season file: moneyline and total at
// the opening and at the close, run line at the close, both sides of each. A
// file has no times, hence no zone. The error is nil.
func OddsForYear(year int) (source.OddsFormat, error) {
	return source.OddsFormat{
		Name:         name,
		Source:       name,
		Zone:         time.UTC,
		Confirmation: "a season file tells of every game it lists the first and the last price; none was in force at a moment it names",
		Open: func(r io.Reader, _ *time.Location) (source.OddsReader, error) {
			g, err := openGames(r, year)
			if err != nil {
				return nil, err
			}
			return &oddsReader{games: g}, nil
		},
	}, nil
}

// ResultFormat is the results of a season file whose year is not known:
// opening it is an error that says how to name the year.
func ResultFormat() source.ResultFormat { return ResultsForYear(0) }

// ResultsForYear is the results of that year's season file.
func ResultsForYear(year int) source.ResultFormat {
	return source.ResultFormat{
		Name:   name,
		Source: name,
		Zone:   time.UTC,
		Open: func(r io.Reader, _ *time.Location) (source.ResultReader, error) {
			g, err := openGames(r, year)
			if err != nil {
				return nil, err
			}
			return &resultReader{games: g}, nil
		},
	}
}

var yearInName = regexp.MustCompile(`\d+`)

// YearIn is the season that a file's name tells: "mlb-odds-2014.csv.gz" is
// 2014. It is 0 where the name has no year, or two that differ.
func YearIn(fileName string) int {
	year := 0
	for _, digits := range yearInName.FindAllString(fileName, -1) {
		y, err := strconv.Atoi(digits)
		if err != nil || !plausible(y) || y == year {
			continue
		}
		if year != 0 {
			return 0
		}
		year = y
	}
	return year
}

func plausible(year int) bool { return year >= 1990 && year < 2100 }

func checkYear(year int) error {
	switch {
	case year == 0:
		return fmt.Errorf("%w: the season is not known: the days of an sbro file carry no year and its name does not tell one; name it, for example --season 2014", mlb.ErrInvalid)
	case !plausible(year):
		return fmt.Errorf("%w: season %d, want a year of four digits, for example --season 2014", mlb.ErrInvalid, year)
	default:
		return nil
	}
}
