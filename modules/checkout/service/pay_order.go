package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// PayOrder is a buyer's command to pay a declined order again.
type PayOrder struct {
	AccountID id.ID
	OrderID   id.ID
	Method    string
	ReturnURL string       // where the provider's page leads the buyer back to; empty: nowhere
	Expected  *money.Money // the total that the buyer agreed to; nil: the order's
	Key       string
	Terms     // a business replaces that of the order
}

func (c PayOrder) hash() []byte {
	parts := []string{"pay", c.OrderID.String(), c.Method}
	if c.Expected != nil {
		parts = append(parts, c.Expected.String())
	}
	return hash(c.parts(withReturn(c.ReturnURL, parts...)...)...)
}

// Pay makes the next attempt to pay a declined order.
func (s *Service) Pay(ctx context.Context, c PayOrder) (View, error) {
	attempt := ports.Attempt{OrderID: c.OrderID, Key: c.Key, BodyHash: c.hash()}
	if view, replayed, err := s.replay(ctx, c.AccountID, attempt); replayed || err != nil {
		return view, err
	}
	order, err := s.Finder.Find(ctx, c.AccountID, c.OrderID)
	if err != nil {
		return View{}, err
	}
	if err := s.checkReturn(c.ReturnURL); err != nil {
		return View{}, err
	}
	if err := order.Retry(c.Method, s.Clock.Now()); err != nil {
		return View{}, err
	}
	order.ReturnTo(c.ReturnURL)
	order.From(c.IPCountry)
	buyer, err := s.reprice(ctx, &order, c)
	if err != nil {
		return View{}, err
	}
	err = s.Orders.Retry(ctx, order, attempt)
	if errors.Is(err, domain.ErrKeyReused) || errors.Is(err, domain.ErrStale) {
		return s.lost(ctx, c.AccountID, attempt, err)
	}
	if err != nil {
		return View{}, fmt.Errorf("retry order: %w", err)
	}
	return s.finish(ctx, order.Stored(), &run{buyer: buyer})
}

// reprice decides anew whether a declined order may be bought: with what is sold, owned and taxed now. The order takes
// over the current prices when their total is the one that the buyer expects.
func (s *Service) reprice(ctx context.Context, order *domain.Order, c PayOrder) (*ports.Buyer, error) {
	business := c.Business
	if business.IsZero() {
		business = order.Snapshot().Business
	}
	p, err := s.price(ctx, order.Snapshot().AccountID, order.Selected(), business)
	if err == nil {
		err = p.basket.CheckTax(c.ExpectedCountry, c.ExpectedTreatment)
	}
	if err != nil {
		return nil, err
	}
	old := order.Snapshot().Totals.Total
	if c.Expected != nil {
		old = *c.Expected
	}
	if err := p.basket.Check(old); err != nil && !mutant.On("retry-without-purchase-check") {
		return nil, err
	}
	if !order.HasContents(p.basket) && !mutant.On("retry-with-changed-contents") {
		return nil, domain.ErrContents
	}
	if !mutant.On("retry-at-the-price-of-the-decline") {
		order.Reprice(p.basket)
	}
	return p.buyer, nil
}

// Cancel ends an unpaid order. While the outcome of a payment is not known it refuses.
func (s *Service) Cancel(ctx context.Context, accountID, orderID id.ID) (View, error) {
	order, err := s.Finder.Find(ctx, accountID, orderID)
	if err != nil {
		return View{}, err
	}
	if order.Status() == checkout.Canceled {
		return s.view(ctx, order)
	}
	if order, err = s.cancel(ctx, orderID); err != nil {
		return View{}, err
	}
	return s.view(ctx, order)
}

func (s *Service) cancel(ctx context.Context, orderID id.ID) (domain.Order, error) {
	order, err := s.Orders.Claim(ctx, orderID, s.Clock.Now())
	if err != nil {
		return domain.Order{}, err
	}
	return s.advance(ctx, order, &run{}, s.cancelOrder)
}

// cancelOrder is the step that cancels an order if nothing was or may yet be captured. For an order in review because
// the provider has not answered, the provider is polled first.
func (s *Service) cancelOrder(ctx context.Context, order *domain.Order, r *run) (more bool, err error) {
	var payment ports.Payment
	switch {
	case order.PaymentUnknown():
		payment, err = s.paymentInReview(ctx, *order)
	case order.Unpaid():
		payment, err = s.Payments.Cancel(ctx, *order)
	default:
		return false, order.Cancel(s.Clock.Now())
	}
	if err != nil {
		return false, err
	}
	ended := payment.Outcome == domain.Canceled || payment.Outcome == domain.Declined ||
		(order.InReview() && mutant.On("cancel-review-with-unknown-payment")) ||
		(order.Unpaid() && mutant.On("cancel-order-with-unknown-payment"))
	if !ended {
		return false, domain.ErrInProgress
	}
	r.learn(payment)
	return true, order.Cancel(s.Clock.Now())
}

// EraseAccount cancels an erased account's unpaid orders. Those whose payment is not resolved run to their end.
func (s *Service) EraseAccount(ctx context.Context, accountID id.ID) error {
	if err := s.Orders.Erase(ctx, accountID, s.Clock.Now()); err != nil {
		return err
	}
	orderIDs, err := s.Finder.Open(ctx, accountID)
	if err != nil {
		return err
	}
	for _, orderID := range orderIDs {
		_, err := s.cancel(ctx, orderID)
		if err != nil && !errors.Is(err, domain.ErrInProgress) && !errors.Is(err, domain.ErrNotCancelable) {
			return err
		}
	}
	return nil
}
