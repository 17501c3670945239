// Package domain has the rules of payments, refunds, disputes, invoices and the ledger.
package domain

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// The errors of billing that no other module sees.
var (
	ErrNoInvoice = fault.New(fault.NotFound, "invoice-not-found", "there is no such invoice")
	ErrNoNote    = fault.New(fault.NotFound, "credit-note-not-found", "there is no such credit note")
	ErrNoXML     = fault.New(fault.Conflict, "currency-without-xml",
		"EN 16931 has amounts of two decimals at most, and this document's currency has three: use the PDF")
	ErrNoProvider = fault.New(fault.NotFound, "not-found", "there is no such payment provider")
	ErrSignature  = fault.New(fault.Malformed, "bad-signature",
		"the webhook is not signed by the provider, or older than five minutes")
	ErrNoEntries = fault.New(fault.Invalid, "invalid-request",
		"order_id must be the ID of an order, and buyer the ID of an account")
	ErrEvent = fault.New(fault.Malformed, "bad-event", "the webhook's body is not an event")
)

// Free is the provider of payments whose total is 0.
const Free = "none"

// Outcome is the state of a payment that a provider reports.
type Outcome struct {
	Status      billing.Status
	ProviderRef string
	DeclineCode string
	Amount      *money.Money // what the provider captured or would capture; nil: not reported
	Fee         int64        // of the provider, in the same currency
	Brand       string
	Last4       string
	CardCountry string // of the card's issuer; empty: not reported
	ActionType  string
	ActionURL   string
	Cause       error // of Unknown, for the log
	Unsent      bool  // with Unknown: no request was sent
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
	CardCountry  string
	ActionType   string
	ActionURL    string
	Invoice      *billing.InvoiceContent
	Captured     int64      // in the payment's currency
	Fee          int64      // of the provider
	Refunded     int64      // of Captured, by refunds that have not failed
	Claimed      *int64     // another captured amount, which the provider reported after the capture; nil: none
	Difference   int64      // accepted by staff: Amount less Captured
	AcceptedOut  int64      // accepted by staff: refunds and disputes may add up to this although less was captured
	Resolutions  int        // counts the manual reviews that staff resolved
	RefundFailed bool       // a refund that the store owes failed after the last resolution
	Sends        int        // charge requests, without those that were not sent; 0: the provider cannot know the payment
	PollAt       *time.Time // when to poll the provider once more
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// NewPayment makes a requested payment with its first send begun. A payment of 0 is captured at once.
func NewPayment(paymentID id.ID, c billing.Charge, provider string, now time.Time) Payment {
	s := PaymentSnapshot{
		ID: paymentID, OrderID: c.OrderID, Attempt: c.Attempt, AccountID: c.AccountID, Amount: c.Invoice.Total,
		Status: billing.Requested, Method: c.Method, ReturnURL: c.ReturnURL, Provider: provider, Invoice: &c.Invoice,
		Sends: 1, CreatedAt: now, UpdatedAt: now,
	}
	if c.Invoice.Total.IsZero() {
		s.Status, s.Method, s.ReturnURL, s.Provider = billing.Captured, "", "", Free
	}
	return Payment{s}
}

// NewCanceled makes the canceled payment of an attempt that is never to be sent.
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

// Status returns the payment's status.
func (p Payment) Status() billing.Status { return p.s.Status }

// View returns what other modules see.
func (p Payment) View() billing.Payment {
	return billing.Payment{
		ID: p.s.ID, OrderID: p.s.OrderID, Attempt: p.s.Attempt, Status: p.s.Status, DeclineCode: p.s.DeclineCode,
		Brand: p.s.Brand, Last4: p.s.Last4, CardCountry: p.s.CardCountry,
		ActionType: p.s.ActionType, ActionURL: p.s.ActionURL,
	}
}

// BeginSend counts a charge request. It is stored before the request is sent, so that after a crash the payment counts
// as sent. False: the payment is not requested any more.
func (p *Payment) BeginSend() bool {
	if p.s.Status != billing.Requested {
		return false
	}
	p.s.Sends++
	return true
}

// RevokeSend undoes a BeginSend whose request was not sent.
func (p *Payment) RevokeSend() { p.s.Sends-- }

// NeverSent reports whether no charge request was sent.
func (p Payment) NeverSent() bool {
	return p.s.Status == billing.Requested && (p.s.Sends == 0 || mutant.On("cancel-a-possibly-sent-charge"))
}

// DropInvoiceContent removes the invoice content with the buyer's personal data. The invoice of a captured payment
// keeps its own copy.
func (p *Payment) DropInvoiceContent() { p.s.Invoice = nil }

// Held returns the captured amount that is not refunded.
func (p Payment) Held() int64 { return p.s.Captured - p.s.Refunded }

// believes reports whether an outcome applies to the payment. Of the final statuses only declined and canceled change,
// by a late capture.
func (p *Payment) believes(o Outcome) bool {
	switch {
	case p.s.Status == billing.Declined || p.s.Status == billing.Canceled:
		return o.Status == billing.Captured && !mutant.On("ignore-a-late-capture")
	case p.s.Status.Final() && !mutant.On("change-a-final-payment"):
		return false
	case o.Status.Final():
		return true
	}
	return !PaymentTransitions.Allows(o.Status, p.s.Status) // otherwise the outcome is outdated
}

// Apply applies an outcome and reports whether the status changed, or the provider claims another captured amount.
// Outdated and repeated outcomes change nothing, and an unknown one replaces no known one. state.ErrTransition.
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
	if o.CardCountry != "" {
		next.CardCountry = o.CardCountry
	}
	if o.Status == billing.Captured {
		to = next.capture(o.Amount)
		next.Fee = min(max(o.Fee, 0), next.Captured)
	}
	if err := next.move(to); err != nil {
		return false, err
	}
	if next.Status.Final() {
		next.Method, next.ReturnURL = "", ""
	}
	changed := next.Status != p.s.Status
	p.s = next
	return changed, nil
}

// claim records that the provider reports another captured amount than before, and reports whether that is new.
func (p *Payment) claim(o Outcome, now time.Time) bool {
	captured := p.s.Status == billing.Captured || p.s.Status == billing.CapturedLate
	if !captured || o.Status != billing.Captured || o.Amount == nil || p.s.Provider == Free {
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

// capture sets the captured amount and returns the next status: captured_late after a decline or a cancellation,
// mismatched for another amount than was requested.
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

// SchedulePoll schedules one more poll of a declined or canceled payment, which finds a late capture without an event.
func (p *Payment) SchedulePoll(at time.Time) {
	if p.s.Status == billing.Declined || p.s.Status == billing.Canceled {
		p.s.PollAt = &at
	}
}

// EndPoll removes the scheduled poll.
func (p *Payment) EndPoll() { p.s.PollAt = nil }
