package service_test

import (
	"context"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"

	"github.com/stretchr/testify/require"
)

func TestCharge_NotSent_StaysRequested(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 100)
	f.provider.SetUnreachable(true)
	for range 3 {
		payment, err := f.Charge(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, billing.Requested, payment.State.Status)
	}
	require.Zero(t, f.provider.Calls())
	f.provider.SetUnreachable(false)
	payment, err := f.Resume(t.Context(), c.OrderID)
	require.NoError(t, err)
	require.Equal(t, billing.Captured, payment.State.Status)
	require.Equal(t, 1, f.provider.Captured())
}

func TestCancel_UnsentCharge_IsCanceledWithoutCharging(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.provider.SetUnreachable(true)
	for name, end := range map[string]func(billing.Charge) (billing.PaymentSummary, error){
		"by its buyer": func(c billing.Charge) (billing.PaymentSummary, error) { return f.Cancel(t.Context(), c) },
		"when it expires": func(c billing.Charge) (billing.PaymentSummary, error) {
			return f.Poll(t.Context(), c.OrderID)
		},
	} {
		c := charge(newID(), "pm_ok", 100)
		_, err := f.Charge(t.Context(), c)
		require.NoError(t, err)
		payment, err := end(c)
		require.NoError(t, err, name)
		require.Equal(t, billing.Canceled, payment.State.Status, name)
		history, err := f.History(t.Context(), c.OrderID)
		require.NoError(t, err)
		require.Equal(t, "payment.canceled", history[len(history)-1].What)
	}
	f.provider.SetUnreachable(false)
	require.Zero(t, f.provider.Calls())
}

// A payment that may have been sent never counts as unsent again.
func TestCancel_PossiblySentCharge_StaysRequested(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_ok", 100)
	fresh := domain.NewPayment(newID(), c, "mockpay", f.clock.Now())
	require.NoError(t, f.store.Do(t.Context(), func(ctx context.Context, st ports.Stores) error {
		_, err := st.Payments.Insert(ctx, fresh) // as after a crash during the request
		return err
	}))
	f.provider.SetUnreachable(true)
	payment, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.Requested, payment.State.Status)
	payment, err = f.Cancel(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.Requested, payment.State.Status)
}
