package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// reconsider moves an order out of manual review once staff has decided, or once its money says where it belongs.
func (s *Service) reconsider(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	if order.Resolving() != "" {
		return s.resolve(ctx, order, r)
	}
	if r.payment == nil {
		payment, err := s.paymentInReview(ctx, *order)
		if err != nil {
			return false, fmt.Errorf("reconsider order %s: %w", order.ID(), err)
		}
		r.learn(payment)
	}
	if err := s.apply(ctx, order, r); err != nil {
		return false, err
	}
	if order.Status() == checkout.Paid {
		*order, err = s.save(ctx, *order, false)
	}
	return !order.InReview(), err
}

// paymentInReview returns how the money of an order in review stands. The provider is polled for a payment of unknown
// outcome.
func (s *Service) paymentInReview(ctx context.Context, order domain.Order) (ports.Payment, error) {
	if order.PaymentUnknown() {
		return s.unlessAbandoned(ctx, order, s.Payments.Poll)
	}
	payments, err := s.Payments.Of(ctx, []id.ID{order.ID()})
	return payments[order.ID()], err
}

// resolve settles the money of an order in review as staff decided, then moves the order. A decision that the money
// does not allow is dropped: the order stays in review. What a fulfilled order granted is revoked once its money has
// been refunded; of an order that was being granted it is withdrawn at once, and restored when the refund fails and
// staff accept the order.
func (s *Service) resolve(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	payment, err := s.Payments.Resolve(ctx, order.ID(), order.Resolving())
	if errors.Is(err, domain.ErrNotResolvable) {
		order.Unresolve(s.Clock.Now())
	}
	if err != nil {
		return false, fmt.Errorf("resolve order %s: %w", order.ID(), err)
	}
	r.learn(payment)
	moved := *order
	if err := moved.Resolved(s.Clock.Now()); err != nil {
		return false, err
	}
	if !moved.Watched() && moved.Begun() && !mutant.On("skip-revocation-of-a-partial-grant") {
		access := domain.Open
		if moved.Ended() {
			access = domain.Ended
		}
		if err := s.Library.Adjust(ctx, moved, domain.Adjustment{Access: access}); err != nil {
			return false, fmt.Errorf("adjust what order %s granted: %w", order.ID(), err)
		}
	}
	*order = moved
	if order.Status() == checkout.Paid {
		*order, err = s.save(ctx, *order, false)
	}
	return true, err
}
