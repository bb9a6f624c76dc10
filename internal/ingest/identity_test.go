package ingest

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// list hands out rows as a document would.
type list[R any] struct{ rows []R }

func (l *list[R]) Next() (row R, err error) {
	if len(l.rows) == 0 {
		return row, io.EOF
	}
	row, l.rows = l.rows[0], l.rows[1:]
	return row, nil
}

// documents numbers them, so that no two have one content.
var documents int

func takeOdds(t *testing.T, db *store.DB, rows ...source.OddsRow) Report {
	t.Helper()
	r, err := tryOdds(t, db, rows...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func tryOdds(t *testing.T, db *store.DB, rows ...source.OddsRow) (Report, error) {
	t.Helper()
	return oddsOn(t, db, nil, rows...)
}

func takeScheduled(t *testing.T, db *store.DB, days map[mlb.Date]bool, rows ...source.OddsRow) Report {
	t.Helper()
	r, err := oddsOn(t, db, days, rows...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func oddsOn(t *testing.T, db *store.DB, days map[mlb.Date]bool, rows ...source.OddsRow) (Report, error) {
	t.Helper()
	f := source.OddsFormat{Name: "test", Source: "boltodds", Zone: time.UTC, Open: func(io.Reader, *time.Location) (source.OddsReader, error) {
		all := make([]source.OddsRow, len(rows))
		for i := range rows {
			all[i] = rows[i]
			all[i].N = int64(i + 1)
		}
		return &list[source.OddsRow]{all}, nil
	}}
	documents++
	return Odds(t.Context(), db, f, "test", strings.NewReader(strconv.Itoa(documents)), Options{Now: testNow, Scheduled: days})
}

func takeSplits(t *testing.T, db *store.DB, rows ...source.SplitRow) Report {
	t.Helper()
	f := source.SplitFormat{Name: "test", Source: "boltodds", Zone: time.UTC, Open: func(io.Reader, *time.Location, time.Time) (source.SplitReader, error) {
		for i := range rows {
			rows[i].N = int64(i + 1)
		}
		return &list[source.SplitRow]{rows}, nil
	}}
	documents++
	r, err := Splits(t.Context(), db, f, "test", strings.NewReader(strconv.Itoa(documents)), time.Time{}, Options{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func takeResults(t *testing.T, db *store.DB, by string, rows ...source.ResultRow) Report {
	t.Helper()
	f := source.ResultFormat{Name: "test", Source: by, Zone: time.UTC, Open: func(io.Reader, *time.Location) (source.ResultReader, error) {
		for i := range rows {
			rows[i].N = int64(i + 1)
		}
		return &list[source.ResultRow]{rows}, nil
	}}
	documents++
	r, err := Results(t.Context(), db, f, "test", strings.NewReader(strconv.Itoa(documents)), Options{Now: testNow})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func american(t *testing.T, a odds.American) odds.Price {
	t.Helper()
	p, err := odds.FromAmerican(a)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// named is a moneyline of NYM @ PHI at 2026-07-16 04:00.
func named(t *testing.T, change func(*source.OddsRow)) source.OddsRow {
	t.Helper()
	row := source.OddsRow{
		ObservedAt: time.Date(2026, 7, 16, 4, 0, 0, 0, time.UTC), Date: july16, Home: "Philadelphia Phillies", Away: "New York Mets",
		Book: "betmgm", Market: mlb.Moneyline, Period: mlb.FullGame, Side: mlb.Home, Price: american(t, -120),
	}
	change(&row)
	return row
}

func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-07-16 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

func TestChoose(t *testing.T) {
	t.Parallel()
	game := func(id int32, pk int64, number int, clock string) mlb.Game {
		g := mlb.Game{ID: mlb.GameID(id), PK: pk, Number: number, Date: july16, Home: 143, Away: 121}
		if clock != "" {
			g.Start = at(clock)
		}
		return g
	}
	for _, c := range []struct {
		name   string
		games  []mlb.Game
		start  string
		number int
		want   mlb.GameID // 0: none
		bad    bool
	}{
		{"nothing known", nil, "17:05", 0, 0, false},
		{"near a provisional start", []mlb.Game{game(1, 0, 0, "17:05")}, "17:35", 0, 1, false},
		{"too far from a provisional start", []mlb.Game{game(1, 0, 0, "17:05")}, "17:36", 0, 0, false},
		{"near a named start", []mlb.Game{game(1, 777, 1, "17:05")}, "20:05", 0, 1, false},
		{"too far from a named start", []mlb.Game{game(1, 777, 1, "17:05")}, "20:06", 0, 0, false},
		{"near the start but another number", []mlb.Game{game(1, 777, 1, "17:05")}, "18:05", 2, 0, false},
		{"between two legs", []mlb.Game{game(1, 777, 1, "17:05"), game(2, 778, 2, "20:05")}, "18:30", 0, 0, true},
		{"nearer to one leg", []mlb.Game{game(1, 777, 1, "17:05"), game(2, 778, 2, "20:05")}, "17:20", 0, 1, false},
		{"a start for a game of the day alone", []mlb.Game{game(1, 0, 0, "")}, "17:05", 0, 1, false},
		{"a start and a number for games of the day alone", []mlb.Game{game(1, 0, 1, ""), game(2, 0, 2, "")}, "17:05", 2, 2, false},
		{"a start without a number for two of the day alone", []mlb.Game{game(1, 0, 1, ""), game(2, 0, 2, "")}, "17:05", 0, 0, true},
		{"a second start beside one of the day alone", []mlb.Game{game(1, 0, 1, "17:05"), game(2, 0, 2, "")}, "23:05", 2, 2, false},
		{"the only game", []mlb.Game{game(1, 777, 1, "17:05")}, "", 0, 1, false},
		{"which of two", []mlb.Game{game(1, 777, 1, "17:05"), game(2, 778, 2, "20:05")}, "", 0, 0, true},
		{"the second by number", []mlb.Game{game(1, 777, 1, "17:05"), game(2, 778, 2, "20:05")}, "", 2, 2, false},
		{"the second by order of start", []mlb.Game{game(2, 0, 0, "23:05"), game(1, 0, 0, "17:05")}, "", 2, 2, false},
		{"the second where one is known", []mlb.Game{game(1, 777, 1, "17:05")}, "", 2, 0, false},
		{"the first where a single is known", []mlb.Game{game(1, 0, 0, "")}, "", 1, 1, false},
		{"one of three without numbers", []mlb.Game{game(1, 0, 0, ""), game(2, 0, 0, ""), game(3, 0, 0, "")}, "", 1, 0, true},
	} {
		start := time.Time{}
		if c.start != "" {
			start = at(c.start)
		}
		g, err := choose(c.games, start, c.number)
		if g.ID != c.want || (err != nil) != c.bad {
			t.Errorf("%s: got game %d, %v; want %d, error %v", c.name, g.ID, err, c.want, c.bad)
		}
		if err != nil && !errors.As(err, new(*source.RowError)) {
			t.Errorf("%s: %v, want an error about the row", c.name, err)
		}
	}
}

// A source's own name of a game stands for it once it has been explained, and
// a row that swaps the sides under that name is set aside.
func TestRefs(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	alone := func(r *source.OddsRow) {
		*r = source.OddsRow{ObservedAt: r.ObservedAt.Add(time.Minute), Ref: "e1", Book: r.Book, Market: r.Market, Period: r.Period, Side: r.Side, Price: american(t, -130)}
	}
	r := takeOdds(t, db, named(t, alone))
	if r.Reasons["unknown_game"] != 1 {
		t.Fatalf("a name that nothing explained: %+v", r)
	}
	r = takeOdds(t, db,
		named(t, func(r *source.OddsRow) { r.Ref, r.Start = "e1", at("23:05") }), named(t, alone),
		named(t, func(r *source.OddsRow) { r.Ref, r.Home, r.Away = "e1", r.Away, r.Home }))
	if r.Stored != 2 || r.Reasons["swapped_teams"] != 1 || r.Games != 1 {
		t.Errorf("got %+v, want two prices of one game and the swapped one set aside", r)
	}
	// A late price under the name finds what was told before.
	r = takeOdds(t, db, named(t, func(r *source.OddsRow) { alone(r); r.ObservedAt = r.ObservedAt.Add(-30 * time.Second) }))
	if r.Stored != 1 || len(gameIDs(t, db)) != 1 {
		t.Errorf("a late price: %+v of %d games", r, len(gameIDs(t, db)))
	}
}

// Archives tell the day alone; odds with a start, and a schedule, find the same
// game, whatever comes first.
func TestDayAlone(t *testing.T) {
	t.Parallel()
	archived := func(kind source.PriceKind) source.OddsRow {
		return named(t, func(r *source.OddsRow) { r.ObservedAt, r.Kind = time.Time{}, kind })
	}
	seen := named(t, func(r *source.OddsRow) { r.Start = at("23:05") })
	for name, order := range map[string][]source.OddsRow{
		"archive first": {archived(source.Opening), archived(source.Closing), seen},
		"archive last":  {seen, archived(source.Opening), archived(source.Closing)},
	} {
		t.Run(name, func(t *testing.T) {
			db := storetest.Open(t)
			if r := takeOdds(t, db, order...); r.Stored != 3 || r.Games != 1 {
				t.Fatalf("got %+v, want three prices of one game", r)
			}
			if again := takeOdds(t, db, order...); again.Stored != 0 || again.Duplicate != 3 {
				t.Errorf("again: %+v", again)
			}
			clash := archived(source.Closing)
			clash.Price = american(t, 105)
			if r := takeOdds(t, db, clash); r.Reasons["conflict"] != 1 {
				t.Errorf("another closing price: %+v", r)
			}
			nameGames(t, db, scheduled(t, 777, 1, "19:05"))
			g, err := db.Game(t.Context(), 777)
			if err != nil || len(gameIDs(t, db)) != 1 {
				t.Fatalf("%+v, %v, %d games", g, err, len(gameIDs(t, db)))
			}
			if prices, err := db.GameArchive(t.Context(), g.ID); err != nil || len(prices) != 2 {
				t.Errorf("archive %+v, %v", prices, err)
			}
		})
	}
}

func TestSplits(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	split := func(clock string, bets, money float64, change func(*source.SplitRow)) source.SplitRow {
		r := source.SplitRow{
			ObservedAt: at(clock), PK: 777, Date: july16, Start: at("23:05"), Home: "Philadelphia Phillies", Away: "New York Mets",
			Provider: "covers", Market: mlb.Moneyline, Period: mlb.FullGame, Bets: mlb.Share{First: bets, Second: 1 - bets},
		}
		if money > 0 {
			r.Money = mlb.Share{First: money, Second: 1 - money}
		}
		if change != nil {
			change(&r)
		}
		return r
	}
	takeOdds(t, db, named(t, func(r *source.OddsRow) { r.Start = at("23:05") })) // a provisional game
	r := takeSplits(t, db,
		split("10:00", .6, .5, nil), split("11:00", .6, .5, nil), split("12:00", .62, .5, func(r *source.SplitRow) { r.Tickets = 300 }),
		split("12:00", .7, .5, nil),
		split("23:05", .6, .5, nil),
		split("13:00", .6, 0, func(r *source.SplitRow) { r.Bets.Second = .6 }),
		split("13:00", 0, 0, func(r *source.SplitRow) { r.Bets = mlb.Share{} }),
		split("13:00", .6, 0, func(r *source.SplitRow) { r.Home = "Philadelphia Quakers" }),
		split("13:00", .6, 0, func(r *source.SplitRow) { r.Home, r.Away = r.Away, r.Home }))
	if r.Stored != 2 || r.Duplicate != 1 || r.Reasons["conflict"] != 1 || r.Reasons["in_play"] != 1 || r.Reasons["bad_split"] != 2 ||
		r.Reasons["unknown_team"] != 1 || r.Reasons["swapped_teams"] != 1 {
		t.Errorf("got %+v", r)
	}
	if r.Named == nil || r.Named.Named != 1 {
		t.Errorf("the splits' gamePk names the provisional game: %+v", r.Named)
	}
	g, err := db.Game(t.Context(), 777)
	if err != nil {
		t.Fatal(err)
	}
	all, err := db.Splits(t.Context(), []mlb.GameID{g.ID})
	if err != nil || len(all) != 2 || all[1].Tickets != 300 || !all[0].Money.Known() || all[0].ObservedAt != at("10:00") {
		t.Errorf("stored %+v, %v", all, err)
	}
}

// Results of lists without gamePks find their games by day, teams and number;
// a source's last word counts.
func TestResultsWithoutNumbers(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	nameGames(t, db, scheduled(t, 777, 1, "13:05"), scheduled(t, 778, 2, "19:05"))
	r := takeResults(t, db, "boltodds", finalOf("", 1, 3, 2), finalOf("", 2, 5, 4))
	if r.Stored != 2 || r.Games != 2 {
		t.Fatalf("got %+v", r)
	}
	takeResults(t, db, "boltodds", finalOf("", 2, 5, 3))
	got := results(t, db, 778)
	if len(got) != 1 || got[0].Score.Away != 3 || got[0].LineScore.Home[1] != mlb.NotPlayed {
		t.Errorf("the source's last word: %+v", got)
	}
}

// finalOf is a final score of NYM @ PHI. Sources that write codes have them.
func finalOf(by string, number, home, away int) source.ResultRow {
	r := source.ResultRow{
		Date: july16, Number: number, Home: "Philadelphia Phillies", Away: "New York Mets", Status: mlb.Final,
		Score: mlb.Score{Home: home, Away: away}, LineScore: mlb.LineScore{Home: []int8{1, mlb.NotPlayed}, Away: []int8{0, 2}},
	}
	switch by {
	case "retrosheet":
		r.Home, r.Away = "PHI", "NYN"
	case "sbro":
		r.Home, r.Away, r.Ref = "PHI", "NYM", fmt.Sprint("leg", number)
	}
	return r
}

// An archive that numbers a doubleheader's games the wrong way round is put
// right by another source's scores, and one that knows of a single game
// disputes a second one; in either order.
func TestDoubleheadersOfArchives(t *testing.T) {
	t.Parallel()
	doubled := []source.ResultRow{finalOf("sbro", 1, 5, 4), finalOf("sbro", 2, 3, 2)}
	for name, c := range map[string]struct {
		other []source.ResultRow
		want  map[int]string // by number: what each source says
	}{
		"crossed":  {[]source.ResultRow{finalOf("retrosheet", 1, 3, 2), finalOf("retrosheet", 2, 5, 4)}, map[int]string{1: "sbro 2-3 retrosheet 2-3", 2: "sbro 4-5 retrosheet 4-5"}},
		"straight": {[]source.ResultRow{finalOf("retrosheet", 1, 5, 4), finalOf("retrosheet", 2, 3, 2)}, map[int]string{1: "sbro 4-5 retrosheet 4-5", 2: "sbro 2-3 retrosheet 2-3"}},
		"single":   {[]source.ResultRow{finalOf("retrosheet", 0, 5, 4)}, map[int]string{1: "sbro 4-5 retrosheet 4-5", 2: "sbro 2-3 retrosheet 4-5"}},
	} {
		for _, first := range []string{"sbro", "retrosheet"} {
			t.Run(name+", "+first+" first", func(t *testing.T) {
				t.Parallel()
				db := storetest.Open(t)
				if first == "sbro" {
					takeResults(t, db, "sbro", doubled...)
				}
				takeResults(t, db, "retrosheet", c.other...)
				if first != "sbro" {
					takeResults(t, db, "sbro", doubled...)
				}
				if got := saidByNumber(t, db); !maps.Equal(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		}
	}
}

func saidByNumber(t *testing.T, db *store.DB) map[int]string {
	t.Helper()
	games, err := db.GamesOn(t.Context(), july16)
	if err != nil {
		t.Fatal(err)
	}
	said := map[int]string{}
	for _, g := range games {
		all, err := db.Results(t.Context(), []mlb.GameID{g.ID})
		if err != nil {
			t.Fatal(err)
		}
		var parts []string
		for _, r := range all[g.ID] {
			parts = append(parts, fmt.Sprintf("%s %d-%d", r.Source, r.Score.Away, r.Score.Home))
		}
		said[g.Number] = strings.Join(parts, " ")
	}
	return said
}

// A simulated body never enters a database of real data, nor the reverse.
func TestZonesNeverMix(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	_, err := tryOdds(t, db, named(t, func(r *source.OddsRow) { r.Simulated = true }))
	if !errors.Is(err, mlb.ErrConflict) || !strings.Contains(err.Error(), "--demo") {
		t.Errorf("got %v, want ErrConflict that names --demo", err)
	}
	if s := status(t, db); s.Documents != 0 || s.Games != 0 {
		t.Errorf("it left %+v", s)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	takeOdds(t, db, named(t, func(r *source.OddsRow) { r.Ref, r.Start = "e1", at("19:05") }))
	nameGames(t, db, scheduled(t, 777, 1, "13:05"), scheduled(t, 778, 2, "17:05"))
	waiting, err := db.WaitingGames(t.Context(), true)
	if err != nil || len(waiting) != 1 || len(waiting[0].Candidates) != 2 || len(waiting[0].Sources) != 1 {
		t.Fatalf("waiting %+v, %v; want one game with two candidates", waiting, err)
	}
	id := int64(waiting[0].ID)
	for _, is := range []int64{id, 9999} {
		if _, _, err := Resolve(t.Context(), db, id, is); err == nil {
			t.Errorf("resolving %d to %d passed", id, is)
		}
	}
	into, _, err := Resolve(t.Context(), db, id, 778)
	if err != nil || into.PK != 778 {
		t.Fatalf("%+v, %v", into, err)
	}
	if all, err := db.Ticks(t.Context(), []mlb.GameID{into.ID}); err != nil || len(all) != 1 {
		t.Errorf("ticks %+v, %v", all, err)
	}
	if r := takeOdds(t, db, named(t, func(r *source.OddsRow) { r.Ref, r.ObservedAt = "e1", r.ObservedAt.Add(time.Hour) })); r.Duplicate != 1 {
		t.Errorf("the source's name leads elsewhere: %+v", r)
	}
}

// A complete capture that does not show a price any more withdraws it: it has
// no closing price, and comes back as a new tick.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	total := func(clock string, line mlb.Line, side mlb.Side, price odds.American) source.OddsRow {
		return named(t, func(r *source.OddsRow) {
			r.ObservedAt, r.Start, r.Complete = at(clock), at("23:05"), true
			r.Market, r.Line, r.Side, r.Price = mlb.Total, line, side, american(t, price)
		})
	}
	both := func(clock string, line mlb.Line) []source.OddsRow {
		return []source.OddsRow{total(clock, line, mlb.Over, -110), total(clock, line, mlb.Under, -110)}
	}
	takeOdds(t, db, append(both("10:00", 17), both("11:00", 18)...)...) // 8.5, then 9
	takeOdds(t, db, both("12:00", 18)...)
	g := gameIDs(t, db)[0]
	ticks, err := db.Ticks(t.Context(), []mlb.GameID{g})
	if err != nil || len(ticks) != 6 {
		t.Fatalf("%d ticks, %v; want four prices and two withdrawals", len(ticks), err)
	}
	for _, q := range ticks {
		if gone := q.ObservedAt.Equal(at("11:00")) && q.Line == 17; gone == q.Price.Valid() {
			t.Errorf("%+v: withdrawn %v", q, gone)
		}
	}
	lines, err := db.LineSummaries(t.Context(), []mlb.GameID{g})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range lines {
		if offered := s.Line == 18; s.Price.Valid() != offered || s.Close.Valid() != offered || !s.High.Valid() {
			t.Errorf("%+v: offered %v", s, offered)
		}
	}
	// An older capture told late leaves the withdrawal, and 8.5 comes back.
	takeOdds(t, db, both("10:30", 17)...)
	takeOdds(t, db, append(both("13:00", 17), both("13:00", 18)...)...)
	if ticks, err = db.Ticks(t.Context(), []mlb.GameID{g}); err != nil || len(ticks) != 8 {
		t.Errorf("%d ticks, %v; want the two that came back too", len(ticks), err)
	}
	main, err := db.MainLines(t.Context(), g)
	if err != nil || len(main) != 3 || main[1].Line != 18 || main[2].Line != 17 {
		t.Errorf("main lines %+v, %v; want 8.5, 9 and 8.5 again", main, err)
	}
}

// What could not be identified is taken in by the same document once something
// explains it; what was taken in before stays as it is.
func TestRetake(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	text := header + mets("04:00", "07:10 PM", "+110") + strings.ReplaceAll(mets("05:00", "07:10 PM", "+115"), "betmgm", "newbook")
	if r := mustImport(t, db, text); r.Stored != 1 || r.Reasons["unknown_book"] != 1 {
		t.Fatalf("got %+v", r)
	}
	if r := mustImport(t, db, text); !r.Known || r.Stored != 0 || r.Quarantined != 1 {
		t.Errorf("nothing learnt since: %+v", r)
	}
	if err := db.Tx(t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO curated.book_alias VALUES (2, 'newbook', 2)`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if r := mustImport(t, db, text); r.Known || r.Stored != 1 || r.Duplicate != 1 || r.Quarantined != 0 {
		t.Errorf("after the name was learnt: %+v", r)
	}
	if r := mustImport(t, db, text); !r.Known || r.Duplicate != 2 {
		t.Errorf("once more: %+v", r)
	}
	row := finalOf("", 0, 3, 2)
	row.Home = "Philadelphia Quakers"
	one := func() Report {
		documents = 1000 // the same document every time
		return takeResults(t, db, "boltodds", finalOf("", 0, 5, 4), row)
	}
	if r := one(); r.Stored != 1 || r.Reasons["unknown_team"] != 1 {
		t.Errorf("results: %+v", r)
	}
	if r := one(); !r.Known || r.Stored != 0 {
		t.Errorf("results again: %+v", r)
	}
}

// A game known from its source's name alone moves with it.
func TestPostponedBeforeASchedule(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	takeOdds(t, db,
		named(t, func(r *source.OddsRow) { r.Ref, r.Start = "e1", at("23:05") }),
		named(t, func(r *source.OddsRow) {
			r.Ref, r.Date.Day, r.Start, r.ObservedAt = "e1", 17, at("23:05").AddDate(0, 0, 1), at("20:00")
			r.Price = american(t, -125)
		}))
	ids := gameIDs(t, db)
	if len(ids) != 1 {
		t.Fatalf("%d games, want one", len(ids))
	}
	g, err := db.Game(t.Context(), int64(ids[0]))
	if err != nil || g.Date.Day != 17 || !g.Start.Equal(at("23:05").AddDate(0, 0, 1)) {
		t.Errorf("%+v, %v; want the new day", g, err)
	}
}

// A list read after the end, but told before it, changes nothing.
func TestOlderSchedule(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	importResults(t, db, listed(777, "2026-07-16", "2026-07-16T23:10:00Z", "F", "5-4"))
	importResults(t, db, listed(777, "2026-07-16", "2026-07-16T22:05:00Z", "S", ""))
	g, err := db.Game(t.Context(), 777)
	if err != nil || !g.Start.Equal(at("23:10")) {
		t.Errorf("%+v, %v; want the start of the final", g, err)
	}
	if got := results(t, db, 777); len(got) != 1 || got[0].Status != mlb.Final {
		t.Errorf("results %+v", got)
	}
}

// To a day whose schedule is stored no other source adds a game: it has swapped
// the sides, knows of a second leg, or means something else.
func TestScheduledDay(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	game := source.ResultRow{
		PK: 700, Date: july16, Home: "Philadelphia Phillies", Away: "New York Mets", Number: 1, Start: at("23:05"), Status: mlb.Scheduled,
	}
	takeResults(t, db, "statsapi", game)
	row := func(ref, clock, home, away string) source.OddsRow {
		return named(t, func(r *source.OddsRow) { r.Ref, r.Start, r.Home, r.Away = ref, at(clock), home, away })
	}
	rows := []source.OddsRow{
		row("e1", "23:05", "Philadelphia Phillies", "New York Mets"),
		row("e2", "23:05", "New York Mets", "Philadelphia Phillies"),
		row("e3", "19:05", "Philadelphia Phillies", "New York Mets"),
		row("e4", "19:05", "Boston Red Sox", "New York Yankees"),
		row("e1", "17:05", "Philadelphia Phillies", "New York Mets"),
	}
	r := takeScheduled(t, db, map[mlb.Date]bool{july16: true}, rows...)
	if r.Stored != 1 || r.Duplicate != 1 || r.Reasons["swapped_teams"] != 1 || r.Reasons["unscheduled"] != 1 || r.Reasons["unknown_game"] != 1 {
		t.Errorf("got %+v", r)
	}
	if len(gameIDs(t, db)) != 1 || len(r.Refs) != 4 || len(r.Details) != 3 {
		t.Errorf("%d games, names %v, details %v", len(gameIDs(t, db)), r.Refs, r.Details)
	}
	if len(r.Moved) != 1 || !r.Moved[0].Said.Equal(at("17:05")) {
		t.Errorf("moved: %+v", r.Moved)
	}
	// Without the schedule all of them are games.
	if r := takeScheduled(t, db, nil, rows[1:4]...); r.Stored != 3 || len(gameIDs(t, db)) != 4 {
		t.Errorf("without a schedule: %+v of %d games", r, len(gameIDs(t, db)))
	}
	game.Home, game.Away = game.Away, game.Home
	if r := takeResults(t, db, "statsapi", game); r.Reasons["swapped_teams"] != 1 || r.Refs["700"] != true {
		t.Errorf("a schedule that swaps the sides: %+v", r)
	}
}
