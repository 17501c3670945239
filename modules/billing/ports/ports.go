// Package ports declares what billing needs from outside.
package ports

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Payments stores payments, inside a transaction. Every change with a cause adds an entry to the order's history.
type Payments interface {
	// Insert adds a payment unless one of the same order and attempt exists, and returns the stored one. It waits for
	// transactions that have locked an earlier payment of the order.
	Insert(ctx context.Context, payment domain.Payment) (domain.Payment, error)
	// Lock returns a payment and locks all payments of its order until the transaction ends; found is false when there is
	// no such payment.
	Lock(ctx context.Context, paymentID id.ID) (payment domain.Payment, found bool, err error)
	// LockByRef is Lock by the provider's reference of a payment.
	LockByRef(ctx context.Context, provider, ref string) (payment domain.Payment, found bool, err error)
	// Update stores a locked payment and raises the order's revision. cause is the What of the history's entry; empty: no
	// entry is added. A change of a refund or a dispute of the payment is followed by an Update of the payment.
	Update(ctx context.Context, payment domain.Payment, cause string) error
	// State returns the state of the money of an order with a locked payment, as this transaction sees it.
	State(ctx context.Context, orderID id.ID) (billing.PaymentState, error)
}

// Refunds stores refunds, inside a transaction. The caller has locked the payment of a refund before it changes it.
type Refunds interface {
	// Insert adds a refund; billing.ErrKeyReused when its requester has used its key before. The key of a refund that the
	// store itself makes is unique per payment.
	Insert(ctx context.Context, refund domain.Refund) error
	// Of returns a payment's refunds, the oldest first.
	Of(ctx context.Context, paymentID id.ID) ([]domain.Refund, error)
	// Find returns a refund; found is false when there is none.
	Find(ctx context.Context, refundID id.ID) (refund domain.Refund, found bool, err error)
	// Update stores a refund. cause is the What of the history's entry; empty: none is added.
	Update(ctx context.Context, refund domain.Refund, cause string) error
}

// Disputes stores disputes, inside a transaction. The caller has locked the payment of a dispute before it changes it.
type Disputes interface {
	// Find returns a dispute by the provider's reference; found is false when there is none.
	Find(ctx context.Context, provider, ref string) (dispute domain.Dispute, found bool, err error)
	// Of returns a payment's disputes, the oldest first.
	Of(ctx context.Context, paymentID id.ID) ([]domain.Dispute, error)
	// Put inserts or updates a dispute, and adds its status to the order's history.
	Put(ctx context.Context, dispute domain.Dispute) error
}

// Ledger writes the journal, inside a transaction. Entries are never changed or deleted.
type Ledger interface {
	// Post adds an entry. It fails when an entry with the same source exists; the transaction fails when the entry does
	// not balance.
	Post(ctx context.Context, entry domain.JournalEntry) error
	// PostOnce is Post that does nothing when an entry with the same source exists; posted is false then.
	PostOnce(ctx context.Context, entry domain.JournalEntry) (posted bool, err error)
	// Seal adds up to limit unsealed entries, in the order of their IDs, to the chain of hashes. Then it stores a seal
	// that the first of keys signs, of the chain and of up to limit records that are not sealed yet: issued documents,
	// stored PDFs and disputes. It returns how many entries and records it took; none while another transaction is
	// sealing. Without keys it stores no seal.
	Seal(ctx context.Context, keys domain.SealKeys, limit int, now time.Time) (int, error)
}

// Event is an event that a provider sent by webhook. It is about a payment, or a refund or a dispute of a payment, or
// a payout or a fee. A refund without a RefundID was made by the provider itself.
type Event struct {
	Provider   string
	ID         string
	PaymentID  id.ID  // id.Nil: the event has no ID of the store's
	PaymentRef string // the provider's reference of the payment
	RefundID   id.ID  // id.Nil: the event has no ID of the store's
	Dispute    *domain.DisputeReport
	Payout     *domain.PayoutReport
	Fee        *domain.FeeReport
	Other      bool // of a type that billing ignores
	Outcome    domain.Outcome
	Refund     *domain.RefundOutcome
	Body       []byte // JSON
	ReceivedAt time.Time
}

// AboutPayment reports whether an event is about a payment itself.
func (e Event) AboutPayment() bool {
	return e.Refund == nil && e.Dispute == nil && e.Payout == nil && e.Fee == nil && !e.Other
}

// Inbox stores received events, inside a transaction.
type Inbox interface {
	// Insert stores an event; fresh is false when an event of the same provider and ID exists.
	Insert(ctx context.Context, event Event) (fresh bool, err error)
	// Applied marks an event as processed.
	Applied(ctx context.Context, event Event, at time.Time) error
	// Postpone sets when an event is retried; nil: never.
	Postpone(ctx context.Context, event Event, until *time.Time) error
	// Prune deletes up to limit events that were received before a moment and are not to be retried, the oldest first, and
	// returns how many.
	Prune(ctx context.Context, before time.Time, limit int) (int, error)
}

// Invoices stores drafts and issued documents, inside a transaction.
type Invoices interface {
	// InsertDraft adds a draft.
	InsertDraft(ctx context.Context, draft domain.Draft) error
	// Of returns a payment's invoice as a draft, also when it is issued; domain.ErrNoInvoice.
	Of(ctx context.Context, paymentID id.ID) (domain.Draft, error)
	// LockNumbering locks the numbering until the transaction ends; false when another transaction has locked it. It does
	// not wait.
	LockNumbering(ctx context.Context) (bool, error)
	// Drafts returns up to limit drafts, the earliest captured first.
	Drafts(ctx context.Context, limit int) ([]domain.Draft, error)
	// LastNumbers returns the highest number of each of the series, issued or lost; a series without numbers is left out.
	LastNumbers(ctx context.Context, series []string) (map[string]int64, error)
	// InsertLost records numbers as lost. LastNumbers counts them, and no document may have one.
	InsertLost(ctx context.Context, lost []domain.LostNumbers, at time.Time) error
	// Issue replaces drafts by the documents of the same IDs. It fails when a draft is missing.
	Issue(ctx context.Context, invoices []domain.Invoice) error
}

// Events publishes events, in the same transaction.
type Events interface {
	PaymentChanged(ctx context.Context, event billing.PaymentChanged) error
	// ExportRequested publishes to billing itself that documents of an export are to be rendered.
	ExportRequested(ctx context.Context, event domain.ExportRequested) error
	DocumentsIssued(ctx context.Context, event billing.DocumentsIssued) error
}

// Stores share one transaction; they are invalid once Do's fn returns.
type Stores struct {
	Payments Payments
	Refunds  Refunds
	Disputes Disputes
	Inbox    Inbox
	Invoices Invoices
	Ledger   Ledger
	Payouts  Payouts
	Manual   ManualEntries
	Privacy  Privacy
	Exports  Exports
	Events   Events
}

// Privacy erases personal data, inside a transaction.
type Privacy interface {
	// Lock locks an account until the transaction ends, and reports whether it has been erased.
	Lock(ctx context.Context, accountID id.ID) (erased bool, err error)
	// Erase removes the personal data of an account from its payments and refunds, and stores a tombstone, so that later
	// writes store none. Invoices and credit notes stay.
	Erase(ctx context.Context, accountID id.ID, at time.Time) error
}

// UnitOfWork commits when fn returns nil and rolls back otherwise. It may run fn more than once, even after a commit
// whose result is unknown. So fn must be idempotent and have no effect except through its stores.
type UnitOfWork interface {
	Do(ctx context.Context, fn func(ctx context.Context, s Stores) error) error
}

// PaymentReader reads payments and their history, outside of transactions.
type PaymentReader interface {
	// Newest returns an order's newest payment; found is false when there is none.
	Newest(ctx context.Context, orderID id.ID) (payment domain.Payment, found bool, err error)
	// Attempts returns all payments of an order, the newest first.
	Attempts(ctx context.Context, orderID id.ID) ([]domain.Payment, error)
	// Summaries returns the payment summaries of orders, each of one moment; orders without a payment are left out.
	Summaries(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.PaymentSummary, error)
	// Transactions returns a page of an account's payments and refunds, the newest first; page.ErrCursor.
	Transactions(ctx context.Context, q Transactions) (page.Page[domain.Transaction], error)
	// History returns the history of an order's money, the oldest entry first.
	History(ctx context.Context, orderID id.ID) ([]billing.Entry, error)
}

// Transactions is a query for a page of an account's transactions. Empty fields do not filter.
type Transactions struct {
	AccountID id.ID
	From      time.Time // inclusive
	To        time.Time // exclusive
	Type      string
	Status    string
	Page      page.Request
}

// JournalQuery is a query for entries of the journal. Empty fields do not filter.
type JournalQuery struct {
	From    time.Time // inclusive
	To      time.Time // exclusive
	Account domain.Account
	OrderID id.ID
	BuyerID id.ID // the account that placed the order
}

// Journal reads the ledger, outside of transactions.
type Journal interface {
	// Balances returns the balance of each account and currency at a moment; accounts without postings are left out.
	Balances(ctx context.Context, at time.Time) ([]domain.Balance, error)
	// Entries returns a page of entries, the newest first; page.ErrCursor.
	Entries(ctx context.Context, q JournalQuery, request page.Request) (page.Page[domain.JournalEntry], error)
	// After returns up to limit entries after last, the oldest first; nil: from the first.
	After(ctx context.Context, q JournalQuery, last *domain.JournalEntry, limit int) ([]domain.JournalEntry, error)
	// Verify checks up to limit positions of the chain of hashes after a position; 0: from the first. It counts no
	// entries.
	Verify(ctx context.Context, behind int64, limit int) (domain.Chain, error)
	// Count counts all entries of the journal, those in the chain, and those that wait for it.
	Count(ctx context.Context) (domain.ChainCount, error)
	// Seals returns the seals after a sequence, each with what it covers as it is now, until they have limit records.
	// Positions of the chain that were added before late and that no seal covers are counted.
	Seals(ctx context.Context, behind int64, limit int, late time.Time) (domain.SealPage, error)
	// Head returns the last seal and the last number of each series, without a time and an HMAC. found is false while
	// there is no seal; the store's ID and the numbers are returned all the same.
	Head(ctx context.Context) (head domain.Head, found bool, err error)
	// SealHashes returns the hashes of seals by their sequence; those that are absent are left out.
	SealHashes(ctx context.Context, sequences []int64) (map[int64][]byte, error)
}

// HeadLog is a log of heads outside of the database, to which lines are only appended.
type HeadLog interface {
	// Last returns the last head of the log; found is false when it has none.
	Last(ctx context.Context) (head domain.Head, found bool, err error)
	// Append adds a head. It is durable when Append returns.
	Append(ctx context.Context, head domain.Head) error
}

// Backlog finds work that is due, the longest overdue first, outside of transactions.
type Backlog interface {
	// Refunds returns refunds whose PollAt is not after now.
	Refunds(ctx context.Context, now time.Time, limit int) ([]domain.Refund, error)
	// Payments returns payments whose PollAt is not after now.
	Payments(ctx context.Context, now time.Time, limit int) ([]domain.Payment, error)
	// Events returns events whose retry is due, with their provider, ID, body and time of receipt only.
	Events(ctx context.Context, now time.Time, limit int) ([]Event, error)
	// Unfinished reports whether there are drafts without a number, and entries or records without a seal.
	Unfinished(ctx context.Context) (drafts, entries bool, err error)
}

// Documents reads the invoices and credit notes of one account, and stores their PDFs, outside of transactions.
type Documents interface {
	// Invoices returns a page of an account's invoices and their drafts, the newest first; page.ErrCursor.
	Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error)
	// Document returns a document or draft of a kind; domain.ErrNoInvoice when it is absent or of another account.
	Document(ctx context.Context, kind domain.Kind, accountID, documentID id.ID) (domain.Invoice, error)
	// PDF returns the stored PDF of a document; nil: none is stored.
	PDF(ctx context.Context, documentID id.ID) ([]byte, error)
	// PutPDF stores the PDF of a document unless one is stored, and returns the stored one. When the document is locked,
	// it returns the PDF without storing it.
	PutPDF(ctx context.Context, documentID id.ID, pdf []byte) ([]byte, error)
}

// Filter selects records of all accounts. Empty fields do not filter.
type Filter struct {
	AccountID id.ID
	OrderID   id.ID
	Status    string
}

// DocumentFilter selects documents and drafts of one kind of all accounts. Empty fields do not filter. Drafts match no
// Number, NumberPrefix, From and To.
type DocumentFilter struct {
	Kind         domain.Kind
	Number       string // the whole number with its series
	NumberPrefix string // how the number with its series begins, in ASCII
	AccountID    id.ID
	OrderID      id.ID
	OrderNumber  string
	Country      string    // of the buyer
	From         time.Time // issued at that moment or later
	To           time.Time // issued before that moment
}

// Archive reads the records of all accounts for staff, the newest first, outside of transactions; page.ErrCursor for a
// page.
type Archive interface {
	// AnyDocument returns a document or draft of a kind; domain.ErrNoInvoice when it is absent.
	AnyDocument(ctx context.Context, kind domain.Kind, documentID id.ID) (domain.Invoice, error)
	// AllDocuments returns a page of documents and drafts: first the drafts by descending ID, then the documents by
	// descending time of issue and ID. With a NumberPrefix, documents are in the descending order of their numbers as
	// texts. A draft that is issued between two pages is on both.
	AllDocuments(ctx context.Context, f DocumentFilter, request page.Request) (page.Page[domain.Invoice], error)
	// OfOrders returns all documents and drafts of orders.
	OfOrders(ctx context.Context, orderIDs []id.ID) ([]domain.Invoice, error)
	// AllPayments returns a page of payments.
	AllPayments(ctx context.Context, f Filter, request page.Request) (page.Page[domain.Payment], error)
	// AllRefunds returns a page of refunds.
	AllRefunds(ctx context.Context, f Filter, request page.Request) (page.Page[domain.Refund], error)
	// AllDisputes returns a page of disputes.
	AllDisputes(ctx context.Context, f Filter, request page.Request) (page.Page[domain.Dispute], error)
}

// XMLRenderer renders a document as XML. The same document gives the same bytes. It returns domain.ErrNoXML for a
// currency that the format cannot express.
type XMLRenderer interface {
	Render(document domain.Invoice) ([]byte, error)
}

// PDFRenderer renders a document as a PDF in which its XML is embedded; nil: none is. The same document gives the same
// bytes.
type PDFRenderer interface {
	Render(document domain.Invoice, xml []byte) ([]byte, error)
}
