package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Target is one thing to look at again and again: a feed of a source for a
// day, or for one game of it.
type Target struct {
	ID           int64
	Source, Feed string
	Date         mlb.Date
	Game         mlb.GameID // 0: the feed shows the whole day
	NextAt       time.Time
	Why          string // of NextAt, in words
	Fence        int64  // of the claim
	ETag         string
	LastModified string
	LastSuccess  time.Time // zero: never
	LastBody     []byte    // hash of the last body
	LastChange   time.Time // when the body last differed; zero: never
	Failures     int       // in a row
}

const targetColumns = `t.id, s.name, t.feed, t.official_date, coalesce(t.game_id, 0), t.next_at, t.why, t.fence, t.etag, t.last_modified,
	t.last_success_at, t.last_body, t.last_change_at, t.failures`

func scanTarget(row pgx.CollectableRow) (t Target, err error) {
	var date time.Time
	var success, change *time.Time
	err = row.Scan(&t.ID, &t.Source, &t.Feed, &date, &t.Game, &t.NextAt, &t.Why, &t.Fence, &t.ETag, &t.LastModified,
		&success, &t.LastBody, &change, &t.Failures)
	t.Date, t.NextAt, t.LastSuccess, t.LastChange = mlb.DateOf(date), t.NextAt.UTC(), timeOf(success), timeOf(change)
	return t, err
}

// AddTarget adds a target that is not there yet, due at its NextAt.
func (db *DB) AddTarget(ctx context.Context, t Target) error {
	_, err := db.conn.Exec(ctx, `
		INSERT INTO collect.target (source_id, feed, official_date, game_id, next_at, why)
		SELECT id, $2, $3, nullif($4::integer, 0), $5, $6 FROM curated.source WHERE name = $1
		ON CONFLICT DO NOTHING`, t.Source, t.Feed, t.Date.Time(), t.Game, t.NextAt, t.Why)
	if err != nil {
		return fmt.Errorf("add target %s %s: %w", t.Source, t.Feed, explain(err))
	}
	return nil
}

// ClaimTargets leases up to n targets that are due and that nobody holds, the
// longest due first. Claimers do not wait for each other. A lease that has run
// out is free for all; its holder's fence is then no longer the target's.
func (db *DB) ClaimTargets(ctx context.Context, worker string, now time.Time, lease time.Duration, n int) ([]Target, error) {
	rows, err := db.conn.Query(ctx, `
		UPDATE collect.target t SET lease_until = $2, lease_by = $3, fence = t.fence + 1
		FROM curated.source s, (
			SELECT id FROM collect.target
			WHERE next_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
			ORDER BY next_at LIMIT $4 FOR UPDATE SKIP LOCKED) due
		WHERE t.id = due.id AND s.id = t.source_id AND s.acknowledged_at IS NOT NULL
		RETURNING `+targetColumns, now, now.Add(lease), worker, n)
	if err != nil {
		return nil, fmt.Errorf("claim targets: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanTarget)
	if err != nil {
		return nil, fmt.Errorf("claim targets: %w", explain(err))
	}
	return all, nil
}

// Outcomes of a run.
const (
	RunStored    = "stored"    // something new was taken in
	RunUnchanged = "unchanged" // the source said what it said before
	RunPartial   = "partial"   // some of it could not be used
	RunFailed    = "failed"
)

// Run is one look at a source: a row of the ledger.
type Run struct {
	ID                      int64
	Worker                  string
	StartedAt, FinishedAt   time.Time
	Outcome                 string
	Cause                   string // what is wrong; "" for nothing
	Detail                  string
	Status                  int // HTTP; 0: no answer
	Bytes                   int64
	GamesExpected, GamesGot int
	Counts                  Counts
	Credits                 int
}

// FinishRun writes a run down, and when its target is due next and why. A run
// whose lease was lost meanwhile writes nothing: it wraps mlb.ErrConflict.
func (db *DB) FinishRun(ctx context.Context, t Target, r Run) error {
	return db.Tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE collect.target SET next_at = $3, why = $4, lease_until = NULL, lease_by = NULL, etag = $5, last_modified = $6,
				last_success_at = $7, last_body = $8, last_change_at = $9, failures = $10
			WHERE id = $1 AND fence = $2`, t.ID, t.Fence, t.NextAt, t.Why, t.ETag, t.LastModified,
			orNull(t.LastSuccess), t.LastBody, orNull(t.LastChange), t.Failures)
		if err != nil {
			return fmt.Errorf("finish run of %s %s: %w", t.Source, t.Feed, err)
		}
		if tag.RowsAffected() == 0 {
			return fmt.Errorf("%w: the lease of %s %s was lost while it was looked at", mlb.ErrConflict, t.Source, t.Feed)
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO collect.run (target_id, worker, started_at, finished_at, outcome, cause, detail, status, bytes, games_expected,
				games_got, rows_read, rows_stored, rows_quarantined, credits)
			VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, 0), $9, $10, $11, $12, $13, $14, $15)`,
			t.ID, r.Worker, r.StartedAt, r.FinishedAt, r.Outcome, r.Cause, r.Detail, r.Status, r.Bytes, r.GamesExpected, r.GamesGot,
			r.Counts.Read(), r.Counts.Stored, r.Counts.Quarantined, r.Credits)
		if err != nil {
			return fmt.Errorf("write run of %s %s: %w", t.Source, t.Feed, err)
		}
		return nil
	})
}

// Fence guards the writes of a claimer: they are made only while the claim is
// its own.
type Fence struct{ Target, Token int64 }

// check refuses in a transaction to go on without the claim. The row stays
// locked against a new claim until the transaction ends.
func (f *Fence) check(ctx context.Context, tx pgx.Tx) error {
	if f == nil {
		return nil
	}
	var held bool
	err := tx.QueryRow(ctx, `SELECT fence = $2 FROM collect.target WHERE id = $1 FOR SHARE`, f.Target, f.Token).Scan(&held)
	if err != nil {
		return fmt.Errorf("check lease: %w", err)
	}
	if !held {
		return fmt.Errorf("%w: the lease was lost: another worker looks at this feed now", mlb.ErrConflict)
	}
	return nil
}

// NoteShape remembers the shape of a feed's body that was taken in. changed
// says that it is not the one seen last.
func (db *DB) NoteShape(ctx context.Context, source, feed, shape string, now time.Time) (changed bool, err error) {
	err = db.conn.QueryRow(ctx, `
		WITH old AS (
			SELECT c.last_shape FROM collect.shape c JOIN curated.source s ON s.id = c.source_id WHERE s.name = $1 AND c.feed = $2),
		new AS (
			INSERT INTO collect.shape (source_id, feed, verified_at, first_shape, last_shape)
			SELECT id, $2, $4, $3, $3 FROM curated.source WHERE name = $1
			ON CONFLICT (source_id, feed) DO UPDATE SET last_shape = excluded.last_shape,
				changed_at = CASE WHEN collect.shape.last_shape <> excluded.last_shape THEN $4 ELSE collect.shape.changed_at END)
		SELECT coalesce((SELECT last_shape <> $3 FROM old), false)`, source, feed, shape, now).Scan(&changed)
	if err != nil {
		return false, fmt.Errorf("note shape of %s %s: %w", source, feed, explain(err))
	}
	return changed, nil
}

// FeedStatus is how one feed of a source stands.
type FeedStatus struct {
	Source, Feed string
	Targets      int
	Verified     time.Time // zero: it has never run against a live body
	LastSuccess  time.Time
	NextAt       time.Time
	Failing      int // targets whose last run failed
	LastRun      Run // the newest
}

// FeedStatuses reads how every feed stands, for targets of a day or later.
func (db *DB) FeedStatuses(ctx context.Context, from mlb.Date) ([]FeedStatus, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT s.name, t.feed, count(*), max(c.verified_at), max(t.last_success_at), min(t.next_at),
			count(*) FILTER (WHERE t.failures > 0), r.finished_at, r.outcome, r.cause, r.detail, coalesce(r.status, 0),
			r.games_expected, r.games_got
		FROM collect.target t
		JOIN curated.source s ON s.id = t.source_id
		LEFT JOIN collect.shape c ON c.source_id = t.source_id AND c.feed = t.feed
		LEFT JOIN LATERAL (
			SELECT r.* FROM collect.run r JOIN collect.target x ON x.id = r.target_id
			WHERE x.source_id = t.source_id AND x.feed = t.feed AND x.official_date >= $1 ORDER BY r.id DESC LIMIT 1) r ON true
		WHERE t.official_date >= $1 AND s.acknowledged_at IS NOT NULL
		GROUP BY s.name, t.feed, r.finished_at, r.outcome, r.cause, r.detail, r.status, r.games_expected, r.games_got
		ORDER BY s.name, t.feed`, from.Time())
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanFeedStatus)
	if err != nil {
		return nil, fmt.Errorf("read feeds: %w", explain(err))
	}
	return all, nil
}

func scanFeedStatus(row pgx.CollectableRow) (f FeedStatus, err error) {
	var verified, success, finished *time.Time
	var outcome, cause, detail *string
	var status, expected, got *int
	err = row.Scan(&f.Source, &f.Feed, &f.Targets, &verified, &success, &f.NextAt, &f.Failing, &finished, &outcome, &cause, &detail,
		&status, &expected, &got)
	f.Verified, f.LastSuccess, f.NextAt = timeOf(verified), timeOf(success), f.NextAt.UTC()
	f.LastRun = Run{
		FinishedAt: timeOf(finished), Outcome: valueOf(outcome), Cause: valueOf(cause), Detail: valueOf(detail), Status: valueOf(status),
		GamesExpected: valueOf(expected), GamesGot: valueOf(got),
	}
	return f, err
}

// Confirm notes that a source said at one moment what it had said at the last:
// every price it showed then is still offered. It returns the number of games
// confirmed.
func (db *DB) Confirm(ctx context.Context, source string, last, now time.Time, fence *Fence) (games int, err error) {
	unlock, err := db.LockWriters(ctx, true)
	if err != nil {
		return 0, err
	}
	defer unlock()
	err = db.Tx(ctx, func(tx pgx.Tx) error {
		if err := fence.check(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			WITH seen AS (
				INSERT INTO curated.poll (game_id, book_id, observed_at, source_id, complete)
				SELECT p.game_id, p.book_id, $3, p.source_id, p.complete
				FROM curated.poll p JOIN curated.source s ON s.id = p.source_id
				WHERE s.name = $1 AND p.observed_at = $2
				ON CONFLICT DO NOTHING RETURNING game_id, book_id),
			moved AS (
				UPDATE curated.line_summary l SET seen_at = $3 FROM seen
				WHERE l.game_id = seen.game_id AND l.book_id = seen.book_id AND l.seen_at = $2 AND l.price <> 0)
			SELECT count(DISTINCT game_id) FROM seen`, source, last, now.Truncate(time.Microsecond)).Scan(&games)
	})
	if err != nil {
		return 0, fmt.Errorf("confirm %s: %w", source, err)
	}
	return games, nil
}
