package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// dropUnreplicated closes a connection whose COMMIT no longer waits for a synchronous standby. PostgreSQL then reports
// success with a warning, although the transaction is lost if the server fails: a statement timeout or a cancel request
// is enough. Without the connection, the outcome of COMMIT is unknown.
func dropUnreplicated(conn *pgconn.PgConn, notice *pgconn.Notice) {
	if notice.Routine == "SyncRepWaitForLSN" {
		_ = conn.Conn().Close() // the reader returns the error
	}
}

// wait makes the transaction's COMMIT wait for the synchronous standby even if it has changed nothing. It follows a
// COMMIT with an unknown outcome, whose changes the transaction may have read before they are replicated.
func (tx *Tx) wait(ctx context.Context) error {
	if _, err := tx.run.ExecContext(ctx, `SELECT pg_logical_emit_message(true, 'coinslot', '')`); err != nil {
		return fmt.Errorf("wait for the standby: %w", err)
	}
	return nil
}
