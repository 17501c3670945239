// Package domain holds the rules of entitlements.
package domain

import (
	"time"

	"coinslot/modules/library"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// ErrNotOwned is returned for a product that is not in the library.
var ErrNotOwned = fault.New(fault.NotFound, "not-in-library", "this is not in the library")

// Entitlement is one account's right to one product, through one order line.
type Entitlement struct {
	ID         id.ID
	AccountID  id.ID
	ProductID  id.ID
	OrderID    id.ID
	LineID     id.ID
	Consumable bool
	Quantity   int
	GrantedAt  time.Time
	EndedAt    *time.Time
}

// New makes the entitlement that a grant's item gives.
func New(entitlementID id.ID, grant library.Grant, item library.Item, now time.Time) Entitlement {
	return Entitlement{
		ID: entitlementID, AccountID: grant.AccountID, ProductID: item.ProductID, OrderID: grant.OrderID, LineID: item.LineID,
		Consumable: item.Consumable, Quantity: item.Quantity, GrantedAt: now,
	}
}

// Missing decides what a grant still has to give, from what the account holds of the products: active entitlements
// of any order, and every entitlement of this one. It returns library.ErrAlreadyOwned when something that the grant
// must give is there through another order.
func Missing(grant library.Grant, held []Entitlement) ([]library.Item, error) {
	type key struct{ line, product id.ID }
	given, owned, ours := map[key]bool{}, map[id.ID]bool{}, map[id.ID]bool{}
	for _, e := range held {
		given[key{e.LineID, e.ProductID}] = true
		switch {
		case e.Consumable:
		case e.OrderID == grant.OrderID:
			ours[e.ProductID] = true // the same grant again: whichever line gave it, it is given
		case e.EndedAt == nil:
			owned[e.ProductID] = true
		}
	}
	var missing []library.Item
	for _, item := range grant.Items {
		switch {
		case given[key{item.LineID, item.ProductID}]:
		case item.Consumable:
			missing = append(missing, item)
		case ours[item.ProductID]: // a second line of the same order gives it only once
		case !owned[item.ProductID]:
			missing = append(missing, item)
			ours[item.ProductID] = true
		case !item.Optional:
			return nil, library.ErrAlreadyOwned
		}
	}
	return missing, nil
}
