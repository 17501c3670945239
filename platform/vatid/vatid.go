// Package vatid parses VAT identification numbers and verifies their check digits. It does not verify that a number is
// assigned: only the tax authorities can, such as through the European Commission's VIES.
package vatid

import (
	"errors"
	"regexp"
	"strings"
)

// The errors of Parse.
var (
	// ErrCountry: the text does not begin with the prefix of a country that this package knows.
	ErrCountry = errors.New("the prefix is not that of a country with known VAT identification numbers")
	// ErrFormat: the number does not have the format of its country. See Example.
	ErrFormat = errors.New("the number does not have the format of its country")
	// ErrCheckDigit: the check digits do not match the other digits.
	ErrCheckDigit = errors.New("the check digits of the number are wrong")
)

// ID is a VAT identification number with valid check digits. The zero ID is no number.
type ID struct {
	prefix string
	number string
}

// maxLength is the length of the longest number with its separators.
const maxLength = 32

// Parse parses a number with its country's prefix, such as ATU13585627. It ignores spaces, no-break spaces, dots,
// hyphens, slashes, and the case of letters. ErrCountry, ErrFormat, ErrCheckDigit.
func Parse(text string) (ID, error) {
	if len(text) > maxLength {
		return ID{}, ErrFormat
	}
	compact := strings.ToUpper(strings.NewReplacer(" ", "", "\u00a0", "", ".", "", "-", "", "/", "").Replace(text))
	if len(compact) < 2 {
		return ID{}, ErrCountry
	}
	prefix, number := compact[:2], compact[2:]
	scheme, known := schemeOf(prefix)
	if !known {
		return ID{}, ErrCountry
	}
	if scheme.normal != nil {
		number = scheme.normal(number)
	}
	if !regexp.MustCompile(`^(?:` + scheme.pattern + `)$`).MatchString(number) {
		return ID{}, ErrFormat
	}
	if !scheme.check(number) {
		return ID{}, ErrCheckDigit
	}
	return ID{prefix, number}, nil
}

// Example returns a number of a country (ISO 3166-1 alpha-2), for messages; empty for a country without known numbers.
func Example(country string) string {
	scheme, known := schemeOf(prefixOf(country))
	if !known {
		return ""
	}
	return prefixOf(country) + scheme.example
}

// String returns the number with its prefix and without separators.
func (v ID) String() string { return v.prefix + v.number }

// Prefix returns the prefix: the country's code, but EL for Greece and XI for Northern Ireland.
func (v ID) Prefix() string { return v.prefix }

// Number returns the number without its prefix.
func (v ID) Number() string { return v.number }

// Country returns the country of the number as an ISO 3166-1 alpha-2 code. Numbers of Monaco are French ones.
func (v ID) Country() string {
	switch v.prefix {
	case "EL":
		return "GR"
	case "XI":
		return "GB"
	}
	return v.prefix
}

func prefixOf(country string) string {
	if country == "GR" {
		return "EL"
	}
	return country
}
