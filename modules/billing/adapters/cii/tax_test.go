package cii_test

import (
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// selling returns an invoice of a line for each rate.
func selling(seller domain.Seller, currency money.Currency, rates ...int64) domain.Invoice {
	zero := money.Zero(currency)
	p := billing.InvoiceContent{
		Buyer: billing.Buyer{Name: "Ada", Country: "US"}, Subtotal: zero,
		Discount: zero, Tax: zero,
	}
	for _, rate := range rates {
		net := money.Of(1000, currency)
		tax := money.Of(rate/10, currency)
		total := money.Of(1000+rate/10, currency)
		p.Tax = money.Of(p.Tax.Amount()+tax.Amount(), currency)
		p.Total = money.Of(p.Total.Amount()+total.Amount(), currency)
		p.Lines = append(p.Lines, billing.LineItem{
			LineID: id.V7{}.NewID(), Title: "Game", Quantity: 1, Unit: net, Discount: zero, Tax: tax, Total: total,
			Parts: []billing.LineItemPart{{Title: "Game", Discount: zero, Tax: tax, Total: total, Rate: rate}},
		})
	}
	i := invoice(p)
	seller.Name, seller.Country = "Seller", "AT"
	i.Seller = seller
	return i
}

func TestRender_Untaxed_CategoryFollowsReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason       domain.Untaxed
		note         string
		rates        []int64
		code, reads  string
		vatID, hasID bool
	}{
		{"", "", []int64{0}, "O", "Not subject to the tax of the seller's country", false, true},
		{domain.OutsideScope, "§ 3a UStG", []int64{0, 0}, "O", "§ 3a UStG", false, true},
		{domain.OutsideScope, "", []int64{2000, 0}, "E", "Not subject to the tax of the seller's country", true, false},
		{domain.Exempt, "", []int64{0}, "E", "Exempt from tax", true, false},
		{domain.SmallBusiness, "", []int64{0}, "E", "Exempt from tax as a small business", true, false},
		{domain.ZeroRated, "ignored", []int64{0}, "Z", "", true, false},
	} {
		root := render(t, selling(domain.Seller{
			TaxID: "ATU12345678", Untaxed: c.reason, UntaxedNote: c.note,
		}, "EUR", c.rates...))
		groups := root.all(settlement + "ApplicableTradeTax")
		last := groups[len(groups)-1]
		require.Equal(t, c.code, last.text(t, "CategoryCode"), c.reason)
		reasons := last.all("ExemptionReason")
		require.Equal(t, c.reads != "", len(reasons) == 1, "BR-E-10, BR-O-10, BR-Z-10")
		if c.reads != "" {
			require.Equal(t, c.reads, reasons[0].Text)
		}
		require.Equal(t, c.code == "O", len(last.all("RateApplicablePercent")) == 0, "BR-O-05")
		lines := root.all(trade + "IncludedSupplyChainTradeLineItem")
		require.Equal(t, c.code, lines[len(lines)-1].text(t, line+"ApplicableTradeTax/CategoryCode"))
		seller := root.all(trade + "ApplicableHeaderTradeAgreement/SellerTradeParty")[0]
		require.Equal(t, c.vatID, len(seller.all("SpecifiedTaxRegistration")) == 1, "BR-O-02")
		require.Equal(t, c.hasID, len(seller.all("ID")) == 1, "BR-CO-26")
	}
}

func TestRender_TaxID_HasItsScheme(t *testing.T) {
	t.Parallel()
	for taxID, want := range map[string]string{"ATU12345678": "VA", "12 345/6789": "FC"} {
		root := render(t, selling(domain.Seller{TaxID: taxID}, "EUR", 2000))
		found := root.all(trade + "ApplicableHeaderTradeAgreement/SellerTradeParty/SpecifiedTaxRegistration/ID")
		require.Len(t, found, 1)
		require.Equal(t, taxID, found[0].Text)
		require.Equal(t, want, found[0].Attrs[0].Value)
	}
}

func TestRender_ThreeDecimals_IsRefused(t *testing.T) {
	t.Parallel()
	for currency, want := range map[money.Currency]error{"KWD": domain.ErrNoXML, "EUR": nil, "JPY": nil} {
		_, err := cii.NewRenderer().Render(selling(domain.Seller{}, currency, 2000))
		require.ErrorIs(t, err, want, currency)
	}
}

func TestRender_ForeignCurrency_HasTaxInBoth(t *testing.T) {
	t.Parallel()
	root := render(t, selling(domain.Seller{
		Exchange: &domain.Exchange{Currency: "EUR", Rate: "0.8621", Day: "2026-01-01"},
	}, "USD", 2000))
	require.Equal(t, "EUR", root.text(t, settlement+"TaxCurrencyCode"))
	totals := root.all(sums + "TaxTotalAmount")
	require.Len(t, totals, 2)
	require.Equal(t, []string{"2.00", "1.72"}, []string{totals[0].Text, totals[1].Text})
	require.Equal(t, "EUR", totals[1].Attrs[0].Value)
	require.Len(t, render(t, selling(domain.Seller{}, "USD", 2000)).all(sums+"TaxTotalAmount"), 1)
}
