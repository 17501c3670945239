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

// Remove takes bought lines out of the cart.
func (c *Carts) Remove(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error {
	return c.carts.RemoveLines(ctx, accountID, cartLineIDs)
}
