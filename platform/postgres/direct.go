package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Rows is Direct for all rows of a query: columns returns the destinations of a row's columns. A statement with named
// parameters has Named as its only argument.
func Rows[T any](
	ctx context.Context, db *DB, columns func(row *T) []any, query string, args ...any,
) (out []T, err error) {
	conn, err := acquireWithin(ctx, db.limits.AcquireTimeout, db.pool.Acquire)
	if err != nil {
		return nil, ReadFault(err)
	}
	defer conn.Release()
	rows, err := conn.Query(ctx, query, direct(args)...)
	if err != nil {
		return nil, ReadFault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := rows.Scan(columns(&row)...); err != nil {
			return nil, ReadFault(err)
		}
		out = append(out, row)
	}
	return out, ReadFault(rows.Err())
}

// direct returns the arguments as pgx receives them: it prepares the statement once for each connection.
func direct(args []any) []any {
	sent := append(make([]any, 0, len(args)+1), pgx.QueryExecModeCacheStatement)
	for _, arg := range args {
		sent = append(sent, plain(arg))
	}
	return sent
}
