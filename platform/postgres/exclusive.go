package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Exclusive calls fn while it holds the advisory lock of a key. When another session of the database holds the lock, it
// returns false at once without calling fn. It holds one pooled connection during fn. PostgreSQL releases the lock when
// that connection is lost.
func (db *DB) Exclusive(ctx context.Context, key int64, fn func(ctx context.Context) error) (ran bool, err error) {
	conn, err := db.bun.Conn(ctx)
	if err != nil {
		return false, Fault(fmt.Errorf("acquire a connection: %w", err))
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	if err := conn.Conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, key).Scan(&ran); err != nil {
		return false, Fault(fmt.Errorf("acquire advisory lock %x: %w", key, err))
	}
	if !ran {
		return false, nil
	}
	err = fn(ctx)
	unlocking, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
	defer cancel()
	_, unlockErr := conn.Conn.ExecContext(unlocking, `SELECT pg_advisory_unlock($1)`, key)
	return true, errors.Join(err, Fault(unlockErr))
}

const unlockTimeout = time.Second
