package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Notify sends a notification on a channel when the transaction commits. Such a COMMIT takes a database-wide lock, so
// frequent transactions must not call it.
func Notify(ctx context.Context, tx *Tx, channel string) error {
	_, err := Exec(ctx, tx, `SELECT pg_notify($1, '')`, channel)
	return err
}

// Listen calls notify for every notification on a channel, and once when it starts to listen, because earlier
// notifications may have been lost. It uses a connection outside the pool. It returns an error when that connection is
// lost or ctx ends.
func (db *DB) Listen(ctx context.Context, channel string, notify func()) error {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return Fault(fmt.Errorf("connect to listen: %w", err))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return Fault(fmt.Errorf("listen on %s: %w", channel, err))
	}
	for {
		notify()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return Fault(fmt.Errorf("wait for notifications on %s: %w", channel, err))
		}
	}
}
