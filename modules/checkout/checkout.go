// Package checkout is the door to orders.
package checkout

import (
	"context"

	"coinslot/platform/id"
)

// Status is how far an order got.
type Status string

// The statuses. See domain for what leads from one to the next.
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
	ManualReview      Status = "manual_review" // a person must look
)

// Orders takes orders further.
type Orders interface {
	// Advance takes an order as far as it gets: the news of a payment calls it, and may call it again. It returns a
	// fault of kind Conflict while somebody else does the same.
	Advance(ctx context.Context, orderID id.ID) error
}
