package domain

import (
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
)

// Draft is an invoice that has no number yet.
type Draft struct {
	ID         id.ID
	OrderID    id.ID
	PaymentID  id.ID
	AccountID  id.ID
	Paper      billing.Paper
	CapturedAt time.Time
}

// NewDraft makes the draft for a captured payment. It has the payment's ID: one payment, one invoice.
func NewDraft(p Payment) Draft {
	s := p.Snapshot()
	return Draft{ID: s.ID, OrderID: s.OrderID, PaymentID: s.ID, AccountID: s.AccountID, Paper: *s.Paper, CapturedAt: s.UpdatedAt}
}

// Invoice is a paper. Series and Number are empty while it is a draft; once issued it never changes.
type Invoice struct {
	Draft
	Series   string
	Number   int64
	IssuedAt time.Time
}

// Series returns the series for invoices that are issued at a moment: one a year.
func Series(at time.Time) string { return fmt.Sprintf("INV-%d", at.UTC().Year()) }

// Issue gives drafts the numbers behind last, in order.
func Issue(drafts []Draft, last int64, now time.Time) []Invoice {
	out := make([]Invoice, len(drafts))
	for i, d := range drafts {
		out[i] = Invoice{Draft: d, Series: Series(now), Number: last + int64(i) + 1, IssuedAt: now}
	}
	return out
}

// Issued reports whether the invoice has its number.
func (i Invoice) Issued() bool { return i.Number > 0 }

// FullNumber returns the number with its series, as people quote it: INV-2026-000042. A draft has none.
func (i Invoice) FullNumber() string {
	if !i.Issued() {
		return ""
	}
	return fmt.Sprintf("%s-%06d", i.Series, i.Number)
}
