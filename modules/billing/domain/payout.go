package domain

import (
	"fmt"
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
	"coinslot/platform/state"
)

// PayoutStatus is the status of a payout.
type PayoutStatus string

// The statuses of a payout.
const (
	PayoutPaid   PayoutStatus = "paid"
	PayoutFailed PayoutStatus = "failed" // the amount is in the provider's balance again
)

// PayoutTransitions lists the statuses that may follow each status of a payout. A payout starts with any status,
// because events can be late or lost.
var PayoutTransitions = state.Table[PayoutStatus]{PayoutPaid: {PayoutFailed}, PayoutFailed: {}}

// PayoutReport is the state of a payout that a provider reports.
type PayoutReport struct {
	ProviderRef string
	Status      PayoutStatus
	Amount      money.Money
}

// Payout is a transfer of the provider's balance to the store's bank account.
type Payout struct{ s PayoutSnapshot }

// PayoutSnapshot is a payout's state, for adapters.
type PayoutSnapshot struct {
	ID          id.ID
	Provider    string
	ProviderRef string
	Amount      money.Money
	Status      PayoutStatus
	Turns       int // counts the changes of its status
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewPayout makes a payout of the reported amount. It has no status until the first Apply.
func NewPayout(payoutID id.ID, provider string, report PayoutReport, now time.Time) Payout {
	return Payout{PayoutSnapshot{
		ID: payoutID, Provider: provider, ProviderRef: report.ProviderRef, Amount: report.Amount, CreatedAt: now,
		UpdatedAt: now,
	}}
}

// RestorePayout makes a payout from its stored state.
func RestorePayout(s PayoutSnapshot) Payout { return Payout{s} }

// Snapshot returns the state to store.
func (p Payout) Snapshot() PayoutSnapshot { return p.s }

// Apply applies a report and returns its journal entry: the money moves from the provider's balance to the bank
// account, and back when the payout fails. The entry is empty for a payout whose failure is reported first. A repeated
// or outdated report changes nothing; changed is false then. state.ErrTransition for an unknown status.
func (p *Payout) Apply(report PayoutReport, entryID id.ID, now time.Time) (e JournalEntry, changed bool, err error) {
	if _, known := PayoutTransitions[report.Status]; !known {
		return e, false, state.Illegal(p.s.Status, report.Status)
	}
	first := p.s.Status == ""
	if !first && !PayoutTransitions.Allows(p.s.Status, report.Status) {
		return e, false, nil
	}
	amount := p.s.Amount.Amount()
	p.s.Status, p.s.UpdatedAt = report.Status, now
	p.s.Turns++
	if report.Status == PayoutFailed {
		if first || mutant.On("keep-a-failed-payout") {
			return e, true, nil
		}
		amount = -amount
	}
	e, err = NewJournalEntry(JournalEntry{
		ID: entryID, SourceType: SourcePayout, SourceID: fmt.Sprintf("%s#%d", p.s.ID, p.s.Turns), At: now,
		Postings: []Posting{
			{Bank, money.Of(amount, p.s.Amount.Currency())},
			{ProviderClearing, money.Of(-amount, p.s.Amount.Currency())},
		},
	})
	return e, true, err
}

// FeeReport is a fee that a provider reports and that no captured payment has.
type FeeReport struct {
	Ref     string // the provider's reference of the fee or of the dispute that it is for
	Amount  money.Money
	OrderID id.ID // of a dispute's or a charge's fee
	Account Account
}

// Book returns the entry of a fee.
func (f FeeReport) Book(entryID id.ID, now time.Time) (JournalEntry, error) {
	return NewJournalEntry(JournalEntry{
		ID: entryID, SourceType: SourceFee, SourceID: f.Ref, OrderID: f.OrderID, At: now,
		Postings: []Posting{
			{f.Account, f.Amount},
			{ProviderClearing, money.Of(-f.Amount.Amount(), f.Amount.Currency())},
		},
	})
}

// ChargeFeeRef returns the reference of the correction of a charge's fee.
func ChargeFeeRef(chargeRef string) string { return chargeRef + "#fee" }
