package service_test

import (
	"context"
	"testing"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"

	"github.com/stretchr/testify/require"

	catalogdomain "coinslot/modules/catalog/domain"
)

// during is billing, with something that happens during a charge.
type during struct {
	ports.Payments
	charge func()
}

// Charge charges in the meantime.
func (d during) Charge(ctx context.Context, order domain.Order, buyer ports.Buyer) (ports.Payment, error) {
	d.charge()
	return d.Payments.Charge(ctx, order, buyer)
}

func TestPlace_UnitsAddedDuringTheCharge_StayInTheCart(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	gems := w.sell(catalogdomain.Draft{Title: "Gems", Kind: catalog.Consumable}, 100)
	line := w.put(gems, false, 2)
	w.payments.Payments = during{w.payments.Payments, func() { w.put(gems, false, 1) }}
	view := w.place(w.order("k", "pm_ok", line))
	require.Equal(t, checkout.Completed, view.Order.Status)
	require.Equal(t, usd(200), view.Order.Totals.Total)
	cart, err := w.Cart.Show(t.Context(), w.buyer)
	require.NoError(t, err)
	require.Len(t, cart.Items, 1)
	require.Equal(t, 1, cart.Items[0].Quantity)
	w.payments.Payments = w.payments.Payments.(during).Payments
	require.Equal(t, checkout.Completed, w.place(w.order("k2", "pm_ok", cart.Items[0].ID)).Order.Status)
}

// A crash of the database may lose the removal of the bought lines: see decision 8.
func TestPlace_BoughtLineStillInTheCart_IsNotBoughtAgain(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	gems := w.sell(catalogdomain.Draft{Title: "Gems", Kind: catalog.Consumable}, 100)
	line := w.put(gems, false, 2)
	before, _, err := w.stores.Cart.Find(t.Context(), w.buyer)
	require.NoError(t, err)
	order := w.order("k", "pm_ok", line)
	w.place(order)
	after, _, err := w.stores.Cart.Find(t.Context(), w.buyer)
	require.NoError(t, err)
	require.Empty(t, after.Lines())
	stored, err := w.stores.Cart.Put(t.Context(), after, before.Lines()[0])
	require.NoError(t, err)
	require.True(t, stored)

	order.Key = "k2"
	_, err = w.Checkout.Place(t.Context(), order)
	require.ErrorIs(t, err, domain.ErrCheckedOut)
	_, err = w.Cart.Remove(t.Context(), w.buyer, line, 0)
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, w.place(w.order("k3", "pm_ok", w.put(gems, false, 1))).Order.Status)
}
