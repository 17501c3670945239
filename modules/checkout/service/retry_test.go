package service_test

import (
	"testing"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"

	catalogdomain "coinslot/modules/catalog/domain"
)

func (w *fixture) retry(orderID id.ID, key string, expected int64) (service.View, error) {
	w.t.Helper()
	total := usd(expected)
	return w.Checkout.Pay(w.t.Context(), service.PayOrder{
		AccountID: w.buyer, OrderID: orderID, Method: "pm_ok",
		Key: key, Expected: &total,
	})
}

func TestRetry_TakesTheCurrentPrice(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	declined := w.place(w.order("k", "pm_declined", w.put(game, false, 1))).Order
	w.clock.Advance(1)
	_, err := w.Catalog.SetPrice(t.Context(), game, false, usd(1200), nil)
	require.NoError(t, err)
	for _, attempt := range []func() (service.View, error){
		func() (service.View, error) { return w.pay(declined.ID, "k2", "pm_ok") },
		func() (service.View, error) { return w.retry(declined.ID, "k3", 1100) },
	} {
		_, err := attempt()
		require.ErrorIs(t, err, domain.ErrPriceChanged)
	}
	require.Equal(t, checkout.Declined, w.status(declined.ID))
	paid, err := w.retry(declined.ID, "k4", 1200)
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, paid.Order.Status)
	require.Equal(t, usd(1200), paid.Order.Totals.Total)
	require.Equal(t, declined.Lines[0].ID, paid.Order.Lines[0].ID)
	require.Equal(t, 2, paid.Order.Lines[0].PriceVersion)
	_, err = w.retry(declined.ID, "k4", 1100)
	require.ErrorIs(t, err, domain.ErrKeyReused, "the key covers the expected total")
}

func TestRetry_ChecksWhatMayBeBought(t *testing.T) {
	t.Parallel()
	t.Run("archived", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		game := w.game("Game", 1000)
		declined := w.place(w.order("k", "pm_declined", w.put(game, false, 1))).Order
		_, err := w.Catalog.Archive(t.Context(), game, false, 0)
		require.NoError(t, err)
		_, err = w.pay(declined.ID, "k2", "pm_ok")
		require.ErrorIs(t, err, domain.ErrUnavailable)
	})
	t.Run("base game no longer in the order's company", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		game := w.game("Game", 1000)
		dlc := w.sell(catalogdomain.Draft{Title: "More", Kind: catalog.DLC, Requires: game}, 500)
		base := w.place(w.order("base", "pm_ok", w.put(game, false, 1))).Order
		declined := w.place(w.order("k", "pm_declined", w.put(dlc, false, 1))).Order
		_, err := w.Checkout.Refund(t.Context(),
			service.RefundOrder{AccountID: w.buyer, OrderID: base.ID, Reason: "no", Key: "r"})
		require.NoError(t, err)
		_, err = w.pay(declined.ID, "k2", "pm_ok")
		require.ErrorIs(t, err, domain.ErrMissingBaseGame)
	})
}

func TestRetry_BundleWithOtherContents_IsRefused(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	a, b, c := w.game("A", 1000), w.game("B", 1000), w.game("C", 1000)
	bundle := w.sell(catalogdomain.Draft{Title: "X", Kind: catalog.Bundle, Contents: []id.ID{a, b}}, 1500)
	declined := w.place(w.order("k", "pm_declined", w.put(bundle, true, 1))).Order
	_, err := w.Catalog.Change(t.Context(), bundle, true, 0, catalogdomain.Changes{Contents: []id.ID{a, c}})
	require.NoError(t, err)
	_, err = w.retry(declined.ID, "k2", 1500)
	require.ErrorIs(t, err, domain.ErrContents)
	require.Equal(t, checkout.Declined, w.status(declined.ID))
	_, err = w.Catalog.Change(t.Context(), bundle, true, 0, catalogdomain.Changes{Contents: []id.ID{b, a}})
	require.NoError(t, err)
	paid, err := w.retry(declined.ID, "k3", 1500)
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, paid.Order.Status)
}

func TestCheckout_OverlappingBundles_AreRefused(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	a, b := w.game("A", 1000), w.game("B", 1000)
	bundle := func(title string) id.ID {
		return w.sell(catalogdomain.Draft{Title: title, Kind: catalog.Bundle, Contents: []id.ID{a, b}}, 1500)
	}
	lines := []id.ID{w.put(bundle("X"), true, 1), w.put(bundle("Y"), true, 1), w.put(a, false, 1)}
	quote, err := w.Checkout.Quote(t.Context(), w.buyer, lines)
	require.NoError(t, err)
	require.Len(t, quote.Problems, 3)
	for i, p := range quote.Problems {
		require.Equal(t, lines[i], p.CartLineID)
		require.Equal(t, domain.ErrAlreadyOwned.Code, p.Fault.Code)
		require.Equal(t, domain.CoverLine, p.CoveredBy.Type)
	}
	_, err = w.Checkout.Place(t.Context(), w.order("k", "pm_ok", lines...))
	require.ErrorIs(t, err, domain.ErrAlreadyOwned)
	require.Zero(t, w.provider.Calls())
}
