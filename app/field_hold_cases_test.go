package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// woocommerce-gateway-stripe#2625, polar#8702: the tax is that of the country in which the buyer is at the payment.
func countryChangedBeforePaying(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	item := buyer.add("tidewright")
	body := buyer.purchase("pm_ok", item)
	quoted := buyer.post("/v1/checkouts/quote", object{"item_ids": []string{item}}).is(http.StatusOK)
	buyer.send(http.MethodPatch, "/v1/me", object{"country": "DE"}, nil).is(http.StatusOK)
	moved := buyer.post("/v1/checkouts/quote", object{"item_ids": []string{item}}).is(http.StatusOK)
	require.NotEqual(t, quoted.Body["tax_total"], moved.Body["tax_total"])
	order := buyer.keyed("/v1/checkouts", newKey(), body).is(http.StatusCreated)
	require.Equal(t, moved.Body["tax_total"], order.Body["tax_total"])
	require.Equal(t, quoted.Body["total"], order.Body["total"], "prices contain the tax")
	invoice := buyer.get("/v1/invoices/" + order.Body["invoice"].(object)["id"].(string)).is(http.StatusOK)
	require.Equal(t, order.Body["tax_total"], invoice.Body["tax_total"])
	r.holds(t)
}

// woocommerce#64668, #26734, #10162: refunds of odd amounts add up to the invoice, in money and in tax.
func roundedRefunds(t *testing.T) {
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	bundle := clerk.newBundle("Odd", 1000, clerk.newGame("One", 333), clerk.newGame("Two", 334),
		clerk.newGame("Three", 998))
	order := buyer.buys("pm_ok", buyer.put("bundle_id", bundle)).is(http.StatusCreated)
	line := order.items("lines")[0]["id"]
	for _, amount := range []int64{1, 333, 7} {
		part := object{"line_id": line, "amount": object{"amount": amount, "currency": "USD"}}
		clerk.refund(order.text("id"), object{"items": []any{part}}).is(http.StatusCreated)
	}
	clerk.refund(order.text("id"), object{}).is(http.StatusCreated)
	r.allNumbered(t)
	invoice := buyer.get("/v1/invoices/" + order.Body["invoice"].(object)["id"].(string)).is(http.StatusOK)
	var total, tax int64
	for _, refund := range buyer.order(order.text("id")).items("refunds") {
		note := buyer.get("/v1/credit-notes/" + refund["credit_note"].(object)["id"].(string)).is(http.StatusOK)
		require.Equal(t, amountOf(note.Body["total"]), sumOf(note.items("lines"), "line_total"))
		total, tax = total+amountOf(note.Body["total"]), tax+amountOf(note.Body["tax_total"])
	}
	require.Equal(t, amountOf(invoice.Body["total"]), total)
	require.Equal(t, amountOf(invoice.Body["tax_total"]), tax)
	require.Equal(t, "refunded", buyer.order(order.text("id")).text("status"))
	r.holds(t)
}

// woocommerce-gateway-stripe#913, adyen-magento#641: whatever comes of a confirmation, the money is taken once or not.
func branchesOfAConfirmation(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	begin := func(slug string) reply { return buyer.checkout("pm_requires_action", slug).is(http.StatusAccepted) }

	failed := begin("tidewright")
	confirm(t, failed, "failure")
	r.becomes(t, failed.text("id"), "declined")
	confirmOrCanceled(t, failed) // too late
	again := buyer.keyed("/v1/orders/"+failed.text("id")+"/payments", newKey(),
		object{"payment_method": "pm_requires_action"}).is(http.StatusAccepted)
	require.NotEqual(t, failed.Body["next_action"], again.Body["next_action"])
	confirm(t, again, "success")
	r.becomes(t, failed.text("id"), "completed")
	status, _ := tell(t, http.MethodPost, again.Body["next_action"].(object)["url"].(string), `{"result": "failure"}`)
	require.Contains(t, []int{http.StatusOK, http.StatusConflict}, status)
	require.Equal(t, "completed", buyer.order(failed.text("id")).text("status"))

	left := begin("star-orchard")
	require.Equal(t, "canceled", buyer.cancel(left.text("id")).text("status"))
	confirmOrCanceled(t, left)
	buyer.checkout("pm_ok", "star-orchard").is(http.StatusCreated)
	require.Len(t, buyer.owned(), 2)
	require.EqualValues(t, 0, r.net(t, left.text("id")))
	r.holds(t)
}

// stripe-ruby#598: a key belongs to what it was used for first; elsewhere it never stands for it.
func keyOnTwoEndpoints(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	key := newKey()
	body := buyer.purchase("pm_declined", buyer.add("tidewright"))
	declined := buyer.keyed("/v1/checkouts", key, body).is(http.StatusPaymentRequired).text("order_id")
	pay := "/v1/orders/" + declined + "/payments"
	buyer.keyed(pay, key, object{"payment_method": "pm_ok"}).problem(http.StatusUnprocessableEntity,
		"idempotency-key-reused")
	require.Empty(t, buyer.owned())
	buyer.keyed(pay, newKey(), object{"payment_method": "pm_ok"}).is(http.StatusCreated)
	refund := buyer.keyed("/v1/orders/"+declined+"/refunds", key, object{"reason": "bored"}).is(http.StatusCreated)
	again := buyer.keyed("/v1/orders/"+declined+"/refunds", key, object{"reason": "bored"}).is(http.StatusCreated)
	require.Equal(t, refund.text("id"), again.text("id"))
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, 1, count(t, r, "billing.refunds"))
	r.holds(t)
}

// gumroad#2460: the refund of a bundle leaves what was bought apart, and the other way round.
func bundleBesideItsGame(t *testing.T) {
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	a, b := clerk.newGame("A", 1000), clerk.newGame("B", 1100)
	pair := clerk.newBundle("A and B", 1500, a, b)
	alone := buyer.buys("pm_ok", buyer.put("product_id", a)).is(http.StatusCreated)
	for range 2 {
		both := buyer.buys("pm_ok", buyer.put("bundle_id", pair)).is(http.StatusCreated)
		buyer.refund(both.text("id"), object{}).is(http.StatusCreated)
		owned := buyer.owned()
		require.Len(t, owned, 1)
		require.Equal(t, a, owned[0]["product_id"])
	}
	buyer.buys("pm_ok", buyer.put("bundle_id", pair)).is(http.StatusCreated)
	buyer.refund(alone.text("id"), object{}).is(http.StatusCreated)
	require.Len(t, buyer.owned(), 2, "the bundle gives both")
	r.holds(t)
}
