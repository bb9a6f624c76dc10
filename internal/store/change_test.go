package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// addGame commits a game, and so a change.
func addGame(t *testing.T, db *store.DB) error {
	t.Helper()
	return db.EditGames(t.Context(), false, func(tx *store.DocTx) error {
		_, err := tx.AddGame(t.Context(), mlb.Game{Date: mlb.Date{Year: 2026, Month: 7, Day: 16}, Home: 121, Away: 143})
		return err
	})
}

func zoned(t *testing.T, url string) *store.DB {
	t.Helper()
	db := storetest.Connect(t, url)
	if err := db.SetZone(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return db
}

// Two writers commit at once, without the writers' lock; whoever reads up to a
// mark has every change below it.
func TestMarksBecomeVisibleInTheirOrder(t *testing.T) {
	t.Parallel()
	const each = 100
	url := storetest.URL(t)
	reader := zoned(t, url)
	var told sync.Map
	var writing sync.WaitGroup
	for range 2 {
		writer := storetest.Connect(t, url)
		writer.OnChange(func(c store.Change) { told.Store(c.Mark, len(c.Games)) })
		writing.Go(func() {
			for range each {
				if err := addGame(t, writer); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	ended := make(chan struct{})
	go func() { writing.Wait(); close(ended) }()
	read := int64(0)
	for last := false; !last; {
		select {
		case <-ended:
			last = true
		default:
		}
		mark, err := reader.Mark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := reader.ChangesAfter(t.Context(), read)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if read++; c.Mark != read || c.Kind != store.Results || len(c.Games) != 1 {
				t.Fatalf("%+v; want mark %d", c, read)
			}
		}
		if read < mark {
			t.Fatalf("the mark was %d, and changes were visible up to %d", mark, read)
		}
	}
	if read != 2*each {
		t.Errorf("%d changes; want %d", read, 2*each)
	}
	for mark := range read {
		if n, ok := told.Load(mark + 1); !ok || n != 1 {
			t.Errorf("change %d was told of with %v games", mark+1, n)
		}
	}
}

func TestChangesOfNothing(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	db := zoned(t, url)
	db.OnChange(func(c store.Change) { t.Errorf("told of %+v", c) })
	failed := errors.New("failed")
	err := db.EditGames(t.Context(), false, func(tx *store.DocTx) error {
		_, err := tx.AddGame(t.Context(), mlb.Game{Date: mlb.Date{Year: 2026, Month: 7, Day: 16}, Home: 121, Away: 143})
		return errors.Join(err, failed)
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
	if err := db.EditGames(t.Context(), false, func(*store.DocTx) error { return nil }); err != nil {
		t.Error(err)
	}
	if err := db.Rehearse(t.Context(), func(db *store.DB) error { return addGame(t, db) }); err != nil {
		t.Error(err)
	}
	if _, err := db.Confirm(t.Context(), "action-network", time.Now(), time.Now(), nil); err != nil {
		t.Error(err)
	}
	mark, err := db.Mark(t.Context())
	if err != nil || mark != 0 {
		t.Errorf("mark %d, %v; want 0", mark, err)
	}
}

// A game said again as it is known is no change.
func TestGameSaidAgain(t *testing.T) {
	t.Parallel()
	db := zoned(t, storetest.URL(t))
	var g mlb.Game
	var told []store.Change
	db.OnChange(func(c store.Change) { told = append(told, c) })
	edit := func(f func(*store.DocTx) error) {
		t.Helper()
		if err := db.EditGames(t.Context(), false, f); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(tx *store.DocTx) (err error) {
		g, err = tx.AddGame(t.Context(), mlb.Game{PK: 7, Date: mlb.Date{Year: 2026, Month: 7, Day: 16}, Home: 121, Away: 143})
		return err
	})
	again := func(tx *store.DocTx) error { return tx.UpdateGame(t.Context(), g) }
	edit(again)
	g.Start = time.Date(2026, 7, 16, 23, 0, 0, 0, time.UTC)
	edit(again)
	edit(again)
	if len(told) != 2 || told[1].Mark != 2 || !told[1].Games[g.ID].IsZero() {
		t.Errorf("%+v; want the game and its start", told)
	}
	known, err := db.Game(t.Context(), 7)
	if err != nil || known != g {
		t.Errorf("%+v, %v; want %+v", known, err, g)
	}
}

func TestPruneKeepsTheMark(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	db := zoned(t, url)
	for range 3 {
		if err := addGame(t, db); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, url, `UPDATE curated.change SET at = at - interval '3 days' WHERE mark < 3`)
	n, err := db.PruneChanges(t.Context(), time.Now().AddDate(0, 0, -2))
	if err != nil || n != 2 {
		t.Errorf("pruned %d, %v; want 2", n, err)
	}
	if n, err := db.PruneChanges(t.Context(), time.Now().AddDate(0, 0, 2)); err != nil || n != 1 {
		t.Errorf("pruned %d, %v; want 1", n, err)
	}
	if err := addGame(t, db); err != nil {
		t.Fatal(err)
	}
	if mark, err := db.Mark(t.Context()); err != nil || mark != 4 {
		t.Errorf("mark %d, %v; want 4", mark, err)
	}
}

// What is read in a snapshot is of one moment.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	db := zoned(t, storetest.URL(t))
	err := db.Snapshot(t.Context(), func(then *store.DB) error {
		before, err := then.Mark(t.Context())
		if err != nil {
			return err
		}
		if err := addGame(t, db); err != nil {
			return err
		}
		after, err := then.Mark(t.Context())
		if before != 0 || after != 0 {
			t.Errorf("marks %d and %d; want 0", before, after)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	one, other := storetest.URL(t), storetest.URL(t)
	names := map[string]int{}
	for _, url := range []string{one, one, other} {
		name, err := storetest.Connect(t, url).Identity(t.Context())
		if err != nil || name == "" {
			t.Fatalf("%q, %v", name, err)
		}
		names[name]++
	}
	if len(names) != 2 {
		t.Errorf("%v; want a name for each of two databases", names)
	}
	// A role that may do nothing may still know it.
	exec(t, one, `CREATE ROLE nobody_special LOGIN`)
	conn, err := pgx.Connect(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), `SET ROLE nobody_special; SELECT system_identifier FROM pg_control_system()`); err != nil {
		t.Error(err)
	}
}
