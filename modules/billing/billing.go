// Package billing is the door to payments and invoices.
package billing

import (
	"context"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Status is how far a payment got.
type Status string

// The statuses. Captured, declined, canceled and mismatched are final.
const (
	Requested      Status = "requested"       // written down; the provider may or may not know of it
	Unknown        Status = "unknown"         // the provider was asked and gave no clear answer
	RequiresAction Status = "requires_action" // the buyer must confirm at the provider
	Captured       Status = "captured"
	Declined       Status = "declined"
	Canceled       Status = "canceled"
	Mismatched     Status = "mismatched" // the provider speaks of another amount: for a person to look at
)

// Final reports whether the status is the last one.
func (s Status) Final() bool {
	return s == Captured || s == Declined || s == Canceled || s == Mismatched
}

// Buyer is who an invoice is made out to.
type Buyer struct {
	Name  string
	Email string
}

// PaperLine is a line of an invoice.
type PaperLine struct {
	Title    string
	Quantity int
	Unit     money.Money
	Discount money.Money
	Tax      money.Money
	Total    money.Money
	Contents []string // of a bundle
}

// Paper is all that an invoice says beside its number: frozen with the order.
type Paper struct {
	OrderNumber string
	Buyer       Buyer
	Lines       []PaperLine
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
	Method    string // the provider's token
	Paper     Paper  // its total is what is charged
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

// InvoiceRef names an order's invoice. Number is empty until it is assigned, within a second of the capture.
type InvoiceRef struct {
	ID     id.ID
	Number string
}

// Bill is what billing has about an order: the newest payment, and the invoice once there is one.
type Bill struct {
	Payment *Payment
	Invoice *InvoiceRef
}

// Billing charges orders.
type Billing interface {
	// Charge makes one attempt, written down before the provider is called. The same order and attempt again resumes
	// it with the same idempotency key: at most one charge ever comes of it. An unclear answer is no error but the
	// status Unknown. A total of 0 is captured without a provider.
	Charge(ctx context.Context, charge Charge) (Payment, error)
	// Resume takes an order's newest payment further by asking the provider again; found is false without any.
	Resume(ctx context.Context, orderID id.ID) (payment Payment, found bool, err error)
	// Cancel ends an order's newest payment unless it is final, and returns how it stands then.
	Cancel(ctx context.Context, orderID id.ID) (payment Payment, found bool, err error)
	// Bills returns what there is about orders; orders without a payment are left out.
	Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]Bill, error)
}

// PaymentChanged is the news that the provider said something new of an order's payment. Version 1.
type PaymentChanged struct {
	OrderID id.ID `json:"order_id"`
}
