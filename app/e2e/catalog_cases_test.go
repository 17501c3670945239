package e2e_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// apify/apify-docs#2815: a scheduled price can be withdrawn before it starts, and a correction for now is possible
// while one is scheduled.
func scheduledPrice(t *testing.T) {
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	game := clerk.Product("tidewright").Text("id")
	prices := "/v1/admin/products/" + game + "/prices"
	start := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	scheduled := clerk.Post(prices, harness.Object{
		"amount": 100, "currency": "EUR",
		"valid_from": start,
	}).Is(http.StatusCreated)
	correction := clerk.Post(prices, harness.Object{"amount": 1111, "currency": "EUR"}).Is(http.StatusCreated)
	require.InDelta(t, 1111, clerk.Product("tidewright").Body["price"].(harness.Object)["amount"], 0)
	withdraw := func(version any) harness.Reply { return clerk.Delete(prices+"/"+text(version), nil) }
	for range 2 { // again changes nothing
		withdraw(scheduled.Body["version"]).Is(http.StatusNoContent)
	}
	withdraw(correction.Body["version"]).Problem(http.StatusConflict, "price-in-force")
	withdraw(99).Problem(http.StatusNotFound, "price-not-found")
	clerk.Delete(prices+"/1?currency=USD", nil).Problem(http.StatusNotFound, "price-not-found")
	history := clerk.Get("/v1/products/" + game + "/prices").Is(http.StatusOK).Items("items")
	require.NotNil(t, history[1]["withdrawn_at"])
	later := time.Now().Add(2 * time.Hour).UTC().Format(time.RFC3339)
	at := clerk.Get("/v1/products/" + game + "/prices?at=" + later).Is(http.StatusOK)
	require.Equal(t, correction.Body["version"], at.Items("items")[0]["version"])
	next := clerk.Post(prices, harness.Object{"amount": 1200, "currency": "EUR"}).Is(http.StatusCreated)
	require.InDelta(t, correction.Body["version"].(float64)+1, next.Body["version"], 0)
	require.InDelta(t, scheduled.Body["version"].(float64)+2, next.Body["version"], 0,
		"a withdrawn version is never used again")
	addWithdrawnPrice(t, r, game)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	require.InDelta(t, next.Body["version"], order.Items("lines")[0]["price_version"], 0)
	r.VerifyInvariants(t)
}

// addWithdrawnPrice adds a price version whose start has passed, and which was withdrawn before it.
func addWithdrawnPrice(t *testing.T, r *harness.Store, game string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `WITH added AS (
			INSERT INTO catalog.price_versions
			SELECT sellable_id, currency, version + 1, 1, valid_from, created_at - interval '1 hour' FROM catalog.price_versions
			WHERE sellable_id = $1 AND currency = 'EUR' ORDER BY version DESC LIMIT 1
			RETURNING sellable_id, currency, version, created_at)
		INSERT INTO catalog.price_withdrawals SELECT sellable_id, currency, version, created_at FROM added`, game)
	require.NoError(t, err)
}

// bagisto/bagisto#3160, shopware/shopware#12255: a bundle is not sold while a product of it is archived, unless staff
// said that it is sold without it.
func archivedContent(t *testing.T) {
	r := harness.Start(t, nil)
	clerk, buyer := r.Clerk(t), r.NewBuyer(t)
	item := buyer.Bundle("puzzle-drawer")
	game := clerk.Product("brassica").Text("id")
	clerk.Post("/v1/admin/products/"+game+"/archive", nil).Is(http.StatusOK)
	bundle := func() harness.Reply { return clerk.Get("/v1/bundles/puzzle-drawer").Is(http.StatusOK) }
	harness.Eventually(t, "the bundle is not sold", func() bool { return bundle().Body["available"] == false })
	require.Nil(t, bundle().Body["savings"])
	cart := buyer.Get("/v1/cart").Is(http.StatusOK)
	require.Equal(t, "item-unavailable", cart.Items("problems")[0]["code"])
	quote := buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item}}).Is(http.StatusOK)
	require.Equal(t, "item-unavailable", quote.Items("problems")[0]["code"])
	purchase := harness.Object{
		"item_ids": []string{item}, "expected_total": quote.Body["total"],
		"payment_method": "pm_ok",
	}
	buyer.Keyed("/v1/checkouts", harness.NewKey(), purchase).Problem(http.StatusConflict, "item-unavailable")

	path := "/v1/admin/bundles/" + bundle().Text("id")
	changed := clerk.Send(http.MethodPatch, path, harness.Object{"sold_without_archived": true}, nil).Is(http.StatusOK)
	require.Equal(t, true, changed.Body["available"])
	apart := 0.0
	for _, content := range changed.Items("items") {
		if content["product_id"] != game {
			apart += content["price"].(harness.Object)["amount"].(float64)
		}
	}
	require.InDelta(t, apart-changed.Body["price"].(harness.Object)["amount"].(float64),
		changed.Body["savings"].(harness.Object)["amount"], 0)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(), purchase).Is(http.StatusCreated)
	require.Equal(t, "completed", order.Text("status"))
	require.Len(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"), 2)

	clerk.Post("/v1/admin/products/"+game+"/unarchive", nil).Is(http.StatusOK)
	buyer.Checkout("pm_ok", "brassica").Is(http.StatusCreated)
	r.VerifyInvariants(t)
}

func text(v any) string {
	if number, ok := v.(float64); ok {
		return strconv.Itoa(int(number))
	}
	return strconv.Itoa(v.(int))
}
