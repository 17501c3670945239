// Package domain holds the rules of entitlements.
package domain

import (
	"bytes"
	"slices"
	"time"

	"coinslot/modules/library"
	"coinslot/platform/fault"
	"coinslot/platform/id"
)

// ErrNotOwned is returned for a product that is not in the library.
var ErrNotOwned = fault.New(fault.NotFound, "not-in-library", "this is not in the library")

// Entitlement is one account's right to one product, through one order line. Of all that an account has to one
// product, consumables left out, one at most is active; the others are covered by it, and one of them takes its place
// when it ends.
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
	EndReason  string     // empty while it has not ended
	Suspended  *time.Time // withheld since
}

// The reasons why an entitlement has ended.
const (
	EndCovered = "covered" // another one gives the same: it may come back
	EndRefund  = "refund"
	EndDispute = "dispute"
	EndErasure = "erasure"
)

// New makes the entitlement that a grant's item gives.
func New(entitlementID id.ID, grant library.Grant, item library.Item, now time.Time) Entitlement {
	return Entitlement{
		ID: entitlementID, AccountID: grant.AccountID, ProductID: item.ProductID, OrderID: grant.OrderID, LineID: item.LineID,
		Consumable: item.Consumable, Quantity: item.Quantity, GrantedAt: now,
	}
}

// Active reports whether the entitlement has not ended, withheld or not.
func (e Entitlement) Active() bool { return e.EndedAt == nil }

// End ends the entitlement.
func (e *Entitlement) End(reason string, now time.Time) {
	e.EndReason = reason
	if e.EndedAt == nil {
		e.EndedAt = &now
	}
}

func (e *Entitlement) open() { e.EndedAt, e.EndReason = nil, "" }

// Missing returns what a grant still has to give, from what the account has to the same products: active and covered
// entitlements of any order, and every one of this order. It returns library.ErrAlreadyOwned when something that is
// not optional is active through another order.
func Missing(grant library.Grant, held []Entitlement) ([]library.Item, error) {
	type key struct{ line, product id.ID }
	given, owned := map[key]bool{}, map[id.ID]bool{}
	for _, e := range held {
		given[key{e.LineID, e.ProductID}] = true
		if e.OrderID != grant.OrderID && e.Active() && !e.Consumable {
			owned[e.ProductID] = true
		}
	}
	var missing []library.Item
	for _, item := range grant.Items {
		if given[key{item.LineID, item.ProductID}] {
			continue
		}
		if owned[item.ProductID] && !item.Optional && !item.Consumable {
			return nil, library.ErrAlreadyOwned
		}
		missing = append(missing, item)
	}
	return missing, nil
}

// Add decides which of an account's entitlements are active once some are added, and returns those added as they are
// then, and those of the others that change.
func Add(added, held []Entitlement, now time.Time) (ready, changed []Entitlement) {
	all := slices.Clone(held)
	for _, e := range added {
		if !e.Consumable {
			e.End(EndCovered, now)
		}
		all = append(all, e)
	}
	elect(all, now)
	return all[len(held):], differing(held, all[:len(held)])
}

// Adjust returns which entitlements change, and how, so that those of an order are as an adjustment says. all is every
// one of the order, and what the account has to the same products through others.
func Adjust(a library.Adjustment, all []Entitlement, now time.Time) []Entitlement {
	adjusted := slices.Clone(all)
	for i := range adjusted {
		if adjusted[i].OrderID == a.OrderID {
			adjusted[i].settle(a, now)
		}
	}
	elect(adjusted, now)
	return differing(all, adjusted)
}

// settle ends the entitlement, or lets it be a candidate, as an adjustment says.
func (e *Entitlement) settle(a library.Adjustment, now time.Time) {
	switch {
	case e.EndReason == EndErasure:
		return
	case slices.Contains(a.Refunded, library.Key{LineID: e.LineID, ProductID: e.ProductID}):
		e.End(EndRefund, now)
	case a.Access == library.Ended:
		e.End(EndDispute, now)
	case e.EndReason == EndDispute && e.Consumable:
		e.open()
	case e.EndReason == EndDispute:
		e.EndReason = EndCovered
	}
	switch {
	case a.Access != library.Suspended:
		e.Suspended = nil
	case e.Suspended == nil:
		e.Suspended = &now
	}
}

// elect lets one entitlement to each product be active, where there is one: rather one that is not withheld, and
// rather the one that is.
func elect(all []Entitlement, now time.Time) {
	byProduct := map[id.ID][]*Entitlement{}
	for i := range all {
		if e := &all[i]; !e.Consumable && (e.Active() || e.EndReason == EndCovered) {
			byProduct[e.ProductID] = append(byProduct[e.ProductID], e)
		}
	}
	for _, candidates := range byProduct {
		best := slices.MinFunc(candidates, func(a, b *Entitlement) int { return bytes.Compare(a.rank(), b.rank()) })
		for _, e := range candidates {
			if e != best {
				e.End(EndCovered, now)
			}
		}
		best.open()
	}
}

// rank sorts candidates, the best first.
func (e *Entitlement) rank() []byte {
	rank := []byte{0, 0}
	if e.Suspended != nil {
		rank[0] = 1
	}
	if !e.Active() {
		rank[1] = 1
	}
	return append(rank, e.ID[:]...)
}

// differing returns what has changed, what ended first: two may never be active at once.
func differing(before, after []Entitlement) (out []Entitlement) {
	for i, e := range after {
		if e.EndReason != before[i].EndReason || (e.Suspended == nil) != (before[i].Suspended == nil) {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Entitlement) int {
		switch {
		case a.Active() == b.Active():
			return 0
		case a.Active():
			return 1
		}
		return -1
	})
	return out
}
