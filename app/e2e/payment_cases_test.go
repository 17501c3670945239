package e2e_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

// confirm confirms or rejects an order's payment at the provider's page.
func confirm(t *testing.T, order harness.Reply, result string) {
	t.Helper()
	confirmAt(t, order.Body["next_action"].(harness.Object)["url"].(string), result)
}

func confirmAt(t *testing.T, url, result string) {
	t.Helper()
	response, err := http.Post(url, "application/json",
		strings.NewReader(`{"result":"`+result+`"}`)) //nolint:noctx // a test's own provider
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// medusajs/medusa#13301 (double capture; the loser's compensation refunded good orders), #2341, saleor/saleor#12652.
func clientAndWebhook(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "duplicate_webhook", "times": 10}]}`)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	orderID := ""
	for _, answer := range checkoutConcurrently(buyer, body, func(int) string { return "one" }) {
		if answer.Status == http.StatusConflict {
			answer.Problem(http.StatusConflict, "order-in-progress")
			continue
		}
		id := answer.Is(http.StatusCreated).Text("id")
		require.True(t, orderID == "" || orderID == id)
		orderID = id
	}
	require.NotEmpty(t, orderID)
	require.Len(t, r.Charges(t, orderID), 1)
	require.Zero(t, harness.Count(t, r, "billing.refunds"))
	r.VerifyInvariants(t)
}

// vendure-ecommerce/vendure#2569 (a delay of 200 ms): an event that arrives early is stored and applied.
func webhookFirst(t *testing.T) {
	r := harness.Start(t, nil)
	order := r.NewBuyer(t).Checkout("pm_webhook_first", "tidewright").Is(http.StatusCreated)
	require.Equal(t, "completed", order.Text("status"))
	require.Equal(t, 1, harness.Count(t, r, "billing.webhook_events WHERE applied_at IS NOT NULL"))
	r.VerifyInvariants(t)
}

// vendure#3734, #2657 (500, hence endless retries), Pinelab vendure-plugins#620 (settled three times).
func duplicateWebhook(t *testing.T) {
	r := harness.Start(t, nil)
	r.NewBuyer(t).Checkout("pm_duplicate_webhook", "tidewright").Is(http.StatusCreated)
	harness.Eventually(t, "all three return 200", func() bool { return r.Webhooks.Delivered.Load() == 3 })
	require.Equal(t, 1, harness.Count(t, r, "billing.webhook_events"))
	require.Equal(t, 1, harness.Count(t, r, "billing.payments"))
	r.VerifyInvariants(t)
}

// checkout-sdk-php#369: captured before approved.
func reorderedWebhooks(t *testing.T) {
	r := harness.Start(t, nil)
	order := r.NewBuyer(t).Checkout("pm_reordered_webhooks", "tidewright").Is(http.StatusCreated)
	harness.Eventually(t, "both are delivered", func() bool { return r.Webhooks.Delivered.Load() == 2 })
	r.AwaitStatus(t, order.Text("id"), "completed")
	require.Equal(t, 1, harness.Count(t, r, "billing.payments WHERE status = 'captured'"))
	r.VerifyInvariants(t)
}

// vendure#2941, OriginProtocol/dshop#319: the sweeper alone completes the order.
func lostWebhook(t *testing.T) {
	r := harness.Start(t, nil)
	r.Webhooks.Drop()
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted)
	confirm(t, order, "success")
	r.AwaitStatus(t, order.Text("id"), "completed")
	require.Zero(t, r.Webhooks.Delivered.Load())
	r.VerifyInvariants(t)
}

// medusa#12790, #12481, saleor#14733: every captured payment is fulfilled or refunded.
func lostAnswer(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	r.Webhooks.Drop()
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "lose_answer", "times": 10}]}`)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusAccepted)
	require.Equal(t, "processing", order.Text("status"))
	require.Equal(t, "/v1/orders/"+order.Text("id"), order.Header.Get("Location"))
	r.AwaitStatus(t, order.Text("id"), "completed")
	require.Len(t, r.Charges(t, order.Text("id")), 1)
	r.VerifyInvariants(t)
}

// woocommerce-gateway-stripe#5703: a late capture is refunded once.
func lateCapture(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "capture_after_cancel", "ms": 200}]}`)
	canceled := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted).Text("id")
	require.Equal(t, "canceled", buyer.Cancel(canceled).Text("status"))
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "late_capture", "ms": 3600000}]}`)
	declined := buyer.Checkout("pm_declined", "star-orchard").Is(http.StatusPaymentRequired).Text("order_id")
	r.AdvanceProvider(t)
	for orderID, status := range map[string]string{canceled: "canceled", declined: "declined"} {
		harness.Eventually(t, "the capture is refunded", func() bool {
			refunds := buyer.Get("/v1/orders/" + orderID).Is(http.StatusOK).Items("refunds")
			return len(refunds) == 1 && refunds[0]["status"] == "succeeded"
		})
		order := buyer.Get("/v1/orders/" + orderID).Is(http.StatusOK)
		require.Equal(t, status, order.Text("status"))
		require.Equal(t, "captured_late", order.Body["payment"].(harness.Object)["status"])
	}
	require.Equal(t, 2, harness.Count(t, r, "billing.refunds"))
	require.Len(t, buyer.Get("/v1/transactions").Is(http.StatusOK).Items("items"), 4)
	r.VerifyInvariants(t)
}

func TestWebhook_WrongAmount_GoesToManualReview(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 7}]}`)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusAccepted)
	r.AwaitStatus(t, order.Text("id"), "manual_review")
	require.Empty(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"))
	var canceled harness.Reply
	harness.Eventually(t, "the order's lease has expired", func() bool {
		canceled = buyer.Post("/v1/orders/"+order.Text("id")+"/cancel", nil)
		return canceled.Body["code"] != "order-in-progress"
	})
	canceled.Problem(http.StatusConflict, "order-not-cancelable")
	r.VerifyInvariants(t)
}

// killbill#639 (a second capture with the same key succeeds), #338, #660.
func unknownBlocks(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_timeout_then_success", "tidewright").Is(http.StatusAccepted)
	path := "/v1/orders/" + order.Text("id")
	require.Equal(t, "processing", order.Text("status"))
	for _, refused := range []harness.Reply{
		buyer.Keyed(path+"/payments", harness.NewKey(), harness.Object{"payment_method": "pm_ok"}),
		buyer.Post(path+"/cancel", nil),
	} {
		refused.Is(http.StatusConflict)
		require.Contains(t, []any{"payment-in-progress", "order-in-progress"}, refused.Body["code"])
		require.Equal(t, "1", refused.Header.Get("Retry-After"))
	}
	r.AdvanceProvider(t)
	r.AwaitStatus(t, order.Text("id"), "completed")
	require.Len(t, r.Charges(t, order.Text("id")), 1)
	events := buyer.Get(path + "/timeline").Is(http.StatusOK).Items("items")
	require.Equal(t, "order", events[0]["event"])
	require.Equal(t, "completed", events[len(events)-1]["result"])
	require.Equal(t, order.Header.Get("X-Request-Id"), events[0]["request_id"])
	r.VerifyInvariants(t)
}

// PrestaShop#11507, #9478, medusajs/medusa#11222: an order keeps its price. A price change before the checkout needs
// the buyer's consent.
func priceChange(t *testing.T) {
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted)
	stale := buyer.Purchase("pm_ok", buyer.Add("star-orchard"))
	for _, slug := range []string{"tidewright", "star-orchard"} {
		clerk.Post("/v1/admin/products/"+buyer.Product(slug).Text("id")+"/prices",
			harness.Object{"amount": 9999, "currency": "EUR"}).Is(http.StatusCreated)
	}
	confirm(t, order, "success")
	r.AwaitStatus(t, order.Text("id"), "completed")
	paid := buyer.Get("/v1/orders/" + order.Text("id")).Is(http.StatusOK)
	require.Equal(t, order.Body["total"], paid.Body["total"])
	buyer.Keyed("/v1/checkouts", harness.NewKey(), stale).Problem(http.StatusConflict, "price-changed")
	r.VerifyInvariants(t)
}

// saleor/saleor#15139 (30 s): no transaction is open during a call of the provider.
func noTransactionDuringCall(t *testing.T) {
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Payments.Timeout = 6 * time.Second }))
	buyer := r.NewBuyer(t)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "delay", "ms": 4000}, {"verb": "lose_webhook"}]}`)
	done := make(chan harness.Reply, 1)
	go func() { done <- buyer.Keyed("/v1/checkouts", harness.NewKey(), body) }()
	harness.Eventually(t, "the charge is sent",
		func() bool { return harness.Count(t, r, "billing.payments WHERE status = 'requested'") == 1 })
	sent := r.Text(t, `SELECT clock_timestamp()::text`)
	harness.Eventually(t, "every transaction that began before the call has ended", func() bool {
		return harness.Count(t, r, `pg_stat_activity WHERE datname = current_database()
			AND application_name = 'coinslot' AND xact_start < '`+sent+`'`) == 0
	})
	require.Empty(t, done, "a transaction is open during the call")
	(<-done).Is(http.StatusCreated)
}

// medusajs/medusa#14804: lines are locked in one order, so that orders of the same lines do not deadlock.
func crossingOrders(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	a, b := buyer.Add("tidewright"), buyer.Add("star-orchard")
	bodies := []harness.Object{buyer.Purchase("pm_ok", a, b), buyer.Purchase("pm_ok", b, a)}
	statuses := make([]int, 20)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() { statuses[i] = buyer.Keyed("/v1/checkouts", harness.NewKey(), bodies[i%2]).Status })
	}
	group.Wait()
	won := 0
	for _, status := range statuses {
		if status == http.StatusCreated {
			won++
			continue
		}
		require.Equal(t, http.StatusConflict, status)
	}
	require.Equal(t, 1, won)
	require.Zero(t, harness.Count(t, r, "pg_stat_database WHERE datname = current_database() AND deadlocks > 0"))
	r.VerifyInvariants(t)
}

// easy-digital-downloads#856, itch.io#439: one active entitlement per product; the second payment is refunded.
func boughtTwice(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	alone := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted)
	bundle := buyer.Get("/v1/bundles/puzzle-drawer").Is(http.StatusOK).Text("id")
	cart := buyer.Post("/v1/cart/items", harness.Object{"bundle_id": bundle}).Is(http.StatusCreated)
	item := ""
	for _, line := range cart.Items("items") {
		if line["bundle_id"] == bundle {
			item = line["id"].(string)
		}
	}
	buyer.Keyed("/v1/checkouts", harness.NewKey(), buyer.Purchase("pm_ok", item)).Is(http.StatusCreated)
	confirm(t, alone, "success")
	r.AwaitStatus(t, alone.Text("id"), "refunded")
	require.Len(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"), 3)
	require.Equal(t, 1, harness.Count(t, r, "billing.refunds WHERE status = 'succeeded'"))
	r.VerifyInvariants(t)
}

// hyperswitch#3408 (a deduplication row was written although delivery failed): a webhook is deduplicated when it is
// stored.
func redelivery(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	r.Webhooks.SetTarget("") // 503 to every webhook
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	require.Zero(t, harness.Count(t, r, "billing.webhook_events"))
	r.Webhooks.SetTarget(r.URL)
	r.PostToProvider(t, "/_clock/advance", `{"seconds": 120}`, http.StatusOK)
	harness.Eventually(t, "the webhook is delivered again", func() bool {
		return harness.Count(t, r, "billing.webhook_events WHERE applied_at IS NOT NULL") == 1
	})
	r.AwaitStatus(t, order.Text("id"), "completed")
	r.VerifyInvariants(t)
}
