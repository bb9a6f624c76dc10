package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

// AddWeather stores the weather that the document's source tells of a game,
// unless that is what it told last.
func (t *DocTx) AddWeather(ctx context.Context, game mlb.GameID, w mlb.Weather) error {
	_, err := t.tx.Exec(ctx, `
		INSERT INTO curated.weather (game_id, source_id, doc_id, condition, temperature, wind)
		SELECT $1, $2, $3, $4, $5, $6
		WHERE NOT EXISTS (
			SELECT FROM (
				SELECT condition, temperature, wind FROM curated.weather
				WHERE game_id = $1 AND source_id = $2 ORDER BY doc_id DESC LIMIT 1) AS last
			WHERE (condition, temperature, wind) IS NOT DISTINCT FROM ($4::text, $5::smallint, $6::text))
		ON CONFLICT DO NOTHING`, int32(game), t.doc.SourceID, t.doc.ID, w.Condition, w.Temperature, w.Wind)
	if err != nil {
		return fmt.Errorf("add weather of game %d: %w", game, err)
	}
	return nil
}

// Weather is what was last told of the weather at games.
func (db *DB) Weather(ctx context.Context, games []mlb.GameID) (map[mlb.GameID]mlb.Weather, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT DISTINCT ON (game_id) game_id, condition, temperature, wind FROM curated.weather
		WHERE game_id = ANY($1) ORDER BY game_id, doc_id DESC`, games)
	if err != nil {
		return nil, fmt.Errorf("read weather: %w", explain(err))
	}
	all := map[mlb.GameID]mlb.Weather{}
	var id mlb.GameID
	var w mlb.Weather
	_, err = pgx.ForEachRow(rows, []any{&id, &w.Condition, &w.Temperature, &w.Wind}, func() error {
		all[id] = w
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read weather: %w", explain(err))
	}
	return all, nil
}
