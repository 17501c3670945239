package service

import (
	"bytes"
	"context"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"
	"coinslot/platform/id"
)

// Merge moves the lines of a guest's cart into an account's cart, see domain.Cart.Merge. It is one transaction, so that
// two calls at once move each line once. A repeated call changes nothing. It returns domain.ErrMixedCurrency,
// domain.ErrQuantity or domain.ErrFull, and then both carts are unchanged.
func (s *Service) Merge(ctx context.Context, guestID, accountID id.ID) (View, error) {
	if guestID == accountID {
		return s.Show(ctx, accountID)
	}
	var after domain.Cart
	err := s.Work.Do(ctx, func(ctx context.Context, carts ports.Carts) error {
		locked := map[id.ID]domain.Cart{}
		for _, owner := range inOrder(guestID, accountID) {
			c, err := carts.Lock(ctx, s.fresh(owner))
			if err != nil {
				return err
			}
			locked[owner] = c
		}
		guest, mine := locked[guestID], locked[accountID]
		changed, err := mine.Merge(&guest, s.IDs.NewID)
		after = mine
		if err != nil || !changed {
			return err
		}
		if err := carts.Save(ctx, guest); err != nil {
			return err
		}
		next := mine.Snapshot()
		next.Version++
		after = domain.Restore(next)
		return carts.Save(ctx, mine)
	})
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, accountID, after)
}

// inOrder returns IDs in the order in which transactions lock them.
func inOrder(a, b id.ID) []id.ID {
	if bytes.Compare(a[:], b[:]) > 0 {
		return []id.ID{b, a}
	}
	return []id.ID{a, b}
}
