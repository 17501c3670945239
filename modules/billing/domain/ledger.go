package domain

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Account is an account of the ledger.
type Account string

// The chart of accounts.
const (
	ProviderClearing Account = "provider_clearing"
	DisputeReserve   Account = "dispute_reserve"
	TaxPayable       Account = "tax_payable"
	CustomerBalances Account = "customer_balances"
	Revenue          Account = "revenue"
	Refunds          Account = "refunds"
	ProviderFees     Account = "provider_fees"
	DisputeLosses    Account = "dispute_losses"
	// PaymentDifferences is what staff accepted as missing from a payment.
	PaymentDifferences Account = "payment_differences"
)

// AccountType says on which side of the books an account stands.
type AccountType string

// The types of accounts. Assets and expenses grow by debits, the others by credits.
const (
	Asset     AccountType = "asset"
	Liability AccountType = "liability"
	Income    AccountType = "income"
	Expense   AccountType = "expense"
)

// Heading is an account with what it is for.
type Heading struct {
	Account Account
	Type    AccountType
	Purpose string
}

// Chart returns every account there is, in the order of a balance sheet.
func Chart() []Heading {
	return []Heading{
		{ProviderClearing, Asset, "what the payment provider holds for the store"},
		{DisputeReserve, Asset, "what the provider holds back while a bank decides a dispute"},
		{TaxPayable, Liability, "tax that was collected and is owed"},
		{CustomerBalances, Liability, "money of buyers that is not the store's: taken too late or wrongly, and on its way back"},
		{Revenue, Income, "sales, without tax"},
		{Refunds, Income, "sales taken back, without tax"},
		{ProviderFees, Expense, "what the provider keeps"},
		{DisputeLosses, Expense, "what banks gave back to buyers against the store"},
		{PaymentDifferences, Expense, "what the provider captured less than an order cost, accepted by the store's staff"},
	}
}

// ErrUnbalanced is returned for an entry whose postings do not sum to zero in each currency.
var ErrUnbalanced = errors.New("a journal entry does not balance")

// Posting is a movement on an account: a debit when the amount is above zero, a credit when it is below.
type Posting struct {
	Account Account
	Amount  money.Money
}

// JournalEntry is something that happened to the store's money. It is never changed; a mistake is mended by another one.
type JournalEntry struct {
	ID         id.ID
	SourceType string // payment, refund, dispute, resolution
	SourceID   string // unique in its type: an event is booked once
	OrderID    id.ID
	At         time.Time
	Postings   []Posting
}

// NewJournalEntry makes an entry with one posting an account and currency, without those of nothing. ErrUnbalanced when
// they do not balance.
func NewJournalEntry(e JournalEntry) (JournalEntry, error) {
	var merged []Posting
	sums := map[money.Currency]int64{}
	for _, p := range e.Postings {
		sums[p.Amount.Currency()] += p.Amount.Amount()
		same := func(m Posting) bool { return m.Account == p.Account && m.Amount.Currency() == p.Amount.Currency() }
		i := slices.IndexFunc(merged, same)
		if i < 0 {
			merged = append(merged, p)
			continue
		}
		var err error
		if merged[i].Amount, err = merged[i].Amount.Add(p.Amount); err != nil {
			return JournalEntry{}, err
		}
	}
	for currency, sum := range sums {
		if sum != 0 && !mutant.On("post-an-unbalanced-entry") {
			return JournalEntry{}, fmt.Errorf("%w: %s %s is off by %s", ErrUnbalanced, e.SourceType, e.SourceID,
				money.Of(sum, currency))
		}
	}
	e.Postings = slices.DeleteFunc(merged, func(p Posting) bool { return p.Amount.IsZero() })
	return e, nil
}

// BookCapture books that the provider took a payment's money: a sale, or money that is not the store's. tax is what
// the payment's paper says.
func (p Payment) BookCapture(entryID id.ID, tax money.Money) (JournalEntry, error) {
	of := func(n int64) money.Money { return money.Of(n, p.s.Amount.Currency()) }
	e := JournalEntry{
		ID: entryID, SourceType: "payment", SourceID: p.s.ID.String(),
		OrderID: p.s.OrderID, At: p.s.UpdatedAt,
	}
	e.Postings = []Posting{{ProviderClearing, of(p.s.Captured - p.s.Fee)}, {ProviderFees, of(p.s.Fee)}}
	if p.s.Status == billing.Captured {
		e.Postings = append(e.Postings, Posting{Revenue, of(tax.Amount() - p.s.Captured)},
			Posting{TaxPayable, of(-tax.Amount())})
	} else {
		e.Postings = append(e.Postings, Posting{CustomerBalances, of(-p.s.Captured)})
	}
	return NewJournalEntry(e)
}

// Book books that a refund has gone back: its lines as a correction of the sale, and the rest as money that never was the
// store's.
func (r Refund) Book(entryID id.ID) (JournalEntry, error) {
	currency := r.s.Amount.Currency()
	tax, err := r.Tax()
	if err != nil {
		return JournalEntry{}, err
	}
	e := JournalEntry{
		ID: entryID, SourceType: "refund", SourceID: r.s.ID.String(),
		OrderID: r.s.OrderID, At: r.s.UpdatedAt,
	}
	e.Postings = []Posting{{ProviderClearing, money.Of(-r.s.Amount.Amount(), currency)}}
	sold, err := r.Sold()
	if err != nil {
		return JournalEntry{}, err
	}
	e.Postings = append(e.Postings, Posting{Refunds, money.Of(sold.Amount()-tax.Amount(), currency)},
		Posting{TaxPayable, tax},
		Posting{CustomerBalances, money.Of(r.s.Amount.Amount()-sold.Amount(), currency)})
	return NewJournalEntry(e)
}

// Balance is what stands on an account in one currency: debits minus credits.
type Balance struct {
	Account Account
	Amount  money.Money
}

// Chain is what became of a look at the chain of seals.
type Chain struct {
	Entries int64    // in the journal
	Sealed  int64    // of them
	Checked int64    // the position of the last seal that was looked at
	Broken  []string // what does not fit, one sentence each
}
