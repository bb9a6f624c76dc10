// Package splits2026 reads the intraday log of public splits of 2026: one CSV
// row a game that changed between two captures, with what several providers
// said of its moneyline.
//
// The columns of Polymarket are prices of a prediction market, not shares of
// bets, and are left out. So are the prices, which name no book.
package splits2026

import (
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// name is the format's and the source's. It is also the provider of the
// money column: the log names no provider for it and leaves its own columns of
// the providers' money empty in all 5,240 known rows. It stands only beside
// bets of VSiN, but nothing proves that it is of the same bettors: paired with
// their bets it would make a signal of two samples.
const name = "splits2026"

// SplitFormat is the log. All its times carry a zone.
func SplitFormat() source.SplitFormat {
	return source.SplitFormat{Name: name, Source: name, Zone: time.UTC, Open: Open}
}

// The columns that are read, as indexes of reader.at.
const (
	capturedAt = iota
	date
	gamePK
	away
	home
	gameStart
	state
	coversAway
	coversHome
	scoresBetsAway
	scoresBetsHome
	scoresMoneyAway
	scoresMoneyHome
	vsinBetsAway
	vsinBetsHome
	vsinMoneyAway
	vsinMoneyHome
	moneySide
	moneyPct
	read // the number of columns read
)

var columns = []string{
	"captured_at", "date", "game_pk", "away", "home", "game_start_utc", "state", "covers_away", "covers_home",
	"scoresodds_bets_away", "scoresodds_bets_home", "scoresodds_money_away", "scoresodds_money_home",
	"vsin_bets_away", "vsin_bets_home", "vsin_money_away", "vsin_money_home", "money_side", "money_pct",
	"commit", "polymarket_away", "polymarket_home", "ml_away", "ml_home", "adv_team", "line_open", "line_current", "line_morning",
}

// providers say their shares in two columns a kind, -1 where they tell none.
var providers = []struct {
	name                                     string
	betsAway, betsHome, moneyAway, moneyHome int
}{
	{"covers", coversAway, coversHome, -1, -1},
	{"scoresodds", scoresBetsAway, scoresBetsHome, scoresMoneyAway, scoresMoneyHome},
	{"vsin", vsinBetsAway, vsinBetsHome, vsinMoneyAway, vsinMoneyHome},
}

type item struct {
	row source.SplitRow
	err error
}

type reader struct {
	records *source.Records
	at      [read]int // positions of the columns
	fields  []string
	queue   []item
	n       int64
}

// Open reads the log. It tells itself when it was seen.
func Open(r io.Reader, _ *time.Location, _ time.Time) (source.SplitReader, error) {
	records, err := source.NewRecords(r, columns...)
	if err != nil {
		return nil, err
	}
	s := &reader{records: records}
	for i := range s.at {
		s.at[i] = records.Column(columns[i])
	}
	return s, nil
}

// Next is the next split of the log: a CSV row gives up to four, and none
// where no provider says anything.
func (r *reader) Next() (source.SplitRow, error) {
	for len(r.queue) == 0 {
		fields, err := r.records.Next()
		row := source.SplitRow{Text: source.Shown(r.records.Text()), Market: mlb.Moneyline, Period: mlb.FullGame}
		switch {
		case err == nil:
			r.fields = fields
			r.queue = r.splits(row)
		case errors.As(err, new(*source.RowError)):
			r.queue = []item{{row, err}}
		default:
			return source.SplitRow{}, err
		}
	}
	it := r.queue[0]
	r.queue = r.queue[1:]
	r.n++
	it.row.N = r.n
	return it.row, it.err
}

func (r *reader) field(i int) string { return r.fields[r.at[i]] }

// splits are those of one CSV row. Where its game or time cannot be used, each
// of them is refused.
func (r *reader) splits(row source.SplitRow) (all []item) {
	unusable := r.identify(&row)
	for _, p := range providers {
		one := item{row: row}
		one.row.Provider = p.name
		if one.row.Bets, one.err = r.shares(p.betsAway, p.betsHome); one.err == nil {
			one.row.Money, one.err = r.shares(p.moneyAway, p.moneyHome)
		}
		if one.err == nil && p.name == "vsin" {
			one.err = checkFloor(one.row)
		}
		if one.err != nil || one.row.Bets.Known() || one.row.Money.Known() {
			all = append(all, one)
		}
	}
	if money := r.money(row); money.err != nil || money.row.Money.Known() {
		all = append(all, money)
	}
	for i := range all {
		if all[i].err == nil {
			all[i].err = unusable
		}
	}
	return all
}

// checkFloor refuses what VSiN shows of a game that hardly anybody has bet on
// yet: all bets on one side.
func checkFloor(row source.SplitRow) error {
	all := func(s mlb.Share) bool { return s.First == 1 || s.Second == 1 }
	if all(row.Bets) && (!row.Money.Known() || all(row.Money)) {
		return source.Reject(source.BadSplit, "100/0: too few bets")
	}
	return nil
}

// shares reads two columns; both empty are no data.
func (r *reader) shares(awayColumn, homeColumn int) (mlb.Share, error) {
	if awayColumn < 0 || r.field(awayColumn) == "" && r.field(homeColumn) == "" {
		return mlb.Share{}, nil
	}
	atAway, errAway := strconv.ParseFloat(r.field(awayColumn), 64)
	atHome, errHome := strconv.ParseFloat(r.field(homeColumn), 64)
	if errAway != nil || errHome != nil {
		return mlb.Share{}, source.Reject(source.BadSplit, "%s %q and %s %q, want two percentages",
			columns[awayColumn], r.field(awayColumn), columns[homeColumn], r.field(homeColumn))
	}
	return source.Percents(atHome, atAway)
}

// money reads the money of whatever bettors it is of, told of one side. A side
// without a percentage is no share.
func (r *reader) money(row source.SplitRow) item {
	row.Provider = name
	it := item{row: row}
	if r.field(moneyPct) == "" {
		return it
	}
	pct, err := strconv.ParseFloat(r.field(moneyPct), 64)
	if err != nil {
		it.err = source.Reject(source.BadSplit, "money_pct %q", r.field(moneyPct))
		return it
	}
	switch r.field(moneySide) {
	case "home":
		it.row.Money, it.err = source.Percents(pct, 100-pct)
	case "away":
		it.row.Money, it.err = source.Percents(100-pct, pct)
	default:
		it.err = source.Reject(source.BadSplit, "money_side %q, want home or away", r.field(moneySide))
	}
	return it
}

func (r *reader) identify(row *source.SplitRow) (err error) {
	if row.PK, err = strconv.ParseInt(r.field(gamePK), 10, 64); err != nil || row.PK <= 0 {
		return source.Reject(source.BadGame, "game_pk %q", r.field(gamePK))
	}
	row.Simulated = row.PK >= source.SimulatedFrom
	row.Home, row.Away = r.field(home), r.field(away)
	if row.Home == "" || row.Away == "" || row.Home == row.Away {
		return source.Reject(source.BadGame, "home %q, away %q", row.Home, row.Away)
	}
	if row.Date, err = mlb.ParseDate(r.field(date)); err != nil {
		return source.Reject(source.BadTime, "date %q, want YYYY-MM-DD", r.field(date))
	}
	return r.identifyTimes(row)
}

// identifyTimes tells splits of a game under way by the clock. The state
// cannot: "live" includes the warm-up and "final" a game put off. It decides
// only where no start is told.
func (r *reader) identifyTimes(row *source.SplitRow) error {
	seen, err := time.Parse(time.RFC3339, r.field(capturedAt))
	if err != nil {
		return source.Reject(source.BadTime, "captured_at %q, want RFC 3339", r.field(capturedAt))
	}
	row.ObservedAt = seen.UTC()
	if r.field(gameStart) == "" {
		if s := r.field(state); s == "live" || s == "final" {
			return source.Reject(source.InPlay, "state %q, no start told", s)
		}
		return nil
	}
	start, err := time.Parse(time.RFC3339, r.field(gameStart))
	if err != nil {
		return source.Reject(source.BadTime, "game_start_utc %q, want RFC 3339", r.field(gameStart))
	}
	if row.Start = start.UTC(); !row.Start.After(row.ObservedAt) {
		return source.Reject(source.InPlay, "captured at %s, the game began at %s", r.field(capturedAt), r.field(gameStart))
	}
	return nil
}
