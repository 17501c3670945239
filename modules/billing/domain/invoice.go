package domain

import (
	"cmp"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Kind is the kind of a document.
type Kind string

// The kinds of documents.
const (
	InvoiceKind    Kind = "invoice"
	CreditNoteKind Kind = "credit_note"
)

// Seller is the issuer of a document.
type Seller struct {
	Name    string
	Address []string
	Country string // ISO 3166-1 alpha-2
	TaxID   string
	Email   string
	// Series tells the numbers of this legal entity from those of others; empty: its country does.
	Series string
	// TimeZone is the IANA name of the calendar that its documents follow; empty: UTC.
	TimeZone string
	// PostalCode and City are those of the address, Contact and Phone whom buyers may ask: for electronic invoices.
	PostalCode string
	City       string
	Contact    string
	Phone      string
	// Untaxed is why the lines without tax have none, and UntaxedNote the text to print for it; empty: a standard text.
	Untaxed     Untaxed
	UntaxedNote string
	// Currency is the seller's national currency, in which its tax is due; empty: that of the document.
	Currency money.Currency
	// Exchange is the rate for a document in another currency; nil: the tax is shown in the document's currency only.
	Exchange *Exchange
}

// Local returns a moment by the seller's calendar. A zone that this build does not know is UTC.
func (s Seller) Local(at time.Time) time.Time {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil || mutant.On("date-invoices-by-utc") {
		return at.UTC()
	}
	return at.In(zone)
}

// Sellers are the store's legal entities: a default one, and branches for some countries.
type Sellers struct {
	Default  Seller
	Branches map[string]Seller // by the buyer's country
	Rates    ExchangeRates
}

// For returns the seller for a buyer's country.
func (s Sellers) For(country string) Seller {
	if branch, ok := s.Branches[country]; ok {
		return branch
	}
	return s.Default
}

// Of returns the seller of a document with a content, with the exchange rate of the day of supply by its calendar.
func (s Sellers) Of(content billing.InvoiceContent, at time.Time) Seller {
	seller, currency := s.For(content.Buyer.Country), content.Total.Currency()
	if seller.Currency != "" && seller.Currency != currency {
		seller.Exchange = s.Rates.On(currency, seller.Currency, seller.Local(at))
	}
	return seller
}

// Preceding is the invoice that a credit note corrects.
type Preceding struct {
	ID       id.ID
	Number   string
	IssuedAt time.Time
}

// Draft is a document without a number.
type Draft struct {
	ID         id.ID
	Kind       Kind
	OrderID    id.ID
	PaymentID  id.ID
	AccountID  id.ID
	Seller     Seller
	Content    billing.InvoiceContent
	CapturedAt time.Time  // when the money was captured or refunded
	Preceding  *Preceding // of a credit note
}

// NewDraft makes the invoice of a captured payment. It has the payment's ID, so that a payment has one invoice.
func NewDraft(p Payment, sellers Sellers) Draft {
	s := p.Snapshot()
	return Draft{
		ID: s.ID, Kind: InvoiceKind, OrderID: s.OrderID, PaymentID: s.ID, AccountID: s.AccountID,
		Seller:  sellers.Of(*s.Invoice, s.UpdatedAt),
		Content: *s.Invoice, CapturedAt: s.UpdatedAt,
	}
}

// NewCreditNote makes the credit note of a succeeded refund. It has the refund's ID, so that a refund has one credit
// note.
func NewCreditNote(r Refund, invoice Draft) (Draft, error) {
	content, err := creditNoteContent(invoice.Content, r.s.Lines)
	return Draft{
		ID: r.s.ID, Kind: CreditNoteKind, OrderID: r.s.OrderID, PaymentID: r.s.PaymentID, AccountID: r.s.AccountID,
		Seller:  invoice.Seller,
		Content: content, CapturedAt: r.s.UpdatedAt, Preceding: &Preceding{ID: invoice.ID},
	}, err
}

// WithSeller returns a draft with its seller. Drafts that were stored before a store had several sellers have none.
func (d Draft) WithSeller(sellers Sellers) Draft {
	if d.Seller.Name == "" {
		d.Seller = sellers.Of(d.Content, d.CapturedAt)
	}
	return d
}

// Invoice is a document: an invoice or a credit note. Series and Number are empty while it is a draft. An issued
// document never changes.
type Invoice struct {
	Draft
	Series   string
	Number   int64
	IssuedAt time.Time
	Hash     []byte // SHA-256 of its content; nil while it is a draft
}

var prefixes = map[Kind]string{InvoiceKind: "INV", CreditNoteKind: "CN"}

// Series returns the series in which a draft is numbered at a moment. Each kind, legal entity and year of its calendar
// has one.
func (d Draft) Series(at time.Time) string {
	return fmt.Sprintf("%s-%s-%d", prefixes[d.Kind], cmp.Or(d.Seller.Series, d.Seller.Country), d.Seller.Local(at).Year())
}

// Issue assigns drafts, in order, the numbers after the last ones of their series.
func Issue(drafts []Draft, last map[string]int64, now time.Time) []Invoice {
	out := make([]Invoice, len(drafts))
	for i, d := range drafts {
		series := d.Series(now)
		last[series]++
		if mutant.On("number-each-batch-from-one") {
			last[series] = int64(i) + 1
		}
		out[i] = Invoice{Draft: d, Series: series, Number: last[series], IssuedAt: now}
	}
	return out
}

// Issued reports whether the document has a number.
func (i Invoice) Issued() bool { return i.Number > 0 }

// FullNumber returns the number with its series, such as INV-AT-2026-000042; empty for a draft.
func (i Invoice) FullNumber() string {
	if !i.Issued() {
		return ""
	}
	return Number(i.Series, i.Number)
}

// Number formats a number with its series.
func Number(series string, number int64) string { return fmt.Sprintf("%s-%06d", series, number) }
