package cii_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/domain"

	"github.com/stretchr/testify/require"
)

const (
	agreement = trade + "ApplicableHeaderTradeAgreement/"
	seller    = agreement + "SellerTradeParty/"
	buyer     = agreement + "BuyerTradeParty/"
	context   = "ExchangedDocumentContext/"
)

// toBusiness is an invoice to a business of another member state, with reverse charge.
func toBusiness() domain.Invoice {
	i := random(rand.New(rand.NewPCG(3, 3)))
	p := &i.Content
	p.Treatment, p.Tax = billing.ReverseCharge, usd(0)
	p.Buyer.Business = &billing.Business{
		Company: "Arcade GmbH", Address: billing.Address{Line1: "Weg 1", Line2: "Hof", PostalCode: "10115", City: "Berlin"},
		VATID: "DE136695976", Reference: "04011000-12345-34",
	}
	for l := range p.Lines {
		for n := range p.Lines[l].Parts {
			p.Lines[l].Parts[n].Rate, p.Lines[l].Parts[n].Tax = 0, usd(0)
		}
	}
	i.Seller.PostalCode, i.Seller.City, i.Seller.Contact, i.Seller.Phone = "1010", "Town", "Desk", "+43 1 000"
	return i
}

// The rules of EN 16931 about reverse charge: BR-AE-2 to BR-AE-10.
func TestRender_ReverseCharge_HasCategoryAE(t *testing.T) {
	t.Parallel()
	root := render(t, toBusiness())
	require.Equal(t, "ATU12345678", root.text(t, seller+"SpecifiedTaxRegistration/ID"), "BR-AE-2: the seller's VAT ID")
	require.Equal(t, "DE136695976", root.text(t, buyer+"SpecifiedTaxRegistration/ID"), "BR-AE-2: the buyer's VAT ID")
	for _, l := range root.all(trade + "IncludedSupplyChainTradeLineItem/" + line + "ApplicableTradeTax") {
		require.Equal(t, "AE", l.text(t, "CategoryCode"))
		require.Equal(t, "0.00", l.text(t, "RateApplicablePercent"), "BR-AE-5")
	}
	groups := root.all(settlement + "ApplicableTradeTax")
	require.Len(t, groups, 1, "BR-AE-1")
	g := groups[0]
	require.Equal(t, "AE", g.text(t, "CategoryCode"))
	require.Equal(t, "VATEX-EU-AE", g.text(t, "ExemptionReasonCode"), "BR-AE-10")
	require.Equal(t, "Reverse charge", g.text(t, "ExemptionReason"), "BR-AE-10")
	require.Equal(t, "0.00", g.text(t, "CalculatedAmount"), "BR-AE-9")
	same(t, root.amount(t, sums+"TaxBasisTotalAmount"), g.amount(t, "BasisAmount"), "BR-AE-8")
	var order []string
	for _, child := range g.Children {
		order = append(order, child.XMLName.Local)
	}
	require.Equal(t, []string{
		"CalculatedAmount", "TypeCode", "ExemptionReason", "BasisAmount", "CategoryCode", "ExemptionReasonCode",
		"RateApplicablePercent",
	}, order, "the order of the schema")
}

// The rules of XRechnung 3.0 that can be checked without its Schematron. BR-DE-18 and BR-DE-22 to BR-DE-31 are about
// discounts for early payment, attachments, transfers, cards and debits, of which there are none.
func TestRender_BuyerWithReference_FollowsXRechnung(t *testing.T) {
	t.Parallel()
	root := render(t, toBusiness())
	for rule, path := range map[string]string{
		"BR-DE-1 payment instructions": settlement + "SpecifiedTradeSettlementPaymentMeans/TypeCode",
		"BR-DE-2, 5 contact":           seller + "DefinedTradeContact/PersonName",
		"BR-DE-3 seller's city":        seller + "PostalTradeAddress/CityName",
		"BR-DE-4 seller's post code":   seller + "PostalTradeAddress/PostcodeCode",
		"BR-DE-6, 27 phone":            seller + "DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber",
		"BR-DE-7, 28 e-mail":           seller + "DefinedTradeContact/EmailURIUniversalCommunication/URIID",
		"BR-DE-8 buyer's city":         buyer + "PostalTradeAddress/CityName",
		"BR-DE-9 buyer's post code":    buyer + "PostalTradeAddress/PostcodeCode",
		"BR-DE-14 rate":                settlement + "ApplicableTradeTax/RateApplicablePercent",
		"BR-DE-15 reference":           agreement + "BuyerReference",
		"BR-DE-16 seller's VAT ID":     seller + "SpecifiedTaxRegistration/ID",
		"BR-DE-TMP-32 delivery": trade + "ApplicableHeaderTradeDelivery/ActualDeliverySupplyChainEvent/" +
			"OccurrenceDateTime/DateTimeString",
		"PEPPOL R010 buyer's address":  buyer + "URIUniversalCommunication/URIID",
		"PEPPOL R020 seller's address": seller + "URIUniversalCommunication/URIID",
		"PEPPOL R001 process":          context + "BusinessProcessSpecifiedDocumentContextParameter/ID",
	} {
		require.NotEmpty(t, root.text(t, path), rule)
	}
	require.Equal(t, "04011000-12345-34", root.text(t, agreement+"BuyerReference"))
	require.Equal(t, "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
		root.text(t, context+"GuidelineSpecifiedDocumentContextParameter/ID"), "BR-DE-21")
	require.Equal(t, "380", root.text(t, "ExchangedDocument/TypeCode"), "BR-DE-17")
	require.Equal(t, "Arcade GmbH", root.text(t, buyer+"Name"))
	require.Equal(t, "Street 1", root.text(t, seller+"PostalTradeAddress/LineOne"))
	require.Empty(t, root.all(seller+"PostalTradeAddress/LineTwo"), "the city stands in its own element")
}

func TestRender_IncompleteForXRechnung_IsOfTheEuropeanStandard(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(i *domain.Invoice){
		"no reference":   func(i *domain.Invoice) { i.Content.Buyer.Business.Reference = "" },
		"no post code":   func(i *domain.Invoice) { i.Content.Buyer.Business.Address.PostalCode = "" },
		"no phone":       func(i *domain.Invoice) { i.Seller.Phone = "" },
		"a consumer":     func(i *domain.Invoice) { i.Content.Buyer.Business = nil },
		"erased address": func(i *domain.Invoice) { i.Content.Buyer.Email = "" },
	} {
		i := toBusiness()
		change(&i)
		raw, err := cii.NewRenderer().Render(i)
		require.NoError(t, err)
		require.NotContains(t, string(raw), "xrechnung", name)
		require.NotRegexp(t, `<[^/>]+></`, string(raw), name)
		require.Equal(t, 1, strings.Count(string(raw), "<ram:ID>urn:"), name)
	}
}

func TestRender_AbsentValues_HaveNoElement(t *testing.T) {
	t.Parallel()
	for _, i := range []domain.Invoice{random(rand.New(rand.NewPCG(3, 3))), toBusiness()} {
		raw, err := cii.NewRenderer().Render(i)
		require.NoError(t, err)
		require.NotRegexp(t, `<[^/>]+></`, string(raw), "PEPPOL-EN16931-R008")
	}
}
