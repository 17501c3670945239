package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func TestInvalidRequest_ReturnsProblem_ChangesNothing(t *testing.T) {
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
		"wrong type": {func() harness.Reply { return buyer.Post("/v1/accounts", `{"email":1}`) }, 422, "invalid-request"},
		"several violations": {func() harness.Reply {
			return buyer.Post("/v1/accounts", `{"email":"x","handle":"!","display_name":"","password":"x"}`)
		}, 422, "invalid-request"},
		"body of a megabyte": {func() harness.Reply {
			return buyer.Post("/v1/accounts", `{"email":"`+strings.Repeat("x", 1<<20)+`"}`)
		}, 413, "body-too-large"},
		"no body":      {func() harness.Reply { return buyer.Post("/v1/accounts", "") }, 400, "malformed-request"},
		"invalid JSON": {func() harness.Reply { return buyer.Post("/v1/accounts", "hello") }, 400, "malformed-request"},
		"unknown member": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"login":"a","password":"b","root":true}`) },
			400, "malformed-request",
		},
		"member in wrong case": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"LOGIN":"a","password":"b"}`) },
			400, "malformed-request",
		},
		"duplicate member": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"login":"a","login":"b","password":"b"}`) },
			400, "malformed-request",
		},
		"two JSON documents": {
			func() harness.Reply { return buyer.Post("/v1/sessions", `{"login":"a","password":"b"}{}`) },
			400, "malformed-request",
		},
		"NUL in a string": {func() harness.Reply {
			return clerk.Post("/v1/admin/products", `{"title":"a\u0000b","kind":"game","category":"x"}`)
		}, 400, "malformed-request"},
		"NUL in a query": {
			func() harness.Reply { return buyer.Get("/v1/products?category=a%00b") },
			400, "malformed-request",
		},
		"invalid UTF-8 in a query": {
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
		"neither product nor bundle": {
			func() harness.Reply { return buyer.Post("/v1/cart/items", harness.Object{}) },
			422, "invalid-request",
		},
		"item twice in two cases": {func() harness.Reply {
			return buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item, strings.ToUpper(item)}})
		}, 422, "invalid-request"},
		"unknown product": {func() harness.Reply {
			return buyer.Post("/v1/cart/items", harness.Object{"product_id": harness.NewKey()})
		}, 404, "not-found"},
		"malformed If-Match": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {"seven"}})
		}, 400, "bad-if-match"},
		"stale If-Match": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"77"`}})
		}, 412, "stale-version"},
		"If-Match list without a match": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"77", W/"78", "x"`}})
		}, 412, "stale-version"},
		"If-Match list with *": {func() harness.Reply {
			return buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {`"1", *`}})
		}, 400, "bad-if-match"},
		"malformed cursor": {func() harness.Reply { return buyer.Get("/v1/orders?cursor=abc") }, 400, "bad-cursor"},
		"cursor of another list": {func() harness.Reply {
			cursor := buyer.Get("/v1/products?limit=1").Text("next_cursor")
			return buyer.Get("/v1/bundles?limit=1&cursor=" + cursor)
		}, 400, "bad-cursor"},
		"cursor of another currency": {func() harness.Reply {
			cursor := buyer.Get("/v1/products?limit=1&sort=price").Text("next_cursor")
			return buyer.Get("/v1/products?limit=1&sort=price&currency=USD&cursor=" + cursor)
		}, 400, "bad-cursor"},
		"limit too large":    {func() harness.Reply { return buyer.Get("/v1/orders?limit=1000") }, 422, "invalid-request"},
		"unknown sort order": {func() harness.Reply { return buyer.Get("/v1/products?sort=random") }, 422, "invalid-request"},
		"price in the past": {func() harness.Reply {
			return clerk.Post("/v1/admin/products/"+gems+"/prices",
				harness.Object{"amount": 1, "currency": "EUR", "valid_from": "2020-01-01T00:00:00Z"})
		}, 422, "price-in-the-past"},
		"price from the year 10000": {func() harness.Reply {
			return clerk.Post("/v1/admin/products/"+gems+"/prices",
				harness.Object{"amount": 1, "currency": "EUR", "valid_from": "9999-12-31T23:59:59-00:01"})
		}, 422, "invalid-request"},
		"version above int4": {func() harness.Reply {
			return clerk.Send(http.MethodDelete, "/v1/admin/products/"+gems+"/prices/2147483648", nil, nil)
		}, 422, "invalid-request"},
		"seal number above 2^53": {
			func() harness.Reply { return clerk.Get("/v1/admin/ledger/verify?behind=9007199254740992") },
			422, "invalid-request",
		},
		"seal behind the first": {
			func() harness.Reply { return clerk.Get("/v1/admin/ledger/verify?behind_seal=-1") },
			422, "invalid-request",
		},
		"refund of no items": {func() harness.Reply {
			return buyer.Keyed("/v1/orders/"+harness.NewKey()+"/refunds", harness.NewKey(),
				harness.Object{"reason": "x", "items": []any{}})
		}, 422, "invalid-request"},
		"refund of no lines": {func() harness.Reply {
			return buyer.Keyed("/v1/orders/"+harness.NewKey()+"/refunds", harness.NewKey(),
				harness.Object{"reason": "x", "line_ids": []any{}})
		}, 422, "invalid-request"},
		"game with contents": {func() harness.Reply {
			return clerk.Send(http.MethodPatch, "/v1/admin/products/"+gems,
				harness.Object{"product_ids": []string{gems, harness.NewKey()}}, nil)
		}, 422, "invalid-request"},
		"bundle without contents": {func() harness.Reply {
			return clerk.Send(http.MethodPatch, "/v1/admin/bundles/"+buyer.Get("/v1/bundles/starter-purse").Text("id"),
				harness.Object{"product_ids": []any{}}, nil)
		}, 422, "invalid-request"},
		"invalid token": {func() harness.Reply {
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

func TestRequestID_Valid_IsKeptElseReplaced(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	for given, valid := range map[string]bool{"my-request.1": true, "with spaces": false, strings.Repeat("x", 65): false} {
		header := http.Header{"X-Request-Id": {given}}
		answer := r.Guest(t).Send(http.MethodGet, "/v1/products", nil, header).Is(http.StatusOK)
		require.Equal(t, valid, answer.Header.Get("X-Request-Id") == given)
		require.NotEmpty(t, answer.Header.Get("X-Request-Id"))
	}
}
