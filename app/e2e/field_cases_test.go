package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// gumroad#1803, #875: an item whose products the buyer owns, or buys with other items of the purchase, is not sold.
func paidTwice(t *testing.T) {
	r := harness.Start(t, nil)
	clerk, buyer := r.Clerk(t), r.NewBuyer(t)
	a, b, c := clerk.NewGame("A", 1000), clerk.NewGame("B", 1100), clerk.NewGame("C", 1200)
	first, twin := clerk.NewBundle("AB", 1500, a, b), clerk.NewBundle("AB again", 1600, a, b)
	other := clerk.NewBundle("BC", 1700, b, c)
	items := []string{buyer.Put("bundle_id", first), buyer.Put("bundle_id", twin), buyer.Put("product_id", a)}

	quote := buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": items}).Is(http.StatusOK)
	body := harness.Object{"item_ids": items, "expected_total": quote.Body["total"], "payment_method": "pm_ok"}
	refused := buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Problem(http.StatusConflict, "already-owned")
	for _, problems := range [][]harness.Object{quote.Items("problems"), refused.Items("problems")} {
		require.Len(t, problems, 3, "every covered line is named")
		for i, by := range []string{items[1], items[0], items[0]} {
			require.Equal(t, items[i], problems[i]["item_id"])
			require.Equal(t, "already-owned", problems[i]["code"])
			require.Equal(t, harness.Object{"type": "line", "id": by}, problems[i]["covered_by"])
		}
	}
	require.Zero(t, harness.Count(t, r, "checkout.orders"))

	overlap := []string{items[0], buyer.Put("bundle_id", other)}
	buyer.Buy("pm_declined", overlap...).Problem(http.StatusPaymentRequired, "payment-declined")
	waiting := buyer.Buy("pm_requires_action", overlap...).Is(http.StatusAccepted)
	for _, product := range []string{a, c} { // in another tab
		buyer.Buy("pm_ok", buyer.Put("product_id", product)).Is(http.StatusCreated)
	}
	confirm(t, waiting, "success")
	r.AwaitStatus(t, waiting.Text("id"), "partially_refunded")
	order := buyer.Order(waiting.Text("id"))
	refund := order.Items("refunds")
	require.Len(t, refund, 1)
	require.InDelta(t, 1700, refund[0]["amount"].(harness.Object)["amount"], 0, "AB gives B, so BC gives nothing new")
	require.NotNil(t, refund[0]["credit_note"])
	require.Len(t, buyer.Owned(), 3)
	r.VerifyInvariants(t)

	retried := r.NewBuyer(t)
	declined := retried.Buy("pm_declined",
		retried.Put("bundle_id", first)).Is(http.StatusPaymentRequired).Text("order_id")
	for _, product := range []string{a, b} {
		retried.Buy("pm_ok", retried.Put("product_id", product)).Is(http.StatusCreated)
	}
	retried.Pay(declined, harness.Object{"payment_method": "pm_ok"}).Problem(http.StatusConflict, "already-owned")
	covered := harness.ItemOf(retried.Get("/v1/cart").Is(http.StatusOK).Items("items"), "bundle_id", first)
	require.Equal(t, "already-owned", covered["problems"].([]any)[0].(harness.Object)["code"])
	r.VerifyInvariants(t)
}

// ulixee/polar#12644, Cap-go/capgo#642: a payment that is captured after the account was erased is refunded in full.
func erasedDuringPayment(t *testing.T) {
	r := harness.Start(t, nil)
	t.Run("each", func(t *testing.T) {
		for name, method := range map[string]string{
			"confirmed later": "pm_requires_action",
			"decided later":   "pm_timeout_then_success",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer := r.NewBuyer(t)
				order := buyer.Checkout(method, "tidewright", "dragon-treat").Is(http.StatusAccepted)
				if method == "pm_requires_action" {
					r.AddScenario(t, `{"for": {"reference": "`+order.Text("id")+`"},
						"do": [{"verb": "capture_after_cancel", "ms": 200}]}`)
				}
				me := buyer.Get("/v1/me").Is(http.StatusOK).Text("id")
				buyer.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
				if method == "pm_requires_action" {
					confirmOrCanceled(t, order)
				} else {
					r.AdvanceProvider(t)
				}
				ended := "checkout.orders WHERE id = '" + order.Text("id") + "' AND status IN ('canceled', 'refunded')"
				harness.Eventually(t, "the order is canceled or refunded", func() bool {
					return harness.Count(t, r, ended) == 1 &&
						harness.Count(t, r, "billing.refunds WHERE status <> 'succeeded'") == 0
				})
				require.Zero(t, harness.Count(t, r, "library.entitlements WHERE account_id = '"+me+"' AND ended_at IS NULL"))
				require.Zero(t, harness.Count(t, r, "cart.carts WHERE account_id = '"+me+"'"))
			})
		}
	})
	r.VerifyInvariants(t)
}

// confirmOrCanceled confirms at the provider's page. The provider rejects it if the payment was canceled before.
func confirmOrCanceled(t *testing.T, order harness.Reply) {
	t.Helper()
	status, _ := harness.Call(t, http.MethodPost, order.Body["next_action"].(harness.Object)["url"].(string),
		`{"result": "success"}`)
	require.Contains(t, []int{http.StatusOK, http.StatusConflict}, status)
}

// coopcycle-web#3964: a retry checks price and availability again; a payment that has begun keeps the order's total.
func retryAfterDecline(t *testing.T) {
	r := harness.Start(t, nil)
	clerk, buyer := r.Clerk(t), r.NewBuyer(t)
	game := clerk.NewGame("Retried", 1000)
	price := func(amount int64) {
		clerk.Post("/v1/admin/products/"+game+"/prices",
			harness.Object{"amount": amount, "currency": "EUR"}).Is(http.StatusCreated)
	}
	pay := func(orderID string, body harness.Object) harness.Reply {
		body["payment_method"] = "pm_ok"
		return buyer.Pay(orderID, body)
	}
	item := buyer.Put("product_id", game)
	declined := buyer.Buy("pm_declined", item).Is(http.StatusPaymentRequired).Text("order_id")
	price(1300)
	changed := pay(declined, harness.Object{}).Problem(http.StatusConflict, "price-changed")
	require.InDelta(t, 1000, changed.Body["old"].(harness.Object)["amount"], 0)
	require.InDelta(t, 1300, changed.Body["new"].(harness.Object)["amount"], 0)
	pay(declined, harness.Object{"expected_total": harness.Object{
		"amount":   1200,
		"currency": "EUR",
	}}).Problem(http.StatusConflict, "price-changed")

	clerk.Post("/v1/admin/products/"+game+"/archive", nil).Is(http.StatusOK)
	pay(declined, harness.Object{"expected_total": changed.Body["new"]}).Problem(http.StatusConflict, "item-unavailable")
	clerk.Post("/v1/admin/products/"+game+"/unarchive", nil).Is(http.StatusOK)
	paid := pay(declined, harness.Object{"expected_total": changed.Body["new"]}).Is(http.StatusCreated)
	require.InDelta(t, 1300, paid.Body["total"].(harness.Object)["amount"], 0)

	buyer.Checkout("pm_ok", "riftwarden-academy").Is(http.StatusCreated)
	base := buyer.Get("/v1/orders").Is(http.StatusOK).Items("items")[0]["id"].(string)
	expansion := buyer.Checkout("pm_declined", "riftwarden-field-trip").Is(http.StatusPaymentRequired).Text("order_id")
	buyer.Refund(base, harness.Object{}).Is(http.StatusCreated)
	pay(expansion, harness.Object{}).Problem(http.StatusConflict, "missing-base-game")

	other := r.NewBuyer(t)
	started := other.Buy("pm_requires_action", other.Put("product_id", game)).Is(http.StatusAccepted)
	price(2000)
	clerk.Post("/v1/admin/products/"+game+"/archive", nil).Is(http.StatusOK)
	confirm(t, started, "success")
	r.AwaitStatus(t, started.Text("id"), "completed")
	require.Equal(t, started.Body["total"], other.Order(started.Text("id")).Body["total"])
	require.Len(t, other.Owned(), 1)
	r.VerifyInvariants(t)
}

// melvoridle#3239: an expansion stays owned when its game is refunded, with the problem missing-base-game.
func expansionWithoutGame(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	bought := buyer.Checkout("pm_ok", "riftwarden-academy", "riftwarden-field-trip").Is(http.StatusCreated)
	game := harness.ItemOf(bought.Items("lines"), "title", buyer.Product("riftwarden-academy").Text("title"))
	buyer.Refund(bought.Text("id"), harness.Object{"line_ids": []any{game["id"]}}).Is(http.StatusCreated)
	expansion := buyer.Product("riftwarden-field-trip").Text("id")
	problems := func() []harness.Object {
		return buyer.Get("/v1/library/" + expansion).Is(http.StatusOK).Items("problems")
	}
	buyer.AwaitOwned(1)
	require.Equal(t, []harness.Object{{"code": "missing-base-game"}}, codes(problems()))
	buyer.Checkout("pm_ok", "riftwarden-academy").Is(http.StatusCreated)
	require.Empty(t, problems())
	r.VerifyInvariants(t)
}

// codes returns problems with only their codes.
func codes(problems []harness.Object) []harness.Object {
	out := make([]harness.Object, len(problems))
	for i, p := range problems {
		out[i] = harness.Object{"code": p["code"]}
	}
	return out
}

// woocommerce#67008, easy-digital-downloads#8539: two of three units are refunded, and one stays.
func partialQuantity(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	treat := buyer.Product("dragon-treat").Text("id")
	cart := buyer.Post("/v1/cart/items", harness.Object{"product_id": treat, "quantity": 3}).Is(http.StatusCreated)
	order := buyer.Buy("pm_ok", cart.Items("items")[0]["id"].(string)).Is(http.StatusCreated)
	line := order.Items("lines")[0]
	two := harness.Object{"items": []any{harness.Object{"line_id": line["id"], "quantity": 2}}}
	refund := buyer.Refund(order.Text("id"), two).Is(http.StatusCreated)
	require.Equal(t, harness.AmountOf(line["unit_price"])*2, harness.AmountOf(refund.Body["amount"]))
	harness.Eventually(t, "one unit is left", func() bool {
		owned := buyer.Owned()
		require.Len(t, owned, 1)
		return owned[0]["quantity"] == 1.0
	})
	two["items"] = []any{harness.Object{"line_id": line["id"], "quantity": 2}}
	again := buyer.Refund(order.Text("id"), two)
	require.GreaterOrEqual(t, again.Status, http.StatusConflict, "only one is left: %s", again.Raw)
	buyer.Refund(order.Text("id"), harness.Object{"items": []any{harness.Object{
		"line_id":  line["id"],
		"quantity": 1,
	}}}).Is(http.StatusCreated)
	buyer.AwaitOrder(order.Text("id"), "refunded")
	buyer.AwaitOwned(0)
	r.VerifyInvariants(t)
}

// snipcart#97: a product added to the cart during a payment becomes a new line, which the completed order does not
// clear.
func addedDuringPayment(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_requires_action", "dragon-treat").Is(http.StatusAccepted)
	added := buyer.Add("dragon-treat")
	other := buyer.Add("tidewright")
	confirm(t, order, "success")
	r.AwaitStatus(t, order.Text("id"), "completed")
	items := buyer.Get("/v1/cart").Is(http.StatusOK).Items("items")
	require.Len(t, items, 2)
	require.NotNil(t, harness.ItemOf(items, "id", other))
	left := harness.ItemOf(items, "product_id", buyer.Product("dragon-treat").Text("id"))
	require.InDelta(t, 1, left["quantity"], 0)
	buyer.Buy("pm_ok", left["id"].(string)).Is(http.StatusCreated)
	require.NotEqual(t, added, order.Items("lines")[0]["id"])
	r.VerifyInvariants(t)
}

// VAT Directive, articles 63 and 93: the tax is due at the supply, not at the declined attempt.
func taxOfRetry(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	declined := buyer.Checkout("pm_declined", "tidewright").Is(http.StatusPaymentRequired).Text("order_id")
	before := buyer.Order(declined)
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "DE"}, nil).Is(http.StatusOK)
	paid := buyer.Pay(declined, harness.Object{"payment_method": "pm_ok"}).Is(http.StatusCreated)
	require.Equal(t, before.Body["total"], paid.Body["total"], "prices contain the tax")
	require.NotEqual(t, before.Body["tax_total"], paid.Body["tax_total"], "19 % instead of 20 %")
	invoice := buyer.Get("/v1/invoices/" + paid.Body["invoice"].(harness.Object)["id"].(string)).Is(http.StatusOK)
	require.Equal(t, paid.Body["tax_total"], invoice.Body["tax_total"])
	r.VerifyInvariants(t)
}
