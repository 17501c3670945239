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

// Watched reports whether the order's money may still need a manual review after its end: it was paid, then granted or
// refunded.
func (o Order) Watched() bool { return o.Settled() || o.s.Status == checkout.Refunded }

// Ended reports whether the order ended unpaid: money that is captured for it later is refunded.
func (o Order) Ended() bool {
	return o.s.Status == checkout.Declined || o.s.Status == checkout.Canceled
}

// Aftermath returns what is written down of it.
func (o Order) Aftermath() Aftermath { return o.s.Aftermath }

// ApplyAftermath moves a settled order to where its money is. whole says that all of it was refunded.
func (o *Order) ApplyAftermath(a Aftermath, whole bool, now time.Time) error {
	a.Refunded = min(a.Refunded, o.s.Totals.Total.Amount())
	to := checkout.PartiallyRefunded
	switch {
	case o.s.GrantRefused || whole:
		to = checkout.Refunded
	case a.Refunded == 0:
		to = checkout.Completed
	}
	if !o.Watched() { // the table allows it from paid and from manual review as well, where nothing may be granted yet
		return o.illegal(to)
	}
	if err := o.moveUnlessThere(to, now); err != nil {
		return err
	}
	o.s.Aftermath = a
	return nil
}

// Whole reports whether everything was refunded: all that was captured or the order cost, or every unit of what it gave.
func (o Order) Whole(refunded, captured int64, back map[Reference]Back) bool {
	if refunded > 0 && refunded >= min(captured, o.s.Totals.Total.Amount()) {
		return true
	}
	units := 0
	for _, u := range o.Refunded(back) {
		units += u.Quantity
	}
	return len(back) > 0 && units == o.units()
}

// units counts all units of what the order gives.
func (o Order) units() (n int) {
	for _, l := range o.s.Lines {
		for _, p := range l.Gives {
			n += p.units(l.Quantity)
		}
	}
	return n
}

func (p Part) units(quantity int) int {
	if p.Consumable {
		return quantity
	}
	return 1
}

// Back is how much was refunded of what a line gives of a product: its money, and the units that were refunded whole.
type Back struct {
	Amount   int64
	Quantity int
}

// Unit is how many units of what a line gave of a product were refunded.
type Unit struct {
	Reference
	Quantity int
}

// Refunded returns how many units of what the order gave were refunded, from how much was refunded of each product of
// each line. What was refunded whole counts with all its units, and so does everything once all of the order's money is
// refunded. Of what costs nothing every refund is of the whole price: its units are counted, where the refund names any.
func (o Order) Refunded(back map[Reference]Back) (out []Unit) {
	for _, l := range o.s.Lines {
		for _, p := range l.Gives {
			units := p.units(l.Quantity)
			b, named := back[Reference{l.ID, p.ID}]
			quantity := min(b.Quantity, units)
			whole := named && b.Amount >= p.Total.Amount() && (b.Quantity == 0 || !p.Total.IsZero())
			if o.s.Status == checkout.Refunded || whole {
				quantity = units
			}
			if quantity > 0 {
				out = append(out, Unit{Reference{l.ID, p.ID}, quantity})
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
	case (o.Settled() || o.InReview()) && o.s.Aftermath.Dispute.Access() != Open:
		return ErrDisputed
	case o.InReview():
		return ErrNotRefundable.Saying("the order is in manual review, which the store's staff end")
	case !o.Settled():
		return ErrNotRefundable
	case window > 0 && o.s.PaidAt != nil && now.After(o.s.PaidAt.Add(window)):
		until := o.s.PaidAt.Add(window)
		return ErrRefundWindow.Saying("refunds were possible until %s; ask the store's staff",
			until.Format(time.DateOnly)).With("until", until)
	}
	return nil
}
