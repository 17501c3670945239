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
	Consumable bool
	Quantity   int
	Currency   money.Currency // that the buyer chose it in
}

// Bought is how many units of a line were bought.
type Bought struct {
	LineID   id.ID
	Quantity int
}

// Carts tells other modules what is in a cart, and takes bought lines out.
type Carts interface {
	// Lines returns those of the lines that are in the account's cart.
	Lines(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]Line, error)
	// Reserve marks consumable lines as reserved by an order: what is added from then on starts a line of its own.
	// Absent lines are no error. The same call again changes nothing.
	Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID) error
	// Release ends the reservation of lines whose order ended without a payment. Absent lines are no error.
	Release(ctx context.Context, accountID id.ID, lineIDs []id.ID) error
	// RemoveLines removes bought lines from the cart. What a line holds beyond the units that were bought stays in the
	// cart as a line of its own. Absent ones are no error.
	RemoveLines(ctx context.Context, accountID id.ID, bought []Bought) error
}
