package domain

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"coinslot/platform/money"
)

// Untaxed is why the lines of a document with a tax rate of 0 are not taxed.
type Untaxed string

// The reasons. A seller without one supplies outside the scope of its country's tax.
const (
	OutsideScope  Untaxed = "outside_scope"  // the place of supply is in the buyer's country
	Exempt        Untaxed = "exempt"         // the supply is exempt from tax
	SmallBusiness Untaxed = "small_business" // the seller is exempt, being small
	ZeroRated     Untaxed = "zero_rated"     // the tax rate is zero
)

// Valid reports whether it is one of the reasons, or empty.
func (u Untaxed) Valid() bool {
	switch u {
	case "", OutsideScope, Exempt, SmallBusiness, ZeroRated:
		return true
	}
	return false
}

// Exchange is the rate at which the tax of a document is converted to the seller's national currency: one unit of the
// document's currency is Rate units of Currency, since Day.
type Exchange struct {
	Currency money.Currency `json:"currency"`
	Rate     string         `json:"rate"` // a decimal number
	Day      string         `json:"day"`  // 2026-01-31
}

// Convert returns an amount in the national currency, rounded half away from zero.
func (e Exchange) Convert(m money.Money) (money.Money, error) {
	rate, ok := new(big.Rat).SetString(e.Rate)
	if !ok || rate.Sign() <= 0 || !rate.Num().IsInt64() || !rate.Denom().IsInt64() {
		return money.Money{}, money.ErrOverflow
	}
	up, down := rate.Num().Int64(), rate.Denom().Int64()
	for range e.Currency.Digits() - m.Currency().Digits() {
		up *= 10
	}
	for range m.Currency().Digits() - e.Currency.Digits() {
		down *= 10
	}
	scaled, err := m.Scale(up, down)
	return money.Of(scaled.Amount(), e.Currency), err
}

// ExchangeRate is a row of a table of rates: one unit of From is Rate units of To, from a day on, until another day or
// the next row.
type ExchangeRate struct {
	From, To   money.Currency
	Rate       string
	Day, Until string
}

// ExchangeRates is a table, the earliest day first.
type ExchangeRates []ExchangeRate

// On returns the rate that holds on a day; nil when the table has none.
func (t ExchangeRates) On(from, to money.Currency, day time.Time) (found *Exchange) {
	at := day.Format(time.DateOnly)
	for _, r := range t {
		if r.From == from && r.To == to && r.Day <= at && (r.Until == "" || at < r.Until) {
			found = &Exchange{Currency: to, Rate: r.Rate, Day: r.Day}
		}
	}
	return found
}

// Gaps returns the times between the rows of two currencies in which none has a rate, and after the last. Each gap is a
// row without a rate.
func (t ExchangeRates) Gaps() (gaps []ExchangeRate) {
	for i, r := range t {
		if r.Until == "" {
			continue
		}
		next := ExchangeRate{From: r.From, To: r.To, Day: r.Until}
		for _, other := range t[i+1:] {
			if other.From == r.From && other.To == r.To {
				next.Until = other.Day
				break
			}
		}
		if next.Until == "" || next.Until > next.Day {
			gaps = append(gaps, next)
		}
	}
	return gaps
}

// The schemes of tax IDs in EN 16931: that of a VAT identifier, and that of any other tax registration.
const (
	VATScheme = "VA"
	TaxScheme = "FC"
)

// vatFormats are the formats of VAT identifiers by country, with the prefix. A country without one has no format here.
var vatFormats = map[string]string{
	"AT": `ATU\d{8}`, "BE": `BE[01]\d{9}`, "BG": `BG\d{9,10}`, "CH": `CHE\d{9}(MWST|TVA|IVA)?`, "CY": `CY\d{8}[A-Z]`,
	"CZ": `CZ\d{8,10}`, "DE": `DE\d{9}`, "DK": `DK\d{8}`, "EE": `EE\d{9}`, "ES": `ES[A-Z0-9]\d{7}[A-Z0-9]`,
	"FI": `FI\d{8}`, "FR": `FR[A-Z0-9]{2}\d{9}`, "GB": `GB(\d{9}|\d{12}|(GD|HA)\d{3})`, "GR": `EL\d{9}`, "HR": `HR\d{11}`,
	"HU": `HU\d{8}`, "IE": `IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}`, "IT": `IT\d{11}`, "LT": `LT(\d{9}|\d{12})`, "LU": `LU\d{8}`,
	"LV": `LV\d{11}`, "MT": `MT\d{8}`, "NL": `NL\d{9}B\d{2}`, "NO": `NO\d{9}(MVA)?`, "PL": `PL\d{10}`, "PT": `PT\d{9}`,
	"RO": `RO\d{2,10}`, "SE": `SE\d{12}`, "SI": `SI\d{8}`, "SK": `SK\d{10}`,
}

var otherTaxID = regexp.MustCompile(`^[A-Z0-9][A-Z0-9 ./-]{3,24}$`)

// TaxIDScheme returns the scheme of a tax ID of a country. It reports false for an ID that starts as the country's VAT
// identifiers do and has another format, and for one that cannot be a tax ID.
func TaxIDScheme(country, taxID string) (scheme string, ok bool) {
	format, known := vatFormats[country]
	compact := strings.NewReplacer(" ", "", ".", "", "-", "").Replace(taxID)
	if known && strings.HasPrefix(compact, format[:2]) {
		matched, err := regexp.MatchString("^(?:"+format+")$", compact)
		return VATScheme, err == nil && matched
	}
	return TaxScheme, otherTaxID.MatchString(taxID)
}
