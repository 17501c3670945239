package portstest

import (
	"testing"
	"time"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"

	"github.com/stretchr/testify/require"
)

// unsavedPaid completes orders that were saved when they were paid, and that were not.
func unsavedPaid(t *testing.T, f Fixture) {
	for _, saved := range []bool{true, false} {
		o := place(t, f, order(t, newID(), newID()))
		apply(t, &o, domain.Captured, now.Add(time.Second))
		if saved {
			o = save(t, f, o)
		}
		require.NoError(t, o.Complete(now.Add(2*time.Second)))
		o = save(t, f, o)
		got, err := f.Finder.History(t.Context(), o.ID())
		require.NoError(t, err)
		require.Equal(t, []ports.Entry{
			{At: now, What: "order", Result: "pending"},
			{At: now.Add(time.Second), What: "order", Result: "paid"},
			{At: now.Add(2 * time.Second), What: "order", Result: "completed"},
		}, got, saved)
		require.Equal(t, o, stored(t, f, o))
	}
}
