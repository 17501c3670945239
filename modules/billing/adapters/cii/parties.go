package cii

import (
	"strings"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
)

const (
	// xrechnung is the German profile, which a buyer with a reference, such as a Leitweg-ID, expects.
	xrechnung = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
	process   = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
)

// profileOf returns the business process and the specification of a document: XRechnung when the document has all that
// its rules BR-DE-1 to BR-DE-15 demand, else the European standard.
func profileOf(i domain.Invoice) (processID, specification string) {
	b, s := i.Content.Buyer.Business, i.Seller
	if b == nil || i.Content.Buyer.Email == "" {
		return "", guideline
	}
	for _, demanded := range []string{
		b.Reference, b.Address.PostalCode, b.Address.City, s.PostalCode, s.City, s.Contact, s.Phone, s.Email, s.TaxID,
	} {
		if demanded == "" {
			return "", guideline
		}
	}
	return process, xrechnung
}

// orNone returns nil for an empty text: an element without content is not allowed.
func orNone(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func toContact(s domain.Seller) *contact {
	if s.Contact == "" {
		return nil
	}
	return &contact{s.Contact, orNone(s.Phone), orNone(s.Email)}
}

// sellerAddress returns the seller's address. Its last line is left out when it repeats the postal code and the city.
func sellerAddress(s domain.Seller) address {
	lines := s.Address
	if n := len(lines); n > 0 && s.City != "" && lines[n-1] == strings.TrimSpace(s.PostalCode+" "+s.City) {
		lines = lines[:n-1]
	}
	a := toAddress(lines, s.Country)
	a.PostalCode, a.City = s.PostalCode, s.City
	return a
}

func referenceOf(b billing.Buyer) string {
	if b.Business == nil {
		return ""
	}
	return b.Business.Reference
}

// toBuyer returns the buyer: the company, with the account's name as its contact, or the person.
func toBuyer(b billing.Buyer) party {
	out := party{Name: b.Name, Address: toAddress(nil, b.Country), Email: toEmail(b.Email)}
	if b.Business == nil {
		return out
	}
	a := b.Business.Address
	out.Name, out.Contact = b.Business.Company, &contact{Person: b.Name, Email: orNone(b.Email)}
	out.Address = address{PostalCode: a.PostalCode, LineOne: a.Line1, LineTwo: a.Line2, City: a.City, Country: b.Country}
	if b.Business.VATID != "" {
		out.TaxID = &schemed{"VA", b.Business.VATID} // BT-48
	}
	return out
}
