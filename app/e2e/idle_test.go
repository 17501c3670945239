package e2e_test

import (
	"bytes"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// An idle store polls for jobs, invoices without numbers and stalled orders, with few transactions.
func TestIdleStore(t *testing.T) {
	t.Parallel()
	const (
		window = 10 * time.Second // idle sessions of PostgreSQL report their statistics within 10 s
		limit  = 150              // transactions of the whole database, 15 per second
	)
	p := harness.NewProgram(t)
	var output bytes.Buffer
	store, run := p.ServeWithOutput(t, &output)
	conn, err := pgx.Connect(t.Context(), run.MigrationDatabaseURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	transactionsDuring(t, conn, window) // those of the start
	n := transactionsDuring(t, conn, window)
	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	t.Logf("an idle store: %d transactions in %s", n, window)

	t.Run("runs_few_transactions", func(t *testing.T) {
		require.LessOrEqual(t, n, limit)
		require.Positive(t, n, "the sweepers run")
	})
	t.Run("logs_nothing_after_the_banner", func(t *testing.T) {
		_, rest, found := strings.Cut(output.String(), "Ctrl-C\n")
		require.True(t, found, output.String())
		require.Empty(t, strings.TrimSpace(rest))
	})
}

// transactionsDuring waits for a time window and returns the number of the database's transactions in it.
func transactionsDuring(t *testing.T, conn *pgx.Conn, window time.Duration) int {
	t.Helper()
	before := transactions(t, conn)
	<-time.After(window)
	return transactions(t, conn) - before
}

// transactions returns the number of the database's transactions so far. A statement outside of one counts as one.
func transactions(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `SELECT pg_stat_force_next_flush()`)
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()`).Scan(&n))
	return n
}

// NOTIFY takes a lock of the whole database at commit. Only changes of the catalog by staff send one.
func TestPurchase_SendsNoNotify(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) {
		cfg.Sweeper.Patience = time.Minute // the webhook is first to report the payment
	}))
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for _, channel := range []string{"river.river_insert", "river.river_control", "probe"} {
		_, err := conn.Exec(t.Context(), "LISTEN "+pgx.Identifier{channel}.Sanitize())
		require.NoError(t, err)
	}
	buyer := r.NewBuyer(t)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_requires_action", buyer.Add("star-orchard"))).Is(http.StatusAccepted)
	confirm(t, order, "success")
	harness.Eventually(t, "the job of the webhook is done", func() bool {
		return harness.Count(t, r, "river.river_job WHERE state = 'completed' AND kind = 'checkout.payment_changed'") > 0
	})
	other, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer other.Close(t.Context())
	_, err = other.Exec(t.Context(), "NOTIFY probe") // earlier notifications would be received before it
	require.NoError(t, err)
	notice, err := conn.WaitForNotification(t.Context())
	require.NoError(t, err)
	require.Equal(t, "probe", notice.Channel)
}
