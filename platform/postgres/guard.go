package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/id"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// seats are as many as the pool has connections. Who has one need not wait for a connection, so the time to wait is
// bounded here, and costs nothing while there is a free one.
type seats struct {
	taken   chan struct{}
	timeout time.Duration
}

func newSeats(limits config.Database) seats {
	return seats{make(chan struct{}, limits.PoolSize), limits.AcquireTimeout}
}

// take waits for a seat, but not for long: ErrBusy.
func (s seats) take(ctx context.Context) error {
	select {
	case s.taken <- struct{}{}:
		return nil
	default:
	}
	patience := time.NewTimer(s.timeout)
	defer patience.Stop()
	select {
	case s.taken <- struct{}{}:
		return nil
	case <-patience.C:
		return ErrBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s seats) leave() { <-s.taken }

// acquirer guards the connections that it gives out, each for a seat.
type acquirer struct {
	driver.Connector
	seats seats
}

func (a acquirer) Connect(ctx context.Context) (driver.Conn, error) {
	if err := a.seats.take(ctx); err != nil {
		return nil, err
	}
	conn, err := a.Connector.Connect(ctx)
	if err != nil {
		a.seats.leave()
		return nil, err
	}
	std, ok := conn.(*stdlib.Conn)
	if !ok {
		a.seats.leave()
		return nil, errors.Join(fmt.Errorf("the driver's connection is a %T", conn), conn.Close())
	}
	return &guarded{std, a.seats}, nil
}

// errLost says that a connection was lost after a statement had been sent.
var errLost = errors.New("the connection was lost before the answer came")

// guarded is a connection that tells "not sent" from "sent, and nobody knows". pgx 5.12 reports a connection that is
// lost while it waits for an answer as safe to retry (its NextResult drops the first error, and the second one says
// "conn closed"), its database/sql driver passes that on as ErrBadConn, and database/sql then runs the statement
// again: an INSERT twice. Reads may be repeated; anything else may not.
type guarded struct {
	*stdlib.Conn
	seats seats
}

// Close gives the connection back to the pool.
func (g *guarded) Close() error {
	defer g.seats.leave()
	return g.Conn.Close()
}

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
