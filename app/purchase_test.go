package main

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"coinslot/app/mockpay"
	"coinslot/platform/postgres"

	"github.com/stretchr/testify/require"
)

func TestAPurchaseFromRegistrationToInvoice(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)

	orchard, quiet := buyer.add("star-orchard"), buyer.add("the-quiet-armada")
	bundleID := buyer.get("/v1/bundles/starter-purse").is(http.StatusOK).text("id")
	cart := buyer.post("/v1/cart/items", object{"bundle_id": bundleID}).is(http.StatusCreated)
	require.Len(t, cart.items("items"), 3)
	purse := cart.items("items")[2]["id"].(string)

	body := buyer.purchase("pm_ok", orchard, purse)
	order := buyer.keyed("/v1/checkouts", "first", body).is(http.StatusCreated)
	require.Equal(t, "completed", order.text("status"))
	require.Equal(t, body["expected_total"], order.Body["total"])
	require.Len(t, order.items("lines"), 2)
	require.Equal(t, "captured", order.Body["payment"].(object)["status"])

	again := buyer.keyed("/v1/checkouts", "first", body).is(http.StatusCreated)
	require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
	require.Equal(t, order.text("id"), again.text("id"))

	left := buyer.get("/v1/cart").is(http.StatusOK).items("items")
	require.Len(t, left, 1)
	require.Equal(t, quiet, left[0]["id"])

	library := buyer.get("/v1/library").is(http.StatusOK).items("items")
	require.Len(t, library, 4, "a game, and the three products of the bundle")
	buyer.get("/v1/library/" + buyer.product("star-orchard").text("id")).is(http.StatusOK)
	buyer.get("/v1/library/"+buyer.product("the-quiet-armada").text("id")).problem(http.StatusNotFound, "not-in-library")

	buyer.get("/v1/orders/" + order.text("id")).is(http.StatusOK)
	require.Len(t, buyer.get("/v1/orders").is(http.StatusOK).items("items"), 1)
	transactions := buyer.get("/v1/transactions").is(http.StatusOK).items("items")
	require.Len(t, transactions, 1)
	require.Equal(t, "captured", transactions[0]["status"])
	invoiceOf(t, buyer, order)
}

// invoiceOf downloads an order's invoice twice and compares.
func invoiceOf(t *testing.T, buyer *client, order reply) {
	t.Helper()
	invoiceID := order.Body["invoice"].(object)["id"].(string)
	eventually(t, "the invoice is numbered", func() bool {
		return buyer.get("/v1/invoices/" + invoiceID).is(http.StatusOK).Body["number"] != nil
	})
	invoice := buyer.get("/v1/invoices/" + invoiceID).is(http.StatusOK)
	require.Equal(t, "INV-AT-"+time.Now().UTC().Format("2006")+"-000001", invoice.text("number"))
	require.Equal(t, order.Body["total"], invoice.Body["total"])
	first := buyer.get("/v1/invoices/" + invoiceID + "/pdf").is(http.StatusOK)
	require.Equal(t, "application/pdf", first.Header.Get("Content-Type"))
	require.True(t, bytes.HasPrefix(first.Raw, []byte("%PDF-1.")))
	require.Equal(t, first.Raw, buyer.get("/v1/invoices/"+invoiceID+"/pdf").is(http.StatusOK).Raw)
}

func TestADeclinedOrderLeavesTheCartAndCanBePaidAgainOrCanceled(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	item := buyer.add("tidewright")
	body := buyer.purchase("pm_insufficient_funds", item)
	declined := buyer.keyed("/v1/checkouts", "one", body).problem(http.StatusPaymentRequired, "payment-declined")
	require.Equal(t, "insufficient_funds", declined.text("decline_code"))
	replayed := buyer.keyed("/v1/checkouts", "one", body).problem(http.StatusPaymentRequired, "payment-declined")
	require.Equal(t, "true", replayed.Header.Get("Idempotent-Replayed"))
	require.Len(t, buyer.get("/v1/cart").is(http.StatusOK).items("items"), 1)
	path := "/v1/orders/" + declined.text("order_id")

	body["payment_method"] = "pm_ok"
	buyer.keyed("/v1/checkouts", "one", body).problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	buyer.keyed(path+"/payments", "two", object{"payment_method": "pm_expired_card"}).problem(http.StatusPaymentRequired, "payment-declined")
	paid := buyer.keyed(path+"/payments", "three", object{"payment_method": "pm_ok"}).is(http.StatusCreated)
	require.Equal(t, "completed", paid.text("status"))
	buyer.keyed(path+"/payments", "four", object{"payment_method": "pm_ok"}).problem(http.StatusConflict, "order-not-payable")
	buyer.post(path+"/cancel", nil).problem(http.StatusConflict, "order-not-cancelable")
	require.Empty(t, buyer.get("/v1/cart").is(http.StatusOK).items("items"))

	item = buyer.add("brassica")
	declined = buyer.keyed("/v1/checkouts", "five", buyer.purchase("pm_declined", item)).is(http.StatusPaymentRequired)
	canceled := buyer.cancel(declined.text("order_id"))
	require.Equal(t, "canceled", canceled.text("status"))
	buyer.keyed("/v1/orders/"+declined.text("order_id")+"/payments", "six",
		object{"payment_method": "pm_ok"}).problem(http.StatusConflict, "order-not-payable")
	buyer.keyed("/v1/checkouts", "seven", buyer.purchase("pm_ok", item)).is(http.StatusCreated)
}

func TestWhatStandsInTheWayOfBuyingIsSaid(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	item := buyer.add("saltborn")
	body := buyer.purchase("pm_ok", item)
	checkout := func(body object) reply { return buyer.keyed("/v1/checkouts", newKey(), body) }

	productID := buyer.product("saltborn").text("id")
	clerk.post("/v1/admin/products/"+productID+"/prices", object{"amount": 1234, "currency": "USD"}).is(http.StatusCreated)
	changed := checkout(body).problem(http.StatusConflict, "price-changed")
	require.InEpsilon(t, 1234.0, changed.Body["new"].(object)["amount"], 0)
	line := buyer.get("/v1/cart").is(http.StatusOK).items("items")[0]
	require.Equal(t, "price-changed", list(line, "problems")[0]["code"])

	clerk.post("/v1/admin/products/"+productID+"/archive", nil).is(http.StatusOK)
	require.Equal(t, "item-unavailable", buyer.post("/v1/checkouts/quote",
		object{"item_ids": []string{item}}).is(http.StatusOK).items("problems")[0]["code"])
	checkout(body).problem(http.StatusConflict, "item-unavailable")

	dlc := buyer.add("star-orchard-hives")
	checkout(buyer.purchase("pm_ok", dlc)).problem(http.StatusConflict, "missing-base-game")
	game := buyer.add("star-orchard")
	bought := buyer.purchase("pm_ok", dlc, game)
	checkout(bought).is(http.StatusCreated)
	checkout(bought).problem(http.StatusConflict, "cart-already-checked-out")
	checkout(buyer.purchase("pm_ok", buyer.add("star-orchard"))).problem(http.StatusConflict, "already-owned")
	buyer.post("/v1/checkouts", bought).problem(http.StatusBadRequest, "idempotency-key-required")
	buyer.keyed("/v1/checkouts", "a key with spaces", bought).problem(http.StatusBadRequest, "idempotency-key-required")
	bought["item_ids"] = []string{newKey()}
	checkout(bought).problem(http.StatusNotFound, "item-not-found")
	bought["item_ids"] = []string{}
	checkout(bought).problem(http.StatusUnprocessableEntity, "invalid-request")
}

func TestAWebhookIsVerifiedAndTakenOnce(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.keyed("/v1/checkouts", newKey(),
		buyer.purchase("pm_ok", buyer.add("kite-season"))).is(http.StatusCreated)
	eventually(t, "the provider delivers its webhook", func() bool { return r.relayed.delivered.Load() == 1 })
	body := `{"id":"evt_1","type":"payment_intent.succeeded","data":{"id":"pi_x","status":"succeeded","amount":1,"currency":"USD","metadata":{"payment_id":"` +
		order.Body["payment"].(object)["id"].(string) + `"}}}`
	guest := r.guest(t)
	deliver := func(signature string) reply {
		return guest.send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
			http.Header{"Mockpay-Signature": {signature}})
	}
	deliver("").problem(http.StatusBadRequest, "bad-signature")
	deliver(mockpay.Sign([]byte(body), "forged", time.Now())).problem(http.StatusBadRequest, "bad-signature")
	deliver(mockpay.Sign([]byte(body), webhookSecret,
		time.Now().Add(-time.Hour))).problem(http.StatusBadRequest, "bad-signature")
	require.Equal(t, 1, count(t, r, "billing.webhook_events"), "nothing forged is kept")
	for range 3 {
		deliver(mockpay.Sign([]byte(body), webhookSecret, time.Now())).is(http.StatusOK)
	}
	require.Equal(t, 2, count(t, r, "billing.webhook_events"))
	require.Equal(t, "completed", buyer.get("/v1/orders/"+order.text("id")).is(http.StatusOK).text("status"),
		"late news moves nothing back")
	guest.send(http.MethodPost, "/v1/webhooks/payments/other", body, nil).problem(http.StatusNotFound, "not-found")
}

func count(t *testing.T, r *running, table string) int {
	t.Helper()
	row, _, err := postgres.One[struct{ N int }](t.Context(), r.Database.DB, `SELECT count(*) AS n FROM `+table)
	require.NoError(t, err)
	return row.N
}

func TestAnErasedAccountIsGoneAndItsPapersStay(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.guest(t)
	person := object{"email": "eve@example.com", "handle": "eve", "display_name": "Eve", "password": testPassword}
	buyer.post("/v1/accounts", person).is(http.StatusCreated)
	refresh := buyer.signIn("eve", testPassword).text("refresh_token")
	order := buyer.keyed("/v1/checkouts", newKey(),
		buyer.purchase("pm_ok", buyer.add("oddments"), buyer.add("mirrorfen"))).is(http.StatusCreated)
	declined := buyer.keyed("/v1/checkouts", newKey(),
		buyer.purchase("pm_declined", buyer.add("gravity-tax"))).is(http.StatusPaymentRequired)
	invoiceOf(t, buyer, order)

	buyer.delete("/v1/me", object{"password": "not the password"}).problem(http.StatusForbidden, "wrong-password")
	buyer.delete("/v1/me", object{"password": testPassword}).is(http.StatusNoContent)
	eventually(t, "the old token ends within a second",
		func() bool { return buyer.get("/v1/me").Status == http.StatusUnauthorized })
	buyer.post("/v1/sessions/refresh", object{"refresh_token": refresh}).problem(http.StatusUnauthorized, "bad-refresh-token")
	buyer.post("/v1/sessions", object{
		"login":    "eve",
		"password": testPassword,
	}).problem(http.StatusUnauthorized, "bad-credentials")
	eventually(t, "the other modules hear of it", func() bool {
		row, _, err := postgres.One[struct{ N int }](t.Context(), r.Database.DB, `SELECT (SELECT count(*) FROM cart.carts)
			+ (SELECT count(*) FROM library.entitlements WHERE ended_at IS NULL)
			+ (SELECT count(*) FROM checkout.orders WHERE status NOT IN ('completed', 'canceled')) AS n`)
		require.NoError(t, err)
		return row.N == 0
	})
	require.Equal(t, 1, count(t, r, "billing.invoices"))
	require.Zero(t, count(t, r, "billing.payments WHERE paper IS NOT NULL"))

	buyer.token = ""
	buyer.post("/v1/accounts", person).is(http.StatusCreated)
	buyer.signIn("eve", testPassword)
	require.Empty(t, buyer.get("/v1/orders").is(http.StatusOK).items("items"))
	require.Empty(t, buyer.get("/v1/library").is(http.StatusOK).items("items"))
	buyer.get("/v1/orders/"+declined.text("order_id")).problem(http.StatusNotFound, "order-not-found")
}

func TestARefreshTokenIsRepeatedUntilItsSuccessorIsUsed(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	c := r.guest(t)
	first := c.signIn("ada", testPassword).text("refresh_token")
	second := c.post("/v1/sessions/refresh", object{"refresh_token": first}).is(http.StatusOK)
	c.token = second.text("access_token")
	c.get("/v1/me").is(http.StatusOK)
	again := c.post("/v1/sessions/refresh", object{"refresh_token": first}).is(http.StatusOK)
	require.Equal(t, second.text("refresh_token"), again.text("refresh_token"))
	third := c.post("/v1/sessions/refresh", object{"refresh_token": second.text("refresh_token")}).is(http.StatusOK)
	c.post("/v1/sessions/refresh", object{"refresh_token": first}).problem(http.StatusUnauthorized, "bad-refresh-token")
	c.post("/v1/sessions/refresh", object{"refresh_token": third.text("refresh_token")}).problem(http.StatusUnauthorized, "bad-refresh-token")
	c.get("/v1/me").problem(http.StatusUnauthorized, "bad-token")
}

func TestSessionsAndPasswordsOverHTTP(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	me := buyer.get("/v1/me").is(http.StatusOK)
	other := r.guest(t)
	other.signIn(me.text("handle"), testPassword)
	sessions := buyer.get("/v1/sessions").is(http.StatusOK).items("items")
	require.Len(t, sessions, 2)
	buyer.delete("/v1/sessions/"+newKey(), nil).problem(http.StatusNotFound, "session-not-found")

	change := object{"current_password": "not the password", "new_password": "another good password"}
	buyer.send(http.MethodPut, "/v1/me/password", change, nil).problem(http.StatusForbidden, "wrong-password")
	change["current_password"] = testPassword
	buyer.send(http.MethodPut, "/v1/me/password", change, nil).is(http.StatusNoContent)
	eventually(t, "the other session ends", func() bool { return other.get("/v1/me").Status == http.StatusUnauthorized })
	buyer.get("/v1/me").is(http.StatusOK)

	stale := http.Header{"If-Match": {`"1"`}}
	buyer.send(http.MethodPatch, "/v1/me", object{"display_name": "New Name"},
		stale).problem(http.StatusPreconditionFailed, "stale-version")
	tag := buyer.get("/v1/me").Header.Get("ETag")
	current := http.Header{"If-Match": {`"1", W/` + tag + `, "77"`}}
	renamed := buyer.send(http.MethodPatch, "/v1/me", object{"display_name": "New Name"}, current).is(http.StatusOK)
	require.Equal(t, "New Name", renamed.text("display_name"))
	buyer.delete("/v1/sessions/current", nil).is(http.StatusNoContent)
	buyer.get("/v1/me").problem(http.StatusUnauthorized, "bad-token")
}
