package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
)

// decimalBase tells a decimal price from an American one in a price column:
// curated.decimal_odds in the first migration is the same rule in SQL.
const decimalBase = 10_000_000

// No price, of a side that was withdrawn, is 0.
func priceCode(p odds.Price) int32 {
	if p.IsDecimal() {
		return decimalBase + p.Int()
	}
	return p.Int()
}

func priceOf(code int32) (odds.Price, error) {
	switch {
	case code == 0:
		return odds.Price{}, nil
	case code >= decimalBase:
		return odds.Restore(code-decimalBase, true)
	}
	return odds.Restore(code, false)
}

const quoteColumns = `game_id, market, period, line, book_id, side, price, observed_at`

func scanQuote(row pgx.CollectableRow) (q mlb.Quote, err error) {
	var price int32
	if err := row.Scan(&q.Game, &q.Market, &q.Period, &q.Line, &q.Book, &q.Side, &price, &q.ObservedAt); err != nil {
		return q, err
	}
	q.ObservedAt = q.ObservedAt.UTC()
	q.Price, err = priceOf(price)
	return q, err
}

// Ticks reads every tick of the given games in order of time; ties are in
// order of game, book and line, so that a replay is the same every time.
func (db *DB) Ticks(ctx context.Context, games []mlb.GameID) ([]mlb.Quote, error) {
	return db.ticks(ctx, `curated.quote WHERE game_id = ANY($1)`, games)
}

// TicksAfter reads, as Ticks does, what was observed of each game after a
// moment of its own.
func (db *DB) TicksAfter(ctx context.Context, after map[mlb.GameID]time.Time) ([]mlb.Quote, error) {
	games, moments := columns(after)
	return db.ticks(ctx, `curated.quote JOIN `+later+` WHERE observed_at > moment`, games, moments)
}

// later joins to a table's games the moments after which they are read.
const later = `unnest($1::integer[], $2::timestamptz[]) AS a(game_id, moment) USING (game_id)`

func columns(after map[mlb.GameID]time.Time) (games []mlb.GameID, moments []time.Time) {
	games = slices.Sorted(maps.Keys(after))
	for _, g := range games {
		moments = append(moments, after[g])
	}
	return games, moments
}

func (db *DB) ticks(ctx context.Context, from string, args ...any) ([]mlb.Quote, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT `+quoteColumns+` FROM `+from+`
		ORDER BY observed_at, game_id, book_id, market, period, line, side`, args...)
	if err != nil {
		return nil, fmt.Errorf("read ticks: %w", explain(err))
	}
	quotes, err := pgx.CollectRows(rows, scanQuote)
	if err != nil {
		return nil, fmt.Errorf("read ticks: %w", explain(err))
	}
	return quotes, nil
}

// Polls reads when the given games' prices were looked at, in order of time.
func (db *DB) Polls(ctx context.Context, games []mlb.GameID) ([]mlb.Poll, error) {
	return db.polls(ctx, `curated.poll WHERE game_id = ANY($1)`, games)
}

// PollsAfter reads, as Polls does, the looks at each game after a moment of its
// own.
func (db *DB) PollsAfter(ctx context.Context, after map[mlb.GameID]time.Time) ([]mlb.Poll, error) {
	games, moments := columns(after)
	return db.polls(ctx, `curated.poll JOIN `+later+` WHERE observed_at > moment`, games, moments)
}

func (db *DB) polls(ctx context.Context, from string, args ...any) ([]mlb.Poll, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT DISTINCT game_id, book_id, observed_at FROM `+from+`
		ORDER BY observed_at, game_id, book_id`, args...)
	if err != nil {
		return nil, fmt.Errorf("read polls: %w", explain(err))
	}
	polls, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p mlb.Poll, err error) {
		err = row.Scan(&p.Game, &p.Book, &p.ObservedAt)
		p.ObservedAt = p.ObservedAt.UTC()
		return p, err
	})
	if err != nil {
		return nil, fmt.Errorf("read polls: %w", explain(err))
	}
	return polls, nil
}

// LineSummaries reads every line of the given games.
func (db *DB) LineSummaries(ctx context.Context, games []mlb.GameID) ([]LineSummary, error) {
	return summaries(ctx, db.conn, games)
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func summaries(ctx context.Context, q querier, games []mlb.GameID) ([]LineSummary, error) {
	rows, err := q.Query(ctx, `
		SELECT game_id, book_id, market, period, line, side, `+summaryColumns+` FROM curated.line_summary
		WHERE game_id = ANY($1) ORDER BY game_id, market, period, line, side, book_id`, games)
	if err != nil {
		return nil, fmt.Errorf("read line summaries: %w", explain(err))
	}
	all, err := pgx.CollectRows(rows, scanSummary)
	if err != nil {
		return nil, fmt.Errorf("read line summaries: %w", explain(err))
	}
	return all, nil
}

// MoneylinesOf reads the lives of the full-game moneylines that a source tells
// of the games between two days, both included.
func (db *DB) MoneylinesOf(ctx context.Context, sourceName string, from, to mlb.Date) ([]LineSummary, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT l.game_id, l.book_id, l.market, l.period, l.line, l.side, `+summaryColumns+`
		FROM curated.line_summary l JOIN curated.game g ON g.id = l.game_id
		WHERE g.official_date BETWEEN $2 AND $3 AND l.market = 1 AND l.period = 1 AND EXISTS (
			SELECT FROM curated.poll p JOIN curated.source s ON s.id = p.source_id
			WHERE p.game_id = l.game_id AND p.book_id = l.book_id AND s.name = $1)
		ORDER BY l.game_id, l.book_id, l.side`, sourceName, from.Time(), to.Time())
	if err != nil {
		return nil, fmt.Errorf("read moneylines of %s: %w", sourceName, explain(err))
	}
	all, err := pgx.CollectRows(rows, scanSummary)
	if err != nil {
		return nil, fmt.Errorf("read moneylines of %s: %w", sourceName, explain(err))
	}
	return all, nil
}

func scanSummary(row pgx.CollectableRow) (s LineSummary, err error) {
	var open, price, low, high int32
	var closing *int32
	var closedAt *time.Time
	err = row.Scan(&s.Game, &s.Book, &s.Market, &s.Period, &s.Line, &s.Side,
		&open, &price, &low, &high, &closing, &s.Ticks, &s.OpenedAt, &s.ChangedAt, &s.SeenAt, &closedAt)
	if err != nil {
		return s, err
	}
	codes := []struct {
		to   *odds.Price
		code int32
	}{{&s.Open, open}, {&s.Price, price}, {&s.Low, low}, {&s.High, high}}
	if closing != nil && closedAt != nil {
		s.ClosedAt = closedAt.UTC()
		codes = append(codes, struct {
			to   *odds.Price
			code int32
		}{&s.Close, *closing})
	}
	for _, c := range codes {
		if *c.to, err = priceOf(c.code); err != nil {
			return s, err
		}
	}
	s.OpenedAt, s.ChangedAt, s.SeenAt = s.OpenedAt.UTC(), s.ChangedAt.UTC(), s.SeenAt.UTC()
	return s, nil
}

// MainLines reads where each book's main line of a game moved, in order of
// time.
func (db *DB) MainLines(ctx context.Context, game mlb.GameID) ([]MainLine, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT game_id, book_id, market, period, observed_at, line FROM curated.main_line
		WHERE game_id = $1 ORDER BY observed_at, book_id, market, period`, game)
	if err != nil {
		return nil, fmt.Errorf("read main lines: %w", explain(err))
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[MainLine])
}
