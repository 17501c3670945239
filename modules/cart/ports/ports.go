// Package ports has the interfaces that cart requires.
package ports

import (
	"context"
	"time"

	"coinslot/modules/cart"
	"coinslot/modules/cart/domain"
	"coinslot/modules/catalog"
	"coinslot/platform/id"
)

// Carts stores carts in a transaction.
type Carts interface {
	// Lock returns the account's cart, and inserts fresh when the account has none. It locks the cart until the
	// transaction ends. It returns domain.ErrErased for an erased account.
	Lock(ctx context.Context, fresh domain.Cart) (domain.Cart, error)
	// Save stores a locked cart with the next version.
	Save(ctx context.Context, cart domain.Cart) error
	// Erase deletes an account's cart, if it has one, and stores the account's tombstone.
	Erase(ctx context.Context, accountID id.ID, at time.Time) error
}

// UnitOfWork runs fn in a transaction, which commits when fn returns nil and rolls back otherwise. It may call fn
// more than once, so fn must have no effect except through carts, which must not be used after fn has returned.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, carts Carts) error) error
}

// Lines accesses single lines of carts. Each method is one atomic statement, whose cost does not depend on the other
// lines of the cart. Methods ignore lines that are not in the account's cart.
type Lines interface {
	// Selected returns those of the lines that are in the account's cart.
	Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]domain.Line, error)
	// Remove removes units of lines. Units of a line beyond those stay in the cart as a new line. It increments the
	// cart's version when it removes any. It waits for a transaction that has locked the cart.
	Remove(ctx context.Context, accountID id.ID, removals []Removal) error
	// Put stores a line of a cart as it was read, and increments the cart's version. stored is false, and nothing changes,
	// when the cart has been changed or erased since.
	Put(ctx context.Context, cart domain.Cart, line domain.Line) (stored bool, err error)
	// Reserve sets the time of the lines' reservation, or releases it when at is nil.
	Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID, at *time.Time) error
}

// Removal is the number of units of a line to remove, and the ID of the new line for the remaining ones.
type Removal struct {
	cart.Bought
	RestID id.ID
}

// Finder queries carts without a transaction.
type Finder interface {
	// Find returns an account's cart; found is false when it has none.
	Find(ctx context.Context, accountID id.ID) (cart domain.Cart, found bool, err error)
}

// Catalog returns the current offers of sellables. Unknown ones are left out.
type Catalog interface {
	Quote(ctx context.Context, sellableIDs []id.ID) (catalog.Quote, error)
}

// Library returns those of the products that an account owns, with the order of each.
type Library interface {
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
}
