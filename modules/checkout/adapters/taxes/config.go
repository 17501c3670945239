package taxes

import (
	"net/url"
	"slices"
	"time"

	"coinslot/platform/fault"
)

// Config is the section taxes: how sales are taxed.
type Config struct {
	Mode             string `koanf:"mode"` // none or table
	PricesIncludeTax bool   `koanf:"prices_include_tax"`
	Rates            []Rate `koanf:"rates"`

	VIES VIESConfig `koanf:"vies"`
}

// VIESConfig is the section taxes.vies: the registry of VAT IDs.
type VIESConfig struct {
	URL     string        `koanf:"url"` // empty: it is not asked
	Timeout time.Duration `koanf:"timeout"`
}

const maxVIESTimeout = 5 * time.Second

// Rate is the rate of a country from one day until before another. Without kinds it is that of every kind of product
// that has no rate of its own.
type Rate struct {
	Country string   `koanf:"country"`
	Kinds   []string `koanf:"kinds"`
	Percent string   `koanf:"percent"`
	From    string   `koanf:"from"`
	Until   string   `koanf:"until"`
}

// Validate returns what is wrong, by key. New checks the rates.
func (c Config) Validate() []fault.Field {
	var found []fault.Field
	if !slices.Contains([]string{"none", "table"}, c.Mode) {
		found = append(found, fault.Field{Location: "taxes.mode", Message: "write none or table", Value: c.Mode})
	}
	if c.VIES.URL == "" {
		return found
	}
	if u, err := url.Parse(c.VIES.URL); err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		found = append(found, fault.Field{
			Location: "taxes.vies.url", Value: c.VIES.URL,
			Message: "write a URL such as https://ec.europa.eu/taxation_customs/vies/rest-api, or leave it empty",
		})
	}
	if c.VIES.Timeout < time.Millisecond || c.VIES.Timeout > maxVIESTimeout {
		found = append(found, fault.Field{
			Location: "taxes.vies.timeout", Value: c.VIES.Timeout,
			Message: "write a duration from 1ms to 5s: a checkout waits for it",
		})
	}
	return found
}
