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

func TestARefundIsRefusedWithItsReason(t *testing.T) {
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
		{
			domain.Snapshot{Status: checkout.Completed, Aftermath: domain.Aftermath{Dispute: domain.DisputeOpened}},
			now, domain.ErrDisputed,
		},
		{
			domain.Snapshot{Status: checkout.Completed, Aftermath: domain.Aftermath{Dispute: domain.DisputeLost}},
			now, domain.ErrDisputed,
		},
		{domain.Snapshot{Status: checkout.Completed, Aftermath: domain.Aftermath{Dispute: domain.DisputeWon}}, now, nil},
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

func TestASettledOrderFollowsItsMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		refunded int64
		want     checkout.Status
	}{{0, checkout.Completed}, {1, checkout.PartiallyRefunded}, {
		999,
		checkout.PartiallyRefunded,
	}, {1000, checkout.Refunded}} {
		order := domain.Restore(domain.Snapshot{Status: checkout.PartiallyRefunded, Totals: domain.Totals{Total: usd(1000)}})
		require.NoError(t, order.ApplyAftermath(domain.Aftermath{Refunded: c.refunded, Dispute: domain.DisputeWon},
			order.Whole(c.refunded, 1000, nil), now))
		require.Equal(t, c.want, order.Status())
		require.Equal(t, domain.Aftermath{Refunded: c.refunded, Dispute: domain.DisputeWon}, order.Aftermath())
	}
	for dispute, want := range map[domain.Dispute]domain.Access{
		domain.NoDispute: domain.Open, domain.DisputeOpened: domain.Suspended, domain.DisputeWon: domain.Open,
		domain.DisputeLost: domain.Ended,
	} {
		require.Equal(t, want, dispute.Access())
	}
}

func TestOnlyWhatIsBackWholeIsGone(t *testing.T) {
	t.Parallel()
	b, err := domain.NewBasket(quoted([]sold{
		{unit: 1000, quantity: 1, alone: []int64{1, 1}, kinds: []string{"game", "game"}},
		{unit: 0, quantity: 1, alone: []int64{1}, kinds: []string{"game"}},
	}, domain.Tax{Included: true}), newID)
	require.NoError(t, err)
	order := domain.Restore(domain.Snapshot{Status: checkout.PartiallyRefunded, Lines: b.Lines, Totals: b.Totals})
	at := func(line, part int) domain.Reference {
		return domain.Reference{LineID: b.Lines[line].ID, ProductID: b.Lines[line].Gives[part].ID}
	}
	require.Empty(t, order.Refunded(nil), "what costs nothing is not gone by itself")
	back := func(ref domain.Reference, amount int64) map[domain.Reference]domain.Back {
		return map[domain.Reference]domain.Back{ref: {Amount: amount}}
	}
	require.Empty(t, order.Refunded(back(at(0, 0), 499)))
	require.Equal(t, []domain.Unit{{Reference: at(0, 0), Quantity: 1}}, order.Refunded(back(at(0, 0), 500)))
	require.Equal(t, []domain.Unit{{Reference: at(1, 0), Quantity: 1}}, order.Refunded(back(at(1, 0), 0)))
	require.NoError(t, order.ApplyAftermath(domain.Aftermath{Refunded: 1000}, true, now))
	require.Len(t, order.Refunded(nil), 3, "with all of the money all is gone")
}

func TestRefunded_counts_units(t *testing.T) {
	t.Parallel()
	line, product := newID(), newID()
	gives := []domain.Part{{Product: domain.Product{ID: product, Consumable: true}, Total: usd(300)}}
	order := domain.Restore(domain.Snapshot{
		Status: checkout.PartiallyRefunded, Totals: domain.Totals{Total: usd(300)},
		Lines: []domain.Line{{ID: line, Quantity: 3, Total: usd(300), Gives: gives}},
	})
	ref := domain.Reference{LineID: line, ProductID: product}
	for _, c := range []struct {
		back domain.Back
		want int
	}{{domain.Back{Amount: 200, Quantity: 2}, 2}, {
		domain.Back{Amount: 300, Quantity: 2},
		3,
	}, {domain.Back{Amount: 300}, 3}} {
		require.Equal(t, []domain.Unit{{Reference: ref, Quantity: c.want}},
			order.Refunded(map[domain.Reference]domain.Back{ref: c.back}))
	}
	require.Empty(t, order.Refunded(map[domain.Reference]domain.Back{ref: {Amount: 200}}),
		"a part of the price is no unit")
	gives[0].Total = usd(0)
	for _, units := range []int{1, 2, 3} {
		got := order.Refunded(map[domain.Reference]domain.Back{ref: {Quantity: units}})
		require.Equal(t, []domain.Unit{{Reference: ref, Quantity: units}}, got, "of what costs nothing")
	}
	require.Equal(t, 3, order.Refunded(map[domain.Reference]domain.Back{ref: {}})[0].Quantity,
		"a refund from before units were counted")
}
