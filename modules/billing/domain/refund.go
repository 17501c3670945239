package domain

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Whole is the key of the refund of a whole payment.
const Whole = "whole"

// excess is the key of the refund of what was captured beyond the payment's amount.
const excess = "excess"

// RefundOutcome is the state of a refund that a provider reports. The status RefundRequested means an unclear response.
type RefundOutcome struct {
	Status      billing.RefundStatus
	ProviderRef string
	Amount      *money.Money // nil: not reported
	Cause       error        // of an unclear response, for the log
}

// Refund is a refund of a payment.
type Refund struct{ s RefundSnapshot }

// RefundSnapshot is a refund's state, for adapters.
type RefundSnapshot struct {
	ID          id.ID
	PaymentID   id.ID
	OrderID     id.ID
	AccountID   id.ID
	RequestedBy id.ID  // the account that requested it; id.Nil: the store itself
	Key         string // unique per RequestedBy, and per payment for the store itself
	BodyHash    []byte
	Lines       []billing.RefundLine
	Amount      money.Money
	Status      billing.RefundStatus
	Reason      string
	ProviderRef string
	PollAt      *time.Time // when to send it to the provider next; nil: it is final
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// RefundWhole makes the refund that the store itself owes of all that is captured and not refunded. A refund of 0
// succeeds at once.
func (p *Payment) RefundWhole(refundID id.ID, lines []billing.RefundLine, reason string, now time.Time) Refund {
	return p.RefundLeft(refundID, Left{p.Held(), lines, reason}, now)
}

// Left is the amount of a payment that is left to refund, in minor units.
type Left struct {
	Amount int64
	Lines  []billing.RefundLine // none: it is not the price of the order
	Reason string
}

// RefundLeft is RefundWhole for what a lost dispute leaves of a payment: the bank has returned the rest.
func (p *Payment) RefundLeft(refundID id.ID, left Left, now time.Time) Refund {
	return p.newRefund(RefundSnapshot{
		ID: refundID, Key: p.key(Whole), Lines: left.Lines, Reason: left.Reason,
		Amount: money.Of(left.Amount, p.s.Amount.Currency()),
	}, now)
}

// RefundLines is RefundWhole for some lines.
func (p *Payment) RefundLines(refundID id.ID, r billing.Return, lines []billing.RefundLine,
	now time.Time,
) (Refund, error) {
	return p.Refund(refundID, billing.RefundOrder{OrderID: r.OrderID, Key: p.key(KeyOf(r)), Reason: r.Reason}, lines, now)
}

// KeyOf returns the key of a refund of an order, or of some of its lines, that the store itself makes.
func KeyOf(r billing.Return) string {
	if len(r.LineIDs) == 0 {
		return Whole
	}
	return Whole + " " + strings.Join(id.Strings(r.LineIDs), " ")
}

// key returns the key of a refund that the store owes. It changes with each resolution of the payment's review, so that
// a failed refund can be made again.
func (p Payment) key(base string) string {
	if p.s.Resolutions == 0 {
		return base
	}
	return base + "#" + strconv.Itoa(p.s.Resolutions)
}

// base is the reverse of key.
func (r Refund) base() string {
	base, _, _ := strings.Cut(r.s.Key, "#")
	return base
}

// Made returns the refund that an earlier call with the same request made; billing.ErrKeyReused when that request had
// another body. A failed refund that the store owes is found until a resolution of the payment's review.
func (p Payment) Made(earlier []Refund, o billing.RefundOrder) (Refund, bool, error) {
	for _, r := range slices.Backward(earlier) {
		if o.RequestedBy != id.Nil {
			if same, err := r.Asked(o.RequestedBy, o.Key, o.BodyHash); same || err != nil {
				return r, true, err
			}
			continue
		}
		if r.s.RequestedBy == id.Nil && r.base() == o.Key && (r.out() || r.s.Key == p.key(o.Key)) {
			return r, true, nil
		}
	}
	return Refund{}, false, nil
}

// RefundExcess makes the refund of what was captured beyond the payment's amount.
func (p *Payment) RefundExcess(refundID id.ID, amount int64, now time.Time) Refund {
	return p.newRefund(RefundSnapshot{
		ID: refundID, Key: p.key(excess), Reason: "more was captured than the order cost",
		Amount: money.Of(amount, p.s.Amount.Currency()),
	}, now)
}

// Adopt makes the refund for one that the provider made by itself. lines is the part of it that is of the sale.
func (p *Payment) Adopt(refundID id.ID, o RefundOutcome, lines []billing.RefundLine, now time.Time) Refund {
	r := p.newRefund(RefundSnapshot{
		ID: refundID, Key: "external " + o.ProviderRef, Lines: lines,
		Reason: "refunded at the payment provider", Amount: *o.Amount,
		Status: billing.RefundSucceeded, ProviderRef: o.ProviderRef,
	}, now)
	p.s.Refunded = min(p.s.Refunded, p.s.Captured)
	return r
}

// Refund makes a requested refund of the lines that PlanRefund planned for o. billing.ErrExceeds.
func (p *Payment) Refund(refundID id.ID, o billing.RefundOrder, lines []billing.RefundLine,
	now time.Time,
) (Refund, error) {
	amount, err := sumOf(lines, p.s.Amount.Currency(), func(l billing.RefundLine) money.Money { return l.Amount })
	if err != nil {
		return Refund{}, err
	}
	if amount.Amount() > p.s.Captured-p.s.Refunded {
		return Refund{}, billing.ErrExceeds
	}
	return p.newRefund(RefundSnapshot{
		ID: refundID, RequestedBy: o.RequestedBy, Key: o.Key, BodyHash: o.BodyHash, Lines: lines,
		Reason: o.Reason, Amount: amount,
	}, now), nil
}

// newRefund makes a refund and adds it to the payment's refunded amount. It is requested, unless it has succeeded or is
// of 0.
func (p *Payment) newRefund(r RefundSnapshot, now time.Time) Refund {
	p.s.Refunded += r.Amount.Amount()
	r.PaymentID, r.OrderID, r.AccountID = p.s.ID, p.s.OrderID, p.s.AccountID
	r.CreatedAt, r.UpdatedAt = now, now
	if r.Amount.IsZero() {
		r.Status = billing.RefundSucceeded
	}
	if r.Status != billing.RefundSucceeded {
		r.Status, r.PollAt = billing.RefundRequested, &now
	}
	return Refund{r}
}

// RestoreFailedRefund subtracts a failed refund from the payment's refunded amount. If the store owes it, the payment
// needs a manual review.
func (p *Payment) RestoreFailedRefund(r Refund) {
	p.s.Refunded = max(p.s.Refunded-r.s.Amount.Amount(), 0)
	p.s.RefundFailed = p.s.RefundFailed || r.s.RequestedBy == id.Nil
}

// RestoreRefund makes a refund from its stored state.
func RestoreRefund(s RefundSnapshot) Refund { return Refund{s} }

// Snapshot returns the state to store.
func (r Refund) Snapshot() RefundSnapshot { return r.s }

// View returns what other modules see.
func (r Refund) View() billing.Refund {
	return billing.Refund{
		ID: r.s.ID, OrderID: r.s.OrderID, Amount: r.s.Amount, Status: r.s.Status, Reason: r.s.Reason,
		Lines: slices.Clone(r.s.Lines), CreatedAt: r.s.CreatedAt,
	}
}

// Asked reports whether an account requested this refund with a key; billing.ErrKeyReused when the body differs.
func (r Refund) Asked(requestedBy id.ID, key string, bodyHash []byte) (bool, error) {
	if r.s.RequestedBy != requestedBy || r.s.Key != key {
		return false, nil
	}
	if !bytes.Equal(r.s.BodyHash, bodyHash) {
		return false, billing.ErrKeyReused
	}
	return true, nil
}

// Tax returns the tax of the refund.
func (r Refund) Tax() (money.Money, error) {
	return sumOf(r.s.Lines, r.s.Amount.Currency(), func(l billing.RefundLine) money.Money { return l.Tax })
}

// Sold returns the part of the amount that is of the sale. The rest was captured late, in excess or in another amount.
func (r Refund) Sold() (money.Money, error) {
	return sumOf(r.s.Lines, r.s.Amount.Currency(), func(l billing.RefundLine) money.Money { return l.Amount })
}

func sumOf(lines []billing.RefundLine, currency money.Currency,
	part func(billing.RefundLine) money.Money,
) (money.Money, error) {
	sum := money.Zero(currency)
	for _, l := range lines {
		var err error
		if sum, err = sum.Add(part(l)); err != nil {
			return money.Money{}, err
		}
	}
	return sum, nil
}

// firstPoll is the delay before a refund is first sent again; it grows with the age of the refund.
const firstPoll = 5 * time.Second

// Apply applies an outcome and reports whether the status changed. Outdated outcomes, and those of a final refund,
// change nothing. state.ErrTransition.
func (r *Refund) Apply(o RefundOutcome, now time.Time) (bool, error) {
	before := r.s.Status
	if before.Final() || RefundTransitions.Allows(o.Status, before) {
		return false, nil
	}
	if err := r.s.move(o.Status); err != nil {
		return false, err
	}
	r.s.UpdatedAt, r.s.PollAt = now, nil
	if o.ProviderRef != "" {
		r.s.ProviderRef = o.ProviderRef
	}
	if !o.Status.Final() {
		next := now.Add(max(firstPoll, now.Sub(r.s.CreatedAt)/2))
		r.s.PollAt = &next
	}
	return r.s.Status != before, nil
}
