package domain_test

import (
	"errors"
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/fault"

	"github.com/stretchr/testify/require"
)

const fortnight = 14 * 24 * time.Hour

func TestRefundable(t *testing.T) {
	t.Parallel()
	paid := now
	for _, c := range []struct {
		snapshot domain.Snapshot
		at       time.Time
		want     error
	}{
		{domain.Snapshot{Status: checkout.Completed}, now, nil},
		{domain.Snapshot{Status: checkout.Completed}, now.Add(fortnight), nil},
		{domain.Snapshot{Status: checkout.PartiallyRefunded}, now, nil},
		{domain.Snapshot{Status: checkout.Completed}, now.Add(fortnight + time.Second), domain.ErrRefundWindow},
		{domain.Snapshot{Status: checkout.Processing}, now, domain.ErrInProgress},
		{domain.Snapshot{Status: checkout.Paid}, now, domain.ErrInProgress},
		{domain.Snapshot{Status: checkout.Declined}, now, domain.ErrNotRefundable},
		{domain.Snapshot{Status: checkout.Canceled}, now, domain.ErrNotRefundable},
		{domain.Snapshot{Status: checkout.Refunded, GrantRefused: true}, now, domain.ErrNotRefundable},
		{domain.Snapshot{Status: checkout.Completed, Dispute: domain.DisputeOpened}, now, nil}, // billing refuses it
		{domain.Snapshot{Status: checkout.ManualReview, Dispute: domain.DisputeOpened}, now, domain.ErrDisputed},
		{domain.Snapshot{Status: checkout.ManualReview, Dispute: domain.DisputeLost}, now, domain.ErrDisputed},
		{domain.Snapshot{Status: checkout.ManualReview, Dispute: domain.DisputeWon}, now, domain.ErrNotRefundable},
	} {
		c.snapshot.PaidAt = &paid
		err := domain.Restore(c.snapshot).Refundable(fortnight, c.at)
		require.ErrorIs(t, err, c.want)
		if errors.Is(c.want, domain.ErrRefundWindow) {
			require.Equal(t, now.Add(fortnight), fault.Of(err).Details["until"])
			require.Contains(t, fault.Of(err).Message, "2026-03-15")
			require.NoError(t, domain.Restore(c.snapshot).Refundable(0, c.at), "the staff always may")
		}
	}
}

// bought returns a completed order of one line of a product, and how to refer to that.
func bought(part domain.Part, quantity int) (domain.Order, domain.Reference) {
	part.ID = newID()
	line := domain.Line{ID: newID(), Quantity: quantity, Total: part.Total, Gives: []domain.Part{part}}
	return domain.Restore(domain.Snapshot{
		Status: checkout.Completed, Attempt: 1, PaymentRevision: 1, Lines: []domain.Line{line},
		Totals: domain.Totals{Total: part.Total},
	}), domain.Reference{LineID: line.ID, ProductID: part.ID}
}

func payment(revision int64, refunded map[domain.Reference]domain.Refunded) domain.Payment {
	return domain.Payment{
		Revision: revision, Attempt: 1, Outcome: domain.Captured, Captured: 1000, Refunded: refunded,
		Dispute: domain.DisputeWon,
	}
}

func TestApplyPayment_SettledOrder_HasTheStatusOfItsRefunds(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int64]checkout.Status{
		0: checkout.Completed, 1: checkout.PartiallyRefunded, 999: checkout.PartiallyRefunded, 1000: checkout.Refunded,
		1001: checkout.Refunded,
	} {
		order, ref := bought(domain.Part{Total: usd(1000)}, 1)
		_, err := order.ApplyPayment(payment(2, map[domain.Reference]domain.Refunded{ref: {Amount: amount}}), now)
		require.NoError(t, err)
		require.Equal(t, want, order.Snapshot().Status)
		require.Equal(t, min(amount, 1000), order.Snapshot().Refunded)
		require.Equal(t, domain.DisputeWon, order.Dispute())
		require.Equal(t, int64(2), order.Snapshot().PaymentRevision)
	}
	for dispute, want := range map[domain.Dispute]domain.Access{
		domain.NoDispute: domain.Open, domain.DisputeOpened: domain.Suspended, domain.DisputeWon: domain.Open,
		domain.DisputeLost: domain.Ended,
	} {
		require.Equal(t, want, dispute.Access())
	}
}

func TestApplyPayment_OlderRevisionOrAttempt_ChangesNothing(t *testing.T) {
	t.Parallel()
	for _, status := range domain.Transitions.States() {
		order := domain.Restore(domain.Snapshot{
			Status: status, Attempt: 2, PaymentRevision: 5,
			Totals: domain.Totals{Total: usd(1000)},
		})
		want := order.Snapshot()
		for _, p := range []domain.Payment{{Revision: 4, Attempt: 2}, {Revision: 6, Attempt: 1}} {
			p.Outcome, p.Review, p.Dispute = domain.Captured, checkout.ReviewMoreOutThanIn, domain.DisputeLost
			require.False(t, order.Awaits(p))
			adjustment, err := order.ApplyPayment(p, now.Add(time.Hour))
			require.NoError(t, err)
			require.Nil(t, adjustment)
			require.Equal(t, want, order.Snapshot(), status)
		}
		require.True(t, order.Awaits(domain.Payment{Revision: 6, Attempt: 2}))
		require.False(t, order.Awaits(domain.Payment{Revision: 5, Attempt: 2}))
	}
}

func TestApplyPayment_EndedOrder_IsReviewedWhenMoneyIsLeft(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		payment domain.Payment
		want    checkout.ReviewReason
	}{
		{domain.Payment{Outcome: domain.Declined}, ""},
		{domain.Payment{Outcome: domain.Captured, Captured: 1000}, ""},
		{domain.Payment{Outcome: domain.Captured, Captured: 1000, Left: 1}, checkout.ReviewRefundFailed},
		{domain.Payment{Outcome: domain.Declined, Review: checkout.ReviewAmountMismatch}, checkout.ReviewAmountMismatch},
	} {
		for _, status := range []checkout.Status{checkout.Declined, checkout.Canceled} {
			order := domain.Restore(domain.Snapshot{Status: status})
			_, err := order.ApplyPayment(c.payment, now)
			require.NoError(t, err)
			require.Equal(t, c.want, order.Snapshot().Review.Reason)
			require.Equal(t, c.want != "", order.InReview())
		}
	}
}

func TestApplyPayment_OnlyWhatIsRefundedWholeIsRevoked(t *testing.T) {
	t.Parallel()
	b, err := domain.NewBasket(quoted([]sold{
		{unit: 1000, quantity: 1, alone: []int64{1, 1}, kinds: []string{"game", "game"}},
		{unit: 0, quantity: 1, alone: []int64{1}, kinds: []string{"game"}},
	}, domain.Tax{Included: true}), newID)
	require.NoError(t, err)
	at := func(line, part int) domain.Reference {
		return domain.Reference{LineID: b.Lines[line].ID, ProductID: b.Lines[line].Gives[part].ID}
	}
	revoked := func(refunded map[domain.Reference]domain.Refunded) []domain.Unit {
		order := domain.Restore(domain.Snapshot{Status: checkout.Completed, Lines: b.Lines, Totals: b.Totals})
		adjustment, err := order.ApplyPayment(payment(1, refunded), now)
		require.NoError(t, err)
		require.NotNil(t, adjustment)
		return adjustment.Refunded
	}
	refund := func(ref domain.Reference, amount int64) map[domain.Reference]domain.Refunded {
		return map[domain.Reference]domain.Refunded{ref: {Amount: amount}}
	}
	require.Empty(t, revoked(nil), "what costs nothing is not revoked by itself")
	require.Empty(t, revoked(refund(at(0, 0), 499)))
	require.Equal(t, []domain.Unit{{Reference: at(0, 0), Quantity: 1}}, revoked(refund(at(0, 0), 500)))
	require.Equal(t, []domain.Unit{{Reference: at(1, 0), Quantity: 1}}, revoked(refund(at(1, 0), 0)))
	require.Len(t, revoked(refund(at(0, 0), 1000)), 3, "with all of the money everything is revoked")
}

func TestApplyPayment_RefundedUnits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		price    int64
		refunded domain.Refunded
		want     int
	}{
		"two of three":                    {300, domain.Refunded{Amount: 200, Quantity: 2}, 2},
		"all of the money":                {300, domain.Refunded{Amount: 300, Quantity: 2}, 3},
		"all of the money without units":  {300, domain.Refunded{Amount: 300}, 3},
		"a part of the price":             {300, domain.Refunded{Amount: 200}, 0},
		"one of what costs nothing":       {0, domain.Refunded{Quantity: 1}, 1},
		"two of what costs nothing":       {0, domain.Refunded{Quantity: 2}, 2},
		"before units were counted, free": {0, domain.Refunded{}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order, ref := bought(domain.Part{Product: domain.Product{Consumable: true}, Total: usd(c.price)}, 3)
			adjustment, err := order.ApplyPayment(payment(2, map[domain.Reference]domain.Refunded{ref: c.refunded}), now)
			require.NoError(t, err)
			if c.want == 0 {
				require.Empty(t, adjustment.Refunded)
				return
			}
			require.Equal(t, []domain.Unit{{Reference: ref, Quantity: c.want}}, adjustment.Refunded)
		})
	}
}
