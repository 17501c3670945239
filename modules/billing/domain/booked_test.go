package domain_test

import (
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func TestBookedEntry_ByRate_SplitsSalesAndTaxes(t *testing.T) {
	t.Parallel()
	eur := func(n int64) money.Money { return money.Of(n, "EUR") }
	part := func(rate, total, tax int64) billing.LineItemPart {
		return billing.LineItemPart{Rate: rate, Total: eur(total), Tax: eur(tax)}
	}
	content := billing.InvoiceContent{
		Total: eur(2290), Tax: eur(290),
		Lines: []billing.LineItem{{Parts: []billing.LineItemPart{part(1900, 1190, 190), part(1000, 1100, 100)}}},
	}
	document := func(kind domain.Kind) domain.Invoice {
		return domain.Invoice{Draft: domain.Draft{ID: id.V7{}.NewID(), Kind: kind, OrderID: id.Max, Content: content}}
	}
	type row struct {
		account           domain.Account
		amount, rate, net int64
	}
	for name, c := range map[string]struct {
		source   string
		kind     domain.Kind
		postings []domain.Posting
		want     []row
	}{
		"an invoice": {
			"payment", domain.InvoiceKind,
			[]domain.Posting{{domain.ProviderClearing, eur(2290)}, {domain.Revenue, eur(-2000)}, {domain.TaxPayable, eur(-290)}},
			[]row{
				{domain.ProviderClearing, 2290, 0, 0},
				{domain.Revenue, -1000, 1900, 1000},
				{domain.Revenue, -1000, 1000, 1000},
				{domain.TaxPayable, -190, 1900, 1000},
				{domain.TaxPayable, -100, 1000, 1000},
			},
		},
		"a credit note": {
			"refund", domain.CreditNoteKind,
			[]domain.Posting{{domain.ProviderClearing, eur(-2290)}, {domain.Refunds, eur(2000)}, {domain.TaxPayable, eur(290)}},
			[]row{
				{domain.ProviderClearing, -2290, 0, 0},
				{domain.Refunds, 1000, 1900, -1000},
				{domain.Refunds, 1000, 1000, -1000},
				{domain.TaxPayable, 190, 1900, -1000},
				{domain.TaxPayable, 100, 1000, -1000},
			},
		},
		"other sums than the document": {
			"payment", domain.InvoiceKind,
			[]domain.Posting{{domain.ProviderClearing, eur(290)}, {domain.TaxPayable, eur(-290)}},
			[]row{{domain.ProviderClearing, 290, 0, 0}, {domain.TaxPayable, -290, 0, 0}},
		},
		"no document": {
			"dispute", domain.InvoiceKind,
			[]domain.Posting{{domain.DisputeLosses, eur(1)}, {domain.Revenue, eur(-1)}},
			[]row{{domain.DisputeLosses, 1, 0, 0}, {domain.Revenue, -1, 0, 0}},
		},
	} {
		of := document(c.kind)
		entries := domain.NewBookedEntries([]domain.JournalEntry{{
			SourceType: c.source, SourceID: of.ID.String(), OrderID: id.Max, Postings: c.postings,
		}}, []domain.Invoice{of})
		parts, err := entries[0].ByRate()
		require.NoError(t, err, name)
		var got []row
		for _, p := range parts {
			r := row{account: p.Account, amount: p.Amount.Amount()}
			if p.Group != nil {
				r.rate, r.net = p.Group.Rate, p.Group.Net.Amount()
			}
			got = append(got, r)
		}
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.source == "refund", entries[0].CreditNote != nil, name)
	}
}
