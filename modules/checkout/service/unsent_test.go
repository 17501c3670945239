package service_test

import (
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// unsent places an order whose charge is not sent.
func (w *fixture) unsent() id.ID {
	w.t.Helper()
	w.provider.SetUnreachable(true)
	view := w.place(w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1)))
	require.Equal(w.t, "requested", string(view.Payment.State.Status))
	require.Equal(w.t, checkout.Processing, view.Order.Status)
	return view.Order.ID
}

func TestUnsentCharge_IsSentOnceTheProviderIsReachable(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID := w.unsent()
	w.sweep(time.Minute)
	require.Zero(t, w.provider.Calls())
	w.provider.SetUnreachable(false)
	w.sweep(time.Minute)
	require.Equal(t, checkout.Completed, w.status(orderID))
	require.Equal(t, 1, w.provider.Captured())
}

func TestUnsentCharge_CanBeCanceled(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID := w.unsent()
	view, err := w.Checkout.Cancel(t.Context(), w.buyer, orderID)
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, view.Order.Status)
	w.provider.SetUnreachable(false)
	w.sweep(time.Minute)
	require.Zero(t, w.provider.Calls())
}

func TestUnsentCharge_AfterActionWithin_IsCanceledUncharged(t *testing.T) {
	t.Parallel()
	for name, reachable := range map[string]bool{
		"while the provider is unreachable": false,
		"although it is reachable again":    true,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			orderID := w.unsent()
			w.provider.SetUnreachable(!reachable)
			w.sweep(10 * time.Minute)
			require.Equal(t, checkout.Canceled, w.status(orderID))
			w.provider.SetUnreachable(false)
			w.sweep(time.Hour)
			require.Zero(t, w.provider.Calls())
			require.Equal(t, checkout.Canceled, w.status(orderID))
		})
	}
}
