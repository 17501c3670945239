package service_test

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"

	billingdomain "coinslot/modules/billing/domain"
	billingports "coinslot/modules/billing/ports"
)

// bank decides how every order's dispute stands, and may decide otherwise while the library is being told.
type bank struct {
	ports.Payments
	ports.Library
	stands    domain.Dispute
	meanwhile func()
}

// Bills returns bills with the bank's word.
func (b *bank) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]ports.Bill, error) {
	bills, err := b.Payments.Bills(ctx, orderIDs)
	for orderID, bill := range bills {
		bill.Dispute = b.stands
		bills[orderID] = bill
	}
	return bills, err
}

// Adjust tells the library.
func (b *bank) Adjust(ctx context.Context, order domain.Order, refunded []domain.Unit, access domain.Access) error {
	if then := b.meanwhile; then != nil {
		b.meanwhile = nil
		then()
	}
	return b.Library.Adjust(ctx, order, refunded, access)
}

// TestWhoeverSawADisputeAsItNoMoreStandsLoses has the bank turn back to where it was while its last word is written
// down: whoever brings the turn finds nothing to change, and must win all the same.
func TestWhoeverSawADisputeAsItNoMoreStandsLoses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deps := w.checkout.Deps
	b := &bank{Payments: deps.Payments, Library: deps.Library}
	deps.Payments, deps.Library = b, b
	s := service.New(deps)
	game := w.game("Game", 1000)
	orderID := w.place(w.order("k", "pm_ok", w.put(game, false, 1))).Order.ID
	b.stands = domain.DisputeWon
	require.NoError(t, s.Advance(t.Context(), orderID))
	b.stands = domain.DisputeLost
	b.meanwhile = func() {
		b.stands = domain.DisputeWon
		require.NoError(t, s.Advance(t.Context(), orderID))
	}
	require.ErrorIs(t, s.Advance(t.Context(), orderID), domain.ErrStale)
	require.NoError(t, s.Advance(t.Context(), orderID), "the job comes again")
	order, err := w.orders.Find(t.Context(), w.buyer, orderID)
	require.NoError(t, err)
	require.Equal(t, domain.DisputeWon, order.Aftermath().Dispute)
	_, err = w.library.Find(t.Context(), w.buyer, game)
	require.NoError(t, err, "the buyer may use it")
}

func TestARefundIsJudgedByTheDisputeAsItStands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deps := w.checkout.Deps
	b := &bank{Payments: deps.Payments, Library: deps.Library, stands: domain.DisputeLost}
	deps.Payments, deps.Library = b, b
	s := service.New(deps)
	orderID := w.place(w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))).Order.ID
	require.NoError(t, s.Advance(t.Context(), orderID))
	refund := service.RefundOrder{AccountID: w.buyer, OrderID: orderID, Reason: "bored", Key: "r"}
	_, err := s.Refund(t.Context(), refund)
	require.ErrorIs(t, err, domain.ErrDisputed)
	b.stands = domain.DisputeWon // and the order has not heard of it
	view, err := s.Refund(t.Context(), refund)
	require.NoError(t, err)
	require.True(t, view.Refund.Succeeded)
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

// complain brings the word of the bank about an order's payment.
func (w *world) complain(orderID id.ID, status billing.DisputeStatus) {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	bills, err := w.billing.Bills(w.t.Context(), []id.ID{orderID})
	require.NoError(w.t, err)
	w.billing.Webhooks = desk{
		Provider: w.provider.Name(), ID: string(status), PaymentID: bills[orderID].Payment.ID,
		Dispute: &billingdomain.DisputeNews{ProviderRef: "dp", Status: status, Amount: 1000, At: w.clock.Now()},
	}
	require.NoError(w.t, w.billing.ReceiveWebhook(w.t.Context(), w.provider.Name(), "", nil))
	require.NoError(w.t, w.checkout.Advance(w.t.Context(), orderID), "it is for a person, not for another try")
}

func TestWhatCannotBeGrantedAndIsDisputedIsForAPersonUntilTheBankReturnsTheMoney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.failing.grant = errBroken
	c := w.order("k", "pm_ok", w.put(w.game("Game", 1000), false, 1))
	_, err := w.checkout.Place(t.Context(), c)
	require.ErrorIs(t, err, errBroken)
	w.failing.grant = domain.ErrErased
	attempt, _, err := w.orders.ByKey(t.Context(), w.buyer, c.Key)
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
