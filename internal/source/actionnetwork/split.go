package actionnetwork

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// consensus is the pseudo-book that stands for all of them.
const consensus = "15"

// SplitFormat is the public splits in scoreboards: one consensus that the API
// copies onto every book, so that each market of a game makes one row. The
// number of bets it tells of a game (num_bets) is over all its markets, and is
// nobody's sample here.
func SplitFormat() (source.SplitFormat, error) {
	zone, err := time.LoadLocation(captureZone)
	if err != nil {
		return source.SplitFormat{}, fmt.Errorf("%s: %w", name, err)
	}
	return source.SplitFormat{
		Name:   name,
		Source: name,
		Zone:   zone,
		Open: func(r io.Reader, zone *time.Location, observedAt time.Time) (source.SplitReader, error) {
			return openSplits(r, zone, observedAt, mlbLeague)
		},
	}, nil
}

// betInfo is how the public bets on one side of a market.
type betInfo struct {
	Tickets figure `json:"tickets"`
	Money   figure `json:"money"`
}

type figure struct {
	Value   source.Number `json:"value"`   // bets or dollars; 0 for not told
	Percent source.Number `json:"percent"` // 0 on both sides for no data
}

type splitReader struct{ feed[source.SplitRow] }

func openSplits(r io.Reader, zone *time.Location, observedAt time.Time, league int64) (source.SplitReader, error) {
	c, err := openCaptures(r, zone, observedAt)
	if err != nil {
		return nil, err
	}
	return splitsIn(c, league)
}

func splitsIn(c *captures, league int64) (source.SplitReader, error) {
	f, err := newForm(league)
	if err != nil {
		return nil, err
	}
	return &splitReader{feed[source.SplitRow]{captures: c, expand: f.splits, refuse: refuseSplit}}, nil
}

// Next is the next split of the document.
func (r *splitReader) Next() (source.SplitRow, error) {
	it, err := r.next()
	if err != nil {
		return source.SplitRow{}, err
	}
	it.row.N = r.n
	return it.row, it.err
}

func refuseSplit(text string, err error) item[source.SplitRow] {
	return item[source.SplitRow]{source.SplitRow{Text: source.Shown(text)}, err}
}

// splits are those of one capture; a history has none.
func (f form) splits(c capture) (all []item[source.SplitRow]) {
	if c.kind != scoreboard {
		return nil
	}
	games, err := c.games()
	if err != nil {
		return []item[source.SplitRow]{refuseSplit(c.text, err)}
	}
	for i := range games {
		all = append(all, f.gameSplits(&games[i], c.seen)...)
	}
	return all
}

func (f form) gameSplits(e *source.Element[game], seen time.Time) (all []item[source.SplitRow]) {
	refuse := func(err error) []item[source.SplitRow] {
		return []item[source.SplitRow]{refuseSplit(string(e.Raw), err)}
	}
	if e.Err != nil {
		return refuse(source.Reject(source.BadRecord, "not a game: %v", e.Err))
	}
	g := &e.Value
	id, err := f.identify(g)
	if err != nil {
		return refuse(err)
	}
	for _, p := range periods {
		for _, m := range markets {
			two, ok := g.Markets.shown(p.key, m.key, m.market)
			if !ok {
				continue
			}
			row := source.SplitRow{
				ObservedAt: seen, Ref: id.ref, Date: id.date, Start: id.start, Home: id.home, Away: id.away,
				Provider: name, Market: m.market, Period: p.period, Simulated: id.simulated,
				Text: source.Shown(fmt.Sprintf("event %s %s %s %s", id.ref, m.key, two[0].Raw, two[1].Raw)),
			}
			err := fillSplit(&row, two[0].Value.BetInfo, two[1].Value.BetInfo)
			all = append(all, item[source.SplitRow]{row, err})
		}
	}
	return all
}

// shown are the two sides of a market at the first book that has data of both,
// the consensus before any other.
func (m marketMap) shown(period, market string, kind mlb.Market) (two [2]source.Element[outcome], ok bool) {
	books := slices.Sorted(maps.Keys(m))
	if i := slices.Index(books, consensus); i > 0 {
		books = slices.Insert(slices.Delete(books, i, i+1), 0, consensus)
	}
	for _, book := range books {
		var list []source.Element[outcome]
		if err := json.Unmarshal(m[book][period][market], &list); err != nil {
			continue // not there, or told among the prices
		}
		if two, ok = withData(list, kind); ok {
			return two, true
		}
	}
	return two, false
}

// withData finds the two sides, each at its first outcome. It is false where
// one is missing or nothing is said of either.
func withData(list []source.Element[outcome], kind mlb.Market) (two [2]source.Element[outcome], ok bool) {
	first, second := kind.Sides()
	for n, want := range []mlb.Side{first, second} {
		i := slices.IndexFunc(list, func(o source.Element[outcome]) bool {
			return o.Err == nil && o.Value.BetInfo != nil && sides[o.Value.Side] == want
		})
		if i < 0 {
			return two, false
		}
		two[n] = list[i]
	}
	return two, two[0].Value.BetInfo.known() || two[1].Value.BetInfo.known()
}

func (b *betInfo) known() bool { return b.Tickets.known() || b.Money.known() }

func (f figure) known() bool { return f.Percent != "" && f.Percent != "0" }

func fillSplit(row *source.SplitRow, first, second *betInfo) (err error) {
	if !row.Start.After(row.ObservedAt) {
		return source.Reject(source.InPlay, "observed at %s, the game began at %s",
			row.ObservedAt.Format(time.RFC3339), row.Start.Format(time.RFC3339))
	}
	if row.Bets, err = share(first.Tickets, second.Tickets, "tickets"); err != nil {
		return err
	}
	if row.Money, err = share(first.Money, second.Money, "money"); err != nil {
		return err
	}
	row.Tickets = first.Tickets.count() + second.Tickets.count()
	return nil
}

func share(first, second figure, what string) (mlb.Share, error) {
	a, okA := first.percent()
	b, okB := second.percent()
	if !okA || !okB {
		return mlb.Share{}, source.Reject(source.BadSplit, "%s percent %q and %q", what, first.Percent, second.Percent)
	}
	s, err := source.Percents(a, b)
	if err != nil {
		return s, source.Reject(source.BadSplit, "%s: %v", what, err)
	}
	return s, nil
}

func (f figure) percent() (float64, bool) {
	if f.Percent == "" {
		return 0, true
	}
	p, err := strconv.ParseFloat(string(f.Percent), 64)
	return p, err == nil
}

// maxTickets is beyond what any game draws.
const maxTickets = 1 << 40

// count is the value as a number of bets, 0 where it is not one.
func (f figure) count() int64 {
	n, err := strconv.ParseFloat(string(f.Value), 64)
	if err != nil || !(n > 0 && n < maxTickets) || n != math.Trunc(n) {
		return 0
	}
	return int64(n)
}
