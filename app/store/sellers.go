package store

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/config"
	"coinslot/platform/money"
	"coinslot/platform/pdfa"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// ExchangeRate is a row of store.exchange_rates.
type ExchangeRate struct {
	From  string `koanf:"from"`
	To    string `koanf:"to"`
	Rate  string `koanf:"rate"`
	Day   string `koanf:"day"`
	Until string `koanf:"until"`
}

var ratePattern = regexp.MustCompile(`^\d{1,6}(\.\d{1,6})?$`)

// nationalCurrency returns the currency in which the seller's tax is due: the configured one, or that of its country.
func (s Seller) nationalCurrency() money.Currency {
	if s.Currency != "" {
		return money.Currency(s.Currency)
	}
	region, err := language.ParseRegion(s.Country)
	if err != nil {
		return ""
	}
	unit, _ := currency.FromRegion(region)
	national, err := money.ParseCurrency(unit.String())
	if err != nil {
		return ""
	}
	return national
}

func (s Seller) checkTax(v *config.Violations, key string) {
	if _, ok := domain.TaxIDScheme(s.Country, s.TaxID); s.TaxID != "" && !ok {
		v.Add(key+".tax_id", s.TaxID, "write a VAT identifier as "+s.Country+" issues them, or another tax number of "+
			"capital letters and digits")
	}
	if !domain.Untaxed(s.Untaxed).Valid() {
		v.Add(key+".untaxed", s.Untaxed, "write outside_scope, exempt, small_business or zero_rated")
	}
	if _, err := money.ParseCurrency(s.Currency); s.Currency != "" && err != nil {
		v.Add(key+".currency", s.Currency, "write the ISO 4217 code of a currency in force, such as EUR, or leave it empty")
	}
}

// readLogo returns the logo for documents; nil without one.
func (c BusinessConfig) readLogo() (*pdfa.Image, error) {
	if c.Logo == "" {
		return nil, nil
	}
	raw, err := os.ReadFile(c.Logo)
	if err != nil {
		return nil, err
	}
	return pdfa.ReadImage(raw)
}

// rates returns the exchange rates, the earliest day first.
func (c BusinessConfig) rates() domain.ExchangeRates {
	out := make(domain.ExchangeRates, len(c.ExchangeRates))
	for i, r := range c.ExchangeRates {
		out[i] = domain.ExchangeRate{
			From: money.Currency(r.From), To: money.Currency(r.To), Rate: r.Rate, Day: r.Day, Until: r.Until,
		}
	}
	slices.SortStableFunc(out, func(a, b domain.ExchangeRate) int { return cmp.Compare(a.Day, b.Day) })
	return out
}

// checkLogo refuses a logo that cannot be read.
func (c BusinessConfig) checkLogo(v *config.Violations) {
	if _, err := c.readLogo(); err != nil {
		v.Add("store.logo", c.Logo, "name a PNG or JPEG file of at most four million pixels: "+err.Error())
	}
}

// checkRates refuses rows that cannot be read, and a table that ends, or has a gap, between two currencies.
func (c BusinessConfig) checkRates(v *config.Violations) {
	for i, r := range c.ExchangeRates {
		key := fmt.Sprintf("store.exchange_rates[%d]", i)
		for field, code := range map[string]string{"from": r.From, "to": r.To} {
			if _, err := money.ParseCurrency(code); err != nil {
				v.Add(key+"."+field, code, "write the ISO 4217 code of a currency in force, such as USD")
			}
		}
		if !ratePattern.MatchString(r.Rate) {
			v.Add(key+".rate", r.Rate, `write how many units of "to" one unit of "from" is, such as "0.8621"`)
		}
		if _, err := time.Parse(time.DateOnly, r.Day); err != nil {
			v.Add(key+".day", r.Day, `write a day such as "2026-01-31"`)
		}
		if _, err := time.Parse(time.DateOnly, r.Until); r.Until != "" && (err != nil || r.Until <= r.Day) {
			v.Add(key+".until", r.Until, `write a day after "day", such as "2026-01-31", or leave it out`)
		}
	}
	for _, gap := range c.rates().Gaps() {
		v.Add("store.exchange_rates", fmt.Sprintf("%s to %s", gap.From, gap.To), "there is no rate from "+gap.Day+
			" until "+cmp.Or(gap.Until, "today or later")+`: add a row, or leave out "until"`)
	}
}

// sellers returns the store's legal entities.
func sellers(cfg BusinessConfig) domain.Sellers {
	out := domain.Sellers{Default: cfg.Seller.entity(), Branches: map[string]domain.Seller{}, Rates: cfg.rates()}
	for _, branch := range cfg.Branches {
		for _, country := range branch.SellsTo {
			out.Branches[country] = branch.entity()
		}
	}
	return out
}

func (s Seller) entity() domain.Seller {
	return domain.Seller{
		Name: s.Name, Address: s.Address, Country: s.Country, TaxID: s.TaxID, Email: s.Email, Series: s.Series,
		TimeZone: s.TimeZone, PostalCode: s.PostalCode, City: s.City, Contact: s.Contact, Phone: s.Phone,
		Untaxed: domain.Untaxed(s.Untaxed), UntaxedNote: s.UntaxedNote,
		Currency: s.nationalCurrency(),
	}
}
