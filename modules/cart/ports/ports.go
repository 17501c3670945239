// Package ports is what cart needs from outside, in its own words.
package ports

import (
	"context"
	"time"

	"coinslot/modules/cart"
	"coinslot/modules/cart/domain"
	"coinslot/modules/catalog"
	"coinslot/platform/id"
)

// Carts keeps carts, inside a transaction.
type Carts interface {
	// Lock returns the account's cart, made if there was none, and keeps other writers away until the transaction
	// ends. domain.ErrErased for an erased account.
	Lock(ctx context.Context, fresh domain.Cart) (domain.Cart, error)
	// Save stores a locked cart under the next version.
	Save(ctx context.Context, cart domain.Cart) error
	// Erase removes an account's cart, if there is one, and stores the account's tombstone.
	Erase(ctx context.Context, accountID id.ID, at time.Time) error
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, so fn must have no
// effect but through the store, which is invalid once Do's fn returns.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, carts Carts) error) error
}

// Lines are the lines of a cart one by one, for whoever buys some of them. Each method is one atomic statement, and
// costs the same whatever else is in the cart.
type Lines interface {
	// Selected returns those of the lines that are in the account's cart.
	Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]domain.Line, error)
	// Remove removes units of lines from the account's cart, under the next version if any line was there. A writer that
	// has locked the cart goes first. The units of a line beyond those stay in the cart as a line with an ID of its own.
	Remove(ctx context.Context, accountID id.ID, removals []Removal) error
	// Reserve marks those of the lines that are in the account's cart as reserved; at nil ends their reservation.
	Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID, at *time.Time) error
}

// Removal is how many units of a line are removed, and the ID of the line that keeps the rest.
type Removal struct {
	cart.Bought
	RestID id.ID
}

// Finder answers questions outside of transactions.
type Finder interface {
	// Find returns an account's cart; found is false when it has none yet.
	Find(ctx context.Context, accountID id.ID) (cart domain.Cart, found bool, err error)
}

// Catalog returns what sellables are and cost now. Absent ones are left out.
type Catalog interface {
	Quote(ctx context.Context, sellableIDs []id.ID) (catalog.Quote, error)
}

// Library returns which products an account owns, with the order that gave each.
type Library interface {
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
}
