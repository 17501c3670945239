package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// refundAtProvider refunds a part of an order's payment as somebody does it in the provider's dashboard: it names no
// refund of the store.
func (r *running) refundAtProvider(t *testing.T, orderID string, amount int64) {
	t.Helper()
	found := reply{t: t}
	_, answer := tell(t, http.MethodGet, r.Mockpay.URL()+"/v1/payment_intents?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(answer), &found.Body))
	body, err := json.Marshal(object{"intent": found.items("items")[0]["id"], "amount": amount})
	require.NoError(t, err)
	exchange(t, http.MethodPost, r.Mockpay.URL()+"/v1/refunds", string(body))
}

// reviewed waits until an order is in manual review, and returns it as the staff's list has it and as it is alone.
func (r *running) reviewed(t *testing.T, clerk *client, orderID, reason string) object {
	t.Helper()
	r.becomes(t, orderID, "manual_review")
	listed := itemOf(clerk.get("/v1/admin/orders?status=manual_review&limit=100").is(http.StatusOK).items("items"), "id", orderID)
	require.NotNil(t, listed)
	order := clerk.get("/v1/admin/orders/" + orderID).is(http.StatusOK)
	require.Equal(t, reason, order.Body["review"].(object)["reason"])
	require.Equal(t, reason, listed["review"].(object)["reason"])
	return order.Body["review"].(object)["settlement"].(object)
}

// resolve ends a review, however often its order is being worked on meanwhile.
func (c *client) resolve(orderID, action string) (answer reply) {
	c.t.Helper()
	key := newKey()
	eventually(c.t, "nobody else works on the order", func() bool {
		answer = c.keyed("/v1/admin/orders/"+orderID+"/resolve", key, object{"action": action, "reason": "looked at"})
		return answer.Body["code"] != "order-in-progress"
	})
	return answer
}

func (r *running) net(t *testing.T, orderID string) int64 {
	t.Helper()
	answer := reply{t: t}
	_, raw := tell(t, http.MethodGet, r.Mockpay.URL()+"/v1/charges?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(raw), &answer.Body))
	net := 0.0
	for _, charge := range answer.items("items") {
		net += charge["captured"].(float64) - charge["refunded"].(float64)
	}
	return int64(net)
}

func (r *running) allNumbered(t *testing.T) {
	t.Helper()
	eventually(t, "all is numbered", func() bool { return count(t, r, "billing.invoice_drafts") == 0 })
}

// A refund in the provider's dashboard is booked, gets its credit note, and access ends with the whole of it.
func refundedInTheDashboard(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright", "star-orchard").is(http.StatusCreated)
	orderID, total := order.text("id"), amountOf(order.Body["total"])
	r.refundAtProvider(t, orderID, 500)
	r.becomes(t, orderID, "partially_refunded")
	require.Len(t, buyer.owned(), 2, "access stays")
	r.allNumbered(t)
	refund := buyer.order(orderID).items("refunds")[0]
	note := buyer.get("/v1/credit-notes/" + refund["credit_note"].(object)["id"].(string)).is(http.StatusOK)
	require.EqualValues(t, 500, amountOf(note.Body["total"]))
	require.EqualValues(t, 500, sumOf(note.items("lines"), "line_total"))
	require.Len(t, note.items("lines"), 2, "it is shared by both lines")
	r.refundAtProvider(t, orderID, total-500)
	r.becomes(t, orderID, "refunded")
	require.Empty(t, buyer.owned())
	r.allNumbered(t)
	require.Equal(t, 2, count(t, r, "billing.invoices WHERE kind = 'credit_note'"))
	r.holds(t)
}

// Another amount than the order's, before or after the answer, needs a manual review, which staff ends.
func anotherAmount(t *testing.T) {
	r := startStore(t, nil)
	var arming sync.Mutex
	cases := map[string]struct {
		scenario string
		answers  int
		action   string
		ends     string
		net      int64 // what the provider holds in the end, of 1299
	}{
		"before, less, accepted": {
			`{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}`, 202, "accept",
			"completed", 1299,
		}, // the webhook lied
		"before, more, accepted": {
			`{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1500}`, 202,
			"accept", "completed", 1299,
		},
		"before, less, refunded": {
			`{"verb": "webhook_first"}, {"verb": "wrong_amount", "amount": 1000}`, 202,
			"refund", "canceled", 0,
		},
		"after, less, accepted": {`{"verb": "late_amount", "amount": 1000, "ms": 50}`, 201, "accept", "completed", 1000},
		"after, more, accepted": {`{"verb": "late_amount", "amount": 1500, "ms": 50}`, 201, "accept", "completed", 1299},
		"after, less, refunded": {`{"verb": "late_amount", "amount": 1000, "ms": 50}`, 201, "refund", "refunded", 0},
		"after, more, refunded": {`{"verb": "late_amount", "amount": 1500, "ms": 50}`, 201, "refund", "refunded", 0},
	}
	t.Run("each", func(t *testing.T) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer, clerk := r.newBuyer(t), r.clerk(t)
				u := usual{token: "pm_ok", scenario: c.scenario, answers: c.answers}
				order := u.begin(t, r, buyer, &arming)
				settlement := r.reviewed(t, clerk, order.text("id"), "amount_mismatch")
				require.EqualValues(t, 1299, amountOf(settlement["owed"]))
				clerk.resolve(order.text("id"), "release").is(http.StatusConflict)
				resolved := clerk.resolve(order.text("id"), c.action)
				require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, resolved.Status, string(resolved.Raw))
				r.becomes(t, order.text("id"), c.ends)
				eventually(t, "the provider holds what is owed", func() bool { return r.net(t, order.text("id")) == c.net })
				require.Equal(t, c.ends == "completed", len(buyer.owned()) == 1)
				events := clerk.get("/v1/admin/orders/" + order.text("id") + "/timeline").is(http.StatusOK).items("items")
				resolution := itemOf(events, "event", "resolution")
				require.Equal(t, []any{"staff", clerk.get("/v1/me").text("id")}, []any{resolution["by"], resolution["staff_id"]})
			})
		}
	})
	eventually(t, "everything settles", func() bool { return r.settled(t) })
	r.holds(t)
}

// juspay/hyperswitch#4109, antiwork/gumroad#4372: a dispute takes the money of an order that was refunded whole.
func disputedAfterTheRefund(t *testing.T) {
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 1500, "outcome": "lost"}]}`)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	buyer.refund(order.text("id"), object{}).is(http.StatusCreated)
	settlement := r.reviewed(t, clerk, order.text("id"), "more_out_than_in")
	require.EqualValues(t, 1299, amountOf(settlement["refunded"]))
	require.EqualValues(t, 1299, amountOf(settlement["disputed"]))
	require.Empty(t, buyer.owned())
	clerk.resolve(order.text("id"), "accept")
	r.becomes(t, order.text("id"), "refunded")
	r.holds(t)
}

// A refund that the store owes and the provider refuses is seen: of what was captured too late, or beyond the total.
func TestFailedRefund_EndsInAReviewThatStaffEnds(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	var arming sync.Mutex
	cases := map[string]struct {
		usual
		action, ends string
		net          int64
	}{
		"late capture": {
			usual{
				token:    "pm_declined",
				scenario: `{"verb": "late_capture", "ms": 50}, {"verb": "refund_fails", "ms": 50, "times": 1}`, answers: 402,
			},
			"refund", "canceled", 0,
		},
		"excess": {usual{
			token:    "pm_ok",
			scenario: `{"verb": "late_amount", "amount": 1500, "ms": 50}, {"verb": "refund_fails", "ms": 50, "times": 1}`,
			answers:  201,
		}, "accept", "completed", 1299},
	}
	t.Run("each", func(t *testing.T) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer, clerk := r.newBuyer(t), r.clerk(t)
				first := c.begin(t, r, buyer, &arming)
				orderID, declined := first.Body["order_id"].(string)
				if !declined {
					orderID = first.text("id")
				}
				if c.answers == http.StatusCreated {
					r.reviewed(t, clerk, orderID, "amount_mismatch")
					clerk.resolve(orderID, c.action)
				}
				eventually(t, "the refund has failed", func() bool {
					return r.count(t, `SELECT count(*) FROM checkout.orders WHERE id = '`+orderID+`' AND review_reason = 'refund_failed'`) == 1
				})
				clerk.resolve(orderID, c.action)
				r.becomes(t, orderID, c.ends)
				require.Equal(t, c.net, r.net(t, orderID), "the provider holds what is owed")
			})
		}
	})
	eventually(t, "everything settles", func() bool { return r.settled(t) })
	require.Zero(t, count(t, r, "checkout.orders WHERE status = 'manual_review'"))
	r.holds(t)
}
