package history

import (
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"
)

// ownership is what an order has given.
type ownership string

const (
	notYet ownership = "not granted yet"
	owned  ownership = "granted"
	gone   ownership = "revoked"
)

// order is what is known of an order and of its entitlement. The store advances an order by itself, so an operation
// observes it at the same state or at a later one.
type order struct {
	Placed     bool   // a checkout may have placed it
	Status     string // that was observed last
	Owned      ownership
	Fulfilled  bool // it was observed as completed or refunded
	Reversible bool // a refund or a dispute may have revoked what it granted
	Resolved   bool // staff may have resolved a review of it
}

// The statuses, by what may follow. A declined order is not paid again by the shoppers.
var (
	unpaid    = []string{"pending", "processing", "requires_action"}
	fulfilled = []string{"completed", "partially_refunded", "refunded"}
	later     = map[string][]string{
		"declined": {"declined", "canceled", "manual_review"},
		"canceled": {"canceled", "manual_review"},
		"paid":     {"paid", "completed", "partially_refunded", "refunded", "manual_review"},
	}
)

// mayBecome reports whether a status may be observed after the last one.
func (o order) mayBecome(status string) bool {
	switch {
	case o.Status == "":
		return true
	case o.Fulfilled && status == "manual_review":
		return true
	case o.Fulfilled && (o.Resolved || o.Status == "manual_review"):
		return slices.Contains(fulfilled, status)
	case o.Fulfilled:
		return slices.Index(fulfilled, status) >= slices.Index(fulfilled, o.Status)
	case slices.Contains(unpaid, o.Status):
		return status != "pending" || o.Status == "pending"
	case o.Resolved || o.Status == "manual_review":
		return !slices.Contains(unpaid, status)
	}
	return slices.Contains(later[o.Status], status)
}

// observed returns the order after its status was observed. What a completed order grants is granted before, and what
// is refunded is revoked before. An order that ended unpaid has granted nothing.
func (o order) observed(status string) (order, bool) {
	if !o.Placed || !o.mayBecome(status) {
		return o, false
	}
	o.Status = status
	switch status {
	case "completed", "partially_refunded":
		if o.Owned == notYet {
			o.Owned = owned
		}
		o.Fulfilled = true
	case "refunded":
		if o.Fulfilled && !o.Reversible && !o.Resolved {
			return o, false
		}
		o.Owned, o.Fulfilled = gone, true
	case "declined", "canceled":
		if o.Owned == owned && !o.Resolved {
			return o, false
		}
		o.Owned = gone
	}
	return o, true
}

// listed returns the order after a library was read that has an entitlement of it.
func (o order) listed() (order, bool) {
	if !o.Placed || (o.Owned == gone && !o.Resolved) {
		return o, false
	}
	o.Owned = owned
	return o, true
}

// missing returns the order after a library was read that has no entitlement of it.
func (o order) missing() (order, bool) {
	if o.Owned == owned {
		o.Owned = gone
		return o, o.Reversible || o.Resolved
	}
	return o, true
}

// step returns the order after an operation. False: the outcome contradicts the order.
func (o order) step(orderID string, op Operation) (order, bool) {
	switch op.Kind {
	case Checkout:
		o.Placed, o.Reversible = true, o.Reversible || op.Disputed
	case ReadOrders:
		return o.observed(op.Orders[orderID])
	case ReadLibrary:
		products := map[string]int{}
		for _, e := range op.Library {
			products[e.Product]++
		}
		for _, e := range op.Library {
			if e.Order == orderID {
				next, possible := o.listed()
				return next, possible && products[e.Product] == 1
			}
		}
		return o.missing()
	case Reverse:
		o.Reversible = true
	case Resolve:
		o.Resolved = true
	case ReadCart, Add, SetQuantity, Remove:
	}
	return o, true
}

// orderModel returns the sequential model of an order and its entitlement.
func orderModel(orderID string) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return order{Owned: notYet} },
		Step: func(state, op, _ any) (bool, any) {
			next, possible := state.(order).step(orderID, op.(Operation))
			return possible, next
		},
		DescribeOperation: func(op, _ any) string { return op.(Operation).String() },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state) },
	}
}

// orderIDs returns the orders that an account has observed.
func orderIDs(account []Operation) (out []string) {
	seen := map[string]bool{"": true}
	add := func(orderID string) {
		if !seen[orderID] {
			out = append(out, orderID)
		}
		seen[orderID] = true
	}
	for _, op := range account {
		add(op.Order)
		for orderID := range op.Orders {
			add(orderID)
		}
		for _, e := range op.Library {
			add(e.Order)
		}
	}
	slices.Sort(out)
	return out
}

// ofOrder selects the operations of one of an account's orders. others are those of staff and of the provider. A
// checkout that named no order may have placed this one, unless another did. Only later operations show when it placed
// the order, so its return is Never. The first reversal stands for all, as does the first resolution: they only allow
// what may happen from then on.
func ofOrder(orderID string, account, others []Operation) (out []Operation) {
	named := func(op Operation) bool { return op.Kind == Checkout && op.Order == orderID }
	placed := slices.ContainsFunc(account, named)
	first := map[Kind]bool{}
	for _, op := range inOrder(account, others) {
		_, observed := op.Orders[orderID]
		switch op.Kind {
		case Checkout:
			observed = named(op) || (!placed && op.Order == "")
			op.Return = Never
		case ReadLibrary:
			observed = true
		case Reverse, Resolve:
			observed = op.Order == orderID && !first[op.Kind]
			first[op.Kind] = first[op.Kind] || observed
			op.Return = Never
		case ReadCart, Add, SetQuantity, Remove, ReadOrders:
		}
		if observed {
			out = append(out, op)
		}
	}
	return out
}
