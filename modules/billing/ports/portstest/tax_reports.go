package portstest

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"

	"github.com/stretchr/testify/require"
)

// sold is a document of one taxed and one untaxed part.
func sold(kind domain.Kind, country string, at time.Time, change func(d *domain.Draft)) domain.Draft {
	content := charge(newID(), newID(), 1).Invoice
	content.Buyer.Country = country
	d := domain.Draft{
		ID: newID(), Kind: kind, OrderID: newID(), PaymentID: newID(), AccountID: newID(), Content: content, CapturedAt: at,
		Seller: domain.Seller{Name: "S", Country: "AT", TimeZone: "Europe/Vienna"},
	}
	if kind == domain.CreditNoteKind {
		d.Preceding = &domain.Preceding{ID: newID()}
	}
	if change != nil {
		change(&d)
	}
	return d
}

func addDrafts(t *testing.T, f Fixture, drafts ...domain.Draft) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		for _, d := range drafts {
			require.NoError(t, s.Invoices.InsertDraft(ctx, d))
		}
		return nil
	})
}

func taxSums(t *testing.T, f Fixture) {
	march, err := domain.ParsePeriod("2026-03")
	require.NoError(t, err)
	in := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	reversed := func(d *domain.Draft) {
		d.Content.Treatment = billing.ReverseCharge
		part := &d.Content.Lines[0].Parts[0]
		part.Rate, part.Tax, part.Total = 0, usd(0), usd(740)
	}
	monaco := func(d *domain.Draft) { d.Content.TaxCountry, d.Seller.Series = "FR", "AT2" }
	utcSeller := func(d *domain.Draft) { d.Seller.TimeZone = "" }
	addDrafts(t, f,
		sold(domain.InvoiceKind, "DE", in, nil), sold(domain.InvoiceKind, "DE", in.Add(time.Hour), nil),
		sold(domain.CreditNoteKind, "DE", in.Add(2*time.Hour), nil), sold(domain.InvoiceKind, "IT", in, reversed),
		sold(domain.InvoiceKind, "MC", in, monaco))
	require.NoError(t, number(t.Context(), f, 3, nil))
	// Midnight in Vienna is an hour before that of UTC.
	addDrafts(t, f,
		sold(domain.InvoiceKind, "ES", time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), nil),
		sold(domain.InvoiceKind, "ES", time.Date(2026, 2, 28, 22, 59, 59, 0, time.UTC), nil),
		sold(domain.InvoiceKind, "ES", time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC), nil),
		sold(domain.InvoiceKind, "ES", time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), utcSeller),
		sold(domain.InvoiceKind, "ES", time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC), utcSeller))
	rows, last, err := f.Taxes.Sums(t.Context(), march, ports.DocumentPosition{}, 100)
	require.NoError(t, err)
	require.NotNil(t, last)
	got, err := domain.TaxSums(rows)
	require.NoError(t, err)
	row := func(series, country string, treatment billing.TaxTreatment, rate int64) domain.TaxSum {
		return domain.TaxSum{
			TaxKey: domain.TaxKey{Series: series, Country: country, Treatment: treatment, Rate: rate, Currency: "USD"},
			Net:    usd(100), Tax: usd(0), Invoices: 1,
		}
	}
	with := func(r domain.TaxSum, net, tax, invoices, notes int64) domain.TaxSum {
		r.Net, r.Tax, r.Invoices, r.CreditNotes = usd(net), usd(tax), invoices, notes
		return r
	}
	require.Equal(t, []domain.TaxSum{
		with(row("AT", "DE", billing.Taxed, 1900), 740, 160, 2, 1),
		with(row("AT", "DE", billing.Untaxed, 0), 100, 0, 2, 1),
		with(row("AT", "ES", billing.Taxed, 1900), 1480, 320, 2, 0),
		with(row("AT", "ES", billing.Untaxed, 0), 200, 0, 2, 0),
		with(row("AT", "IT", billing.ReverseCharge, 0), 840, 0, 1, 0),
		with(row("AT2", "FR", billing.Taxed, 1900), 740, 160, 1, 0),
		row("AT2", "FR", billing.Untaxed, 0),
	}, got)
}

func taxBatches(t *testing.T, f Fixture) {
	quarter, err := domain.ParsePeriod("2026-Q1")
	require.NoError(t, err)
	var drafts []domain.Draft
	for i := range 7 { // several at one moment
		drafts = append(drafts, sold(domain.InvoiceKind, "DE", now.Add(time.Duration(i/3)*time.Second), nil))
	}
	addDrafts(t, f, drafts...)
	require.NoError(t, number(t.Context(), f, 4, nil))
	var rows []domain.TaxSum
	batches := 0
	for last := (&ports.DocumentPosition{}); last != nil; batches++ {
		var batch []domain.TaxSum
		batch, last, err = f.Taxes.Sums(t.Context(), quarter, *last, 3)
		require.NoError(t, err)
		rows = append(rows, batch...)
	}
	require.Equal(t, 4, batches, "the last is empty")
	got, err := domain.TaxSums(rows)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Equal(t, usd(7*740), got[0].Net)
	require.EqualValues(t, 7, got[0].Invoices)
}

func businessContent(t *testing.T, f Fixture) {
	want := sold(domain.InvoiceKind, "MC", now, func(d *domain.Draft) {
		d.Content.Buyer.Business = &billing.Business{
			Company: "Société 🎲",
			Address: billing.Address{Line1: "1 Quai", Line2: "B", PostalCode: "98000", City: "Monaco"},
			VATID:   "FR53000004605", Reference: "04011000-12345-34",
		}
		d.Content.TaxCountry, d.Content.Treatment = "FR", billing.ReverseCharge
		d.Seller.PostalCode, d.Seller.City, d.Seller.Contact, d.Seller.Phone = "1010", "Town", "Desk", "+43 1 000"
	})
	addDrafts(t, f, want)
	got, err := f.Documents.Document(t.Context(), domain.InvoiceKind, want.AccountID, want.ID)
	require.NoError(t, err)
	require.Equal(t, want, got.Draft)
	require.NoError(t, number(t.Context(), f, 1, nil))
	got, err = f.Documents.Document(t.Context(), domain.InvoiceKind, want.AccountID, want.ID)
	require.NoError(t, err)
	require.Equal(t, want, got.Draft)
}
