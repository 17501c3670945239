// Package library is the door to entitlements: who owns what, and why.
package library

import (
	"context"

	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// ErrAlreadyOwned is returned by Grant when another order has given the account one of the products.
var ErrAlreadyOwned = fault.New(fault.Conflict, "already-owned", "this is in the library already")

// Item is a product that an order line gives.
type Item struct {
	LineID     id.ID
	ProductID  id.ID
	Consumable bool
	Quantity   int
	// Optional items are left out when they are owned already: what a bundle holds beside what is missing.
	Optional bool
}

// Grant is what an order gives to an account.
type Grant struct {
	OrderID   id.ID
	AccountID id.ID
	Items     []Item
}

// Access is how much its buyer may use of what an order gave.
type Access string

// The kinds of access.
const (
	Full      Access = "full"
	Suspended Access = "suspended" // withheld while a bank decides; nothing of it can be bought again meanwhile
	Ended     Access = "ended"     // the bank gave the money back
)

// Key names what a line gives of a product.
type Key struct {
	LineID    id.ID
	ProductID id.ID
}

// Adjustment is how things stand with what an order gave: what of it was refunded, and what may be used of the rest.
type Adjustment struct {
	OrderID   id.ID
	AccountID id.ID
	Refunded  []Key
	Access    Access
}

// Library tells and changes who owns what.
type Library interface {
	// Owns returns which of these products an account owns, withheld ones too; consumables are never owned.
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error)
	// Grant gives everything or nothing. The same grant again changes nothing and succeeds. ErrAlreadyOwned when an
	// item that is not optional is owned through another order.
	Grant(ctx context.Context, grant Grant) error
	// Adjust makes what an order gave be as the adjustment says; the same one again changes nothing. What comes back
	// after a dispute stays ended if it is owned through another order by now.
	Adjust(ctx context.Context, adjustment Adjustment) error
}
