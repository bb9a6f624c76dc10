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

// Game finds a game by our id, by the id of a game merged into it or, failing
// these, by gamePk.
func (db *DB) Game(ctx context.Context, key int64) (mlb.Game, error) {
	games, err := db.games(ctx, `
		WHERE id = $1 OR game_pk = $1 OR id = (SELECT into_id FROM curated.merged_game m WHERE m.id = $1)
		ORDER BY id = $1 DESC, game_pk = $1 LIMIT 1`, key)
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
		return nil, fmt.Errorf("read games: %w", explain(err))
	}
	games, err := pgx.CollectRows(rows, scanGame)
	if err != nil {
		return nil, fmt.Errorf("read games: %w", explain(err))
	}
	return games, nil
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

// EditGames runs f in a transaction that may name and merge games.
func (db *DB) EditGames(ctx context.Context, synthetic bool, f func(*OddsTx) error) error {
	return db.Tx(ctx, func(tx pgx.Tx) error { return f(&OddsTx{tx: tx, doc: Doc{Synthetic: synthetic}}) })
}

// GameByPK finds the game that MLB has given the number.
func (t *OddsTx) GameByPK(ctx context.Context, pk int64) (g mlb.Game, found bool, err error) {
	rows, err := t.tx.Query(ctx, `SELECT `+gameColumns+` FROM curated.game WHERE game_pk = $1`, pk)
	if err != nil {
		return g, false, fmt.Errorf("read game %d: %w", pk, err)
	}
	games, err := pgx.CollectRows(rows, scanGame)
	if err != nil || len(games) == 0 {
		return g, false, err
	}
	return games[0], true, nil
}

// UpdateGame gives the game with g's id what the schedule says of it.
func (t *OddsTx) UpdateGame(ctx context.Context, g mlb.Game) error {
	_, err := t.tx.Exec(ctx, `
		UPDATE curated.game SET game_pk = $2, official_date = $3, number = $4, home_id = $5, away_id = $6, start_at = $7
		WHERE id = $1`, g.ID, g.PK, g.Date.Time(), g.Number, g.Home, g.Away, g.Start)
	if err != nil {
		return fmt.Errorf("name game %d: %w", g.PK, err)
	}
	return nil
}

// MergeGame gives everything observed of one game to another and forgets the
// one. Where both have a price of one side at one moment, the other's stays;
// their number is returned. The summaries and main lines of both are dropped:
// the caller makes them anew.
func (t *OddsTx) MergeGame(ctx context.Context, from, into mlb.GameID) (clashes int64, err error) {
	const sameKey = `q.book_id = k.book_id AND q.market = k.market AND q.period = k.period AND q.line = k.line
		AND q.side = k.side AND q.observed_at = k.observed_at`
	for i, sql := range []string{
		`DELETE FROM curated.quote q USING curated.quote k WHERE q.game_id = $1 AND k.game_id = $2 AND ` + sameKey,
		`UPDATE curated.quote SET game_id = $2 WHERE game_id = $1`,
		`INSERT INTO curated.poll SELECT $2, book_id, observed_at, source_id, complete FROM curated.poll WHERE game_id = $1
			ON CONFLICT DO NOTHING`,
		`DELETE FROM curated.poll WHERE game_id = $1 AND $1 <> $2`,
		`DELETE FROM curated.line_summary WHERE game_id IN ($1, $2)`,
		`DELETE FROM curated.main_line WHERE game_id IN ($1, $2)`,
		`UPDATE curated.game_alias SET game_id = $2 WHERE game_id = $1`,
		`UPDATE curated.merged_game SET into_id = $2 WHERE into_id = $1`,
		`INSERT INTO curated.merged_game VALUES ($1, $2)`,
		`DELETE FROM curated.game WHERE id = $1 AND $1 <> $2`,
	} {
		tag, err := t.tx.Exec(ctx, sql, int32(from), int32(into))
		if err != nil {
			return 0, fmt.Errorf("merge game %d into %d: %w", from, into, err)
		}
		if i == 0 {
			clashes = tag.RowsAffected()
		}
	}
	return clashes, t.dropRepeats(ctx, into)
}

// dropRepeats removes ticks that do not differ from the one before them.
func (t *OddsTx) dropRepeats(ctx context.Context, game mlb.GameID) error {
	_, err := t.tx.Exec(ctx, `
		DELETE FROM curated.quote q USING (
			SELECT book_id, market, period, line, side, observed_at,
			       price = lag(price) OVER (PARTITION BY book_id, market, period, line, side ORDER BY observed_at) AS repeats
			FROM curated.quote WHERE game_id = $1) k
		WHERE k.repeats AND q.game_id = $1 AND q.book_id = k.book_id AND q.market = k.market AND q.period = k.period
			AND q.line = k.line AND q.side = k.side AND q.observed_at = k.observed_at`, game)
	if err != nil {
		return fmt.Errorf("drop repeated ticks of game %d: %w", game, err)
	}
	return nil
}
