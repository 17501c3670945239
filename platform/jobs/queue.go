package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// ErrNoJob is returned when there is no job with an ID.
var ErrNoJob = errors.New("there is no job with this ID")

// Job is a job of the queue, for operators.
type Job struct {
	ID          int64
	Kind        string
	State       string // available, running, retryable, scheduled, completed, cancelled or discarded
	Attempt     int    // the number of attempts so far
	CreatedAt   time.Time
	ScheduledAt time.Time // of the next attempt
	FinalizedAt *time.Time
	Args        string // JSON
	Failures    []Failure
}

// Failure is a failed attempt of a job.
type Failure struct {
	At      time.Time
	Attempt int
	Cause   string
}

// Queue lists and changes jobs by hand. It runs none.
type Queue struct{ client *river.Client[pgx.Tx] }

// NewQueue returns the queue of a database.
func NewQueue(pool *pgxpool.Pool) (*Queue, error) {
	client, err := river.NewClient(newDriver(pool), &river.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Queue{client}, nil
}

// Failing are the states of jobs that have failed: those that will be tried again, and those that will not.
func Failing() []string {
	return []string{
		string(rivertype.JobStateRetryable), string(rivertype.JobStateDiscarded), string(rivertype.JobStateCancelled),
	}
}

// List returns up to limit jobs in some states, the newest first.
func (q *Queue) List(ctx context.Context, states []string, limit int) ([]Job, error) {
	params := river.NewJobListParams().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(limit)
	var wanted []rivertype.JobState
	for _, state := range states {
		wanted = append(wanted, rivertype.JobState(state))
	}
	found, err := q.client.JobList(ctx, params.States(wanted...))
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	out := make([]Job, len(found.Jobs))
	for i, row := range found.Jobs {
		out[i] = jobOf(row)
	}
	return out, nil
}

// Job returns a job; ErrNoJob.
func (q *Queue) Job(ctx context.Context, jobID int64) (Job, error) {
	return q.one(ctx, jobID, q.client.JobGet)
}

// Retry makes a job available now, with its attempts so far; ErrNoJob. A running job is left as it is.
func (q *Queue) Retry(ctx context.Context, jobID int64) (Job, error) {
	return q.one(ctx, jobID, q.client.JobRetry)
}

// Discard ends a job, so that it is not tried again unless it is retried by hand; ErrNoJob. It is kept as cancelled.
func (q *Queue) Discard(ctx context.Context, jobID int64) (Job, error) {
	return q.one(ctx, jobID, q.client.JobCancel)
}

func (q *Queue) one(ctx context.Context, jobID int64,
	do func(ctx context.Context, jobID int64) (*rivertype.JobRow, error),
) (Job, error) {
	row, err := do(ctx, jobID)
	if errors.Is(err, rivertype.ErrNotFound) {
		return Job{}, ErrNoJob
	}
	if err != nil {
		return Job{}, fmt.Errorf("job %d: %w", jobID, err)
	}
	return jobOf(row), nil
}

func jobOf(row *rivertype.JobRow) Job {
	out := Job{
		ID: row.ID, Kind: row.Kind, State: string(row.State), Attempt: row.Attempt, CreatedAt: row.CreatedAt.UTC(),
		ScheduledAt: row.ScheduledAt.UTC(), FinalizedAt: row.FinalizedAt, Args: string(row.EncodedArgs),
	}
	for _, e := range row.Errors {
		out.Failures = append(out.Failures, Failure{At: e.At.UTC(), Attempt: e.Attempt, Cause: e.Error})
	}
	return out
}
