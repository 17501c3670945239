package domain

import (
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/mutant"
	"coinslot/platform/state"
)

// PaymentTransitions lists the statuses that may follow each status of a payment. A payment starts as requested, as
// captured when its total is 0, and as canceled when its attempt is never to be sent.
var PaymentTransitions = state.Table[billing.Status]{
	billing.Requested: {
		billing.Unknown, billing.RequiresAction, billing.Captured, billing.Declined, billing.Canceled, billing.Mismatched,
	},
	billing.Unknown: {
		billing.RequiresAction, billing.Captured, billing.Declined, billing.Canceled, billing.Mismatched,
	},
	billing.RequiresAction: {billing.Captured, billing.Declined, billing.Canceled, billing.Mismatched},
	billing.Declined:       {billing.CapturedLate},
	billing.Canceled:       {billing.CapturedLate},
	// by the decision of staff: accept, refund, release
	billing.Mismatched:   {billing.Captured, billing.CapturedLate, billing.Canceled},
	billing.Captured:     {},
	billing.CapturedLate: {},
}

// RefundTransitions lists the statuses that may follow each status of a refund. A refund starts as requested, and as
// succeeded when it is of 0 or the provider made it by itself.
var RefundTransitions = state.Table[billing.RefundStatus]{
	billing.RefundRequested: {billing.RefundPending, billing.RefundSucceeded, billing.RefundFailed},
	billing.RefundPending:   {billing.RefundSucceeded, billing.RefundFailed},
	billing.RefundSucceeded: {},
	billing.RefundFailed:    {},
}

// DisputeTransitions lists the statuses that may follow each status of a dispute. None is final, because a bank may
// reopen or reverse a dispute. A dispute starts with any status, because events can be late or lost.
var DisputeTransitions = state.Table[billing.DisputeStatus]{
	billing.DisputeOpened: {billing.DisputeWon, billing.DisputeLost},
	billing.DisputeWon:    {billing.DisputeOpened, billing.DisputeLost},
	billing.DisputeLost:   {billing.DisputeOpened, billing.DisputeWon},
}

// RefundsOut returns the statuses of refunds whose amount counts as refunded: all but failed.
func RefundsOut() []billing.RefundStatus {
	return []billing.RefundStatus{billing.RefundRequested, billing.RefundPending, billing.RefundSucceeded}
}

// DisputesOut returns the statuses of disputes whose amount the bank withholds or has returned to the buyer: all but
// won.
func DisputesOut() []billing.DisputeStatus {
	return []billing.DisputeStatus{billing.DisputeOpened, billing.DisputeLost}
}

// DisputePrecedence returns the statuses of disputes in the order of precedence in which they decide what a buyer may
// use.
func DisputePrecedence() []billing.DisputeStatus {
	return []billing.DisputeStatus{billing.DisputeLost, billing.DisputeOpened, billing.DisputeWon}
}

// move changes the status. The same status is not an error. state.ErrTransition.
func (s *PaymentSnapshot) move(to billing.Status) error {
	if to == s.Status {
		return nil
	}
	if err := PaymentTransitions.Check(s.Status, to); err != nil && !mutant.On("ignore-the-payment-transitions") {
		return fmt.Errorf("move payment %s: %w", s.ID, err)
	}
	s.Status = to
	return nil
}

// move changes the status. The same status is not an error. state.ErrTransition.
func (s *RefundSnapshot) move(to billing.RefundStatus) error {
	if to == s.Status {
		return nil
	}
	if err := RefundTransitions.Check(s.Status, to); err != nil && !mutant.On("ignore-the-refund-transitions") {
		return fmt.Errorf("move refund %s: %w", s.ID, err)
	}
	s.Status = to
	return nil
}

// move changes the status. A new dispute has none and may start with any. The same status is not an error.
// state.ErrTransition.
func (s *DisputeSnapshot) move(to billing.DisputeStatus) error {
	if to == s.Status {
		return nil
	}
	_, known := DisputeTransitions[to]
	first := s.Status == "" && known
	err := DisputeTransitions.Check(s.Status, to)
	if err != nil && !first && !mutant.On("ignore-the-dispute-transitions") {
		return fmt.Errorf("move dispute %s: %w", s.ID, err)
	}
	s.Status = to
	return nil
}

// out reports whether the refund's amount counts as refunded.
func (r Refund) out() bool { return slices.Contains(RefundsOut(), r.s.Status) }
