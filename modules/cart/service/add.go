package service

import (
	"context"

	"coinslot/modules/cart/domain"
	"coinslot/modules/catalog"
	"coinslot/platform/id"
)

// AddItem is a command to add a sellable to a cart. A version other than 0 must be the cart's current one.
type AddItem struct {
	SellableID id.ID
	Bundle     bool
	Quantity   int
	Version    int64
}

// Add adds a sellable to the cart; changed is false when the cart has it already. It reads the cart without a lock, and
// stores the line if nobody has changed the cart since. Otherwise it locks the cart and begins again.
func (s *Service) Add(ctx context.Context, accountID id.ID, add AddItem) (view View, changed bool, err error) {
	var read domain.Cart
	var found bool
	var quote catalog.Quote
	err = s.Together(ctx,
		func(ctx context.Context) (err error) {
			read, found, err = s.Finder.Find(ctx, accountID)
			return err
		},
		func(ctx context.Context) (err error) {
			quote, err = s.Catalog.Quote(ctx, []id.ID{add.SellableID})
			return err
		})
	if err != nil {
		return View{}, false, err
	}
	offer, ok := offersOf(quote)[add.SellableID]
	if !ok || offer.Bundle != add.Bundle {
		return View{}, false, domain.ErrNoSellable
	}
	put := func(c *domain.Cart) (bool, error) {
		return c.Add(s.IDs.NewID(), offer, add.Quantity, s.Currency, s.Clock.Now())
	}
	if found {
		view, changed, done, err := s.putLine(ctx, read, add.Version, put)
		if done || err != nil {
			return view, changed, err
		}
	}
	view, err = s.change(ctx, accountID, add.Version, func(c *domain.Cart) (bool, error) {
		changed, err = put(c)
		return changed, err
	})
	return view, changed, err
}

// putLine applies a change of one line to a cart as it was read; done is false when the cart has been changed since.
func (s *Service) putLine(ctx context.Context, read domain.Cart, version int64,
	put func(c *domain.Cart) (bool, error),
) (view View, changed, done bool, err error) {
	if err := read.Expect(version); err != nil {
		return View{}, false, false, err
	}
	after := domain.Restore(read.Snapshot())
	if changed, err = put(&after); err != nil {
		return View{}, false, false, err
	}
	accountID := read.Snapshot().AccountID
	line, differs := after.ChangedSince(read)
	if !differs {
		view, err = s.view(ctx, accountID, after)
		return view, changed, true, err
	}
	next := after.Snapshot()
	next.Version++
	err = s.Together(ctx,
		func(ctx context.Context) (err error) {
			done, err = s.Deps.Lines.Put(ctx, read, line)
			return err
		},
		func(ctx context.Context) (err error) {
			view, err = s.view(ctx, accountID, domain.Restore(next))
			return err
		})
	return view, changed, done, err
}
