// Package domain holds the rules of payments and invoices.
package domain

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// The faults of billing.
var (
	ErrNoInvoice  = fault.New(fault.NotFound, "invoice-not-found", "there is no such invoice")
	ErrNoNote     = fault.New(fault.NotFound, "credit-note-not-found", "there is no such credit note")
	ErrNoProvider = fault.New(fault.NotFound, "not-found", "there is no such payment provider")
	ErrSignature  = fault.New(fault.Malformed, "bad-signature",
		"the webhook is not signed by the provider, or older than five minutes")
	ErrNoEntries = fault.New(fault.Invalid, "invalid-request", "the filter by order takes the ID of an order")
	ErrEvent     = fault.New(fault.Malformed, "bad-event", "the webhook's body is not an event")
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
	Unsent      bool  // with Unknown: the provider was not asked
}

// Payment is an attempt to charge an order.
type Payment struct{ s PaymentSnapshot }

// PaymentSnapshot is a payment's state, for adapters.
type PaymentSnapshot struct {
	ID           id.ID
	OrderID      id.ID
	Attempt      int
	AccountID    id.ID
	Amount       money.Money
	Status       billing.Status
	Method       string
	ReturnURL    string
	Provider     string
	ProviderRef  string
	DeclineCode  string
	Brand        string
	Last4        string
	ActionType   string
	ActionURL    string
	Invoice      *billing.InvoiceContent
	Captured     int64      // what the provider took, in the payment's currency
	Fee          int64      // what it keeps of that
	Refunded     int64      // what is refunded of it, pending refunds included: never more
	Claimed      *int64     // another amount that the provider claims to have captured; nil: none
	Difference   int64      // accepted: the payment's amount less what was captured
	AcceptedOut  int64      // accepted: how much may leave, by refunds and disputes, although less came in
	Resolutions  int        // how many manual reviews were resolved
	RefundFailed bool       // a refund that the store owes has failed, and staff has decided nothing since
	Sends        int        // requests to charge that were begun, less those that were not sent; 0: the provider was never asked
	PollAt       *time.Time // when to ask the provider once more
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// NewPayment writes down an attempt that has not been made yet; of nothing, it is captured at once.
func NewPayment(paymentID id.ID, c billing.Charge, provider string, now time.Time) Payment {
	s := PaymentSnapshot{
		ID: paymentID, OrderID: c.OrderID, Attempt: c.Attempt, AccountID: c.AccountID, Amount: c.Invoice.Total,
		Status: billing.Requested, Method: c.Method, ReturnURL: c.ReturnURL, Provider: provider, Invoice: &c.Invoice, Sends: 1,
		CreatedAt: now, UpdatedAt: now,
	}
	if c.Invoice.Total.IsZero() {
		s.Status, s.Method, s.ReturnURL, s.Provider = billing.Captured, "", "", Free
	}
	return Payment{s}
}

// NewCanceled writes down that an attempt will never be made.
func NewCanceled(paymentID id.ID, c billing.Charge, provider string, now time.Time) Payment {
	return Payment{PaymentSnapshot{
		ID: paymentID, OrderID: c.OrderID, Attempt: c.Attempt, AccountID: c.AccountID, Amount: c.Invoice.Total,
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

// BeginSend notes, before the provider is asked to charge, that it may have been. A crash leaves it noted. It reports
// whether the payment is still to be sent.
func (p *Payment) BeginSend() bool {
	if p.s.Status != billing.Requested {
		return false
	}
	p.s.Sends++
	return true
}

// RevokeSend takes a BeginSend back, because nothing was sent.
func (p *Payment) RevokeSend() { p.s.Sends-- }

// NeverSent reports whether the provider cannot know of the payment.
func (p Payment) NeverSent() bool {
	return p.s.Status == billing.Requested && (p.s.Sends == 0 || mutant.On("cancel-a-charge-that-may-have-been-sent"))
}

// DropPaper forgets what the invoice says, and with it who the buyer is: of a final payment the invoice alone keeps
// that.
func (p *Payment) DropInvoiceContent() { p.s.Invoice = nil }

// Held returns what has not been refunded of what was captured.
func (p Payment) Held() int64 { return p.s.Captured - p.s.Refunded }

// believes reports whether an outcome is news to the payment. A final payment believes one thing only: that the
// provider took money after it had said that it would not.
func (p *Payment) believes(o Outcome) bool {
	switch {
	case p.s.Status == billing.Declined || p.s.Status == billing.Canceled:
		return o.Status == billing.Captured && !mutant.On("ignore-a-late-capture")
	case p.s.Status.Final() && !mutant.On("change-a-final-payment"):
		return false
	case o.Status.Final():
		return true
	}
	return !PaymentTransitions.Allows(o.Status, p.s.Status) // or it is older than what is known
}

// Apply takes a provider's word for the payment and reports whether that changed its status. Late or repeated news
// moves nothing back; nor does not knowing replace knowing. state.ErrTransition.
func (p *Payment) Apply(o Outcome, now time.Time) (bool, error) {
	if !p.believes(o) {
		return p.claim(o, now), nil
	}
	next, to := p.s, o.Status
	next.DeclineCode, next.UpdatedAt, next.PollAt = o.DeclineCode, now, nil
	next.ActionType, next.ActionURL = o.ActionType, o.ActionURL
	if o.ProviderRef != "" {
		next.ProviderRef = o.ProviderRef
	}
	if o.Brand != "" {
		next.Brand, next.Last4 = o.Brand, o.Last4
	}
	if o.Status == billing.Captured {
		to = next.capture(o.Amount)
		next.Fee = min(max(o.Fee, 0), next.Captured)
	}
	if err := next.move(to); err != nil {
		return false, err
	}
	if next.Status.Final() {
		next.Method, next.ReturnURL = "", "" // they have done their work
	}
	changed := next.Status != p.s.Status
	p.s = next
	return changed, nil
}

// claim notes that the provider speaks of another captured amount than before, and reports whether that is new.
func (p *Payment) claim(o Outcome, now time.Time) bool {
	took := p.s.Status == billing.Captured || p.s.Status == billing.CapturedLate
	if !took || o.Status != billing.Captured || o.Amount == nil || p.s.Provider == Free {
		return false
	}
	amount := o.Amount.Amount()
	if o.Amount.Currency() == p.s.Amount.Currency() &&
		(amount == p.s.Captured || (p.s.Claimed != nil && *p.s.Claimed == amount)) {
		return false
	}
	p.s.Claimed, p.s.UpdatedAt = &amount, now
	return true
}

// capture takes money in and returns the status that follows: another amount than was asked for needs a manual review,
// and what comes after the provider said that it would not must go back.
func (s *PaymentSnapshot) capture(amount *money.Money) billing.Status {
	s.Captured = s.Amount.Amount()
	if amount != nil && amount.Currency() == s.Amount.Currency() {
		s.Captured = amount.Amount()
	}
	switch {
	case s.Status.Final():
		return billing.CapturedLate
	case amount == nil || *amount != s.Amount:
		return billing.Mismatched
	}
	return billing.Captured
}

// Watch lets the provider be asked once more at a time, whether it took money after it said that it would not.
func (p *Payment) SchedulePoll(at time.Time) {
	if p.s.Status == billing.Declined || p.s.Status == billing.Canceled {
		p.s.PollAt = &at
	}
}

// Watched ends a Watch.
func (p *Payment) EndPoll() { p.s.PollAt = nil }
