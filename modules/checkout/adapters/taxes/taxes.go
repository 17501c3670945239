// Package taxes computes how sales are taxed: not at all, or by a table of rates with the days on which they apply.
package taxes

import (
	"fmt"
	"slices"
	"time"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"

	"github.com/shopspring/decimal"
)

// kinds are the kinds of products, each of which may have rates of its own.
var kinds = []string{"game", "dlc", "soundtrack", "consumable"}

// Seller is who sells to a country: its calendar is the one that the days of rates follow.
type Seller struct {
	Country string // ISO 3166-1 alpha-2
	Zone    *time.Location
}

// Sellers returns who sells to a country.
type Sellers func(country string) Seller

// New returns what the configuration asks for, or says in one sentence what is wrong with it.
func New(cfg Config, sellers Sellers) (ports.Taxes, error) {
	if cfg.Mode == "none" {
		return None{}, nil
	}
	return NewTable(cfg, sellers)
}

// None taxes nothing.
type None struct{}

// Tax says that nothing is taxed.
func (None) Tax(country string, _ time.Time) domain.Tax {
	return domain.Tax{Country: country, Included: true}
}

// Table taxes by country, kind of product and day.
type Table struct {
	included bool
	sellers  Sellers
	rows     []row
}

type row struct {
	Rate
	rate        domain.Rate
	from, until time.Time // until is zero while there is no end
}

// NewTable reads the rates. It refuses invalid rates, and two rows that apply on one day.
func NewTable(cfg Config, sellers Sellers) (*Table, error) {
	t := &Table{included: cfg.PricesIncludeTax, sellers: sellers}
	for i, r := range cfg.Rates {
		parsed, err := parse(r, sellers(r.Country).Zone)
		if err != nil {
			return nil, fmt.Errorf("configuration key taxes.rates[%d] (%s): %w", i, describe(r), err)
		}
		for j, other := range t.rows {
			if parsed.overlaps(other) {
				return nil, fmt.Errorf("configuration key taxes.rates: row %d (%s) and row %d (%s) apply on the same days; "+
					"end one with until where the other begins",
					j, describe(other.Rate), i, describe(r))
			}
		}
		t.rows = append(t.rows, parsed)
	}
	return t, nil
}

func describe(r Rate) string {
	text := fmt.Sprintf("%s %s %% from %s", r.Country, r.Percent, r.From)
	if r.Until != "" {
		text += " until " + r.Until
	}
	return text
}

var hundred = decimal.NewFromInt(100)

func parse(r Rate, zone *time.Location) (row, error) {
	out := row{Rate: r}
	percent, err := decimal.NewFromString(r.Percent)
	hundredths := percent.Mul(hundred)
	if err != nil || !hundredths.IsInteger() || percent.IsNegative() || percent.GreaterThan(hundred) {
		return out, fmt.Errorf("percent %q must be a number from 0 to 100 with two decimals at most", r.Percent)
	}
	out.rate = domain.Rate(hundredths.IntPart())
	if len(r.Country) != 2 {
		return out, fmt.Errorf("country %q must be an ISO 3166-1 code such as AT", r.Country)
	}
	for _, kind := range r.Kinds {
		if !slices.Contains(kinds, kind) {
			return out, fmt.Errorf("there is no kind %q of product", kind)
		}
	}
	if out.from, err = time.ParseInLocation(time.DateOnly, r.From, zone); err != nil {
		return out, fmt.Errorf("from %q must be a day such as 2026-01-31", r.From)
	}
	if r.Until == "" {
		return out, nil
	}
	if out.until, err = time.ParseInLocation(time.DateOnly, r.Until, zone); err != nil || !out.until.After(out.from) {
		return out, fmt.Errorf("until %q must be a day such as 2026-01-31, behind from", r.Until)
	}
	return out, nil
}

func (r row) overlaps(other row) bool {
	sameKind := len(r.Kinds) == 0 && len(other.Kinds) == 0 ||
		slices.ContainsFunc(r.Kinds, func(kind string) bool { return slices.Contains(other.Kinds, kind) })
	return r.Country == other.Country && sameKind &&
		(other.until.IsZero() || r.from.Before(other.until)) && (r.until.IsZero() || other.from.Before(r.until))
}

func (r row) applies(at time.Time) bool {
	return !at.Before(r.from) && (r.until.IsZero() || at.Before(r.until))
}

// Has reports whether there is a rate for a country, whenever.
func (t *Table) Has(country string) bool {
	return slices.ContainsFunc(t.rows, func(r row) bool { return r.Country == domain.TaxedAs(country) })
}

// Tax returns the rates of a country at a moment. A rate for some kinds stands before one for all.
func (t *Table) Tax(country string, at time.Time) domain.Tax {
	as := domain.TaxedAs(country)
	out := domain.Tax{
		Country: country, Included: t.included, Rates: map[string]domain.Rate{}, Seller: t.sellers(country).Country,
	}
	for _, narrow := range []bool{false, true} {
		for _, r := range t.rows {
			if r.Country != as || !r.applies(at) || (len(r.Kinds) > 0) != narrow {
				continue
			}
			those := r.Kinds
			if !narrow {
				those = kinds
			}
			for _, kind := range those {
				out.Rates[kind] = r.rate
			}
		}
	}
	return out
}
