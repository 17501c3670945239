package service_test

import (
	"errors"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"

	catalogdomain "coinslot/modules/catalog/domain"
)

// unknown places an order whose payment the provider never answers for, and lets it enter review.
func (w *fixture) unknown() (orderID, game, line id.ID) {
	w.t.Helper()
	game = w.game("Game", 1000)
	line = w.put(game, false, 1)
	orderID = w.place(w.order("unknown", "pm_unclear", line)).Order.ID
	w.answer(domain.Unknown)
	w.sweep(11 * time.Minute)
	require.Equal(w.t, checkout.ManualReview, w.status(orderID))
	return orderID, game, line
}

// answer sets what the provider says when it is polled.
func (w *fixture) answer(outcome domain.Outcome) { w.payments.polled = &outcome }

func (w *fixture) review(orderID id.ID) domain.Review {
	w.t.Helper()
	order, err := w.stores.Checkout.Any(w.t.Context(), orderID)
	require.NoError(w.t, err)
	return order.Snapshot().Review
}

func (w *fixture) resolve(orderID id.ID, action checkout.Resolution, key string) (service.View, error) {
	return w.Checkout.Resolve(w.t.Context(), service.ResolveOrder{
		StaffID: id.V7{}.NewID(), OrderID: orderID, Action: action, Reason: "checked by telephone", Key: key,
	})
}

func TestReview_UnknownPayment_IsPolledUntilAnswered(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[domain.Outcome]checkout.Status{
		domain.Captured: checkout.Completed, domain.Declined: checkout.Declined, domain.Canceled: checkout.Canceled,
	} {
		w := newFixture(t)
		orderID, game, line := w.unknown()
		require.Equal(t, []checkout.ReviewReason{checkout.ReviewPaymentUnknown}, w.entered)
		w.sweep(time.Minute)
		require.Equal(t, checkout.ReviewPaymentUnknown, w.review(orderID).Reason)
		w.answer(outcome)
		w.sweep(time.Minute)
		require.Equal(t, checkout.ManualReview, w.status(orderID), "it is polled less often the longer it takes")
		w.sweep(time.Hour)
		require.Equal(t, want, w.status(orderID))
		require.Zero(t, w.review(orderID))
		require.Equal(t, outcome == domain.Captured, w.owns(game))
		if outcome == domain.Canceled {
			require.Equal(t, checkout.Completed, w.place(w.order("again", "pm_ok", line)).Order.Status)
		}
	}
}

func TestCancel_UnknownPayment_PollsFirst(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, _, line := w.unknown()
	_, err := w.Checkout.Cancel(t.Context(), w.buyer, orderID)
	require.ErrorIs(t, err, domain.ErrInProgress)
	require.Equal(t, checkout.ManualReview, w.status(orderID))
	w.answer(domain.Canceled)
	view, err := w.Checkout.Cancel(t.Context(), w.buyer, orderID)
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, view.Order.Status)
	require.Equal(t, checkout.Completed, w.place(w.order("again", "pm_ok", line)).Order.Status)
}

func TestReview_UnconfirmedPayment_IsCanceled(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, _, line := w.unknown()
	w.payments.polled = nil
	w.provider.Decide(billing.RequiresAction)
	w.sweep(2 * time.Hour)
	require.Equal(t, checkout.Canceled, w.status(orderID))
	w.provider.Confirm()
	require.Zero(t, w.provider.Captured(), "the provider was told as well")
	require.Equal(t, checkout.Completed, w.place(w.order("again", "pm_ok", line)).Order.Status)
}

func TestReview_BillingRequestsIt_EndsWithItsReason(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	orderID := w.place(w.order("k", "pm_ok", w.put(game, false, 1))).Order.ID
	w.payments.review = checkout.ReviewAmountMismatch
	for range 2 {
		require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
		require.Equal(t, checkout.ReviewAmountMismatch, w.review(orderID).Reason)
	}
	require.Equal(t, []checkout.ReviewReason{checkout.ReviewAmountMismatch}, w.entered, "it is reported once")
	require.True(t, w.owns(game))
	w.payments.review = ""
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.Equal(t, checkout.Completed, w.status(orderID))
	require.Equal(t, 1, w.provider.Captured())
}

func TestResolve(t *testing.T) {
	t.Parallel()
	t.Run("accept fulfils", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		orderID, game, _ := w.unknown()
		_, err := w.resolve(orderID, checkout.Accept, "too early")
		require.Equal(t, "nothing-captured", fault.Of(err).Code)
		w.provider.Decide(billing.Captured)
		view, err := w.resolve(orderID, checkout.Accept, "k")
		require.NoError(t, err)
		require.Equal(t, checkout.Completed, view.Order.Status)
		require.True(t, w.owns(game))
		entries, err := w.Checkout.AnyTimeline(t.Context(), orderID)
		require.NoError(t, err)
		found := false
		for _, e := range entries {
			found = found || e.What == "resolution" && e.Result == "accept" && e.Reason == "checked by telephone"
		}
		require.True(t, found)
	})
	t.Run("refund and release cancel", func(t *testing.T) {
		t.Parallel()
		for _, action := range []checkout.Resolution{checkout.Refund, checkout.Release} {
			w := newFixture(t)
			orderID, game, line := w.unknown()
			if action == checkout.Refund {
				w.provider.Decide(billing.Captured)
			}
			view, err := w.resolve(orderID, action, "k")
			require.NoError(t, err)
			require.Equal(t, checkout.Canceled, view.Order.Status)
			require.False(t, w.owns(game))
			require.Equal(t, checkout.Completed, w.place(w.order("again", "pm_ok", line)).Order.Status)
		}
	})
	t.Run("refund of a fulfilled order revokes", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		game := w.game("Game", 1000)
		orderID := w.place(w.order("k", "pm_ok", w.put(game, false, 1))).Order.ID
		w.payments.review = checkout.ReviewMoreOutThanIn
		require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
		view, err := w.resolve(orderID, checkout.Refund, "k")
		require.NoError(t, err)
		require.Equal(t, checkout.Refunded, view.Order.Status)
		require.False(t, w.owns(game))
	})
	t.Run("refused leaves it in review", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		orderID, _, _ := w.unknown()
		held := fault.New(fault.Conflict, "money-held", "the provider holds money")
		w.payments.resolve = func(checkout.Resolution) error { return errors.Join(held, domain.ErrNotResolvable) }
		_, err := w.resolve(orderID, checkout.Release, "k")
		require.ErrorIs(t, err, held)
		require.Equal(t, checkout.ManualReview, w.status(orderID))
		require.Empty(t, w.review(orderID).Resolving)
	})
	t.Run("a paid order is not released", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		orderID := w.place(w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))).Order.ID
		w.payments.review = checkout.ReviewMoreOutThanIn
		require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
		_, err := w.resolve(orderID, checkout.Release, "k")
		require.Equal(t, domain.ErrPaid.Code, fault.Of(err).Code)
		require.Equal(t, checkout.ManualReview, w.status(orderID))
		require.Empty(t, w.payments.resolved, "its money is left alone")
	})
	t.Run("not in review", func(t *testing.T) {
		t.Parallel()
		w := newFixture(t)
		orderID := w.place(w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))).Order.ID
		_, err := w.resolve(orderID, checkout.Accept, "k")
		require.ErrorIs(t, err, domain.ErrNotInReview)
		_, err = w.resolve(id.V7{}.NewID(), checkout.Accept, "k")
		require.ErrorIs(t, err, domain.ErrNoOrder)
	})
}

func TestResolve_SameKey_Resumes(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game, _ := w.unknown()
	w.payments.resolve = func(checkout.Resolution) error { return errBroken }
	c := service.ResolveOrder{
		StaffID: id.V7{}.NewID(), OrderID: orderID, Action: checkout.Accept,
		Reason: "paid", Key: "k",
	}
	_, err := w.Checkout.Resolve(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	require.Equal(t, checkout.Accept, w.review(orderID).Resolving)
	w.payments.resolve = nil
	w.provider.Decide(billing.Captured)
	w.sweep(time.Hour)
	require.Equal(t, checkout.Completed, w.status(orderID), "a sweep resumes it")
	require.True(t, w.owns(game))
	view, err := w.Checkout.Resolve(t.Context(), c)
	require.NoError(t, err)
	require.True(t, view.Replayed)
	require.Equal(t, checkout.Completed, view.Order.Status)
	c.Action = checkout.Refund
	_, err = w.Checkout.Resolve(t.Context(), c)
	require.ErrorIs(t, err, domain.ErrKeyReused)
	require.Len(t, w.payments.resolved, 2)
}

// The money may have been settled as the first decision says already, although the order does not show it yet.
func TestResolve_AnotherDecision_WaitsForTheFirst(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game, _ := w.unknown()
	w.payments.resolve = func(checkout.Resolution) error { return errBroken }
	_, err := w.resolve(orderID, checkout.Accept, "first")
	require.ErrorIs(t, err, errBroken)
	_, err = w.resolve(orderID, checkout.Release, "second")
	require.ErrorIs(t, err, domain.ErrAdvancing)
	require.Equal(t, checkout.Accept, w.review(orderID).Resolving)
	w.payments.resolve = nil
	w.provider.Decide(billing.Captured)
	w.sweep(time.Hour)
	require.Equal(t, checkout.Completed, w.status(orderID))
	require.True(t, w.owns(game))
}

func TestSweep_DeclinedOrder_Expires(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID := w.place(w.order("k", "pm_declined", w.put(w.game("Game", 1000), false, 1))).Order.ID
	w.sweep(24*time.Hour - time.Second)
	require.Equal(t, checkout.Declined, w.status(orderID))
	w.sweep(time.Second)
	require.Equal(t, checkout.Canceled, w.status(orderID))
	_, err := w.pay(orderID, "k2", "pm_ok")
	require.ErrorIs(t, err, domain.ErrNotPayable)
}

func TestFulfil_RefusedLine_IsRefundedAlone(t *testing.T) {
	t.Parallel()
	for returning, want := range map[domain.Return]checkout.Status{
		domain.Returned: checkout.Completed, domain.ReturnPending: checkout.Paid, domain.ReturnFailed: checkout.ManualReview,
	} {
		w := newFixture(t)
		a, b, c := w.game("A", 1000), w.game("B", 1000), w.game("C", 1000)
		x := w.sell(catalogdomain.Draft{Title: "X", Kind: catalog.Bundle, Contents: []id.ID{a, b}}, 1500)
		y := w.sell(catalogdomain.Draft{Title: "Y", Kind: catalog.Bundle, Contents: []id.ID{b, c}}, 1600)
		order := w.place(w.order("k", "pm_confirm", w.put(x, true, 1), w.put(y, true, 1))).Order
		w.place(w.order("k2", "pm_ok", w.put(a, false, 1), w.put(c, false, 1)))
		w.provider.Confirm()
		w.refunds.lines = &returning
		require.NoError(t, w.Checkout.Advance(t.Context(), order.ID))
		require.Equal(t, want, w.status(order.ID))
		require.True(t, w.owns(b))
		require.Zero(t, w.inCart())
		require.Equal(t, [][]id.ID{{order.Lines[1].ID}}, w.refunds.returned)
		require.NoError(t, w.Checkout.Advance(t.Context(), order.ID))
		require.Equal(t, want, w.status(order.ID))
	}
}

func TestFulfil_AllLinesRefused_AreRefundedWhole(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	line := w.put(game, false, 1)
	pair := w.sell(catalogdomain.Draft{
		Title: "Pair", Kind: catalog.Bundle,
		Contents: []id.ID{game, w.game("Two", 900)},
	}, 1500)
	orderID := w.place(w.order("k", "pm_confirm", line)).Order.ID
	w.place(w.order("k2", "pm_ok", w.put(pair, true, 1)))
	w.provider.Confirm()
	for range 2 {
		require.NoError(t, w.Checkout.Advance(t.Context(), orderID))
		require.Equal(t, checkout.Refunded, w.status(orderID))
	}
	require.Equal(t, 1, w.provider.Refunds())
	require.True(t, w.owns(game))
}

// The first attempt was captured late and cannot be refunded; its event came while the second one was under way.
func TestReview_FailedRefundOfEarlierAttempt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *fixture, orderID id.ID){
		"canceled": func(w *fixture, orderID id.ID) {
			_, err := w.Checkout.Cancel(w.t.Context(), w.buyer, orderID)
			require.NoError(w.t, err)
		},
		"completed": func(w *fixture, orderID id.ID) {
			w.provider.Confirm()
			_, err := w.pay(orderID, "k2", "pm_confirm")
			require.NoError(w.t, err)
		},
		"resumed after its capture": func(w *fixture, orderID id.ID) {
			w.provider.Confirm()
			w.failing.grant = errBroken
			_, err := w.pay(orderID, "k2", "pm_confirm")
			require.ErrorIs(w.t, err, errBroken)
			require.Equal(w.t, checkout.Paid, w.status(orderID))
			w.failing.grant = nil
			w.sweep(time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			orderID := w.place(w.order("k", "pm_declined", w.put(w.game("Game", 1000), false, 1))).Order.ID
			w.provider.CaptureEnded()
			w.provider.SetRefundStatus(billing.RefundFailed)
			w.sweep(2 * time.Hour)
			w.sweep(2 * time.Hour)
			_, err := w.pay(orderID, "k2", "pm_confirm") // before the event is handled
			require.NoError(t, err)
			require.Equal(t, checkout.RequiresAction, w.status(orderID))
			end(w, orderID)
			require.Equal(t, checkout.ReviewRefundFailed, w.review(orderID).Reason)
		})
	}
}

func TestReview_LateCaptureWhoseRefundFails(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	line := w.put(w.game("Game", 1000), false, 1)
	orderID := w.place(w.order("k", "pm_declined", line)).Order.ID
	w.provider.CaptureEnded()
	w.provider.SetRefundStatus(billing.RefundFailed)
	w.sweep(2 * time.Hour)
	w.sweep(2 * time.Hour)
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.Equal(t, checkout.ReviewRefundFailed, w.review(orderID).Reason)
	w.provider.SetRefundStatus(billing.RefundSucceeded)
	view, err := w.resolve(orderID, checkout.Refund, "k")
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, view.Order.Status)
	require.Equal(t, checkout.Completed, w.place(w.order("again", "pm_ok", line)).Order.Status)
}
