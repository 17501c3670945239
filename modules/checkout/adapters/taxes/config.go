package taxes

import (
	"slices"

	"coinslot/platform/fault"
)

// Config is the section taxes: how sales are taxed.
type Config struct {
	Mode             string `koanf:"mode"` // none or table
	PricesIncludeTax bool   `koanf:"prices_include_tax"`
	Rates            []Rate `koanf:"rates"`
}

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
	if !slices.Contains([]string{"none", "table"}, c.Mode) {
		return []fault.Field{{Location: "taxes.mode", Message: "write none or table", Value: c.Mode}}
	}
	return nil
}
