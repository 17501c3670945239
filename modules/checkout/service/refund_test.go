package service_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"

	catalogdomain "coinslot/modules/catalog/domain"
)

func (w *fixture) refund(c service.RefundOrder) service.RefundView {
	w.t.Helper()
	view, err := w.Checkout.Refund(w.t.Context(), c)
	require.NoError(w.t, err)
	return view
}

func (w *fixture) wants(view service.View, key string, items ...ports.RefundItem) service.RefundOrder {
	return service.RefundOrder{AccountID: w.buyer, OrderID: view.Order.ID, Items: items, Reason: "bored", Key: key}
}

func line(view service.View, n int) ports.RefundItem {
	return ports.RefundItem{LineID: view.Order.Lines[n].ID}
}

func product(view service.View, n, part int) ports.RefundItem {
	item := line(view, n)
	item.ProductID = view.Order.Lines[n].Gives[part].ID
	return item
}

// twoGames buys two games in one order.
func (w *fixture) twoGames() (view service.View, first, second id.ID) {
	w.t.Helper()
	first, second = w.game("First", 1000), w.game("Second", 500)
	return w.place(w.order("k", "pm_ok", w.put(first, false, 1), w.put(second, false, 1))), first, second
}

func TestRefund_Line_IsRevokedAndMayBeBoughtAgain(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, first, second := w.twoGames()
	require.Equal(t, int64(250), view.Order.Totals.Tax.Amount())
	refund := w.refund(w.wants(view, "r1", line(view, 0)))
	require.Equal(t, billing.RefundSucceeded, refund.Refund.Status)
	require.Equal(t, int64(1000), refund.Refund.Amount.Amount())
	require.NotNil(t, refund.Refund.CreditNote)
	require.False(t, w.owns(first))
	require.True(t, w.owns(second))
	require.Equal(t, checkout.PartiallyRefunded, w.status(view.Order.ID))

	again := w.refund(w.wants(view, "r1", line(view, 0)))
	require.True(t, again.Replayed)
	require.Equal(t, refund.Refund, again.Refund)
	_, err := w.Checkout.Refund(t.Context(), w.wants(view, "r1"))
	require.Equal(t, "idempotency-key-reused", fault.Of(err).Code)
	_, err = w.Checkout.Refund(t.Context(), w.wants(view, "r2", line(view, 0)))
	require.Equal(t, "refund-exceeds-captured", fault.Of(err).Code)

	bought := w.place(w.order("k2", "pm_ok", w.put(first, false, 1)))
	require.Equal(t, checkout.Completed, bought.Order.Status)
	require.True(t, w.owns(first))
	w.refund(w.wants(view, "r3"))
	require.Equal(t, checkout.Refunded, w.status(view.Order.ID))
	require.True(t, w.owns(first), "it was bought again")
	require.False(t, w.owns(second))
	require.Equal(t, checkout.Completed, w.status(bought.Order.ID))
	view, err = w.Checkout.Order(t.Context(), w.buyer, view.Order.ID)
	require.NoError(t, err)
	require.Len(t, view.Payment.Refunds, 2)
}

func TestRefund_ProductOfBundle_AtItsFrozenShare(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	small, large := w.game("Small", 500), w.game("Large", 1500)
	bundle := w.sell(catalogdomain.Draft{Title: "Both", Kind: catalog.Bundle, Contents: []id.ID{small, large}}, 1000)
	view := w.place(w.order("k", "pm_ok", w.put(bundle, true, 1)))
	require.Equal(t, int64(250), view.Order.Lines[0].Gives[0].Total.Amount())
	refund := w.refund(w.wants(view, "r", product(view, 0, 0)))
	require.Equal(t, int64(250), refund.Refund.Amount.Amount())
	require.False(t, w.owns(small))
	require.True(t, w.owns(large))
	rest := w.refund(w.wants(view, "r2"))
	require.Equal(t, int64(750), rest.Refund.Amount.Amount())
	require.False(t, w.owns(large))
}

func TestRefund_Permissions(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, first, _ := w.twoGames()
	some := line(view, 0)
	amount := usd(300)
	some.Amount = &amount
	try := func(change func(c *service.RefundOrder)) error {
		c := w.wants(view, id.V7{}.NewID().String(), some)
		change(&c)
		_, err := w.Checkout.Refund(t.Context(), c)
		return err
	}
	require.ErrorIs(t, try(func(*service.RefundOrder) {}), domain.ErrStaffAmount)
	require.ErrorIs(t, try(func(c *service.RefundOrder) { c.AccountID = id.V7{}.NewID() }),
		domain.ErrNoOrder, "a stranger")
	require.ErrorIs(t, try(func(c *service.RefundOrder) { c.OrderID, c.Staff = id.V7{}.NewID(), true }), domain.ErrNoOrder)
	require.NoError(t, try(func(c *service.RefundOrder) { c.AccountID, c.Staff = id.V7{}.NewID(), true }), "the staff")
	require.True(t, w.owns(first), "only what is back whole is taken back")
	require.Equal(t, checkout.PartiallyRefunded, w.status(view.Order.ID))

	w.clock.Advance(window + time.Second)
	all := func(c *service.RefundOrder) { c.Items = nil }
	require.ErrorIs(t, try(all), domain.ErrRefundWindow)
	require.NoError(t, try(func(c *service.RefundOrder) { c.Items, c.AccountID, c.Staff = nil, id.V7{}.NewID(), true }))
	require.False(t, w.owns(first))

	processing := w.place(w.order("k2", "pm_unclear", w.put(w.game("Unclear", 100), false, 1)))
	_, err := w.Checkout.Refund(t.Context(), w.wants(processing, "x"))
	require.ErrorIs(t, err, domain.ErrInProgress)
	declined := w.place(w.order("k3", "pm_declined", w.put(w.game("Declined", 100), false, 1)))
	_, err = w.Checkout.Refund(t.Context(), w.wants(declined, "y"))
	require.ErrorIs(t, err, domain.ErrNotRefundable)
	free := w.place(w.order("k4", "pm_ok", w.put(w.game("Free", 0), false, 1)))
	refund := w.refund(w.wants(free, "z"))
	require.True(t, refund.Refund.Amount.IsZero())
	require.Equal(t, checkout.Refunded, w.status(free.Order.ID), "a free order is given back as any other")
	require.False(t, w.owns(free.Order.Lines[0].Gives[0].ID))
}

func TestRefund_Pending_RevokesOnceItSucceeds(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, first, _ := w.twoGames()
	w.provider.SetRefundStatus(billing.RefundRequested) // no clear answer
	refund := w.refund(w.wants(view, "r"))
	require.False(t, refund.Refund.Status.Final())
	require.True(t, w.owns(first))
	require.Equal(t, checkout.Completed, w.status(view.Order.ID))
	_, err := w.Checkout.Refund(t.Context(), w.wants(view, "other"))
	require.Equal(t, "refund-exceeds-captured", fault.Of(err).Code, "what is on its way counts")
	w.provider.SetRefundStatus(billing.RefundSucceeded)
	w.clock.Advance(time.Minute)
	require.NoError(t, w.Billing.Sweep(t.Context()), "nobody asks again but the sweep")
	require.NoError(t, w.Checkout.Sync(t.Context(), view.Order.ID), "as its news does")
	require.False(t, w.owns(first))
	require.Equal(t, checkout.Refunded, w.status(view.Order.ID))
	replay := w.refund(w.wants(view, "r"))
	require.True(t, replay.Replayed)
	require.Equal(t, billing.RefundSucceeded, replay.Refund.Status)
}

func TestRefund_Failed_ChangesNothing(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, first, _ := w.twoGames()
	w.provider.SetRefundStatus(billing.RefundFailed)
	refund := w.refund(w.wants(view, "r"))
	require.True(t, refund.Refund.Status.Final())
	require.NotEqual(t, billing.RefundSucceeded, refund.Refund.Status)
	require.True(t, w.owns(first))
	require.Equal(t, checkout.Completed, w.status(view.Order.ID))
	w.provider.SetRefundStatus(billing.RefundSucceeded)
	require.Equal(t, billing.RefundSucceeded, w.refund(w.wants(view, "again")).Refund.Status)
	require.False(t, w.owns(first))
}

func TestRefund_ParallelOfOneLine_RefundOnce(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, first, second := w.twoGames()
	results := make([]error, 16)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() { _, results[i] = w.Checkout.Refund(t.Context(), w.wants(view, fmt.Sprint(i), line(view, 0))) })
	}
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.Equal(t, "refund-exceeds-captured", fault.Of(err).Code, err)
	}
	require.Equal(t, 1, won)
	require.Equal(t, 1, w.provider.Refunds())
	require.False(t, w.owns(first))
	require.True(t, w.owns(second))
}

func TestRefund_AdjustmentFails_EventRepeatsIt(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, first, _ := w.twoGames()
	w.failing.adjust = errors.New("broken")
	require.Equal(t, billing.RefundSucceeded, w.refund(w.wants(view, "r")).Refund.Status, "the money is back all the same")
	require.True(t, w.owns(first))
	require.ErrorContains(t, w.Checkout.Sync(t.Context(), view.Order.ID), "broken")
	w.failing.adjust = nil
	require.NoError(t, w.Checkout.Sync(t.Context(), view.Order.ID))
	require.False(t, w.owns(first))
	require.Equal(t, checkout.Refunded, w.status(view.Order.ID))
}

// The event of an earlier refund has the order's lease while the next refund succeeds.
func TestRefund_OrderIsBeingAdvanced_EventAppliesIt(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	view, _, _ := w.twoGames()
	_, err := w.stores.Checkout.Claim(t.Context(), view.Order.ID, w.clock.Now())
	require.NoError(t, err)
	require.Equal(t, billing.RefundSucceeded, w.refund(w.wants(view, "r")).Refund.Status)
	require.Equal(t, checkout.Completed, w.status(view.Order.ID), "what it granted is revoked first")
	w.clock.Advance(domain.Lease)
	for _, event := range w.stores.Billing.Events() {
		require.NoError(t, w.PaymentChanged(t.Context(), event))
	}
	require.Equal(t, checkout.Refunded, w.status(view.Order.ID))
}

func TestRefund_UnitsOfWhatCostsNothing(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	gems := w.sell(catalogdomain.Draft{Title: "Gems", Kind: catalog.Consumable}, 0)
	view := w.place(w.order("k", "pm_ok", w.put(gems, false, 3)))
	units := func(key string, n int) service.RefundOrder {
		some := line(view, 0)
		some.Quantity = n
		return w.wants(view, key, some)
	}
	require.Equal(t, billing.RefundSucceeded, w.refund(units("one", 1)).Refund.Status)
	left, err := w.Library.Find(t.Context(), w.buyer, gems)
	require.NoError(t, err)
	require.Equal(t, 2, left.Left())
	require.Equal(t, billing.RefundSucceeded, w.refund(units("two", 2)).Refund.Status)
	_, err = w.Library.Find(t.Context(), w.buyer, gems)
	require.Error(t, err)
	require.Equal(t, checkout.Refunded, w.status(view.Order.ID))
}
