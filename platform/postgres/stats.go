package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PoolStats is the state of a connection pool, and its counts since it was opened.
type PoolStats struct {
	Max, Used, Idle int64         // connections
	Waiting         int64         // callers that wait for a connection now
	Waits           int64         // acquisitions for which no connection was idle
	Waited          time.Duration // the total time of those
	Timeouts        int64         // acquisitions that ended without a connection
}

// Stats returns the state of the pool. It does not lock the pool for longer than a moment.
func (db *DB) Stats() PoolStats {
	stats := StatsOf(db.pool)
	stats.Waiting = db.acquiring.pending.Load()
	return stats
}

// StatsOf returns the state of a pool of OpenPool. The number of waiting callers is not known.
func StatsOf(pool *pgxpool.Pool) PoolStats {
	s := pool.Stat()
	return PoolStats{
		Max: int64(s.MaxConns()), Used: int64(s.AcquiredConns()), Idle: int64(s.IdleConns()),
		Waits: s.EmptyAcquireCount(), Waited: s.EmptyAcquireWaitTime(), Timeouts: s.CanceledAcquireCount(),
	}
}

// acquiring counts the callers that wait for a connection. As pgx.QueryTracer it does nothing.
type acquiring struct{ pending atomic.Int64 }

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (a *acquiring) TraceAcquireStart(
	ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData,
) context.Context {
	a.pending.Add(1)
	return ctx
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (a *acquiring) TraceAcquireEnd(context.Context, *pgxpool.Pool, pgxpool.TraceAcquireEndData) {
	a.pending.Add(-1)
}

// TraceQueryStart implements pgx.QueryTracer.
func (a *acquiring) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (a *acquiring) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// with returns a tracer that also calls others.
func (a *acquiring) with(tracers []pgx.QueryTracer) pgx.QueryTracer {
	all := []pgx.QueryTracer{a}
	for _, tracer := range tracers {
		if tracer != nil {
			all = append(all, tracer)
		}
	}
	if len(all) == 1 {
		return a
	}
	return multitracer.New(all...)
}
