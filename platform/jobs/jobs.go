// Package jobs publishes events between modules and runs background work, on River.
//
// A job is inserted in the transaction that causes it, so that both commit or neither does. An event becomes one job
// for each of its consumers. Delivery is at least once, so consumers must be idempotent.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/postgres"
	"coinslot/platform/telemetry"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"
)

const schema = "river"

// Args are a job's arguments, stored as JSON. Kind identifies the job's consumer.
type Args = river.JobArgs

// Routes maps each type of event to the jobs of its consumers. It must not be changed after NewPublisher.
type Routes struct {
	byEvent map[reflect.Type][]func(any) []Args
	ignored map[reflect.Type]bool
}

// NewRoutes returns routes without consumers.
func NewRoutes() *Routes {
	return &Routes{byEvent: map[reflect.Type][]func(any) []Args{}, ignored: map[reflect.Type]bool{}}
}

// Subscribe adds a consumer of the event E. toJob returns the arguments of the consumer's job.
func Subscribe[E any](r *Routes, toJob func(E) Args) {
	SubscribeEach(r, func(event E) []Args { return []Args{toJob(event)} })
}

// Publisher inserts the jobs of published events.
type Publisher struct {
	client    *river.Client[pgx.Tx]
	routes    *Routes
	telemetry *telemetry.Telemetry
}

// NewPublisher returns a publisher. River requires the pool, but the publisher does not use it: jobs are inserted in
// the transaction of Publish's caller. A job carries the trace context of its publisher.
func NewPublisher(pool *pgxpool.Pool, routes *Routes, t *telemetry.Telemetry) (*Publisher, error) {
	client, err := river.NewClient(newDriver(pool), &river.Config{
		Schema: schema, MaxAttempts: maxAttempts, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	return &Publisher{client, routes, t}, nil
}

// Publish inserts one job for each consumer of the event into tx. It returns an error for an event without consumers,
// because that is a wiring defect, unless Ignore declares it.
func (p *Publisher) Publish(ctx context.Context, tx *postgres.Tx, event any) error {
	routes := p.routes.byEvent[reflect.TypeOf(event)]
	if len(routes) == 0 && p.routes.ignored[reflect.TypeOf(event)] {
		return nil
	}
	if len(routes) == 0 {
		return fmt.Errorf("publish %T: the event has no consumer", event)
	}
	var opts *river.InsertOpts
	if carrier := p.telemetry.Carrier(ctx); carrier != nil {
		opts = &river.InsertOpts{Metadata: carrier}
	}
	var params []river.InsertManyParams
	for _, toJobs := range routes {
		for _, args := range toJobs(event) {
			params = append(params, river.InsertManyParams{Args: args, InsertOpts: opts})
		}
	}
	if len(params) == 0 {
		return nil
	}
	return tx.Raw(func(conn *pgx.Conn) error {
		if _, err := p.client.InsertManyTx(ctx, pgxTx{conn: conn}, params); err != nil {
			return fmt.Errorf("publish %T: %w", event, err)
		}
		return nil
	})
}

// pgxTx presents the transaction of a connection to River. Begin, Commit and Rollback belong to the owner of the
// transaction: here they are methods of a nil interface, and panic.
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

// driver is River's driver without LISTEN/NOTIFY. River would notify for every job, and a transaction that has
// notified takes a database-wide lock at COMMIT. Checkouts insert jobs, so they would commit one at a time. Runners
// poll instead.
type driver struct{ *riverpgxv5.Driver }

func newDriver(pool *pgxpool.Pool) driver { return driver{riverpgxv5.New(pool)} }

// SupportsListener disables LISTEN.
func (driver) SupportsListener() bool { return false }

// SupportsListenNotify disables NOTIFY.
func (driver) SupportsListenNotify() bool { return false }

// Workers holds the handlers of jobs.
type Workers struct {
	river     *river.Workers
	telemetry *telemetry.Telemetry
}

// NewWorkers returns workers without handlers.
func NewWorkers(t *telemetry.Telemetry) *Workers {
	return &Workers{river: river.NewWorkers(), telemetry: t}
}

// maxAttempts lets a job be retried for 40 days before River discards it, because every event must be delivered.
const maxAttempts = 1000

// backoff is one second after the first failure, doubles with each further one, and is at most one hour.
type backoff struct{ clock clock.Clock }

// NextRetry returns the time of the next attempt.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	return b.clock.Now().Add(min(time.Second<<min(len(job.Errors), 12), time.Hour))
}

// Handle adds fn as the handler of all jobs of A's kind. A job whose fn returns an error or panics is retried with
// exponential backoff, from one second to one hour. It continues the trace of the request that caused it.
func Handle[A Args](w *Workers, fn func(ctx context.Context, args A) error) {
	river.AddWorker(w.river, river.WorkFunc(func(ctx context.Context, job *river.Job[A]) error {
		return w.traced(ctx, job.JobRow, func(ctx context.Context) error { return fn(ctx, job.Args) })
	}))
}

// Runner fetches jobs and runs their handlers.
type Runner struct {
	client *river.Client[pgx.Tx]
	watch  *Loop // pauses and resumes the client
}

const (
	jobTimeout = 15 * time.Second
	// rescueAfter is the time after which a running job is taken for one of a killed process and run again.
	rescueAfter = jobTimeout + time.Second
	// rescueByRiver turns off River's own rescuer: it looks every 30 seconds, compares with the clock of its machine, and
	// discards kinds of jobs that it does not know, such as those of a newer release.
	rescueByRiver = 100 * 365 * 24 * time.Hour
	// finishedRetention bounds the size of the job table.
	finishedRetention = time.Hour
	// failedRetention is how long jobs that were discarded can be retried by hand.
	failedRetention = 90 * 24 * time.Hour
)

// NewRunner returns a runner that is not started. It polls every cfg.PollInterval and runs cfg.Workers jobs at once. It
// logs failed jobs as warnings and River's own messages below the level warn as debug messages. The clock, from which
// the times of retries come, is that of the database.
func NewRunner(pool *pgxpool.Pool, cfg config.Jobs, workers *Workers, clock clock.Clock, log *slog.Logger,
) (*Runner, error) {
	failed, err := newFailures(workers.telemetry, log)
	if err != nil {
		return nil, err
	}
	client, err := river.NewClient(newDriver(pool), &river.Config{
		Schema:            schema,
		FetchPollInterval: cfg.PollInterval,
		FetchCooldown:     min(cfg.PollInterval, river.FetchCooldownDefault),
		JobTimeout:        jobTimeout,
		RetryPolicy:       backoff{clock},
		ErrorHandler:      failed,

		RescueStuckJobsAfter:        rescueByRiver,
		CompletedJobRetentionPeriod: finishedRetention,
		DiscardedJobRetentionPeriod: failedRetention,
		CancelledJobRetentionPeriod: failedRetention,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: cfg.Workers}, slowQueue: {MaxWorkers: slowWorkers},
		},
		Workers: workers.river,
		Logger:  slog.New(quietHandler{log.Handler()}),
	})
	if err != nil {
		return nil, fmt.Errorf("open the job queue: %w", err)
	}
	p := &pausing{queue: client, due: dueIn(pool), rescue: rescueIn(pool), after: cfg.PauseAfter, last: time.Now()}
	return &Runner{client, NewLoop("watch for jobs", Every(cfg.PollInterval), p.look, log)}, nil
}

// Start starts to fetch jobs. It returns postgres.ErrUnavailable when the database cannot be reached; then it may be
// called again. The end of ctx does not stop the runner.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", postgres.Fault(err))
	}
	return r.watch.Start(ctx)
}

// Stop stops to fetch jobs and waits for the running ones. It returns ctx's error when ctx ends before they do.
func (r *Runner) Stop(ctx context.Context) error {
	return errors.Join(r.watch.Stop(ctx), r.client.Stop(ctx))
}
