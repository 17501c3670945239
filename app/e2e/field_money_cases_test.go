package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// A refund in the provider's dashboard is booked and gets a credit note. A full refund revokes access.
func dashboardRefund(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	orderID, total := order.Text("id"), harness.AmountOf(order.Body["total"])
	r.RefundAtProvider(t, orderID, 500)
	r.AwaitStatus(t, orderID, "partially_refunded")
	require.Len(t, buyer.Owned(), 2, "access stays")
	r.AwaitNumbers(t)
	refund := buyer.Order(orderID).Items("refunds")[0]
	note := buyer.Get("/v1/credit-notes/" + refund["credit_note"].(harness.Object)["id"].(string)).Is(http.StatusOK)
	require.EqualValues(t, 500, harness.AmountOf(note.Body["total"]))
	require.EqualValues(t, 500, harness.SumOf(note.Items("lines"), "line_total"))
	require.Len(t, note.Items("lines"), 2, "the amount is allocated to both lines")
	r.RefundAtProvider(t, orderID, total-500)
	r.AwaitStatus(t, orderID, "refunded")
	require.Empty(t, buyer.Owned())
	r.AwaitNumbers(t)
	require.Equal(t, 2, harness.Count(t, r, "billing.invoices WHERE kind = 'credit_note'"))
	r.VerifyInvariants(t)
}

// A captured amount that is not the order's, before or after the response, needs a manual review, which staff resolves.
func wrongAmount(t *testing.T) {
	r := harness.Start(t, nil)
	var scenarios sync.Mutex
	cases := map[string]struct {
		scenario string
		answers  int
		action   string
		ends     string
		net      int64 // final amount at the provider: captured minus refunded; the total is 1299
	}{
		"before, less, accepted": {
			`{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}`, 202, "accept",
			"completed", 1299,
		}, // the webhook's amount was wrong, the provider's is right
		"before, more, accepted": {
			`{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1500}`, 202,
			"accept", "completed", 1299,
		},
		"before, less, refunded": {
			`{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}`, 202,
			"refund", "canceled", 0,
		},
		"after, less, accepted": {`{"verb": "late_amount", "amount": 1000, "ms": 3600000}`, 201, "accept", "completed", 1000},
		"after, more, accepted": {`{"verb": "late_amount", "amount": 1500, "ms": 3600000}`, 201, "accept", "completed", 1299},
		"after, less, refunded": {`{"verb": "late_amount", "amount": 1000, "ms": 3600000}`, 201, "refund", "refunded", 0},
		"after, more, refunded": {`{"verb": "late_amount", "amount": 1500, "ms": 3600000}`, 201, "refund", "refunded", 0},
	}
	buyers, orders := map[string]harness.Client{}, map[string]harness.Reply{}
	for name, c := range cases {
		buyer := r.NewBuyer(t)
		u := purchaseCase{token: "pm_ok", scenario: c.scenario, answers: c.answers}
		buyers[name], orders[name] = *buyer, u.begin(t, r, buyer, &scenarios)
	}
	r.AdvanceProvider(t)
	t.Run("each", func(t *testing.T) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer, order, clerk := buyers[name], orders[name], r.Clerk(t)
				buyer.T, order.T = t, t
				settlement := r.AwaitReview(t, clerk, order.Text("id"), "amount_mismatch")
				require.EqualValues(t, 1299, harness.AmountOf(settlement["owed"]))
				clerk.Resolve(order.Text("id"), "release").Is(http.StatusConflict)
				resolved := clerk.Resolve(order.Text("id"), c.action)
				require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, resolved.Status, string(resolved.Raw))
				r.AwaitStatus(t, order.Text("id"), c.ends)
				harness.Eventually(t, "the provider holds the amount due",
					func() bool { return r.Net(t, order.Text("id")) == c.net })
				require.Equal(t, c.ends == "completed", len(buyer.Owned()) == 1)
				events := clerk.Get("/v1/admin/orders/" + order.Text("id") + "/timeline").Is(http.StatusOK).Items("items")
				resolution := harness.ItemOf(events, "event", "resolution")
				require.Equal(t, []any{"staff", clerk.Get("/v1/me").Text("id")}, []any{resolution["by"], resolution["staff_id"]})
			})
		}
	})
	harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}

// juspay/hyperswitch#4109, antiwork/gumroad#4372: a dispute of an order that was refunded in full is reviewed.
func disputeAfterRefund(t *testing.T) {
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 3600000, "outcome": "lost"}]}`)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	buyer.Refund(order.Text("id"), harness.Object{}).Is(http.StatusCreated)
	r.AdvanceProvider(t)
	settlement := r.AwaitReview(t, clerk, order.Text("id"), "more_out_than_in")
	require.EqualValues(t, 1299, harness.AmountOf(settlement["refunded"]))
	require.EqualValues(t, 1299, harness.AmountOf(settlement["disputed"]))
	require.Empty(t, buyer.Owned())
	clerk.Resolve(order.Text("id"), "accept")
	r.AwaitStatus(t, order.Text("id"), "refunded")
	r.VerifyInvariants(t)
}

// A refund of a late or excessive capture that fails at the provider sends the order to manual review.
func TestFailedRefund_IsReviewedAndResolved(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	var scenarios sync.Mutex
	cases := map[string]struct {
		purchaseCase
		action, ends string
		net          int64
	}{
		"late capture": {
			purchaseCase{
				token:    "pm_declined",
				scenario: `{"verb": "late_capture", "ms": 3600000}, {"verb": "refund_fails", "ms": 50, "times": 1}`, answers: 402,
			},
			"refund", "canceled", 0,
		},
		"excess": {purchaseCase{
			token:    "pm_ok",
			scenario: `{"verb": "late_amount", "amount": 1500, "ms": 3600000}, {"verb": "refund_fails", "ms": 50, "times": 1}`,
			answers:  201,
		}, "accept", "completed", 1299},
	}
	begun := map[string]harness.Reply{}
	for name, c := range cases {
		begun[name] = c.begin(t, r, r.NewBuyer(t), &scenarios)
	}
	r.AdvanceProvider(t)
	t.Run("each", func(t *testing.T) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				first, clerk := begun[name], r.Clerk(t)
				orderID, declined := first.Body["order_id"].(string)
				if !declined {
					orderID = first.Text("id")
				}
				if c.answers == http.StatusCreated {
					r.AwaitReview(t, clerk, orderID, "amount_mismatch")
					clerk.Resolve(orderID, c.action)
				}
				failed := "checkout.orders WHERE id = '" + orderID + "' AND review_reason = 'refund_failed'"
				harness.Eventually(t, "the refund has failed", func() bool { return harness.Count(t, r, failed) == 1 })
				clerk.Resolve(orderID, c.action)
				r.AwaitStatus(t, orderID, c.ends)
				require.Equal(t, c.net, r.Net(t, orderID), "the provider holds the amount due")
			})
		}
	})
	harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
	require.Zero(t, harness.Count(t, r, "checkout.orders WHERE status = 'manual_review'"))
	r.VerifyInvariants(t)
}
