package domain_test

import (
	"testing"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func TestTaxIDScheme_FollowsFormatOfCountry(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		country, taxID, scheme string
		ok                     bool
	}{
		{"AT", "ATU12345678", "VA", true},
		{"AT", "ATU 1234 5678", "VA", true},
		{"AT", "ATU1", "VA", false},
		{"AT", "12 345/6789", "FC", true},
		{"DE", "DE123456789", "VA", true},
		{"DE", "DE12345678", "VA", false},
		{"GR", "EL123456789", "VA", true},
		{"CH", "CHE-123.456.789 MWST", "VA", true},
		{"US", "12-3456789", "FC", true},
		{"US", "?", "FC", false},
		{"DE", "ATU12345678", "FC", true}, // another country's identifier is a plain number here
	} {
		scheme, ok := domain.TaxIDScheme(c.country, c.taxID)
		require.Equal(t, c.ok, ok, "%s %s", c.country, c.taxID)
		require.Equal(t, c.scheme, scheme, "%s %s", c.country, c.taxID)
	}
}

func TestConvert_DigitsOfBothCurrencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, want money.Money
		rate       string
	}{
		{money.Of(1000, "USD"), money.Of(862, "EUR"), "0.8621"},
		{money.Of(1000, "JPY"), money.Of(615, "EUR"), "0.00615"},
		{money.Of(1000, "EUR"), money.Of(1626, "JPY"), "162.55"},
		{money.Of(1000, "KWD"), money.Of(281, "EUR"), "2.81"},
		{money.Of(-5, "USD"), money.Of(-4, "EUR"), "0.8621"},
	} {
		got, err := domain.Exchange{Currency: c.want.Currency(), Rate: c.rate}.Convert(c.from)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	for _, bad := range []string{"", "x", "0", "-1", "99999999999999999999"} {
		_, err := domain.Exchange{Currency: "EUR", Rate: bad}.Convert(money.Of(1, "USD"))
		require.Error(t, err, bad)
	}
}

func TestExchangeRates_RateOfDay(t *testing.T) {
	t.Parallel()
	table := domain.ExchangeRates{
		{From: "USD", To: "EUR", Rate: "0.9", Day: "2026-01-01", Until: "2026-02-01"},
		{From: "GBP", To: "EUR", Rate: "1.1", Day: "2026-01-01"},
		{From: "USD", To: "EUR", Rate: "0.8", Day: "2026-03-01"},
	}
	for day, want := range map[string]string{
		"2025-12-31": "", "2026-01-01": "0.9", "2026-01-31": "0.9", "2026-02-01": "", "2026-03-01": "0.8",
		"2027-01-01": "0.8",
	} {
		at, err := time.Parse(time.DateOnly, day)
		require.NoError(t, err)
		found := table.On("USD", "EUR", at)
		require.Equal(t, want != "", found != nil, day)
		if found != nil {
			require.Equal(t, want, found.Rate, day)
		}
	}
	require.Equal(t, []domain.ExchangeRate{{From: "USD", To: "EUR", Day: "2026-02-01", Until: "2026-03-01"}}, table.Gaps())
}

func TestSellers_ForeignCurrency_FreezesRateOfSupply(t *testing.T) {
	t.Parallel()
	sellers := domain.Sellers{
		Default: domain.Seller{Name: "Seller", Country: "AT", Currency: "EUR"},
		Rates:   domain.ExchangeRates{{From: "USD", To: "EUR", Rate: "0.9", Day: "2026-01-01"}},
	}
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for currency, want := range map[money.Currency]*domain.Exchange{
		"USD": {Currency: "EUR", Rate: "0.9", Day: "2026-01-01"}, "EUR": nil, "GBP": nil,
	} {
		content := domain.Draft{}.Content
		content.Total = money.Of(100, currency)
		require.Equal(t, want, sellers.Of(content, at).Exchange, currency)
	}
	require.Nil(t, sellers.Default.Exchange, "the configured seller is not changed")
}
