package service_test

import (
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"

	billingdomain "coinslot/modules/billing/domain"
	billingports "coinslot/modules/billing/ports"
)

// TestApplyPayment_EventsInAnyOrder_TheNewestCounts delivers the events of a dispute that turns, in every order and
// each twice, as a queue may.
func TestApplyPayment_EventsInAnyOrder_TheNewestCounts(t *testing.T) {
	t.Parallel()
	for name, order := range map[string][]int{
		"in order": {0, 1, 2}, "reversed": {2, 1, 0}, "the first last": {1, 2, 0}, "the last first": {2, 0, 1},
		"twice each": {0, 1, 0, 2, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newFixture(t)
			orderID, game := w.bought()
			for _, status := range []billing.DisputeStatus{billing.DisputeOpened, billing.DisputeLost, billing.DisputeWon} {
				w.report(orderID, status)
			}
			events := w.stores.Billing.Events()
			require.Len(t, events, 3)
			for _, i := range order {
				require.NoError(t, w.PaymentChanged(t.Context(), events[i]))
			}
			stored, err := w.stores.Checkout.Find(t.Context(), w.buyer, orderID)
			require.NoError(t, err)
			require.Equal(t, domain.DisputeWon, stored.Dispute())
			require.Nil(t, stored.Snapshot().AdvancingUntil)
			_, err = w.Library.Find(t.Context(), w.buyer, game)
			require.NoError(t, err, "the buyer may use it")
		})
	}
}

func TestPaymentChanged_OfVersionOne_ReadsTheMoney(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, game := w.bought()
	w.report(orderID, billing.DisputeLost)
	event := billing.PaymentChanged{PaymentState: billing.PaymentState{OrderID: orderID}}
	require.NoError(t, w.PaymentChanged(t.Context(), event))
	_, err := w.Library.Find(t.Context(), w.buyer, game)
	require.Error(t, err, "the bank has returned the money")
}

func TestRefund_OrderHasNotAppliedItsDispute_BillingDecides(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	orderID, _ := w.bought()
	w.report(orderID, billing.DisputeOpened)
	_, err := w.Checkout.Refund(t.Context(), w.refundAll(orderID))
	require.ErrorIs(t, err, billing.ErrDisputed)
	require.NoError(t, w.Checkout.Sync(t.Context(), orderID))
	w.report(orderID, billing.DisputeWon)
	view, err := w.Checkout.Refund(t.Context(), w.refundAll(orderID))
	require.NoError(t, err)
	require.Equal(t, billing.RefundSucceeded, view.Refund.Status)
	require.Equal(t, checkout.Refunded, w.status(orderID))
}

// desk opens every webhook as one event.
type desk billingports.Event

// SignatureHeader names a header of its own.
func (desk) SignatureHeader() (name, format string) { return "Desk-Signature", "anything" }

// Open returns the event.
func (d desk) Open(string, []byte, time.Time) (billingports.Event, error) {
	return billingports.Event(d), nil
}

// Read returns the event.
func (d desk) Read([]byte) (billingports.Event, error) { return billingports.Event(d), nil }

// report has the provider report a dispute of an order's payment.
func (w *fixture) report(orderID id.ID, status billing.DisputeStatus) {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	summaries, err := w.Billing.Summaries(w.t.Context(), []id.ID{orderID})
	require.NoError(w.t, err)
	w.Billing.Webhooks = desk{
		Provider: w.provider.Name(), ID: string(status), PaymentID: summaries[orderID].Payment.ID,
		Dispute: &billingdomain.DisputeReport{ProviderRef: "dp", Status: status, Amount: 1000, At: w.clock.Now()},
	}
	require.NoError(w.t, w.Billing.ReceiveWebhook(w.t.Context(), w.provider.Name(), "", nil))
}

// complain reports a dispute, and has the order apply it.
func (w *fixture) complain(orderID id.ID, status billing.DisputeStatus) {
	w.t.Helper()
	w.report(orderID, status)
	require.NoError(w.t, w.Checkout.Sync(w.t.Context(), orderID))
}

func TestFulfil_GrantRefusedWhileDisputed_IsReviewed(t *testing.T) {
	t.Parallel()
	w := newFixture(t)
	w.failing.grant = errBroken
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	_, err := w.Checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	w.failing.grant = domain.ErrErased
	attempt, _, err := w.stores.Checkout.ByKey(t.Context(), w.buyer, c.Key)
	require.NoError(t, err)
	for _, status := range []billing.DisputeStatus{billing.DisputeOpened, billing.DisputeLost} {
		w.complain(attempt.OrderID, status)
		require.Equal(t, checkout.ManualReview, w.status(attempt.OrderID))
		require.Zero(t, w.provider.Refunds(), "the bank has the money, or the buyer")
	}
	w.complain(attempt.OrderID, billing.DisputeWon)
	require.Equal(t, checkout.Refunded, w.status(attempt.OrderID))
	require.Equal(t, 1, w.provider.Refunds())
}
