package service_test

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"

	"github.com/stretchr/testify/require"
)

func TestReceiveWebhook_UnknownPayment_IsRetriedForDays(t *testing.T) {
	t.Parallel()
	f := newFixture()
	payment := domain.NewPayment(newID(), charge(newID(), "pm_ok", 100), "mockpay", f.clock.Now())
	p := payment.Snapshot()
	f.stub.event = ports.Event{
		Provider: "mockpay", ID: "evt_1", PaymentID: p.ID,
		Outcome: domain.Outcome{Status: billing.Captured, ProviderRef: "pi_1", Amount: &p.Amount},
	}
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
	f.clock.Advance(time.Minute)
	require.NoError(t, f.Sweep(t.Context()))
	require.NoError(t, f.store.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		_, err := s.Payments.Insert(ctx, payment)
		return err
	}))
	f.clock.Advance(time.Minute)
	require.NoError(t, f.Sweep(t.Context()))
	newest, _, err := f.store.Newest(t.Context(), p.OrderID)
	require.NoError(t, err)
	require.Equal(t, billing.Captured, newest.Status())
	require.Len(t, f.store.Events(), 1)

	f.stub.event.ID, f.stub.event.PaymentID = "evt_2", newID()
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
	sweeps := 0
	for range 200 {
		f.clock.Advance(time.Hour)
		waiting, err := f.store.Backlog().Events(t.Context(), f.clock.Now(), 10)
		require.NoError(t, err)
		sweeps += len(waiting)
		require.NoError(t, f.Sweep(t.Context()))
	}
	require.Less(t, sweeps, 20, "the delay grows")
	waiting, err := f.store.Backlog().Events(t.Context(), f.clock.Now().Add(1000*time.Hour), 10)
	require.NoError(t, err)
	require.Empty(t, waiting, "after three days it is not retried")
	f.stub.event.ID, f.stub.event.Other = "evt_3", true
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil), "an event that billing ignores is processed")
}
