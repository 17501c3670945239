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
	return s.timeline(ctx, orderID)
}

// AnyTimeline returns what happened to an order of any account and to its money, the oldest first.
func (s *Service) AnyTimeline(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
	if _, err := s.Finder.Any(ctx, orderID); err != nil {
		return nil, err
	}
	return s.timeline(ctx, orderID)
}

func (s *Service) timeline(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
	states, err := s.Finder.History(ctx, orderID)
	if err != nil {
		return nil, err
	}
	money, err := s.Payments.History(ctx, orderID)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(states, money)
	resolutions, err := s.Reviews.Resolutions(ctx, orderID)
	if err != nil {
		return nil, err
	}
	for _, r := range resolutions {
		all = append(all, ports.Entry{
			At: r.At, What: "resolution", Result: string(r.Action), RequestID: r.RequestID,
			Reason: r.Reason, StaffID: r.AccountID,
		})
	}
	slices.SortStableFunc(all, func(a, b ports.Entry) int { return a.At.Compare(b.At) })
	return all, nil
}
