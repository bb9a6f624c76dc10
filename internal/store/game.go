package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

const gameColumns = `id, coalesce(game_pk, 0), official_date, number, home_id, away_id, start_at`

func scanGame(row pgx.CollectableRow) (mlb.Game, error) {
	var g mlb.Game
	var date time.Time
	err := row.Scan(&g.ID, &g.PK, &date, &g.Number, &g.Home, &g.Away, &g.Start)
	g.Date, g.Start = mlb.DateOf(date), g.Start.UTC()
	return g, err
}

// GamesOn lists the games of a day by start.
func (db *DB) GamesOn(ctx context.Context, day mlb.Date) ([]mlb.Game, error) {
	return db.games(ctx, `WHERE official_date = $1 ORDER BY start_at, id`, day.Time())
}

// GamesBetween lists every game from one day to another, both included.
func (db *DB) GamesBetween(ctx context.Context, from, to mlb.Date) ([]mlb.Game, error) {
	return db.games(ctx, `WHERE official_date BETWEEN $1 AND $2 ORDER BY official_date, start_at, id`, from.Time(), to.Time())
}

// Game finds a game by our id or, failing that, by gamePk.
func (db *DB) Game(ctx context.Context, key int64) (mlb.Game, error) {
	games, err := db.games(ctx, `WHERE id = $1 OR game_pk = $1 ORDER BY id = $1 DESC LIMIT 1`, key)
	if err == nil && len(games) == 0 {
		err = fmt.Errorf("%w: game %d", mlb.ErrNotFound, key)
	}
	if err != nil {
		return mlb.Game{}, err
	}
	return games[0], nil
}

func (db *DB) games(ctx context.Context, where string, args ...any) ([]mlb.Game, error) {
	rows, err := db.conn.Query(ctx, `SELECT `+gameColumns+` FROM curated.game `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read games: %w", err)
	}
	games, err := pgx.CollectRows(rows, scanGame)
	if err != nil {
		return nil, fmt.Errorf("read games: %w", err)
	}
	return games, nil
}

// GameDates are the first and the last day any game is known for.
func (db *DB) GameDates(ctx context.Context) (first, last mlb.Date, err error) {
	var a, b *time.Time
	err = db.conn.QueryRow(ctx, `SELECT min(official_date), max(official_date) FROM curated.game`).Scan(&a, &b)
	if err == nil && a != nil {
		first, last = mlb.DateOf(*a), mlb.DateOf(*b)
	}
	return first, last, err
}

// addGame stores a provisional game and returns it with its id.
func addGame(ctx context.Context, tx pgx.Tx, g mlb.Game, synthetic bool) (mlb.Game, error) {
	err := tx.QueryRow(ctx, `
		INSERT INTO curated.game (game_pk, official_date, number, home_id, away_id, start_at, synthetic)
		VALUES (nullif($1, 0), $2, $3, $4, $5, $6, $7) RETURNING id`,
		g.PK, g.Date.Time(), g.Number, g.Home, g.Away, g.Start, synthetic).Scan(&g.ID)
	if err != nil {
		return g, fmt.Errorf("add game %s of %s: %w", g.Matchup(), g.Date, err)
	}
	return g, nil
}
