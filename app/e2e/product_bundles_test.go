package e2e_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

func TestProductBundles_ListsBundlesOnSaleInPages(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk, guest := r.Clerk(t), r.Guest(t)
	game, other := clerk.NewGame("Shared Game", 1000), clerk.NewGame("Other Game", 500)
	var want []string // newest first
	for _, title := range []string{"First", "Second", "Third"} {
		want = append([]string{clerk.NewBundle(title+" of shared", 1200, game, other)}, want...)
	}
	clerk.NewBundle("Of others", 900, other, guest.Product("brassica").Text("id"))
	unpriced := harness.Object{"title": "Unpriced of shared", "product_ids": []string{game, other}}
	clerk.Post("/v1/admin/bundles", unpriced).Is(http.StatusCreated)

	var got []string
	next := "/v1/products/" + game + "/bundles?currency=EUR&limit=2"
	for pages := 1; next != ""; pages++ {
		require.LessOrEqual(t, pages, 2)
		answer := guest.Get(next).Is(http.StatusOK)
		for _, bundle := range answer.Items("items") {
			require.Equal(t, guest.Get("/v1/bundles/"+bundle["id"].(string)).Body, bundle)
			got = append(got, bundle["id"].(string))
		}
		link, _, linked := strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
		cursor, more := answer.Body["next_cursor"].(string)
		require.Equal(t, more, linked)
		if next = ""; more {
			next = link
			require.Contains(t, next, "cursor="+url.QueryEscape(cursor))
			require.Contains(t, next, "limit=2")
			guest.Get("/v1/bundles?cursor="+url.QueryEscape(cursor)).Problem(http.StatusBadRequest, "bad-cursor")
		}
	}
	require.Equal(t, want, got)
	bySlug := guest.Get("/v1/products/shared-game/bundles").Is(http.StatusOK)
	require.Len(t, bySlug.Items("items"), 3, "the product can be named by its slug")
}

func TestProductBundles_UnlistedProduct_Returns404(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk, guest := r.Clerk(t), r.Guest(t)
	bundles := func(product, query string) harness.Reply {
		return guest.Get("/v1/products/" + product + "/bundles" + query)
	}
	for _, absent := range []string{harness.NewKey(), "absent", guest.Get("/v1/bundles/puzzle-drawer").Text("id")} {
		bundles(absent, "").Problem(http.StatusNotFound, "not-found")
	}
	bundles("brassica", "?currency=USD").Problem(http.StatusNotFound, "not-found")
	bundles("brassica", "?currency=XYZ").Problem(http.StatusUnprocessableEntity, "unknown-currency")
	require.Len(t, bundles("brassica", "").Is(http.StatusOK).Items("items"), 1)
	require.Empty(t, bundles("oddments", "").Is(http.StatusOK).Items("items"))

	clerk.Post("/v1/admin/products/"+guest.Product("brassica").Text("id")+"/archive", nil).Is(http.StatusOK)
	bundles("brassica", "").Problem(http.StatusNotFound, "not-found")
	require.Empty(t, bundles("tidewright", "").Is(http.StatusOK).Items("items"),
		"the bundle is not sold while a product of it is archived")
	drawer := guest.Get("/v1/bundles/puzzle-drawer").Text("id")
	clerk.Send(http.MethodPatch, "/v1/admin/bundles/"+drawer, harness.Object{"sold_without_archived": true}, nil).
		Is(http.StatusOK)
	require.Len(t, bundles("tidewright", "").Is(http.StatusOK).Items("items"), 1)
}
