package domain

import (
	"slices"
	"time"

	"coinslot/modules/checkout"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// Review is an order's stay in manual review. The zero Review: it is in none.
type Review struct {
	Reason    checkout.ReviewReason
	Since     time.Time
	Fulfilled bool                // the order had been granted before it entered review
	Resolving checkout.Resolution // what staff decided and is not done yet; empty: nothing
}

// Review moves the order to manual review, where it keeps its reservations. An order that is in review for the same
// reason stays in it.
func (o *Order) Review(reason checkout.ReviewReason, now time.Time) error {
	before, fulfilled := o.s.Review, o.s.Review.Fulfilled
	if !o.InReview() {
		fulfilled = o.Watched()
	}
	if err := o.moveUnlessThere(checkout.ManualReview, now); err != nil {
		return err
	}
	o.s.Method, o.s.ReturnURL = "", ""
	o.s.Review = Review{Reason: reason, Since: now, Fulfilled: fulfilled}
	if before.Reason == reason {
		o.s.Review = before
	}
	return nil
}

// PaymentUnknown reports whether the order is in review because the provider has not said what became of the payment.
func (o Order) PaymentUnknown() bool {
	return o.InReview() && o.s.Review.Reason == checkout.ReviewPaymentUnknown
}

// RefundOwed reports whether the order is in review because a refund that the store owes has failed, and gives nothing
// before that is resolved.
func (o Order) RefundOwed() bool {
	return o.InReview() && o.s.Review.Reason == checkout.ReviewRefundFailed && !o.s.Review.Fulfilled
}

// Resolve records how staff ends the review; what it takes comes after. ErrNotInReview for an order that is not in it,
// ErrPaid for the release of one that was paid.
func (o *Order) Resolve(r checkout.Resolution, now time.Time) error {
	switch {
	case !o.InReview():
		return ErrNotInReview
	case r == checkout.Release && (o.s.Review.Fulfilled || o.Begun()) && !mutant.On("release-a-paid-order"):
		return ErrPaid
	case o.s.Review.Resolving != "" && !mutant.On("overwrite-a-resolution"):
		return ErrAdvancing
	}
	o.s.Review.Resolving, o.s.UpdatedAt = r, now
	return nil
}

// Resolving returns what staff decided and is not done yet; empty: nothing.
func (o Order) Resolving() checkout.Resolution { return o.s.Review.Resolving }

// Unresolve drops a resolution that is not possible. The order stays in review.
func (o *Order) Unresolve(now time.Time) { o.s.Review.Resolving, o.s.UpdatedAt = "", now }

// Resolved ends a review whose money is settled as staff decided. An accepted order is paid, and what it does not give
// yet is granted. A fulfilled order is settled whatever was decided: the caller lets it follow its refunds.
func (o *Order) Resolved(now time.Time) error {
	if o.s.Review.Fulfilled || o.s.Review.Resolving == checkout.Accept {
		if err := o.mustBe(checkout.ManualReview, checkout.Paid); err != nil {
			return err
		}
		return o.capture(now)
	}
	if err := o.mustBe(checkout.ManualReview, checkout.Canceled); err != nil {
		return err
	}
	return o.end(checkout.Canceled, now)
}

// settle ends the review of an order that was granted, or refunded, before it entered review: nothing is granted again.
func (o *Order) settle(now time.Time) error {
	to := checkout.Completed
	if o.s.GrantRefused {
		to = checkout.Refunded
	}
	return o.move(to, now)
}

// Begun reports whether some of the order may have been granted.
func (o Order) Begun() bool { return o.s.PaidAt != nil }

// Selected returns the lines as they were selected in the cart, to be priced again.
func (o Order) Selected() []Selected {
	out := make([]Selected, len(o.s.Lines))
	for i, l := range o.s.Lines {
		out[i] = Selected{
			CartLineID: l.CartLineID, SellableID: l.SellableID, Quantity: l.Quantity,
			Currency: l.Unit.Currency(),
		}
	}
	return out
}

// Reprice takes over the prices and the tax of a basket that was made from the order's own lines. The lines keep their
// IDs. Only an order whose payment has not begun is repriced.
func (o *Order) Reprice(b Basket) {
	lines := slices.Clone(b.Lines)
	for i := range lines {
		lines[i].ID = o.s.Lines[i].ID
	}
	o.s.Lines, o.s.Totals, o.s.QuotedAt = lines, b.Totals, b.QuotedAt
	o.s.Country, o.s.TaxIncluded, o.s.Treatment = b.Tax.Country, b.Tax.Included, b.Tax.Treatment()
	o.s.Business = b.Business
}

// HasContents reports whether a basket of the order's lines gives the same products as before, in any order.
func (o Order) HasContents(b Basket) bool {
	return slices.EqualFunc(o.s.Lines, b.Lines, func(x, y Line) bool {
		return len(x.Gives) == len(y.Gives) && !slices.ContainsFunc(x.Gives, func(p Part) bool {
			return !slices.ContainsFunc(y.Gives, func(q Part) bool { return q.Product.ID == p.Product.ID })
		})
	})
}

// RefuseLines records which lines of a paid order add nothing to what its buyer owns: they are refunded, the rest is
// granted. When all are refused the order is refunded whole.
func (o *Order) RefuseLines(lineIDs []id.ID, now time.Time) error {
	if err := o.mustBe(checkout.Paid, checkout.Refunded); err != nil {
		return err
	}
	o.s.Lines = slices.Clone(o.s.Lines)
	all := true
	for i := range o.s.Lines {
		l := &o.s.Lines[i]
		l.Refused = l.Refused || slices.Contains(lineIDs, l.ID)
		all = all && l.Refused
	}
	o.s.GrantRefused, o.s.UpdatedAt = o.s.GrantRefused || all, now
	return nil
}

// RefusedLines returns the lines that were paid for and gave nothing.
func (o Order) RefusedLines() (out []id.ID) {
	for _, l := range o.s.Lines {
		if l.Refused {
			out = append(out, l.ID)
		}
	}
	return out
}

// RefundsLines reports whether some refused lines, but not the whole order, are to be refunded. Lines that cost
// nothing are not.
func (o Order) RefundsLines() bool {
	return !o.s.GrantRefused && slices.ContainsFunc(o.s.Lines,
		func(l Line) bool { return l.Refused && l.Total.Amount() > 0 })
}

// RefusedBy says why the money of refused lines is refunded.
func (o Order) RefusedBy() string {
	if o.s.GrantRefused && len(o.RefusedLines()) == 0 {
		return "account erased"
	}
	return "already owned"
}

// ApplyLineReturn moves a paid order whose granted lines are granted to where the refund of its refused lines is: it
// completes once that has succeeded.
func (o *Order) ApplyLineReturn(r Return, now time.Time) error {
	if r == Returned {
		return o.Complete(now)
	}
	return o.ApplyReturn(r, now)
}

// Expire ends a declined order that was not paid in time.
func (o *Order) Expire(now time.Time) error {
	if o.s.Status != checkout.Declined {
		return ErrNotCancelable
	}
	return o.end(checkout.Canceled, now)
}
