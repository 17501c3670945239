package service_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// balances returns the balances that are not 0.
func (f fixture) balances(t *testing.T) map[domain.Account]int64 {
	t.Helper()
	all, at, err := f.Balances(t.Context(), time.Time{})
	require.NoError(t, err)
	require.Equal(t, f.clock.Now(), at)
	out := map[domain.Account]int64{}
	for _, b := range all {
		if !b.Amount.IsZero() {
			out[b.Account] = b.Amount.Amount()
		}
	}
	return out
}

// sale charges an order of one game.
func (f fixture) sale(t *testing.T, cents int64) billing.Charge {
	t.Helper()
	c := charge(newID(), "pm_ok", cents)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	return c
}

func wants(c billing.Charge, key string, items ...billing.RefundItem) billing.RefundOrder {
	return billing.RefundOrder{
		OrderID: c.OrderID, RequestedBy: c.AccountID, Key: key, BodyHash: fmt.Append(nil, items),
		Items: items, Reason: "bored",
	}
}

// A refund of 0 succeeds at once, without a webhook. Its event revokes what the order granted, also when the client has
// disconnected.
func TestRefund_FreeOrder_PublishesEvent(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 0)
	refund, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	require.Equal(t, billing.RefundSucceeded, refund.Refund.Status)
	f.requirePublished(t, c.OrderID)
}

func TestRefund_SameKey_IsBookedAndCreditedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	require.Equal(t, map[domain.Account]int64{
		domain.ProviderClearing: 1000, domain.Revenue: -800,
		domain.TaxPayable: -200,
	}, f.balances(t))
	half := money.Of(500, "USD")
	o := wants(c, "k", billing.RefundItem{LineID: c.Invoice.Lines[0].LineID, Amount: &half})
	var first billing.Refund
	for range 3 {
		refund, err := f.Refund(t.Context(), o)
		require.NoError(t, err)
		require.Equal(t, billing.RefundSucceeded, refund.Refund.Status)
		require.True(t, first.ID == id.Nil || first.ID == refund.Refund.ID)
		first = refund.Refund
	}
	require.Equal(t, 1, f.provider.Refunds())
	require.Equal(t, map[domain.Account]int64{
		domain.ProviderClearing: 500, domain.Revenue: -800, domain.Refunds: 400, domain.TaxPayable: -100,
	}, f.balances(t))
	o.ReplayOnly = true
	again, err := f.Refund(t.Context(), o)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, first.ID, again.Refund.ID)
	other := o
	other.RequestedBy = newID()
	_, err = f.Refund(t.Context(), other)
	require.ErrorIs(t, err, billing.ErrNoRefund)
	other.OrderID = newID()
	_, err = f.Refund(t.Context(), other)
	require.ErrorIs(t, err, billing.ErrNoRefund)
	o.BodyHash = []byte("another")
	_, err = f.Refund(t.Context(), o)
	require.ErrorIs(t, err, billing.ErrKeyReused)
	o.ReplayOnly = false
	_, err = f.Refund(t.Context(), o)
	require.ErrorIs(t, err, billing.ErrKeyReused)

	require.NoError(t, f.NumberAll(t.Context()))
	note, err := f.CreditNote(t.Context(), c.AccountID, first.ID)
	require.NoError(t, err)
	require.Equal(t, "CN-AT-2026-000001", note.FullNumber())
	require.Equal(t, "INV-AT-2026-000001", note.Preceding.Number)
	require.Equal(t, usd(500), note.Content.Total)
	_, err = f.CreditNote(t.Context(), newID(), first.ID)
	require.ErrorIs(t, err, domain.ErrNoNote)
	_, err = f.Refund(t.Context(), wants(c, "k2", billing.RefundItem{LineID: newID()}))
	require.ErrorIs(t, err, billing.ErrNoLine)
}

func TestRefund_Concurrent_NeverExceedsCaptured(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	const racers = 16
	amount := money.Of(300, "USD")
	results := make([]error, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() {
			_, results[i] = f.Refund(context.Background(),
				wants(c, fmt.Sprint(i), billing.RefundItem{LineID: c.Invoice.Lines[0].LineID, Amount: &amount}))
		})
	}
	group.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		require.ErrorIs(t, err, billing.ErrExceeds)
	}
	require.Equal(t, 3, won)
	require.Equal(t, int64(100), f.balances(t)[domain.ProviderClearing])
	rest, err := f.Refund(t.Context(), wants(c, "rest"))
	require.NoError(t, err)
	require.Equal(t, usd(100), rest.Refund.Amount)
	require.Equal(t, map[domain.Account]int64{domain.Revenue: -800, domain.Refunds: 800}, f.balances(t), "no tax is left")
}

func TestRefund_Failed_IsNotBooked(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.provider.SetRefundStatus(billing.RefundFailed)
	refund, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	require.Equal(t, billing.RefundFailed, refund.Refund.Status)
	require.Equal(t, int64(1000), f.balances(t)[domain.ProviderClearing])
	_, err = f.CreditNote(t.Context(), c.AccountID, refund.Refund.ID)
	require.ErrorIs(t, err, domain.ErrNoNote)
}

// dispute reports a dispute of an order's payment that entered a status at a moment.
func (f fixture) reportDispute(t *testing.T, c billing.Charge, status billing.DisputeStatus, at time.Time) {
	t.Helper()
	newest, _, err := f.store.Newest(t.Context(), c.OrderID)
	require.NoError(t, err)
	f.stub.event = ports.Event{
		Provider: "mockpay", ID: "evt_" + newID().String(), PaymentID: newest.Snapshot().ID,
		Dispute: &domain.DisputeReport{ProviderRef: "dp_1", Status: status, Amount: 1000, At: at},
	}
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
}

func TestReceiveWebhook_DisputeOutOfOrder_AppliesNewest(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	now := f.clock.Now()
	f.reportDispute(t, c, billing.DisputeOpened, now)
	f.reportDispute(t, c, billing.DisputeWon, now.Add(2*time.Minute))
	f.reportDispute(t, c, billing.DisputeLost, now.Add(time.Minute)) // it happened before
	summaries, err := f.Summaries(t.Context(), []id.ID{c.OrderID})
	require.NoError(t, err)
	require.Equal(t, billing.DisputeWon, summaries[c.OrderID].Dispute.Status)
	require.Equal(t, int64(1000), f.balances(t)[domain.ProviderClearing])
	f.reportDispute(t, c, billing.DisputeLost, now.Add(3*time.Minute))
	require.Equal(t, int64(1000), f.balances(t)[domain.DisputeLosses])
	_, err = f.Refund(t.Context(), wants(c, "k"))
	require.ErrorIs(t, err, billing.ErrDisputed, "the bank has returned the money")
	require.Len(t, f.store.Events(), 3)

	waiting := charge(newID(), "pm_unclear", 1000)
	_, err = f.Charge(t.Context(), waiting)
	require.NoError(t, err)
	f.reportDispute(t, waiting, billing.DisputeOpened, now)
	kept, err := f.store.Backlog().Events(t.Context(), now.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Len(t, kept, 1, "a dispute before the capture is retried")
}

func TestJournal_SealedEntries_VerifyAndExport(t *testing.T) {
	t.Parallel()
	f := newFixture()
	for range 7 {
		f.sale(t, 100)
		f.clock.Advance(time.Minute)
	}
	require.NoError(t, f.SealAll(t.Context()))
	chain, err := f.VerifyChain(t.Context(), 0, f.clock.Now(), nil)
	require.NoError(t, err)
	require.Equal(t, domain.Chain{Entries: 7, Sealed: 7, Checked: 7}, chain)
	p, err := f.Entries(t.Context(), ports.JournalQuery{Account: domain.TaxPayable}, page.Request{Limit: 5})
	require.NoError(t, err)
	require.Len(t, p.Items, 5)
	exported := 0
	require.NoError(t, f.ExportJournal(t.Context(), ports.JournalQuery{From: f.clock.Now().Add(-3 * time.Minute)},
		func(e []domain.BookedEntry) error {
			exported += len(e)
			return nil
		}))
	require.Equal(t, 3, exported)
	require.ErrorIs(t, f.ExportJournal(t.Context(), ports.JournalQuery{},
		func([]domain.BookedEntry) error { return errRender }), errRender)
	past, _, err := f.Balances(t.Context(), f.clock.Now().Add(-4*time.Minute))
	require.NoError(t, err)
	require.Equal(t, usd(400), past[0].Amount)
}

func TestEraseAccount_Invoiced_KeepsDocuments(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	require.NoError(t, f.EraseAccount(t.Context(), c.AccountID))
	summaries, err := f.Summaries(t.Context(), []id.ID{c.OrderID})
	require.NoError(t, err)
	require.Empty(t, summaries[c.OrderID].Payment.Last4+summaries[c.OrderID].Refunds[0].Reason)
	require.Len(t, f.invoices(t, c.AccountID), 1)
}
