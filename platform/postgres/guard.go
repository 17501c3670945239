package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"coinslot/platform/id"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// patient asks for a connection, but not for long: ErrBusy.
func patient[T any](ctx context.Context, timeout time.Duration,
	acquire func(ctx context.Context) (T, error),
) (T, error) {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	conn, err := acquire(bounded)
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return conn, ErrBusy
	}
	return conn, err
}

// acquirer bounds how long a request may wait for a free connection, and guards the connections it gives out.
type acquirer struct {
	driver.Connector
	timeout time.Duration
}

func (a acquirer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := patient(ctx, a.timeout, a.Connector.Connect)
	if err != nil {
		return nil, err
	}
	std, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver's connection is a %T", conn)
	}
	return &guarded{std}, nil
}

// errLost says that a connection was lost after a statement had been sent.
var errLost = errors.New("the connection was lost before the answer came")

// guarded is a connection that tells "not sent" from "sent, and nobody knows". pgx 5.12 reports a connection that is
// lost while it waits for an answer as safe to retry (its NextResult drops the first error, and the second one says
// "conn closed"), its database/sql driver passes that on as ErrBadConn, and database/sql then runs the statement
// again: an INSERT twice. Reads may be repeated; anything else may not.
type guarded struct{ *stdlib.Conn }

func (g *guarded) guard(alive bool, query string, err error) error {
	if alive && errors.Is(err, driver.ErrBadConn) && !strings.HasPrefix(strings.TrimSpace(query), "SELECT") {
		return errLost
	}
	return err
}

// ExecContext runs a statement.
func (g *guarded) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	alive := !g.Conn.Conn().IsClosed()
	result, err := g.Conn.ExecContext(ctx, query, prepared(args))
	return result, g.guard(alive, query, err)
}

// QueryContext runs a statement that returns rows.
func (g *guarded) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	alive := !g.Conn.Conn().IsClosed()
	rows, err := g.Conn.QueryContext(ctx, query, prepared(args))
	return rows, g.guard(alive, query, err)
}

// prepared has a statement with arguments parsed and planned once for each connection. Text without arguments may be
// Bun's, with its values written into it, and is sent as it is.
func prepared(args []driver.NamedValue) []driver.NamedValue {
	if len(args) == 0 {
		return args
	}
	out := make([]driver.NamedValue, 1, len(args)+1)
	out[0].Value = pgx.QueryExecModeCacheStatement
	for _, arg := range args {
		out = append(out, driver.NamedValue{Name: arg.Name, Ordinal: arg.Ordinal, Value: plain(arg.Value)})
	}
	return out
}

// plain takes an ID as its bytes: as a driver.Valuer it would go through text, for as long as the rest of the statement
// takes to be sent.
func plain(arg any) any {
	if v, ok := arg.(id.ID); ok {
		return [16]byte(v)
	}
	return arg
}
