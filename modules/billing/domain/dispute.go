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

// DisputeNews is what a provider says of a dispute, and when it happened.
type DisputeReport struct {
	ProviderRef string
	Status      billing.DisputeStatus
	Amount      int64 // in the payment's currency
	At          time.Time
}

// Dispute is a buyer's complaint at the bank.
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
	Turns       int       // how often its status was new
	ReportedAt  time.Time // of the newest news
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// NewDispute makes a dispute of a payment, of at most what was captured. Nothing has been said of it yet.
func NewDispute(disputeID id.ID, p Payment, news DisputeReport, now time.Time) Dispute {
	amount := min(max(news.Amount, 0), p.s.Captured)
	return Dispute{DisputeSnapshot{
		ID: disputeID, PaymentID: p.s.ID, OrderID: p.s.OrderID, AccountID: p.s.AccountID, Provider: p.s.Provider,
		ProviderRef: news.ProviderRef,
		Amount:      money.Of(amount, p.s.Amount.Currency()), CreatedAt: now, UpdatedAt: now,
	}}
}

// RestoreDispute makes a dispute from its stored state.
func RestoreDispute(s DisputeSnapshot) Dispute { return Dispute{s} }

// Snapshot returns the state to store.
func (d Dispute) Snapshot() DisputeSnapshot { return d.s }

// View returns what other modules may know.
func (d Dispute) View() billing.Dispute {
	return billing.Dispute{ID: d.s.ID, Amount: d.s.Amount, Status: d.s.Status}
}

// Apply takes news and books what it means: the provider holds the money back, returns it, or has lost it to the
// buyer. Older news than the newest changes nothing, whenever it comes; changed is false then. News of the status that
// stands already books nothing, and is the newest all the same. state.ErrTransition.
func (d *Dispute) Apply(news DisputeReport, entryID id.ID, now time.Time) (entry JournalEntry, changed bool, err error) {
	older := news.At.Before(d.s.ReportedAt) && !mutant.On("apply-an-older-dispute-event")
	if older || (news.Status == d.s.Status && news.At.Equal(d.s.ReportedAt)) {
		return JournalEntry{}, false, nil
	}
	if news.Status == d.s.Status {
		d.s.ReportedAt, d.s.UpdatedAt = news.At, now // what came between the two and comes later is old
		return JournalEntry{}, true, nil
	}
	before := d.s.Status
	if err := d.s.move(news.Status); err != nil {
		return JournalEntry{}, false, err
	}
	d.s.ReportedAt, d.s.UpdatedAt = news.At, now
	d.s.Turns++
	e := JournalEntry{
		ID: entryID, SourceType: "dispute", SourceID: fmt.Sprintf("%s#%d", d.s.ID, d.s.Turns), OrderID: d.s.OrderID, At: now,
		Postings: append(disputePostings(before, d.s.Amount, -1), disputePostings(news.Status, d.s.Amount, 1)...),
	}
	entry, err = NewJournalEntry(e)
	return entry, true, err
}

// Counts returns the dispute that decides what a buyer may use of what its payment paid for: one that was lost before one
// that is open, before one that was won; the newest of those. disputes are the oldest first.
func DecidingDispute(disputes []Dispute) (out Dispute, found bool) {
	place := func(d Dispute) int { return slices.Index(DisputePrecedence(), d.s.Status) }
	for _, d := range disputes {
		if !found || place(d) <= place(out) {
			out, found = d, true
		}
	}
	return out, found
}

// Withheld reports whether the bank holds the money back or has given it back already.
func (d Dispute) Withheld() bool { return slices.Contains(DisputesOut(), d.s.Status) }

// holds are the postings that stand in the books while a dispute has a status; with sign -1 what takes them back.
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
