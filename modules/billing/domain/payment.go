// Package domain holds the rules of payments and invoices.
package domain

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// The faults of billing.
var (
	ErrNoInvoice  = fault.New(fault.NotFound, "invoice-not-found", "there is no such invoice")
	ErrNoNote     = fault.New(fault.NotFound, "credit-note-not-found", "there is no such credit note")
	ErrNoProvider = fault.New(fault.NotFound, "not-found", "there is no such payment provider")
	ErrSignature  = fault.New(fault.Malformed, "bad-signature", "the webhook is not signed by the provider, or older than five minutes")
	ErrCaptured   = fault.New(fault.Conflict, "payment-not-captured", "nothing was captured for the order, so nothing can go back")
	ErrNoEntries  = fault.New(fault.Invalid, "invalid-request", "order_id is the ID of an order")
	ErrExceeds    = fault.New(fault.Conflict, "refund-exceeds-captured", "less than that is left to be refunded")
	ErrDisputed   = fault.New(fault.Conflict, "payment-disputed", "the payment is disputed at the bank, which decides where the money goes")
	ErrNoLine     = fault.New(fault.NotFound, "order-line-not-found", "the order has no such line, or the line no such product")
	ErrItems      = fault.New(fault.Invalid, "invalid-request", "some of the items cannot be refunded as they are named; errors says why")
	ErrKeyReused  = fault.New(fault.Invalid, "idempotency-key-reused", "this Idempotency-Key was used for something else; use a new one for each refund")
	ErrEvent      = fault.New(fault.Malformed, "bad-event", "the webhook's body is not an event")
)

// Free is the provider of payments of nothing.
const Free = "none"

// Outcome is what a provider says of a payment.
type Outcome struct {
	Status      billing.Status
	ProviderRef string
	DeclineCode string
	Amount      *money.Money // what the provider took or would take; nil when it did not say
	Fee         int64        // what the provider keeps of it, in the same currency
	Brand       string
	Last4       string
	ActionType  string
	ActionURL   string
	Cause       error // of Unknown, for the log
}

// Payment is an attempt to charge an order.
type Payment struct{ s PaymentSnapshot }

// PaymentSnapshot is a payment's state, for adapters.
type PaymentSnapshot struct {
	ID          id.ID
	OrderID     id.ID
	Attempt     int
	AccountID   id.ID
	Amount      money.Money
	Status      billing.Status
	Method      string
	Provider    string
	ProviderRef string
	DeclineCode string
	Brand       string
	Last4       string
	ActionType  string
	ActionURL   string
	Paper       *billing.Paper
	Captured    int64      // what the provider took, in the payment's currency
	Fee         int64      // what it keeps of that
	Returned    int64      // what goes or went back of it: never more
	LookAt      *time.Time // when to ask the provider once more
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewPayment writes down an attempt that has not been made yet; of nothing, it is captured at once.
func NewPayment(paymentID id.ID, c billing.Charge, provider string, now time.Time) Payment {
	s := PaymentSnapshot{
		ID: paymentID, OrderID: c.OrderID, Attempt: c.Attempt, AccountID: c.AccountID, Amount: c.Paper.Total,
		Status: billing.Requested, Method: c.Method, Provider: provider, Paper: &c.Paper, CreatedAt: now, UpdatedAt: now,
	}
	if c.Paper.Total.IsZero() {
		s.Status, s.Method, s.Provider = billing.Captured, "", Free
	}
	return Payment{s}
}

// NewCanceled writes down that an attempt will never be made.
func NewCanceled(paymentID id.ID, c billing.Charge, provider string, now time.Time) Payment {
	return Payment{PaymentSnapshot{
		ID: paymentID, OrderID: c.OrderID, Attempt: c.Attempt, AccountID: c.AccountID, Amount: c.Paper.Total,
		Status: billing.Canceled, Provider: provider, CreatedAt: now, UpdatedAt: now,
	}}
}

// RestorePayment makes a payment from its stored state.
func RestorePayment(s PaymentSnapshot) Payment { return Payment{s} }

// Snapshot returns the state to store.
func (p Payment) Snapshot() PaymentSnapshot { return p.s }

// Status returns how far the payment got.
func (p Payment) Status() billing.Status { return p.s.Status }

// View returns what other modules may know.
func (p Payment) View() billing.Payment {
	return billing.Payment{
		ID: p.s.ID, OrderID: p.s.OrderID, Attempt: p.s.Attempt, Status: p.s.Status, DeclineCode: p.s.DeclineCode,
		Brand: p.s.Brand, Last4: p.s.Last4, ActionType: p.s.ActionType, ActionURL: p.s.ActionURL,
	}
}

// DropPaper forgets what the invoice says, and with it who the buyer is: of a final payment the invoice alone keeps
// that.
func (p *Payment) DropPaper() { p.s.Paper = nil }

// rank orders the statuses: news that would lead back comes late, and is not believed.
var rank = map[billing.Status]int{billing.Requested: 0, billing.Unknown: 1, billing.RequiresAction: 2}

// believes reports whether an outcome is news to the payment. A final payment believes one thing only: that the
// provider took money after it had said that it would not.
func (p *Payment) believes(o Outcome) bool {
	switch {
	case p.s.Status == billing.Declined || p.s.Status == billing.Canceled:
		return o.Status == billing.Captured
	case p.s.Status.Final():
		return false
	case o.Status.Final():
		return true
	}
	return rank[o.Status] >= rank[p.s.Status]
}

// Apply takes a provider's word for the payment and reports whether that changed its status. Late or repeated news
// moves nothing back; nor does not knowing replace knowing.
func (p *Payment) Apply(o Outcome, now time.Time) bool {
	if !p.believes(o) {
		return false
	}
	next := p.s
	next.Status, next.DeclineCode, next.UpdatedAt, next.LookAt = o.Status, o.DeclineCode, now, nil
	next.ActionType, next.ActionURL = o.ActionType, o.ActionURL
	if o.ProviderRef != "" {
		next.ProviderRef = o.ProviderRef
	}
	if o.Brand != "" {
		next.Brand, next.Last4 = o.Brand, o.Last4
	}
	if o.Status == billing.Captured {
		next.capture(o.Amount, p.s)
		next.Fee = min(max(o.Fee, 0), next.Captured)
	}
	if next.Status.Final() {
		next.Method = "" // the token has done its work
	}
	changed := next.Status != p.s.Status
	p.s = next
	return changed
}

// capture takes money in: all that was asked for, or it is for a person to look at. After a no it must go back.
func (s *PaymentSnapshot) capture(amount *money.Money, before PaymentSnapshot) {
	s.Captured = s.Amount.Amount()
	if amount != nil && amount.Currency() == s.Amount.Currency() {
		s.Captured = amount.Amount()
	}
	switch {
	case before.Status.Final():
		s.Status = billing.CapturedLate
	case amount == nil || *amount != s.Amount:
		s.Status = billing.Mismatched
	}
}

// Watch lets the provider be asked once more at a time, whether it took money after it said that it would not.
func (p *Payment) Watch(at time.Time) {
	if (p.s.Status == billing.Declined || p.s.Status == billing.Canceled) && p.s.ProviderRef != "" {
		p.s.LookAt = &at
	}
}

// Watched ends a Watch.
func (p *Payment) Watched() { p.s.LookAt = nil }
