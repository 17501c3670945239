package service_test

import (
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"

	"github.com/stretchr/testify/require"
)

func TestPruneKeys_FinishedOrder_RepeatsChargeNothing(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.Checkout.KeepKeys = 30 * 24 * time.Hour
	placed := w.order("first", "pm_declined", w.put(w.game("Game", 1000), false, 1))
	order := w.place(placed).Order
	paid, err := w.retry(order.ID, "second", 1000)
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, paid.Order.Status)
	w.clock.Advance(w.Checkout.KeepKeys)
	require.NoError(t, w.Checkout.PruneKeys(t.Context()))
	again, err := w.retry(order.ID, "second", 1000)
	require.NoError(t, err)
	require.True(t, again.Replayed, "the key is kept for so long")

	w.clock.Advance(time.Second)
	require.NoError(t, w.Checkout.PruneKeys(t.Context()))
	_, err = w.retry(order.ID, "second", 1000)
	require.ErrorIs(t, err, domain.ErrNotPayable, "the key was deleted")
	again = w.place(placed)
	require.True(t, again.Replayed)
	require.Equal(t, order.ID, again.Order.ID, "a repeat of the checkout finds the order")
	charges, err := w.provider.ChargesOf(t.Context(), order.ID)
	require.NoError(t, err)
	captured := 0
	for _, c := range charges {
		if c.Captured > 0 {
			captured++
		}
	}
	require.Equal(t, 1, captured)
}
