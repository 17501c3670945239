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
	// Insert adds a payment unless the order's attempt is there already, and returns the one that is there then. It waits
	// for transactions that have locked another payment of the order.
	Insert(ctx context.Context, payment domain.Payment) (domain.Payment, error)
	// Lock returns a payment and keeps writers of any payment of its order away until the transaction ends; found is false
	// without one.
	Lock(ctx context.Context, paymentID id.ID) (payment domain.Payment, found bool, err error)
	// LockByRef is Lock by the provider's own name for a payment.
	LockByRef(ctx context.Context, provider, ref string) (payment domain.Payment, found bool, err error)
	// Update stores a locked payment and raises the order's revision. cause is an Entry's What. Whoever changes a refund or
	// a dispute of the payment updates it as well, after that.
	Update(ctx context.Context, payment domain.Payment, cause string) error
	// State returns how the money of an order with a locked payment stands in this transaction.
	State(ctx context.Context, orderID id.ID) (billing.PaymentState, error)
}

// Refunds keeps refunds, inside a transaction. Whoever changes one has locked its payment.
type Refunds interface {
	// Insert adds a refund; billing.ErrKeyReused when who asked for it has used its key before.
	Insert(ctx context.Context, refund domain.Refund) error
	// Of returns a payment's refunds, the oldest first.
	Of(ctx context.Context, paymentID id.ID) ([]domain.Refund, error)
	// Find returns a refund; found is false without one.
	Find(ctx context.Context, refundID id.ID) (refund domain.Refund, found bool, err error)
	// Update stores a refund. cause is an Entry's What.
	Update(ctx context.Context, refund domain.Refund, cause string) error
}

// Disputes keeps disputes, inside a transaction. Whoever changes one has locked its payment.
type Disputes interface {
	// Find returns a dispute by the provider's name for it; found is false without one.
	Find(ctx context.Context, provider, ref string) (dispute domain.Dispute, found bool, err error)
	// Of returns a payment's disputes, the oldest first.
	Of(ctx context.Context, paymentID id.ID) ([]domain.Dispute, error)
	// Put adds a dispute or stores it anew, and notes its status in the order's history.
	Put(ctx context.Context, dispute domain.Dispute) error
}

// Ledger keeps the journal, inside a transaction. Entries are only ever added.
type Ledger interface {
	// Post adds an entry. It fails when the entry's source is booked already.
	Post(ctx context.Context, entry domain.JournalEntry) error
	// Seal chains up to limit entries to those that were sealed before, and returns how many that were: none while
	// somebody else is at it.
	Seal(ctx context.Context, limit int, now time.Time) (int, error)
}

// Event is a provider's webhook. It is about a payment, with a Refund about a refund of that payment, which the provider
// made by itself when it has no RefundID, or with a Dispute about a dispute of it.
type Event struct {
	Provider   string
	ID         string
	PaymentID  id.ID  // id.Nil when it names none of ours
	PaymentRef string // the provider's name for the payment
	RefundID   id.ID
	Dispute    *domain.DisputeReport
	Other      bool // it is about something that billing does nothing with
	Outcome    domain.Outcome
	Refund     *domain.RefundOutcome
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

// Invoices keeps drafts and issued papers, inside a transaction.
type Invoices interface {
	// InsertDraft adds a draft.
	InsertDraft(ctx context.Context, draft domain.Draft) error
	// Of returns a payment's invoice, as a draft whether it is issued or not; domain.ErrNoInvoice.
	Of(ctx context.Context, paymentID id.ID) (domain.Draft, error)
	// LockNumbering makes the caller the one writer of numbers until the transaction ends; false: somebody else is.
	LockNumbering(ctx context.Context) (bool, error)
	// Drafts returns the oldest drafts.
	Drafts(ctx context.Context, limit int) ([]domain.Draft, error)
	// LastNumbers returns the highest number of each of these series; one that has none is left out.
	LastNumbers(ctx context.Context, series []string) (map[string]int64, error)
	// Issue turns drafts into invoices.
	Issue(ctx context.Context, invoices []domain.Invoice) error
}

// Events publishes to other modules, in the same transaction.
type Events interface {
	PaymentChanged(ctx context.Context, event billing.PaymentChanged) error
}

// Stores share one transaction; they are invalid once Do's fn returns.
type Stores struct {
	Payments Payments
	Refunds  Refunds
	Disputes Disputes
	Inbox    Inbox
	Invoices Invoices
	Ledger   Ledger
	Privacy  Privacy
	Events   Events
}

// Privacy forgets people, inside a transaction.
type Privacy interface {
	// Lock keeps other writers that lock the account away until the transaction ends, and reports whether the account has
	// been erased.
	Lock(ctx context.Context, accountID id.ID) (erased bool, err error)
	// Erase forgets what payments and refunds say of an account beside its ID, now and for all that is still to come.
	// Papers stay.
	Erase(ctx context.Context, accountID id.ID, at time.Time) error
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, even after a commit
// whose outcome it could not learn. So fn must have no effect but through its stores, and must find out from them
// what is done already.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// Books answers questions about money, outside of transactions.
type PaymentReader interface {
	// Newest returns an order's newest payment.
	Newest(ctx context.Context, orderID id.ID) (payment domain.Payment, found bool, err error)
	// Attempts returns all payments of an order, the newest first.
	Attempts(ctx context.Context, orderID id.ID) ([]domain.Payment, error)
	// Summaries returns the payment summaries of orders, each of one moment; orders without a payment are left out.
	Summaries(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.PaymentSummary, error)
	// Transactions returns a page of an account's payments and refunds, the newest first; page.ErrCursor.
	Transactions(ctx context.Context, q Transactions) (page.Page[domain.Transaction], error)
	// History returns what happened to an order's money, the oldest first.
	History(ctx context.Context, orderID id.ID) ([]billing.Entry, error)
	// Charged returns the payments for which the provider took money: those with these references of its own, and those
	// that were made from a moment until before another.
	Charged(ctx context.Context, refs []string, from, to time.Time) ([]domain.OurCharge, error)
}

// Transactions asks for a page of an account's transactions. Empty members ask for all.
type Transactions struct {
	AccountID id.ID
	From      time.Time // made at that moment or later
	To        time.Time // made before that moment
	Type      string
	Status    string
	Page      page.Request
}

// JournalQuery asks for entries of the journal. Empty members ask for all.
type JournalQuery struct {
	From    time.Time // at that moment or later
	To      time.Time // before that moment
	Account domain.Account
	OrderID id.ID
}

// Journal answers questions about the ledger, outside of transactions.
type Journal interface {
	// Balances returns what stood on each account at a moment, accounts without any movement left out.
	Balances(ctx context.Context, at time.Time) ([]domain.Balance, error)
	// Entries returns a page of entries, the newest first; page.ErrCursor.
	Entries(ctx context.Context, q JournalQuery, request page.Request) (page.Page[domain.JournalEntry], error)
	// After returns up to limit entries behind another one, or from the first when that is nil, the oldest first.
	After(ctx context.Context, q JournalQuery, last *domain.JournalEntry, limit int) ([]domain.JournalEntry, error)
	// Verify looks at up to limit seals behind a position, from the first one at 0.
	Verify(ctx context.Context, behind int64, limit int) (domain.Chain, error)
}

// Backlog finds what waits for its time, the longest waiting first.
type Backlog interface {
	// Refunds returns refunds whose LookAt has come.
	Refunds(ctx context.Context, now time.Time, limit int) ([]domain.Refund, error)
	// Payments returns payments whose LookAt has come.
	Payments(ctx context.Context, now time.Time, limit int) ([]domain.Payment, error)
	// Events returns webhooks that could not be applied and are to be tried again: provider, ID, body and time alone.
	Events(ctx context.Context, now time.Time, limit int) ([]Event, error)
	// Paperwork reports whether drafts wait for their numbers, and journal entries for their seals.
	Unfinished(ctx context.Context) (drafts, entries bool, err error)
}

// Papers keeps what was issued.
type Documents interface {
	// Invoices returns a page of an account's invoices and their drafts, the newest first; page.ErrCursor.
	Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error)
	// Paper returns one document or draft of a kind; domain.ErrNoInvoice when it is absent or another account's.
	Document(ctx context.Context, kind domain.Kind, accountID, documentID id.ID) (domain.Invoice, error)
	// Document returns a document's stored bytes, or nil.
	PDF(ctx context.Context, documentID id.ID) ([]byte, error)
	// PutDocument stores a document's bytes unless there are some, and returns those that are there then.
	PutPDF(ctx context.Context, documentID id.ID, pdf []byte) ([]byte, error)
}

// Filter asks for records of all accounts. Empty members ask for all.
type Filter struct {
	AccountID id.ID
	OrderID   id.ID
	Status    string // not of documents
}

// Archive shows staff the records of every account, the newest first; page.ErrCursor.
type Archive interface {
	// AnyPaper returns a document or a draft of a kind; domain.ErrNoInvoice when it is absent.
	AnyDocument(ctx context.Context, kind domain.Kind, documentID id.ID) (domain.Invoice, error)
	// AllPapers returns a page of the documents and drafts of a kind.
	AllDocuments(ctx context.Context, kind domain.Kind, f Filter, request page.Request) (page.Page[domain.Invoice], error)
	// AllPayments returns a page of payments.
	AllPayments(ctx context.Context, f Filter, request page.Request) (page.Page[domain.Payment], error)
	// AllRefunds returns a page of refunds.
	AllRefunds(ctx context.Context, f Filter, request page.Request) (page.Page[domain.Refund], error)
	// AllDisputes returns a page of disputes.
	AllDisputes(ctx context.Context, f Filter, request page.Request) (page.Page[domain.Dispute], error)
}

// Renderer writes a document down in some format: the same bytes for the same document.
type Renderer interface {
	Render(document domain.Invoice) ([]byte, error)
}
