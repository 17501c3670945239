package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBadInputIsAClearProblemAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	gems := buyer.product("dragon-treat").text("id")
	item := buyer.add("dragon-treat")
	for name, c := range map[string]struct {
		answer func() reply
		status int
		code   string
	}{
		"a wrong type": {func() reply { return buyer.post("/v1/accounts", `{"email":1}`) }, 422, "invalid-request"},
		"every violation": {func() reply {
			return buyer.post("/v1/accounts", `{"email":"x","handle":"!","display_name":"","password":"x"}`)
		}, 422, "invalid-request"},
		"a megabyte": {func() reply {
			return buyer.post("/v1/accounts", `{"email":"`+strings.Repeat("x", 1<<20)+`"}`)
		}, 413, "body-too-large"},
		"no body": {func() reply { return buyer.post("/v1/accounts", "") }, 400, "malformed-request"},
		"no JSON": {func() reply { return buyer.post("/v1/accounts", "hello") }, 400, "malformed-request"},
		"an unknown member": {
			func() reply { return buyer.post("/v1/sessions", `{"login":"a","password":"b","root":true}`) },
			400, "malformed-request",
		},
		"a wrong-case one": {
			func() reply { return buyer.post("/v1/sessions", `{"LOGIN":"a","password":"b"}`) },
			400, "malformed-request",
		},
		"a doubled one": {
			func() reply { return buyer.post("/v1/sessions", `{"login":"a","login":"b","password":"b"}`) },
			400, "malformed-request",
		},
		"two documents": {
			func() reply { return buyer.post("/v1/sessions", `{"login":"a","password":"b"}{}`) },
			400, "malformed-request",
		},
		"a NUL": {func() reply {
			return clerk.post("/v1/admin/products", `{"title":"a\u0000b","kind":"game","category":"x"}`)
		}, 400, "malformed-request"},
		"a NUL in a query": {func() reply { return buyer.get("/v1/products?category=a%00b") }, 400, "malformed-request"},
		"no UTF-8":         {func() reply { return buyer.get("/v1/products?category=a%ff") }, 400, "malformed-request"},
		"quantity -1": {func() reply {
			return buyer.post("/v1/cart/items", object{"product_id": gems, "quantity": -1})
		}, 422, "invalid-request"},
		"quantity null": {func() reply {
			return buyer.post("/v1/cart/items", object{"product_id": gems, "quantity": nil})
		}, 400, "malformed-request"},
		"quantity 10^12": {func() reply {
			return buyer.post("/v1/cart/items", object{"product_id": gems, "quantity": 1e12})
		}, 422, "invalid-request"},
		"neither nor": {func() reply { return buyer.post("/v1/cart/items", object{}) }, 422, "invalid-request"},
		"one item, twice": {func() reply {
			return buyer.post("/v1/checkouts/quote", object{"item_ids": []string{item, strings.ToUpper(item)}})
		}, 422, "invalid-request"},
		"an absent product": {func() reply {
			return buyer.post("/v1/cart/items", object{"product_id": newKey()})
		}, 404, "not-found"},
		"a bad If-Match": {func() reply {
			return buyer.send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {"seven"}})
		}, 400, "bad-if-match"},
		"a stale If-Match": {func() reply {
			return buyer.send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"77"`}})
		}, 412, "stale-version"},
		"no listed one matches": {func() reply {
			return buyer.send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"77", W/"78", "x"`}})
		}, 412, "stale-version"},
		"a list of If-Match that is none": {func() reply {
			return buyer.send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"1", *`}})
		}, 400, "bad-if-match"},
		"a bad cursor": {func() reply { return buyer.get("/v1/orders?cursor=abc") }, 400, "bad-cursor"},
		"a cursor of another list": {func() reply {
			cursor := buyer.get("/v1/products?limit=1").text("next_cursor")
			return buyer.get("/v1/bundles?limit=1&cursor=" + cursor)
		}, 400, "bad-cursor"},
		"a cursor of another currency": {func() reply {
			cursor := buyer.get("/v1/products?limit=1&sort=price").text("next_cursor")
			return buyer.get("/v1/products?limit=1&sort=price&currency=EUR&cursor=" + cursor)
		}, 400, "bad-cursor"},
		"a bad limit": {func() reply { return buyer.get("/v1/orders?limit=1000") }, 422, "invalid-request"},
		"a bad sort":  {func() reply { return buyer.get("/v1/products?sort=random") }, 422, "invalid-request"},
		"a price before now": {func() reply {
			return clerk.post("/v1/admin/products/"+gems+"/prices",
				object{"amount": 1, "currency": "USD", "valid_from": "2020-01-01T00:00:00Z"})
		}, 422, "price-in-the-past"},
		"a price from the year 10000": {func() reply {
			return clerk.post("/v1/admin/products/"+gems+"/prices",
				object{"amount": 1, "currency": "USD", "valid_from": "9999-12-31T23:59:59-00:01"})
		}, 422, "invalid-request"},
		"a version beyond int4": {func() reply {
			return clerk.send(http.MethodDelete, "/v1/admin/products/"+gems+"/prices/2147483648", nil, nil)
		}, 422, "invalid-request"},
		"seals beyond 2^53": {
			func() reply { return clerk.get("/v1/admin/ledger/verify?behind=9007199254740992") },
			422, "invalid-request",
		},
		"a refund of no items": {func() reply {
			return buyer.keyed("/v1/orders/"+newKey()+"/refunds", newKey(), object{"reason": "x", "items": []any{}})
		}, 422, "invalid-request"},
		"a refund of no lines": {func() reply {
			return buyer.keyed("/v1/orders/"+newKey()+"/refunds", newKey(), object{"reason": "x", "line_ids": []any{}})
		}, 422, "invalid-request"},
		"a game of products": {func() reply {
			return clerk.send(http.MethodPatch, "/v1/admin/products/"+gems, object{"product_ids": []string{gems, newKey()}}, nil)
		}, 422, "invalid-request"},
		"a bundle of nothing": {func() reply {
			return clerk.send(http.MethodPatch, "/v1/admin/bundles/"+buyer.get("/v1/bundles/starter-purse").text("id"),
				object{"product_ids": []any{}}, nil)
		}, 422, "invalid-request"},
		"a token of nobody": {func() reply {
			return (&client{t: t, base: r.URL, token: "nonsense"}).get("/v1/me")
		}, 401, "bad-token"},
	} {
		answer := c.answer()
		require.Equal(t, c.status, answer.Status, "%s: %s", name, answer.Raw)
		answer.problem(c.status, c.code)
	}
	request := buyer.request(http.MethodPost, "/v1/sessions", "<a/>", nil)
	request.Header.Set("Content-Type", "text/xml")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusUnsupportedMediaType, response.StatusCode)
	cart := buyer.get("/v1/cart").is(http.StatusOK).items("items")
	require.Len(t, cart, 1)
	require.Equal(t, item, cart[0]["id"])
}

func TestARequestKeepsASaneIDAndLosesAnother(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	for given, kept := range map[string]bool{"my-request.1": true, "with spaces": false, strings.Repeat("x", 65): false} {
		answer := r.guest(t).send(http.MethodGet, "/v1/products", nil, http.Header{"X-Request-Id": {given}}).is(http.StatusOK)
		require.Equal(t, kept, answer.Header.Get("X-Request-Id") == given)
		require.NotEmpty(t, answer.Header.Get("X-Request-Id"))
	}
}
