package cii_test

import (
	"encoding/xml"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/cii"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func usd(cents int64) money.Money { return money.Of(cents, "USD") }

// random makes an invoice: its tax is rounded once per rate and allocated to the parts.
func random(rng *rand.Rand) domain.Invoice {
	p := billing.InvoiceContent{
		OrderNumber: "CS-1", Buyer: billing.Buyer{Name: "Ада <&> \"Λ\"", Email: "ada@example.com", Country: "DE"},
		TaxIncluded: rng.IntN(2) == 0,
		Subtotal:    usd(0), Discount: usd(0), Tax: usd(0), Total: usd(0),
	}
	rates := []int64{0, 1900, 2550}
	parts := map[int64][]*billing.LineItemPart{}
	for range 1 + rng.IntN(5) {
		l := billing.LineItem{
			LineID: id.V7{}.NewID(), Title: "Game & <Co>", Quantity: 1, Unit: usd(0), Discount: usd(0),
			Tax: usd(0), Total: usd(0),
		}
		l.Parts = make([]billing.LineItemPart, 1+rng.IntN(3))
		if len(l.Parts) == 1 {
			l.Quantity = 1 + rng.IntN(3)
		}
		l.Bundle = len(l.Parts) > 1
		for i := range l.Parts {
			discount := rng.Int64N(100)
			l.Parts[i] = billing.LineItemPart{
				ProductID: id.V7{}.NewID(), Title: "Part", Discount: usd(discount),
				Total: usd(rng.Int64N(4000)), Rate: rates[rng.IntN(3)],
			}
		}
		p.Lines = append(p.Lines, l)
	}
	for i := range p.Lines {
		for j := range p.Lines[i].Parts {
			part := &p.Lines[i].Parts[j]
			parts[part.Rate] = append(parts[part.Rate], part)
		}
	}
	for rate, same := range parts {
		tax(same, rate, p.TaxIncluded)
	}
	sum(&p)
	return invoice(p)
}

func tax(parts []*billing.LineItemPart, rate int64, included bool) {
	base, weights := int64(0), make([]int64, len(parts))
	for i, part := range parts {
		weights[i] = part.Total.Amount()
		base += weights[i]
	}
	whole := int64(10_000)
	if included {
		whole += rate
	}
	taxed, err := usd(base).Scale(rate, whole)
	if err != nil {
		panic(err)
	}
	shares := make([]money.Money, len(parts))
	if base > 0 {
		if shares, err = taxed.Allocate(weights); err != nil {
			panic(err)
		}
	}
	for i, part := range parts {
		part.Tax = usd(shares[i].Amount())
		if !included {
			part.Total = usd(part.Total.Amount() + part.Tax.Amount())
		}
	}
}

func sum(p *billing.InvoiceContent) {
	add := func(m *money.Money, n money.Money) { *m = usd(m.Amount() + n.Amount()) }
	for i := range p.Lines {
		l := &p.Lines[i]
		for _, part := range l.Parts {
			add(&l.Discount, part.Discount)
			add(&l.Tax, part.Tax)
			add(&l.Total, part.Total)
		}
		add(&p.Discount, l.Discount)
		add(&p.Tax, l.Tax)
		add(&p.Total, l.Total)
	}
}

func invoice(p billing.InvoiceContent) domain.Invoice {
	seller := domain.Seller{
		Name: "Seller", Address: []string{"Street 1", "1010 Town"}, Country: "AT", TaxID: "ATU12345678",
		Email: "x@example.com",
	}
	return domain.Invoice{
		Draft:  domain.Draft{ID: id.V7{}.NewID(), Kind: domain.InvoiceKind, Seller: seller, Content: p, CapturedAt: at},
		Series: "INV-AT-2026", Number: 42, IssuedAt: at,
	}
}

// node is an element of any XML.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []node     `xml:",any"`
}

func (n node) all(path string) []node {
	at := []node{n}
	for name := range strings.SplitSeq(path, "/") {
		var next []node
		for _, parent := range at {
			for _, child := range parent.Children {
				if child.XMLName.Local == name {
					next = append(next, child)
				}
			}
		}
		at = next
	}
	return at
}

func (n node) text(t *testing.T, path string) string {
	t.Helper()
	found := n.all(path)
	require.Len(t, found, 1, path)
	return found[0].Text
}

func (n node) amount(t *testing.T, path string) *big.Rat {
	t.Helper()
	out, ok := new(big.Rat).SetString(n.text(t, path))
	require.True(t, ok, path)
	return out
}

func render(t *testing.T, i domain.Invoice) node {
	t.Helper()
	raw, err := cii.NewRenderer().Render(i)
	require.NoError(t, err)
	again, err := cii.NewRenderer().Render(i)
	require.NoError(t, err)
	require.Equal(t, raw, again)
	var root node
	require.NoError(t, xml.Unmarshal(raw, &root))
	return root
}

const (
	trade      = "SupplyChainTradeTransaction/"
	settlement = trade + "ApplicableHeaderTradeSettlement/"
	sums       = settlement + "SpecifiedTradeSettlementHeaderMonetarySummation/"
	line       = "SpecifiedLineTradeSettlement/"
)

func same(t *testing.T, want, got *big.Rat, rule string) {
	t.Helper()
	require.Zero(t, want.Cmp(got), "%s: %s and %s", rule, want.FloatString(4), got.FloatString(4))
}

// The arithmetic rules of EN 16931. BR-CO-11 and BR-CO-12 are about allowances and charges on the whole document, of
// which there are none: discounts are those of lines.
func TestRender_SumsAgreeWithEN16931(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(16, 931))
	for range 500 {
		i := random(rng)
		root := render(t, i)
		lines := new(big.Rat)
		for _, l := range root.all(trade + "IncludedSupplyChainTradeLineItem") {
			net := l.amount(t, line+"SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount")
			price := l.amount(t, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount")
			basis, billed := l.amount(t, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/BasisQuantity"), l.amount(t,
				"SpecifiedLineTradeDelivery/BilledQuantity")
			of := new(big.Rat).Mul(new(big.Rat).Quo(price, basis), billed)
			for _, allowance := range l.all(line + "SpecifiedTradeAllowanceCharge") {
				require.Equal(t, "false", allowance.text(t, "ChargeIndicator/Indicator"))
				of.Sub(of, allowance.amount(t, "ActualAmount"))
			}
			same(t, of, net, "a line is its price times its quantity, less its allowance")
			lines.Add(lines, net)
		}
		require.Empty(t, root.all(settlement+"SpecifiedTradeAllowanceCharge"), "BR-CO-11, BR-CO-12")
		same(t, lines, root.amount(t, sums+"LineTotalAmount"), "BR-CO-10")
		same(t, lines, root.amount(t, sums+"TaxBasisTotalAmount"), "BR-CO-13")
		taxes, bases := new(big.Rat), new(big.Rat)
		for _, g := range root.all(settlement + "ApplicableTradeTax") {
			tax, base, rate := g.amount(t, "CalculatedAmount"), g.amount(t, "BasisAmount"), new(big.Rat)
			if g.text(t, "CategoryCode") != "O" {
				rate = g.amount(t, "RateApplicablePercent")
			}
			want := new(big.Rat).Quo(new(big.Rat).Mul(base, rate), big.NewRat(100, 1))
			off := new(big.Rat).Sub(tax, want)
			require.Negative(t, off.Abs(off).Cmp(big.NewRat(1, 100)), "BR-CO-17: %s on %s at %s", tax.FloatString(2),
				base.FloatString(2), rate.FloatString(2))
			taxes.Add(taxes, tax)
			bases.Add(bases, base)
			require.Equal(t, rate.Sign() == 0, len(g.all("ExemptionReason")) == 1, "BR-E-10")
		}
		same(t, taxes, root.amount(t, sums+"TaxTotalAmount"), "BR-CO-14")
		same(t, bases, lines, "BR-S-08, BR-E-08")
		grand := root.amount(t, sums+"GrandTotalAmount")
		same(t, new(big.Rat).Add(lines, taxes), grand, "BR-CO-15")
		same(t, new(big.Rat).Sub(grand, root.amount(t, sums+"TotalPrepaidAmount")),
			root.amount(t, sums+"DuePayableAmount"), "BR-CO-16")
		total, _ := new(big.Rat).SetString(i.Content.Total.Decimal())
		same(t, total, grand, "the total of the document")
	}
}

func TestRender_DatesFollowTheSellersCalendar(t *testing.T) {
	t.Parallel()
	i := random(rand.New(rand.NewPCG(1, 1)))
	i.Seller.TimeZone = "Europe/Vienna"
	i.IssuedAt = time.Date(2025, 12, 31, 23, 28, 0, 0, time.UTC)
	i.CapturedAt = i.IssuedAt.Add(-time.Hour)
	root := render(t, i)
	require.Equal(t, "20260101", root.text(t, "ExchangedDocument/IssueDateTime/DateTimeString"))
	const delivered = "ApplicableHeaderTradeDelivery/ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString"
	require.Equal(t, "20251231", root.text(t, trade+delivered))
}

func TestRender_Invoice_HasRequiredElements(t *testing.T) {
	t.Parallel()
	root := render(t, random(rand.New(rand.NewPCG(1, 1))))
	require.Equal(t, "CrossIndustryInvoice", root.XMLName.Local)
	for path, want := range map[string]string{
		"ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID": "urn:cen.eu:en16931:2017",
		"ExchangedDocument/ID":                                                                 "INV-AT-2026-000042",
		"ExchangedDocument/TypeCode":                                                           "380",
		"ExchangedDocument/IssueDateTime/DateTimeString":                                       "20260301",
		trade + "ApplicableHeaderTradeAgreement/SellerTradeParty/Name":                         "Seller",
		trade + "ApplicableHeaderTradeAgreement/SellerTradeParty/PostalTradeAddress/LineTwo":   "1010 Town",
		trade + "ApplicableHeaderTradeAgreement/SellerTradeParty/PostalTradeAddress/CountryID": "AT",
		trade + "ApplicableHeaderTradeAgreement/SellerTradeParty/SpecifiedTaxRegistration/ID":  "ATU12345678",
		trade + "ApplicableHeaderTradeAgreement/BuyerTradeParty/Name":                          "Ада <&> \"Λ\"",
		trade + "ApplicableHeaderTradeAgreement/BuyerTradeParty/PostalTradeAddress/CountryID":  "DE",
		trade + "ApplicableHeaderTradeAgreement/BuyerOrderReferencedDocument/IssuerAssignedID": "CS-1",
		settlement + "InvoiceCurrencyCode":                                                     "USD",
		settlement + "SpecifiedTradeSettlementPaymentMeans/TypeCode":                           "68",
	} {
		require.Equal(t, want, root.text(t, path))
	}
	require.Empty(t, root.all(settlement+"InvoiceReferencedDocument"))
}

func TestRender_CreditNote_NamesPrecedingInvoice(t *testing.T) {
	t.Parallel()
	note := random(rand.New(rand.NewPCG(2, 2)))
	note.Kind, note.Series = domain.CreditNoteKind, "CN-AT-2026"
	note.Preceding = &domain.Preceding{ID: id.V7{}.NewID(), Number: "INV-AT-2026-000041", IssuedAt: at.AddDate(0, 0, -1)}
	root := render(t, note)
	require.Equal(t, "381", root.text(t, "ExchangedDocument/TypeCode"))
	require.Equal(t, "INV-AT-2026-000041", root.text(t, settlement+"InvoiceReferencedDocument/IssuerAssignedID"))
	require.Equal(t, "20260228", root.text(t,
		settlement+"InvoiceReferencedDocument/FormattedIssueDateTime/DateTimeString"))
}
