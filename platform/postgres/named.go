package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Named are the values of a statement that names its parameters, @order_id, instead of counting them, $7. It is the
// only argument of the statement, whose text is one of few: each connection keeps the text with its names replaced. A
// name that only the statement or only the values have is an error, and nothing is sent.
type Named map[string]any

// numbered is a statement whose names are replaced by numbers, with the names in the order of their numbers.
type numbered struct {
	text  string
	names []string
}

// RewriteQuery replaces the names, as pgx asks for.
func (n Named) RewriteQuery(ctx context.Context, conn *pgx.Conn, query string, _ []any) (string, []any, error) {
	kept := conn.PgConn().CustomData()
	statement, found := kept[query].(numbered)
	if !found || len(statement.names) != len(n) {
		var err error
		if statement, err = n.number(ctx, conn, query); err != nil {
			return "", nil, err
		}
		kept[query] = statement
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

// number lets pgx, which knows what in a statement is text, replace the names, and learns their order from it.
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
