package domain

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Whole is the key of the one refund that gives a payment back whole.
const Whole = "whole"

// RefundOutcome is what a provider says of a refund. The status RefundRequested says that it gave no clear answer.
type RefundOutcome struct {
	Status      billing.RefundStatus
	ProviderRef string
	Cause       error // of an unclear answer, for the log
}

// Refund is money of a payment that goes back.
type Refund struct{ s RefundSnapshot }

// RefundSnapshot is a refund's state, for adapters.
type RefundSnapshot struct {
	ID          id.ID
	PaymentID   id.ID
	OrderID     id.ID
	AccountID   id.ID
	Key         string // unique per payment: the same refund is made once
	Amount      money.Money
	Status      billing.RefundStatus
	Reason      string
	ProviderRef string
	LookAt      *time.Time // when to ask the provider next; nil when it is final
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Return writes down that all of what was captured goes back, and counts it on the payment. Of nothing, it has gone
// back at once.
func (p *Payment) Return(refundID id.ID, reason string, now time.Time) Refund {
	amount := p.s.Captured - p.s.Returned
	p.s.Returned += amount
	r := RefundSnapshot{
		ID: refundID, PaymentID: p.s.ID, OrderID: p.s.OrderID, AccountID: p.s.AccountID, Key: Whole,
		Amount: money.Of(amount, p.s.Amount.Currency()), Status: billing.RefundRequested, Reason: reason, LookAt: &now, CreatedAt: now, UpdatedAt: now,
	}
	if amount == 0 {
		r.Status, r.LookAt = billing.RefundSucceeded, nil
	}
	return Refund{r}
}

// Keep takes a refund that failed off the payment's count.
func (p *Payment) Keep(r Refund) { p.s.Returned -= r.s.Amount.Amount() }

// RestoreRefund makes a refund from its stored state.
func RestoreRefund(s RefundSnapshot) Refund { return Refund{s} }

// Snapshot returns the state to store.
func (r Refund) Snapshot() RefundSnapshot { return r.s }

// View returns what other modules may know.
func (r Refund) View() billing.Refund {
	return billing.Refund{ID: r.s.ID, OrderID: r.s.OrderID, Amount: r.s.Amount, Status: r.s.Status, Reason: r.s.Reason, CreatedAt: r.s.CreatedAt}
}

// patience is how long a refund is left alone at first; later ones are asked for less and less often.
const patience = 5 * time.Second

// Apply takes a provider's word for the refund and reports whether that changed its status. A final refund stays as
// it is.
func (r *Refund) Apply(o RefundOutcome, now time.Time) bool {
	if r.s.Status.Final() || (o.Status == billing.RefundRequested && r.s.Status == billing.RefundPending) {
		return false
	}
	changed := r.s.Status != o.Status
	r.s.Status, r.s.UpdatedAt, r.s.LookAt = o.Status, now, nil
	if o.ProviderRef != "" {
		r.s.ProviderRef = o.ProviderRef
	}
	if !o.Status.Final() {
		next := now.Add(max(patience, now.Sub(r.s.CreatedAt)/2))
		r.s.LookAt = &next
	}
	return changed
}
