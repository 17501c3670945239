package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"coinslot/platform/postgres"

	"github.com/stretchr/testify/require"
)

// arm gives the provider a scenario.
func (r *running) arm(t *testing.T, program string) {
	t.Helper()
	r.tellProvider(t, "/_scenarios", program, http.StatusCreated)
}

func (r *running) tellProvider(t *testing.T, path, body string, want int) {
	t.Helper()
	status, answer := tell(t, http.MethodPost, r.Mockpay.URL()+path, body)
	require.Equal(t, want, status, answer)
}

// confirm is the buyer's word at the provider's page.
func confirm(t *testing.T, order reply, result string) {
	t.Helper()
	confirmAt(t, order.Body["next_action"].(object)["url"].(string), result)
}

func confirmAt(t *testing.T, url, result string) {
	t.Helper()
	response, err := http.Post(url, "application/json",
		strings.NewReader(`{"result":"`+result+`"}`)) //nolint:noctx // a test's own provider
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// becomes waits for an order's status in the database: reading it over HTTP would advance it.
func (r *running) becomes(t *testing.T, orderID, status string) {
	t.Helper()
	eventually(t, "order "+orderID+" is "+status, func() bool {
		row, _, err := postgres.One[struct{ Status string }](t.Context(), r.Database.DB,
			`SELECT status FROM checkout.orders WHERE id = $1`, orderID)
		require.NoError(t, err)
		return row.Status == status
	})
}

// cancel cancels an order. While the store works on the order by itself, for a webhook or a sweep, it says to ask again.
func (c *client) cancel(orderID string) (answer reply) {
	c.t.Helper()
	eventually(c.t, "nobody else works on the order", func() bool {
		answer = c.post("/v1/orders/"+orderID+"/cancel", nil)
		return answer.Body["code"] != "order-in-progress"
	})
	return answer.is(http.StatusOK)
}

func (c *client) checkout(method string, slugs ...string) reply {
	c.t.Helper()
	items := make([]string, len(slugs))
	for i, slug := range slugs {
		items[i] = c.add(slug)
	}
	return c.keyed("/v1/checkouts", newKey(), c.purchase(method, items...))
}

// medusajs/medusa#13301 (double capture; the loser's compensation refunded good orders), #2341, saleor/saleor#12652.
func clientAgainstWebhook(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "duplicate_webhook", "times": 10}]}`)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	orderID := ""
	for _, answer := range together(buyer, body, func(int) string { return "one" }) {
		if answer.Status == http.StatusConflict {
			answer.problem(http.StatusConflict, "order-in-progress")
			continue
		}
		id := answer.is(http.StatusCreated).text("id")
		require.True(t, orderID == "" || orderID == id)
		orderID = id
	}
	require.NotEmpty(t, orderID)
	require.Len(t, r.charges(t, orderID), 1)
	require.Zero(t, count(t, r, "billing.refunds"))
	r.holds(t)
}

// vendure-ecommerce/vendure#2569 (200 ms): no timed delay, the news is kept and applied.
func webhookFirst(t *testing.T) {
	r := startStore(t, nil)
	order := r.newBuyer(t).checkout("pm_webhook_first", "tidewright").is(http.StatusCreated)
	require.Equal(t, "completed", order.text("status"))
	require.Equal(t, 1, count(t, r, "billing.webhook_events WHERE applied_at IS NOT NULL"))
	r.holds(t)
}

// vendure#3734, #2657 (500, hence endless retries), Pinelab vendure-plugins#620 (settled three times).
func duplicateWebhook(t *testing.T) {
	r := startStore(t, nil)
	r.newBuyer(t).checkout("pm_duplicate_webhook", "tidewright").is(http.StatusCreated)
	eventually(t, "all three are answered 200", func() bool { return r.relayed.delivered.Load() == 3 })
	require.Equal(t, 1, count(t, r, "billing.webhook_events"))
	require.Equal(t, 1, count(t, r, "billing.payments"))
	r.holds(t)
}

// checkout-sdk-php#369: captured before approved.
func reorderedWebhooks(t *testing.T) {
	r := startStore(t, nil)
	order := r.newBuyer(t).checkout("pm_reordered_webhooks", "tidewright").is(http.StatusCreated)
	eventually(t, "both are delivered", func() bool { return r.relayed.delivered.Load() == 2 })
	r.becomes(t, order.text("id"), "completed")
	require.Equal(t, 1, count(t, r, "billing.payments WHERE status = 'captured'"))
	r.holds(t)
}

// vendure#2941, OriginProtocol/dshop#319: the sweeper alone completes the order.
func lostWebhook(t *testing.T) {
	r := startStore(t, nil)
	r.relayed.lose()
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted)
	confirm(t, order, "success")
	r.becomes(t, order.text("id"), "completed")
	require.Zero(t, r.relayed.delivered.Load())
	r.holds(t)
}

// medusa#12790, #12481, saleor#14733: every captured payment ends fulfilled or refunded.
func lostAnswer(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	r.relayed.lose()
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "lose_answer", "times": 10}]}`)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusAccepted)
	require.Equal(t, "processing", order.text("status"))
	require.Equal(t, "/v1/orders/"+order.text("id"), order.Header.Get("Location"))
	r.becomes(t, order.text("id"), "completed")
	require.Len(t, r.charges(t, order.text("id")), 1)
	r.holds(t)
}

// woocommerce-gateway-stripe#5703: a late capture goes back, once.
func lateCapture(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "capture_after_cancel", "ms": 200}]}`)
	canceled := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted).text("id")
	require.Equal(t, "canceled", buyer.cancel(canceled).text("status"))
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "late_capture", "ms": 200}]}`)
	declined := buyer.checkout("pm_declined", "star-orchard").is(http.StatusPaymentRequired).text("order_id")
	for orderID, status := range map[string]string{canceled: "canceled", declined: "declined"} {
		eventually(t, "the money goes back", func() bool {
			refunds := buyer.get("/v1/orders/" + orderID).is(http.StatusOK).items("refunds")
			return len(refunds) == 1 && refunds[0]["status"] == "succeeded"
		})
		order := buyer.get("/v1/orders/" + orderID).is(http.StatusOK)
		require.Equal(t, status, order.text("status"))
		require.Equal(t, "captured_late", order.Body["payment"].(object)["status"])
	}
	require.Equal(t, 2, count(t, r, "billing.refunds"))
	require.Len(t, buyer.get("/v1/transactions").is(http.StatusOK).items("items"), 4)
	r.holds(t)
}

func TestAWrongAmountThatIsValidlySignedIsForAPerson(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 7}]}`)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusAccepted)
	r.becomes(t, order.text("id"), "manual_review")
	require.Empty(t, buyer.get("/v1/library").is(http.StatusOK).items("items"))
	var answer reply
	eventually(t, "whoever made it so is done with the order", func() bool {
		answer = buyer.post("/v1/orders/"+order.text("id")+"/cancel", nil)
		return answer.Body["code"] != "order-in-progress"
	})
	answer.problem(http.StatusConflict, "order-not-cancelable")
	r.holds(t)
}

// killbill#639 (a second capture with the same key succeeds), #338, #660.
func unknownBlocks(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_timeout_then_success", "tidewright").is(http.StatusAccepted)
	path := "/v1/orders/" + order.text("id")
	require.Equal(t, "processing", order.text("status"))
	for _, refused := range []reply{
		buyer.keyed(path+"/payments", newKey(), object{"payment_method": "pm_ok"}), buyer.post(path+"/cancel", nil),
	} {
		refused.is(http.StatusConflict)
		require.Contains(t, []any{"payment-in-progress", "order-in-progress"}, refused.Body["code"])
		require.Equal(t, "1", refused.Header.Get("Retry-After"))
	}
	r.becomes(t, order.text("id"), "completed")
	require.Len(t, r.charges(t, order.text("id")), 1)
	events := buyer.get(path + "/timeline").is(http.StatusOK).items("items")
	require.Equal(t, "order", events[0]["event"])
	require.Equal(t, "completed", events[len(events)-1]["result"])
	require.Equal(t, order.Header.Get("X-Request-Id"), events[0]["request_id"])
	r.holds(t)
}

// PrestaShop#11507, #9478, medusajs/medusa#11222: the frozen price is honoured; a change before it needs new consent.
func movingPrice(t *testing.T) {
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	order := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted)
	stale := buyer.purchase("pm_ok", buyer.add("star-orchard"))
	for _, slug := range []string{"tidewright", "star-orchard"} {
		clerk.post("/v1/admin/products/"+buyer.product(slug).text("id")+"/prices",
			object{"amount": 9999, "currency": "USD"}).is(http.StatusCreated)
	}
	confirm(t, order, "success")
	r.becomes(t, order.text("id"), "completed")
	paid := buyer.get("/v1/orders/" + order.text("id")).is(http.StatusOK)
	require.Equal(t, order.Body["total"], paid.Body["total"])
	buyer.keyed("/v1/checkouts", newKey(), stale).problem(http.StatusConflict, "price-changed")
	r.holds(t)
}

// saleor/saleor#15139 (30 s): no transaction is open while the provider is asked.
func slowProvider(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "delay", "ms": 900}, {"verb": "lose_webhook"}]}`)
	done := make(chan reply)
	go func() { done <- buyer.keyed("/v1/checkouts", newKey(), body) }()
	eventually(t, "the provider is being asked",
		func() bool { return count(t, r, "billing.payments WHERE status = 'requested'") == 1 })
	for range 20 {
		open := `pg_stat_activity WHERE datname = current_database() AND application_name = 'coinslot' AND xact_start < now() - interval '500 milliseconds'`
		require.Zero(t, count(t, r, open), "a transaction waits for the provider")
	}
	(<-done).is(http.StatusCreated)
}

// medusajs/medusa#14804: one lock order; orders with the same lines in opposite orders do not wait for each other in a
// circle.
func crossingOrders(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	a, b := buyer.add("tidewright"), buyer.add("star-orchard")
	bodies := []object{buyer.purchase("pm_ok", a, b), buyer.purchase("pm_ok", b, a)}
	statuses := make([]int, 20)
	var group sync.WaitGroup
	for i := range statuses {
		group.Go(func() { statuses[i] = buyer.keyed("/v1/checkouts", newKey(), bodies[i%2]).Status })
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
	require.Zero(t, count(t, r, "pg_stat_database WHERE datname = current_database() AND deadlocks > 0"))
	r.holds(t)
}

// easy-digital-downloads#856, itch.io#439: one active entitlement per product; the second payment goes back.
func boughtTwice(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	alone := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted)
	bundle := buyer.get("/v1/bundles/puzzle-drawer").is(http.StatusOK).text("id")
	cart := buyer.post("/v1/cart/items", object{"bundle_id": bundle}).is(http.StatusCreated)
	item := ""
	for _, line := range cart.items("items") {
		if line["bundle_id"] == bundle {
			item = line["id"].(string)
		}
	}
	buyer.keyed("/v1/checkouts", newKey(), buyer.purchase("pm_ok", item)).is(http.StatusCreated)
	confirm(t, alone, "success")
	r.becomes(t, alone.text("id"), "refunded")
	require.Len(t, buyer.get("/v1/library").is(http.StatusOK).items("items"), 3)
	require.Equal(t, 1, count(t, r, "billing.refunds WHERE status = 'succeeded'"))
	r.holds(t)
}

// hyperswitch#3408 (dedupe row written, send failed, never sent again): deduped is not delivered.
func redelivery(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	r.relayed.to("") // 503 to every webhook
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	require.Zero(t, count(t, r, "billing.webhook_events"))
	r.relayed.to(r.URL)
	r.tellProvider(t, "/_clock/advance", `{"seconds": 120}`, http.StatusOK)
	eventually(t, "it is delivered again", func() bool {
		return count(t, r, "billing.webhook_events WHERE applied_at IS NOT NULL") == 1
	})
	r.becomes(t, order.text("id"), "completed")
	r.holds(t)
}
