package portstest

import (
	"testing"

	"coinslot/modules/catalog"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func otherCurrencies(t *testing.T, f Fixture) {
	other := func(currency money.Currency) []money.Currency {
		found, err := f.Products.OtherCurrencies(t.Context(), currency)
		require.NoError(t, err)
		return found
	}
	require.Empty(t, other("EUR"), "there are no prices")
	add(t, f, draft("Game", catalog.Game), 1000, now)
	require.Equal(t, []money.Currency{"USD"}, other("EUR"))
	require.Empty(t, other("USD"))
}
