package domain

import (
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/mutant"
	"coinslot/platform/state"
)

// PaymentTransitions says which status of a payment may follow which. A payment begins as requested. It begins as
// captured when nothing is to be paid, and as canceled when the attempt is never to be made.
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
	// staff accept it, refund it, or release it when the provider holds nothing
	billing.Mismatched:   {billing.Captured, billing.CapturedLate, billing.Canceled},
	billing.Captured:     {},
	billing.CapturedLate: {},
}

// RefundTransitions says which status of a refund may follow which. A refund begins as requested, and as succeeded when
// it is of nothing or the provider made it by itself.
var RefundTransitions = state.Table[billing.RefundStatus]{
	billing.RefundRequested: {billing.RefundPending, billing.RefundSucceeded, billing.RefundFailed},
	billing.RefundPending:   {billing.RefundSucceeded, billing.RefundFailed},
	billing.RefundSucceeded: {},
	billing.RefundFailed:    {},
}

// DisputeTransitions says which status of a dispute may follow which. None is final, because a bank may change its
// mind. A dispute begins as opened as a rule, and with any status when that event comes late or never.
var DisputeTransitions = state.Table[billing.DisputeStatus]{
	billing.DisputeOpened: {billing.DisputeWon, billing.DisputeLost},
	billing.DisputeWon:    {billing.DisputeOpened, billing.DisputeLost},
	billing.DisputeLost:   {billing.DisputeOpened, billing.DisputeWon},
}

// RefundsOut returns the statuses of refunds whose amount counts as refunded, now or soon: all but failed.
func RefundsOut() []billing.RefundStatus {
	return []billing.RefundStatus{billing.RefundRequested, billing.RefundPending, billing.RefundSucceeded}
}

// DisputesOut returns the statuses of disputes whose amount the bank withholds or has returned to the buyer.
func DisputesOut() []billing.DisputeStatus {
	return []billing.DisputeStatus{billing.DisputeOpened, billing.DisputeLost}
}

// DisputePrecedence returns the statuses of disputes in the order in which they decide what a buyer may use, the one
// that decides first.
func DisputePrecedence() []billing.DisputeStatus {
	return []billing.DisputeStatus{billing.DisputeLost, billing.DisputeOpened, billing.DisputeWon}
}

// move changes the status; nothing else does once the payment exists. To stay in a status is no move, and is no error.
// state.ErrTransition.
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

// move changes the status; nothing else does once the refund exists. To stay in a status is no move, and is no error.
// state.ErrTransition.
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

// move changes the status; nothing else does. A new dispute has none yet and may begin with any of the table. To stay
// in a status is no move, and is no error. ErrTransition.
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

// out reports whether the refund's amount counts as refunded, now or soon.
func (r Refund) out() bool { return slices.Contains(RefundsOut(), r.s.Status) }
