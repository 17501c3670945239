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

// The faults that every store may return.
var (
	ErrBusy        = fault.ErrOverloaded
	ErrUnavailable = fault.New(fault.Unavailable, "database-unavailable",
		"the store cannot reach its database right now; nothing is lost, try again in a moment").After(time.Second)
	ErrOutcome = fault.New(fault.Unavailable, "outcome-unknown",
		"the database went away while the change was made, so it may be there or not; look before you repeat it").After(time.Second)
	ErrLocked = fault.New(fault.Conflict, "resource-busy",
		"somebody else is changing this right now; try again").After(time.Second)
	ErrText = fault.New(fault.Invalid, "bad-text", "a text holds a character that cannot be stored, such as NUL")
)

// byState is the one map from SQLSTATE to fault; two characters stand for a whole class.
var byState = map[string]*fault.Error{
	"08":    ErrUnavailable, // connection exceptions
	"53":    ErrUnavailable, // out of disk, memory or connections
	"57":    ErrUnavailable, // shutdown, crash, statement timeout
	"58":    ErrUnavailable, // input/output errors
	"25006": ErrUnavailable, // read-only: a failover is under way
	"40001": ErrUnavailable, // serialization failure, after every retry
	"40P01": ErrUnavailable, // deadlock, after every retry
	"55P03": ErrLocked,
	"22021": ErrText,
	"22P05": ErrText,
}

// Fault turns a driver's error into a fault where it has a meaning for callers; the cause stays in the chain for the
// log. Other errors pass unchanged.
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

// IsUnique reports whether err is the violation of a unique constraint or index; with names, of one of those.
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

// retryable reports whether a transaction that failed may be run again: it has certainly not been committed, and the
// next try may fare better.
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

// Uncertain reports whether a statement that failed may have taken effect all the same: its connection was lost, or
// the time was up, after it had been sent.
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
		return pg.Code[:3] == "57P" || pg.Code[:2] == "08" // the server went down in the middle
	}
	return isConnection(err) || errors.Is(err, context.Canceled)
}
