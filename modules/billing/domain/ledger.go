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
	Bank             Account = "bank"
	DisputeReserve   Account = "dispute_reserve"
	TaxPayable       Account = "tax_payable"
	CustomerBalances Account = "customer_balances"
	Revenue          Account = "revenue"
	Refunds          Account = "refunds"
	ProviderFees     Account = "provider_fees"
	DisputeFees      Account = "dispute_fees"
	DisputeLosses    Account = "dispute_losses"
	// PaymentDifferences is what staff accepted as missing from a payment.
	PaymentDifferences Account = "payment_differences"
)

// AccountType is the type of a ledger account.
type AccountType string

// The types of accounts. Debits increase assets and expenses, credits increase liabilities and income.
const (
	Asset     AccountType = "asset"
	Liability AccountType = "liability"
	Income    AccountType = "income"
	Expense   AccountType = "expense"
)

// Heading is an account with its type and its purpose.
type Heading struct {
	Account Account
	Type    AccountType
	Purpose string
}

// Chart returns the chart of accounts, in the order of a balance sheet.
func Chart() []Heading {
	return []Heading{
		{ProviderClearing, Asset, "captured money that the payment provider owes the store"},
		{Bank, Asset, "money that the payment provider has paid out"},
		{DisputeReserve, Asset, "money withheld while a bank decides a dispute"},
		{TaxPayable, Liability, "collected tax that is owed"},
		{CustomerBalances, Liability, "money that is owed to buyers: captured late or in excess, and not refunded yet"},
		{Revenue, Income, "sales, without tax"},
		{Refunds, Income, "refunded sales, without tax"},
		{ProviderFees, Expense, "fees of the payment provider"},
		{DisputeFees, Expense, "fees of the payment provider for disputes"},
		{DisputeLosses, Expense, "lost disputes"},
		{PaymentDifferences, Expense, "shortfalls of captured payments that staff accepted"},
	}
}

// ErrUnbalanced is returned for an entry whose postings do not sum to zero in each currency.
var ErrUnbalanced = errors.New("a journal entry does not balance")

// Posting is a movement on an account: a debit when the amount is above zero, a credit when it is below.
type Posting struct {
	Account Account
	Amount  money.Money
}

// JournalEntry is an entry of the journal. It never changes; a mistake is corrected by another entry.
type JournalEntry struct {
	ID         id.ID
	SourceType string // one of Sources
	SourceID   string // unique per SourceType, so that a source is booked once
	OrderID    id.ID  // id.Nil: of no order
	At         time.Time
	Postings   []Posting
}

// NewJournalEntry makes an entry with one posting per account and currency, without zero amounts. ErrUnbalanced.
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

// BookCapture returns the entry of a capture: a sale with its tax, or money that is owed to the buyer.
func (p Payment) BookCapture(entryID id.ID, tax money.Money) (JournalEntry, error) {
	of := func(n int64) money.Money { return money.Of(n, p.s.Amount.Currency()) }
	e := JournalEntry{
		ID: entryID, SourceType: SourcePayment, SourceID: p.s.ID.String(),
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

// Book returns the entry of a succeeded refund: its lines correct the sale, and the rest was owed to the buyer.
func (r Refund) Book(entryID id.ID) (JournalEntry, error) {
	currency := r.s.Amount.Currency()
	tax, err := r.Tax()
	if err != nil {
		return JournalEntry{}, err
	}
	e := JournalEntry{
		ID: entryID, SourceType: SourceRefund, SourceID: r.s.ID.String(),
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

// Balance is the balance of an account in one currency: debits minus credits.
type Balance struct {
	Account Account
	Amount  money.Money
}

// Chain is the result of a verification of the journal's hash chain.
type Chain struct {
	Entries int64    // in the journal
	Sealed  int64    // entries in the chain
	Checked int64    // last position that was checked
	Broken  []string // violations, one sentence each
}

// ChainCount are the counts of entries, and the last position of the journal's hash chain.
type ChainCount struct {
	Entries int64
	Sealed  int64
	Waiting int64
	Last    int64
}

// Broken returns the violations of the counts, one sentence each.
func (c ChainCount) Broken() []string {
	if c.Sealed == c.Last && c.Entries == c.Sealed+c.Waiting {
		return nil
	}
	return []string{fmt.Sprintf("%d entries, %d in the chain up to position %d, %d not yet added",
		c.Entries, c.Sealed, c.Last, c.Waiting)}
}

// SealCheck is the result of a verification of the seals (HMACs).
type SealCheck struct {
	Seals   int64    // all seals
	Checked int64    // sequence of the last seal that was checked
	Broken  []string // violations, one sentence each
}
