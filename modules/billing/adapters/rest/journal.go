package rest

import (
	"context"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/platform/web"
)

type journalInput struct {
	JournalFilter
	web.CSVLocale
}

var journalHeader = []string{
	"entry_id", "at", "source_type", "source_id", "order_id", "account", "debit", "credit", "currency",
	"invoice_number", "credit_note_number", "buyer_id", "country", "tax_percent", "net",
}

// journal is the journal as CSV.
func (h handlers) journal(_ context.Context, in *journalInput) (*web.Table, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	return web.NewSheet("journal.csv", in.Dialect(), journalHeader, func(ctx context.Context, sheet *web.Sheet) error {
		return h.service.ExportJournal(ctx, q, func(entries []domain.BookedEntry) error {
			for _, e := range entries {
				if err := writeEntry(sheet, e); err != nil {
					return err
				}
			}
			return nil
		})
	}), nil
}

func writeEntry(sheet *web.Sheet, e domain.BookedEntry) error {
	postings, err := e.ByRate()
	if err != nil {
		return err
	}
	var invoice, note, buyer, country string
	if e.Invoice != nil {
		invoice, buyer, country = e.Invoice.FullNumber(), e.Invoice.AccountID.String(), e.Invoice.Content.Buyer.Country
	}
	if e.CreditNote != nil {
		note = e.CreditNote.FullNumber()
	}
	for _, p := range postings {
		debit, credit := debitAndCredit(p.Posting)
		var percent, net web.Value
		if p.Group != nil {
			percent, net = web.Number(percentOf(p.Group.Rate)), web.Number(p.Group.Net.Decimal())
		}
		err := sheet.Write(web.Text(e.ID.String()), web.Time(e.At), web.Text(e.SourceType), web.Text(e.SourceID),
			web.Text(orderOf(e.JournalEntry)), web.Text(string(p.Account)), debit, credit, web.Text(string(p.Amount.Currency())),
			web.Text(invoice), web.Text(note), web.Text(buyer), web.Text(country), percent, net)
		if err != nil {
			return err
		}
	}
	return nil
}

func debitAndCredit(p domain.Posting) (debit, credit web.Value) {
	amount := p.Amount
	if amount.IsNegative() {
		return web.Value{}, web.Number(amount.Decimal()[1:])
	}
	return web.Number(amount.Decimal()), web.Value{}
}

// percentOf formats a tax rate in hundredths of a percent.
func percentOf(rate int64) string { return fmt.Sprintf("%d.%02d", rate/100, rate%100) }
