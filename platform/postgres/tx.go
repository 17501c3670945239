package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"coinslot/platform/mutant"

	"github.com/uptrace/bun"
)

const (
	maxTries     = 5
	firstBackoff = 10 * time.Millisecond
	lastBackoff  = 200 * time.Millisecond
)

// AsyncCommit is for the FROM clause of a statement outside of a transaction: its commit returns before it is durable.
// A crash of the database in the next moments may lose it, but then it loses all later commits, too. So it is for a
// change whose loss is harmless, or is noticed because a later step is lost with it.
const AsyncCommit = `set_config('synchronous_commit', 'off', TRUE)`

// InTx runs fn in a READ COMMITTED transaction. It commits when fn returns nil, and rolls back when fn returns an
// error or panics.
//
// After a serialization failure, a deadlock, or a connection that is lost before COMMIT is sent, it calls fn again,
// up to five times in total, so fn must have no effect except through tx. The context that fn receives ends with ctx
// or after the transaction timeout. COMMIT has a timeout of its own and does not end with ctx, because a canceled
// COMMIT has an unknown outcome.
//
// It returns ErrOutcome when the connection is lost during COMMIT: the transaction may or may not be committed. It
// returns ErrBusy when no connection is free in time. Other errors are mapped by Fault.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return db.repeat(ctx, fn, retryable)
}

// InRepeatableTx is InTx for an fn that is idempotent, by a business key. When the outcome of COMMIT is unknown, it
// calls fn again on a new connection. It also calls fn again after a lock timeout, until a transaction that held the
// lock from the beginning must have ended: it returns ErrLocked only when further transactions took the lock meanwhile.
func (db *DB) InRepeatableTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	began := time.Now()
	for {
		err := db.repeat(ctx, fn, func(err error) bool { return retryable(err) || errors.Is(err, ErrOutcome) })
		waited := time.Since(began) > db.limits.TransactionTimeout+db.limits.CommitTimeout
		if !errors.Is(err, ErrLocked) || waited || ctx.Err() != nil || mutant.On("give-up-after-one-lock-timeout") {
			return err
		}
	}
}

func (db *DB) repeat(ctx context.Context, fn func(ctx context.Context, tx *Tx) error, retry func(error) bool) error {
	run := fn
	for try := 1; ; try++ {
		err := db.once(ctx, run)
		if err == nil || !retry(err) || try == maxTries {
			return Fault(err)
		}
		if errors.Is(err, ErrOutcome) {
			run = func(ctx context.Context, tx *Tx) error {
				if err := fn(ctx, tx); err != nil {
					return err
				}
				return tx.wait(ctx)
			}
		}
		backoff := rand.N(min(firstBackoff<<try, lastBackoff)) //nolint:gosec // jitter is not a secret
		if err := sleep(ctx, backoff); err != nil {
			return Fault(err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (db *DB) once(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	ctx = byItself(ctx)
	whole, cancel := context.WithTimeout(context.WithoutCancel(ctx),
		db.limits.TransactionTimeout+db.limits.CommitTimeout)
	defer cancel()
	conn, err := db.bun.Conn(ctx)
	if err != nil {
		return fmt.Errorf("acquire a connection: %w", err)
	}
	defer func() { _ = conn.Close() }() // returns it to the pool
	tx, err := conn.BeginTx(whole, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := db.guarded(ctx, &Tx{handle: handle{run: tx.Tx, bun: db.bun}, session: conn}, tx, fn); err != nil {
		return err
	}
	err = tx.Commit()
	if Uncertain(err) {
		return fmt.Errorf("%w (commit: %w)", ErrOutcome, err)
	}
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// guarded calls fn with the transaction timeout, and rolls back when fn fails or panics. It ignores an error of the
// rollback, because the server rolls back when the connection is lost.
func (db *DB) guarded(ctx context.Context, tx *Tx, raw bun.Tx, fn func(ctx context.Context, tx *Tx) error) error {
	done := false
	defer func() {
		if !done {
			_ = raw.Rollback()
		}
	}()
	bounded, cancel := context.WithTimeout(ctx, db.limits.TransactionTimeout)
	defer cancel()
	if err := fn(bounded, tx); err != nil {
		return err
	}
	done = true
	return nil
}
