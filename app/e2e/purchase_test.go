package e2e_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/mockpay"
	"coinslot/platform/postgres"

	"github.com/stretchr/testify/require"
)

func TestPurchase_FromRegistrationToInvoice(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)

	orchard, quiet := buyer.Add("star-orchard"), buyer.Add("the-quiet-armada")
	bundleID := buyer.Get("/v1/bundles/starter-purse").Is(http.StatusOK).Text("id")
	cart := buyer.Post("/v1/cart/items", harness.Object{"bundle_id": bundleID}).Is(http.StatusCreated)
	require.Len(t, cart.Items("items"), 3)
	purse := cart.Items("items")[2]["id"].(string)

	body := buyer.Purchase("pm_ok", orchard, purse)
	order := buyer.Keyed("/v1/checkouts", "first", body).Is(http.StatusCreated)
	require.Equal(t, "completed", order.Text("status"))
	require.Equal(t, body["expected_total"], order.Body["total"])
	require.Len(t, order.Items("lines"), 2)
	require.Equal(t, "captured", order.Body["payment"].(harness.Object)["status"])

	again := buyer.Keyed("/v1/checkouts", "first", body).Is(http.StatusCreated)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, order.Text("id"), again.Text("id"))

	left := buyer.Get("/v1/cart").Is(http.StatusOK).Items("items")
	require.Len(t, left, 1)
	require.Equal(t, quiet, left[0]["id"])

	library := buyer.Get("/v1/library").Is(http.StatusOK).Items("items")
	require.Len(t, library, 4, "a game, and the three products of the bundle")
	buyer.Get("/v1/library/" + buyer.Product("star-orchard").Text("id")).Is(http.StatusOK)
	buyer.Get("/v1/library/"+buyer.Product("the-quiet-armada").Text("id")).Problem(http.StatusNotFound, "not-in-library")

	buyer.Get("/v1/orders/" + order.Text("id")).Is(http.StatusOK)
	require.Len(t, buyer.Get("/v1/orders").Is(http.StatusOK).Items("items"), 1)
	transactions := buyer.Get("/v1/transactions").Is(http.StatusOK).Items("items")
	require.Len(t, transactions, 1)
	require.Equal(t, "captured", transactions[0]["status"])
	requireInvoice(t, buyer, order)
}

// requireInvoice waits for an order's invoice, checks it and downloads its PDF twice.
func requireInvoice(t *testing.T, buyer *harness.Client, order harness.Reply) {
	t.Helper()
	invoiceID := order.Body["invoice"].(harness.Object)["id"].(string)
	harness.Eventually(t, "the invoice has its number", func() bool {
		return buyer.Get("/v1/invoices/" + invoiceID).Is(http.StatusOK).Body["number"] != nil
	})
	invoice := buyer.Get("/v1/invoices/" + invoiceID).Is(http.StatusOK)
	require.Equal(t, "INV-AT-"+harness.SellersTime(t).Format("2006")+"-000001", invoice.Text("number"))
	require.Equal(t, order.Body["total"], invoice.Body["total"])
	first := buyer.Get("/v1/invoices/" + invoiceID + "/pdf").Is(http.StatusOK)
	require.Equal(t, "application/pdf", first.Header.Get("Content-Type"))
	require.True(t, bytes.HasPrefix(first.Raw, []byte("%PDF-1.")))
	require.Equal(t, first.Raw, buyer.Get("/v1/invoices/"+invoiceID+"/pdf").Is(http.StatusOK).Raw)
}

func TestDeclinedOrder_KeepsCart_CanBePaidOrCanceled(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	item := buyer.Add("tidewright")
	body := buyer.Purchase("pm_insufficient_funds", item)
	declined := buyer.Keyed("/v1/checkouts", "one", body).Problem(http.StatusPaymentRequired, "payment-declined")
	require.Equal(t, "insufficient_funds", declined.Text("decline_code"))
	replayed := buyer.Keyed("/v1/checkouts", "one", body).Problem(http.StatusPaymentRequired, "payment-declined")
	require.Equal(t, "true", replayed.Header.Get("Idempotent-Replayed"))
	require.Len(t, buyer.Get("/v1/cart").Is(http.StatusOK).Items("items"), 1)
	path := "/v1/orders/" + declined.Text("order_id")

	body["payment_method"] = "pm_ok"
	buyer.Keyed("/v1/checkouts", "one", body).Problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	buyer.Keyed(path+"/payments", "two", harness.Object{"payment_method": "pm_expired_card"}).
		Problem(http.StatusPaymentRequired, "payment-declined")
	paid := buyer.Keyed(path+"/payments", "three", harness.Object{"payment_method": "pm_ok"}).Is(http.StatusCreated)
	require.Equal(t, "completed", paid.Text("status"))
	buyer.Keyed(path+"/payments", "four", harness.Object{"payment_method": "pm_ok"}).
		Problem(http.StatusConflict, "order-not-payable")
	buyer.Post(path+"/cancel", nil).Problem(http.StatusConflict, "order-not-cancelable")
	require.Empty(t, buyer.Get("/v1/cart").Is(http.StatusOK).Items("items"))

	item = buyer.Add("brassica")
	declined = buyer.Keyed("/v1/checkouts", "five", buyer.Purchase("pm_declined", item)).Is(http.StatusPaymentRequired)
	canceled := buyer.Cancel(declined.Text("order_id"))
	require.Equal(t, "canceled", canceled.Text("status"))
	buyer.Keyed("/v1/orders/"+declined.Text("order_id")+"/payments", "six",
		harness.Object{"payment_method": "pm_ok"}).Problem(http.StatusConflict, "order-not-payable")
	buyer.Keyed("/v1/checkouts", "seven", buyer.Purchase("pm_ok", item)).Is(http.StatusCreated)
}

func TestCheckout_Blocked_ReturnsReason(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	item := buyer.Add("saltborn")
	body := buyer.Purchase("pm_ok", item)
	checkout := func(body harness.Object) harness.Reply { return buyer.Keyed("/v1/checkouts", harness.NewKey(), body) }

	productID := buyer.Product("saltborn").Text("id")
	clerk.Post("/v1/admin/products/"+productID+"/prices",
		harness.Object{"amount": 1234, "currency": "EUR"}).Is(http.StatusCreated)
	changed := checkout(body).Problem(http.StatusConflict, "price-changed")
	require.InEpsilon(t, 1234.0, changed.Body["new"].(harness.Object)["amount"], 0)
	line := buyer.Get("/v1/cart").Is(http.StatusOK).Items("items")[0]
	require.Equal(t, "price-changed", harness.List(line, "problems")[0]["code"])

	clerk.Post("/v1/admin/products/"+productID+"/archive", nil).Is(http.StatusOK)
	require.Equal(t, "item-unavailable", buyer.Post("/v1/checkouts/quote",
		harness.Object{"item_ids": []string{item}}).Is(http.StatusOK).Items("problems")[0]["code"])
	checkout(body).Problem(http.StatusConflict, "item-unavailable")

	dlc := buyer.Add("star-orchard-hives")
	checkout(buyer.Purchase("pm_ok", dlc)).Problem(http.StatusConflict, "missing-base-game")
	game := buyer.Add("star-orchard")
	bought := buyer.Purchase("pm_ok", dlc, game)
	checkout(bought).Is(http.StatusCreated)
	checkout(bought).Problem(http.StatusConflict, "cart-already-checked-out")
	checkout(buyer.Purchase("pm_ok", buyer.Add("star-orchard"))).Problem(http.StatusConflict, "already-owned")
	buyer.Post("/v1/checkouts", bought).Problem(http.StatusBadRequest, "idempotency-key-required")
	buyer.Keyed("/v1/checkouts", "a key with spaces", bought).Problem(http.StatusBadRequest, "idempotency-key-required")
	bought["item_ids"] = []string{harness.NewKey()}
	checkout(bought).Problem(http.StatusNotFound, "item-not-found")
	bought["item_ids"] = []string{}
	checkout(bought).Problem(http.StatusUnprocessableEntity, "invalid-request")
}

func TestWebhook_IsVerifiedAndAppliedOnce(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Add("kite-season"))).Is(http.StatusCreated)
	harness.Eventually(t, "the provider delivers its webhook", func() bool { return r.Webhooks.Delivered.Load() == 1 })
	body := `{"id":"evt_1","type":"payment_intent.succeeded","data":{"id":"pi_x","status":"succeeded","amount":1,` +
		`"currency":"EUR","metadata":{"payment_id":"` + order.Body["payment"].(harness.Object)["id"].(string) + `"}}}`
	guest := r.Guest(t)
	deliver := func(signature string) harness.Reply {
		return guest.Send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
			http.Header{"Mockpay-Signature": {signature}})
	}
	deliver("").Problem(http.StatusBadRequest, "bad-signature")
	deliver(mockpay.Sign([]byte(body), "forged", time.Now())).Problem(http.StatusBadRequest, "bad-signature")
	deliver(mockpay.Sign([]byte(body), harness.WebhookSecret,
		time.Now().Add(-time.Hour))).Problem(http.StatusBadRequest, "bad-signature")
	require.Equal(t, 1, harness.Count(t, r, "billing.webhook_events"), "forged events are not stored")
	for range 3 {
		deliver(mockpay.Sign([]byte(body), harness.WebhookSecret, time.Now())).Is(http.StatusOK)
	}
	require.Equal(t, 2, harness.Count(t, r, "billing.webhook_events"))
	r.AwaitStatus(t, order.Text("id"), "manual_review") // the amount of the event differs
	guest.Send(http.MethodPost, "/v1/webhooks/payments/other", body, nil).Problem(http.StatusNotFound, "not-found")
}

func TestErasedAccount_IsRemoved_InvoicesStay(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.Guest(t)
	person := harness.Object{
		"email": "eve@example.com", "handle": "eve", "display_name": "Eve",
		"password": harness.TestPassword,
	}
	buyer.Post("/v1/accounts", person).Is(http.StatusCreated)
	refresh := buyer.SignIn("eve", harness.TestPassword).Text("refresh_token")
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Add("oddments"), buyer.Add("mirrorfen"))).Is(http.StatusCreated)
	declined := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_declined", buyer.Add("gravity-tax"))).Is(http.StatusPaymentRequired)
	requireInvoice(t, buyer, order)

	buyer.Delete("/v1/me", harness.Object{"password": "not the password"}).Problem(http.StatusForbidden, "wrong-password")
	buyer.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	harness.Eventually(t, "the old token is invalid",
		func() bool { return buyer.Get("/v1/me").Status == http.StatusUnauthorized })
	buyer.Post("/v1/sessions/refresh", harness.Object{"refresh_token": refresh}).
		Problem(http.StatusUnauthorized, "bad-refresh-token")
	buyer.Post("/v1/sessions", harness.Object{
		"login":    "eve",
		"password": harness.TestPassword,
	}).Problem(http.StatusUnauthorized, "bad-credentials")
	harness.Eventually(t, "the other modules have handled the event", func() bool {
		row, _, err := postgres.One[struct{ N int }](t.Context(), r.Database.DB, `SELECT (SELECT count(*) FROM cart.carts)
			+ (SELECT count(*) FROM library.entitlements WHERE ended_at IS NULL)
			+ (SELECT count(*) FROM checkout.orders WHERE status NOT IN ('completed', 'canceled')) AS n`)
		require.NoError(t, err)
		return row.N == 0
	})
	require.Equal(t, 1, harness.Count(t, r, "billing.invoices"))
	require.Zero(t, harness.Count(t, r, "billing.payments WHERE paper IS NOT NULL"))

	buyer.Token = ""
	buyer.Post("/v1/accounts", person).Is(http.StatusCreated)
	buyer.SignIn("eve", harness.TestPassword)
	require.Empty(t, buyer.Get("/v1/orders").Is(http.StatusOK).Items("items"))
	require.Empty(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"))
	buyer.Get("/v1/orders/"+declined.Text("order_id")).Problem(http.StatusNotFound, "order-not-found")
}

func TestRefresh_SameToken_ReturnsSuccessorUntilUsed(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	c := r.Guest(t)
	first := c.SignIn("ada", harness.TestPassword).Text("refresh_token")
	second := c.Post("/v1/sessions/refresh", harness.Object{"refresh_token": first}).Is(http.StatusOK)
	c.Token = second.Text("access_token")
	c.Get("/v1/me").Is(http.StatusOK)
	again := c.Post("/v1/sessions/refresh", harness.Object{"refresh_token": first}).Is(http.StatusOK)
	require.Equal(t, second.Text("refresh_token"), again.Text("refresh_token"))
	third := c.Post("/v1/sessions/refresh",
		harness.Object{"refresh_token": second.Text("refresh_token")}).Is(http.StatusOK)
	for _, token := range []string{first, third.Text("refresh_token")} {
		c.Post("/v1/sessions/refresh", harness.Object{"refresh_token": token}).
			Problem(http.StatusUnauthorized, "bad-refresh-token")
	}
	c.Get("/v1/me").Problem(http.StatusUnauthorized, "bad-token")
}

func TestSessionsAndPassword_OverHTTP(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	me := buyer.Get("/v1/me").Is(http.StatusOK)
	other := r.Guest(t)
	other.SignIn(me.Text("handle"), harness.TestPassword)
	sessions := buyer.Get("/v1/sessions").Is(http.StatusOK).Items("items")
	require.Len(t, sessions, 2)
	buyer.Delete("/v1/sessions/"+harness.NewKey(), nil).Problem(http.StatusNotFound, "session-not-found")

	change := harness.Object{"current_password": "not the password", "new_password": "another good password"}
	buyer.Send(http.MethodPut, "/v1/me/password", change, nil).Problem(http.StatusForbidden, "wrong-password")
	change["current_password"] = harness.TestPassword
	buyer.Send(http.MethodPut, "/v1/me/password", change, nil).Is(http.StatusNoContent)
	harness.Eventually(t, "the other session ends",
		func() bool { return other.Get("/v1/me").Status == http.StatusUnauthorized })
	buyer.Get("/v1/me").Is(http.StatusOK)

	stale := http.Header{"If-Match": {`"1"`}}
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"display_name": "New Name"},
		stale).Problem(http.StatusPreconditionFailed, "stale-version")
	tag := buyer.Get("/v1/me").Header.Get("ETag")
	current := http.Header{"If-Match": {`"1", W/` + tag + `, "77"`}}
	renamed := buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"display_name": "New Name"},
		current).Is(http.StatusOK)
	require.Equal(t, "New Name", renamed.Text("display_name"))
	buyer.Delete("/v1/sessions/current", nil).Is(http.StatusNoContent)
	buyer.Get("/v1/me").Problem(http.StatusUnauthorized, "bad-token")
}
