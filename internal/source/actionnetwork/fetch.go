package actionnetwork

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// DefaultBooks are the books asked for: the consensus and the opening column,
// then DraftKings, FanDuel, BetRivers, BetMGM, bet365, Caesars and Fanatics, each
// under its New Jersey licence.
func DefaultBooks() []int { return []int{15, 30, 68, 69, 71, 75, 79, 123, 2988} }

// historyReach is for how long the API is known to serve a game's history.
const historyReach = 14 * 24 * time.Hour

// Adapter asks for the given books' prices, DefaultBooks for none. The API is
// unofficial: it stands behind a public site.
func Adapter(books ...int) source.Adapter {
	if len(books) == 0 {
		books = DefaultBooks()
	}
	return source.Adapter{
		Name:  name,
		Title: "Action Network",
		Base:  "https://api.actionnetwork.com",
		Terms: "https://www.actionnetwork.com/terms",
		Rate:  source.Rate{Every: 2 * time.Second, Burst: 3},
		Feeds: []source.Feed{
			{
				Name: "scoreboard", Complete: true, Requests: scoreboardOf(books),
				Odds: oddsOf, Splits: splitsOf,
			},
			{Name: "history", PerGame: true, Reach: historyReach, Requests: histories, Odds: oddsOf},
			{Name: "books", Requests: directory, Entries: entries},
		},
	}
}

func bookIDs(books []int) source.Param {
	ids := make([]string, len(books))
	for i, b := range books {
		ids[i] = strconv.Itoa(b)
	}
	return source.Param{Name: "bookIds", Value: strings.Join(ids, ",")}
}

// scoreboardOf asks for a day; the API's days are those of the US east, as
// Ask's are.
func scoreboardOf(books []int) func(source.Ask) ([]source.Request, error) {
	return func(ask source.Ask) ([]source.Request, error) {
		if ask.Date.IsZero() {
			return nil, source.NoDate()
		}
		return []source.Request{{
			Path: "/web/v2/scoreboard/publicbetting/mlb",
			Query: []source.Param{
				bookIDs(books),
				{Name: "date", Value: ask.Date.Time().Format("20060102")},
				{Name: "periods", Value: "event"},
			},
		}}, nil
	}
}

// histories asks for a game's prices at all books.
func histories(ask source.Ask) (all []source.Request, err error) {
	for _, g := range ask.Games {
		event, err := strconv.ParseInt(g.Ref, 10, 64)
		if err != nil || event <= 0 { // not named by this source yet
			continue
		}
		all = append(all, source.Request{Path: fmt.Sprintf("/web/v2/markets/event/%d/history", event), Ref: g.Ref})
	}
	return all, nil
}

func directory(source.Ask) ([]source.Request, error) {
	return []source.Request{{Path: "/web/v1/books"}}, nil
}

func entries(d source.Doc) (all []source.Entry, err error) {
	books, err := Books(bytes.NewReader(d.Body))
	for _, b := range books {
		all = append(all, source.Entry{Ref: strconv.Itoa(b.ID), Name: b.Name, Parent: b.Parent})
	}
	return all, err
}

// oddsOf reads a body as the capture it is: a history names its event, and a
// scoreboard its moment, nowhere else.
func oddsOf(d source.Doc) (source.OddsFormat, error) {
	f, err := OddsFormat()
	f.Open = func(r io.Reader, _ *time.Location) (source.OddsReader, error) {
		c, err := fetched(d, r)
		if err != nil {
			return nil, err
		}
		return oddsIn(c, mlbLeague)
	}
	return source.Whole(f), err
}

func splitsOf(d source.Doc) (source.SplitFormat, error) {
	f, err := SplitFormat()
	f.Open = func(r io.Reader, _ *time.Location, _ time.Time) (source.SplitReader, error) {
		c, err := fetched(d, r)
		if err != nil {
			return nil, err
		}
		return splitsIn(c, mlbLeague)
	}
	return f, err
}

// fetched is the one capture that a fetched body is: it is read as it stands,
// since reading it inside another value takes as long again.
func fetched(d source.Doc, r io.Reader) (*captures, error) {
	body, err := source.ReadBody(r)
	if err != nil {
		return nil, err
	}
	got := capture{body: body, text: shown(body), seen: d.FetchedAt.UTC()}
	got.kind, got.event, err = kindOf(d.URL, body)
	switch {
	case err == nil && got.kind == scoreboard:
		got.list, err = got.games()
	case err == nil && !json.Valid(body):
		err = source.Reject(source.BadRecord, "not JSON")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", mlb.ErrInvalid, err)
	}
	c := &captures{lines: bufio.NewReader(strings.NewReader(""))}
	if got.kind != ignored {
		c.whole = &got
	}
	return c, nil
}
