package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/fanout"
)

const sweepBatch = 500

// Sweep does what has come to its time: it takes refunds further, looks once more at payments that ended without
// money, and tries kept webhooks again. Whatever it leaves undone the next sweep finds.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Clock.Now()
	refunds, err := s.Backlog.Refunds(ctx, now, sweepBatch)
	if err != nil {
		return err
	}
	payments, err := s.Backlog.Payments(ctx, now, sweepBatch)
	if err != nil {
		return err
	}
	events, err := s.Backlog.Events(ctx, now, sweepBatch)
	if err != nil {
		return err
	}
	return errors.Join(
		fanout.Each(ctx, s.Parallel, refunds, func(ctx context.Context, refund domain.Refund) error {
			_, err := s.askBack(ctx, refund)
			return err
		}),
		fanout.Each(ctx, s.Parallel, payments, s.lookAgain),
		fanout.Each(ctx, s.Parallel, events, s.retryEvent))
}

// lookAgain asks the provider once whether it took money after it said that it would not.
func (s *Service) lookAgain(ctx context.Context, payment domain.Payment) error {
	p := payment.Snapshot()
	outcome, found := s.Provider.Find(ctx, request(p))
	return s.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, st ports.Stores) error {
		locked, _, err := st.Payments.Lock(ctx, p.ID)
		if err != nil {
			return err
		}
		if found {
			changed, err := s.apply(ctx, st, &locked, news{outcome, "provider.find"})
			if err != nil || changed {
				return err
			}
		}
		if found && outcome.Status == billing.Unknown {
			locked.Watch(s.Clock.Now().Add(s.WatchFor)) // it did not say
		} else {
			locked.Watched()
		}
		if err := st.Payments.Update(ctx, locked, ""); err != nil {
			return fmt.Errorf("stop watching payment %s: %w", p.ID, err)
		}
		return nil
	})
}
