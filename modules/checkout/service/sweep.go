package service

import (
	"context"
	"errors"

	"coinslot/modules/checkout/domain"
	"coinslot/platform/fanout"
	"coinslot/platform/id"
)

const sweepBatch = 500

// Sweep takes every order that has stood still further. With it alone, without a webhook and without its buyer, every
// order ends.
func (s *Service) Sweep(ctx context.Context) error {
	stuck, err := s.Finder.Stuck(ctx, s.Clock.Now(), s.Patience, sweepBatch)
	if err != nil {
		return err
	}
	return fanout.Each(ctx, s.Parallel, stuck, func(ctx context.Context, orderID id.ID) error {
		err := s.Advance(ctx, orderID)
		if errors.Is(err, domain.ErrAdvancing) || errors.Is(err, domain.ErrStale) {
			return nil // somebody else is at it
		}
		return err
	})
}
