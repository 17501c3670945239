// Package ports has the interfaces that library requires.
package ports

import (
	"context"
	"time"

	"coinslot/modules/library/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Entitlements stores entitlements in a transaction.
type Entitlements interface {
	// Lock acquires the lock of an account until the transaction ends, and reports whether the account has been erased.
	// Every transaction that writes must call it first.
	Lock(ctx context.Context, accountID id.ID) (erased bool, err error)
	// Held returns an account's active and covered entitlements to products, without consumables, and all entitlements
	// of an order to these products, sorted by ID.
	Held(ctx context.Context, accountID, orderID id.ID, productIDs []id.ID) ([]domain.Entitlement, error)
	// LockOrder is Held with the products of the order. It locks the returned entitlements until the transaction ends.
	LockOrder(ctx context.Context, accountID, orderID id.ID) ([]domain.Entitlement, error)
	// Update stores entitlements one after the other. It returns domain.ErrAlreadyActive when an account would have two
	// active entitlements to a durable product.
	Update(ctx context.Context, entitlements []domain.Entitlement) error
	// Insert inserts entitlements. It returns domain.ErrAlreadyActive when an account would have two active entitlements
	// to a durable product, or two to a product by one line.
	Insert(ctx context.Context, entitlements []domain.Entitlement) error
	// RevokeAll revokes all entitlements of a locked account with domain.ReasonErasure, except refunded ones, and stores
	// the account's tombstone.
	RevokeAll(ctx context.Context, accountID id.ID, at time.Time) error
}

// UnitOfWork runs fn in a transaction, which commits when fn returns nil and rolls back otherwise. It may call fn
// more than once, so fn must have no effect except through e, which must not be used after fn has returned.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, e Entitlements) error) error
}

// Grants inserts entitlements of accounts that hold nothing to the same products, without a transaction.
type Grants interface {
	// InsertFirst inserts entitlements of an order to an account, atomically. inserted is false, and nothing is stored,
	// when Entitlements.Held would return any for their products, or the account has been erased. It returns
	// domain.ErrAlreadyActive like Entitlements.Insert when another transaction inserts one at the same time.
	InsertFirst(ctx context.Context, accountID, orderID id.ID,
		entitlements []domain.Entitlement) (inserted bool, err error)
}

// Finder queries entitlements without a transaction. An entitlement is usable when it is active and not suspended.
type Finder interface {
	// Owned returns those of the durable products that an account owns, suspended ones included, with the order of each.
	Owned(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
	// Usable returns those of the durable products to which an account has a usable entitlement.
	Usable(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error)
	// List returns a page of an account's usable entitlements, the newest first. It returns page.ErrCursor for an invalid
	// cursor.
	List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Entitlement], error)
	// Find returns an account's newest usable entitlement to a product, or domain.ErrNotOwned.
	Find(ctx context.Context, accountID, productID id.ID) (domain.Entitlement, error)
}

// Title is the current title of a product.
type Title struct {
	Text     string
	Kind     string
	Requires id.ID // the base game of a DLC, or id.Nil
}

// Titles returns the current titles of products, by ID. Unknown products are left out.
type Titles interface {
	Titles(ctx context.Context, productIDs []id.ID) (map[id.ID]Title, error)
}
