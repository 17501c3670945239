package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// attempts returns how often a counted request has tried to lock or update a payment.
func (c *counter) attempts() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, statements := range c.log {
		if strings.Contains(statements[0], "UPDATE") && strings.Contains(statements[0], "billing.payments") {
			n++
		}
	}
	return n
}

// The webhook of a payment arrives before the response of the charge, and its transaction takes longer than a lock
// timeout: the checkout waits for it.
func TestCheckout_WebhookHoldsThePaymentLongerThanALockTimeout_Completes(t *testing.T) {
	t.Parallel()
	const tries = 3
	c := &counter{}
	r := harness.Start(t, c, harness.With(func(cfg *store.Config) { cfg.Database.LockTimeout = 50 * time.Millisecond }))
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	webhook, locked := make(chan struct{}), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		webhook <- struct{}{}
		<-locked
		w.WriteHeader(http.StatusOK)
	}))
	t.Cleanup(receiver.Close)
	r.Webhooks.SetTarget(receiver.URL)
	buyer := r.NewBuyer(t)
	item := buyer.Add("tidewright")
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}]}`)
	done := make(chan []trip, 1)
	go func() { done <- c.post(buyer, "/v1/checkouts", buyer.Purchase("pm_ok", item)) }()
	<-webhook
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), `SELECT 1 FROM billing.payments FOR UPDATE`)
	require.NoError(t, err)
	r.Webhooks.Drop()
	close(locked)
	harness.Eventually(t, "the checkout tries again", func() bool { return c.attempts() >= tries || len(done) > 0 })
	require.Empty(t, done)
	require.NoError(t, tx.Commit(t.Context()))
	require.NotEmpty(t, <-done)
	require.Equal(t, 1, harness.Count(t, r, `checkout.orders WHERE status = 'completed'`))
}
