package ports

import (
	"context"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Payouts stores payouts, inside a transaction.
type Payouts interface {
	// Lock returns a payout by the provider's reference; found is false when there is none. It locks the reference until
	// the transaction ends, also when there is no payout.
	Lock(ctx context.Context, provider, ref string) (payout domain.Payout, found bool, err error)
	// Put inserts or updates a payout whose reference is locked.
	Put(ctx context.Context, payout domain.Payout) error
}

// ManualEntries stores the manual entries that staff propose, inside a transaction.
type ManualEntries interface {
	// Insert adds an entry unless its author has used its key before, and returns the stored one.
	Insert(ctx context.Context, entry domain.ManualEntry) (domain.ManualEntry, error)
	// Lock returns an entry and locks it until the transaction ends; domain.ErrNoManualEntry.
	Lock(ctx context.Context, entryID id.ID) (domain.ManualEntry, error)
	// Update stores the decision about a locked entry.
	Update(ctx context.Context, entry domain.ManualEntry) error
}

// Period is a time in the records of a provider.
type Period struct {
	Provider string
	From     time.Time // inclusive
	To       time.Time // exclusive
}

// Movements reads what the store's records say about the provider's balance, outside of transactions: captured
// payments, succeeded refunds, disputes, fees of no charge and payouts.
type Movements interface {
	// Within returns up to limit movements that were recorded in a period, the oldest first, after a position; nil: from
	// the first.
	Within(ctx context.Context, p Period, after *domain.MovementMark, limit int) ([]domain.Movement, error)
	// OfRefs returns the movements with one of the provider's references, in any order.
	OfRefs(ctx context.Context, provider string, refs []string) ([]domain.Movement, error)
	// ManualEntries returns a page of the manual entries in a status, the newest first; empty: in any; page.ErrCursor.
	ManualEntries(ctx context.Context, status domain.ManualStatus,
		request page.Request) (page.Page[domain.ManualEntry], error)
}

// ProviderBalance reads the provider's balance transactions.
type ProviderBalance interface {
	// Transactions returns the transactions that were created between from (inclusive) and to (exclusive), the oldest
	// first.
	Transactions(ctx context.Context, from, to time.Time) ([]domain.BalanceTransaction, error)
	// TransactionsOf returns all transactions of a charge, refund, dispute, fee or payout by its reference, the oldest
	// first.
	TransactionsOf(ctx context.Context, ref string) ([]domain.BalanceTransaction, error)
}
