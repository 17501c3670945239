package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Notify tells everybody who listens on a channel, once the transaction has committed. Such commits queue for a lock
// that the whole database shares, so this is nothing for what many do at once.
func Notify(ctx context.Context, tx *Tx, channel string) error {
	_, err := Exec(ctx, tx, `SELECT pg_notify($1, '')`, channel)
	return err
}

// Listen calls heard for every notice on a channel, and once at the beginning, because some may have been missed
// before. It has a connection of its own, and returns when that is lost or ctx ends.
func (db *DB) Listen(ctx context.Context, channel string, heard func()) error {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return Fault(fmt.Errorf("connect to listen: %w", err))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return Fault(fmt.Errorf("listen on %s: %w", channel, err))
	}
	for {
		heard()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return Fault(fmt.Errorf("wait for notices on %s: %w", channel, err))
		}
	}
}
