package e2e_test

import (
	"io"
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// pageOf returns the HTML of the provider's page on which the buyer confirms an order's payment.
func pageOf(t *testing.T, order harness.Reply) string {
	t.Helper()
	page := order.Body["next_action"].(harness.Object)["url"].(string)
	response, err := http.Get(page) //nolint:noctx // the test's provider
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	return string(raw)
}

const stored = `(SELECT return_url FROM checkout.orders UNION ALL SELECT return_url FROM billing.payments) AS u
	WHERE return_url IS NOT NULL`

func TestReturnURL_IsLinkedOnProvidersPage(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	body := buyer.Purchase("pm_requires_action", buyer.Add("tidewright"))
	body["return_url"] = "https://shop.example/orders?from=mockpay"
	key := harness.NewKey()
	order := buyer.Keyed("/v1/checkouts", key, body).Is(http.StatusAccepted)
	page := pageOf(t, order)
	require.Contains(t, page, "pay EUR 12.99 for")
	require.Contains(t, page, `<a href="https://shop.example/orders?from=mockpay">`+
		`Back to https://shop.example/orders?from=mockpay</a>`)
	buyer.Keyed("/v1/checkouts", key, body).Is(http.StatusAccepted)
	body["return_url"] = "https://shop.example/elsewhere"
	buyer.Keyed("/v1/checkouts", key, body).Problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	require.Equal(t, 2, harness.Count(t, r, stored), "in the order and in the payment")
	confirm(t, order, "failure")
	r.AwaitStatus(t, order.Text("id"), "declined")
	require.Zero(t, harness.Count(t, r, stored), "it is deleted with the payment method")

	again := buyer.Pay(order.Text("id"), harness.Object{
		"payment_method": "pm_requires_action",
		"return_url":     "https://shop.example/again",
	}).Is(http.StatusAccepted)
	require.Contains(t, pageOf(t, again), "Back to https://shop.example/again</a>")
	confirm(t, again, "success")
	r.AwaitStatus(t, order.Text("id"), "completed")
	require.Zero(t, harness.Count(t, r, stored))
	r.VerifyInvariants(t)
}

func TestReturnURL_OtherOrigin_Returns422(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	key := harness.NewKey()
	for _, bad := range []string{
		"https://evil.example/", "http://shop.example/", "https://shop.example.evil.example/",
		"https://shop.example@evil.example/",
	} {
		body["return_url"] = bad
		refused := buyer.Keyed("/v1/checkouts", key, body).Problem(http.StatusUnprocessableEntity, "return-url-not-allowed")
		require.Contains(t, refused.Text("detail"), "payments.return_origins")
		require.Equal(t, "body.return_url", refused.Items("errors")[0]["location"])
		require.Equal(t, bad, refused.Items("errors")[0]["value"])
	}
	for _, bad := range []string{"/orders", "javascript:alert(1)"} {
		body["return_url"] = bad
		buyer.Keyed("/v1/checkouts", key, body).Is(http.StatusUnprocessableEntity)
	}
	delete(body, "return_url")
	body["payment_method"] = "pm_declined"
	orderID := buyer.Keyed("/v1/checkouts", key, body).Problem(http.StatusPaymentRequired,
		"payment-declined").Text("order_id") // a rejected request does not use its key
	buyer.Pay(orderID, harness.Object{"payment_method": "pm_ok", "return_url": "https://evil.example/"}).
		Problem(http.StatusUnprocessableEntity, "return-url-not-allowed")
}
