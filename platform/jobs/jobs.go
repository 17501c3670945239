// Package jobs carries news between modules and runs background work, on River.
//
// A job is inserted in the transaction that causes it, so it exists exactly when the change does. An event becomes
// one job for each of its consumers; consumers are idempotent, because a job may run more than once.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

const schema = "river"

// Args are a job's arguments, stored as JSON; Kind names its one consumer.
type Args = river.JobArgs

// Routes says which jobs each event causes.
type Routes struct {
	byEvent map[reflect.Type][]func(any) Args
}

// NewRoutes returns routes that lead nowhere yet.
func NewRoutes() *Routes { return &Routes{byEvent: map[reflect.Type][]func(any) Args{}} }

// Send adds one consumer of the event E.
func Send[E any](r *Routes, toJob func(E) Args) {
	t := reflect.TypeFor[E]()
	r.byEvent[t] = append(r.byEvent[t], func(event any) Args { return toJob(event.(E)) })
}

// Publisher inserts the jobs that an event causes.
type Publisher struct {
	client *river.Client[pgx.Tx]
	routes *Routes
}

// NewPublisher returns a publisher. The pool is needed by River but never used: every insert rides in its caller's
// transaction.
func NewPublisher(pool *pgxpool.Pool, routes *Routes) (*Publisher, error) {
	client, err := river.NewClient(newDriver(pool), &river.Config{
		Schema: schema, MaxAttempts: maxAttempts, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Publisher{client, routes}, nil
}

// Publish inserts one job for each consumer of the event into tx. An event without consumers is an error: somebody
// forgot to connect them.
func (p *Publisher) Publish(ctx context.Context, tx *postgres.Tx, event any) error {
	routes := p.routes.byEvent[reflect.TypeOf(event)]
	if len(routes) == 0 {
		return fmt.Errorf("publish %T: nobody consumes it", event)
	}
	params := make([]river.InsertManyParams, len(routes))
	for i, toJob := range routes {
		params[i] = river.InsertManyParams{Args: toJob(event)}
	}
	return tx.Raw(func(conn *pgx.Conn) error {
		if _, err := p.client.InsertManyTx(ctx, pgxTx{conn: conn}, params); err != nil {
			return fmt.Errorf("publish %T: %w", event, err)
		}
		return nil
	})
}

// pgxTx shows River the transaction that already runs on a connection. Beginning, committing and rolling back stay
// with the transaction's owner: those methods are those of the nil interface.
type pgxTx struct {
	pgx.Tx
	conn *pgx.Conn
}

func (t pgxTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return t.conn.Exec(ctx, sql, args...)
}

func (t pgxTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return t.conn.Query(ctx, sql, args...)
}

func (t pgxTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return t.conn.QueryRow(ctx, sql, args...)
}

func (t pgxTx) Conn() *pgx.Conn { return t.conn }

// driver is River's driver without NOTIFY, which River would send with every job: such commits queue for a lock that the
// whole database shares, and jobs are inserted on the buyer's path. Runners poll.
type driver struct{ *riverpgxv5.Driver }

func newDriver(pool *pgxpool.Pool) driver { return driver{riverpgxv5.New(pool)} }

// SupportsListener is false: nobody listens.
func (driver) SupportsListener() bool { return false }

// SupportsListenNotify is false: nobody is notified.
func (driver) SupportsListenNotify() bool { return false }

// Workers are the consumers.
type Workers struct{ river *river.Workers }

// NewWorkers returns no workers yet.
func NewWorkers() *Workers { return &Workers{river: river.NewWorkers()} }

// maxAttempts is how often a job is tried: for 40 days, because what it carries must arrive.
const maxAttempts = 1000

// backoff waits a second after a first failure, and twice as long after each other, up to an hour.
type backoff struct{}

// NextRetry returns when a job that has just failed is tried again.
func (backoff) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(min(time.Second<<min(len(job.Errors), 12), time.Hour))
}

// Handle runs fn for every job of A's kind. A job whose fn fails is tried again, later and later.
func Handle[A Args](w *Workers, fn func(ctx context.Context, args A) error) {
	river.AddWorker(w.river, river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error {
		return fn(ctx, job.Args)
	}))
}

// Runner works on jobs.
type Runner struct{ client *river.Client[pgx.Tx] }

const (
	jobTimeout = 15 * time.Second
	// rescueAfter is after how long a job that still runs counts as one of a killed process. A round that runs such jobs
	// again comes every half minute.
	rescueAfter = jobTimeout + time.Second
	// keepFinished bounds the table of jobs.
	keepFinished = time.Hour
)

// NewRunner returns a runner. It polls, and logs what goes wrong: River's reports on itself are for the level debug.
func NewRunner(pool *pgxpool.Pool, cfg config.Jobs, workers *Workers, log *slog.Logger) (*Runner, error) {
	client, err := river.NewClient(newDriver(pool), &river.Config{
		Schema:            schema,
		FetchPollInterval: cfg.PollInterval,
		FetchCooldown:     min(cfg.PollInterval, river.FetchCooldownDefault),
		JobTimeout:        jobTimeout,
		RetryPolicy:       backoff{},
		ErrorHandler:      failures{log},

		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: keepFinished,
		DiscardedJobRetentionPeriod: keepFinished,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: cfg.Workers}},
		Workers:                     workers.river,
		Logger:                      slog.New(reports{log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Runner{client}, nil
}

// Start begins to work. The database must be there.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	return nil
}

// Stop waits for running jobs, until ctx ends.
func (r *Runner) Stop(ctx context.Context) error { return r.client.Stop(ctx) }
