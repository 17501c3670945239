package cii

import (
	"cmp"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
)

// The codes of UNTDID 5305 for the categories of tax.
const (
	taxed        = "S"
	exempt       = "E"
	zeroRated    = "Z"
	outsideScope = "O"
	reversed     = "AE"
)

// categories are the codes of a document: untaxed is that of the lines whose rate is 0, for a reason.
type categories struct{ untaxed, reason, reasonCode string }

// toCategories picks the category of the lines that are not taxed. Lines outside the scope of the tax may not stand
// beside others in one document (BR-O-11): then they are exempt for that reason. A rate of zero has no reason
// (BR-Z-10).
func toCategories(i domain.Invoice) categories {
	if i.Content.Treatment == billing.ReverseCharge {
		return categories{reversed, "Reverse charge", "VATEX-EU-AE"}
	}
	switch i.Seller.Untaxed {
	case domain.ZeroRated:
		return categories{untaxed: zeroRated}
	case domain.Exempt:
		return categories{untaxed: exempt, reason: cmp.Or(i.Seller.UntaxedNote, "Exempt from tax")}
	case domain.SmallBusiness:
		return categories{untaxed: exempt, reason: cmp.Or(i.Seller.UntaxedNote, "Exempt from tax as a small business")}
	case domain.OutsideScope:
	}
	out := categories{
		untaxed: outsideScope,
		reason:  cmp.Or(i.Seller.UntaxedNote, "Not subject to the tax of the seller's country"),
	}
	for _, l := range i.Content.Lines {
		for _, part := range l.Parts {
			if part.Rate != 0 {
				out.untaxed = exempt
			}
		}
	}
	return out
}

func (c categories) of(rate int64) category {
	switch {
	case rate != 0:
		return category{Type: "VAT", Code: taxed, Percent: percent(rate)}
	case c.untaxed == outsideScope:
		return category{Type: "VAT", Code: outsideScope} // without a rate: BR-O-05
	}
	return category{Type: "VAT", Code: c.untaxed, Percent: percent(0)}
}

// outside reports whether all of the document is outside the scope of the tax.
func (c categories) outside(i domain.Invoice) bool {
	return c.untaxed == outsideScope && i.Content.Tax.IsZero()
}

// toSeller makes the seller. Its VAT identifier is left out of a document outside the scope of the tax (BR-O-02); then,
// and when its tax ID is not a VAT identifier, the tax ID identifies the seller (BR-CO-26).
func toSeller(s domain.Seller, outside bool) party {
	out := party{Name: s.Name, Contact: toContact(s), Address: sellerAddress(s), Email: toEmail(s.Email)}
	if s.TaxID == "" {
		return out
	}
	scheme, _ := domain.TaxIDScheme(s.Country, s.TaxID)
	if scheme == domain.TaxScheme || outside {
		out.ID = s.TaxID
	}
	if scheme == domain.TaxScheme || !outside {
		out.TaxID = &schemed{scheme, s.TaxID}
	}
	return out
}
