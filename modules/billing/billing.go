// Package billing is the door to payments, refunds and invoices.
package billing

import (
	"context"
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Status is how far a payment got.
type Status string

// The statuses. Captured, declined, canceled, mismatched and captured_late are final, but that a capture may come
// after the provider said declined or canceled.
const (
	Requested      Status = "requested"       // written down; the provider may or may not know of it, unless it was not reachable
	Unknown        Status = "unknown"         // the provider was asked and gave no clear answer
	RequiresAction Status = "requires_action" // the buyer must confirm at the provider
	Captured       Status = "captured"
	Declined       Status = "declined"
	Canceled       Status = "canceled"
	Mismatched     Status = "mismatched"    // the provider speaks of another amount: for a person to look at
	CapturedLate   Status = "captured_late" // the provider took money after it had said that it would not: it goes back
)

// Final reports whether the payment needs nothing more.
func (s Status) Final() bool {
	return s == Captured || s == Declined || s == Canceled || s == Mismatched || s == CapturedLate
}

// RefundStatus is how far a refund got.
type RefundStatus string

// The statuses of refunds. Succeeded and failed are final.
const (
	RefundRequested RefundStatus = "requested" // written down; the provider may or may not know of it
	RefundPending   RefundStatus = "pending"   // the provider is at it
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed" // for a person to look at
)

// Final reports whether the status is the last one.
func (s RefundStatus) Final() bool { return s == RefundSucceeded || s == RefundFailed }

// DisputeStatus is where a buyer's complaint at the bank stands.
type DisputeStatus string

// The statuses of disputes, as the store sees them. None is final: a bank may change its mind.
const (
	DisputeOpened DisputeStatus = "opened"
	DisputeWon    DisputeStatus = "won"
	DisputeLost   DisputeStatus = "lost"
)

// Buyer is who an invoice is made out to.
type Buyer struct {
	Name     string
	Email    string
	Country  string // ISO 3166-1 alpha-2
	Language string // of the papers: ISO 639-1
}

// PaperPart is a product that a line gives, with its share of the line's money. Rate is the tax rate in hundredths of
// a percent.
type LineItemPart struct {
	ProductID id.ID
	Title     string
	Discount  money.Money
	Tax       money.Money
	Total     money.Money // with the tax
	Rate      int64
}

// PaperLine is a line of an invoice. Its parts add up to it.
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
	Unshared bool // an old line whose parts have no shares of its money: it is refunded as a whole
}

// Paper is all that an invoice says beside its number and its seller: frozen with the order.
type InvoiceContent struct {
	OrderNumber string
	Buyer       Buyer
	TaxIncluded bool // the prices contain the tax
	Lines       []LineItem
	Subtotal    money.Money
	Discount    money.Money
	Tax         money.Money
	Total       money.Money
}

// Charge asks for the money of an order.
type Charge struct {
	OrderID   id.ID
	Attempt   int // counts the buyer's tries from 1
	AccountID id.ID
	Method    string         // the provider's token
	ReturnURL string         // where the provider's page leads the buyer back to; empty: nowhere
	Invoice   InvoiceContent // its total is what is charged
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
	ActionType  string // with RequiresAction
	ActionURL   string
}

// RefundItem names what is to be refunded: a line, or one product of it. Without an amount and a quantity it is all that
// is left of it. A quantity is a number of units of a line whose quantity is above one.
type RefundItem struct {
	LineID    id.ID
	ProductID id.ID // id.Nil: the whole line
	Quantity  int   // 0: not by units
	Amount    *money.Money
}

// RefundOrder requests a refund of an order. Without items it is all that is left.
type RefundOrder struct {
	OrderID     id.ID
	RequestedBy id.ID  // the account that asks
	Key         string // its idempotency key
	BodyHash    []byte // of what it asked for
	Items       []RefundItem
	Reason      string
	ReplayOnly  bool // the order allows no new refund: return the one that was made with the key, or ErrNoRefund
}

// RefundLine is what goes back of one product of one line.
type RefundLine struct {
	LineID    id.ID
	ProductID id.ID
	Quantity  int         // units that are refunded whole; 0 when a part of the price is
	Amount    money.Money // with the tax
	Discount  money.Money // that had been taken off it
	Tax       money.Money
}

// Refund is money of an order that goes back.
type Refund struct {
	ID         id.ID
	OrderID    id.ID
	Amount     money.Money
	Status     RefundStatus
	Reason     string
	Lines      []RefundLine // none when the money was never owed
	CreditNote *InvoiceRef  // of a succeeded refund
	CreatedAt  time.Time
}

// Dispute is a buyer's complaint at the bank about an order's payment.
type Dispute struct {
	ID     id.ID
	Amount money.Money
	Status DisputeStatus
}

// InvoiceRef names an order's invoice, or a refund's credit note. Number is empty until it is assigned, within a second of the capture.
type InvoiceRef struct {
	ID     id.ID
	Number string
}

// PaymentState is what decides about an order: how its money stands at a revision. The zero state is that of an order
// without a payment. Amounts are in minor units of the payment's currency.
type PaymentState struct {
	OrderID  id.ID         `json:"order_id"`
	Revision int64         `json:"revision"` // grows with every change of the order's payments, refunds and disputes
	Attempt  int           `json:"attempt"`  // of the newest payment
	Status   Status        `json:"status"`   // of the newest payment
	Captured int64         `json:"captured"` // of the newest payment
	Left     int64         `json:"left"`     // of Captured: what neither refunds, pending ones included, nor a bank have taken
	Refunded []RefundTotal `json:"refunded"` // of the sale, by refunds that succeeded; ordered by line and product
	Dispute  DisputeStatus `json:"dispute"`  // see PaymentSummary; empty: there was none
	Review   ReviewReason  `json:"review"`   // why the money of any attempt needs a manual review; empty: it does not
}

// RefundTotal is what was refunded of one product of one line.
type RefundTotal struct {
	LineID    id.ID `json:"line_id"`
	ProductID id.ID `json:"product_id"`
	Quantity  int   `json:"quantity"` // units that were refunded whole
	Amount    int64 `json:"amount"`   // with the tax
}

// PaymentSummary is what billing has stored about an order's money. Of the newest payment's disputes it has the one that
// counts: a lost one before an open one, before a won one.
type PaymentSummary struct {
	State   PaymentState
	Payment *Payment    // the newest; nil: there is none
	Invoice *InvoiceRef // nil before the capture
	Refunds []Refund    // the oldest first
	Dispute *Dispute
}

// RefundResult is a refund with the order's money after it.
type RefundResult struct {
	Refund   Refund
	Replayed bool // an earlier call with the same key had made it
	Summary  PaymentSummary
}

// ReviewReason is why an order's money needs a manual review.
type ReviewReason string

// The reasons.
const (
	// ReviewAmount: the provider speaks of another amount than the one that was asked for.
	ReviewAmount ReviewReason = "amount_mismatch"
	// ReviewOverpaidOut: refunds and disputes together take more than was captured.
	ReviewOverpaidOut ReviewReason = "more_out_than_in"
	// ReviewRefundFailed: the provider refused a refund that the store owes, or a bank gave back what the store owes.
	ReviewRefundFailed ReviewReason = "refund_failed"
)

// Entry is something that happened to an order's money.
type Entry struct {
	At        time.Time
	What      string // payment.requested, payment.canceled, provider.charge, provider.find, provider.cancel, webhook, refund.requested, provider.refund, dispute
	Result    string // the status that it led to
	RequestID string // of the HTTP request that caused it, if one did
	StaffID   id.ID  // of who asked for it, if it was staff
}

// Return asks for a refund on behalf of the store itself.
type Return struct {
	OrderID id.ID
	LineIDs []id.ID // none: everything
	Reason  string
}

// Settlement is what two sets of books say about an order's money.
type Settlement struct {
	Owed             money.Money // the order's total
	Captured         money.Money // by our books
	Refunded         money.Money // by our books, pending refunds included
	Disputed         money.Money // that a bank holds back or has returned to the buyer
	ProviderCaptured money.Money // by the provider's books
	ProviderRefunded money.Money
}

// Resolution is how staff ends a manual review of an order's money.
type Resolution string

// The resolutions.
const (
	// Accept takes what the provider holds as the payment of the order's total: an excess is refunded, a shortfall is
	// booked to payment_differences, and the invoice says the order's total.
	Accept Resolution = "accept"
	// RefundAll refunds all that the provider holds.
	RefundAll Resolution = "refund"
	// Release ends payments of which the provider holds nothing. A fault of kind Conflict when it does hold something.
	Release Resolution = "release"
)

// Billing charges orders.
type Billing interface {
	// Charge makes one attempt, written down before the provider is called. The same order and attempt again resumes
	// it with the same idempotency key: at most one charge ever comes of it. An unclear answer is no error but the
	// status Unknown. A total of 0 is captured without a provider.
	Charge(ctx context.Context, charge Charge) (PaymentSummary, error)
	// Resume advances an order's newest payment by asking the provider. The zero summary without a payment.
	Resume(ctx context.Context, orderID id.ID) (PaymentSummary, error)
	// Cancel ends an attempt if the buyer has yet to confirm it or the provider was never asked, and returns how it stands
	// then. An attempt that was never made is written down as canceled, so that nobody who comes late makes it. The charge
	// needs no paper but its total.
	Cancel(ctx context.Context, charge Charge) (PaymentSummary, error)
	// Poll asks the provider what became of an order's newest payment and never charges. A payment of which the provider
	// knows nothing is canceled: what is captured later all the same is refunded. The zero summary without a payment.
	Poll(ctx context.Context, orderID id.ID) (PaymentSummary, error)
	// Return refunds all that is left of an order's captured payment, or with line IDs all that is left of those lines,
	// once however often it is called, and returns how far that got. ErrDisputed, or another fault of kind Conflict when
	// nothing was captured.
	Return(ctx context.Context, r Return) (RefundResult, error)
	// Settlement returns what our books and the provider's, asked now, say about an order's payments.
	Settlement(ctx context.Context, orderID id.ID) (Settlement, error)
	// Resolve ends a manual review of an order's money, once however often it is called: see Resolution.
	Resolve(ctx context.Context, orderID id.ID, r Resolution) (PaymentSummary, error)
	// Refund refunds a part or all of an order's captured payment, and returns how far that got. The same account and key
	// again resume the refund that they made before; ErrKeyReused when they asked for something else then. ErrDisputed,
	// ErrExceeds, ErrNotCaptured, ErrNoRefund, and ErrNoLine, ErrUnshared or ErrItems for items that make no sense.
	Refund(ctx context.Context, order RefundOrder) (RefundResult, error)
	// Summaries returns the payment summaries of orders; orders without a payment are left out.
	Summaries(ctx context.Context, orderIDs []id.ID) (map[id.ID]PaymentSummary, error)
	// History returns what happened to an order's money, the oldest first.
	History(ctx context.Context, orderID id.ID) ([]Entry, error)
}

// PaymentChanged is published, in the transaction of the change, when a provider or staff has changed an order's payment,
// refund or dispute. What Charge, Resume, Cancel, Poll and Resolve learn of a payment they return instead. Version 2;
// version 1 has the order's ID alone.
type PaymentChanged struct{ PaymentState }
