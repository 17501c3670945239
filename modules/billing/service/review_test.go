package service_test

import (
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// patient is longer than anything waits for its next try.
const patient = 2 * time.Hour

// hears hands an event to the store.
func (f fixture) receive(t *testing.T, e ports.Event) {
	t.Helper()
	e.Provider = "mockpay"
	if e.ID == "" {
		e.ID = newID().String()
	}
	f.stub.event = e
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
}

func (f fixture) payment(t *testing.T, orderID id.ID) domain.PaymentSnapshot {
	t.Helper()
	payment, found, err := f.store.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.True(t, found)
	return payment.Snapshot()
}

// requirePublished asserts that the newest event is the only one, and says how the order's money stands.
func (f fixture) requirePublished(t *testing.T, orderID id.ID) {
	t.Helper()
	require.Equal(t, []billing.PaymentChanged{{PaymentState: f.summary(t, orderID).State}}, f.store.Events())
}

func (f fixture) summary(t *testing.T, orderID id.ID) billing.PaymentSummary {
	t.Helper()
	summaries, err := f.Summaries(t.Context(), []id.ID{orderID})
	require.NoError(t, err)
	return summaries[orderID]
}

// refundsBehind has the provider refund an amount by itself, and tell it.
func (f fixture) refundsBehind(t *testing.T, orderID id.ID, ref string, cents int64) {
	t.Helper()
	f.provider.RefundExternally(orderID, cents)
	amount := usd(cents)
	f.receive(t, ports.Event{PaymentRef: f.payment(t, orderID).ProviderRef, Refund: &domain.RefundOutcome{
		Status: billing.RefundSucceeded, ProviderRef: ref, Amount: &amount,
	}})
}

func TestExternalRefund_is_adopted_once(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	for range 3 {
		amount := usd(250)
		f.receive(t, ports.Event{PaymentRef: f.payment(t, c.OrderID).ProviderRef, Refund: &domain.RefundOutcome{
			Status: billing.RefundSucceeded, ProviderRef: "re_x", Amount: &amount,
		}})
	}
	require.NoError(t, f.NumberAll(t.Context()))
	bill := f.summary(t, c.OrderID)
	require.Len(t, bill.Refunds, 1)
	require.Equal(t, usd(250), bill.Refunds[0].Amount)
	require.Equal(t, usd(50), bill.Refunds[0].Lines[0].Tax)
	require.NotEmpty(t, bill.Refunds[0].CreditNote.Number)
	require.Empty(t, bill.State.Review)
	require.Equal(t, map[domain.Account]int64{
		domain.ProviderClearing: 750, domain.Revenue: -800, domain.TaxPayable: -150, domain.Refunds: 200,
	}, f.balances(t))
	f.requirePublished(t, c.OrderID)
	_, err := f.Refund(t.Context(), wants(c, "rest"))
	require.NoError(t, err)
	require.Equal(t, usd(750), f.summary(t, c.OrderID).Refunds[1].Amount, "all that is left")
}

func TestExternalRefund_of_an_unknown_ID_is_adopted(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	amount := usd(250)
	f.receive(t, ports.Event{
		PaymentRef: f.payment(t, c.OrderID).ProviderRef, RefundID: newID(),
		Refund: &domain.RefundOutcome{
			Status: billing.RefundSucceeded, ProviderRef: "re_x", Amount: &amount,
		},
	})
	bill := f.summary(t, c.OrderID)
	require.Len(t, bill.Refunds, 1)
	require.Equal(t, usd(250), bill.Refunds[0].Amount)
}

func TestExternalRefund_waits_for_a_refund_under_way(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.provider.SetRefundStatus(billing.RefundRequested)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	f.refundsBehind(t, c.OrderID, "re_x", 1000)
	require.Len(t, f.summary(t, c.OrderID).Refunds, 1, "ours may have been first")
	f.provider.SetRefundStatus(billing.RefundFailed) // there is nothing left to refund
	f.clock.Advance(patient)
	require.NoError(t, f.Sweep(t.Context()))
	f.clock.Advance(patient)
	require.NoError(t, f.Sweep(t.Context()))
	bill := f.summary(t, c.OrderID)
	require.Len(t, bill.Refunds, 2)
	require.Equal(t, billing.RefundFailed, bill.Refunds[0].Status)
	require.Equal(t, billing.RefundSucceeded, bill.Refunds[1].Status)
	require.Equal(t, map[domain.Account]int64{domain.Revenue: -800, domain.Refunds: 800}, f.balances(t))
}

func TestExternalRefund_of_more_than_was_captured(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	f.refundsBehind(t, c.OrderID, "re_x", 400)
	require.Equal(t, billing.ReviewOverpaidOut, f.summary(t, c.OrderID).State.Review)
	require.Equal(t, int64(-400), f.balances(t)[domain.ProviderClearing])
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
}

func TestDispute_after_a_refund_needs_a_review(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	complain := func(status billing.DisputeStatus) billing.ReviewReason {
		f.clock.Advance(patient)
		f.receive(t, ports.Event{PaymentID: f.payment(t, c.OrderID).ID, Dispute: &domain.DisputeReport{
			ProviderRef: "dp", Status: status, Amount: 1000, At: f.clock.Now(),
		}})
		return f.summary(t, c.OrderID).State.Review
	}
	require.Equal(t, billing.ReviewOverpaidOut, complain(billing.DisputeOpened))
	require.Empty(t, complain(billing.DisputeWon))
	require.Equal(t, billing.ReviewOverpaidOut, complain(billing.DisputeLost))
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
}

// claims has the provider say that it captured another amount.
func (f fixture) claims(t *testing.T, orderID id.ID, cents int64) {
	t.Helper()
	f.provider.SetCaptured(orderID, usd(cents))
	p, amount := f.payment(t, orderID), usd(cents)
	f.receive(t, ports.Event{
		PaymentID: p.ID,
		Outcome:   domain.Outcome{Status: billing.Captured, ProviderRef: p.ProviderRef, Amount: &amount},
	})
}

func TestResolve_another_amount_after_the_answer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		captured int64
		r        billing.Resolution
		want     map[domain.Account]int64
	}{
		"accept a shortfall": {700, billing.Accept, map[domain.Account]int64{
			domain.ProviderClearing: 700, domain.Revenue: -800, domain.TaxPayable: -200, domain.PaymentDifferences: 300,
		}},
		"accept an excess": {1300, billing.Accept, map[domain.Account]int64{
			domain.ProviderClearing: 1000, domain.Revenue: -800, domain.TaxPayable: -200,
		}},
		"refund a shortfall": {700, billing.RefundAll, map[domain.Account]int64{
			domain.Revenue: -800, domain.Refunds: 560, domain.TaxPayable: -60, domain.PaymentDifferences: 300,
		}},
		"refund an excess": {1300, billing.RefundAll, map[domain.Account]int64{domain.Revenue: -800, domain.Refunds: 800}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			sale := f.sale(t, 1000)
			f.claims(t, sale.OrderID, c.captured)
			require.Equal(t, billing.ReviewAmount, f.summary(t, sale.OrderID).State.Review)
			require.Len(t, f.store.Events(), 1)
			settlement, err := f.Settlement(t.Context(), sale.OrderID)
			require.NoError(t, err)
			require.Equal(t, usd(1000), settlement.Captured)
			require.Equal(t, usd(c.captured), settlement.ProviderCaptured)
			for range 3 {
				_, err = f.Resolve(t.Context(), sale.OrderID, c.r)
				require.NoError(t, err)
				require.NoError(t, f.Sweep(t.Context()))
			}
			require.Equal(t, c.want, f.balances(t))
			require.Empty(t, f.summary(t, sale.OrderID).State.Review)
			require.Len(t, f.invoices(t, sale.AccountID), 1)
			require.Equal(t, usd(1000), f.invoices(t, sale.AccountID)[0].Content.Total, "the invoice keeps the order's total")
		})
	}
}

// The provider captured more than the order cost, and somebody refunded all of it in its dashboard before staff looked.
func TestExternalRefund_beyond_the_sale_owes_the_buyer_nothing(t *testing.T) {
	t.Parallel()
	for _, r := range []billing.Resolution{billing.Accept, billing.RefundAll} {
		f := newFixture()
		c := f.sale(t, 1000)
		f.claims(t, c.OrderID, 1200)
		f.refundsBehind(t, c.OrderID, "re_x", 1200)
		require.Equal(t, map[domain.Account]int64{
			domain.ProviderClearing: -200, domain.Revenue: -800, domain.Refunds: 800, domain.CustomerBalances: 200,
		}, f.balances(t), "until staff accept what was captured")
		for range 2 {
			_, err := f.Resolve(t.Context(), c.OrderID, r)
			require.NoError(t, err)
			require.NoError(t, f.Sweep(t.Context()))
		}
		bill := f.summary(t, c.OrderID)
		require.Len(t, bill.Refunds, 1, r)
		require.Zero(t, f.provider.Refunds(), r)
		require.Equal(t, map[domain.Account]int64{domain.Revenue: -800, domain.Refunds: 800}, f.balances(t), r)
		require.Empty(t, bill.State.Review, r)
		require.Zero(t, bill.State.Left, r)
	}
}

func TestResolve_another_amount_before_the_answer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		captured int64
		r        billing.Resolution
		status   billing.Status
		invoices int
		want     map[domain.Account]int64
	}{
		"accept": {700, billing.Accept, billing.Captured, 1, map[domain.Account]int64{
			domain.ProviderClearing: 700, domain.Revenue: -800, domain.TaxPayable: -200, domain.PaymentDifferences: 300,
		}},
		"accept an excess": {1700, billing.Accept, billing.Captured, 1, map[domain.Account]int64{
			domain.ProviderClearing: 1000, domain.Revenue: -800, domain.TaxPayable: -200,
		}},
		"refund": {700, billing.RefundAll, billing.CapturedLate, 0, map[domain.Account]int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			o := charge(newID(), "pm_confirm", 1000)
			_, err := f.Charge(t.Context(), o)
			require.NoError(t, err)
			f.provider.Confirm()
			f.claims(t, o.OrderID, c.captured)
			require.Equal(t, billing.ReviewAmount, f.summary(t, o.OrderID).State.Review)
			_, err = f.Resolve(t.Context(), o.OrderID, billing.Release)
			require.ErrorIs(t, err, billing.ErrHeld)
			for range 2 {
				payment, err := f.Resolve(t.Context(), o.OrderID, c.r)
				if err != nil {
					require.ErrorIs(t, err, billing.ErrNothingTaken, "it is refunded already")
				} else {
					require.Equal(t, c.status, payment.State.Status)
				}
			}
			require.NoError(t, f.Sweep(t.Context()))
			require.Equal(t, c.want, f.balances(t))
			require.Len(t, f.invoices(t, o.AccountID), c.invoices)
		})
	}
}

func TestReturn_of_an_accepted_shortfall_refunds_no_more_than_was_captured(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.claims(t, c.OrderID, 700)
	_, err := f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	refund, err := f.Return(t.Context(), billing.Return{OrderID: c.OrderID, Reason: "account erased"})
	require.NoError(t, err)
	require.Equal(t, usd(700), refund.Refund.Amount)
	require.Equal(t, usd(700), refund.Refund.Lines[0].Amount, "the credit note is of what is refunded")
	require.Equal(t, map[domain.Account]int64{
		domain.Revenue: -800, domain.Refunds: 560, domain.TaxPayable: -60, domain.PaymentDifferences: 300,
	}, f.balances(t))
}

func TestPoll_never_charges(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_unclear", 1000)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	calls := f.provider.Calls()
	payment, err := f.Poll(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, billing.Unknown, payment.State.Status, "the provider has not said")
	f.provider.DenyUndecided()
	payment, err = f.Poll(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, billing.Canceled, payment.State.Status, "the provider knows nothing of it")
	require.Equal(t, calls, f.provider.Calls())
	f.provider.Decide(billing.Captured)
	f.clock.Advance(patient)
	require.NoError(t, f.Sweep(t.Context()))
	require.NoError(t, f.Sweep(t.Context()))
	require.Equal(t, billing.CapturedLate, f.payment(t, c.OrderID).Status, "what is captured all the same is refunded")
	require.Empty(t, f.balances(t))
	none, err := f.Poll(t.Context(), newID())
	require.NoError(t, err)
	require.Zero(t, none)
}

func TestResolve_release(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_unclear", 1000)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	for range 2 {
		payment, err := f.Resolve(t.Context(), c.OrderID, billing.Release)
		require.NoError(t, err)
		require.Equal(t, billing.Canceled, payment.State.Status)
	}
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.ErrorIs(t, err, billing.ErrNothingTaken)
}

func TestResolve_release_of_another_amount_that_was_refunded(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_confirm", 1000)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	f.provider.Confirm()
	f.claims(t, c.OrderID, 700)
	f.refundsBehind(t, c.OrderID, "re_1", 700)
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Release)
	require.NoError(t, err)
	for range 3 {
		f.clock.Advance(patient)
		require.NoError(t, f.Sweep(t.Context()))
	}
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
	require.Empty(t, f.balances(t))
}

func TestCharge_of_an_erased_account_is_canceled(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 1000)
	require.NoError(t, f.EraseAccount(t.Context(), c.AccountID))
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.Canceled, payment.State.Status)
	require.Zero(t, f.provider.Calls())
}

func TestRefund_after_erasure_keeps_no_reason(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	require.NoError(t, f.EraseAccount(t.Context(), c.AccountID))
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).Refunds[0].Reason)
}

func TestReturn_of_lines_is_made_once(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 1000)
	second := charge(c.AccountID, "pm_ok", 500).Invoice.Lines[0]
	c.Invoice.Lines = append(c.Invoice.Lines, second)
	c.Invoice.Subtotal, c.Invoice.Tax, c.Invoice.Total = usd(1500), usd(300), usd(1500)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	for range 3 {
		refund, err := f.Return(t.Context(), billing.Return{
			OrderID: c.OrderID,
			LineIDs: []id.ID{second.LineID}, Reason: "owned",
		})
		require.NoError(t, err)
		require.Equal(t, usd(500), refund.Refund.Amount)
	}
	require.Len(t, f.summary(t, c.OrderID).Refunds, 1)
}
