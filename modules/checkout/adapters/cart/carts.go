// Package cart turns cart's published interface into checkout's port.
package cart

import (
	"context"

	"coinslot/modules/cart"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
)

// Carts is the bridge.
type Carts struct{ carts cart.Carts }

// NewCarts returns the bridge.
func NewCarts(carts cart.Carts) *Carts { return &Carts{carts} }

// Selected returns those of the lines that are in the buyer's cart.
func (c *Carts) Selected(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) ([]domain.Selected, error) {
	lines, err := c.carts.Lines(ctx, accountID, cartLineIDs)
	out := make([]domain.Selected, len(lines))
	for i, l := range lines {
		out[i] = domain.Selected{CartLineID: l.ID, SellableID: l.SellableID, Quantity: l.Quantity, Currency: l.Currency}
	}
	return out, err
}

// Remove removes what an order bought.
func (c *Carts) Remove(ctx context.Context, order domain.Order) error {
	s := order.Snapshot()
	bought := make([]cart.Bought, len(s.Lines))
	for i, l := range s.Lines {
		bought[i] = cart.Bought{LineID: l.CartLineID, Quantity: l.Quantity}
	}
	return c.carts.RemoveLines(ctx, s.AccountID, bought)
}

// Reserve marks the lines that an order is made from.
func (c *Carts) Reserve(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error {
	return c.carts.Reserve(ctx, accountID, cartLineIDs)
}

// Release ends that.
func (c *Carts) Release(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error {
	return c.carts.Release(ctx, accountID, cartLineIDs)
}
