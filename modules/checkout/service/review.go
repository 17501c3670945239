package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// review moves an order to manual review.
func (s *Service) review(ctx context.Context, order *domain.Order, reason checkout.ReviewReason) error {
	before := order.Snapshot().Review.Reason
	if err := order.Review(reason, s.Clock.Now()); err != nil {
		return err
	}
	if before != reason {
		s.reviewed(ctx, *order)
	}
	return nil
}

// reviewed reports that an order entered manual review.
func (s *Service) reviewed(ctx context.Context, order domain.Order) {
	reason := order.Snapshot().Review.Reason
	s.Log.WarnContext(ctx, "an order entered manual review", "order", order.ID(), "reason", reason)
	if s.InReview != nil {
		s.InReview(ctx, reason)
	}
}

// reconsider moves an order out of manual review once staff has decided, or once its money says where it belongs.
func (s *Service) reconsider(ctx context.Context, order domain.Order) (domain.Order, error) {
	if order.Resolving() != "" {
		return s.settleAs(ctx, order)
	}
	outcome, err := s.outcomeInReview(ctx, &order)
	if err != nil {
		return order, fmt.Errorf("reconsider order %s: %w", order.ID(), err)
	}
	if err := order.ApplyPayment(outcome, s.Clock.Now()); err != nil {
		return order, err
	}
	switch {
	case order.Watched():
		return s.follow(ctx, order)
	case order.Status() == checkout.Paid:
		return s.save(ctx, order, false)
	case order.InReview():
		order.Touch(s.Clock.Now())
	}
	return order, nil
}

// outcomeInReview returns where the money of an order in review is: unclear as long as the order has to stay there. The
// provider is polled for a payment that it has not answered for, and told to cancel one that its buyer has not confirmed in
// time.
func (s *Service) outcomeInReview(ctx context.Context, order *domain.Order) (domain.Outcome, error) {
	if order.PaymentUnknown() {
		outcome, found, err := s.Payments.Poll(ctx, order.ID())
		if err == nil && (!found || (outcome == domain.NeedsAction && s.late(*order))) {
			return s.Payments.Cancel(ctx, *order)
		}
		return outcome, err
	}
	bills, err := s.Payments.Bills(ctx, []id.ID{order.ID()})
	if err != nil {
		return domain.Unclear, err
	}
	reason := bills[order.ID()].Review
	if order.RefundOwed() {
		reason = owed(bills[order.ID()])
	}
	if reason != "" {
		return domain.Unclear, s.review(ctx, order, reason)
	}
	return bills[order.ID()].Outcome, nil
}

// settleAs settles the money of an order in review as staff decided, then moves the order. What the money does not
// allow is dropped: the order stays in review. What a fulfilled order gave is revoked once its money has been refunded; of
// an order that was being granted it is withdrawn at once, and restored when the refund fails and staff accept the order.
func (s *Service) settleAs(ctx context.Context, order domain.Order) (domain.Order, error) {
	err := s.Payments.Resolve(ctx, order.ID(), order.Resolving())
	if errors.Is(err, domain.ErrNotResolvable) {
		order.Unresolve(s.Clock.Now())
	}
	if err != nil {
		return order, fmt.Errorf("resolve order %s: %w", order.ID(), err)
	}
	if err := order.Resolved(s.Clock.Now()); err != nil {
		return order, err
	}
	if order.Watched() {
		return s.follow(ctx, order)
	}
	if order.Begun() && !mutant.On("keep-what-a-partly-granted-order-gave") {
		access := domain.Open
		if order.Ended() {
			access = domain.Ended
		}
		if err := s.Library.Adjust(ctx, order, nil, access); err != nil {
			return order, fmt.Errorf("adjust what order %s gave: %w", order.ID(), err)
		}
	}
	if order.Status() == checkout.Paid {
		return s.save(ctx, order, false)
	}
	return order, nil
}
