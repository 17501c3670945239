package service

import (
	"context"
	"slices"

	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
)

// Timeline returns what happened to one of an account's orders and to its money, the oldest first.
func (s *Service) Timeline(ctx context.Context, accountID, orderID id.ID) ([]ports.Entry, error) {
	if _, err := s.Finder.Find(ctx, accountID, orderID); err != nil {
		return nil, err
	}
	states, err := s.Finder.History(ctx, orderID)
	if err != nil {
		return nil, err
	}
	money, err := s.Payments.History(ctx, orderID)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(states, money)
	slices.SortStableFunc(all, func(a, b ports.Entry) int { return a.At.Compare(b.At) })
	return all, nil
}
