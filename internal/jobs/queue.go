package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/mlb-betting/mlb-betting/internal/mlb"
	"github.com/mlb-betting/mlb-betting/internal/store"
)

// Job is a job as people see it.
type Job struct {
	ID          int64           `json:"id"`
	Kind        string          `json:"kind"`
	Args        json.RawMessage `json:"args"`
	State       string          `json:"state"`
	Attempt     int             `json:"attempt"`
	MaxAttempts int             `json:"max_attempts"`
	CreatedAt   time.Time       `json:"created_at"`
	NextAt      *time.Time      `json:"next_at"` // null: it is over, or running
	AttemptedAt *time.Time      `json:"attempted_at"`
	AttemptedBy string          `json:"attempted_by"` // the last worker
	FinishedAt  *time.Time      `json:"finished_at"`
	Error       string          `json:"error"` // of the last attempt that failed
}

// states are River's, by the names people use here.
var states = map[string]rivertype.JobState{
	"waiting": rivertype.JobStateAvailable, "running": rivertype.JobStateRunning, "retrying": rivertype.JobStateRetryable,
	"scheduled": rivertype.JobStateScheduled, "pending": rivertype.JobStatePending, "done": rivertype.JobStateCompleted,
	"cancelled": rivertype.JobStateCancelled, "dead": rivertype.JobStateDiscarded,
}

// Queue is the job queue for those who only put jobs in and look at them.
type Queue struct{ river *river.Client[pgx.Tx] }

// NewQueue opens the job queue.
func NewQueue(db *store.DB) (*Queue, error) {
	c, err := river.NewClient(db.Queue(), &river.Config{Schema: store.QueueSchema, Logger: slog.New(slog.DiscardHandler), MaxAttempts: 5})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Queue{c}, nil
}

// Add puts a job in. known says that the same job was there already, and is
// still to be done: it is the one returned.
func (q *Queue) Add(ctx context.Context, args river.JobArgs) (j Job, known bool, err error) {
	r, err := q.river.Insert(ctx, args, nil)
	if err != nil {
		return j, false, fmt.Errorf("add job %s: %w", args.Kind(), err)
	}
	return jobOf(r.Job), r.UniqueSkippedAsDuplicate, nil
}

// List lists jobs, the newest first, at most n: of a state, or with "" all that
// are not done.
func (q *Queue) List(ctx context.Context, state string, n int) ([]Job, error) {
	p := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(n)
	if state == "" {
		all := slices.DeleteFunc(slices.Collect(maps.Values(states)), func(s rivertype.JobState) bool { return s == rivertype.JobStateCompleted })
		p = p.States(all...)
	} else {
		s, ok := states[state]
		if !ok {
			return nil, fmt.Errorf("%w: no job is %q: want %s", mlb.ErrInvalid, state, strings.Join(slices.Sorted(maps.Keys(states)), ", "))
		}
		p = p.States(s)
	}
	r, err := q.river.JobList(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	all := make([]Job, len(r.Jobs))
	for i, row := range r.Jobs {
		all[i] = jobOf(row)
	}
	return all, nil
}

// Retry makes a job due now, whether it is dead, done or waits to be tried
// again.
func (q *Queue) Retry(ctx context.Context, id int64) (Job, error) {
	row, err := q.river.JobRetry(ctx, id)
	return seen(row, id, err)
}

// Cancel ends a job: it is not tried again. One that runs is interrupted.
func (q *Queue) Cancel(ctx context.Context, id int64) (Job, error) {
	row, err := q.river.JobCancel(ctx, id)
	return seen(row, id, err)
}

func seen(row *rivertype.JobRow, id int64, err error) (Job, error) {
	if errors.Is(err, rivertype.ErrNotFound) {
		return Job{}, fmt.Errorf("%w: job %d: `jobs list` shows those there are", mlb.ErrNotFound, id)
	}
	if err != nil {
		return Job{}, fmt.Errorf("job %d: %w", id, err)
	}
	return jobOf(row), nil
}

func jobOf(row *rivertype.JobRow) Job {
	j := Job{
		ID: row.ID, Kind: row.Kind, Args: row.EncodedArgs, Attempt: row.Attempt, MaxAttempts: row.MaxAttempts,
		CreatedAt: row.CreatedAt.UTC(), AttemptedAt: row.AttemptedAt, FinishedAt: row.FinalizedAt,
	}
	for name, s := range states {
		if s == row.State {
			j.State = name
		}
	}
	if row.FinalizedAt == nil && row.State != rivertype.JobStateRunning {
		j.NextAt = &row.ScheduledAt
	}
	if n := len(row.AttemptedBy); n > 0 {
		j.AttemptedBy = row.AttemptedBy[n-1]
	}
	if n := len(row.Errors); n > 0 {
		j.Error = row.Errors[n-1].Error
	}
	return j
}
