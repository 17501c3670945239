// Package ports is what cart needs from outside, in its own words.
package ports

import (
	"context"

	"coinslot/modules/cart/domain"
	"coinslot/platform/id"
)

// Carts keeps carts, inside a transaction.
type Carts interface {
	// Lock returns the account's cart, made if there was none, and keeps other writers away until the transaction
	// ends.
	Lock(ctx context.Context, fresh domain.Cart) (domain.Cart, error)
	// Save stores a locked cart under the next version.
	Save(ctx context.Context, cart domain.Cart) error
	// Delete removes an account's cart; an absent one is no error.
	Delete(ctx context.Context, accountID id.ID) error
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
	// Remove takes lines out of the account's cart, under the next version if any was there. Whoever has locked the
	// cart goes first.
	Remove(ctx context.Context, accountID id.ID, lineIDs []id.ID) error
}

// Finder answers questions outside of transactions.
type Finder interface {
	// Find returns an account's cart; found is false when it has none yet.
	Find(ctx context.Context, accountID id.ID) (cart domain.Cart, found bool, err error)
}

// Catalog tells what sellables are and cost now. Absent ones are left out.
type Catalog interface {
	Offers(ctx context.Context, sellableIDs []id.ID) (map[id.ID]domain.Offer, error)
}

// Library tells which products an account owns.
type Library interface {
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error)
}
