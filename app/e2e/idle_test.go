package e2e_test

import (
	"bytes"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// An idle store polls for jobs, for invoices to number and for stalled orders. It must stay cheap.
func TestIdleStore(t *testing.T) {
	t.Parallel()
	const (
		window = 10 * time.Second // as long as an idle session of PostgreSQL may take to report what it did
		most   = 150              // transactions, of the whole database: 15 a second
	)
	p := harness.NewProgram(t)
	var said bytes.Buffer
	store, run := p.ServeWithOutput(t, &said)
	conn, err := pgx.Connect(t.Context(), run.MigrationDatabaseURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	grown(t, conn, window) // by the start
	n := grown(t, conn, window)
	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	t.Logf("an idle store: %d transactions in %s", n, window)

	t.Run("makes_few_statements", func(t *testing.T) {
		require.LessOrEqual(t, n, most)
		require.Positive(t, n, "without any nothing would be swept")
	})
	t.Run("logs_nothing_beside_the_banner", func(t *testing.T) {
		_, rest, found := strings.Cut(said.String(), "Ctrl-C\n")
		require.True(t, found, said.String())
		require.Empty(t, strings.TrimSpace(rest))
	})
}

// grown returns how many transactions the database saw in a window of time in which the test does nothing.
func grown(t *testing.T, conn *pgx.Conn, window time.Duration) int {
	t.Helper()
	before := transactions(t, conn)
	<-time.After(window)
	return transactions(t, conn) - before
}

// transactions returns how many the database has seen. Each statement outside of a transaction is one.
func transactions(t *testing.T, conn *pgx.Conn) (n int) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `SELECT pg_stat_force_next_flush()`)
	require.NoError(t, err)
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()`).Scan(&n))
	return n
}

// NOTIFY takes a lock at commit that the whole database shares. Only staff's changes of the catalog send one.
func TestPurchase_SendsNoNotify(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
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
		return r.Count(t, `SELECT count(*) AS n FROM river.river_job WHERE state = 'completed' AND kind = 'checkout.payment_changed'`) > 0
	})
	other, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer other.Close(t.Context())
	_, err = other.Exec(t.Context(), "NOTIFY probe") // everything that was sent before comes before it
	require.NoError(t, err)
	notice, err := conn.WaitForNotification(t.Context())
	require.NoError(t, err)
	require.Equal(t, "probe", notice.Channel)
}
