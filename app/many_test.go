package main

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMadeUpOrdersKeepEveryPromise makes orders up in two runs, the first of which was interrupted.
func TestMadeUpOrdersKeepEveryPromise(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	cfg := r.config(t)
	var out bytes.Buffer
	require.NoError(t, makeMany(t.Context(), cfg, r.Database.OwnerURL, amounts{products: 50, orders: 100}, &out))
	require.NoError(t, makeMany(t.Context(), cfg, r.Database.OwnerURL, amounts{products: 60, orders: 250}, &out))
	require.NoError(t, makeMany(t.Context(), cfg, r.Database.OwnerURL, amounts{products: 60, orders: 250}, &out),
		"there is nothing left to do")
	require.Contains(t, out.String(), "orders: 100 are there")
	require.Equal(t, 250, r.count(t, `SELECT count(*) AS n FROM checkout.orders`))
	require.Equal(t, 25, r.count(t, `SELECT count(*) AS n FROM identity.accounts WHERE handle LIKE 'made-up-%'`))
	require.Len(t, r.guest(t).get("/v1/products?category=made-up&limit=100").is(http.StatusOK).items("items"), 60)
	found, err := verify(context.Background(), r.Database.OwnerURL, r.books())
	require.NoError(t, err)
	for _, f := range found {
		require.Empty(t, f.Violations, f.Name)
	}
	require.ErrorContains(t, makeMany(t.Context(), cfg, r.Database.OwnerURL, amounts{products: 9, orders: 1}, &out),
		"--products of at least 10")
	require.ErrorContains(t, makeMany(t.Context(), cfg, r.Database.OwnerURL, amounts{products: -1, orders: 0},
		&out), "numbers from 0")
}
