package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestListen_ReceivesNotificationsOfCommittedTx(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	received, ended := make(chan struct{}, 100), make(chan error)
	go func() { ended <- d.DB.Listen(ctx, "events", func() { received <- struct{}{} }) }()
	wait := func() {
		t.Helper()
		select {
		case <-received:
		case <-time.After(time.Minute):
			require.Fail(t, "no notification was received")
		}
	}
	wait() // the call when it starts to listen
	abort := errors.New("abort")
	require.ErrorIs(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return errors.Join(postgres.Notify(ctx, tx, "events"), abort)
	}), abort)
	require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		require.NoError(t, postgres.Notify(ctx, tx, "events"))
		require.Empty(t, received, "before the commit")
		return nil
	}))
	wait()
	require.Empty(t, received, "of the transaction that was rolled back")

	owner, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer owner.Close(context.Background())
	_, err = owner.Exec(t.Context(), `
		SELECT pg_terminate_backend(pid)
		FROM pg_stat_activity
		WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	require.NoError(t, err)
	require.ErrorIs(t, <-ended, postgres.ErrUnavailable, "the connection is lost")
}
