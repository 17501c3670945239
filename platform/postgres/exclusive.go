package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Exclusive runs fn unless somebody else runs under the same key in this database, and reports whether it did. The
// lock is a connection's: when its holder dies, it is free.
func (db *DB) Exclusive(ctx context.Context, key int64, fn func(ctx context.Context) error) (ran bool, err error) {
	conn, err := db.bun.Conn(ctx)
	if err != nil {
		return false, Fault(fmt.Errorf("acquire a connection: %w", err))
	}
	defer func() { _ = conn.Close() }() // back to the pool
	if err := conn.Conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, key).Scan(&ran); err != nil {
		return false, Fault(fmt.Errorf("take lock %x: %w", key, err))
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
