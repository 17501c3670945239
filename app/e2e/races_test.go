package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

const concurrency = 50

// checkoutConcurrently sends the same checkout 50 times concurrently, each with the key that keyOf returns.
func checkoutConcurrently(buyer *harness.Client, body harness.Object, keyOf func(i int) string) []harness.Reply {
	answers := make([]harness.Reply, concurrency)
	var group sync.WaitGroup
	for i := range concurrency {
		group.Go(func() { answers[i] = buyer.Keyed("/v1/checkouts", keyOf(i), body) })
	}
	group.Wait()
	return answers
}

func TestCheckout_ConcurrentSameKey_OneOrder(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	executed, orderID := 0, ""
	for _, answer := range checkoutConcurrently(buyer, body, func(int) string { return "one-key" }) {
		if answer.Status == http.StatusConflict {
			answer.Problem(http.StatusConflict, "order-in-progress")
			require.Equal(t, "1", answer.Header.Get("Retry-After"))
			continue
		}
		orderID = answer.Is(http.StatusCreated).Text("id")
		if answer.Header.Get("Idempotent-Replayed") == "" {
			executed++
		}
	}
	require.Equal(t, 1, executed)
	require.Equal(t, orderID, buyer.Keyed("/v1/checkouts", "one-key", body).Is(http.StatusCreated).Text("id"))
	require.Len(t, r.Charges(t, orderID), 1)
	require.Equal(t, 1, harness.Count(t, r, "checkout.orders"))
}

func TestCheckout_ConcurrentDifferentKeys_OneOrder(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	won := ""
	for _, answer := range checkoutConcurrently(buyer, body, func(int) string { return harness.NewKey() }) {
		if answer.Status == http.StatusCreated {
			require.Empty(t, won, "two clients bought the same line")
			won = answer.Text("id")
			continue
		}
		answer.Is(http.StatusConflict)
		require.Contains(t, []any{"cart-already-checked-out", "already-owned"}, answer.Body["code"])
	}
	require.NotEmpty(t, won)
	require.Len(t, r.Charges(t, won), 1)
	require.Equal(t, 1, harness.Count(t, r, "billing.payments"))
	require.Equal(t, 1, harness.Count(t, r, "library.entitlements"))
}

func TestRefund_ConcurrentSameKey_OneRefund(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	path := "/v1/orders/" + order.Text("id") + "/refunds"
	body := harness.Object{"line_ids": []any{order.Items("lines")[0]["id"]}, "reason": "bored"}
	answers := make([]harness.Reply, concurrency)
	var group sync.WaitGroup
	for i := range concurrency {
		group.Go(func() { answers[i] = buyer.Keyed(path, "one-key", body) })
	}
	group.Wait()
	refunds := map[string]bool{}
	for _, answer := range answers {
		refunds[answer.Is(http.StatusCreated).Text("id")] = true
	}
	require.Len(t, refunds, 1)
	require.Equal(t, 1, harness.Count(t, r, "billing.refunds"))
	require.Equal(t, order.Items("lines")[0]["line_total"], answers[0].Body["amount"])
	buyer.AwaitOrder(order.Text("id"), "partially_refunded")
	harness.Eventually(t, "the credit note has its number",
		func() bool { return harness.Count(t, r, "billing.invoice_drafts") == 0 })
	r.VerifyInvariants(t)
}
