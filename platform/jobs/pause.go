package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// pausing stops a job queue without jobs and starts it again when one is due. A started River client wakes the process
// more than 20 times a second even when there is no job; a stopped one leaves a single statement per poll.
type pausing struct {
	queue interface {
		Start(ctx context.Context) error
		Stop(ctx context.Context) error
	}
	due     func(ctx context.Context) (bool, error)
	rescue  func(ctx context.Context) error
	after   time.Duration // without jobs until the queue is stopped
	paused  bool
	last    time.Time // the last look that found a job, or the start
	rescued time.Time // when abandoned jobs were last rescued
}

// look is one round of the loop that watches for jobs. Errors leave the queue as it is until the next round.
func (p *pausing) look(ctx context.Context) (worked bool, err error) {
	due, err := p.due(ctx)
	if err != nil {
		return false, err
	}
	if due {
		p.last = time.Now()
	}
	if due && time.Since(p.rescued) >= rescueInterval {
		p.rescued = time.Now()
		if err := p.rescue(ctx); err != nil {
			return false, err
		}
	}
	switch {
	case due && p.paused:
		err = p.queue.Start(context.WithoutCancel(ctx))
		p.paused = err != nil
	case !due && !p.paused && time.Since(p.last) >= p.after:
		err = p.queue.Stop(ctx)
		p.paused = err == nil
	}
	return false, err
}

// dueIn returns a function that reports whether a pool's database has a job that runs or is due. The jobs of a crashed
// process count: they run until they are rescued.
func dueIn(pool *pgxpool.Pool) func(ctx context.Context) (bool, error) {
	const query = `SELECT EXISTS (SELECT FROM ` + schema + `.river_job WHERE state IN ('available', 'running')
			OR state IN ('scheduled', 'retryable') AND scheduled_at <= now())`
	return func(ctx context.Context) (due bool, err error) {
		if err := pool.QueryRow(ctx, query).Scan(&due); err != nil {
			return false, fmt.Errorf("look for jobs: %w", err)
		}
		return due, nil
	}
}

// rescueInterval is the interval in which a runner that has jobs looks for abandoned ones.
const rescueInterval = time.Second

// rescueIn returns a function that makes jobs available again that have been running for longer than rescueAfter: their
// process was killed. All times are the database's.
func rescueIn(pool *pgxpool.Pool) func(ctx context.Context) error {
	const statement = `UPDATE ` + schema + `.river_job SET state = 'available'
		WHERE state = 'running' AND attempted_at < now() - $1::interval`
	return func(ctx context.Context) error {
		if _, err := pool.Exec(ctx, statement, rescueAfter); err != nil {
			return fmt.Errorf("rescue abandoned jobs: %w", err)
		}
		return nil
	}
}
