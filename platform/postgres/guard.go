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

// acquireWithin acquires a connection, and returns ErrBusy when none is free before the timeout. Opening a connection
// takes up to the connect timeout instead: see opening.
func acquireWithin[T any](
	ctx context.Context, timeout time.Duration, acquire func(ctx context.Context) (T, error),
) (T, error) {
	bounded, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(timeout, func() { cancel(ErrBusy) })
	defer timer.Stop()
	conn, err := acquire(context.WithValue(bounded, acquireTimer{}, timer))
	if err != nil && errors.Is(context.Cause(bounded), ErrBusy) {
		return conn, ErrBusy
	}
	return conn, err
}

// acquireTimer is the context's key of the timer that ends an acquisition.
type acquireTimer struct{}

// opening implements pgxpool's BeforeConnect: the acquisition no longer waits for others to release a connection, so
// its timer stops.
func opening(ctx context.Context, _ *pgx.ConnConfig) error {
	if timer, ok := ctx.Value(acquireTimer{}).(*time.Timer); ok {
		timer.Stop()
	}
	return nil
}

// acquirer limits the time that a request waits for a free connection, and wraps connections in guarded.
type acquirer struct {
	driver.Connector
	timeout time.Duration
}

func (a acquirer) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := acquireWithin(ctx, a.timeout, a.Connector.Connect)
	if err != nil {
		return nil, err
	}
	std, ok := conn.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver's connection is a %T", conn)
	}
	return &guarded{std}, nil
}

// errLost is returned when a connection is lost after a statement was sent.
var errLost = errors.New("the connection was lost before the result arrived")

// guarded is a connection that does not return driver.ErrBadConn for a write that was sent. pgx 5.12 reports a
// connection that is lost while it waits for a result as safe to retry: its NextResult drops the first error, and the
// second one is "conn closed". Its database/sql driver returns ErrBadConn then, and database/sql repeats the statement,
// so that an INSERT would be executed twice. Reads may be repeated.
type guarded struct{ *stdlib.Conn }

func (g *guarded) guard(alive bool, query string, err error) error {
	if alive && errors.Is(err, driver.ErrBadConn) && !strings.HasPrefix(strings.TrimSpace(query), "SELECT") {
		return errLost
	}
	return err
}

// ExecContext implements driver.ExecerContext.
func (g *guarded) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	alive := !g.Conn.Conn().IsClosed()
	result, err := g.Conn.ExecContext(ctx, query, withMode(args))
	return result, g.guard(alive, query, err)
}

// QueryContext implements driver.QueryerContext.
func (g *guarded) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	alive := !g.Conn.Conn().IsClosed()
	rows, err := g.Conn.QueryContext(ctx, query, withMode(args))
	return rows, g.guard(alive, query, err)
}

// withMode makes pgx prepare a statement with arguments once for each connection. A statement without arguments may be
// one of Bun with literal values, and is not prepared.
func withMode(args []driver.NamedValue) []driver.NamedValue {
	if len(args) == 0 {
		return []driver.NamedValue{{Ordinal: 1, Value: pgx.QueryExecModeSimpleProtocol}}
	}
	out := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		out[i] = driver.NamedValue{Name: arg.Name, Ordinal: arg.Ordinal, Value: plain(arg.Value)}
	}
	return out
}

// plain returns an ID as bytes, and any other argument unchanged. As a driver.Valuer an ID would be formatted as text,
// which takes about as long as sending the rest of the statement.
func plain(arg any) any {
	if v, ok := arg.(id.ID); ok {
		return [16]byte(v)
	}
	return arg
}
