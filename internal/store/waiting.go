package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// WaitingGame is a provisional game and the named games it may be.
type WaitingGame struct {
	mlb.Game
	Sources    []string     // what told of it
	Candidates []mlb.GameID // named games of the same day and teams
}

// WaitingGames lists provisional games: with candidates alone those that a
// named game of the same day and teams may be, otherwise all.
func (db *DB) WaitingGames(ctx context.Context, onlyWithCandidates bool) ([]WaitingGame, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT `+gameColumns+`,
			ARRAY(SELECT DISTINCT s.name FROM curated.source s JOIN (
				SELECT source_id FROM curated.game_alias WHERE game_id = g.id
				UNION SELECT source_id FROM curated.game_ref WHERE game_id = g.id) a ON a.source_id = s.id ORDER BY 1),
			c.ids
		FROM curated.game g, LATERAL (
			SELECT coalesce(array_agg(n.id ORDER BY n.start_at, n.id), '{}') AS ids FROM curated.game n
			WHERE n.official_date = g.official_date AND n.home_id = g.home_id AND n.away_id = g.away_id
				AND n.game_pk IS NOT NULL) c
		WHERE g.game_pk IS NULL AND (NOT $1 OR cardinality(c.ids) > 0)
		ORDER BY g.official_date, g.start_at, g.id`, onlyWithCandidates)
	if err != nil {
		return nil, fmt.Errorf("list waiting games: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanWaiting)
	if err != nil {
		return nil, fmt.Errorf("list waiting games: %w", explain(err))
	}
	return all, nil
}

func scanWaiting(row pgx.CollectableRow) (w WaitingGame, err error) {
	fields := gameFields(&w.Game)
	var candidates []int32
	if err := row.Scan(append(fields.targets(), &w.Sources, &candidates)...); err != nil {
		return w, err
	}
	fields.settle()
	for _, id := range candidates {
		w.Candidates = append(w.Candidates, mlb.GameID(id))
	}
	return w, nil
}

// UnknownName is a name in no alias table, and how many rows wait for it.
type UnknownName struct {
	Source string
	Reason string
	Name   string // as the source writes it
	Rows   int64
}

// UnknownNames counts the quarantined rows whose team, book or game could not
// be told, most first.
func (db *DB) UnknownNames(ctx context.Context) ([]UnknownName, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT s.name, q.reason, q.detail, count(*)
		FROM staging.quarantine q JOIN raw.doc d ON d.id = q.doc_id JOIN curated.source s ON s.id = d.source_id
		WHERE q.reason IN ('unknown_team', 'unknown_book', 'unknown_game', 'ambiguous_game')
		GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`)
	if err != nil {
		return nil, fmt.Errorf("list unknown names: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[UnknownName])
	if err != nil {
		return nil, fmt.Errorf("list unknown names: %w", explain(err))
	}
	return all, nil
}
