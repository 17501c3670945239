package domain

import (
	"fmt"
	"slices"
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/mutant"
	"coinslot/platform/state"
)

// Transitions says which status of an order may follow which. Every change of a status goes through Order.move, which
// refuses any other. No status is final: an order whose money contradicts its status goes to manual review at any time.
// Otherwise a settled order has the status that its refunds give it, but a refunded one stays refunded: only a
// review leads out of it.
var Transitions = state.Table[checkout.Status]{
	checkout.Pending: {
		checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.Declined, checkout.Canceled,
		checkout.ManualReview,
	},
	checkout.Processing: {
		checkout.RequiresAction, checkout.Paid, checkout.Declined, checkout.Canceled, checkout.ManualReview,
	},
	checkout.RequiresAction: {
		checkout.Processing, checkout.Paid, checkout.Declined, checkout.Canceled, checkout.ManualReview,
	},
	checkout.Declined:          {checkout.Pending, checkout.Canceled, checkout.ManualReview},
	checkout.Canceled:          {checkout.ManualReview},
	checkout.Paid:              {checkout.Completed, checkout.Refunded, checkout.ManualReview},
	checkout.Completed:         {checkout.PartiallyRefunded, checkout.Refunded, checkout.ManualReview},
	checkout.PartiallyRefunded: {checkout.Refunded, checkout.ManualReview},
	checkout.Refunded:          {checkout.ManualReview},
	checkout.ManualReview: {
		checkout.Paid, checkout.Declined, checkout.Canceled, checkout.Completed, checkout.Refunded,
	},
}

// The sets of statuses that the domain and the SQL of its adapters share.
var (
	// Unpaid orders have to ask for their money, or for what became of it.
	Unpaid = []checkout.Status{checkout.Pending, checkout.Processing, checkout.RequiresAction}
	// Unfinished orders have to go on by themselves.
	Unfinished = append(slices.Clone(Unpaid), checkout.Paid)
	// Cancelable orders may be canceled, if nothing was or may yet be captured.
	Cancelable = append(slices.Clone(Unpaid), checkout.Declined)
)

// move is the only function that changes an order's status. A move that Transitions does not allow changes nothing.
// Staying in a status is not a move. An order that leaves manual review keeps nothing of the review.
func (o *Order) move(to checkout.Status, now time.Time) error {
	if err := Transitions.Check(o.s.Status, to); err != nil && !mutant.On("ignore-the-transition-table") {
		return fmt.Errorf("move order %s: %w", o.s.ID, err)
	}
	o.s.Status, o.s.UpdatedAt, o.s.Review = to, now, Review{}
	return nil
}

// moveUnlessThere is move for an order that may have the status already: then only the time is noted.
func (o *Order) moveUnlessThere(to checkout.Status, now time.Time) error {
	if o.s.Status == to {
		o.Touch(now)
		return nil
	}
	return o.move(to, now)
}

// mustBe refuses what only orders of one status allow, on their way to another: the table may allow that move from
// further ones.
func (o *Order) mustBe(from, to checkout.Status) error {
	if o.s.Status != from {
		return o.illegal(to)
	}
	return nil
}

func (o *Order) illegal(to checkout.Status) error {
	return fmt.Errorf("move order %s: %w", o.s.ID, state.Illegal(o.s.Status, to))
}
