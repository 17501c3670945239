package portstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

func claimed(t *testing.T, f Fixture) {
	payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	review := func() billing.ReviewReason {
		orderID := payment.Snapshot().OrderID
		summaries, err := f.Reader.Summaries(t.Context(), []id.ID{orderID})
		require.NoError(t, err)
		stored, _, err := f.Reader.Newest(t.Context(), orderID)
		require.NoError(t, err)
		require.Equal(t, payment, stored)
		return summaries[orderID].State.Review
	}
	update := func(change func(p *domain.Payment)) {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			p := payment.Snapshot()
			_, found, err := s.Payments.LockByRef(ctx, p.Provider, "pi_none")
			require.NoError(t, err)
			require.False(t, found)
			locked, found, err := s.Payments.LockByRef(ctx, p.Provider, p.ProviderRef)
			require.NoError(t, err)
			require.True(t, found)
			require.Equal(t, payment, locked)
			change(&locked)
			payment = locked
			return s.Payments.Update(ctx, locked, "")
		})
	}
	require.Empty(t, review())
	amount := usd(700)
	update(func(p *domain.Payment) {
		changed, err := p.Apply(domain.Outcome{Status: billing.Captured, Amount: &amount}, now)
		require.NoError(t, err)
		require.True(t, changed)
	})
	require.Equal(t, billing.ReviewAmount, review())
	update(func(p *domain.Payment) {
		_, err := p.Accept(newID(), domain.Acceptance{Captured: 700, Out: 50}, now)
		require.NoError(t, err)
	})
	require.Empty(t, review())
	require.Equal(t, int64(300), payment.Snapshot().Difference)
}

// failedRefund lets the refund of a late capture fail while a newer attempt of the order is captured.
func failedRefund(t *testing.T, f Fixture) {
	orderID, ada := newID(), newID()
	late := applyStatus(t, f, insert(t, f, orderID, ada, 1), billing.Declined)
	newest := applyStatus(t, f, insert(t, f, orderID, ada, 2), billing.Captured)
	attempts, err := f.Reader.Attempts(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, []domain.Payment{newest, late}, attempts)
	review := func() billing.ReviewReason {
		summaries, err := f.Reader.Summaries(t.Context(), []id.ID{orderID})
		require.NoError(t, err)
		require.Equal(t, newest.Snapshot().ID, summaries[orderID].Payment.ID)
		return summaries[orderID].State.Review
	}
	change := func(fn func(ctx context.Context, s ports.Stores, p *domain.Payment) error) {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			locked, _, err := s.Payments.Lock(ctx, late.Snapshot().ID)
			require.NoError(t, err)
			return errors.Join(fn(ctx, s, &locked), s.Payments.Update(ctx, locked, ""))
		})
	}
	var refund domain.Refund
	change(func(ctx context.Context, s ports.Stores, p *domain.Payment) error {
		amount := p.Snapshot().Amount
		p.Apply(domain.Outcome{Status: billing.Captured, Amount: &amount}, now)
		refund = p.RefundWhole(newID(), nil, "test", now)
		return s.Refunds.Insert(ctx, refund)
	})
	require.Empty(t, review())
	change(func(ctx context.Context, s ports.Stores, p *domain.Payment) error {
		refund.Apply(domain.RefundOutcome{Status: billing.RefundFailed}, now)
		p.RestoreFailedRefund(refund)
		return s.Refunds.Update(ctx, refund, "test")
	})
	require.Equal(t, billing.ReviewRefundFailed, review())
	var again domain.Refund
	change(func(ctx context.Context, s ports.Stores, p *domain.Payment) error {
		p.MarkResolved(now)
		again = p.RefundWhole(newID(), nil, "test", now)
		require.NotEqual(t, refund.Snapshot().Key, again.Snapshot().Key)
		return s.Refunds.Insert(ctx, again)
	})
	require.Empty(t, review(), "the review is resolved, and it is refunded again")
	change(func(ctx context.Context, s ports.Stores, p *domain.Payment) error {
		again.Apply(domain.RefundOutcome{Status: billing.RefundFailed}, now)
		p.RestoreFailedRefund(again)
		return s.Refunds.Update(ctx, again, "test")
	})
	require.Equal(t, billing.ReviewRefundFailed, review(), "it failed again")
}

// accountLock locks an account for a charge while an erasure has locked it: the charge waits, then reads the tombstone.
func accountLock(t *testing.T, f Fixture) {
	ada := newID()
	busy(t, f)
	var order []string
	charging, charged := make(chan struct{}), make(chan error, 1)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		if _, err := s.Privacy.Lock(ctx, ada); err != nil {
			return err
		}
		go func() {
			close(charging)
			charged <- f.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, s ports.Stores) error {
				erased, err := s.Privacy.Lock(ctx, ada)
				order = append(order, fmt.Sprint("charge, erased: ", erased))
				return err
			})
		}()
		<-charging
		for range 100 { // enough statements for a charge that does not wait
			if _, err := s.Refunds.Of(ctx, ada); err != nil {
				return err
			}
		}
		order = append(order, "erase")
		return s.Privacy.Erase(ctx, ada, now)
	})
	require.NoError(t, <-charged)
	require.Equal(t, []string{"erase", "charge, erased: true"}, order)
}

// busy opens the connections of several transactions, so that none waits for one in a race.
func busy(t *testing.T, f Fixture) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() {
			errs[i] = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) (err error) {
				for range 50 {
					_, ofErr := s.Refunds.Of(ctx, newID())
					err = errors.Join(err, ofErr)
				}
				return err
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
}
