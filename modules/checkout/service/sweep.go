package service

import (
	"context"
	"errors"

	"coinslot/modules/checkout/domain"
	"coinslot/platform/fanout"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

const sweepBatch = 500

// Sweep advances every stalled order. Sweeps alone, without webhooks and without the buyer, bring every order to an
// end.
func (s *Service) Sweep(ctx context.Context) error {
	stuck, err := s.Finder.Stuck(ctx, s.Clock.Now(), s.Patience, sweepBatch)
	if err != nil {
		return err
	}
	return errors.Join(
		fanout.Each(ctx, s.Parallel, stuck, func(ctx context.Context, orderID id.ID) error {
			if mutant.On("skip-sweep") {
				return nil
			}
			return unlessBusy(s.Advance(ctx, orderID))
		}),
		s.expire(ctx),
	)
}

// unlessBusy drops the error of an order that another caller advances.
func unlessBusy(err error) error {
	if errors.Is(err, domain.ErrAdvancing) || errors.Is(err, domain.ErrStale) {
		return nil
	}
	return err
}

// expire cancels orders that were declined and not paid in time.
func (s *Service) expire(ctx context.Context) error {
	expired, err := s.Reviews.Expired(ctx, s.Clock.Now().Add(-s.DeclinedFor), sweepBatch)
	if err != nil {
		return err
	}
	return fanout.Each(ctx, s.Parallel, expired, func(ctx context.Context, orderID id.ID) error {
		order, err := s.Finder.Any(ctx, orderID)
		if err != nil {
			return err
		}
		if order.Expire(s.Clock.Now()) != nil || mutant.On("skip-expiry-of-declined-orders") {
			return nil // it is paid again by now
		}
		_, err = s.save(ctx, order, true)
		return unlessBusy(err)
	})
}

// PruneKeys deletes the idempotency keys of repeated payments of orders that ended longer ago than keys are kept. A
// repeat of such a call is refused, because the order is finished; a repeat of a checkout still finds its order.
func (s *Service) PruneKeys(ctx context.Context) error {
	for {
		n, err := s.Reviews.PruneKeys(ctx, s.Clock.Now().Add(-s.KeepKeys), sweepBatch)
		if err != nil || n < sweepBatch {
			return err
		}
	}
}
