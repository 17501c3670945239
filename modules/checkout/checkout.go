// Package checkout is the door to orders.
package checkout

// Status is how far an order got.
type Status string

// The statuses. Transitions in package domain says which may follow which.
const (
	Pending           Status = "pending"         // written down, not charged yet
	Processing        Status = "processing"      // the provider's answer is not known
	RequiresAction    Status = "requires_action" // the buyer must confirm at the provider
	Paid              Status = "paid"            // captured, not granted yet
	Completed         Status = "completed"
	Declined          Status = "declined" // final until the buyer tries again
	Canceled          Status = "canceled"
	PartiallyRefunded Status = "partially_refunded"
	Refunded          Status = "refunded"
	ManualReview      Status = "manual_review" // staff must resolve it
)

// Treatment is how a sale is treated for tax.
type Treatment string

// The treatments.
const (
	Taxed         Treatment = "taxed"
	ReverseCharge Treatment = "reverse_charge" // the buyer, a business of another member state, owes the tax
	Untaxed       Treatment = "untaxed"        // no rate applies to the buyer's country
)

// ReviewReason is why an order waits in manual review.
type ReviewReason string

// The reasons.
const (
	// ReviewPaymentUnknown: the provider has not said whether it took the money. The order is polled on.
	ReviewPaymentUnknown ReviewReason = "payment_unknown"
	// ReviewAmountMismatch: the provider speaks of another amount than the order's total.
	ReviewAmountMismatch ReviewReason = "amount_mismatch"
	// ReviewMoreOutThanIn: refunds and disputes together take more than was captured.
	ReviewMoreOutThanIn ReviewReason = "more_out_than_in"
	// ReviewRefundFailed: the provider refused a refund that the store owes.
	ReviewRefundFailed ReviewReason = "refund_failed"
	// ReviewDisputed: a dispute holds back the money of a refund that the store owes.
	ReviewDisputed ReviewReason = "disputed"
	// ReviewFulfilmentFailed: granting or clearing failed for too long.
	ReviewFulfilmentFailed ReviewReason = "fulfilment_failed"
)

// Resolution is how staff ends a manual review.
type Resolution string

// The resolutions.
const (
	// Accept takes what the provider holds as the payment of the order's own total and fulfils the order.
	Accept Resolution = "accept"
	// Refund refunds all that the provider holds. The order is canceled, or refunded when it had been fulfilled.
	Refund Resolution = "refund"
	// Release cancels the order and releases its lines. It is refused when the provider holds anything.
	Release Resolution = "release"
)
