package billing

import (
	"time"

	"coinslot/platform/fault"
)

// The faults of refunds.
var (
	ErrNotCaptured = fault.New(fault.Conflict, "payment-not-captured",
		"nothing was captured for the order, so nothing can be refunded")
	ErrNoRefund = fault.New(fault.NotFound, "refund-not-found", "no refund of the order was made with this key")
	ErrExceeds  = fault.New(fault.Conflict, "refund-exceeds-captured", "less than that is left to be refunded")
	ErrNoLine   = fault.New(fault.NotFound, "order-line-not-found",
		"the order has no such line, or the line no such product")
	ErrUnshared = fault.New(fault.Conflict, "product-without-share",
		"the order was made before the products of a bundle had shares of its price; refund the whole line")
	ErrItems = fault.New(fault.Invalid, "invalid-request",
		"some of the items cannot be refunded as they are named; errors says why")
	ErrKeyReused = fault.New(fault.Invalid, "idempotency-key-reused",
		"this idempotency key was used for another request; use a new one")
)

// ErrDisputed is returned by Return and Refund while the bank decides about a payment, or has returned it to its buyer.
var ErrDisputed = fault.New(fault.Conflict, "payment-disputed",
	"the payment was disputed: the bank decides where the money goes, or has returned it to the buyer")

// The faults of manual reviews.
var (
	ErrNothingTaken = fault.New(fault.Conflict, "nothing-captured",
		"the provider holds nothing for the order; resolve it with release")
	ErrHeld = fault.New(fault.Conflict, "money-held",
		"the provider holds money for the order; resolve it with refund, or with accept when the order is not canceled")
	ErrTooLate = fault.New(fault.Conflict, "order-ended",
		"the money was captured after the order had ended; resolve it with refund")
	ErrRefunded = fault.New(fault.Conflict, "payment-refunded",
		"the provider has refunded money that belongs to the order's total; resolve it with refund, or with release when nothing is left")
	ErrUnresolved = fault.New(fault.Conflict, "payment-in-progress",
		"the provider has not said what became of the payment; ask again when it answers").After(time.Second)
)
