package portstest

import (
	"testing"
	"time"

	"coinslot/modules/checkout/domain"

	"github.com/stretchr/testify/require"
)

func pruning(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	apply(t, &o, domain.Declined, now)
	o = save(t, f, o)
	require.NoError(t, o.Retry("pm_other", now))
	require.NoError(t, f.Orders.Retry(t.Context(), o, attempt("second")))
	o = o.Stored()
	prune := func(before time.Time, want int) {
		n, err := f.Reviews.PruneKeys(t.Context(), before, 10)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	found := func(key string) bool {
		_, found, err := f.Finder.ByKey(t.Context(), o.Snapshot().AccountID, key)
		require.NoError(t, err)
		return found
	}
	prune(now.Add(time.Hour), 0) // it may still be paid
	_, err := o.ApplyPayment(domain.Payment{Revision: 2, Attempt: 2, Outcome: domain.Declined}, now)
	require.NoError(t, err)
	require.NoError(t, o.Cancel(now))
	o = save(t, f, o)
	prune(now, 0)
	require.True(t, found("second"))
	prune(now.Add(time.Second), 1)
	require.False(t, found("second"))
	require.True(t, found(o.ID().String()), "an order keeps its first key")
	prune(now.Add(time.Second), 0)
}
