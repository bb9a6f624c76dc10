package store

import (
	"context"
	"errors"
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
	Abandoned    bool      // claimed from a worker whose lease ran out
	Pin          time.Time // of the closing capture that the next look is; zero: it is none
	Done         bool      // nobody is to look at it any more
}

const targetColumns = `t.id, s.name, t.feed, t.official_date, coalesce(t.game_id, 0), t.next_at, t.why, t.fence, t.etag, t.last_modified,
	t.last_success_at, t.last_body, t.last_change_at, t.failures, t.pin, t.done_at IS NOT NULL`

func scanClaimed(row pgx.CollectableRow) (t Target, err error) {
	fields := targetFields{t: &t}
	err = row.Scan(append(fields.targets(), &t.Abandoned)...)
	fields.settle()
	return t, err
}

// targetFields takes targetColumns into a target.
type targetFields struct {
	t                    *Target
	date                 time.Time
	success, change, pin *time.Time
}

func (f *targetFields) targets() []any {
	t := f.t
	return []any{
		&t.ID, &t.Source, &t.Feed, &f.date, &t.Game, &t.NextAt, &t.Why, &t.Fence, &t.ETag, &t.LastModified,
		&f.success, &t.LastBody, &f.change, &t.Failures, &f.pin, &t.Done,
	}
}

// settle gives the target what could not be scanned as it is.
func (f *targetFields) settle() {
	t := f.t
	t.Date, t.NextAt, t.Pin = mlb.DateOf(f.date), t.NextAt.UTC(), timeOf(f.pin)
	t.LastSuccess, t.LastChange = timeOf(f.success), timeOf(f.change)
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

// Claim is who claims targets, of which feeds ("source feed"), and for how long.
type Claim struct {
	Worker string
	Feeds  []string
	Now    time.Time
	Lease  time.Duration
	Most   int
}

// ClaimTargets leases targets that are due and that nobody holds, the longest
// due first. Claimers do not wait for each other. A lease that has run out is
// free for all; its holder's fence is then no longer the target's.
func (db *DB) ClaimTargets(ctx context.Context, c Claim) ([]Target, error) {
	rows, err := db.conn.Query(ctx, `
		UPDATE collect.target t SET lease_until = $2, lease_by = $3, fence = t.fence + 1
		FROM curated.source s, (
			SELECT t.id, t.lease_by IS NOT NULL AS abandoned FROM collect.target t JOIN curated.source s ON s.id = t.source_id
			WHERE t.done_at IS NULL AND t.next_at <= $1 AND (t.lease_until IS NULL OR t.lease_until <= $1)
				AND s.acknowledged_at IS NOT NULL AND s.name || ' ' || t.feed = ANY($5)
			ORDER BY t.next_at LIMIT $4 FOR UPDATE OF t SKIP LOCKED) due
		WHERE t.id = due.id AND s.id = t.source_id
		RETURNING `+targetColumns+`, due.abandoned`, c.Now, c.Now.Add(c.Lease), c.Worker, c.Most, c.Feeds)
	if err != nil {
		return nil, fmt.Errorf("claim targets: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanClaimed)
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
	DueAt                   time.Time
	StartedAt, FinishedAt   time.Time
	ObservedAt              time.Time // the moment that the answer shows; zero: it brought no prices
	Outcome                 string
	Cause                   string // what is wrong; "" for nothing
	Detail                  string
	Status                  int // HTTP; 0: no answer
	Bytes                   int64
	GamesExpected, GamesGot int
	Upcoming                int // games of the day that have not begun: what every book is expected to show
	Counts                  Counts
	Credits                 int
}

// FinishRun writes a run down, and when its target is due next and why. A run
// whose lease was lost meanwhile writes nothing: it wraps mlb.ErrConflict.
func (db *DB) FinishRun(ctx context.Context, t Target, r Run) error {
	err := db.Tx(ctx, func(tx pgx.Tx) error {
		if err := release(ctx, tx, t, r.FinishedAt); err != nil {
			return err
		}
		id, err := addRun(ctx, tx, t, r)
		if err != nil || r.ObservedAt.IsZero() {
			return err
		}
		return coverBooks(ctx, tx, t, r, id)
	})
	if err != nil {
		return fmt.Errorf("finish run of %s %s: %w", t.Source, t.Feed, explain(err))
	}
	return nil
}

// PostponeTarget gives a target back without a look, due at its NextAt. One
// whose lease was lost meanwhile stays as it is: the error wraps
// mlb.ErrConflict.
func (db *DB) PostponeTarget(ctx context.Context, t Target, now time.Time) error {
	err := db.Tx(ctx, func(tx pgx.Tx) error { return release(ctx, tx, t, now) })
	if err != nil {
		return fmt.Errorf("postpone %s %s: %w", t.Source, t.Feed, explain(err))
	}
	return nil
}

// release writes a target and gives its lease back.
func release(ctx context.Context, tx pgx.Tx, t Target, now time.Time) error {
	tag, err := tx.Exec(ctx, `
		UPDATE collect.target SET next_at = $3, why = $4, lease_until = NULL, lease_by = NULL, etag = $5, last_modified = $6,
			last_success_at = $7, last_body = $8, last_change_at = $9, failures = $10, pin = $11,
			done_at = CASE WHEN $12 THEN $13::timestamptz END
		WHERE id = $1 AND fence = $2`, t.ID, t.Fence, t.NextAt, t.Why, t.ETag, t.LastModified,
		orNull(t.LastSuccess), t.LastBody, orNull(t.LastChange), t.Failures, orNull(t.Pin), t.Done, now)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: %w while it was looked at", mlb.ErrConflict, ErrLeaseLost)
	}
	return nil
}

// coverBooks writes down how many games of each book came with a run: of those
// that it showed, and of those that the target's run before it knew.
func coverBooks(ctx context.Context, tx pgx.Tx, t Target, r Run, id int64) error {
	_, err := tx.Exec(ctx, `
		WITH got AS (
			SELECT p.book_id, count(DISTINCT p.game_id) AS games FROM curated.poll p JOIN curated.source s ON s.id = p.source_id
			WHERE s.name = $3 AND p.observed_at = $4 GROUP BY p.book_id),
		known AS (
			SELECT b.book_id FROM collect.run_book b WHERE b.run_id = (
				SELECT max(id) FROM collect.run WHERE target_id = $2 AND id < $1 AND observed_at IS NOT NULL))
		INSERT INTO collect.run_book (run_id, book_id, games_expected, games_got)
		SELECT $1, book_id, greatest($5::integer, coalesce(games, 0)), coalesce(games, 0) FROM got FULL JOIN known USING (book_id)`,
		id, t.ID, t.Source, r.ObservedAt, r.Upcoming)
	return err
}

func addRun(ctx context.Context, tx pgx.Tx, t Target, r Run) (id int64, err error) {
	err = tx.QueryRow(ctx, `
		INSERT INTO collect.run (target_id, worker, due_at, started_at, finished_at, observed_at, outcome, cause, detail, status, bytes,
			games_expected, games_got, rows_read, rows_stored, rows_quarantined, credits)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, 0), $11, $12, $13, $14, $15, $16, $17) RETURNING id`,
		t.ID, r.Worker, r.DueAt, r.StartedAt, r.FinishedAt, orNull(r.ObservedAt), r.Outcome, r.Cause, r.Detail, r.Status, r.Bytes,
		r.GamesExpected, r.GamesGot, r.Counts.Read(), r.Counts.Stored, r.Counts.Quarantined, r.Credits).Scan(&id)
	return id, err
}

// ErrLeaseLost reports a write of a worker whose lease another has by now. It
// comes with mlb.ErrConflict.
var ErrLeaseLost = errors.New("the lease was lost")

// Fence guards the writes of a claimer: they are made only while the claim is
// its own. Without a target there is no claim, and nobody else who writes.
type Fence struct{ Target, Token int64 }

// check refuses in a transaction to go on without the claim. The row stays
// locked against a new claim until the transaction ends.
func (f *Fence) check(ctx context.Context, tx pgx.Tx) error {
	if f == nil || f.Target == 0 {
		return nil
	}
	var held bool
	err := tx.QueryRow(ctx, `SELECT fence = $2 FROM collect.target WHERE id = $1 FOR SHARE`, f.Target, f.Token).Scan(&held)
	if err != nil {
		return fmt.Errorf("check lease: %w", err)
	}
	if !held {
		return fmt.Errorf("%w: %w: another worker looks at this feed now", mlb.ErrConflict, ErrLeaseLost)
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

// TargetStatus is how one target stands.
type TargetStatus struct {
	Target
	Verified time.Time // zero: its feed has never run against a live body
	LastRun  Run       // the newest; its ID is 0 where there is none
}

// TargetStatuses reads how every target of a source that is on stands, from a
// day on, by source and feed.
func (db *DB) TargetStatuses(ctx context.Context, from mlb.Date) ([]TargetStatus, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT `+targetColumns+`, c.verified_at, coalesce(r.id, 0), r.finished_at, coalesce(r.outcome, ''), coalesce(r.cause, ''),
			coalesce(r.detail, ''), coalesce(r.status, 0), coalesce(r.games_expected, 0), coalesce(r.games_got, 0)
		FROM collect.target t
		JOIN curated.source s ON s.id = t.source_id
		LEFT JOIN collect.shape c ON c.source_id = t.source_id AND c.feed = t.feed
		LEFT JOIN LATERAL (SELECT * FROM collect.run WHERE target_id = t.id ORDER BY id DESC LIMIT 1) r ON true
		WHERE t.official_date >= $1 AND s.acknowledged_at IS NOT NULL
		ORDER BY s.name, t.feed, t.official_date, t.game_id`, from.Time())
	if err != nil {
		return nil, fmt.Errorf("read targets: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanTargetStatus)
	if err != nil {
		return nil, fmt.Errorf("read targets: %w", explain(err))
	}
	return all, nil
}

func scanTargetStatus(row pgx.CollectableRow) (s TargetStatus, err error) {
	fields := targetFields{t: &s.Target}
	var verified, finished *time.Time
	r := &s.LastRun
	err = row.Scan(append(fields.targets(), &verified, &r.ID, &finished, &r.Outcome, &r.Cause, &r.Detail, &r.Status,
		&r.GamesExpected, &r.GamesGot)...)
	fields.settle()
	s.Verified, r.FinishedAt = timeOf(verified), timeOf(finished)
	return s, err
}

// BookCoverage is how much of the games one book showed in the newest look at a
// feed that brought prices.
type BookCoverage struct {
	Source, Feed string
	Book         mlb.BookID
	Expected     int // games that have not begun
	Got          int // games that came, those under way among them
	At           time.Time
}

// BookCoverages reads how much each book showed in the newest look at each feed
// of a day.
func (db *DB) BookCoverages(ctx context.Context, day mlb.Date) ([]BookCoverage, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT s.name, t.feed, b.book_id, sum(b.games_expected), sum(b.games_got), max(r.observed_at)
		FROM collect.target t
		JOIN curated.source s ON s.id = t.source_id
		JOIN LATERAL (
			SELECT * FROM collect.run WHERE target_id = t.id AND observed_at IS NOT NULL ORDER BY id DESC LIMIT 1) r ON true
		JOIN collect.run_book b ON b.run_id = r.id
		WHERE t.official_date = $1 AND s.acknowledged_at IS NOT NULL
		GROUP BY s.name, t.feed, b.book_id ORDER BY s.name, t.feed, b.book_id`, day.Time())
	if err != nil {
		return nil, fmt.Errorf("read coverage of books: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b BookCoverage, err error) {
		err = row.Scan(&b.Source, &b.Feed, &b.Book, &b.Expected, &b.Got, &b.At)
		b.At = b.At.UTC()
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("read coverage of books: %w", explain(err))
	}
	return all, nil
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
	at := now.Truncate(time.Microsecond)
	err = db.change(ctx, Doc{Kind: Odds}, func(t *DocTx) error {
		if err := fence.check(ctx, t.tx); err != nil {
			return err
		}
		rows, err := t.tx.Query(ctx, `
			WITH seen AS (
				INSERT INTO curated.poll (game_id, book_id, observed_at, source_id, complete)
				SELECT p.game_id, p.book_id, $3, p.source_id, p.complete
				FROM curated.poll p JOIN curated.source s ON s.id = p.source_id
				WHERE s.name = $1 AND p.observed_at = $2
				ON CONFLICT DO NOTHING RETURNING game_id, book_id),
			moved AS (
				UPDATE curated.line_summary l SET seen_at = $3 FROM seen
				WHERE l.game_id = seen.game_id AND l.book_id = seen.book_id AND l.seen_at = $2 AND l.price <> 0)
			SELECT DISTINCT game_id FROM seen`, source, last, at)
		if err != nil {
			return err
		}
		seen, err := pgx.CollectRows(rows, pgx.RowTo[mlb.GameID])
		for _, game := range seen {
			t.note(game, at)
		}
		games = len(seen)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("confirm %s: %w", source, err)
	}
	return games, nil
}
