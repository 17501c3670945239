package postgres

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"coinslot/platform/mutant"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// statement is a statement that pgx itself executes, in a transaction of its own. Without database/sql and Bun it takes
// half the CPU time, so it is for the most frequent statements.
type statement struct {
	query string
	args  []any
	take  func(rows pgx.Rows) error // reads the result; that of a repetition replaces the first one
	err   error                     // of the driver
}

// Direct scans the first row of a query into dest; found is false when there is no row. Errors are mapped by Fault,
// those of a SELECT by ReadFault.
func (db *DB) Direct(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
	err = db.direct(ctx, &statement{query: query, args: args, take: func(rows pgx.Rows) error {
		if found = rows.Next(); found {
			return rows.Scan(dest...)
		}
		return nil
	}})
	return found && err == nil, err
}

// DirectAll returns all rows of a query; columns returns where the columns of a row are scanned to. Errors are mapped
// as by Direct.
func DirectAll[T any](ctx context.Context, db *DB, query string, args []any, columns func(row *T) []any) ([]T, error) {
	var all []T
	err := db.direct(ctx, &statement{query: query, args: args, take: func(rows pgx.Rows) error {
		all = nil
		for rows.Next() {
			all = append(all, *new(T))
			if err := rows.Scan(columns(&all[len(all)-1])...); err != nil {
				return err
			}
		}
		return nil
	}})
	return all, err
}

// DirectExec runs a statement and returns the number of affected rows. Errors are mapped as by Direct.
func (db *DB) DirectExec(ctx context.Context, query string, args ...any) (affected int64, err error) {
	err = db.direct(ctx, &statement{query: query, args: args, take: func(rows pgx.Rows) error {
		rows.Close()
		affected = rows.CommandTag().RowsAffected()
		return nil
	}})
	return affected, err
}

func (db *DB) direct(ctx context.Context, s *statement) error {
	for i, arg := range s.args {
		s.args[i] = plain(arg)
	}
	db.exchange(ctx, []*statement{s})
	if s.reads() {
		return ReadFault(s.err)
	}
	return Fault(s.err)
}

// reads reports whether a statement changes nothing.
func (s *statement) reads() bool { return strings.HasPrefix(s.query, "SELECT") }

// send executes statements in one round trip. A batch is one transaction: when one of its statements fails, none takes
// effect, and each is executed once more by itself, so that it has its own result.
func (db *DB) send(ctx context.Context, statements []*statement) {
	if !db.execute(ctx, statements) {
		return
	}
	for _, s := range statements {
		if s.repeatable(len(statements) > 1) && ctx.Err() == nil {
			db.execute(ctx, []*statement{s})
		}
	}
}

// repeatable reports whether a failed statement may be executed once more: a read after a lost connection, and those of
// a batch. A write is not repeated when it may have taken effect.
func (s *statement) repeatable(batched bool) bool {
	var pg *pgconn.PgError
	switch {
	case s.err == nil:
		return false
	case s.reads():
		return batched || (isConnection(s.err) && !errors.As(s.err, &pg))
	}
	return batched && (!Uncertain(s.err) || mutant.On("repeat-a-write-with-an-unknown-outcome"))
}

// execute executes statements on one connection; sent is false when it got none.
func (db *DB) execute(ctx context.Context, statements []*statement) (sent bool) {
	conn, err := acquireWithin(ctx, db.limits.AcquireTimeout, db.pool.Acquire)
	if err != nil {
		for _, s := range statements {
			s.err = err
		}
		return false
	}
	defer conn.Release()
	if len(statements) == 1 {
		only := statements[0]
		only.finish(conn.Query(ctx, only.query, only.args...))
		return true
	}
	batch := &pgx.Batch{}
	for _, s := range statements {
		batch.Queue(s.query, s.args...)
	}
	results := conn.SendBatch(ctx, batch)
	for _, s := range statements {
		s.finish(results.Query())
		err = cmp.Or(err, s.err)
	}
	err = cmp.Or(err, results.Close()) // which waits for the commit
	for _, s := range statements {
		if !mutant.On("keep-a-write-of-a-failed-batch") {
			s.err = cmp.Or(err, s.err)
		}
	}
	return true
}

// finish takes the result of an execution.
func (s *statement) finish(rows pgx.Rows, err error) {
	if err == nil {
		err = s.take(rows)
		rows.Close()
		err = cmp.Or(rows.Err(), err)
	}
	s.err = err
}
