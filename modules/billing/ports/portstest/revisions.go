package portstest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// state returns the state of an order's money, and asserts that a transaction and the reader agree on it.
func state(t *testing.T, f Fixture, orderID id.ID) (out billing.PaymentState) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
		out, err = s.Payments.State(ctx, orderID)
		return err
	})
	summaries, err := f.Reader.Summaries(t.Context(), []id.ID{orderID})
	require.NoError(t, err)
	require.Equal(t, out, summaries[orderID].State)
	return out
}

// revisions makes every kind of change of an order's money.
func revisions(t *testing.T, f Fixture) {
	orderID, ada := newID(), newID()
	require.Zero(t, state(t, f, orderID))
	last := int64(0)
	raised := func() billing.PaymentState {
		s := state(t, f, orderID)
		require.Greater(t, s.Revision, last)
		last = s.Revision
		return s
	}
	first := insert(t, f, orderID, ada, 1)
	require.Equal(t, billing.Requested, raised().Status)
	first = applyStatus(t, f, first, billing.Declined)
	require.Equal(t, billing.Declined, raised().Status)
	second := insert(t, f, orderID, ada, 2)
	require.Equal(t, 2, raised().Attempt)
	second = applyStatus(t, f, second, billing.Captured)
	require.Equal(t, int64(1000), raised().Left)
	refund := refundWhole(t, f, second.Snapshot().ID)
	s := raised()
	require.Zero(t, s.Left)
	require.Empty(t, s.Refunded, "the refund has not succeeded")
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		locked, _, err := s.Payments.Lock(ctx, second.Snapshot().ID)
		_, applied := refund.Apply(domain.RefundOutcome{Status: billing.RefundSucceeded, ProviderRef: "re"}, now)
		return errors.Join(err, applied, s.Refunds.Update(ctx, refund, "webhook"), s.Payments.Update(ctx, locked, ""))
	})
	require.Equal(t, int64(1000), refundedIn(raised().Refunded))
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		locked, _, err := s.Payments.Lock(ctx, first.Snapshot().ID)
		return errors.Join(err, s.Payments.Update(ctx, locked, ""))
	})
	require.Equal(t, 2, raised().Attempt, "an earlier attempt has changed")
	require.Equal(t, last, state(t, f, orderID).Revision, "reading changes nothing")
}

func refundedIn(refunded []billing.RefundTotal) (sum int64) {
	for _, r := range refunded {
		sum += r.Amount
	}
	return sum
}

// oneWriterOfOrder has concurrent writers of an order's attempts read the order's revision and raise it: no two of them
// read the same one.
func oneWriterOfOrder(t *testing.T, f Fixture) {
	const writers = 8
	orderID, ada := newID(), newID()
	attempts := []domain.Payment{insert(t, f, orderID, ada, 1), insert(t, f, orderID, ada, 2)}
	var group sync.WaitGroup
	seen, results := make([]int64, writers), make([]error, writers)
	for i := range writers {
		group.Go(func() {
			results[i] = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
				locked, _, err := s.Payments.Lock(ctx, attempts[i%2].Snapshot().ID)
				if err != nil {
					return err
				}
				before, err := s.Payments.State(ctx, orderID)
				seen[i] = before.Revision
				return errors.Join(err, s.Payments.Update(ctx, locked, ""))
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	distinct := map[int64]bool{}
	for _, revision := range seen {
		distinct[revision] = true
	}
	require.Len(t, distinct, writers)
}

// insertWaits inserts a second attempt while a writer of the first has read the order's state and not committed.
func insertWaits(t *testing.T, f Fixture) {
	orderID, ada := newID(), newID()
	first := insert(t, f, orderID, ada, 1)
	busy(t, f)
	inserting, inserted := make(chan struct{}), make(chan error, 1)
	var read, after billing.PaymentState
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		locked, _, err := s.Payments.Lock(ctx, first.Snapshot().ID)
		if err != nil {
			return err
		}
		go func() {
			close(inserting)
			second := domain.NewPayment(newID(), charge(orderID, ada, 2), "mockpay", now)
			inserted <- f.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, s ports.Stores) error {
				_, err := s.Payments.Insert(ctx, second)
				return err
			})
		}()
		<-inserting
		for range 100 { // enough statements for an insert that does not wait
			if _, err := s.Refunds.Of(ctx, first.Snapshot().ID); err != nil {
				return err
			}
		}
		if err := s.Payments.Update(ctx, locked, ""); err != nil {
			return err
		}
		read, err = s.Payments.State(ctx, orderID)
		return err
	})
	require.NoError(t, <-inserted)
	after = state(t, f, orderID)
	require.Equal(t, 1, read.Attempt)
	require.Equal(t, 2, after.Attempt)
	require.Greater(t, after.Revision, read.Revision)
}
