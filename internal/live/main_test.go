package live

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.MainWithoutLeaks(m)) }

// slate is a made-up day of three games at four books. What a body says depends
// on its moment alone.
type slate struct{ db *store.DB }

var (
	slateDate  = mlb.Date{Year: 2025, Month: time.May, Day: 18}
	slateStart = time.Date(2025, time.May, 18, 23, 0, 0, 0, time.UTC)
	slateBooks = []string{"pinnacle", "circa", "draftkings", "fanduel"}
	testNow    = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

const slateGames = 3

func openSlate(t testing.TB, url string) slate {
	t.Helper()
	return slate{storetest.Connect(t, url)}
}

func options() ingest.Options { return ingest.Options{Now: testNow, Wait: true} }

// rows hands out what was made up.
type rows[R any] struct{ left []R }

func (r *rows[R]) Next() (row R, err error) {
	if len(r.left) == 0 {
		return row, io.EOF
	}
	row, r.left = r.left[0], r.left[1:]
	return row, nil
}

// moment reads a body: it is its moment.
func moment(body io.Reader) (at time.Time, r *rand.Rand, err error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return at, nil, err
	}
	at, err = time.Parse(time.RFC3339Nano, string(text))
	return at, rand.New(rand.NewPCG(uint64(at.Unix()), 1)), err
}

func teams(game int) (home, away string) {
	all := mlb.Teams()
	return all[2*game].Name, all[2*game+1].Name
}

// odds takes in the prices of a moment: of each game a book shows two thirds of
// what it offers, now and then at a price that is better than fair.
func (s slate) odds(ctx context.Context, at time.Time) error {
	f := source.OddsFormat{
		Name: "made up", Source: "boltodds", Zone: time.UTC, Confirmation: "all is made up",
		Open: func(body io.Reader, _ *time.Location) (source.OddsReader, error) {
			at, r, err := moment(body)
			if err != nil {
				return nil, err
			}
			return pricesAt(at, r)
		},
	}
	_, err := ingest.Odds(ctx, s.db, f, "odds", strings.NewReader(at.Format(time.RFC3339Nano)), options())
	return err
}

func pricesAt(at time.Time, r *rand.Rand) (*rows[source.OddsRow], error) {
	out := &rows[source.OddsRow]{}
	for game := range slateGames {
		home, away := teams(game)
		for _, book := range slateBooks {
			for _, line := range []mlb.LineKey{{Market: mlb.Moneyline}, {Market: mlb.Total, Line: 17}, {Market: mlb.Total, Line: 18}} {
				first, second := line.Market.Sides()
				p := 0.5 + 0.02*r.NormFloat64()
				skipped := r.IntN(3) == 0
				for i, side := range []mlb.Side{first, second} {
					a, err := odds.FromProb([]float64{p, 1 - p}[i] * 1.02)
					if err != nil {
						return nil, err
					}
					price, err := odds.FromAmerican(a)
					if err != nil {
						return nil, err
					}
					if !skipped {
						out.left = append(out.left, source.OddsRow{
							N: int64(len(out.left) + 1), ObservedAt: at, Date: slateDate, Start: slateStart, Home: home, Away: away,
							Book: book, Market: line.Market, Period: mlb.FullGame, Side: side, Line: line.Line, Price: price,
						})
					}
				}
			}
		}
	}
	return out, nil
}

// splits takes in how the public bets at a moment.
func (s slate) splits(ctx context.Context, at time.Time) error {
	f := source.SplitFormat{
		Name: "made up", Source: "boltodds", Zone: time.UTC,
		Open: func(body io.Reader, _ *time.Location, _ time.Time) (source.SplitReader, error) {
			at, r, err := moment(body)
			if err != nil {
				return nil, err
			}
			out := &rows[source.SplitRow]{}
			for game := range slateGames {
				home, away := teams(game)
				bets := float64(30+r.IntN(40)) / 100
				out.left = append(out.left, source.SplitRow{
					N: int64(game + 1), ObservedAt: at, Date: slateDate, Start: slateStart, Home: home, Away: away, Provider: "crowd",
					Market: mlb.Moneyline, Period: mlb.FullGame, Bets: mlb.Share{First: bets, Second: 1 - bets}, Tickets: int64(100 + r.IntN(100)),
				})
			}
			return out, nil
		},
	}
	_, err := ingest.Splits(ctx, s.db, f, "splits", strings.NewReader(at.Format(time.RFC3339Nano)), at, options())
	return err
}

// schedule names the games.
func (s slate) schedule(ctx context.Context, start time.Time) error {
	var games []mlb.Game
	for i := range slateGames {
		all := mlb.Teams()
		games = append(games, mlb.Game{PK: int64(700 + i), Date: slateDate, Start: start, Home: all[2*i].ID, Away: all[2*i+1].ID})
	}
	_, err := ingest.NameGames(ctx, s.db, false, games)
	return err
}

// show is everything a day's market says at a moment, a line each.
func (d *day) show(now time.Time) (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for id, g := range d.games {
		v := d.state.View(g, now)
		say("game %d %+v", id, g)
		for _, key := range v.Lines() {
			first, second := key.Market.Sides()
			for _, side := range []mlb.Side{first, second} {
				for _, o := range v.Offers(key, side) {
					say("%v %v %s %s %s %s", key, side, o.Book.Name, o.Price, o.ChangedAt, o.Age)
				}
				if f := v.FairThen(key, side); f != nil {
					say("%v %v fair %+v", key, side, *f)
				}
			}
		}
		for _, c := range v.Crowds() {
			for i := range c.Len() {
				x := c.Split(i)
				say("%d %s %v %v %+v %v %v %s", id, c.Provider, c.Market, c.Cut, x.Split, x.At, x.Key, x.Why)
			}
		}
	}
	all := d.detection()
	for _, o := range slices.Concat(all.Taken, all.Refused) {
		fair := o.Fair
		o.Fair = nil
		say("opportunity %+v", o)
		if fair != nil {
			say("%s fair %+v", o.ID(), *fair)
		}
	}
	slices.Sort(lines)
	return lines
}

// replayed is the day read from the database at once.
func replayed(t testing.TB, db *store.DB, now time.Time) *day {
	t.Helper()
	d, err := newDay(slateDate, market.DefaultConfig(), detect.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	n, err := d.read(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	d.apply(n, now)
	return d
}

func differ(t testing.TB, what string, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: line %d of %d and %d:\n got  %s\n want %s", what, i, len(got), len(want), got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines; want %d", what, len(got), len(want))
	}
}
