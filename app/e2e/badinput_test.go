package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func TestBadInputIsAClearProblemAndChangesNothing(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	gems := buyer.Product("dragon-treat").Text("id")
	item := buyer.Add("dragon-treat")
	for name, c := range map[string]struct {
		answer func() harness.Reply
		status int
		code   string
	}{
		"a wrong type": {func() harness.Reply { return buyer.Post("/v1/accounts", `{"email":1}`) }, 422, "invalid-request"},
		"every violation": {func() harness.Reply {
			return buyer.Post("/v1/accounts", `{"email":"x","handle":"!","display_name":"","password":"x"}`)
		}, 422, "invalid-request"},
		"a megabyte": {func() harness.Reply {
			return buyer.Post("/v1/accounts", `{"email":"`+strings.Repeat("x", 1<<20)+`"}`)
		}, 413, "body-too-large"},
		"no body": {func() harness.Reply { return buyer.Post("/v1/accounts", "") }, 400, "malformed-request"},
		"no JSON": {func() harness.Reply { return buyer.Post("/v1/accounts", "hello") }, 400, "malformed-request"},
		"an unknown member": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"login":"a","password":"b","root":true}`) },
			400, "malformed-request",
		},
		"a wrong-case one": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"LOGIN":"a","password":"b"}`) },
			400, "malformed-request",
		},
		"a doubled one": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"login":"a","login":"b","password":"b"}`) },
			400, "malformed-request",
		},
		"two documents": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"login":"a","password":"b"}{}`) },
			400, "malformed-request",
		},
		"a NUL": {func() harness.Reply {
			return clerk.Post("/v1/admin/products", `{"title":"a\u0000b","kind":"game","category":"x"}`)
		}, 400, "malformed-request"},
		"a NUL in a query": {
			func() harness.Reply { return buyer.Get("/v1/products?category=a%00b") },
			400, "malformed-request",
		},
		"no UTF-8": {
			func() harness.Reply { return buyer.Get("/v1/products?category=a%ff") },
			400, "malformed-request",
		},
		"quantity -1": {func() harness.Reply {
			return buyer.Post("/v1/cart/items", harness.Object{"product_id": gems, "quantity": -1})
		}, 422, "invalid-request"},
		"quantity null": {func() harness.Reply {
			return buyer.Post("/v1/cart/items", harness.Object{"product_id": gems, "quantity": nil})
		}, 400, "malformed-request"},
		"quantity 10^12": {func() harness.Reply {
			return buyer.Post("/v1/cart/items", harness.Object{"product_id": gems, "quantity": 1e12})
		}, 422, "invalid-request"},
		"neither nor": {
			func() harness.Reply { return buyer.Post("/v1/cart/items", harness.Object{}) },
			422, "invalid-request",
		},
		"one item, twice": {func() harness.Reply {
			return buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item, strings.ToUpper(item)}})
		}, 422, "invalid-request"},
		"an absent product": {func() harness.Reply {
			return buyer.Post("/v1/cart/items", harness.Object{"product_id": harness.NewKey()})
		}, 404, "not-found"},
		"a bad If-Match": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {"seven"}})
		}, 400, "bad-if-match"},
		"a stale If-Match": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"77"`}})
		}, 412, "stale-version"},
		"no listed one matches": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"77", W/"78", "x"`}})
		}, 412, "stale-version"},
		"a list of If-Match that is none": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"1", *`}})
		}, 400, "bad-if-match"},
		"a bad cursor": {func() harness.Reply { return buyer.Get("/v1/orders?cursor=abc") }, 400, "bad-cursor"},
		"a cursor of another list": {func() harness.Reply {
			cursor := buyer.Get("/v1/products?limit=1").Text("next_cursor")
			return buyer.Get("/v1/bundles?limit=1&cursor=" + cursor)
		}, 400, "bad-cursor"},
		"a cursor of another currency": {func() harness.Reply {
			cursor := buyer.Get("/v1/products?limit=1&sort=price").Text("next_cursor")
			return buyer.Get("/v1/products?limit=1&sort=price&currency=EUR&cursor=" + cursor)
		}, 400, "bad-cursor"},
		"a bad limit": {func() harness.Reply { return buyer.Get("/v1/orders?limit=1000") }, 422, "invalid-request"},
		"a bad sort":  {func() harness.Reply { return buyer.Get("/v1/products?sort=random") }, 422, "invalid-request"},
		"a price before now": {func() harness.Reply {
			return clerk.Post("/v1/admin/products/"+gems+"/prices",
				harness.Object{"amount": 1, "currency": "USD", "valid_from": "2020-01-01T00:00:00Z"})
		}, 422, "price-in-the-past"},
		"a price from the year 10000": {func() harness.Reply {
			return clerk.Post("/v1/admin/products/"+gems+"/prices",
				harness.Object{"amount": 1, "currency": "USD", "valid_from": "9999-12-31T23:59:59-00:01"})
		}, 422, "invalid-request"},
		"a version beyond int4": {func() harness.Reply {
			return clerk.Send(http.MethodDelete, "/v1/admin/products/"+gems+"/prices/2147483648", nil, nil)
		}, 422, "invalid-request"},
		"seals beyond 2^53": {
			func() harness.Reply { return clerk.Get("/v1/admin/ledger/verify?behind=9007199254740992") },
			422, "invalid-request",
		},
		"a refund of no items": {func() harness.Reply {
			return buyer.Keyed("/v1/orders/"+harness.NewKey()+"/refunds", harness.NewKey(),
				harness.Object{"reason": "x", "items": []any{}})
		}, 422, "invalid-request"},
		"a refund of no lines": {func() harness.Reply {
			return buyer.Keyed("/v1/orders/"+harness.NewKey()+"/refunds", harness.NewKey(),
				harness.Object{"reason": "x", "line_ids": []any{}})
		}, 422, "invalid-request"},
		"a game of products": {func() harness.Reply {
			return clerk.Send(http.MethodPatch, "/v1/admin/products/"+gems,
				harness.Object{"product_ids": []string{gems, harness.NewKey()}}, nil)
		}, 422, "invalid-request"},
		"a bundle of nothing": {func() harness.Reply {
			return clerk.Send(http.MethodPatch, "/v1/admin/bundles/"+buyer.Get("/v1/bundles/starter-purse").Text("id"),
				harness.Object{"product_ids": []any{}}, nil)
		}, 422, "invalid-request"},
		"a token of nobody": {func() harness.Reply {
			return (&harness.Client{T: t, Base: r.URL, Token: "nonsense"}).Get("/v1/me")
		}, 401, "bad-token"},
	} {
		answer := c.answer()
		require.Equal(t, c.status, answer.Status, "%s: %s", name, answer.Raw)
		answer.Problem(c.status, c.code)
	}
	request := buyer.Request(http.MethodPost, "/v1/sessions", "<a/>", nil)
	request.Header.Set("Content-Type", "text/xml")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusUnsupportedMediaType, response.StatusCode)
	cart := buyer.Get("/v1/cart").Is(http.StatusOK).Items("items")
	require.Len(t, cart, 1)
	require.Equal(t, item, cart[0]["id"])
}

func TestARequestKeepsASaneIDAndLosesAnother(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	for given, kept := range map[string]bool{"my-request.1": true, "with spaces": false, strings.Repeat("x", 65): false} {
		answer := r.Guest(t).Send(http.MethodGet, "/v1/products", nil, http.Header{"X-Request-Id": {given}}).Is(http.StatusOK)
		require.Equal(t, kept, answer.Header.Get("X-Request-Id") == given)
		require.NotEmpty(t, answer.Header.Get("X-Request-Id"))
	}
}
