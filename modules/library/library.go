// Package library is the published interface of the library module: which account owns which products, and by which
// order.
package library

import (
	"context"

	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// ErrAccountErased is returned by Grant for an erased account. It is for other modules; no HTTP operation returns it.
var ErrAccountErased = fault.New(fault.Conflict, "library-closed",
	"the account has been erased, so nothing can be granted to it")

// Item is a product of an order line.
type Item struct {
	ProductID  id.ID
	Consumable bool
	Quantity   int
}

// Line is an order line with the products of its sellable.
type Line struct {
	LineID id.ID
	Items  []Item
}

// Grant is a command to give the products of an order to an account. Its lines are in position order.
type Grant struct {
	OrderID   id.ID
	AccountID id.ID
	Lines     []Line
}

// Granted is the result of a Grant. Refused are the lines that were not granted because they add nothing to what the
// account owns. The caller refunds them.
type Granted struct {
	Refused []id.ID
}

// Access is the access of a buyer to the products of an order.
type Access string

// The values of Access.
const (
	Full      Access = "full"
	Suspended Access = "suspended" // during a dispute: the products cannot be used, and still count as owned
	Revoked   Access = "revoked"   // after a lost dispute
)

// Key identifies a product of an order line.
type Key struct {
	LineID    id.ID
	ProductID id.ID
}

// Refunded is the total number of refunded units of a product of an order line. A durable product has one unit.
type Refunded struct {
	Key
	Quantity int
}

// Adjustment is the state of an order after its payment: its refunds in total, and the access to the rest.
type Adjustment struct {
	OrderID   id.ID
	AccountID id.ID
	Refunded  []Refunded
	Access    Access
}

// Library queries and changes the entitlements of accounts.
type Library interface {
	// Owns returns those of the products that an account owns, suspended ones included, with the order of each.
	// Consumables are never owned.
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
	// Grant grants the lines in position order, in one transaction. It refuses a line that adds nothing to what the
	// account owns by then. It is idempotent by order and line: a line that was granted before counts as granted. A
	// caller that has recorded a refused line must leave it out of later grants of the order. It returns
	// ErrAccountErased, and grants nothing, when a line would have to be granted to an erased account.
	Grant(ctx context.Context, grant Grant) (Granted, error)
	// Adjust applies the refunds and the access of an order, in one transaction. It is idempotent. A product that is
	// restored after a dispute stays revoked when the account owns it by another order.
	Adjust(ctx context.Context, adjustment Adjustment) error
}
