package ports

import (
	"coinslot/modules/billing"
	"coinslot/platform/fault"
)

// ErrExceeds is billing's reason to refuse a refund of more than is left. Its details name what is left.
var ErrExceeds = billing.ErrExceeds

// RefundFaults are billing's reasons to refuse a refund.
var RefundFaults = []*fault.Error{
	billing.ErrNotCaptured, billing.ErrExceeds, billing.ErrNoLine, billing.ErrUnshared, billing.ErrItems,
	billing.ErrDisputed, billing.ErrKeyReused,
}

// ReviewFaults are billing's reasons to refuse the resolution of a review.
var ReviewFaults = []*fault.Error{
	billing.ErrNothingTaken, billing.ErrHeld, billing.ErrTooLate, billing.ErrRefunded,
	billing.ErrUnresolved, billing.ErrDisputed,
}
