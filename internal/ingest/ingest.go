// Package ingest carries documents from raw through staging to curated: it
// receives the bytes, parses them, gives teams, books and games their
// identity, sets aside what cannot be understood and keeps the summaries up.
// Running it twice changes nothing; interrupting it loses nothing.
package ingest

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Report says what became of a document.
type Report struct {
	Document    string           `json:"document,omitempty"`
	Read        int64            `json:"read"`
	Stored      int64            `json:"stored"`
	Duplicate   int64            `json:"duplicate"`
	Quarantined int64            `json:"quarantined"`
	Reasons     map[string]int64 `json:"reasons"`
	Synthetic   bool             `json:"synthetic"`
	Games       int              `json:"games"` // games the new rows were about
	// Refs are the source's own names (of results, gamePks) of all games that
	// the document lists, whatever became of its rows; nil: it was known.
	Refs map[string]bool `json:"-"`
	// Moved are games of which the document tells another start than the schedule.
	Moved []Moved `json:"-"`
	// Details are what was set aside, the most frequent first.
	Details []store.Detail `json:"-"`
	// Named says what a schedule did to the games; nil for odds.
	Named *Named `json:"named,omitempty"`
	// Known says that the very same document had been taken in before.
	Known bool `json:"known"`
	// DryRun says that nothing was written.
	DryRun bool `json:"dry_run"`
}

// Moved is a game of which a source tells another start than the schedule.
type Moved struct {
	Game mlb.Game
	Said time.Time
}

// Add adds what became of other rows of the same document.
func (r *Report) Add(o Report) {
	r.Read += o.Read
	r.Stored += o.Stored
	r.Duplicate += o.Duplicate
	r.Quarantined += o.Quarantined
	if r.Reasons == nil {
		r.Reasons = map[string]int64{}
	}
	for why, n := range o.Reasons {
		r.Reasons[why] += n
	}
	r.Games = max(r.Games, o.Games)
	if r.Refs == nil && o.Refs != nil {
		r.Refs = map[string]bool{}
	}
	maps.Copy(r.Refs, o.Refs)
	r.Moved = append(r.Moved, o.Moved...)
	r.Details = append(r.Details, o.Details...)
	if o.Named != nil {
		r.Named = o.Named
	}
}

// Options are what a caller may choose about an import.
type Options struct {
	DryRun bool
	Now    time.Time    // rows from after it are impossible
	Wait   bool         // for another import to end, rather than fail
	Fence  *store.Fence // nothing is written once it is lost; nil: it cannot be
	Origin store.Origin // where the document was fetched; zero: it is a file
	// Scheduled are days of which the schedule is stored: no row of any other
	// source adds a game to them.
	Scheduled map[mlb.Date]bool
	// Progress, where set, hears after each run of rows how many are done and
	// how many there are.
	Progress func(done, all int64)

	batch int      // rows of a transaction; 0: as many as is best
	rows  int64    // of the document
	kept  []parsed // all of them, where they are few: they need not be read again
}

// Odds takes in a document of odds. The document is read twice: once to be
// sure that it is whole, and once, from the stored copy, to be taken in. The
// rows of a small one are kept from the first time.
func Odds(ctx context.Context, db *store.DB, format source.OddsFormat, name string, body io.ReadSeeker, opt Options) (_ Report, err error) {
	aliases, err := db.Aliases(ctx, format.Source)
	if err != nil {
		return Report{}, err
	}
	doc := store.Doc{
		SourceID: aliases.Source.ID, Kind: store.Odds, Format: format.Name, Name: name,
		Synthetic: format.Synthetic, Confirmation: format.Confirmation, Origin: opt.Origin, Fence: opt.Fence,
	}
	if opt.rows, opt.kept, err = inspect(format, body, &doc); err != nil {
		return Report{}, keepUnreadable(ctx, db, doc, body, fmt.Errorf("%s: %w", name, err), opt)
	}
	return alone(ctx, db, opt, func(db *store.DB) (Report, error) {
		return takeDocument(ctx, db, format, doc, aliases, body, opt)
	})
}

// alone takes a document in while nobody else writes, or with opt.DryRun
// rehearses that.
func alone(ctx context.Context, db *store.DB, opt Options, take func(*store.DB) (Report, error)) (report Report, err error) {
	unlock, err := db.LockWriters(ctx, opt.Wait)
	if err != nil {
		return Report{}, err
	}
	defer unlock()
	if !opt.DryRun {
		return take(db)
	}
	err = db.Rehearse(ctx, func(db *store.DB) (err error) {
		report, err = take(db)
		return err
	})
	report.DryRun = true
	return report, err
}

// takeDocument stores the document and takes in what is new in it.
func takeDocument(ctx context.Context, db *store.DB, format source.OddsFormat, doc store.Doc, aliases store.Aliases,
	body io.Reader, opt Options,
) (Report, error) {
	if err := db.SetZone(ctx, format.Synthetic); err != nil {
		return Report{}, err
	}
	doc, err := db.ReceiveDoc(ctx, doc, body)
	if err != nil {
		return Report{}, err
	}
	if doc.Done {
		return retake(ctx, db, format, doc, aliases, opt)
	}
	t, err := takeStored(ctx, db, format, doc, aliases, opt)
	if err != nil {
		// What is committed stays and is taken up from there. If the note
		// cannot be written either, the state row still says "not done".
		_ = db.NoteFailure(context.WithoutCancel(ctx), doc.ID, err.Error())
		if errors.Is(err, context.Canceled) {
			err = fmt.Errorf("interrupted: what was committed stays; run the same command again: %w", err)
		}
		return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
	}
	r, err := reportOf(ctx, db, doc)
	r.tell(t.finder)
	r.Refs = t.refs
	return r, err
}

// tell adds what the search for games has found out.
func (r *Report) tell(f *gameFinder) {
	r.Games = len(f.touched)
	for _, m := range f.starts {
		r.Moved = append(r.Moved, m)
	}
}

// inspect reads the whole document once: its hash, its size, that it unpacks
// to the end and that its header is the format's. It returns the number of its
// rows, and the rows where one run takes them all, and leaves body at its
// beginning. A document that fails here leaves no trace.
func inspect(format source.OddsFormat, body io.ReadSeeker, doc *store.Doc) (n int64, kept []parsed, err error) {
	hash := sha256.New()
	counted := &countingReader{r: io.TeeReader(body, hash)}
	plain, err := source.Decompress(counted)
	if err != nil {
		return 0, nil, err
	}
	rows, err := format.Read(plain)
	if err != nil {
		return 0, nil, damaged(err)
	}
	if n, kept, err = inspectRows(rows, format.Synthetic); err != nil {
		return 0, nil, err
	}
	// Whatever follows the compressed stream still belongs to the document.
	if _, err := io.Copy(io.Discard, counted); err != nil {
		return 0, nil, err
	}
	hash.Sum(doc.SHA256[:0])
	doc.Size = counted.n
	_, err = body.Seek(0, io.SeekStart)
	return n, kept, err
}

func inspectRows(rows source.OddsReader, synthetic bool) (n int64, kept []parsed, err error) {
	size := 0
	for ; ; n++ {
		row, err := rows.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			if n > batchRows || size > batchBytes {
				kept = nil
			}
			return n, kept, nil
		case err != nil && !errors.As(err, &bad):
			return 0, nil, damaged(err)
		case err == nil && row.Simulated != synthetic:
			return 0, nil, zoneError(row.Simulated)
		}
		if size += len(row.Text); n < batchRows && size <= batchBytes {
			kept = append(kept, parsed{row, bad})
		}
	}
}

// damaged tells of bytes that cannot be unpacked or read to the end.
func damaged(err error) error {
	if errors.Is(err, mlb.ErrInvalid) || errors.Is(err, mlb.ErrConflict) || errors.Is(err, source.ErrZone) {
		return err
	}
	return fmt.Errorf("%w: the file is damaged or cut short: fetch it again: %w", mlb.ErrInvalid, err)
}

type countingReader struct {
	r io.Reader
	n int64
}

// Read counts what it passes on.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// takeStored takes in what is left of a stored document and marks it done.
func takeStored(ctx context.Context, db *store.DB, format source.OddsFormat, doc store.Doc, aliases store.Aliases, opt Options) (*taker, error) {
	rows, err := storedRows(ctx, db, format, doc, opt)
	if err != nil {
		return nil, err
	}
	t := newTaker(db, doc, aliases, opt)
	t.batchRows = cmp.Or(opt.batch, t.batchRows)
	err = t.takeAll(ctx, rows, func(done int64) {
		if opt.Progress != nil {
			opt.Progress(done, opt.rows)
		}
	})
	return t, err
}

func storedRows(ctx context.Context, db *store.DB, format source.OddsFormat, doc store.Doc, opt Options) (source.OddsReader, error) {
	if opt.kept != nil {
		return &keptRows{opt.kept}, nil
	}
	plain, err := source.Decompress(db.ReadDoc(ctx, doc.ID))
	if err != nil {
		return nil, err
	}
	return format.Read(plain)
}

// keptRows hands out rows that were read before.
type keptRows struct{ rest []parsed }

// Next is the next row.
func (k *keptRows) Next() (source.OddsRow, error) {
	if len(k.rest) == 0 {
		return source.OddsRow{}, io.EOF
	}
	p := k.rest[0]
	k.rest = k.rest[1:]
	if p.bad != nil {
		return p.row, p.bad
	}
	return p.row, nil
}

// retake takes in, of a document that is done, the rows that could not be
// identified then: a name may have been learnt since. Without any it is known.
func retake(ctx context.Context, db *store.DB, format source.OddsFormat, doc store.Doc, aliases store.Aliases, opt Options) (Report, error) {
	open, err := db.Unidentified(ctx, doc.ID)
	if err != nil {
		return Report{}, err
	}
	before := doc.Counts
	if len(open) > 0 {
		rows, err := rowsOf(ctx, db, format, doc, open)
		if err != nil {
			return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
		}
		t := newTaker(db, doc, aliases, opt)
		if err := t.takeAgain(ctx, rows); err != nil {
			return Report{}, fmt.Errorf("%s: %w", doc.Name, err)
		}
	}
	r, err := reportOf(ctx, db, doc)
	r.Known = r.Stored == before.Stored
	r.Stored -= before.Stored
	r.Duplicate = r.Read - r.Stored - r.Quarantined
	return r, err
}

// rowsOf reads the rows of the given numbers out of a stored document.
func rowsOf(ctx context.Context, db *store.DB, format source.OddsFormat, doc store.Doc, numbers []int64) (all []parsed, err error) {
	plain, err := source.Decompress(db.ReadDoc(ctx, doc.ID))
	if err != nil {
		return nil, err
	}
	rows, err := format.Read(plain)
	if err != nil {
		return nil, err
	}
	for len(numbers) > 0 {
		row, err := rows.Next()
		var bad *source.RowError
		switch {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil && !errors.As(err, &bad):
			return nil, err
		case row.N == numbers[0]:
			all, numbers = append(all, parsed{row, bad}), numbers[1:]
		}
	}
	return all, nil
}

func knownReport(ctx context.Context, db *store.DB, doc store.Doc) (Report, error) {
	r, err := reportOf(ctx, db, doc)
	r.Known = true
	r.Duplicate, r.Stored = r.Duplicate+r.Stored, 0
	return r, err
}

func reportOf(ctx context.Context, db *store.DB, doc store.Doc) (Report, error) {
	counts, err := db.DocCounts(ctx, doc.ID)
	if err != nil {
		return Report{}, err
	}
	reasons, err := db.Reasons(ctx, doc.ID)
	if err != nil {
		return Report{}, err
	}
	var details []store.Detail
	if counts.Quarantined > 0 {
		if details, err = db.Details(ctx, doc.ID, mostDetails); err != nil {
			return Report{}, err
		}
	}
	return Report{
		Document: doc.Name, Read: counts.Read(), Stored: counts.Stored, Duplicate: counts.Duplicate,
		Quarantined: counts.Quarantined, Reasons: reasons, Synthetic: doc.Synthetic, Details: details,
	}, nil
}

// mostDetails is of how many different rows set aside a report tells.
const mostDetails = 20
