package domain

import (
	"slices"
	"strings"

	"coinslot/modules/checkout"
	"coinslot/platform/fault"
)

// What is returned when a sale is not taxed as it was quoted.
var (
	// ErrCountryChanged: the buyer's country is not the one that was quoted.
	ErrCountryChanged = fault.New(fault.Conflict, "country-changed",
		"the country by which you are taxed has changed: get a new quote, and buy by that")
	// ErrTreatmentChanged: the treatment is another one, for example because a VAT ID could not be confirmed.
	ErrTreatmentChanged = fault.New(fault.Conflict, "tax-treatment-changed",
		"the purchase would not be taxed as you expect: get a new quote, and buy by that")
)

// union are the member states of the European Union.
const union = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

func inUnion(country string) bool {
	return slices.Contains(strings.Fields(union), country)
}

// TaxedAs returns the country as whose territory a country is treated for value added tax: Monaco is treated as France
// and the Isle of Man as the United Kingdom (Directive 2006/112/EC, article 7; Customs and Excise Agreement 1979).
func TaxedAs(country string) string {
	switch country {
	case "MC":
		return "FR"
	case "IM":
		return "GB"
	}
	return country
}

// Reversible reports whether a business with a VAT ID owes the tax itself: seller and buyer are in different member
// states (Directive 2006/112/EC, articles 44 and 196).
func (t Tax) Reversible() bool {
	seller, buyer := TaxedAs(t.Seller), TaxedAs(t.Country)
	return seller != buyer && inUnion(seller) && inUnion(buyer)
}

// Reverse returns the tax of a sale to a business that owes the tax itself: none is charged, and the price stays.
func (t Tax) Reverse() Tax {
	t.Reversed, t.Rates = true, nil
	return t
}

// Treatment returns how the sale is treated.
func (t Tax) Treatment() checkout.Treatment {
	switch {
	case t.Reversed:
		return checkout.ReverseCharge
	case t.taxes():
		return checkout.Taxed
	}
	return checkout.Untaxed
}

func (t Tax) taxes() bool {
	for _, rate := range t.Rates {
		if rate > 0 {
			return true
		}
	}
	return false
}

// Reason says why a treatment is not the ordinary one; empty: it is.
func Reason(t checkout.Treatment, country string) string {
	switch t {
	case checkout.ReverseCharge:
		return "reverse charge: the buyer, a business of another member state, owes the tax"
	case checkout.Untaxed:
		return "no tax rate applies to sales to " + country
	case checkout.Taxed:
	}
	return ""
}

// Reason says why the treatment is not what the buyer may expect; empty: it is.
func (t Tax) Reason() string {
	if t.Unconfirmed {
		return "the VAT ID could not be confirmed just now, so the local rate applies: " +
			"quote again later for the reverse charge"
	}
	return Reason(t.Treatment(), t.Country)
}

// CheckTax returns ErrCountryChanged or ErrTreatmentChanged unless the basket is taxed as the buyer agreed to. An empty
// country or treatment agrees to any.
func (b Basket) CheckTax(country string, treatment checkout.Treatment) error {
	switch {
	case country != "" && country != b.Tax.Country:
		return ErrCountryChanged.With("old_country", country).With("new_country", b.Tax.Country)
	case treatment != "" && treatment != b.Tax.Treatment():
		return ErrTreatmentChanged.With("old_treatment", string(treatment)).
			With("new_treatment", string(b.Tax.Treatment()))
	}
	return nil
}

// Evidence is what is known of where a buyer is: codes of ISO 3166-1. An empty one is not known.
type Evidence struct {
	Billing string // of the account, by which the sale is taxed
	IP      string // of the address from which the order was placed
	Card    string // of the card's issuer
}

// EvidenceStatus is what the pieces of evidence say together.
type EvidenceStatus string

// The statuses. A sale needs two pieces that do not contradict each other (Implementing Regulation 282/2011, article
// 24b).
const (
	EvidenceConsistent   EvidenceStatus = "consistent"   // two or more agree, and none disagrees
	EvidenceInsufficient EvidenceStatus = "insufficient" // there is one piece only
	EvidenceConflicting  EvidenceStatus = "conflicting"
)

// Status returns what the pieces say together. Countries that are taxed alike agree.
func (e Evidence) Status() EvidenceStatus {
	known, first := 0, ""
	for _, country := range []string{e.Billing, e.IP, e.Card} {
		if country == "" {
			continue
		}
		known++
		if first == "" {
			first = TaxedAs(country)
		}
		if TaxedAs(country) != first {
			return EvidenceConflicting
		}
	}
	if known < 2 {
		return EvidenceInsufficient
	}
	return EvidenceConsistent
}
