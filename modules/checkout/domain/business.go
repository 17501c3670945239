package domain

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"coinslot/platform/fault"
	"coinslot/platform/text"
	"coinslot/platform/vatid"
)

// ErrBusiness is returned for details of a business that cannot stand on an invoice.
var ErrBusiness = fault.New(fault.Invalid, "invalid-request", "some details of the business cannot be used; see errors")

// Business is the buyer's company. The zero Business: the buyer is a consumer.
type Business struct {
	Company   string
	Address   Address
	VATID     string // with its country's prefix, without separators; empty: none
	Reference string // the buyer's reference for electronic invoices; empty: none
}

// Address is a postal address. Its country is the buyer's.
type Address struct {
	Line1      string
	Line2      string
	PostalCode string
	City       string
}

// IsZero reports whether there is no business.
func (b Business) IsZero() bool { return b == Business{} }

const (
	maxLine       = 100
	maxPostalCode = 16
)

// Checked returns the details in their canonical form, for a buyer of a country. ErrBusiness with all violations: the
// VAT ID must be one of the country by which the buyer is taxed, with the right check digits.
func (b Business) Checked(country string) (Business, error) {
	if b.IsZero() {
		return b, nil
	}
	f := ErrBusiness
	for _, m := range []struct {
		at       string
		value    *string
		required bool
		max      int
	}{
		{"business.company", &b.Company, true, maxLine},
		{"business.address.line1", &b.Address.Line1, true, maxLine},
		{"business.address.line2", &b.Address.Line2, false, maxLine},
		{"business.address.postal_code", &b.Address.PostalCode, false, maxPostalCode},
		{"business.address.city", &b.Address.City, true, maxLine},
		{"business.reference", &b.Reference, false, maxLine},
	} {
		form, err := text.DisplayName(*m.value)
		if n := utf8.RuneCountInString(form); err != nil || n > m.max || (m.required || n > 0) && !hasLetter(form) {
			f = f.At(m.at, fmt.Sprintf("write 1 to %d characters on one line, with a letter or a digit among them and none "+
				"of them invisible", m.max), *m.value)
		}
		*m.value = form
	}
	f = b.checkVATID(f, country)
	if len(f.Fields) > 0 {
		return Business{}, f
	}
	return b, nil
}

func hasLetter(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func (b *Business) checkVATID(f *fault.Error, country string) *fault.Error {
	if b.VATID == "" {
		return f
	}
	const at = "business.vat_id"
	v, err := vatid.Parse(b.VATID)
	switch {
	case errors.Is(err, vatid.ErrCountry):
		return f.At(at, "write it with its country's prefix, such as "+vatid.Example("DE")+
			"; known are those of the European Union, GB, CH and NO", b.VATID)
	case errors.Is(err, vatid.ErrFormat):
		return f.At(at, "it does not have the format of its country"+exampleOf(b.VATID), b.VATID)
	case err != nil:
		return f.At(at, "its check digits are wrong: look for a typing error", b.VATID)
	case v.Country() != TaxedAs(country):
		return f.At(at, fmt.Sprintf("it is one of %s, and the country of your account is %s: change that country, "+
			"or leave the VAT ID out", v.Country(), country), b.VATID)
	}
	b.VATID = v.String()
	return f
}

func exampleOf(text string) string {
	country := strings.ToUpper(text[:min(2, len(text))])
	if country == "EL" {
		country = "GR"
	}
	if example := vatid.Example(country); example != "" {
		return ", such as " + example
	}
	return ""
}
