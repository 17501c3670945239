// Package service has the use cases of cart.
package service

import (
	"context"

	"coinslot/modules/cart"
	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"
	"coinslot/modules/catalog"
	"coinslot/platform/clock"
	"coinslot/platform/fanout"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Deps are the dependencies of the use cases.
type Deps struct {
	Work     ports.UnitOfWork
	Finder   ports.Finder
	Lines    ports.Lines
	Catalog  ports.Catalog
	Library  ports.Library
	Clock    clock.Clock
	IDs      id.Source
	Currency money.Currency // the preferred currency of empty carts
	Together fanout.Together
}

// Service implements cart.Carts and the use cases of the cart's owner.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service {
	if deps.Together == nil {
		deps.Together = fanout.InTurn
	}
	return &Service{deps}
}

// View is a cart with current prices and problems.
type View struct {
	ID       id.ID
	Version  int64
	Items    []Item
	Subtotal money.Money
}

// Item is a line with the problems that prevent its purchase.
type Item struct {
	domain.Assessed
	Problems []catalog.Problem
}

// Show returns an account's cart, or an empty one for an account that has none.
func (s *Service) Show(ctx context.Context, accountID id.ID) (View, error) {
	c, found, err := s.Finder.Find(ctx, accountID)
	if err != nil {
		return View{}, err
	}
	if !found {
		c = s.fresh(accountID)
	}
	return s.view(ctx, accountID, c)
}

func (s *Service) fresh(accountID id.ID) domain.Cart {
	return domain.NewCart(s.IDs.NewID(), accountID, s.Clock.Now())
}

// view returns the view of a cart with the current offers of its lines.
func (s *Service) view(ctx context.Context, accountID id.ID, c domain.Cart) (View, error) {
	owns := func(ctx context.Context, productIDs []id.ID) (map[id.ID]id.ID, error) {
		return s.Library.Owns(ctx, accountID, productIDs)
	}
	quote, owned, err := catalog.QuoteOwned(ctx, s.Together, s.Catalog, owns, sellablesOf(c))
	if err != nil {
		return View{}, err
	}
	assessed, err := domain.Assess(c.Lines(), offersOf(quote))
	if err != nil {
		return View{}, err
	}
	currency, bound := c.Currency()
	if !bound {
		currency = s.Currency
	}
	v := View{
		ID: c.Snapshot().ID, Version: c.Version(), Items: check(assessed, quote, owned),
		Subtotal: money.Zero(currency),
	}
	for _, item := range v.Items {
		if v.Subtotal, err = v.Subtotal.Add(item.Total); err != nil {
			return View{}, err
		}
	}
	return v, nil
}

func sellablesOf(c domain.Cart) []id.ID {
	lines := c.Lines()
	out := make([]id.ID, len(lines))
	for i, l := range lines {
		out[i] = l.SellableID
	}
	return out
}

// check adds the problems of each line, by the catalog's rule for all lines together.
func check(assessed []domain.Assessed, quote catalog.Quote, owned map[id.ID]id.ID) []Item {
	items, purchase := make([]Item, len(assessed)), make([]catalog.Item, len(assessed))
	for i, a := range assessed {
		items[i] = Item{Assessed: a}
		purchase[i] = catalog.Item{LineID: a.ID, Offer: quote.Offers[a.SellableID], Currency: a.Seen.Money.Currency()}
	}
	problems := catalog.Check(purchase, owned)
	for i := range items {
		for _, p := range problems {
			if p.LineID == items[i].ID {
				items[i].Problems = append(items[i].Problems, p)
			}
		}
		if items[i].Changed {
			items[i].Problems = append(items[i].Problems,
				catalog.Problem{LineID: items[i].ID, Code: catalog.PriceChanged})
		}
	}
	return items
}

func offersOf(quote catalog.Quote) map[id.ID]domain.Offer {
	out := make(map[id.ID]domain.Offer, len(quote.Offers))
	for sellableID, o := range quote.Offers {
		offer := domain.Offer{
			ID: o.ID, Title: o.Title, Bundle: o.Kind == catalog.Bundle, Consumable: o.Kind == catalog.Consumable,
			Available: o.Available,
		}
		for _, p := range o.Prices {
			offer.Prices = append(offer.Prices, domain.Price{Money: p.Money, Version: p.Version})
		}
		out[sellableID] = offer
	}
	return out
}

// ChangeQuantity sets the quantity of a line.
func (s *Service) ChangeQuantity(
	ctx context.Context, accountID, lineID id.ID, quantity int, version int64,
) (View, error) {
	return s.change(ctx, accountID, version,
		func(c *domain.Cart) (bool, error) { return true, c.ChangeQuantity(lineID, quantity) })
}

// Remove removes a line.
func (s *Service) Remove(ctx context.Context, accountID, lineID id.ID, version int64) (View, error) {
	return s.change(ctx, accountID, version, func(c *domain.Cart) (bool, error) {
		if c.Remove(lineID) == 0 {
			return false, domain.ErrNoItem
		}
		return true, nil
	})
}

// Clear removes all lines.
func (s *Service) Clear(ctx context.Context, accountID id.ID, version int64) error {
	_, err := s.apply(ctx, accountID, version, func(c *domain.Cart) (bool, error) {
		c.Clear()
		return true, nil
	})
	return err
}

func (s *Service) change(
	ctx context.Context, accountID id.ID, version int64, fn func(*domain.Cart) (bool, error),
) (View, error) {
	c, err := s.apply(ctx, accountID, version, fn)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, accountID, c)
}

// apply changes the locked cart, and returns it with its new version. fn reports whether it has changed the cart.
func (s *Service) apply(
	ctx context.Context, accountID id.ID, version int64, fn func(*domain.Cart) (bool, error),
) (domain.Cart, error) {
	fresh := s.fresh(accountID)
	var after domain.Cart
	err := s.Work.Do(ctx, func(ctx context.Context, carts ports.Carts) error {
		c, err := carts.Lock(ctx, fresh)
		if err != nil {
			return err
		}
		if err := c.Expect(version); err != nil {
			return err
		}
		changed, err := fn(&c)
		after = c
		if err != nil || !changed {
			return err
		}
		next := c.Snapshot()
		next.Version++
		after = domain.Restore(next)
		return carts.Save(ctx, c)
	})
	return after, err
}

// Lines implements cart.Carts.
func (s *Service) Lines(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]cart.Line, error) {
	selected, err := s.Deps.Lines.Selected(ctx, accountID, lineIDs)
	out := make([]cart.Line, len(selected))
	for i, l := range selected {
		out[i] = cart.Line{
			ID: l.ID, SellableID: l.SellableID, Quantity: l.Quantity, Consumable: l.Consumable,
			Currency: l.Seen.Money.Currency(),
		}
	}
	return out, err
}

// Reserve implements cart.Carts.
func (s *Service) Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID) error {
	now := s.Clock.Now()
	return s.Deps.Lines.Reserve(ctx, accountID, lineIDs, &now)
}

// Release implements cart.Carts.
func (s *Service) Release(ctx context.Context, accountID id.ID, lineIDs []id.ID) error {
	return s.Deps.Lines.Reserve(ctx, accountID, lineIDs, nil)
}

// RemoveLines implements cart.Carts.
func (s *Service) RemoveLines(ctx context.Context, accountID id.ID, bought []cart.Bought) error {
	removals := make([]ports.Removal, len(bought))
	for i, b := range bought {
		removals[i] = ports.Removal{Bought: b, RestID: s.IDs.NewID()}
	}
	return s.Deps.Lines.Remove(ctx, accountID, removals)
}

// EraseAccount deletes the cart of an erased account. Later adds to it fail.
func (s *Service) EraseAccount(ctx context.Context, accountID id.ID) error {
	return s.Work.Do(ctx, func(ctx context.Context, carts ports.Carts) error {
		return carts.Erase(ctx, accountID, s.Clock.Now())
	})
}
