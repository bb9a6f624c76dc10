package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/collect"
	"github.com/mlb-betting/mlb-betting/internal/ingest"
	"github.com/mlb-betting/mlb-betting/internal/jobs"
	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// reparseJSON is what reading again came to, as --json prints it.
type reparseJSON struct {
	Documents []ingest.Reread `json:"documents"` // of which something became, or that cannot be read
	Looked    int             `json:"looked_at"`
	Stored    int64           `json:"stored"`
	Duplicate int64           `json:"duplicate"`
	Left      int64           `json:"left"`
	Failed    int             `json:"failed"`
}

func (e *env) reparseCommand() *cobra.Command {
	var since, sourceName string
	var enqueue bool
	c := &cobra.Command{
		Use: "reparse", Short: "Read stored documents again with today's parsers and names", Args: cobra.NoArgs,
		Long: "Reads again the documents received since a day that have rows set aside. Rows that can be read\n" +
			"now, because a parser or the directory has learnt something, are taken in where they belong in\n" +
			"time; nothing else changes, and a second run changes nothing. A document that was not taken in\n" +
			"to the end is finished.",
		Example: "mlb-betting collect reparse --since 2026-07-01 --source actionnetwork",
		RunE: func(cmd *cobra.Command, _ []string) error {
			day, err := mlb.ParseDate(since)
			if err != nil {
				return fmt.Errorf("--since: documents received from this day on: %w: %w", err, errUsage)
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				if enqueue {
					return e.enqueue(ctx, a, jobs.ReparseArgs{Since: day, Source: sourceName})
				}
				return e.reparse(ctx, a, app.Reparse{Since: day.Time(), Source: sourceName})
			})
		},
	}
	c.Flags().StringVar(&since, "since", "", "first day of reception, YYYY-MM-DD (required)")
	c.Flags().StringVar(&sourceName, "source", "", "of this source alone")
	c.Flags().BoolVar(&enqueue, "enqueue", false, "leave it to the workers")
	return c
}

func (e *env) enqueue(ctx context.Context, a *app.App, args interface{ Kind() string }) error {
	q, err := jobs.NewQueue(a.DB)
	if err != nil {
		return err
	}
	j, known, err := q.Add(ctx, args)
	if err != nil {
		return err
	}
	if e.json {
		return e.printJSON(j)
	}
	if known {
		e.line("Job %d is to do this already: `%s jobs list` says how it goes.", j.ID, e.self())
		return nil
	}
	e.line("Job %d: a worker will do it; `%s jobs list` says how it goes.", j.ID, e.self())
	return nil
}

func (e *env) reparse(ctx context.Context, a *app.App, ask app.Reparse) error {
	r := reparseJSON{Documents: []ingest.Reread{}}
	_, _, err := a.Reparse(ctx, ask, fileFormat, e.now, func(d ingest.Reread) {
		r.Looked++
		r.Stored, r.Duplicate, r.Left = r.Stored+d.Stored, r.Duplicate+d.Duplicate, r.Left+d.Left
		if d.Error != "" {
			r.Failed++
		}
		if d.Changed() || d.Error != "" {
			r.Documents = append(r.Documents, d)
			if !e.json {
				e.printReread(d)
			}
		}
	})
	if err != nil {
		return err
	}
	if e.json {
		err = e.printJSON(r)
	} else {
		e.line("%d documents had rows set aside: %d rows stored, %d said nothing new, %d are still set aside", r.Looked, r.Stored, r.Duplicate, r.Left)
	}
	if err == nil && r.Failed > 0 {
		err = fmt.Errorf("%w: %d documents could not be read again; the others were", mlb.ErrInvalid, r.Failed)
	}
	return err
}

func (e *env) printReread(d ingest.Reread) {
	switch {
	case d.Error != "":
		e.line("%s (%s): %s", d.Document, d.Kind, d.Error)
	case d.Finished:
		e.line("%s (%s): finished, %d rows stored, %d said nothing new, %d set aside", d.Document, d.Kind, d.Stored, d.Duplicate, d.Left)
	default:
		e.line("%s (%s): of %d rows set aside %d stored, %d said nothing new, %d left", d.Document, d.Kind, d.SetAside, d.Stored, d.Duplicate, d.Left)
	}
}

// fileFormat finds what reads a document that came as a file.
func fileFormat(kind store.Kind, format, file string) (f ingest.Format, err error) {
	t := told{file: file}
	unknown := fmt.Errorf("%w: no format %q reads %s", mlb.ErrNotFound, format, kind)
	switch kind {
	case store.Odds:
		open, ok := oddsFormats[format]
		if !ok {
			return f, unknown
		}
		odds, err := open(t)
		return ingest.Format{Odds: &odds}, err
	case store.Results:
		open, ok := resultFormats[format]
		if !ok {
			return f, unknown
		}
		results, err := open(t)
		return ingest.Format{Results: &results}, err
	case store.Splits:
		open, ok := splitFormats[format]
		if !ok {
			return f, unknown
		}
		splits, err := open(t)
		return ingest.Format{Splits: &splits}, err
	default:
		return f, unknown
	}
}

// backfillJSON is what a backfill came to, as --json prints it.
type backfillJSON struct {
	Asked   int       `json:"asked"`
	Had     int       `json:"had"`
	Failed  int       `json:"failed"`
	Skipped int       `json:"skipped"`
	Stored  int64     `json:"stored"`
	Filled  []gapJSON `json:"gaps_filled"`
}

func (e *env) backfillCommand() *cobra.Command {
	var from, to string
	var want collect.Wanted
	var enqueue bool
	c := &cobra.Command{
		Use: "backfill", Short: "Ask sources that keep the past for days gone by", Args: cobra.NoArgs,
		Long: "Asks, day by day, the sources that are on and keep the past, as politely as they are collected\n" +
			"from, and takes the answers in. What was had is written down at once: --resume goes on after it.\n" +
			"Feeds that cost credits are asked only where they are named, and where the governor of credits\n" +
			"allows it. The gaps that were filled are listed.",
		Example: "mlb-betting collect backfill --from 2026-07-17 --to 2026-07-18 --source statsapi --resume",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if from == "" || to == "" {
				return fmt.Errorf("--from and --to: the first and the last official date to ask for: %w", errUsage)
			}
			if e.rehearse != "" {
				return fmt.Errorf("a backfill asks real sources alone: leave out --rehearse: %w", errUsage)
			}
			if e.demo {
				return fmt.Errorf("%w: real sources never fill the demo database: leave out --demo", mlb.ErrConflict)
			}
			if want.From, want.To, err = e.days(from, to, 0); err != nil {
				return err
			}
			return e.onDatabase(cmd.Context(), func(ctx context.Context, a *app.App) error {
				how, err := e.collectOptions()
				if err != nil {
					return err
				}
				if !enqueue {
					return e.backfill(ctx, a, want, how)
				}
				if err := a.CheckBackfill(ctx, want, how); err != nil {
					return err
				}
				return e.enqueue(ctx, a, jobs.BackfillArgs{From: want.From, To: want.To, Source: want.Source, Feed: want.Feed, Resume: want.Resume})
			})
		},
	}
	c.Flags().StringVar(&from, "from", "", "first official date, YYYY-MM-DD (required)")
	c.Flags().StringVar(&to, "to", "", "last official date (required)")
	c.Flags().StringVar(&want.Source, "source", "", "ask this source alone")
	c.Flags().StringVar(&want.Feed, "feed", "", "ask this feed alone")
	c.Flags().BoolVar(&want.Resume, "resume", false, "pass over what was had before")
	c.Flags().BoolVar(&enqueue, "enqueue", false, "leave it to the workers")
	return c
}

func (e *env) backfill(ctx context.Context, a *app.App, want collect.Wanted, how app.CollectOptions) error {
	r, failed := a.Backfill(ctx, want, how, func(p collect.Progress) {
		if !e.json {
			e.printProgress(p)
		}
	})
	if failed != nil && !errors.Is(failed, mlb.ErrUnavailable) || ctx.Err() != nil {
		return failed
	}
	filled, err := e.gapRows(ctx, a.DB, r.Filled)
	if err != nil {
		return errors.Join(err, failed)
	}
	if e.json {
		return errors.Join(e.printJSON(backfillJSON{r.Asked, r.Had, r.Failed, r.Skipped, r.Stored, filled}), failed)
	}
	e.line("%d asked for: %d had, %d failed; %d passed over. %d rows stored.", r.Asked, r.Had, r.Failed, r.Skipped, r.Stored)
	for _, g := range filled {
		e.line("filled: %s %s, %s to %s, %s", g.Source, g.Feed, g.From.Format("01-02 15:04"), g.To.Format("01-02 15:04 UTC"), g.missing())
	}
	return failed
}

func (e *env) printProgress(p collect.Progress) {
	what := fmt.Sprintf("%s %s %s %s", p.Date, p.Source, p.Feed, p.Item)
	switch {
	case p.Skipped != "":
		e.line("%s: passed over, %s", what, p.Skipped)
	case p.Cause != "":
		e.line("%s: %s: %s", what, p.Cause, p.Detail)
	default:
		e.line("%s: %d rows, %d of them new, at %s", what, p.Counts.Read(), p.Counts.Stored, p.AskedAt.Format(time.TimeOnly))
	}
}
