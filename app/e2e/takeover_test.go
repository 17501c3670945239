// With the tag failpoints, the clock is the one of the failpoints and cannot be replaced.

//go:build !failpoints

package e2e_test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/clock"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// takeoverWithin is the time in which another replica does the periodic work of one that has crashed or hangs.
const takeoverWithin = 15 * time.Second

// defaultLease is the time to live of leases outside of the profile test.
func defaultLease(cfg *store.Config) { cfg.Jobs.Lease = 10 * time.Second }

// leader returns the holder of the lease of a periodic task, and for how long it has held it.
func leader(t *testing.T, r *harness.Store, task string) (holder string, held time.Duration) {
	t.Helper()
	row, _, err := postgres.One[struct {
		Holder string
		Held   float64
	}](t.Context(), r.Database.DB, `SELECT holder, extract(epoch FROM clock_timestamp() - acquired_at)::float8 AS held
		FROM operations.leases WHERE name = $1 AND expires_at > clock_timestamp()`, task)
	require.NoError(t, err)
	return row.Holder, time.Duration(row.Held * float64(time.Second))
}

// The process that leads is suspended, as by a debugger or a machine that swaps: it keeps its connections. Taking over
// takes as long as the lease, so the test takes more than ten seconds.
func TestPeriodicWork_LeaderIsSuspended_IsTakenOver(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	r.Stop()
	r.Webhooks.Drop()
	program := harness.NewProgram(t)
	program.Environ = append(program.Environ, "COINSLOT_PROFILE=test", "COINSLOT_DATABASE_URL="+r.Database.StoreURL,
		"COINSLOT_MIGRATION_DATABASE_URL="+r.Database.OwnerURL, "COINSLOT_PAYMENTS_URL="+r.Mockpay.URL(),
		"COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey, "COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret,
		"COINSLOT_TOKENS_KEY="+store.UnusedKey, "COINSLOT_JOBS_LEASE=10s")
	first, _ := program.Serve(t)
	var suspended string
	harness.Eventually(t, "the first replica leads", func() bool {
		suspended, _ = leader(t, r, "sweep")
		return suspended != ""
	})
	cfg := r.Config(t)
	defaultLease(&cfg)
	server, stop := r.Start(t, cfg, false, harness.MemoizedHashing())
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()

	require.NoError(t, first.Process.Signal(syscall.SIGSTOP))
	began := time.Now()
	buyer := r.NewBuyer(t)
	orderID := buyer.Checkout("pm_timeout_then_success", "star-orchard").Is(http.StatusAccepted).Text("id")
	r.AdvanceProvider(t) // the payment succeeds, and its webhook is lost
	r.AwaitStatus(t, orderID, "completed")
	holder, held := leader(t, r, "sweep")
	require.NotEqual(t, suspended, holder)
	require.Less(t, time.Since(began)-held, takeoverWithin)
	r.AwaitNumbers(t)

	require.NoError(t, first.Process.Signal(syscall.SIGCONT))
	require.NoError(t, first.Process.Signal(syscall.SIGTERM))
	require.NoError(t, first.Wait())
	still, _ := leader(t, r, "sweep")
	require.Equal(t, holder, still, "the resumed replica does not release the lease of another one")
	require.Equal(t, 1, r.SucceededCharges(t, orderID))
	r.VerifyInvariants(t)
}

// A replica whose clock is an hour ahead loses the database during a charge, as if it had crashed. Its lease of the
// order is that of a replica with the right time.
func TestCharge_CrashOfReplicaWithClockAhead_IsResumedAfterTheLease(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	proxy := pgtest.NewFaultProxy(t, r.Database.StoreURL)
	cfg := r.Config(t)
	cfg.Database = pgtest.Limits(proxy.URL)
	server, stop := r.Start(t, cfg, false, harness.MemoizedHashing(),
		fx.Supply(fx.Annotate(clock.NewManual(time.Now().Add(time.Hour)), fx.As(new(clock.Clock)),
			fx.ResultTags(`name:"local"`))))
	t.Cleanup(stop)
	ahead := r.NewBuyer(t)
	ahead.Base = "http://" + server.Address()
	ahead.Get("/v1/me").Is(http.StatusOK) // its time is that of the tokens of the other replica

	item := ahead.Add("star-orchard")
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "delay", "ms": 5000}]}`)
	purchase := ahead.Purchase("pm_ok", item)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		ahead.Keyed("/v1/checkouts", harness.NewKey(), purchase)
	}()
	var orderID string
	harness.Eventually(t, "the charge has been sent", func() bool {
		orderID = r.Text(t, `SELECT order_id::text FROM billing.payments`)
		return orderID != ""
	})
	proxy.Cut()
	began := time.Now()
	require.Zero(t, harness.Count(t, r, "checkout.orders WHERE advancing_until > now() + interval '12 seconds'"))
	r.AwaitStatus(t, orderID, "completed")
	require.Less(t, time.Since(began), 2*takeoverWithin)
	require.Equal(t, 1, r.SucceededCharges(t, orderID))
	<-answered
	r.VerifyInvariants(t)
}
