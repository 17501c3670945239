package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// PlaceOrder is a buyer's wish to buy some lines of the cart for a total.
type PlaceOrder struct {
	AccountID   id.ID
	CartLineIDs []id.ID
	Expected    money.Money
	Method      string
	Key         string
}

func (c PlaceOrder) hash() []byte {
	return hash("checkout", fmt.Sprint(id.Strings(c.CartLineIDs)), c.Expected.String(), c.Method)
}

func hash(parts ...string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return sum[:]
}

// Place buys the selected lines. The same key again returns the order that it made before, taken as far as it gets
// by now.
func (s *Service) Place(ctx context.Context, c PlaceOrder) (View, error) {
	attempt := ports.Attempt{OrderID: s.IDs.NewID(), Key: c.Key, BodyHash: c.hash()}
	if view, replayed, err := s.replay(ctx, c.AccountID, attempt); replayed || err != nil {
		return view, err
	}
	basket, buyer, err := s.basket(ctx, c.AccountID, c.CartLineIDs)
	if err != nil {
		return View{}, err
	}
	if err := basket.Check(c.Expected); err != nil {
		return View{}, err
	}
	order := domain.Place(attempt.OrderID, c.AccountID, basket, c.Method, s.Clock.Now())
	err = s.Orders.Place(ctx, order, attempt)
	if errors.Is(err, domain.ErrKeyReused) || errors.Is(err, domain.ErrCheckedOut) {
		return s.lost(ctx, c.AccountID, attempt, err)
	}
	if err != nil {
		return View{}, fmt.Errorf("place order: %w", err)
	}
	return s.finish(ctx, order, buyer)
}

// replay answers a call whose key has been used, if it was.
func (s *Service) replay(ctx context.Context, accountID id.ID, attempt ports.Attempt) (View, bool, error) {
	known, found, err := s.Finder.ByKey(ctx, accountID, attempt.Key)
	if err != nil || !found {
		return View{}, false, err
	}
	if !bytes.Equal(known.BodyHash, attempt.BodyHash) {
		return View{}, true, domain.ErrKeyReused
	}
	order, err := s.Finder.Find(ctx, accountID, known.OrderID)
	if err != nil {
		return View{}, true, err
	}
	if order.Status() == checkout.Canceled {
		return View{}, true, domain.ErrCanceled.With("order_id", order.ID())
	}
	if order.Unfinished() {
		if order, err = s.resume(ctx, order.ID()); err != nil {
			return View{}, true, err
		}
	}
	view, err := s.view(ctx, order)
	view.Replayed = true
	return view, true, err
}

// lost answers a call that came second: with the same key it is a replay, with another one the lines are taken.
func (s *Service) lost(ctx context.Context, accountID id.ID, attempt ports.Attempt, refusal error) (View, error) {
	view, replayed, err := s.replay(ctx, accountID, attempt)
	if err != nil || replayed {
		return view, err
	}
	return View{}, refusal
}

// finish takes an order that this call has the lease of as far as it gets. The buyer may be known already.
func (s *Service) finish(ctx context.Context, order domain.Order, buyer *ports.Buyer) (View, error) {
	order, err := s.advance(ctx, order, buyer)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, order)
}

// Quote tells what the selected lines would cost now.
func (s *Service) Quote(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) (domain.Basket, error) {
	basket, _, err := s.basket(ctx, accountID, cartLineIDs)
	return basket, err
}

// basket prices lines of the cart for their buyer, who is nil when the account has been erased.
func (s *Service) basket(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) (domain.Basket, *ports.Buyer, error) {
	selected, err := s.selected(ctx, accountID, cartLineIDs)
	if err != nil {
		return domain.Basket{}, nil, err
	}
	sellableIDs := make([]id.ID, len(selected))
	for i, line := range selected {
		sellableIDs[i] = line.SellableID
	}
	offers, at, err := s.Catalog.Offers(ctx, sellableIDs)
	if err != nil {
		return domain.Basket{}, nil, err
	}
	var productIDs []id.ID
	for _, offer := range offers {
		for _, p := range offer.Products {
			productIDs = append(productIDs, p.ID)
			if p.Requires != id.Nil {
				productIDs = append(productIDs, p.Requires)
			}
		}
	}
	owned, err := s.Library.Owns(ctx, accountID, productIDs)
	if err != nil {
		return domain.Basket{}, nil, err
	}
	buyer, found, err := s.Buyers.Buyer(ctx, accountID)
	if err != nil {
		return domain.Basket{}, nil, err
	}
	basket, err := domain.NewBasket(domain.Quoted{
		Selected: selected, At: at, Offers: offers, Owned: owned, Tax: s.Taxes.Tax(buyer.Country, at),
	}, s.IDs.NewID)
	if !found {
		return basket, nil, err
	}
	return basket, &buyer, err
}

// selected finds the lines in the cart, in the order asked for. A line that is gone was bought, or never there.
func (s *Service) selected(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) ([]domain.Selected, error) {
	found, err := s.Carts.Selected(ctx, accountID, cartLineIDs)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Selected, 0, len(cartLineIDs))
	for _, lineID := range cartLineIDs {
		i := slices.IndexFunc(found, func(line domain.Selected) bool { return line.CartLineID == lineID })
		if i < 0 {
			return nil, s.absent(ctx, accountID, lineID)
		}
		out = append(out, found[i])
	}
	return out, nil
}

func (s *Service) absent(ctx context.Context, accountID, cartLineID id.ID) error {
	known, err := s.Finder.Known(ctx, accountID, []id.ID{cartLineID})
	if err != nil {
		return err
	}
	if known {
		return domain.ErrCheckedOut
	}
	return domain.ErrNoItem
}
