package ingest

import (
	"context"
	"fmt"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// archiveKey is what an archive tells one price of. The line is not in it: an
// archive gives one opening and one closing line.
type archiveKey struct {
	game   mlb.GameID
	book   mlb.BookID
	market mlb.Market
	period mlb.Period
	side   mlb.Side
	kind   source.PriceKind
}

func keyOf(p *store.ArchivePrice) archiveKey {
	return archiveKey{p.Game, p.Book, p.Market, p.Period, p.Side, p.Kind}
}

// loadArchive reads what the source has told of the games seen for the first
// time.
func (r *run) loadArchive(ctx context.Context, tx *store.DocTx) error {
	told, err := tx.ArchivePrices(ctx, r.fresh)
	if err != nil {
		return err
	}
	for i := range told {
		r.archive[keyOf(&told[i])] = told[i]
	}
	return nil
}

// judgeArchived files an opening or closing price. One that another document
// of the source tells differently is a conflict: neither can be checked.
func (r *run) judgeArchived(k *identified) {
	p := store.ArchivePrice{LineKey: k.quote.LineKey, Book: k.quote.Book, Kind: k.row.Kind, Side: k.quote.Side, Price: k.quote.Price}
	key := keyOf(&p)
	switch told, known := r.archive[key]; {
	case !known:
		r.archive[key] = p
		r.batch.Archive = append(r.batch.Archive, p)
		r.batch.Counts.Stored++
	case told == p:
		r.batch.Counts.Duplicate++
	default:
		r.quarantine(k.row, &source.RowError{
			Reason: source.Conflict,
			Detail: fmt.Sprintf("%s at %s, where %s at %s is stored", p.Price, p.Line, told.Price, told.Line),
		})
	}
}
