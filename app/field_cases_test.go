package main

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// newGame adds a game to the catalog and returns its ID.
func (c *client) newGame(title string, amount int64) string {
	c.t.Helper()
	return c.post("/v1/admin/products", object{
		"title": title, "kind": "game", "category": "test", "price": object{"amount": amount, "currency": "USD"},
	}).is(http.StatusCreated).text("id")
}

// newBundle adds a bundle to the catalog and returns its ID.
func (c *client) newBundle(title string, amount int64, productIDs ...string) string {
	c.t.Helper()
	return c.post("/v1/admin/bundles", object{
		"title": title, "product_ids": productIDs, "price": object{"amount": amount, "currency": "USD"},
	}).is(http.StatusCreated).text("id")
}

// put puts a product or a bundle into the cart and returns its item's ID.
func (c *client) put(kind, sellableID string) string {
	c.t.Helper()
	cart := c.post("/v1/cart/items", object{kind: sellableID})
	require.Contains(c.t, []int{http.StatusOK, http.StatusCreated}, cart.Status, string(cart.Raw))
	return itemOf(cart.items("items"), kind, sellableID)["id"].(string)
}

func itemOf(items []object, key string, value any) object {
	for _, item := range items {
		if item[key] == value {
			return item
		}
	}
	return nil
}

// buys pays for items of the cart.
func (c *client) buys(method string, itemIDs ...string) reply {
	c.t.Helper()
	return c.keyed("/v1/checkouts", newKey(), c.purchase(method, itemIDs...))
}

func (c *client) order(orderID string) reply {
	c.t.Helper()
	return c.get("/v1/orders/" + orderID).is(http.StatusOK)
}

func (c *client) owned() []object {
	c.t.Helper()
	return c.get("/v1/library").is(http.StatusOK).items("items")
}

// gumroad#1803, #875: what adds nothing to what the buyer owns, or to the rest of the purchase, is not sold.
func paidTwice(t *testing.T) {
	r := startStore(t, nil)
	clerk, buyer := r.clerk(t), r.newBuyer(t)
	a, b, c := clerk.newGame("A", 1000), clerk.newGame("B", 1100), clerk.newGame("C", 1200)
	first, twin, other := clerk.newBundle("AB", 1500, a, b), clerk.newBundle("AB again", 1600, a,
		b), clerk.newBundle("BC", 1700, b, c)
	items := []string{buyer.put("bundle_id", first), buyer.put("bundle_id", twin), buyer.put("product_id", a)}

	quote := buyer.post("/v1/checkouts/quote", object{"item_ids": items}).is(http.StatusOK)
	body := object{"item_ids": items, "expected_total": quote.Body["total"], "payment_method": "pm_ok"}
	refused := buyer.keyed("/v1/checkouts", newKey(), body).problem(http.StatusConflict, "already-owned")
	for _, problems := range [][]object{quote.items("problems"), refused.items("problems")} {
		require.Len(t, problems, 3, "every covered line is named")
		for i, by := range []string{items[1], items[0], items[0]} {
			require.Equal(t, items[i], problems[i]["item_id"])
			require.Equal(t, "already-owned", problems[i]["code"])
			require.Equal(t, object{"type": "line", "id": by}, problems[i]["covered_by"])
		}
	}
	require.Zero(t, count(t, r, "checkout.orders"))

	overlap := []string{items[0], buyer.put("bundle_id", other)}
	buyer.buys("pm_declined", overlap...).problem(http.StatusPaymentRequired, "payment-declined")
	waiting := buyer.buys("pm_requires_action", overlap...).is(http.StatusAccepted)
	for _, product := range []string{a, c} { // in another tab
		buyer.buys("pm_ok", buyer.put("product_id", product)).is(http.StatusCreated)
	}
	confirm(t, waiting, "success")
	r.becomes(t, waiting.text("id"), "partially_refunded")
	order := buyer.order(waiting.text("id"))
	refund := order.items("refunds")
	require.Len(t, refund, 1)
	require.InDelta(t, 1700, refund[0]["amount"].(object)["amount"], 0, "AB gives B; BC adds nothing then")
	require.NotNil(t, refund[0]["credit_note"])
	require.Len(t, buyer.owned(), 3)
	r.holds(t)

	retried := r.newBuyer(t)
	declined := retried.buys("pm_declined",
		retried.put("bundle_id", first)).is(http.StatusPaymentRequired).text("order_id")
	for _, product := range []string{a, b} {
		retried.buys("pm_ok", retried.put("product_id", product)).is(http.StatusCreated)
	}
	retried.keyed("/v1/orders/"+declined+"/payments", newKey(),
		object{"payment_method": "pm_ok"}).problem(http.StatusConflict, "already-owned")
	covered := itemOf(retried.get("/v1/cart").is(http.StatusOK).items("items"), "bundle_id", first)
	require.Equal(t, "already-owned", covered["problems"].([]any)[0].(object)["code"])
	r.holds(t)
}

// ulixee/polar#12644, Cap-go/capgo#642: nothing is kept of what is captured after the account was erased.
func erasedWhilePaying(t *testing.T) {
	r := startStore(t, nil)
	t.Run("each", func(t *testing.T) {
		for name, method := range map[string]string{
			"confirmed later": "pm_requires_action",
			"decided later":   "pm_timeout_then_success",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer := r.newBuyer(t)
				order := buyer.checkout(method, "tidewright", "dragon-treat").is(http.StatusAccepted)
				if method == "pm_requires_action" {
					r.arm(t, `{"for": {"reference": "`+order.text("id")+`"}, "do": [{"verb": "capture_after_cancel", "ms": 200}]}`)
				}
				me := buyer.get("/v1/me").is(http.StatusOK).text("id")
				buyer.delete("/v1/me", object{"password": testPassword}).is(http.StatusNoContent)
				if method == "pm_requires_action" {
					confirmOrCanceled(t, order)
				}
				eventually(t, "the order ends and holds nothing", func() bool {
					return r.count(t, `SELECT count(*) FROM checkout.orders WHERE id = '`+order.text("id")+`' AND status IN ('canceled', 'refunded')`) == 1 &&
						r.count(t, `SELECT count(*) FROM billing.refunds WHERE status <> 'succeeded'`) == 0
				})
				require.Zero(t, count(t, r, "library.entitlements WHERE account_id = '"+me+"' AND ended_at IS NULL"))
				require.Zero(t, count(t, r, "cart.carts WHERE account_id = '"+me+"'"))
			})
		}
	})
	r.holds(t)
}

// confirmOrCanceled is the buyer's word at the provider's page, which comes too late when the order was canceled first.
func confirmOrCanceled(t *testing.T, order reply) {
	t.Helper()
	status, _ := tell(t, http.MethodPost, order.Body["next_action"].(object)["url"].(string), `{"result": "success"}`)
	require.Contains(t, []int{http.StatusOK, http.StatusConflict}, status)
}

// coopcycle-web#3964: a retry is a new decision; a payment that has begun keeps its promise.
func retryOfADecline(t *testing.T) {
	r := startStore(t, nil)
	clerk, buyer := r.clerk(t), r.newBuyer(t)
	game := clerk.newGame("Retried", 1000)
	price := func(amount int64) {
		clerk.post("/v1/admin/products/"+game+"/prices", object{"amount": amount, "currency": "USD"}).is(http.StatusCreated)
	}
	pay := func(orderID string, body object) reply {
		body["payment_method"] = "pm_ok"
		return buyer.keyed("/v1/orders/"+orderID+"/payments", newKey(), body)
	}
	item := buyer.put("product_id", game)
	declined := buyer.buys("pm_declined", item).is(http.StatusPaymentRequired).text("order_id")
	price(1300)
	changed := pay(declined, object{}).problem(http.StatusConflict, "price-changed")
	require.InDelta(t, 1000, changed.Body["old"].(object)["amount"], 0)
	require.InDelta(t, 1300, changed.Body["new"].(object)["amount"], 0)
	pay(declined, object{"expected_total": object{
		"amount":   1200,
		"currency": "USD",
	}}).problem(http.StatusConflict, "price-changed")

	clerk.post("/v1/admin/products/"+game+"/archive", nil).is(http.StatusOK)
	pay(declined, object{"expected_total": changed.Body["new"]}).problem(http.StatusConflict, "item-unavailable")
	clerk.post("/v1/admin/products/"+game+"/unarchive", nil).is(http.StatusOK)
	paid := pay(declined, object{"expected_total": changed.Body["new"]}).is(http.StatusCreated)
	require.InDelta(t, 1300, paid.Body["total"].(object)["amount"], 0)

	buyer.checkout("pm_ok", "riftwarden-academy").is(http.StatusCreated)
	base := buyer.get("/v1/orders").is(http.StatusOK).items("items")[0]["id"].(string)
	expansion := buyer.checkout("pm_declined", "riftwarden-field-trip").is(http.StatusPaymentRequired).text("order_id")
	buyer.refund(base, object{}).is(http.StatusCreated)
	pay(expansion, object{}).problem(http.StatusConflict, "missing-base-game")

	other := r.newBuyer(t)
	started := other.buys("pm_requires_action", other.put("product_id", game)).is(http.StatusAccepted)
	price(2000)
	clerk.post("/v1/admin/products/"+game+"/archive", nil).is(http.StatusOK)
	confirm(t, started, "success")
	r.becomes(t, started.text("id"), "completed")
	require.Equal(t, started.Body["total"], other.order(started.text("id")).Body["total"])
	require.Len(t, other.owned(), 1)
	r.holds(t)
}

// melvoridle#3239: an expansion stays owned when its game is refunded, and the library says what is missing.
func expansionWithoutItsGame(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	bought := buyer.checkout("pm_ok", "riftwarden-academy", "riftwarden-field-trip").is(http.StatusCreated)
	game := itemOf(bought.items("lines"), "title", buyer.product("riftwarden-academy").text("title"))
	buyer.refund(bought.text("id"), object{"line_ids": []any{game["id"]}}).is(http.StatusCreated)
	expansion := buyer.product("riftwarden-field-trip").text("id")
	problems := func() []object { return buyer.get("/v1/library/" + expansion).is(http.StatusOK).items("problems") }
	require.Equal(t, []object{{"code": "missing-base-game"}}, codes(problems()))
	require.Len(t, buyer.owned(), 1)
	buyer.checkout("pm_ok", "riftwarden-academy").is(http.StatusCreated)
	require.Empty(t, problems())
	r.holds(t)
}

// codes keeps of problems their codes.
func codes(problems []object) []object {
	out := make([]object, len(problems))
	for i, p := range problems {
		out[i] = object{"code": p["code"]}
	}
	return out
}

// woocommerce#67008, easy-digital-downloads#8539: two of three are refunded, and one is left.
func partOfAQuantity(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	treat := buyer.product("dragon-treat").text("id")
	cart := buyer.post("/v1/cart/items", object{"product_id": treat, "quantity": 3}).is(http.StatusCreated)
	order := buyer.buys("pm_ok", cart.items("items")[0]["id"].(string)).is(http.StatusCreated)
	line := order.items("lines")[0]
	two := object{"items": []any{object{"line_id": line["id"], "quantity": 2}}}
	refund := buyer.refund(order.text("id"), two).is(http.StatusCreated)
	require.Equal(t, amountOf(line["unit_price"])*2, amountOf(refund.Body["amount"]))
	owned := buyer.owned()
	require.Len(t, owned, 1)
	require.InDelta(t, 1, owned[0]["quantity"], 0)
	two["items"] = []any{object{"line_id": line["id"], "quantity": 2}}
	again := buyer.refund(order.text("id"), two)
	require.GreaterOrEqual(t, again.Status, http.StatusConflict, "only one is left: %s", again.Raw)
	buyer.refund(order.text("id"), object{"items": []any{object{
		"line_id":  line["id"],
		"quantity": 1,
	}}}).is(http.StatusCreated)
	require.Equal(t, "refunded", buyer.order(order.text("id")).text("status"))
	require.Empty(t, buyer.owned())
	r.holds(t)
}

// snipcart#97: what is put into the cart while the buyer confirms a payment is a line of its own and stays.
func addedWhilePaying(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_requires_action", "dragon-treat").is(http.StatusAccepted)
	added := buyer.add("dragon-treat")
	other := buyer.add("tidewright")
	confirm(t, order, "success")
	r.becomes(t, order.text("id"), "completed")
	items := buyer.get("/v1/cart").is(http.StatusOK).items("items")
	require.Len(t, items, 2)
	require.NotNil(t, itemOf(items, "id", other))
	left := itemOf(items, "product_id", buyer.product("dragon-treat").text("id"))
	require.InDelta(t, 1, left["quantity"], 0)
	buyer.buys("pm_ok", left["id"].(string)).is(http.StatusCreated)
	require.NotEqual(t, added, order.items("lines")[0]["id"])
	r.holds(t)
}

// VAT Directive, articles 63 and 93: the tax is that of the supply, not of the decline.
func taxOfTheRetry(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	declined := buyer.checkout("pm_declined", "tidewright").is(http.StatusPaymentRequired).text("order_id")
	before := buyer.order(declined)
	buyer.send(http.MethodPatch, "/v1/me", object{"country": "DE"}, nil).is(http.StatusOK)
	paid := buyer.keyed("/v1/orders/"+declined+"/payments", newKey(),
		object{"payment_method": "pm_ok"}).is(http.StatusCreated)
	require.Equal(t, before.Body["total"], paid.Body["total"], "prices contain the tax")
	require.NotEqual(t, before.Body["tax_total"], paid.Body["tax_total"], "19 % instead of 20 %")
	invoice := buyer.get("/v1/invoices/" + paid.Body["invoice"].(object)["id"].(string)).is(http.StatusOK)
	require.Equal(t, paid.Body["tax_total"], invoice.Body["tax_total"])
	r.holds(t)
}
