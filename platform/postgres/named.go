package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Named has the values of a statement with named parameters, such as @order_id. It must be the only argument of the
// statement. Every parameter must have a value and every value a parameter; otherwise nothing is sent and the statement
// returns an error. Each connection caches the rewritten text, so the text must be one of few.
type Named map[string]any

// numbered is a statement with numbered parameters, and their names in the order of the numbers.
type numbered struct {
	text  string
	names []string
}

// RewriteQuery implements pgx.QueryRewriter.
func (n Named) RewriteQuery(ctx context.Context, conn *pgx.Conn, query string, _ []any) (string, []any, error) {
	cache := conn.PgConn().CustomData()
	statement, found := cache[query].(numbered)
	if !found || len(statement.names) != len(n) {
		var err error
		if statement, err = n.number(ctx, conn, query); err != nil {
			return "", nil, err
		}
		cache[query] = statement
	}
	values := make([]any, len(statement.names))
	for i, name := range statement.names {
		value, found := n[name]
		if !found {
			_, err := n.number(ctx, conn, query)
			return "", nil, err
		}
		values[i] = plain(value)
	}
	return statement.text, values, nil
}

// number lets pgx replace the names, because it parses string literals and casts. The value of each name is the name
// itself, which gives the order.
func (n Named) number(ctx context.Context, conn *pgx.Conn, query string) (out numbered, err error) {
	names := make(pgx.StrictNamedArgs, len(n))
	for name := range n {
		names[name] = name
	}
	text, ordered, err := names.RewriteQuery(ctx, conn, query, nil)
	if err != nil {
		return out, err
	}
	out = numbered{text, make([]string, len(ordered))}
	for i, name := range ordered {
		out.names[i], _ = name.(string)
	}
	return out, nil
}
