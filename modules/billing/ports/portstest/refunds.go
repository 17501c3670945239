package portstest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// refundWhole refunds a whole payment, or returns the refund that exists.
func refundWhole(t *testing.T, f Fixture, paymentID id.ID) domain.Refund {
	t.Helper()
	var refund domain.Refund
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		payment, found, err := s.Payments.Lock(ctx, paymentID)
		require.True(t, found)
		require.NoError(t, err)
		earlier, err := s.Refunds.Of(ctx, paymentID)
		require.NoError(t, err)
		if len(earlier) > 0 {
			refund = earlier[0]
			return nil
		}
		invoice, err := s.Invoices.Of(ctx, paymentID)
		require.NoError(t, err)
		lines, err := domain.PlanRefund(invoice.Content, nil, nil)
		require.NoError(t, err)
		refund = payment.RefundWhole(newID(), lines, "test", now)
		return errors.Join(s.Refunds.Insert(ctx, refund), s.Payments.Update(ctx, payment, ""))
	})
	return refund
}

func refundOnce(t *testing.T, f Fixture) {
	ada := newID()
	payment := applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Captured).Snapshot()
	first := refundWhole(t, f, payment.ID)
	require.Equal(t, first, refundWhole(t, f, payment.ID))
	require.Equal(t, usd(1000), first.View().Amount)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		got, found, err := s.Refunds.Find(ctx, first.View().ID)
		require.True(t, found)
		require.Equal(t, first, got)
		_, found, absent := s.Refunds.Find(ctx, newID())
		require.False(t, found)
		require.NoError(t, absent)
		got.Apply(domain.RefundOutcome{Status: billing.RefundSucceeded, ProviderRef: "re_1"}, now)
		first = got
		require.NoError(t, err)
		return s.Refunds.Update(ctx, got, "provider.refund")
	})
	summaries, err := f.Reader.Summaries(t.Context(), []id.ID{payment.OrderID})
	require.NoError(t, err)
	require.Equal(t, []billing.Refund{first.View()}, summaries[payment.OrderID].Refunds)
	transactions, err := f.Reader.Transactions(t.Context(), ports.Transactions{AccountID: ada})
	require.NoError(t, err)
	require.Len(t, transactions.Items, 2)
	require.Equal(t, "refund", transactions.Items[0].Type)
	require.Equal(t, "succeeded", transactions.Items[0].Status)
}

func oneWriter(t *testing.T, f Fixture) {
	const writers = 8
	paymentID := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured).Snapshot().ID
	var group sync.WaitGroup
	results := make([]error, writers)
	for i := range results {
		group.Go(func() {
			results[i] = f.Work.Do(context.Background(), func(ctx context.Context, s ports.Stores) error {
				payment, _, err := s.Payments.Lock(ctx, paymentID)
				if err != nil {
					return err
				}
				p := payment.Snapshot()
				p.Refunded++
				return s.Payments.Update(ctx, domain.RestorePayment(p), "")
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		payment, _, err := s.Payments.Lock(ctx, paymentID)
		require.Equal(t, int64(writers), payment.Snapshot().Refunded)
		return err
	})
}

func overRefund(t *testing.T, f Fixture) {
	payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		p := payment.Snapshot()
		p.Refunded = p.Captured + 1
		return s.Payments.Update(ctx, domain.RestorePayment(p), "")
	})
	require.Error(t, err)
	got, _, err := f.Reader.Newest(t.Context(), payment.Snapshot().OrderID)
	require.NoError(t, err)
	require.Equal(t, payment, got)
}

// due reports whether work is due.
func due(t *testing.T, f Fixture, at time.Time) bool {
	t.Helper()
	refunds, err := f.Backlog.Refunds(t.Context(), at, 1)
	require.NoError(t, err)
	payments, err := f.Backlog.Payments(t.Context(), at, 1)
	require.NoError(t, err)
	events, err := f.Backlog.Events(t.Context(), at, 1)
	require.NoError(t, err)
	return len(refunds)+len(payments)+len(events) > 0
}

func backlog(t *testing.T, f Fixture) {
	require.False(t, due(t, f, now.Add(time.Hour)))
	captured := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	refund := refundWhole(t, f, captured.Snapshot().ID)
	declined := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Declined)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		declined.SchedulePoll(now.Add(time.Minute))
		return s.Payments.Update(ctx, declined, "")
	})
	require.False(t, due(t, f, now.Add(-time.Second)))
	require.True(t, due(t, f, now), "the refund")
	refunds, err := f.Backlog.Refunds(t.Context(), now, 10)
	require.NoError(t, err)
	require.Equal(t, []domain.Refund{refund}, refunds)
	for after, want := range map[time.Duration]int{0: 0, time.Minute: 1} {
		payments, err := f.Backlog.Payments(t.Context(), now.Add(after), 10)
		require.NoError(t, err)
		require.Len(t, payments, want)
	}
	none, err := f.Backlog.Refunds(t.Context(), now.Add(-time.Second), 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

func history(t *testing.T, f Fixture) {
	captured := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	payment, staff := captured.Snapshot(), newID()
	refundWhole(t, f, payment.ID)
	for _, who := range []id.ID{payment.AccountID, staff} {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			refund, err := captured.Refund(newID(),
				billing.RefundOrder{OrderID: payment.OrderID, RequestedBy: who, Key: "k"}, nil, now)
			return errors.Join(err, s.Refunds.Insert(ctx, refund))
		})
	}
	got, err := f.Reader.History(t.Context(), payment.OrderID)
	require.NoError(t, err)
	require.Equal(t, []billing.Entry{
		{At: now, What: "payment.requested", Result: "requested"},
		{At: now.Add(time.Second), What: "webhook", Result: "captured"},
		{At: now, What: "refund.requested", Result: "requested"},
		{At: now, What: "refund.requested", Result: "succeeded"}, // of nothing
		{At: now, What: "refund.requested", Result: "succeeded", StaffID: staff},
	}, got)
}

func inboxWaits(t *testing.T, f Fixture) {
	event := ports.Event{Provider: "mockpay", ID: "evt_1", Body: []byte(`{"id": "evt_1"}`), ReceivedAt: now}
	waiting := func(at time.Time) []ports.Event {
		got, err := f.Backlog.Events(t.Context(), at, 10)
		require.NoError(t, err)
		return got
	}
	later := now.Add(time.Hour)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		_, err := s.Inbox.Insert(ctx, event)
		require.NoError(t, err)
		return s.Inbox.Postpone(ctx, event, &later)
	})
	require.Empty(t, waiting(now))
	require.False(t, due(t, f, now))
	require.True(t, due(t, f, later), "the webhook")
	require.Equal(t, []ports.Event{event}, waiting(later))
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Inbox.Postpone(ctx, event, nil) })
	require.Empty(t, waiting(later))
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Inbox.Postpone(ctx, event, &now) })
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Inbox.Applied(ctx, event, now) })
	require.Empty(t, waiting(later))
}

func inboxPrunes(t *testing.T, f Fixture) {
	later := now.Add(time.Hour)
	event := func(id string, age time.Duration) ports.Event {
		return ports.Event{Provider: "mockpay", ID: id, Body: []byte(`{}`), ReceivedAt: now.Add(-age * time.Second)}
	}
	events := []ports.Event{event("oldest", 4), event("old", 3), event("to be retried", 5), event("new", 1)}
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		for _, e := range events {
			_, err := s.Inbox.Insert(ctx, e)
			require.NoError(t, err)
		}
		return s.Inbox.Postpone(ctx, events[2], &later)
	})
	known := func(e ports.Event) (known bool) {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			fresh, err := s.Inbox.Insert(ctx, e)
			known = !fresh
			return err
		})
		return known
	}
	for _, want := range []struct {
		limit, pruned int
		gone          ports.Event
	}{{1, 1, events[0]}, {10, 1, events[1]}} {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			n, err := s.Inbox.Prune(ctx, now.Add(-2*time.Second), want.limit)
			require.Equal(t, want.pruned, n)
			return err
		})
		require.False(t, known(want.gone), want.gone.ID)
		do(t, f, func(ctx context.Context, s ports.Stores) error { // it was inserted again, and is not to be pruned
			return s.Inbox.Postpone(ctx, want.gone, &later)
		})
	}
	require.True(t, known(events[2]), "it is retried")
	require.True(t, known(events[3]), "it is new")
}
