package domain

import (
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// DisputeReport is the state of a dispute that a provider reports, and when the dispute entered it.
type DisputeReport struct {
	ProviderRef string
	Status      billing.DisputeStatus
	Amount      int64 // in the payment's currency
	Fee         int64 // of the provider, in the same currency
	At          time.Time
}

// Dispute is a dispute (chargeback) of a payment.
type Dispute struct{ s DisputeSnapshot }

// DisputeSnapshot is a dispute's state, for adapters.
type DisputeSnapshot struct {
	ID          id.ID
	PaymentID   id.ID
	OrderID     id.ID
	AccountID   id.ID
	Provider    string
	ProviderRef string
	Amount      money.Money
	Status      billing.DisputeStatus
	Turns       int       // counts the changes of its status
	ReportedAt  time.Time // when the newest report happened
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewDispute makes a dispute of a payment, of at most the captured amount. It has no status until the first Apply.
func NewDispute(disputeID id.ID, p Payment, report DisputeReport, now time.Time) Dispute {
	amount := min(max(report.Amount, 0), p.s.Captured)
	return Dispute{DisputeSnapshot{
		ID: disputeID, PaymentID: p.s.ID, OrderID: p.s.OrderID, AccountID: p.s.AccountID, Provider: p.s.Provider,
		ProviderRef: report.ProviderRef,
		Amount:      money.Of(amount, p.s.Amount.Currency()), CreatedAt: now, UpdatedAt: now,
	}}
}

// RestoreDispute makes a dispute from its stored state.
func RestoreDispute(s DisputeSnapshot) Dispute { return Dispute{s} }

// Snapshot returns the state to store.
func (d Dispute) Snapshot() DisputeSnapshot { return d.s }

// View returns what other modules see.
func (d Dispute) View() billing.Dispute {
	return billing.Dispute{ID: d.s.ID, Amount: d.s.Amount, Status: d.s.Status}
}

// Apply applies a report and returns its journal entry: the bank withholds the money, releases it, or returns it to the
// buyer. A report that is older than the newest one changes nothing; changed is false then. A newer report of the same
// status is stored, and its entry is empty. state.ErrTransition.
func (d *Dispute) Apply(
	report DisputeReport, entryID id.ID, now time.Time,
) (entry JournalEntry, changed bool, err error) {
	older := report.At.Before(d.s.ReportedAt) && !mutant.On("apply-an-older-dispute-event")
	if older || (report.Status == d.s.Status && report.At.Equal(d.s.ReportedAt)) {
		return JournalEntry{}, false, nil
	}
	if report.Status == d.s.Status {
		d.s.ReportedAt, d.s.UpdatedAt = report.At, now // reports in between are older from now on
		return JournalEntry{}, true, nil
	}
	before := d.s.Status
	if err := d.s.move(report.Status); err != nil {
		return JournalEntry{}, false, err
	}
	d.s.ReportedAt, d.s.UpdatedAt = report.At, now
	d.s.Turns++
	e := JournalEntry{
		ID: entryID, SourceType: SourceDispute, SourceID: fmt.Sprintf("%s#%d", d.s.ID, d.s.Turns),
		OrderID: d.s.OrderID, At: now,
		Postings: append(disputePostings(before, d.s.Amount, -1), disputePostings(report.Status, d.s.Amount, 1)...),
	}
	entry, err = NewJournalEntry(e)
	return entry, true, err
}

// DecidingDispute returns the dispute that decides what the buyer may use: a lost one before an open one, an open one
// before a won one, and of several the newest. disputes are ordered from the oldest to the newest.
func DecidingDispute(disputes []Dispute) (out Dispute, found bool) {
	rank := func(d Dispute) int { return slices.Index(DisputePrecedence(), d.s.Status) }
	for _, d := range disputes {
		if !found || rank(d) <= rank(out) {
			out, found = d, true
		}
	}
	return out, found
}

// Withheld reports whether the bank withholds the money or has returned it to the buyer.
func (d Dispute) Withheld() bool { return slices.Contains(DisputesOut(), d.s.Status) }

// disputePostings returns the postings of a dispute in a status, and with sign -1 their reversal.
func disputePostings(status billing.DisputeStatus, amount money.Money, sign int64) []Posting {
	debit, credit := money.Of(sign*amount.Amount(), amount.Currency()), money.Of(-sign*amount.Amount(), amount.Currency())
	switch status {
	case billing.DisputeOpened:
		return []Posting{{DisputeReserve, debit}, {ProviderClearing, credit}}
	case billing.DisputeLost:
		return []Posting{{DisputeLosses, debit}, {ProviderClearing, credit}}
	case billing.DisputeWon:
	}
	return nil
}
