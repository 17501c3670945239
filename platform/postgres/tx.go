package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

const (
	maxTries     = 5
	firstBackoff = 10 * time.Millisecond
	lastBackoff  = 200 * time.Millisecond
)

// InTx runs fn in one READ COMMITTED transaction: it commits when fn returns nil and rolls back otherwise. On a
// serialization failure, a deadlock or a connection that is lost before COMMIT is sent it runs the whole of fn again,
// five times at most, so fn must have no effect but through tx. Statements get ctx, with the transaction's budget;
// COMMIT has a budget of its own that the caller's cancellation does not reach, because an aborted COMMIT has an
// unknown outcome. When a connection is lost during COMMIT, nobody can say what became of it: ErrOutcome.
func (db *DB) InTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return db.repeat(ctx, fn, retryable)
}

// InRepeatableTx is InTx for an fn that finds out by itself, from a business key, what is done already. After a
// COMMIT with an unknown outcome it runs fn again, on a new connection.
func (db *DB) InRepeatableTx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return db.repeat(ctx, fn, func(err error) bool { return retryable(err) || errors.Is(err, ErrOutcome) })
}

func (db *DB) repeat(ctx context.Context, fn func(ctx context.Context, tx *Tx) error, again func(error) bool) error {
	for try := 1; ; try++ {
		err := db.once(ctx, fn)
		if err == nil || !again(err) || try == maxTries {
			return Fault(err)
		}
		if err := sleep(ctx, rand.N(min(firstBackoff<<try, lastBackoff))); err != nil { //nolint:gosec // jitter needs no secrecy
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
	life, end := context.WithTimeout(context.WithoutCancel(ctx), db.limits.TransactionTimeout+db.limits.CommitTimeout)
	defer end()
	conn, err := db.bun.Conn(ctx)
	if err != nil {
		return fmt.Errorf("acquire a connection: %w", err)
	}
	defer func() { _ = conn.Close() }() // back to the pool
	tx, err := conn.BeginTx(life, nil)
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

// guarded runs fn under the transaction's budget and rolls back when it fails or panics. A failed rollback changes
// nothing: the server rolls back by itself when the connection goes.
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
