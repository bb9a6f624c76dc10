package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// FileFormat finds the format of a document that came as a file, by the name
// of the format and of the file.
type FileFormat func(kind store.Kind, format, file string) (ingest.Format, error)

// Reparse says which stored documents to read again.
type Reparse struct {
	Since  time.Time
	Source string // "": all
	After  int64  // documents up to this one are done
	// Until, where set, is when to stop before the next document.
	Until time.Time
}

// docsAtOnce is how many documents are listed at a time.
const docsAtOnce = 100

// Reparse reads stored documents with today's parsers, in order of arrival, and
// tells of each. A document that cannot be read is told of with its error and
// passed over. It returns the last document it came to, and whether there are
// more.
func (a *App) Reparse(ctx context.Context, ask Reparse, files FileFormat, now func() time.Time, tell func(ingest.Reread)) (last int64, more bool, err error) {
	if err := a.checkSource(ctx, ask.Source); err != nil {
		return 0, false, err
	}
	for last = ask.After; ; {
		docs, err := a.DB.RereadableDocs(ctx, ask.Since, ask.Source, last, docsAtOnce)
		if err != nil || len(docs) == 0 {
			return last, false, err
		}
		for _, d := range docs {
			if !ask.Until.IsZero() && !now().Before(ask.Until) {
				return last, true, nil
			}
			r, err := a.readAgain(ctx, d, files, now())
			if ctx.Err() != nil || errors.Is(err, mlb.ErrUnavailable) {
				return last, true, err
			}
			if err != nil {
				r.Error = err.Error()
			}
			tell(r)
			last = d.ID
		}
	}
}

func (a *App) checkSource(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	if _, err := a.DB.Aliases(ctx, name); err != nil {
		return fmt.Errorf("%w: source %q: `database status` and `collect sources` name those there are", mlb.ErrNotFound, name)
	}
	return nil
}

func (a *App) readAgain(ctx context.Context, d store.Rereadable, files FileFormat, now time.Time) (ingest.Reread, error) {
	f, err := formatOf(d, files)
	if err != nil {
		return ingest.Reread{Document: d.Name, ID: d.ID, Source: d.Source, Kind: string(d.Kind), SetAside: d.Counts.Quarantined, Left: d.Counts.Quarantined},
			fmt.Errorf("%s: %w", d.Name, err)
	}
	return ingest.Again(ctx, a.DB, d, f, now)
}

// formatOf is what reads a stored document: of a fetched one its feed's, given
// what was kept of the answer beside its body.
func formatOf(d store.Rereadable, files FileFormat) (f ingest.Format, err error) {
	if d.Origin.IsZero() {
		f, err = files(d.Kind, d.Format, d.Name)
	} else {
		f, err = fetchedFormat(d)
	}
	if err != nil {
		return f, err
	}
	switch {
	case f.Odds != nil:
		f.Odds.Synthetic = d.Synthetic
	case f.Results != nil:
		f.Results.Synthetic = d.Synthetic
	case f.Splits != nil:
		f.Splits.Synthetic = d.Synthetic
	default:
		return f, fmt.Errorf("%w: no format %s reads %s", mlb.ErrNotFound, d.Format, d.Kind)
	}
	return f, nil
}

func fetchedFormat(d store.Rereadable) (f ingest.Format, err error) {
	for _, w := range watchedSources(nil) {
		a := w.adapter
		if a.Name != d.Source {
			continue
		}
		feed, err := a.Feed(d.Origin.Feed)
		if err != nil {
			return f, err
		}
		doc := source.Doc{Source: d.Source, Feed: d.Origin.Feed, URL: d.Origin.URL, FetchedAt: d.Origin.FetchedAt, Status: 200}
		switch {
		case d.Kind == store.Odds && feed.Odds != nil:
			odds, err := feed.Odds(doc)
			return ingest.Format{Odds: &odds}, err
		case d.Kind == store.Results && feed.Results != nil:
			results, err := feed.Results(doc)
			return ingest.Format{Results: &results}, err
		case d.Kind == store.Splits && feed.Splits != nil:
			splits, err := feed.Splits(doc)
			return ingest.Format{Splits: &splits}, err
		}
	}
	return f, nil
}
