package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// Conn runs statements: a DB each on its own, a Tx all in one transaction.
type Conn interface {
	conn() handle
}

type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// handle sends $1 text through Bun's own connection and lets Bun scan the rows: half the cost of its builder.
type handle struct {
	run runner
	bun *bun.DB
}

func (h handle) conn() handle { return h }

// Tx is a transaction. It is invalid once the function that received it returns.
type Tx struct {
	handle
	session bun.Conn
}

// Raw lends fn the driver's connection of this transaction, for a library that speaks pgx itself.
func (tx *Tx) Raw(fn func(conn *pgx.Conn) error) error {
	return tx.session.Raw(func(driverConn any) error {
		conn, ok := driverConn.(*guarded)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T", driverConn)
		}
		return fn(conn.Conn.Conn())
	})
}

// All runs a query and returns its rows. T is a row struct with bun tags.
func All[T any](ctx context.Context, c Conn, query string, args ...any) ([]T, error) {
	h := c.conn()
	rows, err := h.run.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, Fault(err)
	}
	defer rows.Close()
	var out []T
	if err := h.bun.ScanRows(ctx, rows, &out); err != nil {
		return nil, Fault(err)
	}
	return out, Fault(rows.Err())
}

// One runs a query and returns its first row; found is false when there is none.
func One[T any](ctx context.Context, c Conn, query string, args ...any) (row T, found bool, err error) {
	rows, err := All[T](ctx, c, query, args...)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// Direct reads the first row of a query into dest, through the driver itself: without database/sql and Bun the store's
// share of a read is half as much. It is for the few reads that most requests are; found is false when there is no row.
func (db *DB) Direct(ctx context.Context, query string, args []any, dest ...any) (found bool, err error) {
	conn, err := patient(ctx, db.limits.AcquireTimeout, db.pool.Acquire)
	if err != nil {
		return false, Fault(err)
	}
	defer conn.Release()
	sent := append(make([]any, 0, len(args)+1), pgx.QueryExecModeCacheStatement)
	for _, arg := range args {
		sent = append(sent, plain(arg))
	}
	err = conn.QueryRow(ctx, query, sent...).Scan(dest...)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return err == nil, Fault(err)
}

// Exec runs a statement and returns how many rows it touched.
func Exec(ctx context.Context, c Conn, query string, args ...any) (int64, error) {
	result, err := c.conn().run.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, Fault(err)
	}
	n, err := result.RowsAffected()
	return n, Fault(err)
}

// Select starts a query of Bun's builder, for reads whose conditions vary. The rows go to a model with bun tags.
func Select(c Conn) *bun.SelectQuery {
	h := c.conn()
	return h.bun.NewSelect().Conn(h.run)
}

// JSON writes v as the text of a jsonb argument.
func JSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "null" // row structs always marshal
	}
	return string(raw)
}
