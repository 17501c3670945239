// Package billing is the published interface of payments, refunds, disputes and invoices.
package billing

import (
	"context"
	"strings"
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Status is the state of a payment.
type Status string

// The statuses of payments. See Final. A declined or canceled payment can still become captured_late.
const (
	Requested      Status = "requested"       // stored; whether the provider received the charge is not known
	Unknown        Status = "unknown"         // the provider gave no clear response
	RequiresAction Status = "requires_action" // the buyer must confirm at the provider, for example with 3-D Secure
	Captured       Status = "captured"
	Declined       Status = "declined"
	Canceled       Status = "canceled"
	Mismatched     Status = "mismatched"    // the provider reports another amount: needs a manual review
	CapturedLate   Status = "captured_late" // captured after it was declined or canceled: refunded in full
)

// Final reports whether the provider has decided: captured, declined, canceled, mismatched or captured_late.
func (s Status) Final() bool {
	return s == Captured || s == Declined || s == Canceled || s == Mismatched || s == CapturedLate
}

// RefundStatus is the state of a refund.
type RefundStatus string

// The statuses of refunds. Succeeded and failed are final.
const (
	RefundRequested RefundStatus = "requested" // stored; whether the provider received it is not known
	RefundPending   RefundStatus = "pending"   // the provider has accepted it
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed" // the provider refused it
)

// Final reports whether the status never changes again.
func (s RefundStatus) Final() bool { return s == RefundSucceeded || s == RefundFailed }

// DisputeStatus is the state of a dispute, from the store's side.
type DisputeStatus string

// The statuses of disputes. None is final: a bank may reopen or reverse a dispute.
const (
	DisputeOpened DisputeStatus = "opened"
	DisputeWon    DisputeStatus = "won"
	DisputeLost   DisputeStatus = "lost"
)

// Buyer is the person to whom an invoice is addressed.
type Buyer struct {
	Name     string
	Email    string
	Country  string // ISO 3166-1 alpha-2
	Language string // of invoices and credit notes: ISO 639-1
	Business *Business
}

// Business is the buyer's company; nil for a consumer.
type Business struct {
	Company   string
	Address   Address
	VATID     string // with its country's prefix, without separators; empty: none
	Reference string // the buyer's reference, such as a Leitweg-ID; empty: none
}

// Lines returns the company with its address and its VAT ID, labelled, one line each.
func (b Business) Lines(vatLabel string) []string {
	a := b.Address
	lines := []string{b.Company, a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City)}
	if b.VATID != "" {
		lines = append(lines, vatLabel+" "+b.VATID)
	}
	return lines
}

// Address is a postal address without its country.
type Address struct {
	Line1      string
	Line2      string
	PostalCode string
	City       string
}

// TaxTreatment is how a sale is treated for tax.
type TaxTreatment string

// The treatments. Content that was stored before there were any has none: it is taxed where its rates are above 0.
const (
	Taxed         TaxTreatment = "taxed"
	ReverseCharge TaxTreatment = "reverse_charge" // the buyer, a business of another member state, owes the tax
	Untaxed       TaxTreatment = "untaxed"        // no rate applies to the buyer's country
)

// LineItemPart is a product of a line item, with its share of the line item's amounts. Rate is the tax rate in
// hundredths of a percent.
type LineItemPart struct {
	ProductID id.ID
	Title     string
	Discount  money.Money
	Tax       money.Money
	Total     money.Money // with the tax
	Rate      int64
}

// LineItem is a line of an invoice. Its discount, tax and total are the sums of those of its parts.
type LineItem struct {
	LineID   id.ID
	Title    string
	Bundle   bool
	Quantity int
	Unit     money.Money
	Discount money.Money
	Tax      money.Money
	Total    money.Money // with the tax
	Parts    []LineItemPart
	Unshared bool // its price is not allocated to its parts, as in old orders: it is refunded as a whole line only
}

// InvoiceContent is what an invoice shows, except its number and its seller. It never changes once the order is placed.
type InvoiceContent struct {
	OrderNumber string
	Buyer       Buyer
	TaxCountry  string       // the country whose rates apply, where it is not the buyer's; empty: the buyer's
	Treatment   TaxTreatment // empty: see TaxTreatment
	TaxIncluded bool         // the prices contain the tax
	Lines       []LineItem
	Subtotal    money.Money
	Discount    money.Money
	Tax         money.Money
	Total       money.Money
}

// Charge is the command to charge an order.
type Charge struct {
	OrderID   id.ID
	Attempt   int // counts the order's payment attempts from 1
	AccountID id.ID
	Method    string         // the provider's token
	ReturnURL string         // where the provider redirects the buyer after confirmation; empty: nowhere
	Invoice   InvoiceContent // its total is the amount to charge
}

// Payment is an attempt to charge an order.
type Payment struct {
	ID          id.ID
	OrderID     id.ID
	Attempt     int
	Status      Status
	DeclineCode string
	Brand       string
	Last4       string
	CardCountry string // of the card's issuer, if the provider reports it: ISO 3166-1 alpha-2
	ActionType  string // with RequiresAction
	ActionURL   string
}

// RefundItem names a line or one product of a line to refund, by an amount or by a quantity of units. Without either,
// everything that is not yet refunded of it is.
type RefundItem struct {
	LineID    id.ID
	ProductID id.ID // id.Nil: the whole line
	Quantity  int   // in units; 0: not by units
	Amount    *money.Money
}

// RefundOrder is the command to refund an order. Without items, everything that is not yet refunded is.
type RefundOrder struct {
	OrderID     id.ID
	RequestedBy id.ID  // the account of the caller
	Key         string // the caller's idempotency key
	BodyHash    []byte // SHA-256 of the parsed request
	Items       []RefundItem
	Reason      string
	ReplayOnly  bool // makes no new refund: an earlier one with the same key is returned, otherwise ErrNoRefund
}

// RefundLine is the refund of one product of one line.
type RefundLine struct {
	LineID    id.ID
	ProductID id.ID
	Quantity  int         // units that are refunded in full; 0: a part of the price is refunded
	Amount    money.Money // with the tax
	Discount  money.Money // share of the discount of what is refunded
	Tax       money.Money
}

// Refund is a refund of an order's payment.
type Refund struct {
	ID         id.ID
	OrderID    id.ID
	Amount     money.Money
	Status     RefundStatus
	Reason     string
	Lines      []RefundLine // none: the refunded money was not the price of the order, such as a late capture
	CreditNote *InvoiceRef  // of a succeeded refund
	CreatedAt  time.Time
}

// Dispute is a dispute (chargeback) of an order's payment, raised by its buyer at the bank.
type Dispute struct {
	ID     id.ID
	Amount money.Money
	Status DisputeStatus
}

// InvoiceRef identifies an order's invoice or a refund's credit note. Number is empty until it is assigned, usually
// within a second.
type InvoiceRef struct {
	ID     id.ID
	Number string
}

// PaymentState is the state of an order's money at a revision. It is all that checkout needs to decide about the order.
// An order without a payment has the zero state. Amounts are in minor units of the payment's currency.
type PaymentState struct {
	OrderID  id.ID         `json:"order_id"`
	Revision int64         `json:"revision"` // rises with every change of the order's payments, refunds and disputes
	Attempt  int           `json:"attempt"`  // of the newest payment
	Status   Status        `json:"status"`   // of the newest payment
	Captured int64         `json:"captured"` // of the newest payment
	Left     int64         `json:"left"`     // of Captured, after refunds that have not failed and disputes not won
	Refunded []RefundTotal `json:"refunded"` // by succeeded refunds of the sale, ordered by line and product
	Dispute  DisputeStatus `json:"dispute"`  // see PaymentSummary; empty: there was none
	Review   ReviewReason  `json:"review"`   // why the money of an attempt needs a manual review; empty: it does not
}

// RefundTotal is the sum of the succeeded refunds of one product of one line.
type RefundTotal struct {
	LineID    id.ID `json:"line_id"`
	ProductID id.ID `json:"product_id"`
	Quantity  int   `json:"quantity"` // units that were refunded in full
	Amount    int64 `json:"amount"`   // with the tax
}

// PaymentSummary is what billing has stored about an order's money. Of several disputes of the newest payment it has
// the one that decides: a lost one before an open one, an open one before a won one.
type PaymentSummary struct {
	State   PaymentState
	Payment *Payment    // the newest; nil: there is none
	Invoice *InvoiceRef // nil before the capture
	Refunds []Refund    // the oldest first
	Dispute *Dispute
}

// RefundResult is a refund, with the order's payment summary after it.
type RefundResult struct {
	Refund   Refund
	Replayed bool // an earlier call made it
	Summary  PaymentSummary
}

// ReviewReason is why an order's money needs a manual review.
type ReviewReason string

// The reasons of manual reviews.
const (
	// ReviewAmount: the provider reports another amount than was requested.
	ReviewAmount ReviewReason = "amount_mismatch"
	// ReviewOverpaidOut: refunds and disputes together exceed what was captured.
	ReviewOverpaidOut ReviewReason = "more_out_than_in"
	// ReviewRefundFailed: a refund that the store owes failed, or the store won a dispute of money that it owes the buyer.
	ReviewRefundFailed ReviewReason = "refund_failed"
)

// Entry is an entry of the history of an order's money.
type Entry struct {
	At time.Time
	// What happened: payment.requested, payment.canceled, provider.charge, provider.find, provider.cancel, webhook,
	// refund.requested, provider.refund, dispute or resolution.
	What      string
	Result    string // the status of the payment, refund or dispute afterwards
	RequestID string // of the HTTP request that caused it; empty: none did
	StaffID   id.ID  // of the staff member who requested it; id.Nil: no staff member did
}

// Return is the command to refund what the store itself owes a buyer, such as an order that cannot be fulfilled.
type Return struct {
	OrderID id.ID
	LineIDs []id.ID // none: the whole order
	Reason  string
}

// Settlement compares the store's records of an order's newest payment with the provider's.
type Settlement struct {
	Owed             money.Money // the order's total
	Captured         money.Money // by the store's records
	Refunded         money.Money // by the store's records, pending refunds included
	Disputed         money.Money // withheld by a bank, or returned to the buyer
	ProviderCaptured money.Money // by the provider's records
	ProviderRefunded money.Money // by the provider's records
}

// Resolution is the decision of staff that ends a manual review of an order's money.
type Resolution string

// The resolutions.
const (
	// Accept takes what the provider captured as the payment of the order's total: an excess is refunded, a shortfall is
	// booked to payment_differences, and the invoice shows the order's total.
	Accept Resolution = "accept"
	// RefundAll refunds all that was captured and not refunded, less what a bank has returned to the buyer.
	RefundAll Resolution = "refund"
	// Release cancels a payment of which nothing is captured at the provider.
	Release Resolution = "release"
)

// Billing charges and refunds orders. Every command is idempotent: it stores its intent before it calls the provider,
// and a repeated call resumes it with the same idempotency key. A provider that gives no clear response, or is not
// reachable, is not an error: the returned status is Unknown.
type Billing interface {
	// Charge charges an order once per attempt. A repeated call with the same order and attempt resumes that payment. A
	// total of 0 is captured without a provider. The payment of an erased account is canceled.
	Charge(ctx context.Context, charge Charge) (PaymentSummary, error)
	// Resume advances an order's newest payment until it is final or the provider's response is unclear, and charges if
	// the provider never received the charge. The zero summary: the order has no payment.
	Resume(ctx context.Context, orderID id.ID) (PaymentSummary, error)
	// Cancel cancels an attempt that its buyer has yet to confirm or that was never sent to the provider. Any other
	// attempt stays as it is. An attempt that does not exist is stored as canceled, so that a later Charge does not make
	// it. Of the invoice content only the total is needed.
	Cancel(ctx context.Context, charge Charge) (PaymentSummary, error)
	// Poll asks the provider for the state of an order's newest payment and never charges. A payment that the provider
	// does not know is canceled; if it is captured later, it is refunded. The zero summary: the order has no payment.
	Poll(ctx context.Context, orderID id.ID) (PaymentSummary, error)
	// Return refunds everything that is not yet refunded of an order's captured payment, or of some of its lines, once. A
	// repeated call returns that refund. ErrNotCaptured, ErrDisputed.
	Return(ctx context.Context, r Return) (RefundResult, error)
	// Settlement compares the store's records of an order's newest payment with the provider's, which it requests now. The
	// zero settlement: the order has no payment. It fails when the provider cannot be reached.
	Settlement(ctx context.Context, orderID id.ID) (Settlement, error)
	// Resolve ends a manual review of an order's money: see Resolution. A repeated call has no further effect. ErrHeld,
	// ErrNothingTaken, ErrTooLate, ErrRefunded, ErrUnresolved, ErrDisputed.
	Resolve(ctx context.Context, orderID id.ID, r Resolution) (PaymentSummary, error)
	// Refund refunds a part or all of an order's captured payment. A repeated call of the same account with the same key
	// returns that refund; with another body it is ErrKeyReused. ErrNotCaptured, ErrDisputed, ErrExceeds, ErrNoRefund, and
	// for its items ErrNoLine, ErrUnshared and ErrItems.
	Refund(ctx context.Context, order RefundOrder) (RefundResult, error)
	// Summaries returns the payment summaries of orders, each of one moment; orders without a payment are left out.
	Summaries(ctx context.Context, orderIDs []id.ID) (map[id.ID]PaymentSummary, error)
	// History returns the history of an order's money, the oldest entry first.
	History(ctx context.Context, orderID id.ID) ([]Entry, error)
}

// PaymentChanged is the event that a provider or staff changed an order's payment, refund or dispute. It is published
// in the transaction of the change. Changes of a payment that Charge, Resume, Cancel, Poll and Resolve make are
// returned by them instead. This is version 2; version 1 has the order's ID alone.
type PaymentChanged struct{ PaymentState }
