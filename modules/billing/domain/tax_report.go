package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/fault"
	"coinslot/platform/money"
)

// ErrPeriod is returned for a period that is malformed, not over, or not begun.
var ErrPeriod = fault.New(fault.Invalid, "invalid-period", "there is no tax report of this period; see errors")

const periodLocation = "query.period"

// Period is a quarter or a month. From is its first day and To the day after its last one, both at midnight UTC. Each
// document belongs to the period of its day by its seller's calendar.
type Period struct {
	Name string
	From time.Time
	To   time.Time
}

// ParsePeriod parses a quarter such as 2026-Q4, or a month such as 2026-11. ErrPeriod.
func ParsePeriod(text string) (Period, error) {
	malformed := ErrPeriod.At(periodLocation, "write a quarter such as 2026-Q4, or a month such as 2026-11", text)
	if len(text) != len("2026-11") || text[4] != '-' {
		return Period{}, malformed
	}
	year, err := strconv.ParseUint(text[:4], 10, 16)
	month, months := 0, 1
	if text[5] == 'Q' && text[6] >= '1' && text[6] <= '4' {
		month, months = 3*int(text[6]-'1')+1, 3
	} else if n, err := strconv.ParseUint(text[5:], 10, 8); err == nil {
		month = int(n)
	}
	if err != nil || year < 2000 || month < 1 || month > 12 {
		return Period{}, malformed
	}
	from := time.Date(int(year), time.Month(month), 1, 0, 0, 0, 0, time.UTC)
	return Period{text, from, from.AddDate(0, months, 0)}, nil
}

// Days returns the first and the last day.
func (p Period) Days() (first, last string) {
	return p.From.Format(time.DateOnly), p.To.AddDate(0, 0, -1).Format(time.DateOnly)
}

// A day begins first in the time zone UTC+14, and ends last in UTC-12.
const (
	easternmost = 14 * time.Hour
	westernmost = 12 * time.Hour
)

// Begun reports whether the period has begun by some seller's calendar.
func (p Period) Begun(now time.Time) bool { return !now.Before(p.From.Add(-easternmost)) }

// Over reports whether the period has ended by every seller's calendar, and with it the time in which a document of it
// is added.
func (p Period) Over(now time.Time) bool { return !now.Before(p.To.Add(westernmost)) }

// Check returns ErrPeriod for a period that has not begun, and for one that is not over unless preliminary figures will
// do: a return that is filed from them would miss the rest.
func (p Period) Check(preliminary bool, now time.Time) error {
	switch {
	case p.Over(now) || (preliminary && p.Begun(now)):
		return nil
	case !p.Begun(now):
		return ErrPeriod.At(periodLocation, "the period has not begun: ask for an earlier one", p.Name)
	}
	return ErrPeriod.At(periodLocation, fmt.Sprintf("the period ends with %s: ask after that day, "+
		"or with preliminary=true for the figures so far", p.To.AddDate(0, 0, -1).Format(time.DateOnly)), p.Name)
}

// Has reports whether a document belongs to the period.
func (p Period) Has(d Draft) bool {
	const day = 24 * time.Hour
	if d.CapturedAt.Before(p.From.Add(-day)) || !d.CapturedAt.Before(p.To.Add(day)) {
		return false
	}
	year, month, dayOf := d.Seller.Local(d.CapturedAt).Date()
	date := time.Date(year, month, dayOf, 0, 0, 0, 0, time.UTC)
	return !date.Before(p.From) && date.Before(p.To)
}

// TaxKey is what a tax report groups by.
type TaxKey struct {
	Series    string // of the legal entity that sold: AT of INV-AT-2026
	Country   string // whose rates apply
	Treatment billing.TaxTreatment
	Rate      int64 // in hundredths of a percent
	Currency  money.Currency
}

// TaxSum is a row of a tax report. Its amounts are those of the invoices less those of the credit notes.
type TaxSum struct {
	TaxKey
	Net         money.Money
	Tax         money.Money
	Invoices    int64
	CreditNotes int64
}

// TaxSums adds up rows of the same key and returns them by series, country, treatment, rate and currency.
func TaxSums(rows []TaxSum) ([]TaxSum, error) {
	sums := map[TaxKey]*TaxSum{}
	for _, r := range rows {
		sum, found := sums[r.TaxKey]
		if !found {
			sum = &TaxSum{TaxKey: r.TaxKey, Net: money.Zero(r.Currency), Tax: money.Zero(r.Currency)}
			sums[r.TaxKey] = sum
		}
		if err := addTo(map[*money.Money]money.Money{&sum.Net: r.Net, &sum.Tax: r.Tax}); err != nil {
			return nil, err
		}
		sum.Invoices += r.Invoices
		sum.CreditNotes += r.CreditNotes
	}
	out := make([]TaxSum, 0, len(sums))
	for _, sum := range sums {
		out = append(out, *sum)
	}
	slices.SortFunc(out, func(a, b TaxSum) int {
		return cmp.Or(cmp.Compare(a.Series, b.Series), cmp.Compare(a.Country, b.Country),
			cmp.Compare(a.Treatment, b.Treatment), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Currency, b.Currency))
	})
	return out, nil
}

// TaxesOf returns the rows of one document.
func TaxesOf(d Draft) ([]TaxSum, error) {
	groups, err := TaxSummary(d.Content)
	out := make([]TaxSum, len(groups))
	for i, g := range groups {
		out[i] = TaxSum{TaxKey: TaxKey{
			Series:    cmp.Or(d.Seller.Series, d.Seller.Country),
			Country:   cmp.Or(d.Content.TaxCountry, d.Content.Buyer.Country),
			Treatment: treatment(d.Content.Treatment, g.Rate), Rate: g.Rate, Currency: g.Net.Currency(),
		}, Net: g.Net, Tax: g.Tax}
		if d.Kind == CreditNoteKind {
			out[i].Net, out[i].Tax = money.Of(-g.Net.Amount(), g.Net.Currency()), money.Of(-g.Tax.Amount(), g.Tax.Currency())
			out[i].CreditNotes = 1
			continue
		}
		out[i].Invoices = 1
	}
	return out, err
}

// treatment returns how a part is treated: in a taxed sale, one without a rate is untaxed.
func treatment(of billing.TaxTreatment, rate int64) billing.TaxTreatment {
	switch {
	case rate > 0:
		return billing.Taxed
	case of == billing.ReverseCharge:
		return of
	}
	return billing.Untaxed
}
