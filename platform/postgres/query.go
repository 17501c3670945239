package postgres

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
)

// Conn runs statements. It is a *DB, which runs each in a transaction of its own, or a *Tx.
type Conn interface {
	conn() handle
}

type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// handle runs statements with numbered parameters through database/sql and scans rows with Bun, at half the cost of
// Bun's query builder.
type handle struct {
	run runner
	bun *bun.DB
}

func (h handle) conn() handle { return h }

// Tx is a transaction. It must not be used after the function that received it has returned.
type Tx struct {
	handle
	session bun.Conn
}

// Raw calls fn with the pgx connection of the transaction, for libraries that use pgx. fn must not commit or roll
// back, and must not keep the connection.
func (tx *Tx) Raw(fn func(conn *pgx.Conn) error) error {
	return tx.session.Raw(func(driverConn any) error {
		conn, ok := driverConn.(*guarded)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T", driverConn)
		}
		return fn(conn.Conn.Conn())
	})
}

// All runs a query and returns all rows. T is a struct with bun tags. Errors are mapped by Fault, those of a SELECT
// outside of a transaction by ReadFault.
func All[T any](ctx context.Context, c Conn, query string, args ...any) ([]T, error) {
	h := c.conn()
	fault := faultOf(c, query)
	rows, err := h.run.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fault(err)
	}
	defer rows.Close()
	var out []T
	if err := h.bun.ScanRows(ctx, rows, &out); err != nil {
		return nil, fault(err)
	}
	return out, fault(rows.Err())
}

// One runs a query and returns its first row; found is false when there is no row. Errors are mapped as by All.
func One[T any](ctx context.Context, c Conn, query string, args ...any) (row T, found bool, err error) {
	rows, err := All[T](ctx, c, query, args...)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}

// Exec runs a statement and returns the number of affected rows. Errors are mapped by Fault.
func Exec(ctx context.Context, c Conn, query string, args ...any) (int64, error) {
	result, err := c.conn().run.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, Fault(err)
	}
	n, err := result.RowsAffected()
	return n, Fault(err)
}

// Select returns Bun's query builder, for reads whose conditions vary. Rows are scanned into a model with bun tags. The
// caller maps errors with ReadFault.
func Select(c Conn) *bun.SelectQuery {
	h := c.conn()
	return h.bun.NewSelect().Conn(h.run)
}

// JSON marshals v for a jsonb argument. v must be marshalable.
func JSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "null" // row structs can always be marshaled
	}
	return string(raw)
}
