package postgres_test

import (
	"context"
	"testing"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// openFaulty opens a database through a fault-injecting proxy.
func openFaulty(t *testing.T) (*postgres.DB, *pgtest.FaultProxy) {
	t.Helper()
	d := table(t)
	proxy := pgtest.NewFaultProxy(t, d.StoreURL)
	db, err := postgres.Open(pgtest.Limits(proxy.URL), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, proxy
}

// insertOnce is idempotent by the primary key.
func insertOnce(ctx context.Context, tx *postgres.Tx) error {
	_, err := postgres.Exec(ctx, tx, `INSERT INTO t (n) VALUES (7) ON CONFLICT DO NOTHING`)
	return err
}

func TestInRepeatableTx_ConnectionLostBeforeCommit_Retries(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"begin", "INSERT", "commit"} {
		db, proxy := openFaulty(t)
		proxy.DropBefore(word)
		runs := 0
		err := db.InRepeatableTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			runs++
			return insertOnce(ctx, tx)
		})
		require.NoError(t, err, word)
		require.Equal(t, 1, proxy.Drops())
		require.Equal(t, 3, rows(t, db))
	}
}

func TestTx_CommitResultLost_RetriesOrReturnsErrOutcome(t *testing.T) {
	t.Parallel()
	db, proxy := openFaulty(t)
	proxy.DropAfter("commit")
	runs := 0
	err := db.InRepeatableTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		runs++
		return insertOnce(ctx, tx)
	})
	require.NoError(t, err)
	require.Equal(t, 2, runs, "the second run finds the row of the first")
	require.Equal(t, 3, rows(t, db))

	proxy.DropAfter("commit")
	err = db.InTx(t.Context(), insertOnce)
	require.ErrorIs(t, err, postgres.ErrOutcome, "InTx does not repeat it")
	require.Equal(t, 2, proxy.Drops())
}
