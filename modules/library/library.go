// Package library is the door to entitlements: who owns what, and why.
package library

import (
	"context"

	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// ErrAccountErased is returned by Grant for an account that has been erased: nothing is granted to it any more. It tells
// other modules; no caller of HTTP sees it.
var ErrAccountErased = fault.New(fault.Conflict, "library-closed",
	"the account has been erased, and nothing is granted to it any more")

// Item is a product that an order line gives.
type Item struct {
	ProductID  id.ID
	Consumable bool
	Quantity   int
}

// Line is an order line with everything that it gives.
type Line struct {
	LineID id.ID
	Items  []Item
}

// Grant is what an order gives to an account, its lines in position order.
type Grant struct {
	OrderID   id.ID
	AccountID id.ID
	Lines     []Line
}

// Granted is the result of a Grant. Refused names the lines that add nothing to what the account owns by then: they
// gave nothing, and their money is to be refunded.
type Granted struct {
	Refused []id.ID
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

// Refunded is how many units of what a line gave of a product were refunded. A durable product has one.
type Refunded struct {
	Key
	Quantity int
}

// Adjustment is how things stand with what an order gave: what of it was refunded, and what may be used of the rest.
type Adjustment struct {
	OrderID   id.ID
	AccountID id.ID
	Refunded  []Refunded
	Access    Access
}

// Library tells and changes who owns what.
type Library interface {
	// Owns returns which of these products an account owns, suspended ones too, with the order that gave each;
	// consumables are never owned.
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
	// Grant gives, line by line in position order, every line that adds something to what the account owns by then, in
	// one transaction. A line that was given before counts as given: the same grant again changes nothing. Who records
	// a refused line leaves it out from then on. ErrAccountErased when something would be given to an erased account;
	// then nothing is.
	Grant(ctx context.Context, grant Grant) (Granted, error)
	// Adjust makes what an order gave be as the adjustment says; the same one again changes nothing. What comes back
	// after a dispute stays ended if it is owned through another order by now.
	Adjust(ctx context.Context, adjustment Adjustment) error
}
