package taxes_test

import (
	"testing"
	"time"

	"coinslot/configs"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
)

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}

func utc(string) taxes.Seller { return taxes.Seller{Country: "AT", Zone: time.UTC} }

func table(rates ...taxes.Rate) (taxes.Config, error) {
	cfg := taxes.Config{Mode: "table", PricesIncludeTax: true, Rates: rates}
	_, err := taxes.New(cfg, utc)
	return cfg, err
}

// taxSection is the part of the configuration that this test reads.
type taxSection struct {
	Taxes taxes.Config `koanf:"taxes"`
}

// Validate checks the section.
func (s taxSection) Validate() error { return config.Check(s.Taxes) }

func TestTable_RateAppliesUntilTheNextBegins(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load[taxSection](config.Source{Files: configs.Files})
	require.NoError(t, err)
	rates, err := taxes.New(cfg.Taxes, utc)
	require.NoError(t, err)
	for _, c := range []struct {
		country, day string
		want         domain.Rate
	}{
		{"EE", "2025-06-30", 2200},
		{"EE", "2025-07-01", 2400},
		{"FI", "2026-01-01", 2550},
		{"CH", "2026-01-01", 810},
		{"AT", "2026-01-01", 2000},
		{"AT", "2010-01-01", 0},
		{"US", "2026-01-01", 0},
		{"", "2026-01-01", 0},
		{"MC", "2026-01-01", 2000},
		{"IM", "2026-01-01", 2000},
		{"JE", "2026-01-01", 0},
	} {
		tax := rates.Tax(c.country, day(c.day))
		require.Equal(t, c.country, tax.Country)
		require.True(t, tax.Included)
		require.Equal(t, c.want, tax.Rates["game"], c)
	}
	eu := []string{
		"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
		"LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
	}
	for _, country := range eu {
		require.GreaterOrEqual(t, rates.Tax(country, day("2026-01-01")).Rates["soundtrack"], domain.Rate(1500),
			"the Union's least standard rate, in %s", country)
	}
}

func TestTable_DaysFollowTheSellersCalendar(t *testing.T) {
	t.Parallel()
	vienna, err := time.LoadLocation("Europe/Vienna")
	require.NoError(t, err)
	rates, err := taxes.NewTable(taxes.Config{Mode: "table", Rates: []taxes.Rate{
		{Country: "AT", Percent: "20", From: "2025-01-01", Until: "2026-01-01"},
		{Country: "AT", Percent: "21", From: "2026-01-01"},
	}}, func(string) taxes.Seller { return taxes.Seller{Country: "AT", Zone: vienna} })
	require.NoError(t, err)
	midnight := time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC) // of the new year in Vienna
	require.Equal(t, domain.Rate(2000), rates.Tax("AT", midnight.Add(-time.Second)).Rates["game"])
	require.Equal(t, domain.Rate(2100), rates.Tax("AT", midnight).Rates["game"])
}

func TestTable_RateOfAKind_PrecedesTheGeneralOne(t *testing.T) {
	t.Parallel()
	cfg, err := table(taxes.Rate{Country: "AT", Kinds: []string{"soundtrack"}, Percent: "10", From: "2026-01-01"},
		taxes.Rate{Country: "AT", Percent: "20", From: "2020-01-01"})
	require.NoError(t, err)
	rates, err := taxes.NewTable(cfg, utc)
	require.NoError(t, err)
	tax := rates.Tax("AT", day("2026-05-01"))
	require.Equal(t, domain.Rate(1000), tax.Rates["soundtrack"])
	require.Equal(t, domain.Rate(2000), tax.Rates["game"])
	require.Equal(t, domain.Rate(2000), rates.Tax("AT", day("2025-05-01")).Rates["soundtrack"])
}

func TestNone_TaxesNothing(t *testing.T) {
	t.Parallel()
	rates, err := taxes.New(taxes.Config{
		Mode:  "none",
		Rates: []taxes.Rate{{Country: "AT", Percent: "20", From: "2020-01-01"}},
	}, utc)
	require.NoError(t, err)
	require.Equal(t, domain.Tax{Country: "AT", Included: true}, rates.Tax("AT", day("2026-05-01")))
}

func TestTable_InvalidRows_AreNamed(t *testing.T) {
	t.Parallel()
	_, err := table(taxes.Rate{Country: "AT", Percent: "20", From: "2020-01-01"},
		taxes.Rate{Country: "DE", Percent: "19", From: "2020-01-01"},
		taxes.Rate{Country: "AT", Percent: "21", From: "2026-01-01", Until: "2027-01-01"})
	require.EqualError(t, err, "configuration key taxes.rates: row 0 (AT 20 % from 2020-01-01) and row 2 (AT 21 % from "+
		"2026-01-01 until 2027-01-01) apply on the same days; end one with until where the other begins")
	_, err = table(taxes.Rate{Country: "AT", Percent: "20", From: "2020-01-01", Until: "2026-01-01"},
		taxes.Rate{Country: "AT", Percent: "21", From: "2026-01-01"})
	require.NoError(t, err, "one begins where the other ends")
	for want, bad := range map[string]taxes.Rate{
		"percent":    {Country: "AT", Percent: "20.005", From: "2020-01-01"},
		"percent \"": {Country: "AT", Percent: "a lot", From: "2020-01-01"},
		"0 to 100":   {Country: "AT", Percent: "-1", From: "2020-01-01"},
		"from":       {Country: "AT", Percent: "20", From: "yesterday"},
		"until":      {Country: "AT", Percent: "20", From: "2020-01-02", Until: "2020-01-01"},
		"kind":       {Country: "AT", Percent: "20", From: "2020-01-02", Kinds: []string{"bundle"}},
		"country":    {Country: "Austria", Percent: "20", From: "2020-01-02"},
	} {
		_, err := table(bad)
		require.ErrorContains(t, err, want)
	}
}
