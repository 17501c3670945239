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
	ErrExceeds  = fault.New(fault.Conflict, "refund-exceeds-captured", "less than that can still be refunded")
	ErrNoLine   = fault.New(fault.NotFound, "order-line-not-found",
		"the order has no such line, or the line no such product")
	ErrUnshared = fault.New(fault.Conflict, "product-without-share",
		"the price of this bundle was never allocated to its products; refund the whole line")
	ErrItems = fault.New(fault.Invalid, "invalid-request",
		"some of the items cannot be refunded; see errors")
	ErrKeyReused = fault.New(fault.Invalid, "idempotency-key-reused",
		"this idempotency key was used for another request; use a new one")
)

// ErrDisputed is returned by Return, Refund and Resolve while a bank decides about a payment, and by Return and Refund
// also after it has returned the money to the buyer.
var ErrDisputed = fault.New(fault.Conflict, "payment-disputed",
	"the payment is disputed: the bank withholds the money or has returned it to the buyer")

// The faults of manual reviews.
var (
	ErrNothingTaken = fault.New(fault.Conflict, "nothing-captured",
		"nothing is captured for the order; resolve it with release")
	ErrHeld = fault.New(fault.Conflict, "money-held",
		"money is captured for the order; resolve it with refund, or with accept when the order is not canceled")
	ErrTooLate = fault.New(fault.Conflict, "order-ended",
		"the money was captured after the order had ended; resolve it with refund")
	ErrRefunded = fault.New(fault.Conflict, "payment-refunded",
		"the provider has refunded a part of the order's total; resolve it with refund, or with release when nothing is left")
	ErrUnresolved = fault.New(fault.Conflict, "payment-in-progress",
		"the provider has not decided the payment yet; retry later").After(time.Second)
)
