package service_test

import (
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"

	billingdomain "coinslot/modules/billing/domain"
	catalogdomain "coinslot/modules/catalog/domain"
)

// claims has the provider say that it captured another amount for an order.
func (w *fixture) claims(orderID id.ID, cents int64) {
	w.t.Helper()
	amount := money.Of(cents, "USD")
	w.provider.SetCaptured(orderID, amount)
	summaries, err := w.Billing.Summaries(w.t.Context(), []id.ID{orderID})
	require.NoError(w.t, err)
	w.Billing.Webhooks = desk{
		Provider: w.provider.Name(), ID: id.V7{}.NewID().String(), PaymentID: summaries[orderID].Payment.ID,
		Outcome: billingdomain.Outcome{Status: billing.Captured, Amount: &amount},
	}
	require.NoError(w.t, w.Billing.ReceiveWebhook(w.t.Context(), w.provider.Name(), "", nil))
	require.NoError(w.t, w.Checkout.Sync(w.t.Context(), orderID))
	require.Equal(w.t, checkout.ReviewAmountMismatch, w.review(orderID).Reason)
}

// held returns what the provider holds for all orders.
func (w *fixture) held() (cents int64) {
	w.t.Helper()
	charges, err := w.provider.Charges(w.t.Context(), time.Time{}, time.Time{})
	require.NoError(w.t, err)
	for _, c := range charges {
		cents += c.Captured - c.Refunded
	}
	return cents
}

func (w *fixture) bought() (orderID, game id.ID) {
	w.t.Helper()
	game = w.game("Game", 1000)
	return w.place(w.order("k", "pm_ok", w.put(game, false, 1))).Order.ID, game
}

func TestResolve_RefundThatFails_LeavesTheAccess(t *testing.T) {
	t.Parallel()
	for action, want := range map[checkout.Resolution]checkout.Status{
		checkout.Accept: checkout.Completed,
		checkout.Refund: checkout.Refunded,
	} {
		w := newFixture(t)
		orderID, game := w.bought()
		w.claims(orderID, 800)
		w.provider.SetRefundStatus(billing.RefundFailed)
		_, err := w.resolve(orderID, checkout.Refund, "k1")
		require.NoError(t, err)
		require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
		require.Equal(t, checkout.ReviewRefundFailed, w.review(orderID).Reason)
		require.True(t, w.owns(game), "nothing was refunded")
		w.provider.SetRefundStatus(billing.RefundSucceeded)
		_, err = w.resolve(orderID, action, "k2")
		require.NoError(t, err)
		require.Equal(t, want, w.status(orderID))
		require.Equal(t, action == checkout.Accept, w.owns(game))
		require.Equal(t, want == checkout.Completed, w.held() == 800)
	}
}

func TestResolve_RefundThatIsPending_RevokesOnceItSucceeds(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game := w.bought()
	w.claims(orderID, 800)
	w.provider.SetRefundStatus(billing.RefundPending)
	_, err := w.resolve(orderID, checkout.Refund, "k")
	require.NoError(t, err)
	require.True(t, w.owns(game))
	w.provider.SetRefundStatus(billing.RefundSucceeded)
	w.sweep(time.Hour)
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.Equal(t, checkout.Refunded, w.status(orderID))
	require.False(t, w.owns(game))
}

func TestResolve_RefundOfADisputedPayment(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game := w.bought()
	w.complain(orderID, billing.DisputeOpened)
	w.claims(orderID, 1200)
	_, err := w.resolve(orderID, checkout.Refund, "k1")
	require.ErrorIs(t, err, billing.ErrDisputed)
	require.Equal(t, checkout.ManualReview, w.status(orderID))
	require.Empty(t, w.review(orderID).Resolving)
	require.Zero(t, w.provider.Refunds(), "the bank decides where the money goes")
	w.complain(orderID, billing.DisputeLost)
	_, err = w.resolve(orderID, checkout.Refund, "k2")
	require.NoError(t, err)
	require.NotEqual(t, checkout.ManualReview, w.status(orderID))
	require.Equal(t, int64(1000), w.held(), "the bank returned that to the buyer: only the rest is refunded")
	require.False(t, w.owns(game))
}

func TestRefund_OfADisputedOrderInReview_SaysSo(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, _ := w.bought()
	w.complain(orderID, billing.DisputeOpened)
	w.claims(orderID, 1200)
	_, err := w.Checkout.Refund(t.Context(), w.refundAll(orderID))
	require.ErrorIs(t, err, domain.ErrDisputed)
}

func TestReview_OfAFulfilledOrder_GrantsNothingAgain(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(w *fixture, orderID id.ID){
		"accepted": func(w *fixture, orderID id.ID) {
			_, err := w.resolve(orderID, checkout.Accept, "k")
			require.NoError(w.t, err)
		},
		"by itself": func(w *fixture, orderID id.ID) {
			w.payments.review = ""
			require.NoError(w.t, w.Checkout.Sync(w.t.Context(), orderID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			orderID, _ := w.bought()
			w.payments.review = checkout.ReviewAmountMismatch
			require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
			w.erased = true
			leave(w, orderID)
			require.Equal(t, checkout.Completed, w.status(orderID), "the account was erased long after the sale")
			require.Zero(t, w.provider.Refunds())
		})
	}
}

func TestReview_OfARefundedOrder_EndsAsItWas(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game := w.bought()
	_, err := w.Checkout.Refund(t.Context(), w.refundAll(orderID))
	require.NoError(t, err)
	w.payments.review = checkout.ReviewRefundFailed // of an excess
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.Equal(t, checkout.ManualReview, w.status(orderID))
	_, err = w.resolve(orderID, checkout.Accept, "k")
	require.NoError(t, err)
	require.Equal(t, checkout.Refunded, w.status(orderID))
	require.False(t, w.owns(game))
}

// The lines that add something are granted before the refund of the others fails.
func TestResolve_RefundOfAPartlyGrantedOrder_WithdrawsWhatItGave(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	a, b, c := w.game("A", 1000), w.game("B", 1000), w.game("C", 1000)
	x := w.sell(catalogdomain.Draft{Title: "X", Kind: catalog.Bundle, Contents: []id.ID{a, b}}, 1500)
	y := w.sell(catalogdomain.Draft{Title: "Y", Kind: catalog.Bundle, Contents: []id.ID{b, c}}, 1600)
	orderID := w.place(w.order("k", "pm_confirm", w.put(x, true, 1), w.put(y, true, 1))).Order.ID
	w.place(w.order("k2", "pm_ok", w.put(a, false, 1), w.put(c, false, 1)))
	w.provider.Confirm()
	w.provider.SetRefundStatus(billing.RefundFailed)
	require.NoError(t, w.Checkout.Advance(t.Context(), orderID))
	require.Equal(t, checkout.ReviewRefundFailed, w.review(orderID).Reason)
	require.True(t, w.owns(b))

	_, err := w.resolve(orderID, checkout.Refund, "k3")
	require.NoError(t, err)
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.Equal(t, checkout.ReviewRefundFailed, w.review(orderID).Reason, "it fails again")
	w.provider.SetRefundStatus(billing.RefundSucceeded)
	_, err = w.resolve(orderID, checkout.Accept, "k4")
	require.NoError(t, err)
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.True(t, w.owns(b), "an accepted order gives what it can")
	require.Equal(t, int64(2000+1500), w.held(), "and the line that adds nothing is refunded")
	require.Equal(t, checkout.PartiallyRefunded, w.status(orderID))
}

func TestResolve_RefundOfAnOrderWhoseCartWasNotCleared_WithdrawsWhatItGave(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	game := w.game("Game", 1000)
	w.failing.remove = errBroken
	_, err := w.Checkout.Place(t.Context(), w.order("k", "pm_ok", w.put(game, false, 1)))
	require.ErrorIs(t, err, errBroken)
	orders, err := w.stores.Checkout.List(t.Context(), w.buyer, pageOfAll)
	require.NoError(t, err)
	orderID := orders.Items[0].ID()
	w.clock.Advance(11 * time.Minute)
	require.Error(t, w.Checkout.Sweep(t.Context()))
	require.Equal(t, checkout.ReviewFulfilmentFailed, w.review(orderID).Reason)
	require.True(t, w.owns(game))
	_, err = w.resolve(orderID, checkout.Refund, "k")
	require.NoError(t, err)
	require.False(t, w.owns(game))
	require.Zero(t, w.held())
}

func TestResolve_OfARefusedOrderWhoseDisputeIsLost_Ends(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.failing.grant = errBroken
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	_, err := w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	w.erased = true
	attempt, _, err := w.stores.Checkout.ByKey(t.Context(), w.buyer, c.Key)
	require.NoError(t, err)
	w.complain(attempt.OrderID, billing.DisputeOpened)
	_, err = w.resolve(attempt.OrderID, checkout.Refund, "k1")
	require.ErrorIs(t, err, billing.ErrDisputed)
	w.complain(attempt.OrderID, billing.DisputeLost)
	require.Equal(t, checkout.ReviewDisputed, w.review(attempt.OrderID).Reason)
	view, err := w.resolve(attempt.OrderID, checkout.Refund, "k2")
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, view.Order.Status)
	require.Zero(t, w.provider.Refunds(), "the bank has returned the money already")

	w.complain(attempt.OrderID, billing.DisputeWon)
	for range 2 {
		require.Equal(t, checkout.ReviewRefundFailed, w.review(attempt.OrderID).Reason, "the store holds what it owes")
		w.sweep(time.Hour)
	}
	_, err = w.resolve(attempt.OrderID, checkout.Refund, "k3")
	require.NoError(t, err)
	require.NoError(t, w.Checkout.Sync(t.Context(), attempt.OrderID))
	require.Equal(t, checkout.Canceled, w.status(attempt.OrderID))
	require.Zero(t, w.held())
}

// refundAll is the buyer's request to refund an order.
func (w *fixture) refundAll(orderID id.ID) service.RefundOrder {
	return service.RefundOrder{AccountID: w.buyer, OrderID: orderID, Reason: "bored", Key: "r"}
}

func TestResolve_RefundOfAnExcess_IsNotThePriceOfTheOrder(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game := w.bought()
	w.claims(orderID, 1200)
	view, err := w.resolve(orderID, checkout.Accept, "k")
	require.NoError(t, err)
	require.Len(t, view.Payment.Refunds, 1)
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	require.Equal(t, checkout.Completed, w.status(orderID))
	require.True(t, w.owns(game))
	require.Equal(t, int64(1000), w.held())
}
