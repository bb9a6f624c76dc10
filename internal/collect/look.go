package collect

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mlb-betting/mlb-betting/internal/cadence"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// look makes one look and writes it down. A lease that was lost meanwhile is no
// error: another worker looks now.
func (c *Collector) look(ctx context.Context, t store.Target) error {
	run := store.Run{Worker: c.cfg.Worker, DueAt: t.NextAt, StartedAt: c.cfg.Now()}
	w, err := c.watch(t)
	var games []cadence.Game
	if err == nil {
		games, err = c.take(ctx, w, &t, &run)
	}
	if interrupted := ctx.Err() != nil; interrupted { // the lease runs out and the look is made again
		return nil //nolint:nilerr // what an interruption broke off is no failure
	}
	run.FinishedAt = c.cfg.Now()
	var refused *refusal
	if errors.As(err, &refused) {
		return c.settle(ctx, t, c.postpone(ctx, w, &t, games, refused))
	}
	c.judge(&t, &run, err)
	c.recall(&run)
	if err := c.plan(ctx, w, &t, run); err != nil {
		return err
	}
	if run.Cause != "" {
		c.cfg.Log.WarnContext(ctx, "look failed", "source", t.Source, "feed", t.Feed, "cause", run.Cause, "detail", run.Detail, "next", t.NextAt)
	}
	return c.finish(ctx, t, run)
}

// settle takes a lost lease for what it is.
func (c *Collector) settle(ctx context.Context, t store.Target, err error) error {
	if errors.Is(err, mlb.ErrConflict) {
		c.cfg.Log.WarnContext(ctx, "lease lost", "source", t.Source, "feed", t.Feed)
		return nil
	}
	return err
}

// take asks the source and takes its answers in. It returns the games that the
// target shows.
func (c *Collector) take(ctx context.Context, w Watch, t *store.Target, run *store.Run) ([]cadence.Game, error) {
	all, err := c.games(ctx, *t)
	if err != nil {
		return nil, err
	}
	games, err := c.played(ctx, all)
	if err != nil {
		return nil, err
	}
	run.GamesExpected = len(all)
	for _, g := range games {
		if g.Upcoming(run.StartedAt) {
			run.Upcoming++
		}
	}
	if t.Game != 0 && (all[0].ID != t.Game || all[0].Date != t.Date) { // merged into another, or moved: that has a target of its own
		t.Done = true
		return games, nil
	}
	ask := source.Ask{Date: t.Date, Key: w.Key}
	if t.Game != 0 {
		if ask.Games, err = c.listed(ctx, t.Source, all); err != nil {
			return games, err
		}
	}
	requests, err := w.Adapter.Requests(w.Feed, ask)
	if err != nil {
		return games, err
	}
	if t.Abandoned || t.Failures > 0 {
		if err := c.resume(ctx, w, t, run, requests); err != nil {
			return games, err
		}
	}
	if w.Paid != nil {
		return games, c.takePaid(ctx, w, t, run, games, ask)
	}
	return games, c.takeAll(ctx, w, t, run, games, requests)
}

// takeAll asks in turn. What came before a failure stays.
func (c *Collector) takeAll(ctx context.Context, w Watch, t *store.Target, run *store.Run, games []cadence.Game, requests []source.Request) error {
	for _, r := range requests {
		if len(requests) == 1 {
			r.Validators = source.Validators{ETag: t.ETag, LastModified: t.LastModified}
		}
		doc, err := c.cfg.Client.Fetch(ctx, r)
		if err != nil {
			return err
		}
		if err := c.takeDoc(ctx, w, t, run, games, doc); err != nil {
			return err
		}
	}
	return nil
}

// takeDoc takes one answer in. One that says what the answer before it said
// confirms it.
func (c *Collector) takeDoc(ctx context.Context, w Watch, t *store.Target, run *store.Run, games []cadence.Game, doc source.Doc) error {
	feed, err := w.Adapter.Feed(w.Feed)
	if err != nil {
		return err
	}
	at := doc.FetchedAt.Truncate(time.Microsecond)
	run.Status, run.Bytes, run.Credits = doc.Status, run.Bytes+int64(len(doc.Body)), run.Credits+doc.Credits.Last
	if feed.Odds != nil {
		run.ObservedAt = at
	}
	sum := sha256.Sum256(doc.Body)
	same := doc.NotModified || t.LastBody != nil && bytes.Equal(sum[:], t.LastBody)
	if stop, err := c.inspect(ctx, feed, t, run, games, doc, same); stop || err != nil {
		return err
	}
	if same {
		run.Outcome = store.RunUnchanged
		games, err := c.cfg.DB.Confirm(ctx, t.Source, t.LastSuccess, doc.FetchedAt, &store.Fence{Target: t.ID, Token: t.Fence})
		run.GamesGot, t.LastSuccess = games, at
		return err
	}
	report, err := c.ingest(ctx, feed, t, run, doc)
	if err := c.weigh(ctx, feed, t, run, doc, report, err); err != nil {
		return err
	}
	c.metrics.took(*t, c.cfg.Now().Sub(doc.FetchedAt))
	if t.LastSuccess.IsZero() {
		if _, err := c.cfg.DB.NoteShape(ctx, t.Source, t.Feed, source.Shape(doc.Body), doc.FetchedAt); err != nil {
			return err
		}
	}
	t.ETag, t.LastModified, t.LastBody = doc.ETag, doc.LastModified, sum[:]
	t.LastSuccess, t.LastChange = at, at
	return nil
}

// ingest takes in all that the feed's answers bring.
func (c *Collector) ingest(ctx context.Context, feed source.Feed, t *store.Target, run *store.Run, doc source.Doc) (all ingest.Report, err error) {
	name := nameOf(t) + doc.FetchedAt.UTC().Format(time.RFC3339Nano)
	opt := ingest.Options{Now: c.cfg.Now(), Wait: true, Fence: &store.Fence{Target: t.ID, Token: t.Fence}, Origin: originOf(doc)}
	if opt.Scheduled, err = c.scheduledDays(ctx, t.Date); err != nil {
		return all, err
	}
	if feed.Results != nil {
		f, err := feed.Results(doc)
		if err != nil {
			return all, err
		}
		f.Synthetic = c.cfg.Synthetic
		r, err := ingest.Results(ctx, c.cfg.DB, f, name, bytes.NewReader(doc.Body), opt)
		if err != nil {
			return all, err
		}
		tally(run, r)
		all.Add(r)
	}
	if feed.Odds != nil {
		f, err := feed.Odds(doc)
		if err != nil {
			return all, err
		}
		f.Synthetic = c.cfg.Synthetic
		r, err := ingest.Odds(ctx, c.cfg.DB, f, name, bytes.NewReader(doc.Body), opt)
		if err != nil {
			return all, err
		}
		tally(run, r)
		all.Add(r)
	}
	if feed.Splits != nil {
		f, err := feed.Splits(doc)
		if err != nil {
			return all, err
		}
		f.Synthetic = c.cfg.Synthetic
		r, err := ingest.Splits(ctx, c.cfg.DB, f, name, bytes.NewReader(doc.Body), doc.FetchedAt, opt)
		if err != nil {
			return all, err
		}
		tally(run, r)
		all.Add(r)
	}
	if feed.Entries != nil {
		return all, c.takeDirectory(ctx, feed, run, doc)
	}
	return all, nil
}

// maxNamed is how many unknown books are named in the ledger.
const maxNamed = 5

// takeDirectory compares a list of books with the directory: a price at a book
// that it does not know will be set aside.
func (c *Collector) takeDirectory(ctx context.Context, feed source.Feed, run *store.Run, doc source.Doc) error {
	entries, err := feed.Entries(doc)
	if err != nil {
		return err
	}
	aliases, err := c.cfg.DB.Aliases(ctx, doc.Source)
	if err != nil {
		return err
	}
	var unknown []string
	games := 0
	for _, e := range entries {
		if e.Home != "" {
			games++
		} else if _, ok := aliases.Book[e.Ref]; !ok {
			unknown = append(unknown, e.Name)
		}
	}
	run.GamesGot, run.Detail = games, fmt.Sprintf("%d entries", len(entries))
	if n := len(unknown); n > 0 {
		run.Detail += fmt.Sprintf(", %d books the directory does not know: %s", n, strings.Join(unknown[:min(n, maxNamed)], ", "))
	}
	return nil
}
