package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/odds"
	"github.com/mlb-betting/mlb-betting/internal/source"
)

// LineSummary is the life of one price: a line and side at one book.
type LineSummary struct {
	mlb.LineKey
	Book                                  mlb.BookID
	Side                                  mlb.Side
	Open, Price, Low, High, Close         odds.Price // Low paid least, High most; Close has no price before the first one
	Ticks                                 int32
	OpenedAt, ChangedAt, SeenAt, ClosedAt time.Time
}

// MainLine says which line of a market was nearest to even from a moment on.
type MainLine struct {
	Game       mlb.GameID
	Book       mlb.BookID
	Market     mlb.Market
	Period     mlb.Period
	ObservedAt time.Time
	Line       mlb.Line
}

// Poll is a look at a book's prices of a game. Complete: every price the book
// offered was shown.
type Poll struct {
	mlb.Poll
	Complete bool
}

// Quarantined is a row set aside.
type Quarantined struct {
	N      int64
	Text   string
	Reason source.Reason
	Detail string
}

// OddsBatch is what a run of rows of one document becomes. It is written
// whole or not at all.
type OddsBatch struct {
	Quarantined []Quarantined
	Dropped     []mlb.Quote // stored ticks that are no change any more
	Quotes      []mlb.Quote
	Polls       []Poll
	Archive     []ArchivePrice
	Summaries   []*LineSummary
	MainLines   []MainLine
	Counts      Counts
}

// Stage stores rows of a document as the source said them. It may run ahead of
// TakeOdds: DropStaged takes back what an interrupted import staged too far.
func (db *DB) Stage(ctx context.Context, doc Doc, rows []source.OddsRow) error {
	err := db.Tx(ctx, func(tx pgx.Tx) error { return stage(ctx, tx, doc, rows) })
	if err != nil {
		return fmt.Errorf("stage rows: %w", err)
	}
	return nil
}

func stage(ctx context.Context, tx pgx.Tx, doc Doc, rows []source.OddsRow) error {
	cols := []string{
		"observed_at", "start_at", "doc_id", "row_no", "price", "line", "market", "period", "side", "home", "away", "book",
		"official_date", "kind", "number", "ref",
	}
	row := make([]any, len(cols))
	return copyRows(ctx, tx, "staging", "quote", cols, len(rows), func(i int) []any {
		r := &rows[i]
		row[0], row[1], row[2], row[3] = timeOrNull(r.ObservedAt), timeOrNull(r.Start), doc.ID, int32(r.N)
		row[4], row[5], row[6], row[7], row[8] = priceCode(r.Price), int16(r.Line), int16(r.Market), int16(r.Period), int16(r.Side)
		row[9], row[10], row[11], row[12] = r.Home, r.Away, r.Book, dateOrNull(r.Date)
		row[13], row[14], row[15] = int16(r.Kind), int16(r.Number), r.Ref
		return row
	})
}

// timeOrNull is a time for a COPY, which takes a pointer's place without one.
func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func dateOrNull(d mlb.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.Time()
}

// DropStaged forgets staged rows of a document after row n.
func (db *DB) DropStaged(ctx context.Context, doc Doc, n int64) error {
	_, err := db.conn.Exec(ctx, `DELETE FROM staging.quote WHERE doc_id = $1 AND row_no > $2`, doc.ID, n)
	if err != nil {
		return fmt.Errorf("drop staged rows: %w", explain(err))
	}
	return nil
}

// TakeOdds runs f in a transaction that owns the document's next rows, which
// begin after rowsDone. Another process at the same document is refused.
func (db *DB) TakeOdds(ctx context.Context, doc Doc, rowsDone int64, f func(*DocTx) error) error {
	return db.change(ctx, doc, func(t *DocTx) error {
		if err := doc.Fence.check(ctx, t.tx); err != nil {
			return err
		}
		var done int64
		err := t.tx.QueryRow(ctx, `SELECT rows_done FROM raw.doc WHERE id = $1 FOR UPDATE`, doc.ID).Scan(&done)
		if err != nil {
			return fmt.Errorf("lock document %d: %w", doc.ID, err)
		}
		if done != rowsDone {
			return fmt.Errorf("%w: another process is taking in %s: it has reached row %d", mlb.ErrConflict, doc.Name, done)
		}
		return f(t)
	})
}

// Alias is how a source that has no name of its own for a game tells of it: by
// day, two names and a start or, without one, a number.
type Alias struct {
	Date       mlb.Date
	Home, Away string
	Start      time.Time // zero: not told
	Number     int
	Game       mlb.Game
}

// AliasesOn reads what the document's source has called games of a day.
func (t *DocTx) AliasesOn(ctx context.Context, day mlb.Date) ([]Alias, error) {
	rows, err := t.tx.Query(ctx, `
		SELECT a.home, a.away, nullif(a.start_at, '-infinity'), a.number, `+gameColumns+`
		FROM curated.game_alias a JOIN curated.game g ON g.id = a.game_id
		WHERE a.source_id = $1 AND a.official_date = $2`, t.doc.SourceID, day.Time())
	if err != nil {
		return nil, fmt.Errorf("read game aliases of %s: %w", day, err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Alias, err error) {
		fields := gameFields(&a.Game)
		var start *time.Time
		if err := row.Scan(append([]any{&a.Home, &a.Away, &start, &a.Number}, fields.targets()...)...); err != nil {
			return a, err
		}
		fields.settle()
		a.Date, a.Start = day, timeOf(start)
		return a, nil
	})
}

// AddAlias remembers which game the document's source means.
func (t *DocTx) AddAlias(ctx context.Context, a Alias) error {
	_, err := t.tx.Exec(ctx, `
		INSERT INTO curated.game_alias (source_id, official_date, home, away, start_at, number, game_id)
		VALUES ($1, $2, $3, $4, coalesce($5, '-infinity'::timestamptz), $6, $7) ON CONFLICT DO NOTHING`,
		t.doc.SourceID, a.Date.Time(), a.Home, a.Away, orNull(a.Start), a.Number, a.Game.ID)
	if err != nil {
		return fmt.Errorf("add game alias: %w", err)
	}
	return nil
}

// Observed reads every price any document has told of a game from a moment on,
// in order of market, time and arrival: of this document up to the row given,
// and without what was set aside.
func (t *DocTx) Observed(ctx context.Context, game mlb.GameID, from time.Time, row int64) ([]mlb.Quote, error) {
	rows, err := t.tx.Query(ctx, `
		SELECT g.game_id, s.market, s.period, s.line, b.book_id, s.side, s.price, s.observed_at
		FROM staging.quote s
		JOIN raw.doc d ON d.id = s.doc_id
		JOIN (
			SELECT source_id, ref, NULL AS official_date, NULL AS home, NULL AS away, NULL AS start_at, NULL AS number, game_id
			FROM curated.game_ref WHERE game_id = $1
			UNION ALL
			SELECT source_id, '', official_date, home, away, start_at, number, game_id
			FROM curated.game_alias WHERE game_id = $1) g
			ON g.source_id = d.source_id AND g.ref = s.ref AND (s.ref <> ''
				OR (g.official_date, g.home, g.away, g.start_at, g.number)
				= (s.official_date, s.home, s.away, coalesce(s.start_at, '-infinity'), s.number))
		JOIN curated.book_alias b ON b.source_id = d.source_id AND b.alias = s.book
		WHERE s.kind = 0 AND s.observed_at >= $4 AND s.row_no <= CASE WHEN d.id = $2 THEN $3 ELSE d.rows_done END
		  AND NOT EXISTS (SELECT FROM staging.quarantine q WHERE q.doc_id = s.doc_id AND q.row_no = s.row_no)
		ORDER BY g.game_id, b.book_id, s.market, s.period, s.observed_at, s.doc_id, s.row_no`, game, t.doc.ID, row, from)
	if err != nil {
		return nil, fmt.Errorf("read staged prices: %w", err)
	}
	quotes, err := pgx.CollectRows(rows, scanQuote)
	if err != nil {
		return nil, fmt.Errorf("read staged prices: %w", err)
	}
	return quotes, nil
}

// Summaries reads every line of the given games.
func (t *DocTx) Summaries(ctx context.Context, games []mlb.GameID) ([]LineSummary, error) {
	return summaries(ctx, t.tx, games)
}

// Ticks reads every tick of one book's market of one game in order of time.
func (t *DocTx) Ticks(ctx context.Context, game mlb.GameID, book mlb.BookID, market mlb.Market, period mlb.Period) ([]mlb.Quote, error) {
	rows, err := t.tx.Query(ctx, `
		SELECT `+quoteColumns+` FROM curated.quote
		WHERE game_id = $1 AND book_id = $2 AND market = $3 AND period = $4
		ORDER BY observed_at, line, side`, game, book, market, period)
	if err != nil {
		return nil, fmt.Errorf("read ticks: %w", err)
	}
	return pgx.CollectRows(rows, scanQuote)
}

// Write stores the batch and moves the document on.
func (t *DocTx) Write(ctx context.Context, b *OddsBatch) error {
	for _, part := range []struct {
		what  string
		write func(context.Context, *OddsBatch) error
	}{
		{"quarantine", t.copyQuarantine},
		{"dropped ticks", t.dropTicks},
		{"quotes", t.copyQuotes},
		{"polls", t.writePolls},
		{"archive prices", t.copyArchive},
		{"line summaries", t.writeSummaries},
		{"main lines", t.writeMainLines},
		{"document", t.moveOn},
	} {
		if err := part.write(ctx, b); err != nil {
			return fmt.Errorf("write %s: %w", part.what, err)
		}
	}
	t.noteBatch(b)
	return nil
}

// noteBatch notes from when on the batch changed what was observed.
func (t *DocTx) noteBatch(b *OddsBatch) {
	for i := range b.Quotes {
		t.note(b.Quotes[i].Game, b.Quotes[i].ObservedAt)
	}
	for i := range b.Dropped {
		t.note(b.Dropped[i].Game, b.Dropped[i].ObservedAt)
	}
	for i := range b.Polls {
		t.note(b.Polls[i].Game, b.Polls[i].ObservedAt)
	}
	for i := range b.Archive {
		t.note(b.Archive[i].Game, timeless)
	}
}

func (t *DocTx) copyQuarantine(ctx context.Context, b *OddsBatch) error {
	cols := []string{"doc_id", "row_no", "reason", "detail", "text"}
	return copyRows(ctx, t.tx, "staging", "quarantine", cols, len(b.Quarantined), func(i int) []any {
		q := &b.Quarantined[i]
		return []any{t.doc.ID, int32(q.N), string(q.Reason), q.Detail, q.Text}
	})
}

// dropTicks forgets ticks.
func (t *DocTx) dropTicks(ctx context.Context, b *OddsBatch) error {
	n := len(b.Dropped)
	if n == 0 {
		return nil
	}
	games, at := make([]int32, n), make([]time.Time, n)
	var small [5][]int16 // book, market, period, line, side
	for i, q := range b.Dropped {
		games[i], at[i] = int32(q.Game), q.ObservedAt
		for k, x := range [...]int16{int16(q.Book), int16(q.Market), int16(q.Period), int16(q.Line), int16(q.Side)} {
			small[k] = append(small[k], x)
		}
	}
	_, err := t.tx.Exec(ctx, `
		DELETE FROM curated.quote q
		USING unnest($1::int[], $2::smallint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::timestamptz[])
			AS d(game_id, book_id, market, period, line, side, observed_at)
		WHERE (q.game_id, q.book_id, q.market, q.period, q.line, q.side, q.observed_at)
			= (d.game_id, d.book_id, d.market, d.period, d.line, d.side, d.observed_at)`,
		games, small[0], small[1], small[2], small[3], small[4], at)
	return err
}

func (t *DocTx) copyQuotes(ctx context.Context, b *OddsBatch) error {
	if err := t.makePartitions(ctx, b.Quotes); err != nil {
		return err
	}
	// In the order of their key the ticks enter the index side by side.
	slices.SortFunc(b.Quotes, compareQuotes)
	cols := []string{
		"observed_at", "game_id", "price", "doc_id", "book_id", "line", "source_id", "market", "period", "side", "synthetic",
	}
	row := make([]any, len(cols))
	return copyRows(ctx, t.tx, "curated", "quote", cols, len(b.Quotes), func(i int) []any {
		q := &b.Quotes[i]
		row[0], row[1], row[2], row[3] = q.ObservedAt, int32(q.Game), priceCode(q.Price), int32(t.doc.ID)
		row[4], row[5], row[6] = int16(q.Book), int16(q.Line), t.doc.SourceID
		row[7], row[8], row[9], row[10] = int16(q.Market), int16(q.Period), int16(q.Side), t.doc.Synthetic
		return row
	})
}

// copyRows copies n rows; row may hand out the same slice every time.
func copyRows(ctx context.Context, tx pgx.Tx, schema, table string, cols []string, n int, row func(int) []any) error {
	if n == 0 {
		return nil
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{schema, table}, cols,
		pgx.CopyFromSlice(n, func(i int) ([]any, error) { return row(i), nil }))
	return err
}

func (t *DocTx) makePartitions(ctx context.Context, quotes []mlb.Quote) error {
	var last time.Time
	for i := range quotes {
		month := Month(quotes[i].ObservedAt)
		if month.Equal(last) {
			continue
		}
		last = month
		if _, err := makePartition(ctx, t.tx, month); err != nil {
			return err
		}
	}
	return nil
}

func (t *DocTx) writePolls(ctx context.Context, b *OddsBatch) error {
	slices.SortFunc(b.Polls, comparePolls)
	n := len(b.Polls)
	games, books, at, complete := make([]int32, n), make([]int16, n), make([]time.Time, n), make([]bool, n)
	for i, p := range b.Polls {
		games[i], books[i], at[i], complete[i] = int32(p.Game), int16(p.Book), p.ObservedAt, p.Complete
	}
	_, err := t.tx.Exec(ctx, `
		INSERT INTO curated.poll (game_id, book_id, observed_at, source_id, complete)
		SELECT g, b, o, $4, c FROM unnest($1::int[], $2::smallint[], $3::timestamptz[], $5::boolean[]) AS p(g, b, o, c)
		ON CONFLICT (game_id, book_id, observed_at, source_id) DO UPDATE SET complete = poll.complete OR excluded.complete`,
		games, books, at, t.doc.SourceID, complete)
	return err
}

func (t *DocTx) writeMainLines(ctx context.Context, b *OddsBatch) error {
	n := len(b.MainLines)
	games, books, markets := make([]int32, n), make([]int16, n), make([]int16, n)
	periods, lines, at := make([]int16, n), make([]int16, n), make([]time.Time, n)
	for i, m := range b.MainLines {
		games[i], books[i], markets[i] = int32(m.Game), int16(m.Book), int16(m.Market)
		periods[i], lines[i], at[i] = int16(m.Period), int16(m.Line), m.ObservedAt
	}
	_, err := t.tx.Exec(ctx, `
		INSERT INTO curated.main_line (game_id, book_id, market, period, observed_at, line)
		SELECT * FROM unnest($1::int[], $2::smallint[], $3::smallint[], $4::smallint[], $5::timestamptz[], $6::smallint[])
		ON CONFLICT (game_id, book_id, market, period, observed_at) DO UPDATE SET line = excluded.line`,
		games, books, markets, periods, at, lines)
	return err
}

func (t *DocTx) moveOn(ctx context.Context, b *OddsBatch) error {
	_, err := t.tx.Exec(ctx, `
		UPDATE raw.doc SET rows_done = rows_done + $2 + $3 + $4, stored = stored + $2, duplicate = duplicate + $3,
			quarantined = quarantined + $4, error = NULL
		WHERE id = $1`, t.doc.ID, b.Counts.Stored, b.Counts.Duplicate, b.Counts.Quarantined)
	return err
}

// summaryColumns are the columns of curated.line_summary after its key, in
// the order both the writer and the reader use.
const summaryColumns = `open_price, price, low_price, high_price, close_price, ticks, opened_at, changed_at, seen_at, closed_at`

func (t *DocTx) writeSummaries(ctx context.Context, b *OddsBatch) error {
	if len(b.Summaries) == 0 {
		return nil
	}
	// Rows are locked in one order whoever writes them.
	slices.SortFunc(b.Summaries, compareSummaries)
	// A rehearsal writes many batches in one transaction: it empties the table.
	for _, sql := range []string{
		`CREATE TEMP TABLE IF NOT EXISTS batch_summary (LIKE curated.line_summary) ON COMMIT DROP`, `TRUNCATE batch_summary`,
	} {
		if _, err := t.tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	cols := []string{
		"game_id", "book_id", "market", "period", "line", "side", "open_price", "price", "low_price", "high_price", "close_price",
		"ticks", "opened_at", "changed_at", "seen_at", "closed_at",
	}
	_, err := t.tx.CopyFrom(ctx, pgx.Identifier{"batch_summary"}, cols,
		pgx.CopyFromSlice(len(b.Summaries), func(i int) ([]any, error) { return summaryRow(b.Summaries[i]), nil }))
	if err != nil {
		return err
	}
	_, err = t.tx.Exec(ctx, `
		INSERT INTO curated.line_summary SELECT * FROM batch_summary
		ON CONFLICT (game_id, book_id, market, period, line, side) DO UPDATE SET
			(`+summaryColumns+`) = (excluded.open_price, excluded.price, excluded.low_price, excluded.high_price,
			excluded.close_price, excluded.ticks, excluded.opened_at, excluded.changed_at, excluded.seen_at, excluded.closed_at)`)
	return err
}

func compareQuotes(a, b mlb.Quote) int {
	return cmp.Or(cmp.Compare(a.Game, b.Game), cmp.Compare(a.Book, b.Book), cmp.Compare(a.Market, b.Market),
		cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side), a.ObservedAt.Compare(b.ObservedAt))
}

func comparePolls(a, b Poll) int {
	return cmp.Or(cmp.Compare(a.Game, b.Game), cmp.Compare(a.Book, b.Book), a.ObservedAt.Compare(b.ObservedAt))
}

func compareSummaries(a, b *LineSummary) int {
	return cmp.Or(cmp.Compare(a.Game, b.Game), cmp.Compare(a.Book, b.Book), cmp.Compare(a.Market, b.Market),
		cmp.Compare(a.Period, b.Period), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Side, b.Side))
}

func summaryRow(s *LineSummary) []any {
	var closing, closedAt any
	if s.Close.Valid() {
		closing, closedAt = priceCode(s.Close), s.ClosedAt
	}
	return []any{
		int32(s.Game), int16(s.Book), int16(s.Market), int16(s.Period), int16(s.Line), int16(s.Side),
		priceCode(s.Open), priceCode(s.Price), priceCode(s.Low), priceCode(s.High), closing,
		s.Ticks, s.OpenedAt, s.ChangedAt, s.SeenAt, closedAt,
	}
}

// PresentMainLines reads the main line in force of every market of the games.
func (t *DocTx) PresentMainLines(ctx context.Context, games []mlb.GameID) ([]MainLine, error) {
	rows, err := t.tx.Query(ctx, `
		SELECT DISTINCT ON (game_id, book_id, market, period) game_id, book_id, market, period, observed_at, line
		FROM curated.main_line WHERE game_id = ANY($1)
		ORDER BY game_id, book_id, market, period, observed_at DESC`, games)
	if err != nil {
		return nil, fmt.Errorf("read main lines: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[MainLine])
}

// DropMainLines forgets where a market's main line moved, before that is
// written anew.
func (t *DocTx) DropMainLines(ctx context.Context, game mlb.GameID, book mlb.BookID, market mlb.Market, period mlb.Period) error {
	_, err := t.tx.Exec(ctx, `DELETE FROM curated.main_line WHERE game_id = $1 AND book_id = $2 AND market = $3 AND period = $4`,
		game, book, market, period)
	return err
}
