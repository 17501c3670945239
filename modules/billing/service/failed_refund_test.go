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

// failLateRefund makes a payment that is captured after a decline, and whose refund fails.
func (f fixture) failLateRefund(t *testing.T) billing.Charge {
	t.Helper()
	c := charge(newID(), "pm_declined", 1000)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	f.provider.CaptureEnded()
	f.provider.SetRefundStatus(billing.RefundFailed)
	f.retryAll(t)
	require.Equal(t, billing.CapturedLate, f.payment(t, c.OrderID).Status)
	return c
}

// retryAll lets every poll and retry become due and runs them.
func (f fixture) retryAll(t *testing.T) {
	t.Helper()
	for range 2 {
		f.clock.Advance(afterRetries)
		require.NoError(t, f.Sweep(t.Context()))
	}
}

func TestFailedRefund_LateCapture_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.failLateRefund(t)
	require.Equal(t, billing.ReviewRefundFailed, f.summary(t, c.OrderID).State.Review)
	_, err := f.Resolve(t.Context(), c.OrderID, billing.Release)
	require.ErrorIs(t, err, billing.ErrHeld)
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.ErrorIs(t, err, billing.ErrTooLate)
	_, err = f.Resolve(t.Context(), c.OrderID, billing.RefundAll)
	require.NoError(t, err)
	require.Equal(t, billing.ReviewRefundFailed, f.summary(t, c.OrderID).State.Review, "it fails once more")
	f.provider.SetRefundStatus(billing.RefundSucceeded)
	for range 2 {
		_, err = f.Resolve(t.Context(), c.OrderID, billing.RefundAll)
		require.NoError(t, err)
	}
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
	require.Empty(t, f.balances(t), "nothing is left")
}

func TestFailedRefund_EarlierAttempt_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.failLateRefund(t)
	again := c
	again.Attempt, again.Method = 2, "pm_ok"
	_, err := f.Charge(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, billing.ReviewRefundFailed, f.summary(t, c.OrderID).State.Review)
	f.provider.SetRefundStatus(billing.RefundSucceeded)
	payment, err := f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Equal(t, billing.Captured, payment.State.Status, "the sale stays")
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
	require.Equal(t, int64(1000), f.balances(t)[domain.ProviderClearing])
}

func TestFailedRefund_Excess_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.reportAmount(t, c.OrderID, 1200)
	f.provider.SetRefundStatus(billing.RefundFailed)
	_, err := f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Equal(t, billing.ReviewRefundFailed, f.summary(t, c.OrderID).State.Review)
	f.provider.SetRefundStatus(billing.RefundSucceeded)
	_, err = f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
	require.Equal(t, int64(1000), f.balances(t)[domain.ProviderClearing])
}

func TestFailedRefund_OwedByStore_RetriedAfterResolution(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.provider.SetRefundStatus(billing.RefundFailed)
	request := billing.Return{OrderID: c.OrderID, Reason: "account erased"}
	for range 2 {
		refund, err := f.Return(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, billing.RefundFailed, refund.Refund.Status)
	}
	require.Len(t, f.summary(t, c.OrderID).Refunds, 1)
	require.Equal(t, billing.ReviewRefundFailed, f.summary(t, c.OrderID).State.Review)
	_, err := f.Resolve(t.Context(), c.OrderID, billing.Accept)
	require.NoError(t, err)
	require.Empty(t, f.summary(t, c.OrderID).State.Review)
	f.provider.SetRefundStatus(billing.RefundSucceeded)
	for range 2 {
		refund, err := f.Return(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, billing.RefundSucceeded, refund.Refund.Status)
	}
	require.Len(t, f.summary(t, c.OrderID).Refunds, 2)
	require.Empty(t, f.balances(t)[domain.ProviderClearing])
}

// disputes reports a dispute of the whole captured amount of an order.
func (f fixture) disputes(t *testing.T, orderID id.ID, status billing.DisputeStatus) {
	t.Helper()
	f.clock.Advance(afterRetries)
	p := f.payment(t, orderID)
	f.receive(t, ports.Event{
		PaymentID: p.ID,
		Dispute:   &domain.DisputeReport{ProviderRef: "dp", Status: status, Amount: p.Captured, At: f.clock.Now()},
	})
}

func TestResolve_RefundOfDisputedPayment_LeavesItToTheBank(t *testing.T) {
	t.Parallel()
	for name, disputed := range map[string]func(f fixture) billing.Charge{
		"late capture": func(f fixture) billing.Charge { return f.failLateRefund(t) },
		"another amount after the capture": func(f fixture) billing.Charge {
			c := f.sale(t, 1000)
			f.reportAmount(t, c.OrderID, 1000)
			return c
		},
		"mismatched": func(f fixture) billing.Charge {
			c := charge(newID(), "pm_confirm", 1000)
			_, err := f.Charge(t.Context(), c)
			require.NoError(t, err)
			f.provider.Confirm()
			f.reportAmount(t, c.OrderID, 700)
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			c := disputed(f)
			f.provider.SetRefundStatus(billing.RefundSucceeded)
			f.disputes(t, c.OrderID, billing.DisputeOpened)
			_, err := f.Resolve(t.Context(), c.OrderID, billing.RefundAll)
			require.ErrorIs(t, err, billing.ErrDisputed)
			f.disputes(t, c.OrderID, billing.DisputeLost)
			for range 2 {
				_, err = f.Resolve(t.Context(), c.OrderID, billing.RefundAll)
				require.NoError(t, err)
			}
			require.Zero(t, f.provider.Refunds(), "the bank has returned the money to the buyer")
			require.Empty(t, f.summary(t, c.OrderID).State.Review)
			late := f.payment(t, c.OrderID).Status == billing.CapturedLate
			f.disputes(t, c.OrderID, billing.DisputeWon)
			if late {
				require.Equal(t, billing.ReviewRefundFailed, f.summary(t, c.OrderID).State.Review, "the store still owes it")
			}
			require.Positive(t, f.summary(t, c.OrderID).State.Left)
			_, err = f.Resolve(t.Context(), c.OrderID, billing.RefundAll)
			require.NoError(t, err)
			require.Equal(t, 1, f.provider.Refunds())
			require.Empty(t, f.summary(t, c.OrderID).State.Review)
			require.Zero(t, f.summary(t, c.OrderID).State.Left)
		})
	}
}

func TestResolve_AmountChangedAfterLateCapture(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		captured int64
		want     map[domain.Account]int64
	}{
		"more": {1300, map[domain.Account]int64{}},
		"less": {700, map[domain.Account]int64{domain.ProviderClearing: -300, domain.CustomerBalances: 300}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			declined := charge(newID(), "pm_declined", 1000)
			_, err := f.Charge(t.Context(), declined)
			require.NoError(t, err)
			f.provider.CaptureEnded()
			f.clock.Advance(time.Hour)
			for range 3 {
				require.NoError(t, f.Sweep(t.Context()))
			}
			require.Empty(t, f.summary(t, declined.OrderID).State.Review, "all of it has been refunded")
			f.reportAmount(t, declined.OrderID, c.captured)
			require.Equal(t, billing.ReviewAmount, f.summary(t, declined.OrderID).State.Review)
			for range 3 {
				_, err = f.Resolve(t.Context(), declined.OrderID, billing.RefundAll)
				require.NoError(t, err)
				require.NoError(t, f.Sweep(t.Context()))
			}
			require.Equal(t, c.want, f.balances(t))
			require.Empty(t, f.summary(t, declined.OrderID).State.Review)
		})
	}
}

// After a crash a decision is applied twice. Its refund is pending by then, and fails.
func TestResolve_RepeatedThenRefundFails_NeedsReview(t *testing.T) {
	t.Parallel()
	f := newFixture()
	sale := f.sale(t, 1000)
	f.reportAmount(t, sale.OrderID, 1300)
	f.provider.SetRefundStatus(billing.RefundPending)
	for range 2 {
		_, err := f.Resolve(t.Context(), sale.OrderID, billing.Accept)
		require.NoError(t, err)
	}
	require.Empty(t, f.summary(t, sale.OrderID).State.Review)
	f.provider.SetRefundStatus(billing.RefundFailed)
	f.clock.Advance(afterRetries)
	require.NoError(t, f.Sweep(t.Context()))
	require.Equal(t, billing.ReviewRefundFailed, f.summary(t, sale.OrderID).State.Review)
}
