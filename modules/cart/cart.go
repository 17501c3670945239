// Package cart is the published interface of the cart module: the lines of open carts and their reservations.
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
	Currency   money.Currency // of the price that the buyer saw
}

// Bought is the number of bought units of a line.
type Bought struct {
	LineID   id.ID
	Quantity int
}

// Carts queries and changes the lines of carts. Each method is atomic and idempotent. Methods ignore lines that are
// not in the account's cart.
type Carts interface {
	// Lines returns those of the lines that are in the account's cart.
	Lines(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]Line, error)
	// Reserve marks lines as reserved by an order. Units of the same sellable that are added later become a new line.
	Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID) error
	// Release ends the reservation of lines whose order was not paid.
	Release(ctx context.Context, accountID id.ID, lineIDs []id.ID) error
	// RemoveLines removes bought lines from the cart. Units of a line beyond the bought ones stay in the cart as a new
	// line.
	RemoveLines(ctx context.Context, accountID id.ID, bought []Bought) error
}
