package domain

import (
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// BookedEntry is an entry of the journal with the documents of its order.
type BookedEntry struct {
	JournalEntry
	Document   *Invoice // the invoice of a payment, or the credit note of a refund; nil: there is none
	Invoice    *Invoice // of the order; nil: there is none
	CreditNote *Invoice // of a refund; nil: there is none
}

// NewBookedEntries finds the documents of entries among those of their orders.
func NewBookedEntries(entries []JournalEntry, documents []Invoice) []BookedEntry {
	byID, byOrder := map[string]*Invoice{}, map[id.ID]*Invoice{}
	for i := range documents {
		byID[documents[i].ID.String()] = &documents[i]
		if documents[i].Kind == InvoiceKind {
			byOrder[documents[i].OrderID] = &documents[i]
		}
	}
	out := make([]BookedEntry, len(entries))
	for i, e := range entries {
		out[i] = BookedEntry{JournalEntry: e, Invoice: byOrder[e.OrderID]}
		switch e.SourceType {
		case "payment":
			out[i].Document = byID[e.SourceID]
		case "refund":
			out[i].Document = byID[e.SourceID]
			out[i].CreditNote = out[i].Document
		}
	}
	return out
}

// TaxedPosting is a posting, or the part of one that belongs to a tax rate.
type TaxedPosting struct {
	Posting
	Group *TaxGroup // of an invoice above zero, of a credit note below; nil: the posting belongs to no single rate
}

// ByRate splits the postings of sales and taxes by the tax rates of the document. An entry whose sums differ from those
// of its document, such as one with an accepted shortfall, is not split.
func (e BookedEntry) ByRate() ([]TaxedPosting, error) {
	groups, err := e.groups()
	if err != nil {
		return nil, err
	}
	var out []TaxedPosting
	for _, p := range e.Postings {
		if len(groups) == 0 || (p.Account != Revenue && p.Account != Refunds && p.Account != TaxPayable) {
			out = append(out, TaxedPosting{Posting: p})
			continue
		}
		for _, g := range groups {
			amount := g.Net
			if p.Account == TaxPayable {
				amount = g.Tax
			}
			if !amount.IsZero() {
				part := money.Of(-amount.Amount(), amount.Currency())
				out = append(out, TaxedPosting{Posting{p.Account, part}, &g})
			}
		}
	}
	return out, nil
}

// groups returns the tax summary of the document, below zero for a credit note; nil when the entry has other sums.
func (e BookedEntry) groups() ([]TaxGroup, error) {
	if e.Document == nil {
		return nil, nil
	}
	groups, err := TaxSummary(e.Document.Content)
	if err != nil {
		return nil, err
	}
	booked := map[Account]int64{}
	for _, p := range e.Postings {
		booked[p.Account] += p.Amount.Amount()
	}
	sale, sign := Revenue, int64(1)
	if e.Document.Kind == CreditNoteKind {
		sale, sign = Refunds, -1
	}
	for i := range groups {
		currency := groups[i].Net.Currency()
		groups[i].Net = money.Of(sign*groups[i].Net.Amount(), currency)
		groups[i].Tax = money.Of(sign*groups[i].Tax.Amount(), currency)
		booked[sale] += groups[i].Net.Amount()
		booked[TaxPayable] += groups[i].Tax.Amount()
	}
	if booked[sale] != 0 || booked[TaxPayable] != 0 {
		return nil, nil
	}
	return groups, nil
}
