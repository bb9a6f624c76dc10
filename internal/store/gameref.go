package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// GameRefs are a source's own names of games, of those that it has named. Of
// several names of one game the last in order is taken.
func (db *DB) GameRefs(ctx context.Context, source string, games []mlb.GameID) (map[mlb.GameID]string, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT r.game_id, max(r.ref) FROM curated.game_ref r JOIN curated.source s ON s.id = r.source_id
		WHERE s.name = $1 AND r.game_id = ANY($2) GROUP BY r.game_id`, source, games)
	if err != nil {
		return nil, fmt.Errorf("read names of games: %w", explain(err))
	}
	all := map[mlb.GameID]string{}
	var id mlb.GameID
	var ref string
	_, err = pgx.ForEachRow(rows, []any{&id, &ref}, func() error {
		all[id] = ref
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read names of games: %w", explain(err))
	}
	return all, nil
}
