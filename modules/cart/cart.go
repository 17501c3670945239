// Package cart is the door to what people are about to buy.
package cart

import (
	"context"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Line is a line of an open cart.
type Line struct {
	ID         id.ID
	SellableID id.ID
	Quantity   int
	Currency   money.Currency // that the buyer chose it in
}

// Carts tells other modules what is in a cart, and takes bought lines out.
type Carts interface {
	// Lines returns those of the lines that are in the account's cart.
	Lines(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]Line, error)
	// RemoveLines takes lines out of the cart, whatever their quantity is by now. Absent ones are no error.
	RemoveLines(ctx context.Context, accountID id.ID, lineIDs []id.ID) error
}
