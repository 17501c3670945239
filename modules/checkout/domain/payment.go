package domain

import (
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// Outcome is how the newest payment of an order stands.
type Outcome int

// The outcomes.
const (
	Unknown Outcome = iota
	RequiresAction
	Captured
	Declined
	Canceled
	Mismatched // the provider reports another amount
)

// Dispute is the state of a chargeback.
type Dispute string

// The states. Won and lost are as the store sees them, and either may still become the other.
const (
	NoDispute     Dispute = ""
	DisputeOpened Dispute = "opened"
	DisputeWon    Dispute = "won"
	DisputeLost   Dispute = "lost"
)

// Access is what a buyer may do with what an order granted.
type Access int

// The kinds of access.
const (
	Open      Access = iota
	Suspended        // while the bank decides
	Ended            // the bank has returned the money to the buyer
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

// Reference names what a line gives of a product.
type Reference struct {
	LineID    id.ID
	ProductID id.ID
}

// Refunded is how much was refunded of what a line gives of a product: its money in minor units, and the units that
// were refunded whole.
type Refunded struct {
	Amount   int64
	Quantity int
}

// Payment is how an order's money stands at a revision of it. Amounts are in minor units.
type Payment struct {
	Revision int64
	Attempt  int // 0: there is no payment
	Outcome  Outcome
	Captured int64
	Left     int64 // of Captured: what neither refunds nor a bank have taken
	Refunded map[Reference]Refunded
	Dispute  Dispute
	Review   checkout.ReviewReason // why the money of any attempt needs a manual review; empty: it does not
}

// refunded returns how much of the order's price was refunded.
func (p Payment) refunded() (sum int64) {
	for _, r := range p.Refunded {
		sum += r.Amount
	}
	return sum
}

// owed says why the money of an order that gives nothing needs a manual review, or nothing.
func (p Payment) owed() checkout.ReviewReason {
	if p.Review == "" && p.Outcome == Captured && p.Left > 0 {
		return checkout.ReviewRefundFailed
	}
	return p.Review
}

// Unit is how many units of what a line gave of a product were refunded.
type Unit struct {
	Reference
	Quantity int
}

// Adjustment is what remains of what an order granted: how many units were refunded in total, and the access to the
// rest.
type Adjustment struct {
	Refunded []Unit
	Access   Access
}

// Settled reports whether the order was paid and granted, so that refunds and disputes are what may still happen.
func (o Order) Settled() bool {
	switch o.s.Status {
	case checkout.Completed, checkout.PartiallyRefunded:
		return true
	case checkout.Refunded:
		return !o.s.GrantRefused
	case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.Declined,
		checkout.Canceled, checkout.ManualReview:
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

// Dispute returns the order's dispute, as of the newest payment that was applied.
func (o Order) Dispute() Dispute { return o.s.Dispute }

// Awaits reports whether a payment says anything that the order has not applied.
func (o Order) Awaits(p Payment) bool {
	return p.Attempt >= o.s.Attempt && p.Revision > o.s.PaymentRevision && !mutant.On("ignore-payment-events")
}

// ApplyPayment moves the order to where its money is, in any state but paid: what is paid is granted first. A payment
// of an older revision, or of an earlier attempt than the order's, changes nothing. The adjustment is what has to
// become of what the order granted; nil: nothing changes. The order is to be saved only after that has happened.
// state.ErrTransition, and the order is as before.
func (o *Order) ApplyPayment(p Payment, now time.Time) (*Adjustment, error) {
	stale := p.Attempt < o.s.Attempt || p.Revision < o.s.PaymentRevision
	if o.s.Status == checkout.Paid || (stale && !mutant.On("apply-an-older-payment")) {
		return nil, nil
	}
	next := *o
	adjustment, err := next.apply(p, now)
	if err != nil {
		return nil, err
	}
	next.s.PaymentRevision = max(o.s.PaymentRevision, p.Revision)
	*o = next
	return adjustment, nil
}

func (o *Order) apply(p Payment, now time.Time) (*Adjustment, error) {
	switch o.s.Status {
	case checkout.Pending, checkout.Processing, checkout.RequiresAction:
		return nil, o.applyOutcome(p, now)
	case checkout.ManualReview:
		return nil, o.applyInReview(p, now)
	case checkout.Completed, checkout.PartiallyRefunded, checkout.Refunded:
		return o.applyRefunds(p, now)
	case checkout.Declined, checkout.Canceled:
		return nil, o.reviewFor(p.owed(), now)
	case checkout.Paid:
	}
	return nil, nil
}

func (o *Order) applyOutcome(p Payment, now time.Time) error {
	switch p.Outcome {
	case Unknown:
		return o.moveUnlessThere(checkout.Processing, now)
	case RequiresAction:
		return o.moveUnlessThere(checkout.RequiresAction, now)
	case Captured:
		return o.capture(now)
	case Declined:
		return o.end(checkout.Declined, now)
	case Canceled:
		return o.end(checkout.Canceled, now)
	case Mismatched:
		return o.Review(checkout.ReviewAmountMismatch, now)
	}
	return nil
}

// applyInReview ends a review once the money says where the order belongs. What else the payment says is applied by the
// next ApplyPayment.
func (o *Order) applyInReview(p Payment, now time.Time) error {
	reason := p.Review
	switch {
	case o.PaymentUnknown():
		reason = ""
	case o.RefundOwed():
		reason = p.owed()
	}
	switch {
	case reason != "":
		return o.Review(reason, now)
	case p.Outcome == Unknown || p.Outcome == RequiresAction:
		o.Touch(now)
		return nil
	case p.Outcome == Declined && o.s.Released:
		return o.end(checkout.Canceled, now) // as it may have been before its review
	}
	return o.applyOutcome(p, now)
}

// applyRefunds gives a settled order the status of its refunds, and moves it to manual review when its money needs one.
func (o *Order) applyRefunds(p Payment, now time.Time) (*Adjustment, error) {
	if o.s.GrantRefused {
		return nil, o.reviewFor(p.Review, now)
	}
	refunded := min(p.refunded(), o.s.Totals.Total.Amount())
	to := checkout.PartiallyRefunded
	switch {
	case o.whole(p):
		to = checkout.Refunded
	case refunded == 0:
		to = checkout.Completed
	}
	if o.s.Status != to {
		if err := o.move(to, now); err != nil {
			return nil, err
		}
	}
	var adjustment *Adjustment
	if len(p.Refunded) > 0 || p.Dispute != o.s.Dispute || p.Dispute != NoDispute {
		adjustment = &Adjustment{o.units(p.Refunded, to == checkout.Refunded), p.Dispute.Access()}
	}
	o.s.Refunded, o.s.Dispute = refunded, p.Dispute
	return adjustment, o.reviewFor(p.Review, now)
}

func (o *Order) reviewFor(reason checkout.ReviewReason, now time.Time) error {
	if reason == "" {
		return nil
	}
	return o.Review(reason, now)
}

// whole reports whether everything was refunded: all that was captured or the order cost, or every unit of what it
// gave.
func (o Order) whole(p Payment) bool {
	if refunded := p.refunded(); refunded > 0 && refunded >= min(p.Captured, o.s.Totals.Total.Amount()) {
		return true
	}
	given, refunded := 0, 0
	for _, l := range o.s.Lines {
		for _, part := range l.Gives {
			given += part.units(l.Quantity)
		}
	}
	for _, u := range o.units(p.Refunded, false) {
		refunded += u.Quantity
	}
	return len(p.Refunded) > 0 && refunded == given
}

func (p Part) units(quantity int) int {
	if p.Consumable {
		return quantity
	}
	return 1
}

// units returns how many units of what the order gave were refunded; everything says that all of it was. What was
// refunded whole counts with all its units. Of what costs nothing every refund is of the whole price: its units are
// counted, where the refund names any.
func (o Order) units(refunded map[Reference]Refunded, everything bool) (out []Unit) {
	for _, l := range o.s.Lines {
		for _, p := range l.Gives {
			units := p.units(l.Quantity)
			r, named := refunded[Reference{l.ID, p.ID}]
			quantity := min(r.Quantity, units)
			whole := named && r.Amount >= p.Total.Amount() && (r.Quantity == 0 || !p.Total.IsZero())
			if everything || whole {
				quantity = units
			}
			if quantity > 0 {
				out = append(out, Unit{Reference{l.ID, p.ID}, quantity})
			}
		}
	}
	return out
}

// Refundable says why an order's money cannot be refunded now. A buyer may ask within the window after the payment;
// staff has no window: 0. Billing refuses the refund of a disputed payment.
func (o Order) Refundable(window time.Duration, now time.Time) error {
	switch {
	case o.Unpaid() || o.s.Status == checkout.Paid:
		return ErrInProgress
	case o.InReview() && o.s.Dispute.Access() != Open:
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
