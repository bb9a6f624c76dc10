package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Swept is how many rows a clean-up deleted.
type Swept struct {
	Runs    int64
	Targets int64
}

// sweepRows is how many rows of the ledger one statement deletes.
const sweepRows = 10_000

// Sweep deletes what was written down of looks before a moment, and the
// targets of days before it that then have nothing to tell.
func (db *DB) Sweep(ctx context.Context, keep time.Time) (s Swept, err error) {
	for {
		tag, err := db.conn.Exec(ctx, `
			DELETE FROM collect.run WHERE id IN (SELECT id FROM collect.run WHERE finished_at < $1 LIMIT $2)`, keep, sweepRows)
		if err != nil {
			return s, fmt.Errorf("delete old runs: %w", explain(err))
		}
		s.Runs += tag.RowsAffected()
		if tag.RowsAffected() < sweepRows {
			break
		}
	}
	tag, err := db.conn.Exec(ctx, `
		DELETE FROM collect.target t WHERE t.official_date < $1 AND t.lease_until IS NULL
			AND NOT EXISTS (SELECT FROM collect.run r WHERE r.target_id = t.id)`, mlb.DateOf(keep).Time())
	if err != nil {
		return s, fmt.Errorf("delete old targets: %w", explain(err))
	}
	s.Targets = tag.RowsAffected()
	return s, nil
}

// Looked is a look as a gap is judged by.
type Looked struct {
	Source, Feed string
	At           time.Time
	Failed       bool
	Cause        string
}

// LooksAt reads every look at the feeds of a day, in order of time.
func (db *DB) LooksAt(ctx context.Context, day mlb.Date) ([]Looked, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT s.name, t.feed, r.finished_at, r.outcome = $2, r.cause
		FROM collect.run r JOIN collect.target t ON t.id = r.target_id JOIN curated.source s ON s.id = t.source_id
		WHERE t.official_date = $1 ORDER BY r.finished_at, r.id`, day.Time(), RunFailed)
	if err != nil {
		return nil, fmt.Errorf("read looks at %s: %w", day, explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Looked, err error) {
		err = row.Scan(&l.Source, &l.Feed, &l.At, &l.Failed, &l.Cause)
		l.At = l.At.UTC()
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("read looks at %s: %w", day, explain(err))
	}
	return all, nil
}

// Sighting is when a source was seen to show a book's prices of a game.
type Sighting struct {
	Source string
	mlb.Poll
}

// Sightings reads when the given games' prices were looked at, in order of
// time.
func (db *DB) Sightings(ctx context.Context, games []mlb.GameID) ([]Sighting, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT s.name, p.game_id, p.book_id, p.observed_at FROM curated.poll p JOIN curated.source s ON s.id = p.source_id
		WHERE p.game_id = ANY($1) ORDER BY p.observed_at, p.game_id, p.book_id`, games)
	if err != nil {
		return nil, fmt.Errorf("read sightings: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s Sighting, err error) {
		err = row.Scan(&s.Source, &s.Game, &s.Book, &s.ObservedAt)
		s.ObservedAt = s.ObservedAt.UTC()
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("read sightings: %w", explain(err))
	}
	return all, nil
}

// SourcesSince reads which sources are on, and since when.
func (db *DB) SourcesSince(ctx context.Context) (map[string]time.Time, error) {
	rows, err := db.conn.Query(ctx, `SELECT name, acknowledged_at FROM curated.source WHERE acknowledged_at IS NOT NULL`)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", explain(err))
	}
	all := map[string]time.Time{}
	var name string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&name, &at}, func() error { all[name] = at.UTC(); return nil })
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", explain(err))
	}
	return all, nil
}
