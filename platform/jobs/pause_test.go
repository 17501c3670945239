package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/jobs"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/telemetry"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// statements counts the runner's statements that watch for jobs and those that fetch them.
type statements struct{ watched, fetched atomic.Int32 }

// TraceQueryStart implements pgx.QueryTracer.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	switch {
	case strings.HasPrefix(data.SQL, "SELECT EXISTS"):
		s.watched.Add(1)
	case strings.Contains(data.SQL, "SKIP LOCKED"):
		s.fetched.Add(1)
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

type greeted struct{ Name string }

// greet is the job of greeted.
type greet struct{ greeted }

// Kind returns the kind of the job.
func (greet) Kind() string { return "greet" }

// greeting returns a publisher of greeted, the handler of its jobs, and the names that it has handled.
func greeting(t *testing.T, pool *pgxpool.Pool) (*jobs.Publisher, *jobs.Workers, <-chan string) {
	t.Helper()
	routes, workers, handled := jobs.NewRoutes(), jobs.NewWorkers(telemetry.Discard()), make(chan string)
	jobs.Subscribe(routes, func(e greeted) jobs.Args { return greet{e} })
	jobs.Handle(workers, func(_ context.Context, g greet) error {
		handled <- g.Name
		return nil
	})
	publisher, err := jobs.NewPublisher(pool, routes, telemetry.Discard())
	require.NoError(t, err)
	return publisher, workers, handled
}

func TestRunner_NoJobs_FetchesAgainWhenOneComes(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	cfg, err := pgxpool.ParseConfig(d.StoreURL)
	require.NoError(t, err)
	seen := &statements{}
	cfg.ConnConfig.Tracer = seen
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	publisher, workers, handled := greeting(t, pool)
	runner, err := jobs.NewRunner(pool, config.Jobs{
		PollInterval: 10 * time.Millisecond, PauseAfter: 50 * time.Millisecond, Workers: 1,
	}, workers, clock.System{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, runner.Start(t.Context()))

	for _, name := range []string{"ada", "bob"} {
		require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			return publisher.Publish(ctx, tx, greeted{name})
		}))
		require.Equal(t, name, <-handled)
		fetched, since := seen.fetched.Load(), seen.watched.Load()
		require.Eventually(t, func() bool {
			if now := seen.fetched.Load(); now != fetched {
				fetched, since = now, seen.watched.Load()
			}
			return seen.watched.Load() > since+20
		}, time.Minute, time.Millisecond, "20 looks for jobs without a fetch")
	}
	require.NoError(t, runner.Stop(t.Context()))
}

func TestRunner_DatabaseUnreachable_StartsLater(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	proxy := pgtest.NewFaultProxy(t, d.StoreURL)
	pool, err := pgxpool.New(t.Context(), proxy.URL)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	workers := jobs.NewWorkers(telemetry.Discard())
	jobs.Handle(workers, func(context.Context, greet) error { return nil })
	runner, err := jobs.NewRunner(pool, config.Jobs{
		PollInterval: 10 * time.Millisecond, PauseAfter: 50 * time.Millisecond, Workers: 1,
	}, workers, clock.System{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	proxy.DropBefore("SELECT 1")
	require.ErrorIs(t, runner.Start(t.Context()), postgres.ErrUnavailable)
	require.NoError(t, runner.Start(t.Context()))
	require.NoError(t, runner.Stop(t.Context()))
}

func TestRunner_JobOfAKilledProcess_RunsAgain(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	pool, err := pgxpool.New(t.Context(), d.StoreURL)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	publisher, workers, handled := greeting(t, pool)
	require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return errors.Join(publisher.Publish(ctx, tx, greeted{"ada"}), publisher.Publish(ctx, tx, greeted{"bob"}))
	}))
	_, err = pool.Exec(t.Context(), `UPDATE river.river_job SET state = 'running', attempt = 1,
		attempted_by = ARRAY['killed'],
		attempted_at = now() - CASE WHEN args->>'Name' = 'ada' THEN '17s' ELSE '7s' END::interval`)
	require.NoError(t, err)

	runner, err := jobs.NewRunner(pool, config.Jobs{
		PollInterval: 10 * time.Millisecond, PauseAfter: time.Hour, Workers: 1,
	}, workers, clock.System{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, runner.Start(t.Context()))
	require.Equal(t, "ada", <-handled)
	var younger string
	require.NoError(t, pool.QueryRow(t.Context(),
		`SELECT state || ', attempt ' || attempt FROM river.river_job WHERE args->>'Name' = 'bob'`).Scan(&younger))
	require.Equal(t, "running, attempt 1", younger, "it may be a job of a living process")
	require.NoError(t, runner.Stop(t.Context()))
}
