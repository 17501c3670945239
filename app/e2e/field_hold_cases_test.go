package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// woocommerce-gateway-stripe#2625, polar#8702: the tax is that of the buyer's country at the payment.
func countryChanged(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	item := buyer.Add("tidewright")
	body := buyer.Purchase("pm_ok", item)
	quoted := buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item}}).Is(http.StatusOK)
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "DE"}, nil).Is(http.StatusOK)
	moved := buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item}}).Is(http.StatusOK)
	require.NotEqual(t, quoted.Body["tax_total"], moved.Body["tax_total"])
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Is(http.StatusCreated)
	require.Equal(t, moved.Body["tax_total"], order.Body["tax_total"])
	require.Equal(t, quoted.Body["total"], order.Body["total"], "prices contain the tax")
	invoice := buyer.Get("/v1/invoices/" + order.Body["invoice"].(harness.Object)["id"].(string)).Is(http.StatusOK)
	require.Equal(t, order.Body["tax_total"], invoice.Body["tax_total"])
	r.VerifyInvariants(t)
}

// woocommerce#64668, #26734, #10162: refunds of odd amounts sum to the invoice's total and tax.
func oddRefunds(t *testing.T) {
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	bundle := clerk.NewBundle("Odd", 1000, clerk.NewGame("One", 333), clerk.NewGame("Two", 334),
		clerk.NewGame("Three", 998))
	order := buyer.Buy("pm_ok", buyer.Put("bundle_id", bundle)).Is(http.StatusCreated)
	line := order.Items("lines")[0]["id"]
	for _, amount := range []int64{1, 333, 7} {
		part := harness.Object{"line_id": line, "amount": harness.Object{"amount": amount, "currency": "EUR"}}
		clerk.Refund(order.Text("id"), harness.Object{"items": []any{part}}).Is(http.StatusCreated)
	}
	clerk.Refund(order.Text("id"), harness.Object{}).Is(http.StatusCreated)
	r.AwaitNumbers(t)
	invoice := buyer.Get("/v1/invoices/" + order.Body["invoice"].(harness.Object)["id"].(string)).Is(http.StatusOK)
	var total, tax int64
	for _, refund := range buyer.Order(order.Text("id")).Items("refunds") {
		note := buyer.Get("/v1/credit-notes/" + refund["credit_note"].(harness.Object)["id"].(string)).Is(http.StatusOK)
		require.Equal(t, harness.AmountOf(note.Body["total"]), harness.SumOf(note.Items("lines"), "line_total"))
		total, tax = total+harness.AmountOf(note.Body["total"]), tax+harness.AmountOf(note.Body["tax_total"])
	}
	require.Equal(t, harness.AmountOf(invoice.Body["total"]), total)
	require.Equal(t, harness.AmountOf(invoice.Body["tax_total"]), tax)
	buyer.AwaitOrder(order.Text("id"), "refunded")
	r.VerifyInvariants(t)
}

// woocommerce-gateway-stripe#913, adyen-magento#641: an order is charged at most once, whatever the confirmation's
// result.
func confirmationOutcomes(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	begin := func(slug string) harness.Reply {
		return buyer.Checkout("pm_requires_action", slug).Is(http.StatusAccepted)
	}

	failed := begin("tidewright")
	confirm(t, failed, "failure")
	r.AwaitStatus(t, failed.Text("id"), "declined")
	confirmOrCanceled(t, failed) // too late
	again := buyer.Pay(failed.Text("id"), harness.Object{"payment_method": "pm_requires_action"}).Is(http.StatusAccepted)
	require.NotEqual(t, failed.Body["next_action"], again.Body["next_action"])
	confirm(t, again, "success")
	r.AwaitStatus(t, failed.Text("id"), "completed")
	status, _ := harness.Call(t, http.MethodPost, again.Body["next_action"].(harness.Object)["url"].(string),
		`{"result": "failure"}`)
	require.Contains(t, []int{http.StatusOK, http.StatusConflict}, status)
	require.Equal(t, "completed", buyer.Order(failed.Text("id")).Text("status"))

	left := begin("star-orchard")
	require.Equal(t, "canceled", buyer.Cancel(left.Text("id")).Text("status"))
	confirmOrCanceled(t, left)
	buyer.Checkout("pm_ok", "star-orchard").Is(http.StatusCreated)
	require.Len(t, buyer.Owned(), 2)
	require.EqualValues(t, 0, r.Net(t, left.Text("id")))
	r.VerifyInvariants(t)
}

// stripe-ruby#598: an idempotency key of one endpoint does not replay the response of another.
func sameKeyOnTwoEndpoints(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	key := harness.NewKey()
	body := buyer.Purchase("pm_declined", buyer.Add("tidewright"))
	declined := buyer.Keyed("/v1/checkouts", key, body).Is(http.StatusPaymentRequired).Text("order_id")
	pay := "/v1/orders/" + declined + "/payments"
	buyer.Keyed(pay, key, harness.Object{"payment_method": "pm_ok"}).Problem(http.StatusUnprocessableEntity,
		"idempotency-key-reused")
	require.Empty(t, buyer.Owned())
	buyer.Keyed(pay, harness.NewKey(), harness.Object{"payment_method": "pm_ok"}).Is(http.StatusCreated)
	refund := buyer.Keyed("/v1/orders/"+declined+"/refunds", key, harness.Object{"reason": "bored"}).Is(http.StatusCreated)
	again := buyer.Keyed("/v1/orders/"+declined+"/refunds", key, harness.Object{"reason": "bored"}).Is(http.StatusCreated)
	require.Equal(t, refund.Text("id"), again.Text("id"))
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, 1, harness.Count(t, r, "billing.refunds"))
	r.VerifyInvariants(t)
}

// gumroad#2460: the refund of a bundle does not revoke a game that was also bought alone, and vice versa.
func bundleAndItsGame(t *testing.T) {
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	a, b := clerk.NewGame("A", 1000), clerk.NewGame("B", 1100)
	pair := clerk.NewBundle("A and B", 1500, a, b)
	alone := buyer.Buy("pm_ok", buyer.Put("product_id", a)).Is(http.StatusCreated)
	for range 2 {
		both := buyer.Buy("pm_ok", buyer.Put("bundle_id", pair)).Is(http.StatusCreated)
		buyer.Refund(both.Text("id"), harness.Object{}).Is(http.StatusCreated)
		owned := buyer.AwaitOwned(1)
		require.Equal(t, a, owned[0]["product_id"])
	}
	buyer.Buy("pm_ok", buyer.Put("bundle_id", pair)).Is(http.StatusCreated)
	buyer.Refund(alone.Text("id"), harness.Object{}).Is(http.StatusCreated)
	require.Len(t, buyer.Owned(), 2, "the bundle gives both")
	r.VerifyInvariants(t)
}
