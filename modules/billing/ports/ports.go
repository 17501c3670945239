// Package ports is what billing needs from outside, in its own words.
package ports

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
)

// Payments keeps payments, inside a transaction.
type Payments interface {
	// Insert adds a payment unless the order's attempt is there already, and returns the one that is there then.
	Insert(ctx context.Context, payment domain.Payment) (domain.Payment, error)
	// Lock returns a payment and keeps other writers away until the transaction ends; found is false without one.
	Lock(ctx context.Context, paymentID id.ID) (payment domain.Payment, found bool, err error)
	// Update stores a locked payment.
	Update(ctx context.Context, payment domain.Payment) error
}

// Event is a provider's webhook.
type Event struct {
	Provider  string
	ID        string
	PaymentID id.ID // id.Nil when it names none of ours
	Outcome   domain.Outcome
	Body      []byte // JSON
}

// Inbox keeps webhooks, inside a transaction.
type Inbox interface {
	// Insert keeps an event; fresh is false when it has been there before.
	Insert(ctx context.Context, event Event, at time.Time) (fresh bool, err error)
	// Applied marks an event as done with.
	Applied(ctx context.Context, event Event, at time.Time) error
}

// Invoices keeps drafts and issued invoices, inside a transaction.
type Invoices interface {
	// InsertDraft adds a draft.
	InsertDraft(ctx context.Context, draft domain.Draft) error
	// LockNumbering makes the caller the one writer of numbers until the transaction ends; false: somebody else is.
	LockNumbering(ctx context.Context) (bool, error)
	// Drafts returns the oldest drafts.
	Drafts(ctx context.Context, limit int) ([]domain.Draft, error)
	// LastNumber returns the highest number of a series, or 0.
	LastNumber(ctx context.Context, series string) (int64, error)
	// Issue turns drafts into invoices.
	Issue(ctx context.Context, invoices []domain.Invoice) error
}

// News tells other modules, in the same transaction.
type News interface {
	PaymentChanged(ctx context.Context, event billing.PaymentChanged) error
}

// Stores share one transaction; they are invalid once Do's fn returns.
type Stores struct {
	Payments Payments
	Inbox    Inbox
	Invoices Invoices
	News     News
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, so fn must have no
// effect but through its stores.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Books answers questions outside of transactions.
type Books interface {
	// Newest returns an order's newest payment.
	Newest(ctx context.Context, orderID id.ID) (payment domain.Payment, found bool, err error)
	// Bills returns the newest payment and the invoice of orders.
	Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.Bill, error)
	// Payments returns a page of an account's payments, the newest first; page.ErrCursor.
	Payments(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Payment], error)
	// Invoices returns a page of an account's invoices and drafts, the newest first; page.ErrCursor.
	Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error)
	// Invoice returns one invoice or draft; domain.ErrNoInvoice when it is absent or another account's.
	Invoice(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, error)
	// Document returns an invoice's stored bytes, or nil.
	Document(ctx context.Context, invoiceID id.ID) ([]byte, error)
	// PutDocument stores an invoice's bytes unless there are some, and returns those that are there then.
	PutDocument(ctx context.Context, invoiceID id.ID, pdf []byte) ([]byte, error)
}

// ChargeRequest asks a provider for money.
type ChargeRequest struct {
	Key       string // idempotency key: the same for every try of one attempt
	OrderID   id.ID
	PaymentID id.ID
	Amount    money.Money
	Method    string
}

// PaymentProvider takes money.
type PaymentProvider interface {
	// Name returns what the provider is called in the books and in the webhook's path.
	Name() string
	// Charge takes money, at most once per key. Whatever is unclear is an Outcome with the status Unknown, never a
	// guess; it does not fail otherwise.
	Charge(ctx context.Context, request ChargeRequest) domain.Outcome
	// Cancel asks the provider to take no money for an intent any more, and returns how it stands then.
	Cancel(ctx context.Context, providerRef string) domain.Outcome
}

// Webhooks reads a provider's webhooks.
type Webhooks interface {
	// Open checks the signature and reads the event; domain.ErrSignature, domain.ErrEvent.
	Open(signature string, body []byte, now time.Time) (Event, error)
}

// Renderer makes an invoice's PDF: the same bytes for the same invoice.
type Renderer interface {
	Render(invoice domain.Invoice) ([]byte, error)
}
