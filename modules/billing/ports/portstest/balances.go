package portstest

import (
	"testing"
	"time"

	"coinslot/modules/billing/domain"

	"github.com/stretchr/testify/require"
)

func balances(t *testing.T, f Fixture) {
	for i := range 3 {
		require.NoError(t, post(t, f, entry(now.Add(time.Duration(i)*time.Hour), 100)))
	}
	want := map[time.Duration]int64{-time.Hour: 0, 0: 100, time.Hour: 200, 5 * time.Hour: 300}
	requireBalances(t, f, want)
	seal(t, f, nil, 2)
	requireBalances(t, f, want)
}

// Entries of several days are sealed in batches, the oldest IDs first.
func balancesOfDays(t *testing.T, f Fixture) {
	const day = 24 * time.Hour
	for _, ago := range []time.Duration{day, 2 * day, 0, 2 * day, day} {
		require.NoError(t, post(t, f, entry(now.Add(-ago), 100)))
	}
	want := map[time.Duration]int64{-3 * day: 0, -2*day - 1: 0, -2 * day: 200, -day: 400, 0: 500, day: 500, 99 * day: 500}
	for range 5 {
		requireBalances(t, f, want)
		seal(t, f, nil, 1)
	}
	requireBalances(t, f, want)
	require.NoError(t, post(t, f, entry(now.Add(-2*day), 7)))
	requireBalances(t, f, map[time.Duration]int64{-2 * day: 207, 0: 507})
}

func requireBalances(t *testing.T, f Fixture, want map[time.Duration]int64) {
	t.Helper()
	for after, sum := range want {
		got, err := f.Journal.Balances(t.Context(), now.Add(after))
		require.NoError(t, err)
		if sum == 0 {
			require.Empty(t, got)
			continue
		}
		require.Equal(t, []domain.Balance{
			{Account: domain.ProviderClearing, Amount: usd(sum)},
			{Account: domain.Revenue, Amount: usd(-sum)},
		}, got)
	}
}
