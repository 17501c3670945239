// Package domain has the rules of entitlements.
package domain

import (
	"bytes"
	"slices"
	"time"

	"coinslot/modules/library"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// ErrAlreadyActive is returned when an account would have two active entitlements to one product.
var ErrAlreadyActive = fault.New(fault.Conflict, "entitlement-active",
	"the account's library is being changed; try again").After(time.Second)

// ErrNotOwned is returned for a product that is not in the library.
var ErrNotOwned = fault.New(fault.NotFound, "not-in-library", "the product is not in your library")

// Entitlement is the right of an account to a product, by an order line. At most one of an account's entitlements to a
// product is active, except for consumables. The others are covered by it: one of them is restored when it is revoked.
type Entitlement struct {
	ID           id.ID
	AccountID    id.ID
	ProductID    id.ID
	OrderID      id.ID
	LineID       id.ID
	Consumable   bool
	Quantity     int
	Refunded     int // refunded units
	GrantedAt    time.Time
	RevokedAt    *time.Time // nil while it is active
	RevokeReason string     // empty while it is active
	Suspended    *time.Time // the start of the suspension during a dispute
}

// The reasons for a revocation.
const (
	ReasonCovered = "covered" // another order gives the same product; the entitlement may be restored
	ReasonRefund  = "refund"
	ReasonDispute = "dispute"
	ReasonErasure = "erasure"
)

// LineItem is an item of a grant with its line.
type LineItem struct {
	LineID id.ID
	library.Item
}

// New returns the entitlement of an item of a grant.
func New(entitlementID id.ID, grant library.Grant, item LineItem, now time.Time) Entitlement {
	return Entitlement{
		ID: entitlementID, AccountID: grant.AccountID, ProductID: item.ProductID, OrderID: grant.OrderID,
		LineID: item.LineID, Consumable: item.Consumable, Quantity: item.Quantity, GrantedAt: now,
	}
}

// Left returns the number of units that are not refunded.
func (e Entitlement) Left() int { return e.Quantity - e.Refunded }

// Active reports whether the entitlement is not revoked. It may be suspended.
func (e Entitlement) Active() bool { return e.RevokedAt == nil }

// Revoke revokes the entitlement, or changes the reason of an earlier revocation.
func (e *Entitlement) Revoke(reason string, now time.Time) {
	e.RevokeReason = reason
	if e.RevokedAt == nil {
		e.RevokedAt = &now
	}
}

func (e *Entitlement) restore() { e.RevokedAt, e.RevokeReason = nil, "" }

// Adds reports whether a line adds a product to those that are owned.
type Adds func(items []library.Item, owned func(productID id.ID) bool) bool

// Missing returns the items that a grant has not given yet, and the lines that it refuses because they add nothing.
// existing are the account's entitlements to the same products: active and covered ones of any order, and all of this
// order. The lines are checked in position order, each with the products of the lines before it.
func Missing(grant library.Grant, existing []Entitlement, adds Adds) (missing []LineItem, refused []id.ID) {
	granted, owned := map[id.ID]bool{}, map[id.ID]bool{}
	for _, e := range existing {
		granted[e.LineID] = true
		if e.OrderID != grant.OrderID && e.Active() && !e.Consumable {
			owned[e.ProductID] = true
		}
	}
	isOwned := func(productID id.ID) bool { return owned[productID] }
	for _, line := range grant.Lines {
		if !granted[line.LineID] || mutant.On("grant-a-line-twice") {
			if !mutant.On("grant-owned-product") && !adds(line.Items, isOwned) {
				refused = append(refused, line.LineID)
				continue
			}
			for _, item := range line.Items {
				missing = append(missing, LineItem{line.LineID, item})
			}
		}
		for _, item := range line.Items {
			owned[item.ProductID] = owned[item.ProductID] || !item.Consumable
		}
	}
	return missing, refused
}

// Add adds entitlements to the existing ones and selects the active one of each product. It returns the added ones with
// their resulting state, and the existing ones that change.
func Add(added, existing []Entitlement, now time.Time) (ready, changed []Entitlement) {
	all := slices.Clone(existing)
	for _, e := range added {
		if !e.Consumable {
			e.Revoke(ReasonCovered, now)
		}
		all = append(all, e)
	}
	selectActive(all, now)
	return all[len(existing):], differing(existing, all[:len(existing)])
}

// Adjust applies an adjustment to the entitlements of its order, and returns all entitlements that change. all are
// those of the order, and the account's active and covered ones to the same products.
func Adjust(a library.Adjustment, all []Entitlement, now time.Time) []Entitlement {
	adjusted := slices.Clone(all)
	for i := range adjusted {
		if adjusted[i].OrderID == a.OrderID {
			adjusted[i].adjust(a, now)
		}
	}
	selectActive(adjusted, now)
	return differing(all, adjusted)
}

// adjust revokes the entitlement, or makes it a candidate for selectActive.
func (e *Entitlement) adjust(a library.Adjustment, now time.Time) {
	if e.RevokeReason == ReasonErasure {
		return
	}
	for _, r := range a.Refunded {
		if r.LineID == e.LineID && r.ProductID == e.ProductID {
			e.Refunded = max(e.Refunded, min(r.Quantity, e.Quantity))
		}
	}
	switch {
	case e.Left() == 0:
		e.Revoke(ReasonRefund, now)
	case a.Access == library.Revoked:
		e.Revoke(ReasonDispute, now)
	case e.RevokeReason == ReasonDispute && e.Consumable:
		e.restore()
	case e.RevokeReason == ReasonDispute:
		e.RevokeReason = ReasonCovered
	}
	switch {
	case a.Access != library.Suspended:
		e.Suspended = nil
	case e.Suspended == nil:
		e.Suspended = &now
	}
}

// selectActive makes one entitlement to each product active and all other candidates covered. It prefers one that is
// not suspended, and then the one that is active already.
func selectActive(all []Entitlement, now time.Time) {
	byProduct := map[id.ID][]*Entitlement{}
	for i := range all {
		if e := &all[i]; !e.Consumable && (e.Active() || e.RevokeReason == ReasonCovered) {
			byProduct[e.ProductID] = append(byProduct[e.ProductID], e)
		}
	}
	for _, candidates := range byProduct {
		best := slices.MinFunc(candidates, func(a, b *Entitlement) int { return bytes.Compare(a.rank(), b.rank()) })
		for _, e := range candidates {
			if e != best {
				e.Revoke(ReasonCovered, now)
			}
		}
		if !mutant.On("revoke-all-entitlements-of-a-refunded-order") {
			best.restore()
		}
	}
}

// rank is the sort key of a candidate. The lowest one is the best.
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

// differing returns the entitlements that have changed. Revoked ones come first, so that no two are active while they
// are stored one after the other.
func differing(before, after []Entitlement) (out []Entitlement) {
	for i, e := range after {
		was := before[i]
		if e.RevokeReason != was.RevokeReason || e.Refunded != was.Refunded ||
			(e.Suspended == nil) != (was.Suspended == nil) {
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
