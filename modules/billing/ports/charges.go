package ports

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
)

// Charges stores the steps of a charge that is not contended, and of its webhook, each atomically and without a transaction around it.
// A step that finds something unexpected changes nothing and reports it; the caller repeats the step in a transaction.
type Charges interface {
	// Request is Payments.Insert of a first attempt. requested is false when the order has that attempt already, or the
	// account has been erased.
	Request(ctx context.Context, payment domain.Payment) (requested bool, err error)
	// Settle stores a captured payment with its journal entry, the draft of its invoice and an entry of the history, and
	// returns the order's payment summary. settled is false when the payment is not as Request has stored it, or the
	// account has been erased.
	Settle(ctx context.Context, s Settlement) (summary billing.PaymentSummary, settled bool, err error)
	// Confirm stores an event of a capture as applied at a moment. confirmed is false when the event has been stored, or
	// its payment is not captured with the same amount.
	Confirm(ctx context.Context, event Event, at time.Time) (confirmed bool, err error)
}

// Settlement is the capture of a first attempt, with what follows from it.
type Settlement struct {
	Payment domain.Payment // captured
	Entry   domain.JournalEntry
	Draft   domain.Draft
	Cause   string // of the entry of the history
}
