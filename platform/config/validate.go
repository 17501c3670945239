package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"coinslot/platform/money"
)

func (c Config) validate() error {
	for _, check := range []func() error{c.addresses, c.durations, c.order, c.sizes, c.words, c.sellers, c.urls, c.proxies} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func bad(key string, value any, advice string) error {
	return fmt.Errorf("configuration key %s: %q cannot be used: %s", key, fmt.Sprint(value), advice)
}

func (c Config) addresses() error {
	for key, value := range map[string]string{
		"http.address": c.HTTP.Address, "admin.address": c.Admin.Address, "mockpay.address": c.Mockpay.Address,
	} {
		if _, err := net.ResolveTCPAddr("tcp", value); err != nil || value == "" {
			return bad(key, value, "write a host and a port such as 127.0.0.1:8080")
		}
	}
	return nil
}

type namedDuration struct {
	key   string
	value time.Duration
}

func (c Config) durations() error {
	for _, d := range []namedDuration{
		{"http.handler_timeout", c.HTTP.HandlerTimeout},
		{"http.read_header_timeout", c.HTTP.ReadHeaderTimeout},
		{"http.read_timeout", c.HTTP.ReadTimeout},
		{"http.write_timeout", c.HTTP.WriteTimeout},
		{"http.idle_timeout", c.HTTP.IdleTimeout},
		{"http.drain_timeout", c.HTTP.DrainTimeout},
		{"database.connect_timeout", c.Database.ConnectTimeout},
		{"database.acquire_timeout", c.Database.AcquireTimeout},
		{"database.commit_timeout", c.Database.CommitTimeout},
		{"payments.connect_timeout", c.Payments.ConnectTimeout},
		{"payments.action_within", c.Payments.ActionWithin},
		{"payments.give_up_after", c.Payments.GiveUpAfter},
		{"payments.look_again_after", c.Payments.LookAgainAfter},
		{"payments.keep_webhooks", c.Payments.KeepWebhooks},
		{"refunds.window", c.Refunds.Window},
		{"sweeper.interval", c.Sweeper.Interval},
		{"sweeper.patience", c.Sweeper.Patience},
		{"tokens.access_ttl", c.Tokens.AccessTTL},
		{"tokens.refresh_ttl", c.Tokens.RefreshTTL},
		{"invoices.poll_interval", c.Invoices.PollInterval},
		{"jobs.poll_interval", c.Jobs.PollInterval},
	} {
		if d.value < time.Millisecond {
			return bad(d.key, d.value, "it must be at least 1ms")
		}
	}
	if c.Tokens.AccessTTL > 10*time.Minute {
		return bad("tokens.access_ttl", c.Tokens.AccessTTL, "access tokens live for 10m at most")
	}
	return nil
}

// order holds the budgets apart: each caller must outlive what it calls, or it gives up on work that goes on.
func (c Config) order() error {
	budgets := []namedDuration{
		{"http.handler_timeout", c.HTTP.HandlerTimeout},
		{"payments.timeout", c.Payments.Timeout},
		{"database.transaction_timeout", c.Database.TransactionTimeout},
		{"database.statement_timeout", c.Database.StatementTimeout},
		{"database.lock_timeout", c.Database.LockTimeout},
	}
	outer := budgets[0]
	for _, b := range budgets {
		if b.value < time.Millisecond {
			return bad(b.key, b.value, "it must be at least 1ms")
		}
		if b.value > outer.value {
			return bad(b.key, b.value, fmt.Sprintf("it must not exceed %s (%s)", outer.key, outer.value))
		}
		outer = b
	}
	return nil
}

func (c Config) sizes() error {
	for key, value := range map[string]int{
		"database.pool_size": c.Database.PoolSize, "invoices.batch": c.Invoices.Batch, "jobs.workers": c.Jobs.Workers,
		"passwords.queue": c.Passwords.Queue, "http.in_flight": c.HTTP.InFlight, "sweeper.parallel": c.Sweeper.Parallel,
	} {
		if value < 1 || value > 10_000 {
			return bad(key, value, "write a number from 1 to 10000")
		}
	}
	if c.Mockpay.FeeBasisPoints < 0 || c.Mockpay.FeeBasisPoints > 10_000 {
		return bad("mockpay.fee_basis_points", c.Mockpay.FeeBasisPoints, "write a number from 0 to 10000")
	}
	if c.Catalog.Cache < 0 || c.Catalog.Cache > 1_000_000 {
		return bad("catalog.cache", c.Catalog.Cache, "write a number from 0 to 1000000")
	}
	if c.Passwords.Share < 1 || c.Passwords.Share > 100 {
		return bad("passwords.share", c.Passwords.Share, "write a percentage from 1 to 100")
	}
	if c.Passwords.Parallel < 0 || c.Passwords.Parallel > 1000 {
		return bad("passwords.parallel", c.Passwords.Parallel, "write a number from 0 to 1000")
	}
	return nil
}

func (c Config) words() error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		return bad("log.level", c.Log.Level, "write debug, info, warn or error")
	}
	if !slices.Contains([]string{"json", "text"}, c.Log.Format) {
		return bad("log.format", c.Log.Format, "write json or text")
	}
	if _, err := money.ParseCurrency(c.Store.Currency); err != nil {
		return bad("store.currency", c.Store.Currency, "write an ISO 4217 code such as USD")
	}
	if !slices.Contains([]string{"en", "de", "fr", "es"}, c.Store.Language) {
		return bad("store.language", c.Store.Language, "write en, de, fr or es")
	}
	if !slices.Contains([]string{"none", "table"}, c.Taxes.Mode) {
		return bad("taxes.mode", c.Taxes.Mode, "write none or table")
	}
	return nil
}

// sellers holds who sells where apart.
func (c Config) sellers() error {
	if !isCountry(c.Store.Country) {
		return bad("store.country", c.Store.Country, "write an ISO 3166-1 code such as AT")
	}
	if err := c.Store.Seller.check("store.seller"); err != nil {
		return err
	}
	served := map[string]bool{}
	for i, branch := range c.Store.Branches {
		key := fmt.Sprintf("store.branches[%d]", i)
		if err := branch.check(key); err != nil {
			return err
		}
		for _, country := range branch.SellsTo {
			if !isCountry(country) || served[country] {
				return bad(key+".sells_to", country, "write ISO 3166-1 codes such as DE, each for one branch")
			}
			served[country] = true
		}
	}
	return nil
}

func (s Seller) check(key string) error {
	if s.Name == "" {
		return bad(key+".name", "", "an invoice needs a seller")
	}
	if !isCountry(s.Country) {
		return bad(key+".country", s.Country, "write an ISO 3166-1 code such as AT; invoices are numbered by it")
	}
	return nil
}

func isCountry(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

func (c Config) urls() error {
	for key, value := range map[string]string{"database.url": c.Database.URL, "migration.database_url": c.Migration.DatabaseURL} {
		if u, err := url.Parse(value); value != "" && (err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql")) {
			return fmt.Errorf("configuration key %s: write a URL such as postgres://user:password@host:5432/database", key)
		}
	}
	for key, value := range map[string]string{"payments.url": c.Payments.URL, "http.public_url": c.HTTP.PublicURL} {
		if u, err := url.Parse(value); value != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
			return bad(key, value, "write a URL such as http://127.0.0.1:8082")
		}
	}
	return nil
}

func (c Config) proxies() error {
	for _, cidr := range c.HTTP.TrustedProxies {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return bad("http.trusted_proxies", cidr, "write address ranges such as 10.0.0.0/8")
		}
	}
	return nil
}
