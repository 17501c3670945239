package domain

import (
	"bytes"
	"slices"
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
	RequestedBy id.ID  // the account that asked for it; id.Nil: the store itself
	Key         string // unique per payment, and for who asked: the same refund is made once
	BodyHash    []byte
	Lines       []billing.RefundLine
	Amount      money.Money
	Status      billing.RefundStatus
	Reason      string
	ProviderRef string
	LookAt      *time.Time // when to ask the provider next; nil when it is final
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Return writes down that all of what was captured and has not gone back goes back, and counts it on the payment. Of
// nothing, it has gone back at once.
func (p *Payment) Return(refundID id.ID, lines []billing.RefundLine, reason string, now time.Time) Refund {
	return p.goBack(RefundSnapshot{
		ID: refundID, Key: Whole, Lines: lines, Reason: reason, Amount: money.Of(p.s.Captured-p.s.Returned, p.s.Amount.Currency()),
	}, now)
}

// Refund writes down that what an order asks for goes back, and counts it on the payment. lines are what PlanRefund
// made of the order.
func (p *Payment) Refund(refundID id.ID, o billing.RefundOrder, lines []billing.RefundLine, now time.Time) (Refund, error) {
	amount := money.Zero(p.s.Amount.Currency())
	for _, l := range lines {
		var err error
		if amount, err = amount.Add(l.Amount); err != nil {
			return Refund{}, err
		}
	}
	if amount.Amount() > p.s.Captured-p.s.Returned {
		return Refund{}, ErrExceeds
	}
	return p.goBack(RefundSnapshot{
		ID: refundID, RequestedBy: o.RequestedBy, Key: o.Key, BodyHash: o.BodyHash, Lines: lines, Reason: o.Reason, Amount: amount,
	}, now), nil
}

func (p *Payment) goBack(r RefundSnapshot, now time.Time) Refund {
	p.s.Returned += r.Amount.Amount()
	r.PaymentID, r.OrderID, r.AccountID = p.s.ID, p.s.OrderID, p.s.AccountID
	r.Status, r.LookAt, r.CreatedAt, r.UpdatedAt = billing.RefundRequested, &now, now, now
	if r.Amount.IsZero() {
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
	return billing.Refund{
		ID: r.s.ID, OrderID: r.s.OrderID, Amount: r.s.Amount, Status: r.s.Status, Reason: r.s.Reason, Lines: slices.Clone(r.s.Lines), CreatedAt: r.s.CreatedAt,
	}
}

// Asked reports whether an account asked for this refund with a key; ErrKeyReused when it asked for something else.
func (r Refund) Asked(requestedBy id.ID, key string, bodyHash []byte) (bool, error) {
	if r.s.RequestedBy != requestedBy || r.s.Key != key {
		return false, nil
	}
	if !bytes.Equal(r.s.BodyHash, bodyHash) {
		return false, ErrKeyReused
	}
	return true, nil
}

// Tax returns the tax in what goes back.
func (r Refund) Tax() (money.Money, error) {
	tax := money.Zero(r.s.Amount.Currency())
	for _, l := range r.s.Lines {
		var err error
		if tax, err = tax.Add(l.Tax); err != nil {
			return money.Money{}, err
		}
	}
	return tax, nil
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
