package live

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/detect"
	"github.com/mlb-betting/mlb-betting/internal/market"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
	"github.com/mlb-betting/mlb-betting/internal/storetest"
)

// hearing is a market that remembers what it told of.
func hearing(db *store.DB, now *time.Time) (m *Market, told map[string]int) {
	told = map[string]int{}
	m = New(Config{
		DB: db, Now: func() time.Time { return *now }, Market: market.DefaultConfig(), Detect: detect.DefaultConfig(),
		Day: func(context.Context) (mlb.Date, error) { return slateDate, nil }, Log: slog.New(slog.DiscardHandler),
		Found: func(_ context.Context, f Found) error {
			for _, o := range f.Taken {
				told[o.ID()]++
			}
			return nil
		},
	})
	return m, told
}

// Fed with one commit after another, in whatever order of time they come, a
// market comes to what it would be if it were read at once.
func TestFedIsReplayed(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			s := openSlate(t, storetest.URL(t))
			now := slateStart.Add(-3 * time.Hour)
			m, told := hearing(s.db, &now)
			for what, step := range s.steps(rand.New(rand.NewPCG(seed, 1)), &now) {
				if err := step(t.Context()); err != nil {
					t.Fatal(what, err)
				}
				if _, err := m.refresh(t.Context()); err != nil {
					t.Fatal(what, err)
				}
				differ(t, what, m.day.show(now), replayed(t, s.db, now).show(now))
			}
			taken := m.Detection().Taken
			if len(taken) == 0 {
				t.Error("no opportunity to compare")
			}
			for _, o := range taken {
				if told[o.ID()] != 1 {
					t.Errorf("told %d times of %+v", told[o.ID()], o)
				}
			}
		})
	}
}

// steps is a day whose commits come in a random order: prices before a schedule
// is known, bodies that are late, the same again, splits of the moment of their
// prices, a game that is put off, an hour that nobody looks, prices of a clock
// that is ahead.
func (s slate) steps(r *rand.Rand, now *time.Time) func(yield func(string, func(context.Context) error) bool) {
	at := *now
	var late []func(context.Context) error
	return func(yield func(string, func(context.Context) error) bool) {
		for i := range 40 {
			at = at.Add(5 * time.Minute)
			*now = at
			moment := at
			odds := func(ctx context.Context) error { return s.odds(ctx, moment) }
			splits := func(ctx context.Context) error { return s.splits(ctx, moment) }
			ok := true
			switch n := r.IntN(10); {
			case i == 3:
				ok = yield("schedule", func(ctx context.Context) error { return s.schedule(ctx, slateStart) })
			case n < 5:
				ok = yield("odds", odds) && yield("splits", splits)
			case n == 5:
				late = append(late, odds, splits)
			case n == 6 && len(late) > 0:
				ok = yield("late", late[0])
				late = late[1:]
			case n == 7:
				late := slateStart.Add(time.Duration(i) * time.Minute)
				ok = yield("put off", func(ctx context.Context) error { return s.schedule(ctx, late) })
			case n == 8:
				ahead := at.Add(2 * time.Minute)
				ok = yield("ahead", func(ctx context.Context) error { return s.odds(ctx, ahead) })
				*now = ahead.Add(time.Second)
				ok = ok && yield("its time has come", func(context.Context) error { return nil })
			default:
				ok = yield("confirmed", func(ctx context.Context) error {
					_, err := s.db.Confirm(ctx, "boltodds", moment.Add(-5*time.Minute), moment, nil)
					return err
				})
			}
			if !ok {
				return
			}
		}
	}
}

// What comes in its time is applied to what is there; only what is late makes a
// game be replayed.
func TestOnlyLateGamesAreReplayed(t *testing.T) {
	t.Parallel()
	s := openSlate(t, storetest.URL(t))
	now := slateStart.Add(-2 * time.Hour)
	m, _ := hearing(s.db, &now)
	steps := []struct {
		what string
		do   func() error
		anew bool
	}{
		{"schedule", func() error { return s.schedule(t.Context(), slateStart) }, true},
		{"odds", func() error { return s.odds(t.Context(), now) }, false},
		{"splits of the same moment", func() error { return s.splits(t.Context(), now) }, false},
		{"odds", func() error { now = now.Add(10 * time.Minute); return s.odds(t.Context(), now) }, false},
		{"the same schedule", func() error { return s.schedule(t.Context(), slateStart) }, false},
		{"late splits", func() error { return s.splits(t.Context(), now.Add(-5*time.Minute)) }, true},
		{"late odds", func() error { return s.odds(t.Context(), now.Add(-2*time.Minute)) }, true},
	}
	if _, err := m.refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(step.what, err)
		}
		n, err := m.day.read(t.Context(), s.db)
		if err != nil {
			t.Fatal(err)
		}
		anew := slices.ContainsFunc(keys(n.games), func(g mlb.GameID) bool { return n.anew[g] })
		if anew != step.anew {
			t.Errorf("%s: replayed %t; want %t", step.what, anew, step.anew)
		}
		if _, err := m.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func keys(games map[mlb.GameID]mlb.Game) (all []mlb.GameID) {
	for g := range games {
		all = append(all, g)
	}
	return all
}

// Who is behind what is still written down, or on another database than it was,
// reads everything.
func TestBehindTheLog(t *testing.T) {
	t.Parallel()
	url := storetest.URL(t)
	s := openSlate(t, url)
	now := slateStart.Add(-time.Hour)
	m, _ := hearing(s.db, &now)
	for _, sql := range []string{
		"", "DELETE FROM curated.change",
		"DELETE FROM curated.change WHERE mark < (SELECT mark FROM curated.high_water)",
		"UPDATE curated.high_water SET mark = 1; DELETE FROM curated.change; DELETE FROM curated.quote",
	} {
		for range 3 {
			now = now.Add(time.Minute)
			if err := s.odds(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
		exec(t, url, sql)
		if _, err := m.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		differ(t, sql, m.day.show(now), replayed(t, s.db, now).show(now))
	}
}

func exec(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// Who could not be told is told again; what there was at the beginning is told
// as such.
func TestFoundFails(t *testing.T) {
	t.Parallel()
	s := openSlate(t, storetest.URL(t))
	now := slateStart.Add(-time.Hour)
	m, _ := hearing(s.db, &now)
	var heard []Found
	fault := errors.New("nobody listens")
	m.cfg.Found = func(_ context.Context, f Found) error {
		heard = append(heard, f)
		return fault
	}
	for range 40 {
		now = now.Add(time.Minute)
		if err := s.odds(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := m.refresh(t.Context()); !errors.Is(err, fault) {
			t.Fatalf("got %v; want the fault", err)
		}
	}
	fault = nil
	for range 2 {
		if _, err := m.refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(heard) != 3 {
		t.Fatalf("told %d times; want three", len(heard))
	}
	for _, f := range heard {
		if !f.First || len(f.Taken) == 0 || len(f.Taken) != len(m.Detection().Taken) {
			t.Errorf("first %t, %d taken", f.First, len(f.Taken))
		}
	}
}
