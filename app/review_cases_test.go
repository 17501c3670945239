package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startImpatient starts a store that sends unknown payments to manual review within a moment, and a provider that decides
// them only when its clock is set forward.
func startImpatient(t *testing.T) *running {
	t.Helper()
	r := startStore(t, nil)
	r.stop()
	r.startProvider(t, time.Hour)
	cfg := r.config(t)
	cfg.Payments.GiveUpAfter = 300 * time.Millisecond
	server, stop := r.start(t, cfg, false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.relayed.to(r.URL)
	return r
}

// An outage that lasts too long is seen by staff. The order is polled all the while, and ends by itself or by its buyer.
func TestManualReview_OfAnUnknownPayment_EndsByItself(t *testing.T) {
	t.Parallel()
	r := startImpatient(t)
	clerk := r.clerk(t)
	r.relayed.lose() // polling alone ends it
	outage := func(method string) (*client, string) {
		buyer := r.newBuyer(t)
		order := buyer.checkout(method, "tidewright").is(http.StatusAccepted)
		settlement := r.reviewed(t, clerk, order.text("id"), "payment_unknown")
		require.EqualValues(t, 1299, amountOf(settlement["owed"]))
		require.Zero(t, amountOf(settlement["captured"]))
		require.Zero(t, amountOf(settlement["provider_captured"]))
		return buyer, order.text("id")
	}
	paid, paidID := outage("pm_timeout_then_success")
	declined, declinedID := outage("pm_timeout_then_decline")
	quitter, canceledID := outage("pm_timeout_then_decline")
	released, releasedID := outage("pm_timeout_then_success")
	cancel := func() (answer reply) {
		eventually(t, "nobody else works on the order", func() bool {
			answer = quitter.post("/v1/orders/"+canceledID+"/cancel", nil)
			return answer.Body["code"] != "order-in-progress"
		})
		return answer
	}
	cancel().problem(http.StatusConflict, "payment-in-progress")
	clerk.resolve(paidID, "accept").problem(http.StatusConflict, "nothing-captured")
	clerk.resolve(paidID, "refund").problem(http.StatusConflict, "payment-in-progress")
	require.Equal(t, "canceled", clerk.resolve(releasedID, "release").is(http.StatusOK).text("status"))

	r.tellProvider(t, "/_clock/advance", `{"seconds": 7200}`, http.StatusOK)
	eventually(t, "the provider says that nothing was taken", func() bool { return cancel().Status == http.StatusOK })
	r.becomes(t, canceledID, "canceled")
	r.becomes(t, paidID, "completed")
	r.becomes(t, declinedID, "declined")
	require.Len(t, paid.owned(), 1)
	require.Empty(t, declined.owned())
	require.EqualValues(t, 1299, r.net(t, paidID))
	require.Empty(t, released.owned())
	require.Empty(t, clerk.get("/v1/admin/orders?status=manual_review").is(http.StatusOK).items("items"))
}

func TestResolve_OverHTTP(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}]}`)
	orderID := buyer.checkout("pm_ok", "tidewright").is(http.StatusAccepted).text("id")
	settlement := r.reviewed(t, clerk, orderID, "amount_mismatch")
	require.EqualValues(t, 1000, amountOf(settlement["captured"]), "as the webhook said")
	require.EqualValues(t, 1299, amountOf(settlement["provider_captured"]), "as the provider's books say")
	path, body := "/v1/admin/orders/"+orderID+"/resolve", object{"action": "accept", "reason": "looked at"}
	clerk.post(path, body).is(http.StatusBadRequest)
	buyer.keyed(path, newKey(), body).is(http.StatusForbidden)
	clerk.keyed(path, newKey(), object{"action": "ignore", "reason": "looked at"}).is(http.StatusUnprocessableEntity)
	clerk.keyed(path, newKey(), object{"action": "accept"}).is(http.StatusUnprocessableEntity)
	buyer.refund(orderID, object{}).problem(http.StatusConflict, "order-not-refundable")
	key := newKey()
	eventually(t, "it is resolved", func() bool { return clerk.keyed(path, key, body).Status == http.StatusOK })
	again := clerk.keyed(path, key, body).is(http.StatusOK)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, "completed", again.text("status"))
	clerk.keyed(path, key, object{"action": "refund", "reason": "looked at"}).problem(http.StatusUnprocessableEntity,
		"idempotency-key-reused")
	clerk.keyed(path, newKey(), body).problem(http.StatusConflict, "order-not-in-review")
	events := clerk.get("/v1/admin/orders/" + orderID + "/timeline").is(http.StatusOK).items("items")
	resolution := itemOf(events, "event", "resolution")
	require.Equal(t, "accept", resolution["result"])
	require.Equal(t, "looked at", resolution["reason"])
	require.NotEmpty(t, resolution["request_id"])
	r.holds(t)
}

// A disputed payment is the bank's: neither staff nor the buyer refund it.
func TestRefund_OfADisputedPayment_IsRefused(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 50, "outcome": "open"}, {"verb": "late_amount", "amount": 1500, "ms": 600}]}`)
	orderID := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated).text("id")
	eventually(t, "it is disputed", func() bool { return count(t, r, "billing.disputes") == 1 })
	for _, c := range []*client{buyer, clerk} {
		c.refund(orderID, object{}).problem(http.StatusConflict, "payment-disputed")
	}
	r.reviewed(t, clerk, orderID, "amount_mismatch")
	for _, c := range []*client{buyer, clerk} {
		c.refund(orderID, object{}).problem(http.StatusConflict, "payment-disputed")
	}
	clerk.resolve(orderID, "refund").problem(http.StatusConflict, "payment-disputed")
	require.EqualValues(t, 1500, r.net(t, orderID))
	clerk.resolve(orderID, "accept").is(http.StatusOK)
	eventually(t, "the excess is refunded", func() bool { return r.net(t, orderID) == 1299 })
	eventually(t, "everything settles", func() bool { return r.settled(t) })
	r.holds(t)
}

// A bank returns what was captured too late and could not be refunded: nothing is refunded a second time.
func TestResolve_LateCaptureThatTheBankReturned_EndsTheReview(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "late_capture", "ms": 50}, {"verb": "refund_fails", "ms": 50, "times": 1},
		{"verb": "dispute", "ms": 300, "outcome": "lost"}]}`)
	orderID := buyer.checkout("pm_declined", "tidewright").is(http.StatusPaymentRequired).text("order_id")
	r.becomes(t, orderID, "manual_review")
	eventually(t, "the bank has decided", func() bool {
		return count(t, r, "billing.disputes WHERE status = 'lost'") == 1
	})
	eventually(t, "its refund has failed", func() bool {
		return count(t, r, "billing.refunds WHERE status = 'failed'") == 1
	})
	require.Equal(t, "canceled", clerk.resolve(orderID, "refund").is(http.StatusOK).text("status"))
	require.Equal(t, 1, count(t, r, "billing.refunds"))
	require.Empty(t, clerk.get("/v1/admin/orders?status=manual_review").is(http.StatusOK).items("items"))
	r.holds(t)
}

func TestRefund_OfAFreeOrder_EndsItsAccess(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "oddments").is(http.StatusCreated)
	require.Len(t, buyer.owned(), 1)
	refund := buyer.refund(order.text("id"), object{}).is(http.StatusCreated)
	require.Zero(t, amountOf(refund.Body["amount"]))
	require.Equal(t, "refunded", buyer.order(order.text("id")).text("status"))
	require.Empty(t, buyer.owned())
	r.allNumbered(t)
	require.Equal(t, 1, count(t, r, "billing.invoices WHERE kind = 'credit_note'"))
	r.holds(t)
}

// command runs the program's command line against the store of a test.
func (r *running) command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), programRole+"=program", "COINSLOT_DATA_DIR="+openFolder(t),
		"COINSLOT_DATABASE_URL="+r.Database.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+r.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+r.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+providerKey)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

func TestOrdersCommand_ListsReviewsAndResolvesThem(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}]}`)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusAccepted)
	r.reviewed(t, clerk, order.text("id"), "amount_mismatch")
	out, err := r.command(t, "orders", "review")
	require.NoError(t, err, out)
	require.Contains(t, out, order.text("id"))
	require.Contains(t, out, "amount_mismatch")
	require.Contains(t, out, "12.99")
	require.Contains(t, out, "10.00")
	require.Contains(t, out, "1 orders in manual review")
	out, err = r.command(t, "orders", "resolve", order.text("id"), "release", "--reason", "looked at")
	require.Error(t, err)
	require.Contains(t, out, "money-held")
	out, err = r.command(t, "orders", "resolve", order.text("id"), "refund", "--reason", "looked at")
	require.NoError(t, err, out)
	require.Contains(t, out, "is canceled now")
	events := clerk.get("/v1/admin/orders/" + order.text("id") + "/timeline").is(http.StatusOK).items("items")
	for _, action := range []string{"release", "refund"} { // also the one that was not possible
		require.Equal(t, "resolution", itemOf(events, "result", action)["event"])
	}
	out, err = r.command(t, "orders", "review")
	require.NoError(t, err, out)
	require.Contains(t, out, "0 orders in manual review")
	eventually(t, "everything settles", func() bool { return r.settled(t) })
	r.holds(t)
}
