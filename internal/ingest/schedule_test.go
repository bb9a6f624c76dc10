package ingest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

var july16 = mlb.Date{Year: 2026, Month: time.July, Day: 16}

// scheduled is a game NYM @ PHI of 2026-07-16; the time is in New York.
func scheduled(t testing.TB, pk int64, number int, clock string) mlb.Game {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	start, err := time.ParseInLocation("2006-01-02 15:04", "2026-07-16 "+clock, zone)
	if err != nil {
		t.Fatal(err)
	}
	return mlb.Game{PK: pk, Number: number, Date: july16, Home: 143, Away: 121, Start: start.UTC()}
}

func nameGames(t testing.TB, db *store.DB, games ...mlb.Game) Named {
	t.Helper()
	n, err := NameGames(t.Context(), db, false, games)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func mets(at, start, price string) string {
	return moneyline("2026-07-16T"+at+":00Z", start, "betmgm", "New York Mets", price)
}

// A start that moved makes two provisional games; the schedule makes them one,
// whose curated rows are those of a game that was named beforehand.
func TestProvisionalGamesAreMerged(t *testing.T) {
	t.Parallel()
	text := header + mets("04:00", "07:10 PM", "+110") + mets("05:00", "07:10 PM", "+115") +
		mets("06:00", "08:40 PM", "+115") + mets("07:00", "08:40 PM", "+125")
	late := storetest.Open(t)
	mustImport(t, late, text)
	if n := len(gameIDs(t, late)); n != 2 {
		t.Fatalf("%d games before the schedule, want 2", n)
	}
	first := gameIDs(t, late)[0]
	if n := nameGames(t, late, scheduled(t, 777, 1, "19:10")); n != (Named{Named: 1, Merged: 1}) {
		t.Errorf("got %+v, want one named and one merged", n)
	}
	if ids := gameIDs(t, late); len(ids) != 1 || ids[0] != first {
		t.Errorf("games %v, want %d alone: a named game keeps its number", ids, first)
	}
	early := storetest.Open(t)
	if n := nameGames(t, early, scheduled(t, 777, 1, "19:10")); n != (Named{Added: 1}) {
		t.Errorf("got %+v, want one added", n)
	}
	mustImport(t, early, text)
	differ(t, dump(t, late), dump(t, early))
	if n := nameGames(t, late, scheduled(t, 777, 1, "19:10")); n != (Named{Updated: 1}) {
		t.Errorf("said twice: %+v, want one updated", n)
	}
	differ(t, dump(t, late), dump(t, early))
}

func TestMergedGameIsStillFound(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	mustImport(t, db, header+mets("04:00", "07:10 PM", "+110")+mets("06:00", "08:40 PM", "+115"))
	ids := gameIDs(t, db)
	nameGames(t, db, scheduled(t, 777, 1, "20:40"))
	for _, key := range []int64{int64(ids[0]), int64(ids[1]), 777} {
		if g, err := db.Game(t.Context(), key); err != nil || g.PK != 777 {
			t.Errorf("game %d: %+v, %v; want gamePk 777", key, g, err)
		}
	}
	if _, err := db.Game(t.Context(), 999); !errors.Is(err, mlb.ErrNotFound) {
		t.Errorf("game 999: %v, want ErrNotFound", err)
	}
}

// When the start moves, the closing price is the last one before the new one.
func TestMovedStartMovesTheClose(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	nameGames(t, db, scheduled(t, 777, 1, "19:10"))
	mustImport(t, db, header+mets("22:00", "07:10 PM", "+110")+mets("23:30", "07:10 PM", "+150"))
	closing := func() string { return allLines(t, db)[0].Close.String() }
	if got := closing(); got != "+110" {
		t.Errorf("close %s, want +110: +150 came after the start", got)
	}
	nameGames(t, db, scheduled(t, 777, 1, "20:10"))
	if got := closing(); got != "+150" {
		t.Errorf("close %s after the start moved, want +150", got)
	}
}

func TestDoubleheader(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	nameGames(t, db, scheduled(t, 1, 1, "13:10"), scheduled(t, 2, 2, "16:40"))
	r := mustImport(t, db, header+mets("04:00", "01:11 PM", "+110")+mets("04:00", "04:40 PM", "+130")+mets("05:00", "02:55 PM", "+120"))
	if r.Stored != 2 || r.Reasons["ambiguous_game"] != 1 {
		t.Errorf("got %+v, want a price for each leg and one that fits both", r)
	}
	q, err := db.Quarantine(t.Context(), 1)
	if err != nil || len(q) != 1 || !strings.Contains(q[0].Detail, "fits both") {
		t.Errorf("quarantine %+v, %v", q, err)
	}
}

func TestAmbiguousProvisionalGameWaits(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	mustImport(t, db, header+mets("05:00", "02:55 PM", "+120"))
	if n := nameGames(t, db, scheduled(t, 1, 1, "13:10"), scheduled(t, 2, 2, "16:40")); n != (Named{Added: 2, Waiting: 1}) {
		t.Errorf("got %+v, want two added and one waiting", n)
	}
	if s := status(t, db); s.Provisional != 1 || s.Games != 3 {
		t.Errorf("got %+v, want three games, one still provisional", s)
	}
}

func TestScheduleRefuses(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	if _, err := NameGames(t.Context(), db, false, []mlb.Game{{Date: july16, Home: 143, Away: 121}}); !errors.Is(err, mlb.ErrInvalid) {
		t.Errorf("without gamePk: %v, want ErrInvalid", err)
	}
	nameGames(t, db, scheduled(t, 1, 1, "13:10"))
	if _, err := NameGames(t.Context(), db, true, []mlb.Game{scheduled(t, 2, 1, "13:10")}); !errors.Is(err, mlb.ErrConflict) {
		t.Errorf("synthetic games into a real database: %v, want ErrConflict", err)
	}
}
