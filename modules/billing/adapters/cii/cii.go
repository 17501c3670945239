// Package cii renders invoices and credit notes as EN 16931 specifies, in the syntax of the UN/CEFACT Cross Industry
// Invoice (D16B). Each part of a line item is a line of its own, because a line has one tax rate.
package cii

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/money"
)

const (
	guideline     = "urn:cen.eu:en16931:2017" // the profile EN 16931, once called COMFORT
	typeInvoice   = "380"
	typeCredit    = "381"
	onlinePayment = "68" // UNTDID 4461: online payment service
	discountCode  = "95" // UNTDID 5189: discount
	one           = "C62"
	basic         = "102" // UNTDID 2379: YYYYMMDD
	maxDigits     = 2
)

// Renderer renders documents as XML.
type Renderer struct{}

// NewRenderer returns a renderer.
func NewRenderer() Renderer { return Renderer{} }

// Render returns the document as XML; domain.ErrNoXML for a currency with more decimals than EN 16931 allows.
func (Renderer) Render(document domain.Invoice) ([]byte, error) {
	if document.Content.Total.Currency().Digits() > maxDigits {
		return nil, domain.ErrNoXML
	}
	doc, err := toDocument(document)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(doc); err != nil {
		return nil, fmt.Errorf("write xml: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func toDocument(i domain.Invoice) (document, error) {
	code := typeInvoice
	if i.Kind == domain.CreditNoteKind {
		code = typeCredit
	}
	t, err := toTransaction(i)
	process, guideline := profileOf(i)
	return document{
		RSM: nsRSM, RAM: nsRAM, UDT: nsUDT, QDT: nsQDT,
		Process: orNone(process), Guideline: guideline, ID: i.FullNumber(), TypeCode: code,
		IssuedAt: toDate(i.Seller, i.IssuedAt), Transaction: t,
	}, err
}

func toDate(s domain.Seller, t time.Time) dateTime {
	return dateTime{basic, s.Local(t).Format("20060102")}
}

func toTransaction(i domain.Invoice) (transaction, error) {
	p, codes := i.Content, toCategories(i)
	out := transaction{
		Seller: toSeller(i.Seller, codes.outside(i)), Reference: referenceOf(p.Buyer), Buyer: toBuyer(p.Buyer),
		Order: p.OrderNumber, Delivered: toDate(i.Seller, i.CapturedAt),
	}
	lineTotal := money.Zero(p.Total.Currency())
	for _, l := range p.Lines {
		for _, part := range l.Parts {
			line, net, err := toLine(len(out.Lines)+1, p, l, part, codes)
			if err != nil {
				return out, err
			}
			out.Lines = append(out.Lines, line)
			if lineTotal, err = lineTotal.Add(net); err != nil {
				return out, err
			}
		}
	}
	var err error
	out.Settlement, err = toSettlement(i, lineTotal, codes)
	return out, err
}

func toEmail(address string) *schemed {
	if address == "" {
		return nil
	}
	return &schemed{"EM", address}
}

func toAddress(lines []string, country string) address {
	a := address{Country: country}
	for i, target := range []*string{&a.LineOne, &a.LineTwo, &a.LineThree} {
		if i < len(lines) {
			*target = lines[i]
		}
	}
	return a
}

// toLine makes the line of a part. Its net price is that of the whole quantity, so that nothing is rounded.
func toLine(
	number int, p billing.InvoiceContent, l billing.LineItem, part billing.LineItemPart, codes categories,
) (lineItem, money.Money, error) {
	net, err := part.Total.Sub(part.Tax)
	if err != nil {
		return lineItem{}, net, err
	}
	allowance, err := netOf(part.Discount, part.Rate, p.TaxIncluded)
	if err != nil {
		return lineItem{}, net, err
	}
	price, err := net.Add(allowance)
	name := part.Title
	if l.Bundle {
		name = l.Title + ": " + part.Title
	}
	q := quantity{one, l.Quantity}
	out := lineItem{
		ID: number, Name: name, Price: price.Decimal(), Basis: q, Billed: q, Tax: codes.of(part.Rate), Net: net.Decimal(),
	}
	if !allowance.IsZero() {
		out.Allowance = &allowanceCharge{Amount: allowance.Decimal(), ReasonCode: discountCode, Reason: "Discount"}
	}
	return out, net, err
}

// netOf subtracts the tax from an amount that includes it.
func netOf(amount money.Money, rate int64, taxIncluded bool) (money.Money, error) {
	if !taxIncluded {
		return amount, nil
	}
	const whole = 10_000
	return amount.Scale(whole, whole+rate)
}

// percent formats hundredths of a percent as percent.
func percent(rate int64) string { return fmt.Sprintf("%d.%02d", rate/100, rate%100) }

func toSettlement(i domain.Invoice, lineTotal money.Money, codes categories) (settlement, error) {
	p := i.Content
	groups, err := domain.TaxSummary(p)
	if err != nil {
		return settlement{}, err
	}
	currency := string(p.Total.Currency())
	out := settlement{
		Currency: currency, Means: onlinePayment,
		Summation: summation{
			LineTotal: lineTotal.Decimal(), TaxBasis: lineTotal.Decimal(),
			TaxTotals:  []currencyAmount{{currency, p.Tax.Decimal()}},
			GrandTotal: p.Total.Decimal(), Prepaid: p.Total.Decimal(), Due: money.Zero(p.Total.Currency()).Decimal(),
		},
	}
	for _, g := range groups {
		c := codes.of(g.Rate)
		b := breakdown{Amount: g.Tax.Decimal(), Type: c.Type, Basis: g.Net.Decimal(), Code: c.Code, Percent: c.Percent}
		if g.Rate == 0 {
			b.Reason, b.ReasonCode = codes.reason, codes.reasonCode
		}
		out.Taxes = append(out.Taxes, b)
	}
	if e := i.Seller.Exchange; e != nil {
		national, err := e.Convert(p.Tax)
		if err != nil {
			return out, err
		}
		out.TaxCurrency = string(e.Currency)
		out.Summation.TaxTotals = append(out.Summation.TaxTotals, currencyAmount{out.TaxCurrency, national.Decimal()})
	}
	if c := i.Preceding; c != nil {
		out.Preceding = &reference{c.Number, toDate(i.Seller, c.IssuedAt)}
	}
	return out, nil
}
