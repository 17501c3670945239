package bulk_test

import (
	"bytes"
	"context"
	"net/http"
	"testing"

	"coinslot/app/bulk"
	"coinslot/app/e2e/harness"
	"coinslot/app/verify"

	"github.com/stretchr/testify/require"
)

// TestMadeUpOrdersKeepEveryPromise makes orders up in two runs, the first of which was interrupted.
func TestMadeUpOrdersKeepEveryPromise(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	cfg := r.Config(t)
	var out bytes.Buffer
	require.NoError(t, bulk.Make(t.Context(), cfg, r.Database.OwnerURL, bulk.Amounts{Products: 50, Orders: 100}, &out))
	require.NoError(t, bulk.Make(t.Context(), cfg, r.Database.OwnerURL, bulk.Amounts{Products: 60, Orders: 250}, &out))
	require.NoError(t, bulk.Make(t.Context(), cfg, r.Database.OwnerURL, bulk.Amounts{Products: 60, Orders: 250}, &out),
		"there is nothing left to do")
	require.Contains(t, out.String(), "orders: 100 are there")
	require.Equal(t, 250, r.Count(t, `SELECT count(*) AS n FROM checkout.orders`))
	require.Equal(t, 25, r.Count(t, `SELECT count(*) AS n FROM identity.accounts WHERE handle LIKE 'made-up-%'`))
	require.Len(t, r.Guest(t).Get("/v1/products?category=made-up&limit=100").Is(http.StatusOK).Items("items"), 60)
	found, err := verify.Run(context.Background(), r.Database.OwnerURL, r.Books())
	require.NoError(t, err)
	for _, f := range found {
		require.Empty(t, f.Violations, f.Name)
	}
	require.ErrorContains(t, bulk.Make(t.Context(), cfg, r.Database.OwnerURL, bulk.Amounts{Products: 9, Orders: 1}, &out),
		"--products of at least 10")
	require.ErrorContains(t, bulk.Make(t.Context(), cfg, r.Database.OwnerURL, bulk.Amounts{Products: -1, Orders: 0},
		&out), "numbers from 0")
}
