package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// fulfil grants what was paid for, removes it from the cart, and refunds the lines that add nothing to what the buyer
// owns by now. What is refused is saved before its refund, so that a crash in between grants none of it.
func (s *Service) fulfil(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	if r.payment == nil && !mutant.On("ignore-payments-of-earlier-attempts") {
		if err := s.read(ctx, order.ID(), r); err != nil { // to be applied once it is granted
			return false, err
		}
	}
	if order.GrantRefused() && !mutant.On("grant-during-a-pending-refund") {
		return s.refundRefused(ctx, order, r)
	}
	refused, err := s.grant(ctx, *order)
	switch {
	case errors.Is(err, domain.ErrErased):
		err = order.RefuseGrant(s.Clock.Now())
	case err == nil && len(refused) > 0:
		err = order.RefuseLines(refused, s.Clock.Now())
	}
	if err != nil {
		return false, err
	}
	if order.GrantRefused() || len(refused) > 0 {
		s.Log.WarnContext(ctx, "paid lines cannot be granted and are refunded", "order", order.ID(), "lines", refused,
			"reason", order.RefusedBy())
		if *order, err = s.save(ctx, *order, false); err != nil {
			return false, err
		}
	}
	if order.GrantRefused() && !mutant.On("complete-after-a-rejected-grant") {
		return s.refundRefused(ctx, order, r)
	}
	if !mutant.On("skip-removal-of-bought-lines") {
		if err := s.Carts.Remove(ctx, *order); err != nil {
			return false, fmt.Errorf("clear cart after order %s: %w", order.ID(), err)
		}
	}
	if order.RefundsLines() && !mutant.On("skip-refund-of-rejected-lines") {
		return s.refundRefused(ctx, order, r)
	}
	return true, order.Complete(s.Clock.Now())
}

// grant gives the buyer what was paid for, and returns the lines that add nothing. It asks identity first whether the
// account is erased, for library may not have handled AccountErased yet: what is captured after the erasure is refunded
// instead of being granted and then revoked.
func (s *Service) grant(ctx context.Context, order domain.Order) ([]id.ID, error) {
	_, found, err := s.Buyers.Buyer(ctx, order.Snapshot().AccountID)
	if err == nil && !found && !mutant.On("grant-without-account-check") {
		err = domain.ErrErased
	}
	if err != nil {
		return nil, fmt.Errorf("ask for the buyer of order %s: %w", order.ID(), err)
	}
	refused, err := s.Library.Grant(ctx, order)
	if err != nil {
		return nil, fmt.Errorf("grant order %s: %w", order.ID(), err)
	}
	return refused, nil
}

// refundRefused refunds what of the order is refused. More follows once that has succeeded.
func (s *Service) refundRefused(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	state, payment, err := s.Refunds.Return(ctx, *order)
	if err != nil {
		return false, fmt.Errorf("refund order %s: %w", order.ID(), err)
	}
	if state != domain.ReturnWithheld {
		r.learn(payment)
	}
	apply := order.ApplyLineReturn
	if order.GrantRefused() {
		apply = order.ApplyReturn
	}
	err = apply(state, s.Clock.Now())
	return order.Watched(), err
}
