package ingest

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/pg"
	"github.com/mlb-betting/mlb-betting/internal/source/boltodds"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

const header = "captured_at,mode,market,game,starts_at,sportsbook,selection,target,side,line,odds\n"

const changes = header +
	`2026-07-16T04:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,New York Mets Moneyline,New York Mets,,,+110
2026-07-16T04:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,Philadelphia Phillies Moneyline,Philadelphia Phillies,,,-135
2026-07-16T04:00:00Z,prematch,Spread,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",caesars,New York Mets 1.5 Spread,New York Mets,,,-190
2026-07-16T04:00:00Z,prematch,Total,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",betmgm,Philadelphia Phillies O 8.25,,O,8.25,-110
2026-07-16T04:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:10 PM",nobook,New York Mets Moneyline,New York Mets,,,+110
2026-07-16T05:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:11 PM",betmgm,New York Mets Moneyline,New York Mets,,,+110
2026-07-16T05:00:00Z,prematch,Moneyline,"Philadelphia Phillies vs New York Mets, 2026-07-16","2026-07-16, 07:11 PM",betmgm,Philadelphia Phillies Moneyline,Philadelphia Phillies,,,-50
`

func TestOddsTwice(t *testing.T) {
	ctx := t.Context()
	db := openDB(t, true)
	f, err := boltodds.Format()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 7, 17, 0, 0, 0, 0, time.UTC)
	r, err := Odds(ctx, db, f, "changes.csv", strings.NewReader(changes), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if r.Read != 7 || r.Stored != 3 || r.Duplicate != 1 || r.Quarantined != 3 {
		t.Errorf("first import: %+v", r)
	}
	if r.Reasons["bad_line"] != 1 || r.Reasons["unknown_book"] != 1 || r.Reasons["bad_price"] != 1 {
		t.Errorf("reasons: %v", r.Reasons)
	}
	again, err := Odds(ctx, db, f, "changes.csv", strings.NewReader(changes), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if again.Stored != 0 || again.Duplicate != 4 || !again.Known {
		t.Errorf("second import: %+v", again)
	}
	// The same rows in another document are known row by row.
	more, err := Odds(ctx, db, f, "more.csv", strings.NewReader(changes+"\n"), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if more.Stored != 0 || more.Duplicate != 4 || more.Quarantined != 3 {
		t.Errorf("overlapping import: %+v", more)
	}
}

func openDB(t testing.TB, fast bool) *store.DB {
	t.Helper()
	dir, err := os.MkdirTemp("", "mlb")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	server, err := pg.Start(t.Context(), pg.Config{DataDir: dir, Fast: fast})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	db, err := store.Open(t.Context(), server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if _, err := db.Migrate(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if _, err := db.LoadDirectory(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}
