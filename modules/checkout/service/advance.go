package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
)

// An advance goes on when the buyer hangs up, and ends before its lease does.
const advanceTimeout = domain.Lease - 2*time.Second

// Advance takes an order as far as it gets. Who brings news calls it; an order with nothing left to do stays as it is.
func (s *Service) Advance(ctx context.Context, orderID id.ID) error {
	order, err := s.resume(ctx, orderID)
	if err != nil || !order.Settled() {
		return err
	}
	_, err = s.follow(ctx, order)
	return err
}

// resume takes the lease of an order, then takes the order further.
func (s *Service) resume(ctx context.Context, orderID id.ID) (domain.Order, error) {
	order, err := s.Orders.Claim(ctx, orderID, s.Clock.Now())
	if err != nil {
		return domain.Order{}, err
	}
	return s.advance(ctx, order, nil)
}

// advance is the one way in which a purchase moves on: charge, grant, clear, complete. Every step can be repeated
// without a second effect, and the row says where to go on, so whoever comes next resumes what a crash cut off. The
// caller has the lease, and may know the buyer.
func (s *Service) advance(ctx context.Context, order domain.Order, buyer *ports.Buyer) (domain.Order, error) {
	if !order.Advances() {
		return order, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), advanceTimeout)
	defer cancel()
	order, err := s.pay(ctx, order, buyer)
	if err == nil && order.Status() == checkout.Paid {
		order, err = s.fulfil(ctx, order)
	}
	if err != nil {
		return order, errors.Join(err, s.giveUp(ctx, order))
	}
	return s.save(ctx, order, true)
}

// pay asks for the money, or for what became of it.
func (s *Service) pay(ctx context.Context, order domain.Order, buyer *ports.Buyer) (domain.Order, error) {
	if order.Status() == checkout.Paid {
		return order, nil
	}
	outcome, err := s.outcome(ctx, order, buyer)
	if err != nil {
		return order, fmt.Errorf("charge order %s: %w", order.ID(), err)
	}
	order.ApplyPayment(outcome, s.Clock.Now())
	switch {
	case order.Status() == checkout.Paid:
		return s.save(ctx, order, false)
	case order.Status() == checkout.Processing && order.Waiting(s.Clock.Now()) >= s.GiveUpAfter:
		s.review(ctx, &order, "the provider has not said what became of a payment")
	}
	return order, nil
}

// outcome makes the attempt of a pending order and resumes that of any other. A buyer who has gone is not charged, but
// an attempt that was made before runs to its end. For an order that waits for a person nobody is asked any more.
func (s *Service) outcome(ctx context.Context, order domain.Order, buyer *ports.Buyer) (domain.Outcome, error) {
	if order.InReview() {
		bills, err := s.Payments.Bills(ctx, []id.ID{order.ID()})
		return bills[order.ID()].Outcome, err
	}
	if order.Status() == checkout.Pending {
		if buyer != nil {
			return s.Payments.Charge(ctx, order, *buyer)
		}
		known, found, err := s.Buyers.Buyer(ctx, order.Snapshot().AccountID)
		if err != nil {
			return domain.Unclear, err
		}
		if found {
			return s.Payments.Charge(ctx, order, known)
		}
	}
	outcome, found, err := s.Payments.Resume(ctx, order.ID())
	if err != nil {
		return domain.Unclear, err
	}
	if !found || (outcome == domain.NeedsAction && order.Waiting(s.Clock.Now()) >= s.ActionWithin) {
		return s.Payments.Cancel(ctx, order)
	}
	return outcome, nil
}

// fulfil grants what was paid for, then takes it out of the cart. What cannot be granted is refunded whole.
func (s *Service) fulfil(ctx context.Context, order domain.Order) (domain.Order, error) {
	if order.GrantRefused() {
		return s.refund(ctx, order)
	}
	err := s.Library.Grant(ctx, order)
	if errors.Is(err, domain.ErrAlreadyOwned) {
		s.Log.WarnContext(ctx, "a paid order cannot be granted because the buyer owns it already; its money goes back", "order", order.ID())
		order.RefuseGrant(s.Clock.Now())
		if order, err = s.save(ctx, order, false); err != nil {
			return order, err
		}
		return s.refund(ctx, order)
	}
	if err != nil {
		return order, fmt.Errorf("grant order %s: %w", order.ID(), err)
	}
	if err := s.Carts.Remove(ctx, order.Snapshot().AccountID, order.CartLineIDs()); err != nil {
		return order, fmt.Errorf("clear cart after order %s: %w", order.ID(), err)
	}
	order.Complete(s.Clock.Now())
	return order, nil
}

func (s *Service) refund(ctx context.Context, order domain.Order) (domain.Order, error) {
	returning, err := s.Refunds.Return(ctx, order.ID())
	if err != nil {
		return order, fmt.Errorf("refund order %s: %w", order.ID(), err)
	}
	order.ApplyReturn(returning, s.Clock.Now())
	return order, nil
}

// save stores the order; the last save gives the lease back.
func (s *Service) save(ctx context.Context, order domain.Order, last bool) (domain.Order, error) {
	if last {
		order.Release()
	}
	if err := s.Orders.Save(ctx, order); err != nil {
		return order, fmt.Errorf("save order %s: %w", order.ID(), err)
	}
	return order.Stored(), nil
}

// giveUp gives the lease back after a failure, so that the buyer's next try need not wait for it to end. What fails
// for too long is for a person.
func (s *Service) giveUp(ctx context.Context, order domain.Order) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	order.Touch(s.Clock.Now())
	if order.Unfinished() && order.Waiting(s.Clock.Now()) >= s.GiveUpAfter {
		s.review(ctx, &order, "an order fails again and again")
	}
	_, err := s.save(ctx, order, true)
	return err
}

func (s *Service) review(ctx context.Context, order *domain.Order, why string) {
	s.Log.WarnContext(ctx, why+"; a person must look at it", "order", order.ID())
	order.Review(s.Clock.Now())
}
