package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// TakeWhole runs f in a transaction that takes in a whole document and marks
// it done.
func (db *DB) TakeWhole(ctx context.Context, doc Doc, f func(*DocTx) (Counts, []Quarantined, error)) error {
	return db.change(ctx, doc, func(t *DocTx) error {
		if err := doc.Fence.check(ctx, t.tx); err != nil {
			return err
		}
		counts, bad, err := f(t)
		if err != nil {
			return err
		}
		if err := t.copyQuarantine(ctx, &OddsBatch{Quarantined: bad}); err != nil {
			return fmt.Errorf("write quarantine: %w", err)
		}
		if err := t.moveOn(ctx, &OddsBatch{Counts: counts}); err != nil {
			return fmt.Errorf("write document: %w", err)
		}
		_, err = t.tx.Exec(ctx, `UPDATE raw.doc SET status = 'done', finished_at = now(), error = NULL WHERE id = $1`, doc.ID)
		return err
	})
}

// resultColumns are the columns of curated.result after its key.
const resultColumns = `status, home_runs, away_runs, home_innings, away_innings, scheduled_innings, first_pitch_at,
	home_starter, away_starter`

// IsOver tells whether the document's source has called a game final.
func (t *DocTx) IsOver(ctx context.Context, game mlb.GameID) (over bool, err error) {
	err = t.tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM curated.result WHERE game_id = $1 AND source_id = $2 AND status = 7)`,
		game, t.doc.SourceID).Scan(&over)
	if err != nil {
		return false, fmt.Errorf("read result of game %d: %w", game, err)
	}
	return over, nil
}

// HasScore tells whether another source has called a game final with a score.
func (t *DocTx) HasScore(ctx context.Context, game mlb.GameID, s mlb.Score) (has bool, err error) {
	err = t.tx.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM curated.result WHERE game_id = $1 AND source_id <> $2 AND status = 7
			AND home_runs = $3 AND away_runs = $4)`, game, t.doc.SourceID, s.Home, s.Away).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("read result of game %d: %w", game, err)
	}
	return has, nil
}

// AddResult stores what the document's source says of a game, unless that is
// what it said last, or was said before the end of a game that it has called
// final.
func (t *DocTx) AddResult(ctx context.Context, r mlb.Result) (isNew bool, err error) {
	tag, err := t.tx.Exec(ctx, `
		INSERT INTO curated.result (game_id, source_id, doc_id, `+resultColumns+`)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
		WHERE NOT EXISTS (
			SELECT FROM (
				SELECT `+resultColumns+` FROM curated.result
				WHERE game_id = $1 AND source_id = $2 ORDER BY doc_id DESC LIMIT 1) AS last
			WHERE status = 7 AND $4::smallint <> 7 OR (`+resultColumns+`) IS NOT DISTINCT FROM ($4::smallint, $5::smallint, $6::smallint, $7::smallint[],
				$8::smallint[], $9::smallint, $10::timestamptz, $11::text, $12::text))
		ON CONFLICT (game_id, source_id, doc_id) DO UPDATE SET
			(`+resultColumns+`) = (excluded.status, excluded.home_runs, excluded.away_runs, excluded.home_innings,
			excluded.away_innings, excluded.scheduled_innings, excluded.first_pitch_at, excluded.home_starter,
			excluded.away_starter)`, resultRow(t.doc, r)...)
	if err != nil {
		return false, fmt.Errorf("add result of game %d: %w", r.Game, err)
	}
	if tag.RowsAffected() > 0 {
		t.note(r.Game, timeless)
		return true, nil
	}
	return false, nil
}

func resultRow(doc Doc, r mlb.Result) []any {
	row := []any{int32(r.Game), doc.SourceID, doc.ID, int16(r.Status), nil, nil, nil, nil, nil, orNull(r.FirstPitch), nil, nil}
	if r.Status == mlb.Final || r.Status == mlb.InProgress || r.Status == mlb.Suspended {
		row[4], row[5] = int16(r.Score.Home), int16(r.Score.Away)
	}
	if len(r.LineScore.Home) > 0 {
		row[6], row[7] = smallints(r.LineScore.Home), smallints(r.LineScore.Away)
	}
	if r.ScheduledInnings > 0 {
		row[8] = int16(r.ScheduledInnings)
	}
	if r.HomeStarter != "" || r.AwayStarter != "" {
		row[10], row[11] = r.HomeStarter, r.AwayStarter
	}
	return row
}

func smallints(all []int8) []int16 {
	wide := make([]int16, len(all))
	for i, n := range all {
		wide[i] = int16(n)
	}
	return wide
}

func narrow(all []int16) []int8 {
	if all == nil {
		return nil
	}
	small := make([]int8, len(all))
	for i, n := range all {
		small[i] = int8(n)
	}
	return small
}

// SourceResult is what one source last said of a game.
type SourceResult struct {
	Source string
	mlb.Result
}

// Results reads what every source last said of the given games, by source.
func (db *DB) Results(ctx context.Context, games []mlb.GameID) (map[mlb.GameID][]SourceResult, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT DISTINCT ON (r.game_id, r.source_id) s.name, r.game_id, `+resultColumns+`
		FROM curated.result r JOIN curated.source s ON s.id = r.source_id
		WHERE r.game_id = ANY($1) ORDER BY r.game_id, r.source_id, r.doc_id DESC`, games)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", explain(err))
	}
	list, err := pgx.CollectRows(rows, scanResult)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", explain(err))
	}
	all := map[mlb.GameID][]SourceResult{}
	for _, r := range list {
		all[r.Game] = append(all[r.Game], r)
	}
	return all, nil
}

// ResultsOf reads what one source last said of the given games.
func (db *DB) ResultsOf(ctx context.Context, sourceName string, games []mlb.GameID) (map[mlb.GameID]mlb.Result, error) {
	all, err := db.Results(ctx, games)
	if err != nil {
		return nil, err
	}
	of := map[mlb.GameID]mlb.Result{}
	for id, said := range all {
		for _, r := range said {
			if r.Source == sourceName {
				of[id] = r.Result
			}
		}
	}
	return of, nil
}

func scanResult(row pgx.CollectableRow) (r SourceResult, err error) {
	var home, away, scheduled *int
	var homeInnings, awayInnings []int16
	var pitch *time.Time
	var homeStarter, awayStarter *string
	err = row.Scan(&r.Source, &r.Game, &r.Status, &home, &away, &homeInnings, &awayInnings, &scheduled, &pitch, &homeStarter, &awayStarter)
	if err != nil {
		return r, err
	}
	r.FirstPitch = timeOf(pitch)
	r.LineScore = mlb.LineScore{Home: narrow(homeInnings), Away: narrow(awayInnings)}
	r.Score = mlb.Score{Home: valueOf(home), Away: valueOf(away)}
	r.ScheduledInnings = valueOf(scheduled)
	r.HomeStarter, r.AwayStarter = valueOf(homeStarter), valueOf(awayStarter)
	return r, nil
}

// valueOf is a value that may be null in the database; null is the zero value.
func valueOf[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
