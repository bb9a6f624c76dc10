package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
)

const gameColumns = `g.id, coalesce(g.game_pk, 0), g.official_date, g.number, g.home_id, g.away_id, g.start_at, g.first_pitch_at`

func scanGame(row pgx.CollectableRow) (g mlb.Game, err error) {
	fields := gameFields(&g)
	if err := row.Scan(fields.targets()...); err != nil {
		return g, err
	}
	fields.settle()
	return g, nil
}

// scannedGame takes gameColumns into a game.
type scannedGame struct {
	g            *mlb.Game
	date         time.Time
	start, pitch *time.Time
}

func gameFields(g *mlb.Game) *scannedGame { return &scannedGame{g: g} }

func (f *scannedGame) targets() []any {
	return []any{&f.g.ID, &f.g.PK, &f.date, &f.g.Number, &f.g.Home, &f.g.Away, &f.start, &f.pitch}
}

// settle gives the game what could not be scanned as it is.
func (f *scannedGame) settle() {
	f.g.Date, f.g.Start, f.g.FirstPitch = mlb.DateOf(f.date), timeOf(f.start), timeOf(f.pitch)
}

// timeOf is a time that may be null in the database; null is the zero time.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// orNull writes the zero time as null.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// GamesOn lists the games of a day by start.
func (db *DB) GamesOn(ctx context.Context, day mlb.Date) ([]mlb.Game, error) {
	return games(ctx, db.conn, `WHERE g.official_date = $1 ORDER BY g.start_at, g.number, g.id`, day.Time())
}

// GamesBetween lists every game from one day to another, both included.
func (db *DB) GamesBetween(ctx context.Context, from, to mlb.Date) ([]mlb.Game, error) {
	return games(ctx, db.conn, `
		WHERE g.official_date BETWEEN $1 AND $2 ORDER BY g.official_date, g.start_at, g.number, g.id`, from.Time(), to.Time())
}

// NewestDay is the last day that has a game; zero where there is none.
func (db *DB) NewestDay(ctx context.Context) (mlb.Date, error) {
	var day *time.Time
	if err := db.conn.QueryRow(ctx, `SELECT max(official_date) FROM curated.game`).Scan(&day); err != nil {
		return mlb.Date{}, fmt.Errorf("read newest day: %w", explain(err))
	}
	if day == nil {
		return mlb.Date{}, nil
	}
	return mlb.DateOf(*day), nil
}

// Game finds a game by our id, by the id of a game merged into it or, failing
// these, by gamePk.
func (db *DB) Game(ctx context.Context, key int64) (mlb.Game, error) {
	found, err := games(ctx, db.conn, `
		WHERE g.id = $1 OR g.game_pk = $1 OR g.id = (SELECT into_id FROM curated.merged_game m WHERE m.id = $1)
		ORDER BY g.id = $1 DESC, g.game_pk = $1 LIMIT 1`, key)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%w: game %d", mlb.ErrNotFound, key)
	}
	if err != nil {
		return mlb.Game{}, err
	}
	return found[0], nil
}

// games reads the games that the rest of a query on curated.game g selects.
func games(ctx context.Context, q querier, rest string, args ...any) ([]mlb.Game, error) {
	rows, err := q.Query(ctx, `SELECT `+gameColumns+` FROM curated.game g `+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("read games: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanGame)
	if err != nil {
		return nil, fmt.Errorf("read games: %w", explain(err))
	}
	return all, nil
}

// AddGame stores a game and returns it with its id.
func (t *DocTx) AddGame(ctx context.Context, g mlb.Game) (mlb.Game, error) {
	err := t.tx.QueryRow(ctx, `
		INSERT INTO curated.game (game_pk, official_date, number, home_id, away_id, start_at, first_pitch_at, synthetic)
		VALUES (nullif($1, 0), $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		g.PK, g.Date.Time(), g.Number, g.Home, g.Away, orNull(g.Start), orNull(g.FirstPitch), t.doc.Synthetic).Scan(&g.ID)
	if err != nil {
		return g, fmt.Errorf("add game %s of %s: %w", g.Matchup(), g.Date, err)
	}
	t.note(g.ID, time.Time{})
	return g, nil
}

// EditGames runs f in a transaction that may name and merge games.
func (db *DB) EditGames(ctx context.Context, synthetic bool, f func(*DocTx) error) error {
	return db.change(ctx, Doc{Kind: Results, Synthetic: synthetic}, f)
}

// GamesOn lists the games of a day, as this transaction sees them.
func (t *DocTx) GamesOn(ctx context.Context, day mlb.Date) ([]mlb.Game, error) {
	return games(ctx, t.tx, `WHERE g.official_date = $1 ORDER BY g.id`, day.Time())
}

// GameByPK finds the game that MLB has given the number.
func (t *DocTx) GameByPK(ctx context.Context, pk int64) (g mlb.Game, found bool, err error) {
	return t.oneGame(ctx, `WHERE g.game_pk = $1`, pk)
}

// GameByRef finds the game that the document's source has this name for.
func (t *DocTx) GameByRef(ctx context.Context, ref string) (g mlb.Game, found bool, err error) {
	return t.oneGame(ctx, `JOIN curated.game_ref r ON r.game_id = g.id WHERE r.source_id = $1 AND r.ref = $2`, t.doc.SourceID, ref)
}

func (t *DocTx) oneGame(ctx context.Context, rest string, args ...any) (g mlb.Game, found bool, err error) {
	all, err := games(ctx, t.tx, rest, args...)
	if err != nil || len(all) == 0 {
		return g, false, err
	}
	return all[0], true, nil
}

// How a source's own name of a game was understood.
const (
	ByGamePK      = "game_pk"
	ByDayAndTeams = "day_and_teams"
)

// AddRef remembers which game the document's source means by its own name.
func (t *DocTx) AddRef(ctx context.Context, ref, method string, game mlb.GameID) error {
	_, err := t.tx.Exec(ctx, `
		INSERT INTO curated.game_ref (source_id, ref, game_id, method) VALUES ($1, $2, $3, $4)
		ON CONFLICT DO NOTHING`, t.doc.SourceID, ref, game, method)
	if err != nil {
		return fmt.Errorf("add name %q of game %d: %w", ref, game, err)
	}
	return nil
}

// OtherRef is another name that the document's source has for a game; "" for
// none.
func (t *DocTx) OtherRef(ctx context.Context, game mlb.GameID, ref string) (other string, err error) {
	err = t.tx.QueryRow(ctx, `
		SELECT coalesce(min(ref), '') FROM curated.game_ref WHERE game_id = $1 AND source_id = $2 AND ref <> $3`,
		game, t.doc.SourceID, ref).Scan(&other)
	if err != nil {
		return "", fmt.Errorf("read names of game %d: %w", game, err)
	}
	return other, nil
}

// UpdateGame gives the game with g's id what a schedule says of it. What g
// does not tell (no start, no number, no first pitch) stays.
func (t *DocTx) UpdateGame(ctx context.Context, g mlb.Game) error {
	tag, err := t.tx.Exec(ctx, `
		UPDATE curated.game g SET (game_pk, official_date, number, home_id, away_id, start_at, first_pitch_at)
			= ROW(n.pk, n.day, n.number, n.home, n.away, n.start, n.pitch)
		FROM (
			SELECT coalesce(nullif($2::bigint, 0), game_pk) AS pk, $3::date AS day, coalesce(nullif($4::smallint, 0), number) AS number,
				$5::smallint AS home, $6::smallint AS away, coalesce($7, start_at) AS start, coalesce($8, first_pitch_at) AS pitch
			FROM curated.game WHERE id = $1) n
		WHERE g.id = $1 AND (n.pk, n.day, n.number, n.home, n.away, n.start, n.pitch)
			IS DISTINCT FROM (g.game_pk, g.official_date, g.number, g.home_id, g.away_id, g.start_at, g.first_pitch_at)`, g.ID, g.PK, g.Date.Time(), g.Number, g.Home, g.Away, orNull(g.Start), orNull(g.FirstPitch))
	if err != nil {
		return fmt.Errorf("name game %s of %s: %w", g.Matchup(), g.Date, err)
	}
	if tag.RowsAffected() > 0 {
		t.note(g.ID, time.Time{})
	}
	return nil
}

// merging gives everything of game $1 to game $2 and forgets $1. Where both
// have a row of one key, $2's stays.
var merging = []string{
	`DELETE FROM curated.quote q USING curated.quote k WHERE q.game_id = $1 AND k.game_id = $2
		AND q.book_id = k.book_id AND q.market = k.market AND q.period = k.period AND q.line = k.line
		AND q.side = k.side AND q.observed_at = k.observed_at`,
	`UPDATE curated.quote SET game_id = $2 WHERE game_id = $1`,
	`INSERT INTO curated.poll SELECT $2, book_id, observed_at, source_id, complete FROM curated.poll WHERE game_id = $1
		ON CONFLICT DO NOTHING`,
	`DELETE FROM curated.poll WHERE game_id = $1 AND $1 <> $2`,
	`DELETE FROM curated.line_summary WHERE game_id IN ($1, $2)`,
	`DELETE FROM curated.main_line WHERE game_id IN ($1, $2)`,
	`DELETE FROM curated.archive_price p USING curated.archive_price k WHERE p.game_id = $1 AND k.game_id = $2
		AND p.source_id = k.source_id AND p.book_id = k.book_id AND p.kind = k.kind AND p.market = k.market
		AND p.period = k.period AND p.side = k.side`,
	`UPDATE curated.archive_price SET game_id = $2 WHERE game_id = $1`,
	`DELETE FROM curated.split s USING curated.split k WHERE s.game_id = $1 AND k.game_id = $2
		AND s.source_id = k.source_id AND s.provider = k.provider AND s.market = k.market AND s.period = k.period
		AND s.observed_at = k.observed_at`,
	`UPDATE curated.split SET game_id = $2 WHERE game_id = $1`,
	`DELETE FROM curated.result r USING curated.result k WHERE r.game_id = $1 AND k.game_id = $2
		AND r.source_id = k.source_id AND r.doc_id = k.doc_id`,
	`UPDATE curated.result SET game_id = $2 WHERE game_id = $1`,
	`DELETE FROM curated.found f USING curated.found k WHERE f.game_id = $1 AND k.game_id = $2 AND f.strategy = k.strategy
		AND f.book_id = k.book_id AND f.market = k.market AND f.period = k.period AND f.line = k.line AND f.side = k.side
		AND f.found_at = k.found_at`,
	`UPDATE curated.found SET game_id = $2 WHERE game_id = $1`,
	`DELETE FROM curated.settlement WHERE game_id = $1 AND $1 <> $2`,
	`UPDATE collect.backfill SET game_id = $2 WHERE game_id = $1`,
	`INSERT INTO curated.weather SELECT $2, source_id, doc_id, condition, temperature, wind FROM curated.weather WHERE game_id = $1
		ON CONFLICT DO NOTHING`,
	`DELETE FROM curated.weather WHERE game_id = $1 AND $1 <> $2`,
	`UPDATE curated.game_alias SET game_id = $2 WHERE game_id = $1`,
	`UPDATE curated.game_ref SET game_id = $2 WHERE game_id = $1`,
	`UPDATE curated.merged_game SET into_id = $2 WHERE into_id = $1`,
	`INSERT INTO curated.merged_game VALUES ($1, $2)`,
	`DELETE FROM curated.game WHERE id = $1 AND $1 <> $2`,
}

// MergeGame gives everything observed of one game to another and forgets the
// one. Where both have a price of one side at one moment, the other's stays;
// their number is returned. The summaries and main lines of both are dropped:
// the caller makes them anew.
func (t *DocTx) MergeGame(ctx context.Context, from, into mlb.GameID) (clashes int64, err error) {
	for i, sql := range merging {
		tag, err := t.tx.Exec(ctx, sql, int32(from), int32(into))
		if err != nil {
			return 0, fmt.Errorf("merge game %d into %d: %w", from, into, err)
		}
		if i == 0 {
			clashes = tag.RowsAffected()
		}
	}
	t.note(from, time.Time{})
	t.note(into, time.Time{})
	return clashes, t.dropRepeats(ctx, into)
}

// dropRepeats removes ticks that do not differ from the one before them.
func (t *DocTx) dropRepeats(ctx context.Context, game mlb.GameID) error {
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
