package service_test

import (
	"context"
	"testing"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
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
func (b *bank) Adjust(ctx context.Context, order domain.Order, gone []domain.Reference, access domain.Access) error {
	if then := b.meanwhile; then != nil {
		b.meanwhile = nil
		then()
	}
	return b.Library.Adjust(ctx, order, gone, access)
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
