// Package ports is what billing needs from outside, in its own words.
package ports

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Payments keeps payments, inside a transaction. What caused a change goes into the order's history with it.
type Payments interface {
	// Insert adds a payment unless the order's attempt is there already, and returns the one that is there then.
	Insert(ctx context.Context, payment domain.Payment) (domain.Payment, error)
	// Lock returns a payment and keeps other writers away until the transaction ends; found is false without one.
	Lock(ctx context.Context, paymentID id.ID) (payment domain.Payment, found bool, err error)
	// Update stores a locked payment. cause is an Entry's What.
	Update(ctx context.Context, payment domain.Payment, cause string) error
}

// Refunds keeps refunds, inside a transaction. Whoever changes one has locked its payment.
type Refunds interface {
	// Insert adds a refund unless its payment has one with its key, and returns the one that is there then.
	Insert(ctx context.Context, refund domain.Refund) (domain.Refund, error)
	// Find returns a refund; found is false without one.
	Find(ctx context.Context, refundID id.ID) (refund domain.Refund, found bool, err error)
	// Update stores a refund. cause is an Entry's What.
	Update(ctx context.Context, refund domain.Refund, cause string) error
}

// Event is a provider's webhook. It is about a payment, or with a RefundID about a refund of that payment.
type Event struct {
	Provider   string
	ID         string
	PaymentID  id.ID // id.Nil when it names none of ours
	RefundID   id.ID
	Other      bool // it is about something that billing does nothing with
	Outcome    domain.Outcome
	Refund     domain.RefundOutcome
	Body       []byte // JSON
	ReceivedAt time.Time
}

// Inbox keeps webhooks, inside a transaction.
type Inbox interface {
	// Insert keeps an event; fresh is false when it has been there before.
	Insert(ctx context.Context, event Event) (fresh bool, err error)
	// Applied marks an event as done with.
	Applied(ctx context.Context, event Event, at time.Time) error
	// Postpone says when an event is to be tried again; nil gives it up.
	Postpone(ctx context.Context, event Event, until *time.Time) error
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
	Refunds  Refunds
	Inbox    Inbox
	Invoices Invoices
	News     News
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, even after a commit
// whose outcome it could not learn. So fn must have no effect but through its stores, and must find out from them
// what is done already.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Books answers questions about money, outside of transactions.
type Books interface {
	// Newest returns an order's newest payment.
	Newest(ctx context.Context, orderID id.ID) (payment domain.Payment, found bool, err error)
	// Bills returns the newest payment, the invoice and the refunds of orders.
	Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.Bill, error)
	// Transactions returns a page of an account's payments and refunds, the newest first; page.ErrCursor.
	Transactions(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Transaction], error)
	// History returns what happened to an order's money, the oldest first.
	History(ctx context.Context, orderID id.ID) ([]billing.Entry, error)
}

// Backlog finds what waits for its time, the longest waiting first.
type Backlog interface {
	// Refunds returns refunds whose LookAt has come.
	Refunds(ctx context.Context, now time.Time, limit int) ([]domain.Refund, error)
	// Payments returns payments whose LookAt has come.
	Payments(ctx context.Context, now time.Time, limit int) ([]domain.Payment, error)
	// Events returns webhooks that could not be applied and are to be tried again: provider, ID, body and time alone.
	Events(ctx context.Context, now time.Time, limit int) ([]Event, error)
}

// Papers keeps what was issued.
type Papers interface {
	// Invoices returns a page of an account's invoices and drafts, the newest first; page.ErrCursor.
	Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error)
	// Invoice returns one invoice or draft; domain.ErrNoInvoice when it is absent or another account's.
	Invoice(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, error)
	// Document returns an invoice's stored bytes, or nil.
	Document(ctx context.Context, invoiceID id.ID) ([]byte, error)
	// PutDocument stores an invoice's bytes unless there are some, and returns those that are there then.
	PutDocument(ctx context.Context, invoiceID id.ID, pdf []byte) ([]byte, error)
}

// Renderer makes an invoice's PDF: the same bytes for the same invoice.
type Renderer interface {
	Render(invoice domain.Invoice) ([]byte, error)
}
