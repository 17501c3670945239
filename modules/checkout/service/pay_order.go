package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
)

// PayOrder is a buyer's wish to pay a declined order again.
type PayOrder struct {
	AccountID id.ID
	OrderID   id.ID
	Method    string
	Key       string
}

// Pay makes the next attempt to pay a declined order.
func (s *Service) Pay(ctx context.Context, c PayOrder) (View, error) {
	attempt := ports.Attempt{OrderID: c.OrderID, Key: c.Key, BodyHash: hash("pay", c.OrderID.String(), c.Method)}
	if view, replayed, err := s.replay(ctx, c.AccountID, attempt); replayed || err != nil {
		return view, err
	}
	order, err := s.Finder.Find(ctx, c.AccountID, c.OrderID)
	if err != nil {
		return View{}, err
	}
	if err := order.Retry(c.Method, s.Clock.Now()); err != nil {
		return View{}, err
	}
	if err := s.stillWanted(ctx, order); err != nil {
		return View{}, err
	}
	err = s.Orders.Retry(ctx, order, attempt)
	if errors.Is(err, domain.ErrKeyReused) || errors.Is(err, domain.ErrStale) {
		return s.lost(ctx, c.AccountID, attempt, err)
	}
	if err != nil {
		return View{}, fmt.Errorf("retry order: %w", err)
	}
	return s.finish(ctx, order.Stored(), nil)
}

// stillWanted refuses to charge for a line whose products have all come into the library since.
func (s *Service) stillWanted(ctx context.Context, order domain.Order) error {
	owned, err := s.Library.Owns(ctx, order.Snapshot().AccountID, order.ProductIDs())
	if err != nil {
		return err
	}
	for _, line := range order.Snapshot().Lines {
		missing := false
		for _, p := range line.Gives {
			missing = missing || !owned[p.ID]
		}
		if !missing {
			return domain.ErrAlreadyOwned.With("item_ids", []string{line.CartLineID.String()})
		}
	}
	return nil
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
	if err := s.undo(ctx, &order); err != nil {
		return order, errors.Join(err, s.giveUp(ctx, order))
	}
	return s.save(ctx, order, true)
}

// undo cancels a claimed order if nothing was or may yet be captured.
func (s *Service) undo(ctx context.Context, order *domain.Order) error {
	if order.Unpaid() {
		outcome, err := s.Payments.Cancel(ctx, *order)
		if err != nil {
			return err
		}
		if outcome != domain.Abandoned && outcome != domain.Refused {
			return domain.ErrInProgress
		}
	}
	return order.Cancel(s.Clock.Now())
}

// EraseAccount cancels an erased account's unpaid orders. Those whose payment is not resolved run to their end.
func (s *Service) EraseAccount(ctx context.Context, accountID id.ID) error {
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
