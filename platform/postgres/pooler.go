package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"coinslot/platform/id"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// ErrPooler is returned by CheckSessions.
var ErrPooler = errors.New("database.url leads to a connection pooler that shares connections between sessions: " +
	"set PgBouncer's pool_mode to session, because the store needs its prepared statements, settings and LISTEN " +
	"for longer than a transaction")

// startup lists the parameters that every pooler accepts when a session begins.
var startup = []string{"application_name", "client_encoding", "options"}

// Settings makes connections set their run-time parameters with a statement after they are opened, because PgBouncer
// rejects most parameters in the startup message. Call it after the parameters are in the configuration.
func Settings(cfg *pgx.ConnConfig) {
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(cfg.RuntimeParams)) {
		if slices.Contains(startup, strings.ToLower(name)) {
			continue
		}
		settings = append(settings, fmt.Sprintf("set_config(%s, %s, false)", literal(name), literal(cfg.RuntimeParams[name])))
		delete(cfg.RuntimeParams, name)
	}
	if len(settings) == 0 {
		return
	}
	statement, timeout := "SELECT "+strings.Join(settings, ", "), cfg.ConnectTimeout
	cfg.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if timeout > 0 {
			bounded, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			ctx = bounded
		}
		_, err := conn.Exec(ctx, statement).ReadAll()
		return err
	}
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// rounds is how often CheckSessions compares. A pooler may give a session the same server connection again by chance.
const rounds = 8

// sessionSetting is a setting that only CheckSessions uses.
const sessionSetting = "coinslot.session"

// CheckSessions returns ErrPooler if the database is behind a pooler that does not keep a server connection for each
// session, and nil for a server or a pooler in session mode.
func (db *DB) CheckSessions(ctx context.Context) error {
	first, err := acquireWithin(ctx, db.limits.AcquireTimeout, db.pool.Acquire)
	if err != nil {
		return Fault(err)
	}
	defer first.Release()
	var server uint32
	if err := first.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&server); err != nil {
		return Fault(err)
	}
	if server == first.Conn().PgConn().PID() {
		return nil // a pooler sends an ID of its own
	}
	second, err := acquireWithin(ctx, db.limits.AcquireTimeout, db.pool.Acquire)
	if err != nil {
		return Fault(err)
	}
	defer second.Release()
	for range rounds {
		if err := compareSessions(ctx, first, second, id.V7{}.NewID().String()); err != nil {
			return Fault(err)
		}
	}
	return nil
}

// compareSessions returns ErrPooler if one session sees a setting of the other, or no longer sees its own while the
// other one is in a transaction.
func compareSessions(ctx context.Context, first, second *pgxpool.Conn, value string) error {
	if _, err := first.Exec(ctx, "SELECT set_config('"+sessionSetting+"', $1, false)", value); err != nil {
		return err
	}
	if seen, err := sessionValue(ctx, second); err != nil || seen == value {
		return errors.Join(err, errIf(seen == value))
	}
	tx, err := second.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // it only reads
	other, err := sessionValue(ctx, tx)
	if err != nil {
		return err
	}
	own, err := sessionValue(ctx, first)
	return errors.Join(err, errIf(other == value || own != value))
}

func errIf(pooled bool) error {
	if pooled {
		return ErrPooler
	}
	return nil
}

func sessionValue(ctx context.Context, conn interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
},
) (value string, err error) {
	err = conn.QueryRow(ctx, "SELECT coalesce(current_setting('"+sessionSetting+"', true), '')").Scan(&value)
	return value, err
}
