package main

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// pageOf returns the provider's page of an order that its buyer has to confirm.
func pageOf(t *testing.T, order reply) string {
	t.Helper()
	response, err := http.Get(order.Body["next_action"].(object)["url"].(string)) //nolint:noctx // a test's own provider
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	return string(raw)
}

const stored = `(SELECT return_url FROM checkout.orders UNION ALL SELECT return_url FROM billing.payments) AS u WHERE return_url IS NOT NULL`

func TestReturnURL_LeadsBackFromTheProvidersPage(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	body := buyer.purchase("pm_requires_action", buyer.add("tidewright"))
	body["return_url"] = "https://shop.example/orders?from=mockpay"
	key := newKey()
	order := buyer.keyed("/v1/checkouts", key, body).is(http.StatusAccepted)
	page := pageOf(t, order)
	require.Contains(t, page, "pay USD 12.99 for")
	require.Contains(t, page, `<a href="https://shop.example/orders?from=mockpay">Back to https://shop.example/orders?from=mockpay</a>`)
	buyer.keyed("/v1/checkouts", key, body).is(http.StatusAccepted)
	body["return_url"] = "https://shop.example/elsewhere"
	buyer.keyed("/v1/checkouts", key, body).problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	require.Equal(t, 2, count(t, r, stored), "the order's and the payment's")
	confirm(t, order, "failure")
	r.becomes(t, order.text("id"), "declined")
	require.Zero(t, count(t, r, stored), "it goes with the payment method")

	again := buyer.keyed("/v1/orders/"+order.text("id")+"/payments", newKey(),
		object{"payment_method": "pm_requires_action", "return_url": "https://shop.example/again"}).is(http.StatusAccepted)
	require.Contains(t, pageOf(t, again), "Back to https://shop.example/again</a>")
	confirm(t, again, "success")
	r.becomes(t, order.text("id"), "completed")
	require.Zero(t, count(t, r, stored))
	r.holds(t)
}

func TestReturnURL_OfAnotherOrigin_IsRefused(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	key := newKey()
	for _, bad := range []string{
		"https://evil.example/", "http://shop.example/", "https://shop.example.evil.example/",
		"https://shop.example@evil.example/",
	} {
		body["return_url"] = bad
		refused := buyer.keyed("/v1/checkouts", key, body).problem(http.StatusUnprocessableEntity, "return-url-not-allowed")
		require.Contains(t, refused.text("detail"), "payments.return_origins")
		require.Equal(t, "body.return_url", refused.items("errors")[0]["location"])
		require.Equal(t, bad, refused.items("errors")[0]["value"])
	}
	for _, bad := range []string{"/orders", "javascript:alert(1)"} {
		body["return_url"] = bad
		buyer.keyed("/v1/checkouts", key, body).is(http.StatusUnprocessableEntity)
	}
	delete(body, "return_url")
	body["payment_method"] = "pm_declined"
	orderID := buyer.keyed("/v1/checkouts", key, body).problem(http.StatusPaymentRequired,
		"payment-declined").text("order_id") // the key is not used up
	buyer.keyed("/v1/orders/"+orderID+"/payments", newKey(),
		object{"payment_method": "pm_ok", "return_url": "https://evil.example/"}).
		problem(http.StatusUnprocessableEntity, "return-url-not-allowed")
}
