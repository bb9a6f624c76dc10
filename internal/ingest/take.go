package ingest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// futureSlack allows for the clocks of two machines.
const futureSlack = 5 * time.Minute

// firstSeason is before any odds this platform could be given.
var firstSeason = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// firstArchive is before any game an archive could tell of.
var firstArchive = time.Date(1876, 1, 1, 0, 0, 0, 0, time.UTC)

// taker takes runs of rows of one document into the curated zone.
type taker struct {
	db      *store.DB
	doc     store.Doc
	aliases store.Aliases
	now     time.Time

	batchRows int

	finder *gameFinder
	refs   map[string]bool // of all rows
	board  board
	loaded map[mlb.GameID]time.Time // games on the board, with their cutoff
	// archive is what the source has told of the loaded games' opening and
	// closing prices.
	archive map[archiveKey]store.ArchivePrice
}

func newTaker(db *store.DB, doc store.Doc, aliases store.Aliases, opt Options) *taker {
	finder := newGameFinder(aliases.Team, opt.Scheduled)
	return &taker{
		db: db, doc: doc, aliases: aliases, now: opt.Now, finder: finder, batchRows: batchRows, refs: map[string]bool{},
		board: board{}, loaded: map[mlb.GameID]time.Time{}, archive: map[archiveKey]store.ArchivePrice{},
	}
}

// maxLoaded bounds how many games the board remembers, and so its memory: a
// game's lines at a dozen books are some thousand summaries.
const maxLoaded = 200

// take stores one run of rows that begins after rowsDone.
func (t *taker) take(ctx context.Context, rows []parsed, rowsDone int64) error {
	if len(t.loaded) > maxLoaded {
		t.board, t.loaded = board{}, map[mlb.GameID]time.Time{}
		clear(t.archive)
	}
	return t.db.TakeOdds(ctx, t.doc, rowsDone, func(tx *store.DocTx) error {
		_, err := t.takeIn(ctx, tx, rows, rowsDone+int64(len(rows)))
		return err
	})
}

// maxRow is beyond any row of a document.
const maxRow = 1<<31 - 1

// takeAgain takes in rows of a document that is done, which are staged already.
func (t *taker) takeAgain(ctx context.Context, rows []parsed) error {
	return t.db.TakeOdds(ctx, t.doc, t.doc.Counts.Read(), func(tx *store.DocTx) error {
		if err := tx.Reopen(ctx); err != nil {
			return err
		}
		_, err := t.takeIn(ctx, tx, rows, maxRow)
		return err
	})
}

// takeIn takes rows in and returns what became of them.
func (t *taker) takeIn(ctx context.Context, tx *store.DocTx, rows []parsed, upTo int64) (c store.Counts, err error) {
	r := run{
		taker:   t,
		upTo:    upTo,
		batch:   &store.OddsBatch{Quotes: make([]mlb.Quote, 0, len(rows))},
		changed: map[*store.LineSummary]bool{}, polls: map[mlb.Poll]bool{},
		dirty: map[group]bool{}, earlier: map[group][]identified{},
		capture: capture{map[gameBook]bool{}, map[marketPeriod]bool{}},
	}
	known, err := r.identify(ctx, tx, rows)
	if err != nil {
		return c, err
	}
	if err := r.load(ctx, tx); err != nil {
		return c, err
	}
	// A document may tell one game after another: in order of time fewer prices
	// are late.
	byTime := func(a, b identified) int { return a.quote.ObservedAt.Compare(b.quote.ObservedAt) }
	if !slices.IsSortedFunc(known, byTime) {
		slices.SortStableFunc(known, byTime)
	}
	r.judgeAll(known)
	if err := r.fileEarlier(ctx, tx); err != nil {
		return c, err
	}
	r.collect()
	return r.batch.Counts, tx.Write(ctx, r.batch)
}

// run is one run of rows on its way.
type run struct {
	*taker
	upTo    int64 // the document's last row in this run
	batch   *store.OddsBatch
	changed map[*store.LineSummary]bool
	polls   map[mlb.Poll]bool // and whether every price was shown
	capture capture
	dirty   map[group]bool // groups touched at the capture being judged
	earlier map[group][]identified
	fresh   []mlb.GameID // games not on the board yet
}

// identified is a row with its quote.
type identified struct {
	quote mlb.Quote
	row   *source.OddsRow
}

// identify gives every readable row its identity.
func (r *run) identify(ctx context.Context, tx *store.DocTx, rows []parsed) ([]identified, error) {
	known := make([]identified, 0, len(rows))
	for i := range rows {
		row := &rows[i].row
		if row.Ref != "" {
			r.refs[row.Ref] = true
		}
		if bad := rows[i].bad; bad != nil {
			r.quarantine(row, bad)
			continue
		}
		q, err := r.quote(ctx, tx, row)
		var bad *source.RowError
		if errors.As(err, &bad) {
			r.quarantine(row, bad)
			continue
		}
		if err != nil {
			return nil, err
		}
		known = append(known, identified{q, row})
	}
	return known, nil
}

func (r *run) quote(ctx context.Context, tx *store.DocTx, row *source.OddsRow) (mlb.Quote, error) {
	if err := errors.Join(r.checkTime(row), r.checkDay(row)); err != nil {
		return mlb.Quote{}, err
	}
	book, ok := r.aliases.Book[row.Book]
	if !ok {
		return mlb.Quote{}, source.Reject(source.UnknownBook, "%q", row.Book)
	}
	game, err := r.finder.findSingle(ctx, tx, called{row.Ref, row.Date, row.Home, row.Away, row.Start, row.Number}, nil)
	if err != nil {
		return mlb.Quote{}, err
	}
	// A history tells no start; what it shows of a game under way is no pregame
	// price.
	if pitch := game.FirstPitch; row.Start.IsZero() && row.Kind == source.Observed && !pitch.IsZero() && !row.ObservedAt.Before(pitch) {
		return mlb.Quote{}, source.Reject(source.InPlay, "observed at %s, the first pitch was at %s",
			row.ObservedAt.Format(time.RFC3339), pitch.Format(time.RFC3339))
	}
	if _, ok := r.loaded[game.ID]; !ok {
		r.loaded[game.ID] = game.Cutoff().At
		r.fresh = append(r.fresh, game.ID)
	}
	return mlb.Quote{
		LineKey: mlb.LineKey{Game: game.ID, Market: row.Market, Period: row.Period, Line: row.Line},
		Book:    book, Side: row.Side, Price: row.Price, ObservedAt: row.ObservedAt,
	}, nil
}

// checkTime refuses moments that cannot be.
func (r *run) checkTime(row *source.OddsRow) error {
	if row.Kind != source.Observed {
		return nil
	}
	if row.ObservedAt.Before(firstSeason) || row.ObservedAt.After(r.now.Add(futureSlack)) {
		return source.Reject(source.BadTime, "observed at %s, outside 2000..now", row.ObservedAt.Format(time.RFC3339))
	}
	// PostgreSQL keeps microseconds: finer ones would be two moments here and
	// one there.
	row.ObservedAt = row.ObservedAt.UTC().Truncate(time.Microsecond)
	return nil
}

// A game is offered from about a season ahead until it is played.
const (
	offeredAhead = 400 * 24 * time.Hour
	offeredAfter = 3 * 24 * time.Hour
)

// checkDay refuses games of days on which nobody could have offered them.
func (r *run) checkDay(row *source.OddsRow) error {
	seen := row.ObservedAt
	if row.Kind != source.Observed {
		seen = r.now // an archive tells no time: its games are past
	}
	for _, day := range []time.Time{row.Date.Time(), row.Start} {
		early := row.Kind == source.Observed && day.Before(seen.Add(-offeredAfter))
		if day.IsZero() || !early && !day.After(seen.Add(offeredAhead)) && !day.Before(firstArchive) {
			continue
		}
		return source.Reject(source.BadTime, "a game of %s, observed at %s", day.Format(time.DateOnly), seen.Format(time.DateOnly))
	}
	return nil
}

// load brings the lines of the games seen for the first time to the board.
func (r *run) load(ctx context.Context, tx *store.DocTx) error {
	if len(r.fresh) == 0 {
		return nil
	}
	all, err := tx.Summaries(ctx, r.fresh)
	if err != nil {
		return err
	}
	r.board.load(all)
	mains, err := tx.PresentMainLines(ctx, r.fresh)
	if err != nil {
		return err
	}
	for _, m := range mains {
		l := r.board.ladder(group{m.Game, m.Book, m.Market, m.Period})
		l.main, l.set = m.Line, true
	}
	return r.loadArchive(ctx, tx)
}

// judgeAll files every quote: new ones become ticks, the rest are counted.
func (r *run) judgeAll(known []identified) {
	var at time.Time
	for i := range known {
		k := &known[i]
		if k.row.Kind != source.Observed {
			r.judgeArchived(k)
			continue
		}
		if !k.quote.ObservedAt.Equal(at) {
			r.closeCapture(at)
			at = k.quote.ObservedAt
		}
		r.judge(k)
	}
	r.closeCapture(at)
}

func (r *run) judge(k *identified) {
	q := &k.quote
	g := groupOf(q)
	r.look(k)
	l := r.board.ladder(g)
	slot := l.at(q.Line, sideIndex(q.Market, q.Side))
	what := judge(*slot, q)
	// After one earlier price the market's present state is not what the rest
	// of the run follows on.
	if _, late := r.earlier[g]; late || what == isNew && !q.ObservedAt.After(l.closed) {
		what = isEarlier
	}
	switch what {
	case isNew:
		*slot = tick(*slot, q, r.loaded[q.Game])
		r.changed[*slot] = true
		r.dirty[g] = true
		r.batch.Quotes = append(r.batch.Quotes, *q)
		r.batch.Counts.Stored++
	case isSame:
		(*slot).SeenAt = q.ObservedAt
		r.changed[*slot] = true
		r.batch.Counts.Duplicate++
	case isClash:
		r.clash(k, (*slot).Price)
	case isEarlier:
		r.earlier[g] = append(r.earlier[g], *k)
	}
}

func (r *run) clash(k *identified, stored fmt.Stringer) {
	r.quarantine(k.row, &source.RowError{
		Reason: source.Conflict,
		Detail: fmt.Sprintf("%s at %s, where %s is stored", k.quote.Price, k.quote.ObservedAt.Format(time.RFC3339Nano), stored),
	})
}

// look notes that a book's prices of a game were looked at.
func (r *run) look(k *identified) {
	q := &k.quote
	poll := mlb.Poll{Game: q.Game, Book: q.Book, ObservedAt: q.ObservedAt}
	r.polls[poll] = r.polls[poll] || k.row.Complete
	if k.row.Complete {
		r.capture.books[gameBook{q.Game, q.Book}] = true
		r.capture.markets[marketPeriod{q.Market, q.Period}] = true
	}
}

// capture is what a source showed at one moment of the books of which it shows
// every price.
type capture struct {
	books   map[gameBook]bool
	markets map[marketPeriod]bool // that it shows of any of them
}

type gameBook struct {
	game mlb.GameID
	book mlb.BookID
}

type marketPeriod struct {
	market mlb.Market
	period mlb.Period
}

// withdraw takes back the prices that a complete capture does not show any
// more.
func (r *run) withdraw(at time.Time) {
	for k := range r.capture.books {
		for m := range r.capture.markets {
			r.withdrawFrom(group{k.game, k.book, m.market, m.period}, at)
		}
	}
	clear(r.capture.books)
	clear(r.capture.markets)
}

func (r *run) withdrawFrom(g group, at time.Time) {
	l := r.board[g]
	if l == nil || !at.After(l.closed) {
		return
	}
	if _, late := r.earlier[g]; late {
		return
	}
	for s := range l.prices() {
		if !s.Price.Valid() || !s.SeenAt.Before(at) {
			continue
		}
		q := mlb.Quote{LineKey: s.LineKey, Book: s.Book, Side: s.Side, ObservedAt: at}
		tick(s, &q, r.loaded[q.Game])
		r.changed[s], r.dirty[g] = true, true
		r.batch.Quotes = append(r.batch.Quotes, q)
	}
}

// closeCapture decides what was withdrawn at once, and the main line of every
// market that changed.
func (r *run) closeCapture(at time.Time) {
	r.withdraw(at)
	for g := range r.dirty {
		l := r.board[g]
		l.closed = at
		if line, ok := l.mainLine(); ok && (!l.set || line != l.main) {
			l.main, l.set = line, true
			r.batch.MainLines = append(r.batch.MainLines, store.MainLine{
				Game: g.game, Book: g.book, Market: g.market, Period: g.period, ObservedAt: at, Line: line,
			})
		}
	}
	clear(r.dirty)
}

func (r *run) quarantine(row *source.OddsRow, bad *source.RowError) {
	r.batch.Quarantined = append(r.batch.Quarantined, store.Quarantined{
		N: row.N, Text: source.Shown(row.Text), Reason: bad.Reason, Detail: source.Shown(bad.Detail),
	})
	r.batch.Counts.Quarantined++
}

func (r *run) collect() {
	for s := range r.changed {
		r.batch.Summaries = append(r.batch.Summaries, s)
	}
	for p, complete := range r.polls {
		r.batch.Polls = append(r.batch.Polls, store.Poll{Poll: p, Complete: complete})
	}
}
