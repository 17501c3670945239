package service_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheckCurrency_NoPriceInIt_IsRefusedInOneSentence(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	s.Currency = "EUR"
	require.NoError(t, s.CheckCurrency(t.Context()), "there are no prices")
	add(t, s, "Game", 1000)
	require.EqualError(t, s.CheckCurrency(t.Context()), "configuration key store.currency is EUR, but the prices in this "+
		"database are in [USD]: the currency of a store cannot change once prices exist, so set store.currency "+
		"(COINSLOT_STORE_CURRENCY) to USD")
	s.Currency = "USD"
	require.NoError(t, s.CheckCurrency(t.Context()))
}
