package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/fault"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// replica is a hot standby of the primary, or several behind one URL, that Read may ask.
//
// A read asks the primary for its present WAL position, and then a standby that has replayed it: what was committed
// before the read began, by anyone, is visible to it. This is the read index of Raft. The position is checked when a
// connection is acquired, on that connection, so that no statement reaches a standby that is behind.
type replica struct {
	db        *DB // the pool of standbys: its connections are checked, see ready
	positions positions
	paused    atomic.Int64 // no standby is asked until then: time since start
	start     time.Time
	reads     atomic.Int64
	fallbacks [len(Fallbacks)]atomic.Int64
}

// replicaAcquire is how long a read waits for a connection to a standby that is ready, also while one is opened.
const replicaAcquire = 25 * time.Millisecond

// replicaPause is how long no standby is asked after one has not been ready or has failed. Meanwhile a read costs no
// more than without a replica.
const replicaPause = 100 * time.Millisecond

// Fallbacks are the reasons why the primary answers a read instead of a standby.
var Fallbacks = [...]string{
	"paused",      // another read has fallen back a moment ago
	"position",    // the primary has not told its position
	"behind",      // the standby has not replayed the position in time
	"conflict",    // the standby has canceled the statement to replay WAL
	"unavailable", // the standby cannot be reached, has no free connection, or has failed
}

const (
	fellPaused = iota
	fellPosition
	fellBehind
	fellConflict
	fellUnavailable
)

// ReplicaStats counts the calls of Read since the start.
type ReplicaStats struct {
	Reads     int64                 // answered by a standby
	Fallbacks [len(Fallbacks)]int64 // answered by the primary, by reason
	Pool      PoolStats             // the connections to standbys
}

// ReplicaStats returns the counts of reads; ok is false without a replica.
func (db *DB) ReplicaStats() (stats ReplicaStats, ok bool) {
	if db.replica == nil {
		return stats, false
	}
	stats.Reads, stats.Pool = db.replica.reads.Load(), db.replica.db.Stats()
	for i := range stats.Fallbacks {
		stats.Fallbacks[i] = db.replica.fallbacks[i].Load()
	}
	return stats, true
}

// openReplica returns the replica of a primary; nil when none is configured.
func openReplica(limits config.Database, primary *DB, tracers []pgx.QueryTracer) (*replica, error) {
	if limits.ReplicaURL == "" {
		return nil, nil
	}
	limits.URL, limits.AcquireTimeout = limits.ReplicaURL, replicaAcquire
	cfg, err := poolConfig(limits)
	if err != nil {
		return nil, errors.New("configuration key database.replica_url: the URL cannot be read")
	}
	cfg.PrepareConn = ready
	db, err := openPool(limits, cfg, tracers)
	if err != nil {
		return nil, err
	}
	return &replica{db: db, positions: positions{db: primary}, start: time.Now()}, nil
}

// Read calls read with a database for its statements: a standby that has replayed all that was committed when Read was
// called, or the primary when there is none. So its result is never older than that of the primary at the time of the
// call. It is for lists and views; a decision reads the primary, because a row that was read may have changed since.
//
// read must only read, and have no effect but its result: when the standby fails, Read calls it again with the primary.
// An error that is a fault of the domain is returned at once. Inside of Together the primary is read.
func Read[T any](ctx context.Context, db *DB, read func(ctx context.Context, from *DB) (T, error)) (T, error) {
	r := db.replica
	if r == nil || ctx.Value(collector{}) != nil {
		return read(ctx, db)
	}
	out, answered, err := ask(ctx, r, read)
	if answered || ctx.Err() != nil {
		return out, err
	}
	return read(ctx, db)
}

// ask calls read with a standby; answered is false when the primary must be asked.
func ask[T any](
	ctx context.Context, r *replica, read func(ctx context.Context, from *DB) (T, error),
) (out T, answered bool, err error) {
	if time.Since(r.start) < time.Duration(r.paused.Load()) {
		r.fallbacks[fellPaused].Add(1)
		return out, false, nil
	}
	at, err := r.positions.now(ctx)
	if err != nil {
		r.fallbacks[fellPosition].Add(1)
		return out, false, err
	}
	bounded, cancel := context.WithTimeout(context.WithValue(ctx, positionKey{}, at), r.db.limits.StatementTimeout)
	defer cancel()
	out, err = read(bounded, r.db)
	if err == nil || isAnswer(err) {
		r.reads.Add(1)
		return out, true, err
	}
	if ctx.Err() == nil {
		r.fallBack(err)
	}
	return out, false, err
}

// isAnswer reports whether an error is one that the primary would return, too.
func isAnswer(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Kind != fault.Unavailable && !errors.Is(err, ErrLocked)
}

// fallBack counts a read that a standby has not answered, and pauses the replica unless only this statement failed.
func (r *replica) fallBack(err error) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01") {
		r.fallbacks[fellConflict].Add(1)
		return
	}
	reason := fellUnavailable
	if errors.Is(err, errBehind) {
		reason = fellBehind
	}
	r.fallbacks[reason].Add(1)
	r.paused.Store(int64(time.Since(r.start) + replicaPause))
}

func (r *replica) close() error {
	if r == nil {
		return nil
	}
	if err := r.db.Close(); err != nil {
		return fmt.Errorf("close the replica: %w", err)
	}
	return nil
}
