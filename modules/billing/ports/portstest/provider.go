package portstest

import (
	"sync"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"

	"github.com/stretchr/testify/require"
)

// RunProvider runs the contract suite of PaymentProvider against providers that open returns.
func RunProvider(t *testing.T, open func(t *testing.T) ports.PaymentProvider) {
	t.Helper()
	runCharges(t, open)
	runAfterCharges(t, open)
}

func request(method string) ports.ChargeRequest {
	return ports.ChargeRequest{
		Key: newID().String(), OrderID: newID(), PaymentID: newID(),
		Amount: usd(1999), Method: method,
	}
}

func runCharges(t *testing.T, open func(t *testing.T) ports.PaymentProvider) {
	t.Helper()
	t.Run("pm_ok is captured whole", func(t *testing.T) {
		t.Parallel()
		got := open(t).Charge(t.Context(), request("pm_ok"))
		amount := usd(1999)
		require.NotEmpty(t, got.ProviderRef)
		require.Equal(t, domain.Outcome{
			Status: billing.Captured, ProviderRef: got.ProviderRef, Amount: &amount,
			Brand: "visa", Last4: "4242", CardCountry: "AT",
		}, got)
	})
	t.Run("each declining token declines with its code", func(t *testing.T) {
		t.Parallel()
		p := open(t)
		for method, code := range map[string]string{
			"pm_declined": "card_declined", "pm_insufficient_funds": "insufficient_funds", "pm_expired_card": "expired_card",
			"pm_processing_error": "processing_error", "pm_nonsense": "payment_method_unknown",
		} {
			got := p.Charge(t.Context(), request(method))
			require.Equal(t, billing.Declined, got.Status, method)
			require.Equal(t, code, got.DeclineCode)
		}
	})
	t.Run("a repeated key returns the same charge", func(t *testing.T) {
		t.Parallel()
		p, r := open(t), request("pm_ok")
		first := p.Charge(t.Context(), r)
		require.Equal(t, first, p.Charge(t.Context(), r))
		require.NotEqual(t, first.ProviderRef, p.Charge(t.Context(), request("pm_ok")).ProviderRef)
	})
	t.Run("concurrent requests with one key charge once", func(t *testing.T) {
		t.Parallel()
		p, r := open(t), request("pm_ok")
		outcomes := make([]domain.Outcome, 8)
		var group sync.WaitGroup
		for i := range outcomes {
			group.Go(func() { outcomes[i] = p.Charge(t.Context(), r) })
		}
		group.Wait()
		for _, got := range outcomes {
			require.Equal(t, outcomes[0], got)
		}
	})
}

func runAfterCharges(t *testing.T, open func(t *testing.T) ports.PaymentProvider) {
	t.Helper()
	t.Run("what was charged is found, and nothing else", func(t *testing.T) {
		t.Parallel()
		p, r := open(t), request("pm_ok")
		_, found := p.Find(t.Context(), r)
		require.False(t, found)
		charged := p.Charge(t.Context(), r)
		got, found := p.Find(t.Context(), r)
		require.True(t, found)
		require.Equal(t, charged, got)
		other := request("pm_ok")
		other.OrderID = r.OrderID
		_, found = p.Find(t.Context(), other)
		require.False(t, found, "another attempt of the same order")
	})
	t.Run("a key refunds once, and never more than was captured", func(t *testing.T) {
		t.Parallel()
		p, r := open(t), request("pm_ok")
		charged := p.Charge(t.Context(), r)
		refund := ports.RefundRequest{
			Key: newID().String(), ProviderRef: charged.ProviderRef, PaymentID: r.PaymentID,
			RefundID: newID(), Amount: r.Amount,
		}
		first := p.Refund(t.Context(), refund)
		require.Equal(t, billing.RefundSucceeded, first.Status)
		require.Equal(t, first, p.Refund(t.Context(), refund))
		for _, bad := range []ports.RefundRequest{
			{Key: newID().String(), ProviderRef: charged.ProviderRef, Amount: usd(2000)},
			{Key: newID().String(), ProviderRef: "pi_none", Amount: usd(1)},
			{Key: newID().String(), ProviderRef: charged.ProviderRef, Amount: usd(0)},
		} {
			require.Equal(t, billing.RefundFailed, p.Refund(t.Context(), bad).Status)
		}
	})
	t.Run("what is captured cannot be canceled", func(t *testing.T) {
		t.Parallel()
		p := open(t)
		captured := p.Charge(t.Context(), request("pm_ok"))
		require.NotEqual(t, billing.Canceled, p.Cancel(t.Context(), captured.ProviderRef).Status)
	})
}

// RecordedProvider is a provider with its records.
type RecordedProvider interface {
	ports.PaymentProvider
	ports.ProviderRecords
}

// RunRecords runs the contract suite of the single records of ProviderRecords against providers that open returns.
func RunRecords(t *testing.T, open func(t *testing.T) RecordedProvider) {
	t.Helper()
	t.Run("a charge is read as it is now", func(t *testing.T) {
		t.Parallel()
		p, r := open(t), request("pm_ok")
		r.Key = r.PaymentID.String()
		charged := p.Charge(t.Context(), r)
		got, found, err := p.ReportedCharge(t.Context(), charged.ProviderRef)
		require.NoError(t, err)
		require.True(t, found)
		want := domain.ReportedCharge{Outcome: charged, Provider: p.Name(), OrderID: r.OrderID, PaymentID: r.PaymentID}
		require.Equal(t, want, got)
		require.Equal(t, int64(1999), got.Left())

		refund := ports.RefundRequest{
			Key: newID().String(), ProviderRef: charged.ProviderRef, PaymentID: r.PaymentID, RefundID: newID(), Amount: usd(99),
		}
		made := p.Refund(t.Context(), refund)
		got, _, err = p.ReportedCharge(t.Context(), charged.ProviderRef)
		require.NoError(t, err)
		require.Equal(t, int64(1900), got.Left())
		back, found, err := p.ReportedRefund(t.Context(), made.ProviderRef)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, charged.ProviderRef, back.ChargeRef)
		require.Equal(t, refund.RefundID, back.RefundID)
		require.Equal(t, billing.RefundSucceeded, back.Status)
		require.Equal(t, usd(99), *back.Amount)
	})
	t.Run("what was not captured is not left", func(t *testing.T) {
		t.Parallel()
		p := open(t)
		declined := p.Charge(t.Context(), request("pm_declined"))
		got, found, err := p.ReportedCharge(t.Context(), declined.ProviderRef)
		require.NoError(t, err)
		require.True(t, found)
		require.Zero(t, got.Left())
	})
	t.Run("an unknown reference is not found", func(t *testing.T) {
		t.Parallel()
		p := open(t)
		_, charge, err := p.ReportedCharge(t.Context(), "pi_none")
		require.NoError(t, err)
		_, refund, err := p.ReportedRefund(t.Context(), "re_none/1?")
		require.NoError(t, err)
		_, dispute, err := p.ReportedDispute(t.Context(), "dp_none")
		require.NoError(t, err)
		require.Equal(t, [3]bool{}, [3]bool{charge, refund, dispute})
	})
}
