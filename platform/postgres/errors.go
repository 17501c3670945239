package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"coinslot/platform/fault"

	"github.com/jackc/pgx/v5/pgconn"
)

// The faults that any repository may return.
var (
	ErrBusy        = fault.ErrOverloaded
	ErrUnavailable = fault.New(fault.Unavailable, "database-unavailable",
		"the store cannot reach its database; nothing is lost, try again in a moment").After(time.Second)
	ErrOutcome = fault.New(fault.Unavailable, "outcome-unknown",
		"the connection to the database was lost during the commit, so the change may or may not be stored; "+
			"check before you repeat it").After(time.Second)
	ErrLocked = fault.New(fault.Conflict, "resource-busy",
		"another request is changing this object; try again").After(time.Second)
	ErrText = fault.New(fault.Invalid, "bad-text", "a text has a character that cannot be stored, such as NUL")
)

// byState maps SQLSTATEs to faults. A key of two characters stands for a class.
var byState = map[string]*fault.Error{
	"08":    ErrUnavailable, // connection exceptions
	"53":    ErrUnavailable, // out of disk, memory or connections
	"57":    ErrUnavailable, // shutdown, crash, statement timeout
	"58":    ErrUnavailable, // input/output errors
	"25006": ErrUnavailable, // read-only transaction: a failover is in progress
	"40001": ErrUnavailable, // serialization failure, after every retry
	"40P01": ErrUnavailable, // deadlock, after every retry
	"55P03": ErrLocked,
	"22021": ErrText,
	"22P05": ErrText,
}

// Fault wraps a driver's error with ErrUnavailable, ErrLocked or ErrText when it is one of these. It returns any other
// error unchanged, and nil for nil.
func Fault(err error) error {
	if err == nil || fault.Of(err) != nil {
		return err
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if f := firstFault(byState[pg.Code], byState[pg.Code[:2]]); f != nil {
			return fmt.Errorf("%w (%w)", f, err)
		}
		return err
	}
	if isConnection(err) {
		return fmt.Errorf("%w (%w)", ErrUnavailable, err)
	}
	return err
}

// ReadFault is Fault for a statement that only reads. It waits for no writer, so a lock that it cannot get is that of a
// whole table, which an operator or a migration has locked: it returns ErrUnavailable instead of ErrLocked.
func ReadFault(err error) error {
	mapped := Fault(err)
	if errors.Is(mapped, ErrLocked) {
		return fmt.Errorf("%w (%s)", ErrUnavailable, err.Error())
	}
	return mapped
}

// faultOf returns the mapping of the errors of a statement. Rows are locked in transactions only.
func faultOf(c Conn, query string) func(error) error {
	if _, alone := c.(*DB); alone && strings.HasPrefix(query, "SELECT") {
		return ReadFault
	}
	return Fault
}

func firstFault(a, b *fault.Error) *fault.Error {
	if a != nil {
		return a
	}
	return b
}

func isConnection(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, errLost) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) || errors.As(err, &connect) ||
		strings.Contains(err.Error(), "conn closed")
}

// IsUnique reports whether err is a violation of a unique constraint or index. With names, it must be one of these.
func IsUnique(err error, names ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "23505" {
		return false
	}
	for _, name := range names {
		if pg.ConstraintName == name {
			return true
		}
	}
	return len(names) == 0
}

// retryable reports whether a failed transaction was certainly not committed and may succeed when it is repeated.
func retryable(err error) bool {
	if errors.Is(err, ErrOutcome) || errors.Is(err, ErrBusy) {
		return false
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01" || pg.Code[:3] == "57P"
	}
	return isConnection(err) && !errors.Is(err, context.DeadlineExceeded)
}

// Uncertain reports whether a failed statement may have taken effect: its connection was lost or its context ended
// after it was sent.
func Uncertain(err error) bool {
	if err == nil || errors.Is(err, ErrBusy) || errors.Is(err, driver.ErrBadConn) {
		return false
	}
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return false
	}
	if errors.As(err, &pg) {
		return pg.Code[:3] == "57P" || pg.Code[:2] == "08" // the server shut down or crashed
	}
	return isConnection(err) || errors.Is(err, context.Canceled)
}
