// Package domain holds the rules of entitlements.
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

// ErrAlreadyActive is returned when a second entitlement of an account to one product would become active.
var ErrAlreadyActive = fault.New(fault.Conflict, "entitlement-active",
	"the account's library is being changed; try again").After(time.Second)

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
	Refunded   int // units of them
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

// Gift is an item that a line of a grant gives.
type Gift struct {
	LineID id.ID
	library.Item
}

// New makes the entitlement that a gift of a grant gives.
func New(entitlementID id.ID, grant library.Grant, gift Gift, now time.Time) Entitlement {
	return Entitlement{
		ID: entitlementID, AccountID: grant.AccountID, ProductID: gift.ProductID, OrderID: grant.OrderID, LineID: gift.LineID,
		Consumable: gift.Consumable, Quantity: gift.Quantity, GrantedAt: now,
	}
}

// Left returns how many units have not been refunded.
func (e Entitlement) Left() int { return e.Quantity - e.Refunded }

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

// Adds reports whether a line adds something to what is owned.
type Adds func(items []library.Item, owned func(productID id.ID) bool) bool

// Missing returns what a grant still has to give, and the lines that are refused because they add nothing, from what
// the account has to the same products: active and covered entitlements of any order, and every one of this order.
// Lines are judged in position order, each with what the lines before it give.
func Missing(grant library.Grant, held []Entitlement, adds Adds) (missing []Gift, refused []id.ID) {
	given, owned := map[id.ID]bool{}, map[id.ID]bool{}
	for _, e := range held {
		given[e.LineID] = true
		if e.OrderID != grant.OrderID && e.Active() && !e.Consumable {
			owned[e.ProductID] = true
		}
	}
	for _, line := range grant.Lines {
		if !given[line.LineID] || mutant.On("grant-a-line-twice") {
			if !mutant.On("grant-what-is-owned") && !adds(line.Items, func(productID id.ID) bool { return owned[productID] }) {
				refused = append(refused, line.LineID)
				continue
			}
			for _, item := range line.Items {
				missing = append(missing, Gift{line.LineID, item})
			}
		}
		for _, item := range line.Items {
			owned[item.ProductID] = owned[item.ProductID] || !item.Consumable
		}
	}
	return missing, refused
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
	if e.EndReason == EndErasure {
		return
	}
	for _, r := range a.Refunded {
		if r.LineID == e.LineID && r.ProductID == e.ProductID {
			e.Refunded = max(e.Refunded, min(r.Quantity, e.Quantity))
		}
	}
	switch {
	case e.Left() == 0:
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
		if !mutant.On("end-every-entitlement-of-a-refunded-order") {
			best.open()
		}
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
		was := before[i]
		if e.EndReason != was.EndReason || e.Refunded != was.Refunded || (e.Suspended == nil) != (was.Suspended == nil) {
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
