package e2e_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"coinslot/platform/postgres/pgtest"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// startWithShortTimeout starts a store that sends unknown payments to manual review after 300 ms, and a provider that
// decides them after an hour of its clock.
func startWithShortTimeout(t *testing.T) *harness.Store {
	t.Helper()
	r := harness.Start(t, nil)
	r.Stop()
	r.StartProvider(t, time.Hour)
	cfg := r.Config(t)
	cfg.Payments.GiveUpAfter = 300 * time.Millisecond
	server, stop := r.Start(t, cfg, false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return r
}

// A payment that stays unknown sends its order to manual review. The store goes on polling, and the review ends with
// the provider's result or the buyer's cancellation.
func TestManualReview_UnknownPayment_EndsWithProvidersResult(t *testing.T) {
	t.Parallel()
	r := startWithShortTimeout(t)
	clerk := r.Clerk(t)
	r.Webhooks.Drop() // the store must poll
	outage := func(method string) (*harness.Client, string) {
		buyer := r.NewBuyer(t)
		order := buyer.Checkout(method, "tidewright").Is(http.StatusAccepted)
		settlement := r.AwaitReview(t, clerk, order.Text("id"), "payment_unknown")
		require.EqualValues(t, 1299, harness.AmountOf(settlement["owed"]))
		require.Zero(t, harness.AmountOf(settlement["captured"]))
		require.Zero(t, harness.AmountOf(settlement["provider_captured"]))
		return buyer, order.Text("id")
	}
	paid, paidID := outage("pm_timeout_then_success")
	declined, declinedID := outage("pm_timeout_then_decline")
	quitter, canceledID := outage("pm_timeout_then_decline")
	released, releasedID := outage("pm_timeout_then_success")
	cancel := func() (answer harness.Reply) {
		harness.Eventually(t, "the order is not in progress", func() bool {
			answer = quitter.Post("/v1/orders/"+canceledID+"/cancel", nil)
			return answer.Body["code"] != "order-in-progress"
		})
		return answer
	}
	cancel().Problem(http.StatusConflict, "payment-in-progress")
	clerk.Resolve(paidID, "accept").Problem(http.StatusConflict, "nothing-captured")
	clerk.Resolve(paidID, "refund").Problem(http.StatusConflict, "payment-in-progress")
	require.Equal(t, "canceled", clerk.Resolve(releasedID, "release").Is(http.StatusOK).Text("status"))

	r.PostToProvider(t, "/_clock/advance", `{"seconds": 7200}`, http.StatusOK)
	harness.Eventually(t, "the provider reports the decline",
		func() bool { return cancel().Status == http.StatusOK })
	r.AwaitStatus(t, canceledID, "canceled")
	r.AwaitStatus(t, paidID, "completed")
	r.AwaitStatus(t, declinedID, "declined")
	require.Len(t, paid.Owned(), 1)
	require.Empty(t, declined.Owned())
	require.EqualValues(t, 1299, r.Net(t, paidID))
	require.Empty(t, released.Owned())
	require.Empty(t, clerk.Get("/v1/admin/orders?status=manual_review").Is(http.StatusOK).Items("items"))
}

func TestResolve_OverHTTP(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}]}`)
	orderID := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusAccepted).Text("id")
	settlement := r.AwaitReview(t, clerk, orderID, "amount_mismatch")
	require.EqualValues(t, 1000, harness.AmountOf(settlement["captured"]), "the webhook's amount")
	require.EqualValues(t, 1299, harness.AmountOf(settlement["provider_captured"]), "the provider's amount")
	path, body := "/v1/admin/orders/"+orderID+"/resolve", harness.Object{"action": "accept", "reason": "looked at"}
	clerk.Post(path, body).Is(http.StatusBadRequest)
	buyer.Keyed(path, harness.NewKey(), body).Is(http.StatusForbidden)
	clerk.Keyed(path, harness.NewKey(), harness.Object{
		"action": "ignore",
		"reason": "looked at",
	}).Is(http.StatusUnprocessableEntity)
	clerk.Keyed(path, harness.NewKey(), harness.Object{"action": "accept"}).Is(http.StatusUnprocessableEntity)
	buyer.Refund(orderID, harness.Object{}).Problem(http.StatusConflict, "order-not-refundable")
	key := harness.NewKey()
	harness.Eventually(t, "the review is resolved",
		func() bool { return clerk.Keyed(path, key, body).Status == http.StatusOK })
	again := clerk.Keyed(path, key, body).Is(http.StatusOK)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, "completed", again.Text("status"))
	clerk.Keyed(path, key, harness.Object{
		"action": "refund",
		"reason": "looked at",
	}).Problem(http.StatusUnprocessableEntity,
		"idempotency-key-reused")
	clerk.Keyed(path, harness.NewKey(), body).Problem(http.StatusConflict, "order-not-in-review")
	events := clerk.Get("/v1/admin/orders/" + orderID + "/timeline").Is(http.StatusOK).Items("items")
	resolution := harness.ItemOf(events, "event", "resolution")
	require.Equal(t, "accept", resolution["result"])
	require.Equal(t, "looked at", resolution["reason"])
	require.NotEmpty(t, resolution["request_id"])
	r.VerifyInvariants(t)
}

// Neither staff nor the buyer can refund a disputed payment.
func TestRefund_DisputedPayment_Returns409(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 3600000, "outcome": "open"},
		{"verb": "late_amount", "amount": 1500, "ms": 10800000}]}`)
	orderID := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated).Text("id")
	r.AdvanceProvider(t)
	harness.Eventually(t, "the payment is disputed", func() bool { return harness.Count(t, r, "billing.disputes") == 1 })
	for _, c := range []*harness.Client{buyer, clerk} {
		c.Refund(orderID, harness.Object{}).Problem(http.StatusConflict, "payment-disputed")
	}
	r.AdvanceProvider(t)
	r.AwaitReview(t, clerk, orderID, "amount_mismatch")
	for _, c := range []*harness.Client{buyer, clerk} {
		c.Refund(orderID, harness.Object{}).Problem(http.StatusConflict, "payment-disputed")
	}
	clerk.Resolve(orderID, "refund").Problem(http.StatusConflict, "payment-disputed")
	require.EqualValues(t, 1500, r.Net(t, orderID))
	clerk.Resolve(orderID, "accept").Is(http.StatusOK)
	harness.Eventually(t, "the excess is refunded", func() bool { return r.Net(t, orderID) == 1299 })
	harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}

// The refund of a late capture fails, and the buyer's bank returns the amount by a lost dispute. Resolving the review
// does not refund it again.
func TestResolve_LateCaptureLostInDispute_EndsReview(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "late_capture", "ms": 3600000},
		{"verb": "refund_fails", "ms": 50, "times": 1}, {"verb": "dispute", "ms": 300, "outcome": "lost"}]}`)
	orderID := buyer.Checkout("pm_declined", "tidewright").Is(http.StatusPaymentRequired).Text("order_id")
	r.AdvanceProvider(t)
	r.AwaitStatus(t, orderID, "manual_review")
	harness.Eventually(t, "the dispute is lost", func() bool {
		return harness.Count(t, r, "billing.disputes WHERE status = 'lost'") == 1
	})
	harness.Eventually(t, "the refund has failed", func() bool {
		return harness.Count(t, r, "billing.refunds WHERE status = 'failed'") == 1
	})
	require.Equal(t, "canceled", clerk.Resolve(orderID, "refund").Is(http.StatusOK).Text("status"))
	require.Equal(t, 1, harness.Count(t, r, "billing.refunds"))
	require.Empty(t, clerk.Get("/v1/admin/orders?status=manual_review").Is(http.StatusOK).Items("items"))
	r.VerifyInvariants(t)
}

func TestRefund_FreeOrder_RevokesAccess(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "oddments").Is(http.StatusCreated)
	require.Len(t, buyer.Owned(), 1)
	refund := buyer.Refund(order.Text("id"), harness.Object{}).Is(http.StatusCreated)
	require.Zero(t, harness.AmountOf(refund.Body["amount"]))
	buyer.AwaitOrder(order.Text("id"), "refunded")
	buyer.AwaitOwned(0)
	r.AwaitNumbers(t)
	require.Equal(t, 1, harness.Count(t, r, "billing.invoices WHERE kind = 'credit_note'"))
	r.VerifyInvariants(t)
}

// commandLine runs a command with the configuration of a test's store and returns its output.
func commandLine(t *testing.T, r *harness.Store, args ...string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), harness.ProgramRole+"=program", "COINSLOT_DATA_DIR="+pgtest.Folder(t),
		"COINSLOT_DATABASE_URL="+r.Database.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+r.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+r.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

func TestOrdersCommand_ListsAndResolvesReviews(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}]}`)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusAccepted)
	r.AwaitReview(t, clerk, order.Text("id"), "amount_mismatch")
	out, err := commandLine(t, r, "orders", "review")
	require.NoError(t, err, out)
	require.Contains(t, out, order.Text("id"))
	require.Contains(t, out, "amount_mismatch")
	require.Contains(t, out, "12.99")
	require.Contains(t, out, "10.00")
	require.Contains(t, out, "1 orders in manual review")
	out, err = commandLine(t, r, "orders", "resolve", order.Text("id"), "release", "--reason", "looked at")
	require.Error(t, err)
	require.Contains(t, out, "money-held")
	out, err = commandLine(t, r, "orders", "resolve", order.Text("id"), "refund", "--reason", "looked at")
	require.NoError(t, err, out)
	require.Contains(t, out, "is canceled now")
	events := clerk.Get("/v1/admin/orders/" + order.Text("id") + "/timeline").Is(http.StatusOK).Items("items")
	for _, action := range []string{"release", "refund"} { // also the rejected one
		require.Equal(t, "resolution", harness.ItemOf(events, "result", action)["event"])
	}
	out, err = commandLine(t, r, "orders", "review")
	require.NoError(t, err, out)
	require.Contains(t, out, "0 orders in manual review")
	harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}
