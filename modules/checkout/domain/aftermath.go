package domain

import (
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/id"
)

// Dispute is where a buyer's complaint at the bank stands.
type Dispute string

// The states. Won and lost are as the store sees them, and either may still become the other.
const (
	NoDispute     Dispute = ""
	DisputeOpened Dispute = "opened"
	DisputeWon    Dispute = "won"
	DisputeLost   Dispute = "lost"
)

// Access is what a buyer may do with what an order gave.
type Access int

// The kinds of access.
const (
	Open      Access = iota
	Suspended        // while the bank decides
	Ended            // the bank has given the money back
)

// Access returns what a dispute leaves of it.
func (d Dispute) Access() Access {
	switch d {
	case DisputeOpened:
		return Suspended
	case DisputeLost:
		return Ended
	case NoDispute, DisputeWon:
	}
	return Open
}

// Aftermath is what became of an order's money after it was paid. Refunded counts minor units that went back.
type Aftermath struct {
	Refunded int64
	Dispute  Dispute
}

// Reference names what a line gives of a product.
type Reference struct {
	LineID    id.ID
	ProductID id.ID
}

// Settled reports whether the order was paid and granted, so that refunds and disputes are what may still happen.
func (o Order) Settled() bool {
	switch o.s.Status {
	case checkout.Completed, checkout.PartiallyRefunded:
		return true
	case checkout.Refunded:
		return !o.s.GrantRefused
	case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.Declined, checkout.Canceled, checkout.ManualReview:
	}
	return false
}

// Aftermath returns what is written down of it.
func (o Order) Aftermath() Aftermath { return o.s.Aftermath }

// ApplyAftermath moves a settled order to where its money is.
func (o *Order) ApplyAftermath(a Aftermath, now time.Time) {
	o.s.Aftermath, o.s.UpdatedAt = a, now
	switch {
	case a.Refunded == 0:
		o.s.Status = checkout.Completed
	case a.Refunded < o.s.Totals.Total.Amount():
		o.s.Status = checkout.PartiallyRefunded
	default:
		o.s.Status = checkout.Refunded
	}
}

// Gone returns what of the order was refunded whole, from how much went back of each product of each line. Once all of
// the order's money is back, that is everything.
func (o Order) Gone(back map[Reference]int64) (out []Reference) {
	for _, l := range o.s.Lines {
		for _, p := range l.Gives {
			amount, named := back[Reference{l.ID, p.ID}]
			if o.s.Status == checkout.Refunded || (named && amount >= p.Total.Amount()) {
				out = append(out, Reference{l.ID, p.ID})
			}
		}
	}
	return out
}

// Refundable says why an order's money cannot go back now. A buyer has so much time after the payment; without a
// window it is the staff that asks.
func (o Order) Refundable(window time.Duration, now time.Time) error {
	switch {
	case o.Unpaid() || o.s.Status == checkout.Paid:
		return ErrInProgress
	case !o.Settled():
		return ErrNotRefundable
	case o.s.Aftermath.Dispute == DisputeOpened || o.s.Aftermath.Dispute == DisputeLost:
		return ErrDisputed
	case window > 0 && o.s.PaidAt != nil && now.After(o.s.PaidAt.Add(window)):
		until := o.s.PaidAt.Add(window)
		return ErrRefundWindow.Saying("refunds were possible until %s; ask the store's staff", until.Format(time.DateOnly)).With("until", until)
	}
	return nil
}
