package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mlb-betting/mlb-betting/internal/app"
	"github.com/mlb-betting/mlb-betting/internal/jobs"
)

func (e *env) jobsCommand() *cobra.Command {
	return group(&cobra.Command{Use: "jobs", Short: "Look after what workers do once: list, retry, cancel"},
		e.jobsListCommand(),
		e.jobCommand("retry", "Make a job due now: a dead one gets another attempt", (*jobs.Queue).Retry),
		e.jobCommand("cancel", "End a job: it is not tried again, and interrupted if it runs", (*jobs.Queue).Cancel),
	)
}

func (e *env) jobsListCommand() *cobra.Command {
	var state string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List jobs, the newest first; without --state all that are not done", Args: cobra.NoArgs,
		Long: "States: waiting, scheduled, running, retrying, done, cancelled, dead. A dead job failed as often as\n" +
			"it may; it stays listed for 90 days, and `jobs retry` gives it another attempt.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > 10_000 {
				return fmt.Errorf("--limit %d: want 1 to 10000: %w", limit, errUsage)
			}
			return e.withQueue(cmd.Context(), func(q *jobs.Queue) error {
				all, err := q.List(cmd.Context(), state, limit)
				if err != nil {
					return err
				}
				return e.printJobs(all)
			})
		},
	}
	c.Flags().StringVar(&state, "state", "", "of this state alone, such as dead or running")
	c.Flags().IntVar(&limit, "limit", 100, "at most so many")
	return c
}

func (e *env) jobCommand(name, short string, act func(*jobs.Queue, context.Context, int64) (jobs.Job, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id < 1 {
				return fmt.Errorf("%q is no number of a job: `jobs list` shows them: %w", args[0], errUsage)
			}
			return e.withQueue(cmd.Context(), func(q *jobs.Queue) error {
				j, err := act(q, cmd.Context(), id)
				if err != nil {
					return err
				}
				return e.printJobs([]jobs.Job{j})
			})
		},
	}
}

// withQueue opens the database and its job queue.
func (e *env) withQueue(ctx context.Context, f func(*jobs.Queue) error) error {
	return e.onDatabase(ctx, func(_ context.Context, a *app.App) error {
		q, err := jobs.NewQueue(a.DB)
		if err != nil {
			return err
		}
		return f(q)
	})
}

func (e *env) printJobs(all []jobs.Job) error {
	if e.json {
		return e.printJSON(all)
	}
	if len(all) == 0 {
		e.line("No jobs.")
		return nil
	}
	t := e.table("ID", "KIND", "STATE", "ATTEMPT", "CREATED", "NEXT", "ARGUMENTS", "ERROR")
	for _, j := range all {
		next := "-"
		if j.NextAt != nil {
			next = j.NextAt.UTC().Format("01-02 15:04:05")
		}
		failure, _, _ := strings.Cut(j.Error, "\n")
		t.row(strconv.FormatInt(j.ID, 10), j.Kind, j.State, fmt.Sprintf("%d of %d", j.Attempt, j.MaxAttempts),
			j.CreatedAt.Format("01-02 15:04:05"), next, string(j.Args), failure)
	}
	return t.print()
}

// jobWorker is a worker of jobs with the operator's settings.
func (e *env) jobWorker(a *app.App, started time.Time) (*jobs.Client, error) {
	mc, dc, err := e.limits()
	if err != nil {
		return nil, err
	}
	id, err := app.WorkerID(started)
	if err != nil {
		return nil, err
	}
	how, err := e.collectOptions()
	if err != nil {
		return nil, err
	}
	return a.Jobs(app.JobOptions{Collect: how, Market: mc, Detect: dc, Files: fileFormat, ID: id})
}
