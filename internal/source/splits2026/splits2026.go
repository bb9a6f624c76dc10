// Package splits2026 reads the intraday log of public splits of 2026: one CSV
// row a game that changed between two captures, with what several providers
// said of its moneyline.
//
// A provider says its shares in the columns NAME_bets_away and NAME_bets_home,
// and of the money in NAME_money_away and NAME_money_home; "covers" leaves out
// "bets". One that is not known here is read under the name of its columns.
// Other columns are passed over: those of Polymarket are prices of a prediction
// market, not shares of bets, and the prices name no book.
package splits2026

import (
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

// The columns that every log has, as indexes of reader.at.
const (
	capturedAt = iota
	date
	gamePK
	away
	home
	gameStart
	state
	read // the number of columns read
)

var columns = []string{"captured_at", "date", "game_pk", "away", "home", "game_start_utc", "state"}

// The columns of the money of whatever bettors it is of.
const (
	moneySide = "money_side"
	moneyPct  = "money_pct"
)

// pair are the positions of a kind of share of one provider, {-1, -1} where it
// tells none.
type pair struct{ away, home int }

func (p pair) told() bool { return p.away >= 0 }

type provider struct {
	name        string
	bets, money pair
}

// maxProviders bounds the splits of one row; four are known.
const maxProviders = 50

// known are the providers of the known logs, of whom half a pair of columns is
// an error: the other half may be there by another name. Of any other it is one
// of the columns that are passed over.
var known = []string{covers, "scoresodds", vsin}

// providersOf finds who says shares in a log, in the order of the header.
func providersOf(header []string) (all []provider, err error) {
	for _, column := range header {
		name, ok := providerOf(column)
		if !ok || slices.ContainsFunc(all, func(p provider) bool { return p.name == name }) {
			continue
		}
		p := provider{name: name}
		if p.bets, err = pairOf(header, name, "_bets"); err == nil && name == covers && !p.bets.told() {
			p.bets, err = pairOf(header, name, "")
		}
		if err != nil {
			return nil, err
		}
		if p.money, err = pairOf(header, name, "_money"); err != nil {
			return nil, err
		}
		if half := !p.bets.told() && !p.money.told(); half {
			continue
		}
		if all = append(all, p); len(all) > maxProviders {
			return nil, fmt.Errorf("%w: more than %d providers in the header", mlb.ErrInvalid, maxProviders)
		}
	}
	return all, nil
}

// covers is the provider whose columns do not say that they are of bets; vsin
// is the one that shows games hardly anybody has bet on.
const (
	covers = "covers"
	vsin   = "vsin"
)

// providerOf is who says the shares in a column; false for any other column.
func providerOf(column string) (name string, ok bool) {
	stem, isAway := strings.CutSuffix(column, "_away")
	if !isAway {
		if stem, ok = strings.CutSuffix(column, "_home"); !ok {
			return "", false
		}
	}
	if stem == covers {
		return covers, true
	}
	for _, kind := range []string{"_bets", "_money"} {
		if name, ok = strings.CutSuffix(stem, kind); ok && name != "" {
			return name, true
		}
	}
	return "", false
}

// pairOf are the two columns of a kind of share of a provider.
func pairOf(header []string, provider, kind string) (pair, error) {
	away, home := provider+kind+"_away", provider+kind+"_home"
	for _, name := range []string{away, home} {
		if i := slices.Index(header, name); i >= 0 && slices.Contains(header[i+1:], name) {
			return pair{}, fmt.Errorf("%w: column %q stands twice in the header", mlb.ErrInvalid, name)
		}
	}
	p := pair{slices.Index(header, away), slices.Index(header, home)}
	if half := (p.away < 0) != (p.home < 0); half {
		if slices.Contains(known, provider) {
			return p, fmt.Errorf("%w: of the columns %q and %q only one is in the header", mlb.ErrInvalid, away, home)
		}
		return pair{-1, -1}, nil
	}
	return p, nil
}

type item struct {
	row source.SplitRow
	err error
}

type reader struct {
	records   *source.Records
	at        [read]int // positions of the columns
	providers []provider
	money     struct{ side, pct int } // -1 where nobody's money is told
	fields    []string
	queue     []item
	n         int64
}

// Open reads the log. It tells itself when it was seen.
func Open(r io.Reader, _ *time.Location, _ time.Time) (source.SplitReader, error) {
	records, err := source.NewRecordsWith(r, columns...)
	if err != nil {
		return nil, err
	}
	s := &reader{records: records}
	for i := range s.at {
		s.at[i] = records.Column(columns[i])
	}
	if err := s.takeShares(); err != nil {
		return nil, err
	}
	return s, nil
}

// takeShares finds the columns of shares, of which there must be some.
func (r *reader) takeShares() (err error) {
	header := r.records.Header()
	if r.providers, err = providersOf(header); err != nil {
		return err
	}
	r.money.side, r.money.pct = slices.Index(header, moneySide), slices.Index(header, moneyPct)
	switch {
	case (r.money.side < 0) != (r.money.pct < 0):
		return fmt.Errorf("%w: of the columns %q and %q only one is in the header", mlb.ErrInvalid, moneySide, moneyPct)
	case len(r.providers) == 0 && r.money.pct < 0:
		return fmt.Errorf("%w: no column of shares in the header, such as %q", mlb.ErrInvalid, "vsin_bets_away")
	}
	return nil
}

// Next is the next split of the log: a CSV row gives one a provider, and none
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
	for _, p := range r.providers {
		one := item{row: row}
		one.row.Provider = source.Shown(p.name)
		if one.row.Bets, one.err = r.shares(p.bets); one.err == nil {
			one.row.Money, one.err = r.shares(p.money)
		}
		if one.err == nil && p.name == vsin {
			one.err = checkFloor(one.row)
		}
		if one.err != nil || one.row.Bets.Known() || one.row.Money.Known() {
			all = append(all, one)
		}
	}
	if money := r.nobodysMoney(row); money.err != nil || money.row.Money.Known() {
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
func (r *reader) shares(p pair) (mlb.Share, error) {
	if !p.told() || r.fields[p.away] == "" && r.fields[p.home] == "" {
		return mlb.Share{}, nil
	}
	atAway, errAway := strconv.ParseFloat(r.fields[p.away], 64)
	atHome, errHome := strconv.ParseFloat(r.fields[p.home], 64)
	if errAway != nil || errHome != nil {
		header := r.records.Header()
		return mlb.Share{}, source.Reject(source.BadSplit, "%s %q and %s %q, want two percentages",
			header[p.away], r.fields[p.away], header[p.home], r.fields[p.home])
	}
	return source.Percents(atHome, atAway)
}

// nobodysMoney reads the money of whatever bettors it is of, told of one side. A
// side without a percentage is no share.
func (r *reader) nobodysMoney(row source.SplitRow) item {
	row.Provider = name
	it := item{row: row}
	if r.money.pct < 0 || r.fields[r.money.pct] == "" {
		return it
	}
	text := r.fields[r.money.pct]
	pct, err := strconv.ParseFloat(text, 64)
	if err != nil {
		it.err = source.Reject(source.BadSplit, "%s %q", moneyPct, text)
		return it
	}
	switch side := r.fields[r.money.side]; side {
	case "home":
		it.row.Money, it.err = source.Percents(pct, 100-pct)
	case "away":
		it.row.Money, it.err = source.Percents(100-pct, pct)
	default:
		it.err = source.Reject(source.BadSplit, "%s %q, want home or away", moneySide, side)
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
