package main

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// apify/apify-docs#2815: a scheduled price can be withdrawn before it starts, and a correction for now is possible while
// one is scheduled.
func scheduledPrice(t *testing.T) {
	r := startStore(t, nil)
	clerk := r.clerk(t)
	game := clerk.product("tidewright").text("id")
	prices := "/v1/admin/products/" + game + "/prices"
	start := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	scheduled := clerk.post(prices, object{"amount": 100, "currency": "USD", "valid_from": start}).is(http.StatusCreated)
	correction := clerk.post(prices, object{"amount": 1111, "currency": "USD"}).is(http.StatusCreated)
	require.InDelta(t, 1111, clerk.product("tidewright").Body["price"].(object)["amount"], 0)
	withdraw := func(version any) reply { return clerk.delete(prices+"/"+text(version), nil) }
	for range 2 { // again changes nothing
		withdraw(scheduled.Body["version"]).is(http.StatusNoContent)
	}
	withdraw(correction.Body["version"]).problem(http.StatusConflict, "price-in-force")
	withdraw(99).problem(http.StatusNotFound, "price-not-found")
	clerk.delete(prices+"/1?currency=EUR", nil).problem(http.StatusNotFound, "price-not-found")
	history := clerk.get("/v1/products/" + game + "/prices").is(http.StatusOK).items("items")
	require.NotNil(t, history[1]["withdrawn_at"])
	at := clerk.get("/v1/products/" + game + "/prices?at=" + time.Now().Add(2*time.Hour).UTC().Format(time.RFC3339)).is(http.StatusOK)
	require.Equal(t, correction.Body["version"], at.items("items")[0]["version"])
	next := clerk.post(prices, object{"amount": 1200, "currency": "USD"}).is(http.StatusCreated)
	require.InDelta(t, correction.Body["version"].(float64)+1, next.Body["version"], 0)
	require.InDelta(t, scheduled.Body["version"].(float64)+2, next.Body["version"], 0,
		"a withdrawn version is never used again")
	withdrawnInThePast(t, r, game)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	require.InDelta(t, next.Body["version"], order.items("lines")[0]["price_version"], 0)
	r.holds(t)
}

// withdrawnInThePast adds a version that would be in force by now, had it not been withdrawn before it started.
func withdrawnInThePast(t *testing.T, r *running, game string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `WITH added AS (
			INSERT INTO catalog.price_versions
			SELECT sellable_id, currency, version + 1, 1, valid_from, created_at - interval '1 hour' FROM catalog.price_versions
			WHERE sellable_id = $1 AND currency = 'USD' ORDER BY version DESC LIMIT 1
			RETURNING sellable_id, currency, version, created_at)
		INSERT INTO catalog.price_withdrawals SELECT sellable_id, currency, version, created_at FROM added`, game)
	require.NoError(t, err)
}

// bagisto/bagisto#3160, shopware/shopware#12255: a bundle is not sold while a product of it is archived, unless staff said
// that it is sold without it.
func archivedContent(t *testing.T) {
	r := startStore(t, nil)
	clerk, buyer := r.clerk(t), r.newBuyer(t)
	item := buyer.bundle("puzzle-drawer")
	game := clerk.product("brassica").text("id")
	clerk.post("/v1/admin/products/"+game+"/archive", nil).is(http.StatusOK)
	bundle := func() reply { return clerk.get("/v1/bundles/puzzle-drawer").is(http.StatusOK) }
	eventually(t, "the bundle is not sold", func() bool { return bundle().Body["available"] == false })
	require.Nil(t, bundle().Body["savings"])
	cart := buyer.get("/v1/cart").is(http.StatusOK)
	require.Equal(t, "item-unavailable", cart.items("problems")[0]["code"])
	quote := buyer.post("/v1/checkouts/quote", object{"item_ids": []string{item}}).is(http.StatusOK)
	require.Equal(t, "item-unavailable", quote.items("problems")[0]["code"])
	purchase := object{"item_ids": []string{item}, "expected_total": quote.Body["total"], "payment_method": "pm_ok"}
	buyer.keyed("/v1/checkouts", newKey(), purchase).problem(http.StatusConflict, "item-unavailable")

	path := "/v1/admin/bundles/" + bundle().text("id")
	changed := clerk.send(http.MethodPatch, path, object{"sold_without_archived": true}, nil).is(http.StatusOK)
	require.Equal(t, true, changed.Body["available"])
	apart := 0.0
	for _, content := range changed.items("items") {
		if content["product_id"] != game {
			apart += content["price"].(object)["amount"].(float64)
		}
	}
	require.InDelta(t, apart-changed.Body["price"].(object)["amount"].(float64),
		changed.Body["savings"].(object)["amount"], 0)
	order := buyer.keyed("/v1/checkouts", newKey(), purchase).is(http.StatusCreated)
	require.Equal(t, "completed", order.text("status"))
	require.Len(t, buyer.get("/v1/library").is(http.StatusOK).items("items"), 2)

	clerk.post("/v1/admin/products/"+game+"/unarchive", nil).is(http.StatusOK)
	buyer.checkout("pm_ok", "brassica").is(http.StatusCreated)
	r.holds(t)
}

func text(v any) string {
	if number, ok := v.(float64); ok {
		return strconv.Itoa(int(number))
	}
	return strconv.Itoa(v.(int))
}
