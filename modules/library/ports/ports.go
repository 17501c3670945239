// Package ports is what library needs from outside, in its own words.
package ports

import (
	"context"
	"time"

	"coinslot/modules/library/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Entitlements keeps who owns what, inside a transaction.
type Entitlements interface {
	// Lock keeps other writers of an account's entitlements away until the transaction ends, and reports whether the
	// account has been erased. It comes first in every transaction that writes.
	Lock(ctx context.Context, accountID id.ID) (erased bool, err error)
	// Held returns an account's active and covered entitlements to these products, consumables left out, and every one
	// that an order gave.
	Held(ctx context.Context, accountID, orderID id.ID, productIDs []id.ID) ([]domain.Entitlement, error)
	// Around returns every entitlement that an order gave an account, and the account's active and covered ones to the
	// same products, consumables left out, and keeps other writers away from them until the transaction ends.
	Around(ctx context.Context, accountID, orderID id.ID) ([]domain.Entitlement, error)
	// Update stores entitlements in their order; domain.ErrAlreadyActive when one that becomes active is not the only
	// one.
	Update(ctx context.Context, entitlements []domain.Entitlement) error
	// Insert adds entitlements; domain.ErrAlreadyActive when another transaction was first.
	Insert(ctx context.Context, entitlements []domain.Entitlement) error
	// EndAll ends everything that a locked account owns, and what might be restored, and stores the account's tombstone.
	EndAll(ctx context.Context, accountID id.ID, at time.Time) error
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, so fn must have no
// effect but through the store, which is invalid once Do's fn returns.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, e Entitlements) error) error
}

// Shelf answers questions outside of transactions.
type Shelf interface {
	// Owned returns which of these products an account owns for good, suspended ones too, with the order that gave each.
	Owned(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
	// Usable returns which of these products an account owns for good and may use.
	Usable(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error)
	// List returns a page of what an account owns and may use, the newest first; page.ErrCursor.
	List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Entitlement], error)
	// Find returns the newest active entitlement to a product; domain.ErrNotOwned.
	Find(ctx context.Context, accountID, productID id.ID) (domain.Entitlement, error)
}

// Title is how a product is called today.
type Title struct {
	Text     string
	Kind     string
	Requires id.ID // the base game of a DLC, or id.Nil
}

// Titles names products.
type Titles interface {
	Titles(ctx context.Context, productIDs []id.ID) (map[id.ID]Title, error)
}
