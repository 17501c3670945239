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

// Library tells and changes who owns what.
type Library interface {
	// Owns returns which of these products an account owns; consumables are never owned.
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error)
	// Grant gives everything or nothing. The same grant again changes nothing and succeeds. ErrAlreadyOwned when an
	// item that is not optional is owned through another order.
	Grant(ctx context.Context, grant Grant) error
}
