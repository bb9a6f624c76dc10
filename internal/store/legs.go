package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// CrossedLegs are the two games of a doubleheader that a source has told the
// wrong way round: its score of one is another source's score of the other, and
// not of the same; and so the other way round, or it tells of one game only.
type CrossedLegs struct{ One, Other mlb.GameID }

// CrossedLegs finds them among the days of the given games, for one source
// against all others.
func (t *DocTx) CrossedLegs(ctx context.Context, games []mlb.GameID, sourceName string) ([]CrossedLegs, error) {
	rows, err := t.tx.Query(ctx, `
		WITH last AS (
			SELECT DISTINCT ON (r.game_id, r.source_id) r.game_id, s.name, r.home_runs, r.away_runs
			FROM curated.result r JOIN curated.source s ON s.id = r.source_id
			WHERE r.status = 7 AND r.game_id IN (`+sameDay+`)
			ORDER BY r.game_id, r.source_id, r.doc_id DESC)
		SELECT DISTINCT a.id, b.id
		FROM curated.game a
		JOIN curated.game b ON (b.official_date, b.home_id, b.away_id) = (a.official_date, a.home_id, a.away_id) AND a.id <> b.id
		JOIN last ma ON ma.game_id = a.id AND ma.name = $2
		LEFT JOIN last mb ON mb.game_id = b.id AND mb.name = $2
		JOIN last ya ON ya.game_id = a.id AND ya.name <> $2
		JOIN last yb ON yb.game_id = b.id AND yb.name = ya.name
		WHERE (ma.home_runs, ma.away_runs) = (yb.home_runs, yb.away_runs)
			AND (ma.home_runs, ma.away_runs) <> (ya.home_runs, ya.away_runs)
			AND (mb.game_id IS NULL OR a.id < b.id AND (mb.home_runs, mb.away_runs) = (ya.home_runs, ya.away_runs))`, games, sourceName)
	if err != nil {
		return nil, fmt.Errorf("look for crossed doubleheaders: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[CrossedLegs])
}

// many is from how many games on the planner must be told what a document has
// just written.
const many = 500

// Analyze tells the planner of what this transaction has written of so many
// games.
func (t *DocTx) Analyze(ctx context.Context, games int) error {
	if games < many {
		return nil
	}
	_, err := t.tx.Exec(ctx, `ANALYZE curated.game, curated.game_alias, curated.game_ref, curated.result`)
	if err != nil {
		return fmt.Errorf("analyze: %w", err)
	}
	return nil
}

// sameDay selects the games of the same day and teams as those of $1, and
// themselves.
const sameDay = `
	SELECT x.id FROM curated.game x JOIN curated.game g
		ON (x.official_date, x.home_id, x.away_id) = (g.official_date, g.home_id, g.away_id)
	WHERE g.id = ANY($1)`

// swapping exchanges what one source ($3) has told of two games ($1, $2). The
// rows are all taken out, by the order, before any is put back.
var swapping = []string{
	`WITH out AS (DELETE FROM curated.archive_price WHERE source_id = $3 AND game_id IN ($1, $2) RETURNING *)
	INSERT INTO curated.archive_price
	SELECT CASE game_id WHEN $1 THEN $2 ELSE $1 END, source_id, book_id, kind, market, period, side, line, price, doc_id
	FROM out ORDER BY game_id`,
	`WITH out AS (DELETE FROM curated.result WHERE source_id = $3 AND game_id IN ($1, $2) RETURNING *)
	INSERT INTO curated.result (game_id, source_id, doc_id, ` + resultColumns + `)
	SELECT CASE game_id WHEN $1 THEN $2 ELSE $1 END, source_id, doc_id, ` + resultColumns + ` FROM out ORDER BY game_id`,
	`UPDATE curated.game_ref SET game_id = CASE game_id WHEN $1 THEN $2 ELSE $1 END WHERE source_id = $3 AND game_id IN ($1, $2)`,
}

// SwapLegs exchanges what a source has told of the two games of a
// doubleheader. A source that tells ticks is not swapped: its prices have a
// start to be known by.
func (t *DocTx) SwapLegs(ctx context.Context, legs CrossedLegs, sourceName string) error {
	var source int16
	err := t.tx.QueryRow(ctx, `SELECT id FROM curated.source WHERE name = $1`, sourceName).Scan(&source)
	if err != nil {
		return fmt.Errorf("swap legs of %s: %w", sourceName, err)
	}
	for _, sql := range swapping {
		if _, err := t.tx.Exec(ctx, sql, int32(legs.One), int32(legs.Other), source); err != nil {
			return fmt.Errorf("swap legs of %s: games %d and %d: %w", sourceName, legs.One, legs.Other, err)
		}
	}
	t.note(legs.One, timeless)
	t.note(legs.Other, timeless)
	return nil
}

// SpreadSingles says of every game of a day and two teams what a source says
// that knows of one game only: where another source lists two, one of them is
// misdated, and the scores must not pass as undisputed.
func (t *DocTx) SpreadSingles(ctx context.Context, games []mlb.GameID) error {
	rows, err := t.tx.Query(ctx, `
		INSERT INTO curated.result (game_id, source_id, doc_id, `+resultColumns+`)
		SELECT single.other, source_id, doc_id, `+resultColumns+`
		FROM curated.result
		JOIN (
			SELECT a.game_id, a.source_id AS by, o.id AS other
			FROM curated.game_alias a
			JOIN curated.game g ON g.id = a.game_id
			JOIN curated.game o ON (o.official_date, o.home_id, o.away_id) = (g.official_date, g.home_id, g.away_id) AND o.id <> g.id
			WHERE a.number = 0 AND a.start_at = '-infinity' AND a.game_id IN (`+sameDay+`)) single
			ON result.game_id = single.game_id AND source_id = single.by
		ON CONFLICT DO NOTHING RETURNING game_id`, games)
	if err != nil {
		return fmt.Errorf("spread single results: %w", err)
	}
	told, err := pgx.CollectRows(rows, pgx.RowTo[mlb.GameID])
	if err != nil {
		return fmt.Errorf("spread single results: %w", err)
	}
	for _, game := range told {
		t.note(game, timeless)
	}
	return nil
}
