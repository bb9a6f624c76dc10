package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// ArchivePrice is an opening or closing price of a season archive, which does
// not tell when it was seen.
type ArchivePrice struct {
	mlb.LineKey
	Book  mlb.BookID
	Kind  source.PriceKind // Opening or Closing
	Side  mlb.Side
	Price odds.Price
}

// ArchivePrices reads what the document's source has told of the given games.
func (t *DocTx) ArchivePrices(ctx context.Context, games []mlb.GameID) ([]ArchivePrice, error) {
	rows, err := t.tx.Query(ctx, `
		SELECT game_id, market, period, line, book_id, kind, side, price
		FROM curated.archive_price WHERE source_id = $1 AND game_id = ANY($2)`, t.doc.SourceID, games)
	if err != nil {
		return nil, fmt.Errorf("read archive prices: %w", err)
	}
	return pgx.CollectRows(rows, scanArchivePrice)
}

func scanArchivePrice(row pgx.CollectableRow) (p ArchivePrice, err error) {
	var code int32
	if err := row.Scan(&p.Game, &p.Market, &p.Period, &p.Line, &p.Book, &p.Kind, &p.Side, &code); err != nil {
		return p, err
	}
	p.Price, err = priceOf(code)
	return p, err
}

func (t *DocTx) copyArchive(ctx context.Context, b *OddsBatch) error {
	cols := []string{"game_id", "source_id", "book_id", "kind", "market", "period", "side", "line", "price", "doc_id"}
	return copyRows(ctx, t.tx, "curated", "archive_price", cols, len(b.Archive), func(i int) []any {
		p := &b.Archive[i]
		return []any{
			int32(p.Game), t.doc.SourceID, int16(p.Book), int16(p.Kind), int16(p.Market), int16(p.Period), int16(p.Side),
			int16(p.Line), priceCode(p.Price), t.doc.ID,
		}
	})
}

// Archive reads every opening and closing price that a source tells of the
// games between two days, both included.
func (db *DB) Archive(ctx context.Context, sourceName string, from, to mlb.Date) ([]ArchivePrice, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT p.game_id, p.market, p.period, p.line, p.book_id, p.kind, p.side, p.price
		FROM curated.archive_price p
		JOIN curated.game g ON g.id = p.game_id
		JOIN curated.source s ON s.id = p.source_id
		WHERE s.name = $1 AND g.official_date BETWEEN $2 AND $3
		ORDER BY g.official_date, p.game_id, p.book_id, p.market, p.period, p.kind, p.side`, sourceName, from.Time(), to.Time())
	if err != nil {
		return nil, fmt.Errorf("read archive prices of %s: %w", sourceName, explain(err))
	}
	all, err := pgx.CollectRows(rows, scanArchivePrice)
	if err != nil {
		return nil, fmt.Errorf("read archive prices of %s: %w", sourceName, explain(err))
	}
	return all, nil
}

// GameArchive reads every opening and closing price that archives tell of a
// game.
func (db *DB) GameArchive(ctx context.Context, game mlb.GameID) ([]ArchivePrice, error) {
	rows, err := db.conn.Query(ctx, `
		SELECT game_id, market, period, line, book_id, kind, side, price
		FROM curated.archive_price WHERE game_id = $1 ORDER BY market, period, kind, side, book_id`, game)
	if err != nil {
		return nil, fmt.Errorf("read archive prices of game %d: %w", game, explain(err))
	}
	all, err := pgx.CollectRows(rows, scanArchivePrice)
	if err != nil {
		return nil, fmt.Errorf("read archive prices of game %d: %w", game, explain(err))
	}
	return all, nil
}
