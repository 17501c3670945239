package domain

import (
	"encoding/base32"
	"slices"
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Line is a line of an order: what was bought, at an immutable price version.
type Line struct {
	ID           id.ID
	CartLineID   id.ID
	SellableID   id.ID
	Bundle       bool
	Title        string
	Quantity     int
	PriceVersion int
	Unit         money.Money
	Discount     money.Money
	Tax          money.Money
	Total        money.Money // with the tax
	Gives        []Part      // adds up to the line
	Refused      bool        // it was paid for and added nothing: it gave nothing and its money is refunded
}

// Order is a purchase. Transitions says which of its statuses may follow which; app/decisions/0010-state-machines.md
// draws it. An order whose money contradicts itself or stays unknown too long goes to manual_review, from which a later
// event of the payment or staff lead out.
//
// Methods that change the status return state.ErrTransition, and change nothing, when Transitions does not allow the
// move.
type Order struct {
	s   Snapshot
	was checkout.Status // when it was last stored; pending for a new order
}

// Snapshot is an order's state, for adapters.
type Snapshot struct {
	ID           id.ID
	AccountID    id.ID
	Number       string
	Status       checkout.Status
	Lines        []Line
	Released     bool // its lines do not reserve their cart lines
	Totals       Totals
	Country      string // the buyer's, by which it is taxed
	Treatment    checkout.Treatment
	Business     Business // until the order is paid or canceled: the invoice has its own copy
	IPCountry    string   // of the address from which the present attempt was made; empty: not known
	TaxIncluded  bool     // the prices contain the tax
	Attempt      int
	Method       string
	ReturnURL    string // where the provider's page leads the buyer back to; empty: nowhere
	QuotedAt     time.Time
	AttemptedAt  time.Time // when the present attempt to pay began
	GrantRefused bool      // paid for, but none of it can be granted: all of its money is refunded
	Review       Review    // why it is in manual review
	PaidAt       *time.Time
	// UnsavedPaid is when the order was paid, if it has not been saved since. Saving it adds that to the history, too.
	UnsavedPaid *time.Time

	PaymentRevision int64   // of the newest payment that was applied: see Payment
	Refunded        int64   // of the order's total, in minor units
	Dispute         Dispute // of the newest payment

	AdvancingUntil *time.Time
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Lease is how long an order belongs to the caller that advances it; then another caller may claim it.
const Lease = 12 * time.Second

// Place makes an order from a basket whose Check has passed. Its maker advances it, so it is born with the lease.
func Place(orderID, accountID id.ID, b Basket, method string, now time.Time) Order {
	until := now.Add(Lease)
	return Order{s: Snapshot{
		ID: orderID, AccountID: accountID, Number: number(orderID), Status: checkout.Pending,
		Lines: slices.Clone(b.Lines), Totals: b.Totals,
		Country: b.Tax.Country, Treatment: b.Tax.Treatment(), Business: b.Business,
		TaxIncluded: b.Tax.Included, Attempt: 1, Method: method, QuotedAt: b.QuotedAt,
		AttemptedAt: now, AdvancingUntil: &until, Version: 1, CreatedAt: now, UpdatedAt: now,
	}, was: checkout.Pending}
}

var alphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// number makes a number for people from the random end of the order's ID: ten signs that cannot be mistaken.
func number(orderID id.ID) string {
	tail := orderID[len(orderID)-7:]
	return "CS-" + alphabet.EncodeToString(tail)[:10]
}

// Restore makes an order from its stored state.
func Restore(s Snapshot) Order {
	s.Lines = slices.Clone(s.Lines)
	return Order{s: s, was: s.Status}
}

// Snapshot returns the state to store.
func (o Order) Snapshot() Snapshot {
	s := o.s
	s.Lines = slices.Clone(s.Lines)
	return s
}

// ID returns the order's ID.
func (o Order) ID() id.ID { return o.s.ID }

// Status returns how far the order got.
func (o Order) Status() checkout.Status { return o.s.Status }

// Unpaid reports whether the next step is to ask for the money, or for what became of it.
func (o Order) Unpaid() bool { return slices.Contains(Unpaid, o.s.Status) }

// Unfinished reports whether the order has to go on by itself.
func (o Order) Unfinished() bool { return slices.Contains(Unfinished, o.s.Status) }

// InReview reports whether the order is in manual review.
func (o Order) InReview() bool { return o.s.Status == checkout.ManualReview }

// GrantRefused reports whether the order is paid and must be refunded.
func (o Order) GrantRefused() bool { return o.s.GrantRefused }

// Waiting returns for how long the present attempt has been under way.
func (o Order) Waiting(now time.Time) time.Duration { return now.Sub(o.s.AttemptedAt) }

// Idle reports whether the order has not been advanced for a time, and has no lease.
func (o Order) Idle(now time.Time, patience time.Duration) bool {
	return now.Sub(o.s.UpdatedAt) >= patience && (o.s.AdvancingUntil == nil || !o.s.AdvancingUntil.After(now))
}

// CartLineIDs returns the cart lines that the order was made from.
func (o Order) CartLineIDs() []id.ID {
	out := make([]id.ID, len(o.s.Lines))
	for i, l := range o.s.Lines {
		out[i] = l.CartLineID
	}
	return out
}

// ConsumableCartLineIDs returns the cart lines of consumables, to which the buyer may add while they are being paid.
func (o Order) ConsumableCartLineIDs() (out []id.ID) {
	for _, l := range o.s.Lines {
		if !l.Bundle && len(l.Gives) == 1 && l.Gives[0].Consumable {
			out = append(out, l.CartLineID)
		}
	}
	return out
}

// ProductIDs returns the products that the order gives.
func (o Order) ProductIDs() []id.ID {
	var out []id.ID
	for _, l := range o.s.Lines {
		for _, p := range l.Gives {
			out = append(out, p.ID)
		}
	}
	return out
}

// capture makes the order paid, or ends the review of one that was fulfilled before.
func (o *Order) capture(now time.Time) error {
	if o.s.Review.Fulfilled && !mutant.On("grant-a-fulfilled-order-again") {
		return o.settle(now)
	}
	if err := o.move(checkout.Paid, now); err != nil {
		return err
	}
	o.s.UnsavedPaid = &now
	o.s.Method, o.s.ReturnURL, o.s.Business = "", "", Business{}
	if o.s.PaidAt == nil {
		o.s.PaidAt = &now
	}
	return nil
}

// end moves to a status in which the order reserves nothing.
func (o *Order) end(to checkout.Status, now time.Time) error {
	if err := o.move(to, now); err != nil {
		return err
	}
	o.s.Released, o.s.Method, o.s.ReturnURL = true, "", ""
	if to != checkout.Declined { // which may be paid again
		o.s.Business = Business{}
	}
	return nil
}

// RefuseGrant records that nothing of a paid order can be granted: it is refunded whole and never granted again.
func (o *Order) RefuseGrant(now time.Time) error {
	if err := o.mustBe(checkout.Paid, checkout.Refunded); err != nil {
		return err
	}
	o.s.GrantRefused, o.s.UpdatedAt = true, now
	return nil
}

// Return is the state of a refund that the store owes.
type Return int

// The states. A withheld refund waits for the bank, which decides a dispute; a failed one for a manual review.
const (
	ReturnPending Return = iota
	Returned
	ReturnFailed
	ReturnWithheld
)

// ApplyReturn applies the refund of a paid order that is refused whole. A refund that a bank withholds leads to a
// manual review, which the next event of the dispute ends; when the dispute is lost, staff do: the bank has returned
// the money.
func (o *Order) ApplyReturn(r Return, now time.Time) error {
	if err := o.mustBe(checkout.Paid, checkout.Refunded); err != nil {
		return err
	}
	switch r {
	case ReturnPending:
		o.Touch(now)
	case Returned:
		if err := o.end(checkout.Refunded, now); err != nil {
			return err
		}
		o.s.Refunded = o.s.Totals.Total.Amount()
	case ReturnFailed:
		return o.Review(checkout.ReviewRefundFailed, now)
	case ReturnWithheld:
		return o.Review(checkout.ReviewDisputed, now)
	}
	return nil
}

// Touch records an attempt to advance the order that had no effect.
func (o *Order) Touch(now time.Time) { o.s.UpdatedAt = now }

// Complete ends a paid order whose products are granted and whose lines are out of the cart.
func (o *Order) Complete(now time.Time) error {
	if err := o.mustBe(checkout.Paid, checkout.Completed); err != nil {
		return err
	}
	return o.move(checkout.Completed, now)
}

// Retry starts the next attempt to pay a declined order, whose prices Reprice has brought up to date. The order
// reserves its lines again.
func (o *Order) Retry(method string, now time.Time) error {
	switch {
	case o.s.Status != checkout.Completed && mutant.On("pay-a-processing-order-again"):
	case o.s.Status == checkout.Processing || o.s.Status == checkout.RequiresAction:
		return ErrInProgress
	case o.s.Status != checkout.Declined:
		return ErrNotPayable
	}
	if err := o.move(checkout.Pending, now); err != nil {
		return err
	}
	until := now.Add(Lease)
	o.s.Attempt++
	o.s.Method, o.s.Released, o.s.AdvancingUntil, o.s.AttemptedAt = method, false, &until, now
	return nil
}

// ReturnTo lets the provider's page of the present attempt lead the buyer back to a URL.
func (o *Order) ReturnTo(returnURL string) { o.s.ReturnURL = returnURL }

// From records the country of the address from which the present attempt was made.
func (o *Order) From(ipCountry string) { o.s.IPCountry = ipCountry }

// Evidence returns what is known of where the buyer is.
func (s Snapshot) Evidence(cardCountry string) Evidence {
	return Evidence{Billing: s.Country, IP: s.IPCountry, Card: cardCountry}
}

// TaxTreatment returns how the order is treated for tax, also when it was placed before orders kept that.
func (s Snapshot) TaxTreatment() checkout.Treatment {
	switch {
	case s.Treatment != "":
		return s.Treatment
	case s.Totals.Tax.IsZero():
		return checkout.Untaxed
	}
	return checkout.Taxed
}

// Cancel ends an order of which nothing was or will be captured.
func (o *Order) Cancel(now time.Time) error {
	if !slices.Contains(Cancelable, o.s.Status) && !o.PaymentUnknown() {
		return ErrNotCancelable
	}
	return o.end(checkout.Canceled, now)
}

// Release ends the lease.
func (o *Order) Release() { o.s.AdvancingUntil = nil }

// Stored returns the order as it is after a save: under the next version.
func (o Order) Stored() Order {
	o.s.Version++
	o.s.UnsavedPaid = nil
	o.was = o.s.Status
	return o
}

// StoredStatus returns the status that the order had when it was last stored. It is pending for a new
// order.
func (o Order) StoredStatus() checkout.Status { return o.was }
