//go:build unix

package recovery_test

import (
	"context"
	"os"
	"testing"
	"time"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// A COMMIT that waits for a synchronous standby can be ended by a cancel request. PostgreSQL then reports success
// and a warning, and the transaction is lost if the server fails.
func TestInTx_StandbyIsGone_OutcomeIsUnknown(t *testing.T) { //nolint:paralleltest // its server is its own
	if os.Getenv("COINSLOT_TEST_FAILOVER") == "" {
		t.Skip("the test runs with make failover")
	}
	s := newServer(t)
	s.create(t)
	s.exec(t, "coinslot", `CREATE TABLE t (n int PRIMARY KEY)`, `GRANT ALL ON t TO `+storeLogin)
	limits := pgtest.Limits(s.url(storeLogin, "coinslot"))
	limits.TransactionTimeout, limits.CommitTimeout = 2*time.Second, time.Second
	db, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	insert := func(n int) func(ctx context.Context, tx *postgres.Tx) error {
		return func(ctx context.Context, tx *postgres.Tx) error {
			_, err := postgres.Exec(ctx, tx, `INSERT INTO t (n) VALUES ($1) ON CONFLICT DO NOTHING`, n)
			return err
		}
	}
	s.exec(t, "coinslot", `ALTER SYSTEM SET synchronous_standby_names = 'gone'`,
		`SELECT pg_reload_conf()`)
	within(t, 10*time.Second, "commits wait for the standby", func() bool {
		return s.read(t, `SHOW synchronous_standby_names`)[0] == "gone"
	})
	require.ErrorIs(t, db.InTx(t.Context(), insert(1)), postgres.ErrOutcome)
	within(t, 10*time.Second, "it is committed locally", func() bool {
		return s.read(t, `SELECT count(*)::text FROM t WHERE n = 1`)[0] == "1"
	})
	require.ErrorIs(t, db.InRepeatableTx(t.Context(), insert(2)), postgres.ErrOutcome,
		"a repeated run that changes nothing waits, too")
	s.exec(t, "coinslot", `ALTER SYSTEM RESET synchronous_standby_names`,
		`SELECT pg_reload_conf()`)
	within(t, 10*time.Second, "commits no longer wait", func() bool {
		return db.InRepeatableTx(t.Context(), insert(3)) == nil
	})
}
