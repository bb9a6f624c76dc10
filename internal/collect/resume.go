package collect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/mlb-betting/mlb-betting/internal/source"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// nameOf begins the names of the documents of a target's answers; the moment of
// the answer follows.
func nameOf(t *store.Target) string {
	if t.Game != 0 {
		return fmt.Sprintf("%s %s of game %d at ", t.Source, t.Feed, t.Game)
	}
	return fmt.Sprintf("%s %s of %s at ", t.Source, t.Feed, t.Date)
}

// unwritten bounds the answers that may lie in the raw zone without their look
// having been written down: one a worker that died in the middle.
const unwritten = 16

// resume takes in what lies in the raw zone of looks that ended before they
// were written down, with their own moments, and goes on from the last of them.
func (c *Collector) resume(ctx context.Context, w Watch, t *store.Target, run *store.Run, requests []source.Request) error {
	if len(requests) != 1 { // the name does not tell which of them was answered
		return nil
	}
	docs, err := c.cfg.DB.AnswersSince(ctx, t.Source, nameOf(t), t.LastSuccess, unwritten)
	if err != nil {
		return err
	}
	for _, d := range docs {
		if err := c.resumeDoc(ctx, w, t, run, d); err != nil {
			return err
		}
	}
	return nil
}

func (c *Collector) resumeDoc(ctx context.Context, w Watch, t *store.Target, run *store.Run, d store.Doc) error {
	body, err := io.ReadAll(c.cfg.DB.ReadDoc(ctx, d.ID))
	if err != nil {
		return err
	}
	feed, err := w.Adapter.Feed(w.Feed)
	if err != nil {
		return err
	}
	doc := source.Doc{Source: t.Source, Feed: t.Feed, URL: d.Origin.URL, FetchedAt: d.Origin.FetchedAt, Status: 200, Body: body}
	then := &store.Run{}
	report, err := c.ingest(ctx, feed, t, then, doc)
	if err = c.weigh(ctx, feed, t, then, doc, report, err); errors.As(err, new(*unusable)) { // it will not become readable; the look at hand may be
		c.cfg.Log.ErrorContext(ctx, "cannot take in what was received", "document", d.Name, "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	c.cfg.Log.InfoContext(ctx, "took in what was received before", "document", d.Name)
	if t.Abandoned {
		note(run, Finding{CauseInterrupted, d.Name})
	}
	t.ETag, t.LastModified, t.LastBody = "", "", d.SHA256[:]
	t.LastSuccess, t.LastChange = d.Origin.FetchedAt, d.Origin.FetchedAt
	return nil
}
