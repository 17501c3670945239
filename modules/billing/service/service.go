// Package service implements the use cases of billing.
package service

import (
	"context"
	"log/slog"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
)

// Deps are the dependencies of the use cases.
type Deps struct {
	Work      ports.UnitOfWork
	Charges   ports.Charges
	Reader    ports.PaymentReader
	Backlog   ports.Backlog
	Documents ports.Documents
	Archive   ports.Archive
	Journal   ports.Journal
	Heads     ports.HeadLog // nil: heads are not recorded
	Exports   ports.ExportReader
	Taxes     ports.TaxReports
	Provider  ports.PaymentProvider
	Records   ports.ProviderRecords
	Balance   ports.ProviderBalance
	Movements ports.Movements
	Webhooks  ports.Webhooks
	PDF       ports.PDFRenderer
	XML       ports.XMLRenderer
	Sellers   domain.Sellers
	SealKeys  domain.SealKeys // none: the ledger is not sealed
	Currency  money.Currency  // of manual journal entries
	Clock     clock.Clock
	IDs       id.Source
	Log       *slog.Logger
	External  func(ctx context.Context) // counts refunds that the provider made by itself; nil: none are counted
	// Declined counts declined payments by the provider's code; nil: they are not counted.
	Declined func(ctx context.Context, code string)
	// Received counts webhooks by their result; nil: they are not counted.
	Received func(ctx context.Context, result string)
	Limits
}

// Limits bound the background work.
type Limits struct {
	Batch           int           // documents numbered, or entries sealed, per transaction
	Parallel        int           // items that a sweep processes concurrently
	PollAgainAfter  time.Duration // when a declined or canceled payment is polled once more
	RetryFor        time.Duration // how long an event of an unknown payment is retried
	WebhookPatience time.Duration // for a charge of the same payment by this process, before a webhook is applied
	ProviderBudget  time.Duration // for all provider calls of one charge; 0: the caller's deadline
	Exports         ExportLimits

	WebhookRetention time.Duration // how long received events are kept
}

// ExportLimits bound the exports of documents.
type ExportLimits struct {
	Keep      time.Duration // from the request of an export until it expires
	Documents int           // per export
	Open      int           // exports that have not expired
	Batch     int           // documents that are rendered between two commits
	RunFor    time.Duration // after which a job leaves the rest to the next one
}

// Service implements billing.Billing and the module's other use cases.
type Service struct {
	Deps
	flights *flights
}

// New returns the service.
func New(deps Deps) *Service { return &Service{deps, newFlights()} }

// Summaries returns the payment summaries of orders.
func (s *Service) Summaries(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.PaymentSummary, error) {
	if len(orderIDs) == 0 {
		return nil, nil
	}
	return s.Reader.Summaries(ctx, orderIDs)
}

// History returns the history of an order's money, the oldest entry first.
func (s *Service) History(ctx context.Context, orderID id.ID) ([]billing.Entry, error) {
	return s.Reader.History(ctx, orderID)
}

// Transactions returns a page of an account's payments and refunds.
func (s *Service) Transactions(ctx context.Context, q ports.Transactions) (page.Page[domain.Transaction], error) {
	return s.Reader.Transactions(ctx, q)
}

// EraseAccount erases the personal data of an account. Invoices and credit notes are kept, as the law requires.
func (s *Service) EraseAccount(ctx context.Context, accountID id.ID) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if _, err := st.Privacy.Lock(ctx, accountID); err != nil {
			return err
		}
		return st.Privacy.Erase(ctx, accountID, s.Clock.Now())
	})
}
