package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// Who writes down what is found: the live detector, or the safety net that
// replays the day.
const (
	ByLive = "live"
	ByNet  = "net"
)

// Found is an opportunity as it was written down.
type Found struct {
	mlb.Opportunity
	// What NoteFound writes beside it: its id then (the game may have been
	// merged into another since), when, and who.
	Key            string
	FirstWrittenAt time.Time
	By             string
}

// NoteFound writes down what was found, each opportunity once: one that is
// there already stays as it is. It returns how many were new. by is ByLive or
// ByNet.
func (db *DB) NoteFound(ctx context.Context, all []Found, by string, now time.Time) (fresh int, err error) {
	batch := &pgx.Batch{}
	for _, f := range all {
		document, err := json.Marshal(f.Opportunity)
		if err != nil {
			return 0, fmt.Errorf("note opportunity %s: %w", f.ID(), err)
		}
		batch.Queue(`
			INSERT INTO curated.found (id, game_id, strategy, book_id, market, period, line, side, found_at, first_written_at, written_by, document)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
			f.ID(), f.Game, f.Strategy, f.Book, f.Market, f.Period, f.Line, f.Side, f.DetectedAt, now, by, document).
			Exec(func(tag pgconn.CommandTag) error {
				fresh += int(tag.RowsAffected())
				return nil
			})
	}
	err = db.Tx(ctx, func(tx pgx.Tx) error {
		fresh = 0
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return 0, fmt.Errorf("note %d opportunities: %w", len(all), err)
	}
	return fresh, nil
}

// FoundOf reads what was found for a game, in order of time.
func (db *DB) FoundOf(ctx context.Context, game mlb.GameID) ([]Found, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT id, document, game_id, first_written_at, written_by FROM curated.found
		WHERE game_id = $1 ORDER BY found_at, market, period, line, side, book_id, id`, game)
	if err != nil {
		return nil, fmt.Errorf("read what was found for game %d: %w", game, explain(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (f Found, err error) {
		var document []byte
		var id mlb.GameID
		if err := row.Scan(&f.Key, &document, &id, &f.FirstWrittenAt, &f.By); err != nil {
			return f, err
		}
		err = json.Unmarshal(document, &f.Opportunity)
		f.Game, f.FirstWrittenAt = id, f.FirstWrittenAt.UTC()
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was found for game %d: %w", game, explain(err))
	}
	return all, nil
}

// Verdict is what became of an opportunity under a set of rules.
type Verdict struct {
	Found    string // the opportunity's Key
	Rules    string
	Outcome  string
	Return   *float64 // of one unit, stake included; nil: not settled
	Event    string
	Note     string
	CLV      *float64
	GradedAt time.Time
}

// waitAgain is how long after it a game with bets that wait is settled again
// though nothing new was said: a book's own wait may have ended.
const waitAgain = 6 * time.Hour

// ToSettle lists the games of days from one on that are over and for which
// something was found, or a source has said something, since they were settled
// last.
func (db *DB) ToSettle(ctx context.Context, from mlb.Date, now time.Time) ([]mlb.GameID, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT g.id FROM curated.game g
		LEFT JOIN curated.settlement s ON s.game_id = g.id
		WHERE g.official_date >= $1
		  AND EXISTS (SELECT FROM curated.result r WHERE r.game_id = g.id AND r.status >= $2)
		  AND EXISTS (
			SELECT FROM curated.found f WHERE f.game_id = g.id AND (s.game_id IS NULL OR f.first_written_at > s.settled_at
				OR s.result_doc < (SELECT max(r.doc_id) FROM curated.result r WHERE r.game_id = g.id)
				OR s.pending > 0 AND s.settled_at < $3))
		ORDER BY g.id`, from.Time(), mlb.Postponed, now.Add(-waitAgain))
	if err != nil {
		return nil, fmt.Errorf("list games to settle: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[mlb.GameID])
	if err != nil {
		return nil, fmt.Errorf("list games to settle: %w", explain(err))
	}
	return all, nil
}

// LastWord is the newest document that said something of a game's result; 0
// for none. Read it before the results: what is said later is then settled
// again.
func (db *DB) LastWord(ctx context.Context, game mlb.GameID) (doc int64, err error) {
	err = db.conn.QueryRow(ctx, `SELECT coalesce(max(doc_id), 0) FROM curated.result WHERE game_id = $1`, game).Scan(&doc)
	if err != nil {
		return 0, fmt.Errorf("read last word on game %d: %w", game, explain(err))
	}
	return doc, nil
}

// Settle writes verdicts on a game down, and that the game is settled up to a
// source's word. A verdict that is the last one of its opportunity and rules
// already is not written again; one that differs is a new row, and the earlier
// one stays. It returns how many were new.
func (db *DB) Settle(ctx context.Context, game mlb.GameID, word int64, pending int, all []Verdict, now time.Time) (fresh int, err error) {
	err = db.Tx(ctx, func(tx pgx.Tx) error {
		fresh = 0
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('curated.settlement'), $1)`, int32(game)); err != nil {
			return err
		}
		for _, v := range all {
			tag, err := tx.Exec(ctx, `
				INSERT INTO curated.found_grade (found_id, rules, outcome, return, event, note, clv, graded_at)
				SELECT $1, $2, $3, $4, $5, $6, $7, $8
				WHERE NOT EXISTS (
					SELECT FROM (SELECT outcome, return, event, note, clv FROM curated.found_grade
						WHERE found_id = $1 AND rules = $2 ORDER BY id DESC LIMIT 1) AS last
					WHERE (outcome, return, event, note, clv)
						IS NOT DISTINCT FROM ($3::text, $4::double precision, $5::text, $6::text, $7::double precision))`,
				v.Found, v.Rules, v.Outcome, v.Return, v.Event, v.Note, v.CLV, now)
			if err != nil {
				return err
			}
			fresh += int(tag.RowsAffected())
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO curated.settlement VALUES ($1, $2, $3, $4)
			ON CONFLICT (game_id) DO UPDATE SET (result_doc, settled_at, pending) = (excluded.result_doc, excluded.settled_at, excluded.pending)`,
			game, word, now, pending)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("settle game %d: %w", game, err)
	}
	return fresh, nil
}

// Verdicts reads every verdict on what was found for a game, in the order they
// were written.
func (db *DB) Verdicts(ctx context.Context, game mlb.GameID) ([]Verdict, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT v.found_id, v.rules, v.outcome, v.return, v.event, v.note, v.clv, v.graded_at
		FROM curated.found_grade v JOIN curated.found f ON f.id = v.found_id WHERE f.game_id = $1 ORDER BY v.id`, game)
	if err != nil {
		return nil, fmt.Errorf("read verdicts on game %d: %w", game, explain(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Verdict])
	if err != nil {
		return nil, fmt.Errorf("read verdicts on game %d: %w", game, explain(err))
	}
	return all, nil
}
