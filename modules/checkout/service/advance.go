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
	"coinslot/platform/mutant"
)

// AdvanceTimeout bounds an advance: it goes on when the buyer hangs up, and ends before its lease does.
const AdvanceTimeout = domain.Lease - 2*time.Second

// Advance takes an order as far as it gets. Who brings news calls it; an order with nothing left to do stays as it is.
func (s *Service) Advance(ctx context.Context, orderID id.ID) error {
	order, err := s.resume(ctx, orderID)
	switch {
	case err != nil || mutant.On("follow-no-settled-order"):
		return err
	case order.Watched():
		_, err = s.follow(ctx, order)
	case order.Ended():
		_, err = s.followEnded(ctx, order)
	}
	return err
}

// resume takes the lease of an order, then advances the order.
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), AdvanceTimeout)
	defer cancel()
	held := !order.Snapshot().Released
	order, err := s.pay(ctx, order, buyer)
	if err == nil && order.Status() == checkout.Paid {
		order, err = s.fulfil(ctx, order)
	}
	if err != nil {
		return order, errors.Join(err, s.giveUp(ctx, order))
	}
	if err := s.release(ctx, order, held); err != nil {
		return order, errors.Join(err, s.giveUp(ctx, order))
	}
	if err := s.questionEarlier(ctx, &order); err != nil {
		return order, errors.Join(err, s.giveUp(ctx, order))
	}
	refunded := order.Settled() && order.RefundsLines()
	if order, err = s.save(ctx, order, true); err != nil || !refunded {
		return order, err
	}
	return s.follow(ctx, order)
}

// pay asks for the money, or for what became of it.
func (s *Service) pay(ctx context.Context, order domain.Order, buyer *ports.Buyer) (domain.Order, error) {
	if order.Status() == checkout.Paid {
		return order, nil
	}
	if order.InReview() {
		return s.reconsider(ctx, order)
	}
	outcome, err := s.outcome(ctx, order, buyer)
	if err != nil {
		return order, fmt.Errorf("charge order %s: %w", order.ID(), err)
	}
	if err := order.ApplyPayment(outcome, s.Clock.Now()); err != nil {
		return order, err
	}
	switch {
	case order.Status() == checkout.Paid:
		return s.save(ctx, order, false)
	case order.InReview():
		s.reviewed(ctx, order)
	case order.Status() == checkout.Processing && order.Waiting(s.Clock.Now()) >= s.GiveUpAfter:
		err = s.review(ctx, &order, checkout.ReviewPaymentUnknown)
	}
	return order, err
}

// outcome makes the attempt of a pending order and resumes that of any other. The buyer of an erased account is not
// charged, but an attempt that was made before runs to its end. Once the time to send and confirm the payment is over, the
// provider is asked and never told to charge.
func (s *Service) outcome(ctx context.Context, order domain.Order, buyer *ports.Buyer) (domain.Outcome, error) {
	late := s.late(order)
	if order.Status() == checkout.Pending && !late {
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
	ask := s.Payments.Resume
	if late {
		ask = s.Payments.Poll
	}
	outcome, found, err := ask(ctx, order.ID())
	if err != nil {
		return domain.Unclear, err
	}
	if !found || (outcome == domain.NeedsAction && late) {
		return s.Payments.Cancel(ctx, order)
	}
	return outcome, nil
}

// late reports whether the buyer's time to confirm the payment is over.
func (s *Service) late(order domain.Order) bool {
	return order.Waiting(s.Clock.Now()) >= s.ActionWithin
}

// release ends the reservation of cart lines by an order that ends unpaid, before that status is saved. held is false when
// the order had ended before: another order may have reserved the lines since.
func (s *Service) release(ctx context.Context, order domain.Order, held bool) error {
	if !held || !order.Ended() {
		return nil
	}
	lineIDs := order.ConsumableCartLineIDs()
	if len(lineIDs) == 0 {
		return nil
	}
	if err := s.Carts.Release(ctx, order.Snapshot().AccountID, lineIDs); err != nil {
		return fmt.Errorf("release the cart lines of order %s: %w", order.ID(), err)
	}
	return nil
}

// reserve marks the cart's lines of consumables before an order is made from them.
func (s *Service) reserve(ctx context.Context, order domain.Order) error {
	lineIDs := order.ConsumableCartLineIDs()
	if len(lineIDs) == 0 {
		return nil
	}
	if err := s.Carts.Reserve(ctx, order.Snapshot().AccountID, lineIDs); err != nil {
		return fmt.Errorf("reserve the cart lines of order %s: %w", order.ID(), err)
	}
	return nil
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

// giveUp releases the lease after a failure, so that the buyer's next try need not wait for it to end. What fails for
// too long goes to manual review.
func (s *Service) giveUp(ctx context.Context, order domain.Order) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	order.Touch(s.Clock.Now())
	var illegal error
	if order.Unfinished() && order.Waiting(s.Clock.Now()) >= s.GiveUpAfter {
		reason := checkout.ReviewPaymentUnknown
		if order.Status() == checkout.Paid {
			reason = checkout.ReviewFulfilmentFailed
		}
		illegal = s.review(ctx, &order, reason)
	}
	_, err := s.save(ctx, order, true)
	return errors.Join(illegal, err)
}
