package domain

import (
	"fmt"
	"slices"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
	"coinslot/platform/state"
)

// The faults of manual journal entries.
var (
	ErrNoManualEntry = fault.New(fault.NotFound, "journal-entry-not-found", "there is no such proposed journal entry")
	ErrOwnEntry      = fault.New(fault.Forbidden, "own-journal-entry",
		"another member of the staff than the entry's author must approve or reject it")
	ErrEntryDecided = fault.New(fault.Conflict, "journal-entry-decided",
		"the entry is approved or rejected already; propose another one to correct it")
	ErrManualEntry = fault.New(fault.Invalid, "invalid-request", "the entry cannot be booked; see errors")
)

// ManualStatus is the status of a manual entry.
type ManualStatus string

// The statuses of a manual entry.
const (
	ManualProposed ManualStatus = "proposed"
	ManualApproved ManualStatus = "approved" // it is in the journal
	ManualRejected ManualStatus = "rejected"
)

// ManualTransitions lists the statuses that may follow each status of a manual entry. It starts as proposed.
var ManualTransitions = state.Table[ManualStatus]{
	ManualProposed: {ManualApproved, ManualRejected}, ManualApproved: {}, ManualRejected: {},
}

// ManualAccounts returns the accounts that manual entries may use. The others follow documents: invoices, credit notes,
// tax and disputes.
func ManualAccounts() []Account {
	return []Account{ProviderClearing, Bank, ProviderFees, DisputeFees, PaymentDifferences}
}

// ManualEntry is an entry of two postings that one member of the staff proposes and another one approves.
type ManualEntry struct{ s ManualEntrySnapshot }

// ManualEntrySnapshot is a manual entry's state, for adapters.
type ManualEntrySnapshot struct {
	ID        id.ID
	AuthorID  id.ID
	Key       string // idempotency key of the author
	BodyHash  []byte
	Debit     Account
	Credit    Account
	Amount    money.Money
	Reason    string
	Status    ManualStatus
	DecidedBy id.ID // id.Nil while it is proposed
	CreatedAt time.Time
	UpdatedAt time.Time
}

// maxManualAmount bounds a manual entry, in minor units, so that sums of entries cannot overflow.
const maxManualAmount = 1_000_000_000_000

// NewManualEntry makes a proposed entry in the store's currency; ErrManualEntry.
func NewManualEntry(s ManualEntrySnapshot, currency money.Currency) (ManualEntry, error) {
	bad := ErrManualEntry
	check := func(location string, account Account) {
		if !slices.Contains(ManualAccounts(), account) && !mutant.On("book-by-hand-on-any-account") {
			bad = bad.At(location, "name an account that manual entries may use", string(account))
		}
	}
	check("debit_account", s.Debit)
	check("credit_account", s.Credit)
	if s.Debit == s.Credit {
		bad = bad.At("credit_account", "name another account than debit_account", string(s.Credit))
	}
	if s.Amount.Amount() > maxManualAmount {
		bad = bad.At("amount.amount", fmt.Sprintf("write at most %d, and split a larger amount", int64(maxManualAmount)),
			s.Amount.Amount())
	}
	if s.Amount.Amount() <= 0 {
		bad = bad.At("amount.amount", "write an amount above 0; swap the accounts for the other direction", s.Amount.Amount())
	}
	if s.Amount.Currency() != currency {
		bad = bad.At("amount.currency", "write the store's currency, "+string(currency), string(s.Amount.Currency()))
	}
	if len(bad.Fields) > 0 {
		return ManualEntry{}, bad
	}
	s.Status, s.UpdatedAt = ManualProposed, s.CreatedAt
	return ManualEntry{s}, nil
}

// RestoreManualEntry makes a manual entry from its stored state.
func RestoreManualEntry(s ManualEntrySnapshot) ManualEntry { return ManualEntry{s} }

// Snapshot returns the state to store.
func (m ManualEntry) Snapshot() ManualEntrySnapshot { return m.s }

// Decide approves or rejects the entry for a member of the staff, and reports whether that changed it: the same
// decision by the same person is not an error. ErrOwnEntry, ErrEntryDecided.
func (m *ManualEntry) Decide(status ManualStatus, staffID id.ID, now time.Time) (changed bool, err error) {
	if staffID == m.s.AuthorID && !mutant.On("approve-ones-own-entry") {
		return false, ErrOwnEntry
	}
	if m.s.Status == status && m.s.DecidedBy == staffID {
		return false, nil
	}
	if !ManualTransitions.Allows(m.s.Status, status) {
		return false, ErrEntryDecided
	}
	m.s.Status, m.s.DecidedBy, m.s.UpdatedAt = status, staffID, now
	return true, nil
}

// Book returns the journal entry of an approved entry.
func (m ManualEntry) Book(entryID id.ID) (JournalEntry, error) {
	return NewJournalEntry(JournalEntry{
		ID: entryID, SourceType: SourceManual, SourceID: m.s.ID.String(), At: m.s.UpdatedAt,
		Postings: []Posting{
			{m.s.Debit, m.s.Amount}, {m.s.Credit, money.Of(-m.s.Amount.Amount(), m.s.Amount.Currency())},
		},
	})
}
