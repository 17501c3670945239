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

func TestGenerate_ResumedRun_ViolatesNoInvariant(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	cfg := r.Config(t)
	var out bytes.Buffer
	generate := func(products, orders int) error {
		return bulk.Generate(t.Context(), cfg, r.Database.OwnerURL, bulk.Counts{Products: products, Orders: orders}, &out)
	}
	require.NoError(t, generate(50, 100))
	require.NoError(t, generate(60, 250))
	require.NoError(t, generate(60, 250), "every row exists")
	require.Contains(t, out.String(), "orders: 100 exist already")
	require.Equal(t, 250, r.Count(t, `SELECT count(*) AS n FROM checkout.orders`))
	require.Equal(t, 25, r.Count(t, `SELECT count(*) AS n FROM identity.accounts WHERE handle LIKE 'made-up-%'`))
	require.Len(t, r.Guest(t).Get("/v1/products?category=made-up&limit=100").Is(http.StatusOK).Items("items"), 60)
	found, err := verify.Run(context.Background(), r.Database.OwnerURL, r.Provider())
	require.NoError(t, err)
	for _, f := range found {
		require.Empty(t, f.Violations, f.Name)
	}
	require.ErrorContains(t, generate(9, 1), "--products of at least 10")
	require.ErrorContains(t, generate(-1, 0), "numbers from 0")
}
