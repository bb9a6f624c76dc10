// Package pinnacle2016 reads the published log of one book's line changes in
// the season of 2016: one CSV row a change, with every price then in force.
// The rows name their game by a number alone; a list of games beside the log
// explains it and carries the results.
//
// A row is complete: a line it does not repeat is offered no more, so that a
// moved total withdraws the one before. The cells of a market are all filled
// or all empty, and empty is not offered: in the 178,586 rows of four months
// 10,918 times before the market opened and 150 times after it, always to open
// again, in 135 cases within a minute, most often at another line or price. A
// market that is empty makes no row, hence nothing that says so.
package pinnacle2016

import (
	"fmt"
	"io"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

const name = "pinnacle2016"

// inPlayAfter is how long after the scheduled start a price is still taken as
// one from before the game: most games begin within ten minutes.
const inPlayAfter = 10 * time.Minute

// OddsFormat is the log of changes. Its games are those of the list, which is
// read here; a list that cannot be read is an error wrapping mlb.ErrInvalid.
// Times carry their zone; Eastern time gives a start its calendar day.
func OddsFormat(games io.Reader) (source.OddsFormat, error) {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		return source.OddsFormat{}, fmt.Errorf("%s: %w", name, err)
	}
	known, err := readGames(games, eastern)
	if err != nil {
		return source.OddsFormat{}, fmt.Errorf("%s: list of games: %w", name, err)
	}
	return source.OddsFormat{
		Name:         name,
		Source:       name,
		Zone:         eastern,
		Confirmation: "a row repeats every price the book then offers of the game: a line that it leaves out is withdrawn",
		Open: func(r io.Reader, _ *time.Location) (source.OddsReader, error) {
			return openLines(r, known)
		},
	}, nil
}

var lineColumns = []string{
	"game_no", "entered_utc", "rl_away", "rl_away_us", "rl_home_us", "ml_away_us", "ml_home_us", "total", "over_us", "under_us",
}

// The columns of the log, as indexes of lineReader.at.
const (
	gameNo = iota
	enteredUTC
	rlAway
	rlAwayUS
	rlHomeUS
	mlAwayUS
	mlHomeUS
	total
	overUS
	underUS
)

// offers are the six prices a row has room for.
var offers = [6]struct {
	market      mlb.Market
	side        mlb.Side
	line, price int // columns; a moneyline has no line
}{
	{mlb.RunLine, mlb.Away, rlAway, rlAwayUS},
	{mlb.RunLine, mlb.Home, rlAway, rlHomeUS},
	{mlb.Moneyline, mlb.Away, -1, mlAwayUS},
	{mlb.Moneyline, mlb.Home, -1, mlHomeUS},
	{mlb.Total, mlb.Over, total, overUS},
	{mlb.Total, mlb.Under, total, underUS},
}

// lineReader hands out the log's prices. Its unit is a price, or a row that
// cannot be read.
type lineReader struct {
	records *source.Records
	at      [10]int // positions of columns
	games   map[string]game
	n       int64
	fields  []string
	row     source.OddsRow // what the row's prices have in common
	offer   int            // the next of offers; len(offers) when the row is used up
	late    error          // refuses every price of a row from during the game
}

func openLines(r io.Reader, games map[string]game) (source.OddsReader, error) {
	records, err := source.NewRecords(r, lineColumns...)
	if err != nil {
		return nil, err
	}
	l := &lineReader{records: records, games: games, offer: len(offers)}
	for i, c := range lineColumns {
		l.at[i] = records.Column(c)
	}
	return l, nil
}

// Next is the next price.
func (r *lineReader) Next() (source.OddsRow, error) {
	for {
		for ; r.offer < len(offers); r.offer++ {
			if o := &offers[r.offer]; r.field(o.price) != "" {
				r.offer++
				r.n++
				row := r.row
				row.N, row.Market, row.Side = r.n, o.market, o.side
				return row, r.price(&row, o.line, o.price)
			}
		}
		row, err := r.read()
		if err != nil {
			return row, err
		}
	}
}

func (r *lineReader) field(i int) string { return r.fields[r.at[i]] }

// read takes the next row of the log.
func (r *lineReader) read() (source.OddsRow, error) {
	fields, err := r.records.Next()
	if err == io.EOF { //nolint:errorlint // the contract is io.EOF itself
		return source.OddsRow{}, io.EOF
	}
	r.fields = fields
	r.row = source.OddsRow{Text: source.Shown(r.records.Text()), Book: "pinnacle", Period: mlb.FullGame, Complete: true}
	if err == nil {
		err = r.identify()
	}
	if err != nil {
		r.n++
		r.row.N = r.n
		return r.row, err
	}
	r.offer = 0
	return r.row, nil
}

// identify gives the row its game and time.
func (r *lineReader) identify() error {
	g, ok := r.games[r.field(gameNo)]
	switch {
	case !ok:
		return source.Reject(source.UnknownGame, "game_no %.20q is not in the list of games", r.field(gameNo))
	case g.err != nil:
		return source.Reject(source.UnknownGame, "game_no %.20q cannot be read in the list of games: %v", r.field(gameNo), g.err)
	}
	at, err := time.Parse(time.RFC3339, r.field(enteredUTC))
	if err != nil {
		return source.Reject(source.BadTime, "entered_utc %.40q, want RFC 3339", r.field(enteredUTC))
	}
	row := &r.row
	row.ObservedAt, row.Ref, row.Date, row.Number = at.UTC(), g.row.Ref, g.row.Date, g.row.Number
	row.Start, row.Home, row.Away = g.row.Start, g.row.Home, g.row.Away
	r.late = nil
	if after := at.Sub(g.row.Start); after > inPlayAfter {
		r.late = source.Reject(source.InPlay, "observed %d min after the start", int(after/time.Minute))
	}
	return nil
}

func (r *lineReader) price(row *source.OddsRow, line, price int) error {
	if r.late != nil {
		return r.late
	}
	if line >= 0 {
		l, err := mlb.ParseLine(r.field(line))
		if err != nil || row.Market == mlb.Total && l <= 0 {
			return source.Reject(source.BadLine, "%s %.20q", lineColumns[line], r.field(line))
		}
		row.Line = l
		if row.Market == mlb.RunLine { // told from the away side's view, for both
			row.Line = -l
		}
	}
	a, err := odds.ParseAmerican(r.field(price))
	if err == nil {
		row.Price, err = odds.FromAmerican(a)
	}
	if err != nil {
		return source.Reject(source.BadPrice, "%s %.20q", lineColumns[price], r.field(price))
	}
	return nil
}
