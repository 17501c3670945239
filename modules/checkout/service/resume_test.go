package service_test

import (
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// status tells how an order stands, without taking it further.
func (w *fixture) status(orderID id.ID) checkout.Status {
	w.t.Helper()
	order, err := w.stores.Checkout.Find(w.t.Context(), w.buyer, orderID)
	require.NoError(w.t, err)
	return order.Status()
}

func (w *fixture) sweep(after time.Duration) {
	w.t.Helper()
	w.clock.Advance(after)
	require.NoError(w.t, w.Billing.Sweep(w.t.Context()))
	require.NoError(w.t, w.Checkout.Sweep(w.t.Context()))
}

func TestFulfil_GrantRefused_IsRefundedWholeAndOnce(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	require.NoError(t, w.Library.EraseAccount(t.Context(), w.buyer))
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	view := w.place(c)
	require.Equal(t, checkout.Refunded, view.Order.Status)
	require.Equal(t, billing.RefundSucceeded, view.Payment.Refunds[0].Status)
	require.Equal(t, checkout.Refunded, w.place(c).Order.Status)
	require.Equal(t, 1, w.provider.Refunds())
}

// Library has not heard of the erasure yet.
func TestFulfil_AccountErasedSinceCharge_IsRefunded(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	view := w.place(w.order("k", "pm_confirm", w.put(game, false, 1)))
	w.erased = true
	w.provider.Confirm()
	require.NoError(t, w.Checkout.Advance(t.Context(), view.Order.ID))
	require.Equal(t, checkout.Refunded, w.status(view.Order.ID))
	require.False(t, w.owns(game))
	require.Equal(t, 1, w.provider.Refunds())
}

func TestFulfil_PendingRefund_IsAwaited_FailedIsReviewed(t *testing.T) {
	t.Parallel()
	for answer, want := range map[billing.RefundStatus]checkout.Status{
		billing.RefundSucceeded: checkout.Refunded, billing.RefundFailed: checkout.ManualReview,
	} {
		w := newFixture(t)
		w.failing.grant = domain.ErrErased
		w.provider.SetRefundStatus(billing.RefundPending)
		game := w.game("Game", 1000)
		view := w.place(w.order("k", "pm_ok", w.put(game, false, 1)))
		require.Equal(t, checkout.Paid, view.Order.Status)
		w.failing.grant = nil
		w.sweep(time.Minute)
		require.Equal(t, checkout.Paid, w.status(view.Order.ID))
		require.False(t, w.owns(game), "what goes back is not granted any more")
		w.provider.SetRefundStatus(answer)
		w.sweep(10 * time.Minute)
		require.Equal(t, want, w.status(view.Order.ID))
		w.sweep(time.Hour)
		require.NoError(t, w.Checkout.Advance(t.Context(), view.Order.ID))
		require.Equal(t, want, w.status(view.Order.ID))
	}
}

func TestSweep_Alone_EndsEveryOrder(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	confirmed := w.place(w.order("k1", "pm_confirm", w.put(w.game("One", 100), false, 1))).Order.ID
	unclear := w.place(w.order("k2", "pm_unclear", w.put(w.game("Two", 100), false, 1))).Order.ID
	w.failing.grant = errBroken
	_, err := w.Checkout.Place(t.Context(), w.order("k3", "pm_ok", w.put(w.game("Three", 100), false, 1)))
	require.ErrorIs(t, err, errBroken)
	stuck, err := w.stores.Checkout.List(t.Context(), w.buyer, pageOfAll)
	require.NoError(t, err)
	broken := stuck.Items[0].ID()
	w.failing.grant = nil
	w.sweep(time.Second)
	require.Equal(t, checkout.Paid, w.status(broken), "it has not stood still long enough")
	w.provider.Confirm()
	w.sweep(5 * time.Second)
	for orderID, want := range map[id.ID]checkout.Status{
		confirmed: checkout.Completed, broken: checkout.Completed,
		unclear: checkout.Processing,
	} {
		require.Equal(t, want, w.status(orderID))
	}
	calls := w.provider.Calls()
	for range 140 {
		w.sweep(5 * time.Second)
	}
	require.Equal(t, checkout.ManualReview, w.status(unclear))
	require.Less(t, w.provider.Calls()-calls, 25, "it asks ever less often")
	_, err = w.pay(unclear, "k4", "pm_ok")
	require.ErrorIs(t, err, domain.ErrNotPayable)
	_, err = w.Checkout.Cancel(t.Context(), w.buyer, unclear)
	require.ErrorIs(t, err, domain.ErrInProgress)
}

func TestReview_KnownOutcome_EndsIt(t *testing.T) {
	t.Parallel()
	for end, want := range map[billing.Status]checkout.Status{
		billing.Captured: checkout.Completed,
		billing.Declined: checkout.Declined,
	} {
		w := newFixture(t)
		orderID := w.place(w.order("k", "pm_unclear", w.put(w.game("Game", 100), false, 1))).Order.ID
		for range 2 {
			w.sweep(10 * time.Minute)
		}
		require.Equal(t, checkout.ManualReview, w.status(orderID))
		w.provider.Decide(end)
		_, err := w.Billing.Resume(t.Context(), orderID)
		require.NoError(t, err)
		require.NoError(t, w.Checkout.Advance(t.Context(), orderID))
		require.Equal(t, want, w.status(orderID))
	}
}

func TestSweep_UnconfirmedPayment_IsCanceled(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 100)
	line := w.put(game, false, 1)
	orderID := w.place(w.order("k", "pm_confirm", line)).Order.ID
	w.sweep(5 * time.Minute)
	require.Equal(t, checkout.RequiresAction, w.status(orderID))
	w.sweep(5 * time.Minute)
	require.Equal(t, checkout.Canceled, w.status(orderID))
	require.Equal(t, checkout.Completed, w.place(w.order("k2", "pm_ok", line)).Order.Status)
}

func TestOrder_Read_AdvancesTheOrder(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID := w.place(w.order("k", "pm_confirm", w.put(w.game("Game", 100), false, 1))).Order.ID
	w.provider.Confirm()
	view, err := w.Checkout.Order(t.Context(), w.buyer, orderID)
	require.NoError(t, err)
	require.Equal(t, checkout.RequiresAction, view.Order.Status, "not more than once a second")
	w.clock.Advance(time.Second)
	view, err = w.Checkout.Order(t.Context(), w.buyer, orderID)
	require.NoError(t, err)
	require.Equal(t, checkout.Completed, view.Order.Status)

	c := w.order("k2", "pm_ok", w.put(w.game("Other", 100), false, 1))
	w.failing.grant = errBroken
	_, err = w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	w.clock.Advance(time.Second)
	orders, err := w.Checkout.List(t.Context(), w.buyer, pageOfAll)
	require.NoError(t, err)
	view, err = w.Checkout.Order(t.Context(), w.buyer, orders.Items[0].Order.ID)
	require.NoError(t, err, "a look never fails because the order cannot go on")
	require.Equal(t, checkout.Paid, view.Order.Status)
	w.clock.Advance(10 * time.Minute)
	require.ErrorIs(t, w.Checkout.Sweep(t.Context()), errBroken)
	require.Equal(t, checkout.ManualReview, w.status(view.Order.ID), "what fails for too long is for a person")
}

func TestTimeline_IsInOrder(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID := w.place(w.order("k", "pm_confirm", w.put(w.game("Game", 100), false, 1))).Order.ID
	w.provider.Confirm()
	w.sweep(5 * time.Second)
	entries, err := w.Checkout.Timeline(t.Context(), w.buyer, orderID)
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.What+" "+e.Result)
	}
	require.Equal(t, []string{
		"order pending", "order requires_action", "payment.requested requested", "provider.charge requires_action",
		"order paid", "order completed", "provider.find captured",
	}, got)
	_, err = w.Checkout.Timeline(t.Context(), id.V7{}.NewID(), orderID)
	require.ErrorIs(t, err, domain.ErrNoOrder)
}

// After a restore of the database, billing may know payments of orders that are lost.
func TestApplyPayment_OrderIsLost_IsIgnored(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	require.NoError(t, w.Checkout.ApplyPayment(t.Context(), id.V7{}.NewID(), domain.Payment{Revision: 2, Attempt: 1}))
}
