package postgres_test

import (
	"context"
	"testing"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

func behindScissors(t *testing.T) (*postgres.DB, *pgtest.Scissors) {
	t.Helper()
	d := table(t)
	scissors := pgtest.NewScissors(t, d.StoreURL)
	db, err := postgres.Open(pgtest.Limits(scissors.URL), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, scissors
}

// insertOnce adds a row, as a business key lets it be added once.
func insertOnce(ctx context.Context, tx *postgres.Tx) error {
	_, err := postgres.Exec(ctx, tx, `INSERT INTO t (n) VALUES (7) ON CONFLICT DO NOTHING`)
	return err
}

func TestAConnectionLostBeforeCommitRunsTheWholeTransactionAgain(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"begin", "INSERT", "commit"} {
		db, scissors := behindScissors(t)
		scissors.CutBefore(word)
		runs := 0
		err := db.InRepeatableTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			runs++
			return insertOnce(ctx, tx)
		})
		require.NoError(t, err, word)
		require.Equal(t, 1, scissors.Cuts())
		require.Equal(t, 3, rows(t, db))
	}
}

func TestACommitWhoseAnswerIsLostIsResolvedOnANewConnection(t *testing.T) {
	t.Parallel()
	db, scissors := behindScissors(t)
	scissors.CutAfter("commit")
	runs := 0
	err := db.InRepeatableTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		runs++
		return insertOnce(ctx, tx)
	})
	require.NoError(t, err)
	require.Equal(t, 2, runs, "it looks again, and finds its row")
	require.Equal(t, 3, rows(t, db))

	scissors.CutAfter("commit")
	err = db.InTx(t.Context(), insertOnce)
	require.ErrorIs(t, err, postgres.ErrOutcome, "who cannot find out does not guess")
	require.Equal(t, 2, scissors.Cuts())
}

func TestOneAtATimeRunsUnderAKey(t *testing.T) {
	t.Parallel()
	db, _ := behindScissors(t)
	ran, err := db.Exclusive(t.Context(), 1, func(ctx context.Context) error {
		inner, err := db.Exclusive(ctx, 1, func(context.Context) error { return errAbort })
		require.NoError(t, err)
		require.False(t, inner)
		other, err := db.Exclusive(ctx, 2, func(context.Context) error { return errAbort })
		require.ErrorIs(t, err, errAbort)
		require.True(t, other)
		return nil
	})
	require.NoError(t, err)
	require.True(t, ran)
	ran, err = db.Exclusive(t.Context(), 1, func(context.Context) error { return nil })
	require.NoError(t, err)
	require.True(t, ran, "the key is free again")
}
