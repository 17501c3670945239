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

// run is what one advance of an order knows beside the order.
type run struct {
	buyer   *ports.Buyer    // nil: not asked for yet
	payment *domain.Payment // the newest that billing has reported; nil: nothing yet
	summary *ports.Summary  // of the same moment; nil when the payment came with an event
}

func (r *run) learn(p ports.Payment) { r.payment, r.summary = &p.Payment, &p.Summary }

// step moves an order on, and reports whether the next step may follow.
type step func(ctx context.Context, order *domain.Order, r *run) (more bool, err error)

// Advance advances an order as far as possible. An order with nothing left to do stays as it is.
func (s *Service) Advance(ctx context.Context, orderID id.ID) error {
	_, err := s.resume(ctx, orderID, &run{})
	return err
}

// resume takes the lease of an order, then advances the order.
func (s *Service) resume(ctx context.Context, orderID id.ID, r *run) (domain.Order, error) {
	order, err := s.Orders.Claim(ctx, orderID, s.Clock.Now())
	if err != nil {
		return domain.Order{}, err
	}
	return s.advance(ctx, order, r, s.next)
}

// next is the one way in which an order moves on: charge, grant, clear, complete, and then whatever becomes of its
// money. Every step can be repeated without a second effect, and the row says where to go on.
func (s *Service) next(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	switch order.Status() {
	case checkout.Pending, checkout.Processing, checkout.RequiresAction:
		return s.pay(ctx, order, r)
	case checkout.ManualReview:
		return s.reconsider(ctx, order, r)
	case checkout.Paid:
		return s.fulfil(ctx, order, r)
	case checkout.Completed, checkout.PartiallyRefunded, checkout.Refunded, checkout.Declined, checkout.Canceled:
		return false, s.apply(ctx, order, r)
	}
	return false, nil
}

// advance runs steps on an order, beginning with one, saves what they leave of it, and releases its lease, which the
// caller has.
func (s *Service) advance(ctx context.Context, order domain.Order, r *run, first step) (domain.Order, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), AdvanceTimeout)
	defer cancel()
	before := order.Snapshot()
	more, err := first(ctx, &order, r)
	for more && err == nil {
		more, err = s.next(ctx, &order, r)
	}
	if err == nil {
		err = s.mark(ctx, before, order)
	}
	if err == nil {
		order, err = s.save(ctx, order, true)
	} else {
		err = errors.Join(err, s.giveUp(ctx, &order))
	}
	s.reviewed(ctx, order, before.Review.Reason)
	return order, err
}

// pay asks for the money, or for what became of it, and applies the answer. An event has the answer already.
func (s *Service) pay(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	if r.payment == nil {
		payment, err := s.charge(ctx, *order, r.buyer)
		if err != nil {
			return false, fmt.Errorf("charge order %s: %w", order.ID(), err)
		}
		r.learn(payment)
	}
	if err := s.apply(ctx, order, r); err != nil {
		return false, err
	}
	switch {
	case order.Status() == checkout.Paid: // which is saved with the next status: billing has stored the capture
		return true, nil
	case order.Status() == checkout.Processing && order.Waiting(s.Clock.Now()) >= s.GiveUpAfter:
		return false, order.Review(checkout.ReviewPaymentUnknown, s.Clock.Now())
	}
	return order.Ended(), nil
}

// charge makes the attempt of a pending order and resumes that of any other. The buyer of an erased account is not
// charged, but an attempt that was made before runs to its end. Once the time to send and confirm the payment is over,
// the provider is asked and never told to charge.
func (s *Service) charge(ctx context.Context, order domain.Order, buyer *ports.Buyer) (ports.Payment, error) {
	late := s.late(order)
	if order.Status() == checkout.Pending && !late {
		if buyer != nil {
			return s.Payments.Charge(ctx, order, *buyer)
		}
		known, found, err := s.Buyers.Buyer(ctx, order.Snapshot().AccountID)
		if err != nil {
			return ports.Payment{}, err
		}
		if found {
			return s.Payments.Charge(ctx, order, known)
		}
	}
	ask := s.Payments.Resume
	if late {
		ask = s.Payments.Poll
	}
	return s.unlessAbandoned(ctx, order, ask)
}

// unlessAbandoned asks what became of an order's newest payment. One that was never made, or that its buyer has not
// confirmed in time, is canceled.
func (s *Service) unlessAbandoned(ctx context.Context, order domain.Order,
	ask func(ctx context.Context, orderID id.ID) (ports.Payment, error),
) (ports.Payment, error) {
	payment, err := ask(ctx, order.ID())
	if err != nil {
		return payment, err
	}
	if payment.Attempt < order.Snapshot().Attempt || (payment.Outcome == domain.RequiresAction && s.late(order)) {
		return s.Payments.Cancel(ctx, order)
	}
	return payment, nil
}

// late reports whether the buyer's time to confirm the payment is over.
func (s *Service) late(order domain.Order) bool {
	return order.Waiting(s.Clock.Now()) >= s.ActionWithin
}

// mark reserves the cart's lines of consumables for an order that begins to wait for its payment, and releases them
// when it ends unpaid, before that status is saved. An order that is paid at once needs no reservation: units that are
// added to its lines in the meantime stay in the cart as lines of their own.
func (s *Service) mark(ctx context.Context, before domain.Snapshot, order domain.Order) error {
	lineIDs, accountID := order.ConsumableCartLineIDs(), before.AccountID
	released := order.Snapshot().Released
	var err error
	switch {
	case len(lineIDs) == 0:
	case released && !before.Released:
		err = s.Carts.Release(ctx, accountID, lineIDs)
	case !released && before.Status == checkout.Pending && (order.Unfinished() || order.InReview()):
		err = s.Carts.Reserve(ctx, accountID, lineIDs)
	}
	if err != nil {
		return fmt.Errorf("mark the cart lines of order %s: %w", order.ID(), err)
	}
	return nil
}

// save stores the order; the last save releases the lease.
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
func (s *Service) giveUp(ctx context.Context, order *domain.Order) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	order.Touch(s.Clock.Now())
	var illegal error
	if order.Unfinished() && order.Waiting(s.Clock.Now()) >= s.GiveUpAfter {
		reason := checkout.ReviewPaymentUnknown
		if order.Status() == checkout.Paid {
			reason = checkout.ReviewFulfilmentFailed
		}
		illegal = order.Review(reason, s.Clock.Now())
	}
	saved, err := s.save(ctx, *order, true)
	*order = saved
	return errors.Join(illegal, err)
}

// reviewed reports that an order entered manual review, unless it was there for the same reason.
func (s *Service) reviewed(ctx context.Context, order domain.Order, before checkout.ReviewReason) {
	reason := order.Snapshot().Review.Reason
	if reason == "" || reason == before {
		return
	}
	s.Log.WarnContext(ctx, "an order entered manual review", "order", order.ID(), "reason", reason)
	if s.InReview != nil {
		s.InReview(ctx, reason)
	}
}

// ApplyPayment applies how an order's money stands, unless the order knows it already. After a restore of the database
// billing may know payments of orders that are lost; those events are ignored.
func (s *Service) ApplyPayment(ctx context.Context, orderID id.ID, payment domain.Payment) error {
	order, err := s.Finder.Any(ctx, orderID)
	if errors.Is(err, domain.ErrNoOrder) {
		return nil
	}
	if err != nil || !order.Awaits(payment) {
		return err
	}
	_, err = s.resume(ctx, orderID, &run{payment: &payment})
	return err
}

// Sync reads how an order's money stands, and applies it.
func (s *Service) Sync(ctx context.Context, orderID id.ID) error {
	r := &run{}
	if err := s.read(ctx, orderID, r); err != nil {
		return err
	}
	_, err := s.resume(ctx, orderID, r)
	return err
}

// read reads how an order's money stands. Nothing is learnt of an order without a payment.
func (s *Service) read(ctx context.Context, orderID id.ID, r *run) error {
	payments, err := s.Payments.Of(ctx, []id.ID{orderID})
	if payment, found := payments[orderID]; found {
		r.learn(payment)
	}
	return err
}

// apply applies what the run knows of an order's money, and adjusts what the order granted to it. A run that knows
// nothing changes nothing.
func (s *Service) apply(ctx context.Context, order *domain.Order, r *run) error {
	if r.payment == nil {
		return nil
	}
	moved := *order
	adjustment, err := moved.ApplyPayment(*r.payment, s.Clock.Now())
	if err != nil {
		return err
	}
	if adjustment != nil && !mutant.On("skip-entitlement-adjustment") {
		if err := s.Library.Adjust(ctx, moved, *adjustment); err != nil {
			return fmt.Errorf("adjust what order %s granted: %w", order.ID(), err)
		}
	}
	*order = moved
	return nil
}
