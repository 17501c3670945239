package store

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/identity"
	"coinslot/platform/config"
	"coinslot/platform/fault"
	"coinslot/platform/money"
)

// Config is the configuration: the sections of the platform, the modules and the store. configs/default.yaml documents
// the keys.
type Config struct {
	Profile   string                  `koanf:"-"` // name of the loaded profile; empty: none
	HTTP      config.HTTP             `koanf:"http"`
	Admin     config.Admin            `koanf:"admin"`
	Log       config.Log              `koanf:"log"`
	Data      config.Data             `koanf:"data"`
	Database  config.Database         `koanf:"database"`
	Migration config.Migration        `koanf:"migration"`
	Secrets   config.Secrets          `koanf:"secrets"`
	Jobs      config.Jobs             `koanf:"jobs"`
	Tokens    identity.TokenConfig    `koanf:"tokens"`
	Passwords identity.PasswordConfig `koanf:"passwords"`
	Limits    identity.LimitConfig    `koanf:"limits"`
	Catalog   catalog.Config          `koanf:"catalog"`
	Payments  billing.PaymentConfig   `koanf:"payments"`
	Invoices  billing.InvoiceConfig   `koanf:"invoices"`
	Ledger    billing.LedgerConfig    `koanf:"ledger"`
	Exports   billing.ExportConfig    `koanf:"exports"`
	Checkout  checkout.Config         `koanf:"checkout"`
	Refunds   checkout.RefundConfig   `koanf:"refunds"`
	Taxes     taxes.Config            `koanf:"taxes"`
	Sweeper   SweeperConfig           `koanf:"sweeper"`
	Checks    ChecksConfig            `koanf:"checks"`
	Mockpay   MockpayConfig           `koanf:"mockpay"`
	Accounts  identity.AccountConfig  `koanf:"accounts"`
	Mail      config.Mail             `koanf:"mail"`
	Inbox     InboxConfig             `koanf:"inbox"`
	Store     BusinessConfig          `koanf:"store"`
}

// LoadConfig loads, merges and validates the configuration.
func LoadConfig(src config.Source) (Config, error) {
	c, err := config.Load[Config](src)
	c.Profile = src.Profile
	return c, err
}

// Validate returns the first violation as an error of one sentence.
func (c Config) Validate() error {
	return config.Check(c.HTTP, c.Admin, c.Log, c.Database, c.Migration, c.Jobs, c.Tokens, c.Passwords, c.Catalog,
		c.Payments, c.Invoices, c.Ledger, c.Exports, c.Checkout, c.Refunds, c.Taxes, c.Sweeper, c.Checks,
		c.Mockpay, c.Accounts, c.Mail, c.Inbox, c.Store, budgets{c})
}

// SweeperConfig is the section sweeper. The sweeper resumes stalled orders, payments and refunds.
type SweeperConfig struct {
	Interval time.Duration `koanf:"interval"`
	Patience time.Duration `koanf:"patience"`
	Parallel int           `koanf:"parallel"`
}

// Validate returns the violations by key.
func (c SweeperConfig) Validate() []fault.Field {
	var v config.Violations
	v.Duration("sweeper.interval", c.Interval)
	v.Duration("sweeper.patience", c.Patience)
	v.Number("sweeper.parallel", c.Parallel, 1, 10_000)
	return v
}

// MockpayConfig is the section mockpay, the mock payment provider that the store may start.
type MockpayConfig struct {
	Spawn          bool   `koanf:"spawn"`
	Address        string `koanf:"address"`
	PublicURL      string `koanf:"public_url"`
	FeeBasisPoints int    `koanf:"fee_basis_points"`
	FeeFixed       int    `koanf:"fee_fixed"`
	DisputeFee     int    `koanf:"dispute_fee"`
}

// Validate returns the violations by key.
func (c MockpayConfig) Validate() []fault.Field {
	var v config.Violations
	v.Address("mockpay.address", c.Address)
	v.Number("mockpay.fee_basis_points", c.FeeBasisPoints, 0, 10_000)
	v.Number("mockpay.fee_fixed", c.FeeFixed, 0, 1_000_000)
	v.Number("mockpay.dispute_fee", c.DisputeFee, 0, 1_000_000)
	v.URL("mockpay.public_url", c.PublicURL)
	return v
}

// BusinessConfig is the section store: currency, defaults for buyers, and the sellers.
type BusinessConfig struct {
	Currency string   `koanf:"currency"`
	Country  string   `koanf:"country"`
	Language string   `koanf:"language"`
	Logo     string   `koanf:"logo"`
	Seller   Seller   `koanf:"seller"`
	Branches []Branch `koanf:"branches"`

	ExchangeRates []ExchangeRate `koanf:"exchange_rates"`
}

// Seller is the issuer of invoices.
type Seller struct {
	Name     string   `koanf:"name"`
	Address  []string `koanf:"address"`
	Country  string   `koanf:"country"`
	TaxID    string   `koanf:"tax_id"`
	Email    string   `koanf:"email"`
	Series   string   `koanf:"series"`
	TimeZone string   `koanf:"time_zone"`

	PostalCode string `koanf:"postal_code"`
	City       string `koanf:"city"`
	Contact    string `koanf:"contact"`
	Phone      string `koanf:"phone"`

	Currency    string `koanf:"currency"`
	Untaxed     string `koanf:"untaxed"`
	UntaxedNote string `koanf:"untaxed_note"`
}

// series returns the series of the seller's invoice numbers.
func (s Seller) series() string { return cmp.Or(s.Series, s.Country) }

// Branch is the seller for the buyers of some countries.
type Branch struct {
	Seller  `koanf:",squash"`
	SellsTo []string `koanf:"sells_to"`
}

// Validate returns the violations by key. Each country has at most one branch.
func (c BusinessConfig) Validate() []fault.Field {
	var v config.Violations
	if _, err := money.ParseCurrency(c.Currency); err != nil {
		v.Add("store.currency", c.Currency, "write the ISO 4217 code of a currency in force, such as USD")
	}
	if !slices.Contains([]string{"en", "de", "fr", "es"}, c.Language) {
		v.Add("store.language", c.Language, "write en, de, fr or es")
	}
	if !isCountry(c.Country) {
		v.Add("store.country", c.Country, "write an ISO 3166-1 code such as AT")
	}
	c.Seller.check(&v, "store.seller")
	served := map[string]bool{}
	entities := map[string]string{c.Seller.series(): c.Seller.Name}
	for i, branch := range c.Branches {
		key := fmt.Sprintf("store.branches[%d]", i)
		branch.check(&v, key)
		if name, taken := entities[branch.series()]; taken && name != branch.Name {
			v.Add(key+".series", branch.series(), "another seller has this series: write a different one")
		}
		entities[branch.series()] = branch.Name
		for _, country := range branch.SellsTo {
			if !isCountry(country) || served[country] {
				v.Add(key+".sells_to", country, "write ISO 3166-1 codes such as DE, each for one branch")
			}
			served[country] = true
		}
	}
	c.checkLogo(&v)
	c.checkRates(&v)
	return v
}

func (s Seller) check(v *config.Violations, key string) {
	if s.Name == "" {
		v.Add(key+".name", "", "an invoice needs a seller")
	}
	if !isCountry(s.Country) {
		v.Add(key+".country", s.Country, "write an ISO 3166-1 code such as AT; invoices are numbered by it")
	}
	if s.Series != "" && !seriesPattern.MatchString(s.Series) {
		v.Add(key+".series", s.Series, "write up to 8 capital letters and digits such as AT2, or leave it empty")
	}
	s.checkTax(v, key)
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
		v.Add(key+".time_zone", s.TimeZone, "write an IANA time zone such as Europe/Vienna")
	}
}

var seriesPattern = regexp.MustCompile(`^[A-Z0-9]{1,8}$`)

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
