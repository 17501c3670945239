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

// afterRetries is longer than the delay of any retry.
const afterRetries = 2 * time.Hour

// receive receives an event by webhook.
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

// requirePublished asserts that one event was published, with the current state of the order's money.
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

// refundExternally has the provider refund an amount by itself and report it.
func (f fixture) refundExternally(t *testing.T, orderID id.ID, ref string, cents int64) {
	t.Helper()
	f.provider.RefundExternally(orderID, cents)
	amount := usd(cents)
	f.receive(t, ports.Event{PaymentRef: f.payment(t, orderID).ProviderRef, Refund: &domain.RefundOutcome{
		Status: billing.RefundSucceeded, ProviderRef: ref, Amount: &amount,
	}})
}

func TestExternalRefund_Repeated_IsAdoptedOnce(t *testing.T) {
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
	summary := f.summary(t, c.OrderID)
	require.Len(t, summary.Refunds, 1)
	require.Equal(t, usd(250), summary.Refunds[0].Amount)
	require.Equal(t, usd(50), summary.Refunds[0].Lines[0].Tax)
	require.NotEmpty(t, summary.Refunds[0].CreditNote.Number)
	require.Empty(t, summary.State.Review)
	require.Equal(t, map[domain.Account]int64{
		domain.ProviderClearing: 750, domain.Revenue: -800, domain.TaxPayable: -150, domain.Refunds: 200,
	}, f.balances(t))
	f.requirePublished(t, c.OrderID)
	_, err := f.Refund(t.Context(), wants(c, "rest"))
	require.NoError(t, err)
	require.Equal(t, usd(750), f.summary(t, c.OrderID).Refunds[1].Amount, "everything that is left")
}

func TestExternalRefund_UnknownID_IsAdopted(t *testing.T) {
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
	summary := f.summary(t, c.OrderID)
	require.Len(t, summary.Refunds, 1)
	require.Equal(t, usd(250), summary.Refunds[0].Amount)
}

func TestExternalRefund_DuringAnotherRefund_IsRetried(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.provider.SetRefundStatus(billing.RefundRequested)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	f.refundExternally(t, c.OrderID, "re_x", 1000)
	require.Len(t, f.summary(t, c.OrderID).Refunds, 1, "the store's refund may have been first")
	f.provider.SetRefundStatus(billing.RefundFailed) // there is nothing left to refund
	f.clock.Advance(afterRetries)
	require.NoError(t, f.Sweep(t.Context()))
	f.clock.Advance(afterRetries)
	require.NoError(t, f.Sweep(t.Context()))
	summary := f.summary(t, c.OrderID)
	require.Len(t, summary.Refunds, 2)
	require.Equal(t, billing.RefundFailed, summary.Refunds[0].Status)
	require.Equal(t, billing.RefundSucceeded, summary.Refunds[1].Status)
	require.Equal(t, map[domain.Account]int64{domain.Revenue: -800, domain.Refunds: 800}, f.balances(t))
}

func TestExternalRefund_AboveCaptured_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	f.refundExternally(t, c.OrderID, "re_x", 400)
	require.Equal(t, billing.ReviewOverpaidOut, f.summary(t, c.OrderID).State.Review)
	require.Equal(t, int64(-400), f.balances(t)[domain.ProviderClearing])
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
}

func TestDispute_AfterRefund_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	dispute := func(status billing.DisputeStatus) billing.ReviewReason {
		f.clock.Advance(afterRetries)
		f.receive(t, ports.Event{PaymentID: f.payment(t, c.OrderID).ID, Dispute: &domain.DisputeReport{
			ProviderRef: "dp", Status: status, Amount: 1000, At: f.clock.Now(),
		}})
		return f.summary(t, c.OrderID).State.Review
	}
	require.Equal(t, billing.ReviewOverpaidOut, dispute(billing.DisputeOpened))
	require.Empty(t, dispute(billing.DisputeWon))
	require.Equal(t, billing.ReviewOverpaidOut, dispute(billing.DisputeLost))
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
}

// reportAmount has the provider report another captured amount.
func (f fixture) reportAmount(t *testing.T, orderID id.ID, cents int64) {
	t.Helper()
	f.provider.SetCaptured(orderID, usd(cents))
	p, amount := f.payment(t, orderID), usd(cents)
	f.receive(t, ports.Event{
		PaymentID: p.ID,
		Outcome:   domain.Outcome{Status: billing.Captured, ProviderRef: p.ProviderRef, Amount: &amount},
	})
}

func TestResolve_AmountChangedAfterCapture_BooksDifference(t *testing.T) {
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
			f.reportAmount(t, sale.OrderID, c.captured)
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

// The provider captured more than the order cost, and all of it was refunded in its dashboard before staff resolved it.
func TestExternalRefund_OfExcess_IsNotRefundedAgain(t *testing.T) {
	t.Parallel()
	for _, r := range []billing.Resolution{billing.Accept, billing.RefundAll} {
		f := newFixture()
		c := f.sale(t, 1000)
		f.reportAmount(t, c.OrderID, 1200)
		f.refundExternally(t, c.OrderID, "re_x", 1200)
		require.Equal(t, map[domain.Account]int64{
			domain.ProviderClearing: -200, domain.Revenue: -800, domain.Refunds: 800, domain.CustomerBalances: 200,
		}, f.balances(t), "until staff accept what was captured")
		for range 2 {
			_, err := f.Resolve(t.Context(), c.OrderID, r)
			require.NoError(t, err)
			require.NoError(t, f.Sweep(t.Context()))
		}
		summary := f.summary(t, c.OrderID)
		require.Len(t, summary.Refunds, 1, r)
		require.Zero(t, f.provider.Refunds(), r)
		require.Equal(t, map[domain.Account]int64{domain.Revenue: -800, domain.Refunds: 800}, f.balances(t), r)
		require.Empty(t, summary.State.Review, r)
		require.Zero(t, summary.State.Left, r)
	}
}

func TestResolve_MismatchedCapture_BooksDecision(t *testing.T) {
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
			f.reportAmount(t, o.OrderID, c.captured)
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

func TestReturn_AcceptedShortfall_RefundsCapturedOnly(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.reportAmount(t, c.OrderID, 700)
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

func TestPoll_UnknownPayment_NeverCharges(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_unclear", 1000)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	calls := f.provider.Calls()
	payment, err := f.Poll(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, billing.Unknown, payment.State.Status, "the provider has not decided")
	f.provider.DenyUndecided()
	payment, err = f.Poll(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, billing.Canceled, payment.State.Status, "the provider does not know it")
	require.Equal(t, calls, f.provider.Calls())
	f.provider.Decide(billing.Captured)
	f.clock.Advance(afterRetries)
	require.NoError(t, f.Sweep(t.Context()))
	require.NoError(t, f.Sweep(t.Context()))
	require.Equal(t, billing.CapturedLate, f.payment(t, c.OrderID).Status, "the late capture is refunded")
	require.Empty(t, f.balances(t))
	none, err := f.Poll(t.Context(), newID())
	require.NoError(t, err)
	require.Zero(t, none)
}

func TestResolve_ReleaseOfUnknownPayment_Cancels(t *testing.T) {
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

func TestResolve_ReleaseOfRefundedMismatch_BooksNothing(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_confirm", 1000)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	f.provider.Confirm()
	f.reportAmount(t, c.OrderID, 700)
	f.refundExternally(t, c.OrderID, "re_1", 700)
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Release)
	require.NoError(t, err)
	for range 3 {
		f.clock.Advance(afterRetries)
		require.NoError(t, f.Sweep(t.Context()))
	}
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
	require.Empty(t, f.balances(t))
}

func TestCharge_ErasedAccount_IsCanceled(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 1000)
	require.NoError(t, f.EraseAccount(t.Context(), c.AccountID))
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.Canceled, payment.State.Status)
	require.Zero(t, f.provider.Calls())
}

func TestRefund_ErasedAccount_StoresNoReason(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	require.NoError(t, f.EraseAccount(t.Context(), c.AccountID))
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).Refunds[0].Reason)
}

func TestReturn_SameLines_RefundsOnce(t *testing.T) {
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
