package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"coinslot/platform/money"
)

func (c Config) validate() error {
	for _, check := range []func() error{
		c.addresses, c.durations, c.order, c.sizes, c.words, c.sellers, c.urls,
		c.origins, c.proxies,
	} {
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
		{"payments.open_for", c.Payments.OpenFor},
		{"payments.action_within", c.Payments.ActionWithin},
		{"payments.give_up_after", c.Payments.GiveUpAfter},
		{"payments.look_again_after", c.Payments.LookAgainAfter},
		{"payments.keep_webhooks", c.Payments.KeepWebhooks},
		{"checkout.declined_for", c.Checkout.DeclinedFor},
		{"refunds.window", c.Refunds.Window},
		{"sweeper.interval", c.Sweeper.Interval},
		{"sweeper.patience", c.Sweeper.Patience},
		{"tokens.access_ttl", c.Tokens.AccessTTL},
		{"tokens.refresh_ttl", c.Tokens.RefreshTTL},
		{"tokens.session_ttl", c.Tokens.SessionTTL},
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
	if c.Tokens.SessionTTL < c.Tokens.RefreshTTL {
		return bad("tokens.session_ttl", c.Tokens.SessionTTL,
			fmt.Sprintf("it must be at least tokens.refresh_ttl (%s)", c.Tokens.RefreshTTL))
	}
	return nil
}

// order checks that each time-out leaves room for those inside it: a caller that times out first abandons work that is
// still running.
func (c Config) order() error {
	write := namedDuration{"http.write_timeout", c.HTTP.WriteTimeout}
	drain := namedDuration{"http.drain_timeout", c.HTTP.DrainTimeout}
	read := namedDuration{"http.read_timeout", c.HTTP.ReadTimeout}
	handler := namedDuration{"http.handler_timeout", c.HTTP.HandlerTimeout}
	provider := namedDuration{"payments.timeout", c.Payments.Timeout}
	transaction := namedDuration{"database.transaction_timeout", c.Database.TransactionTimeout}
	for _, chain := range [][]namedDuration{
		{
			write, handler, provider, transaction,
			{"database.statement_timeout", c.Database.StatementTimeout},
			{"database.lock_timeout", c.Database.LockTimeout},
		},
		{transaction, {"database.acquire_timeout", c.Database.AcquireTimeout}},
		{handler, {"database.commit_timeout", c.Database.CommitTimeout}},
		{handler, {"database.connect_timeout", c.Database.ConnectTimeout}},
		{read, {"http.read_header_timeout", c.HTTP.ReadHeaderTimeout}},
		{drain, {"http.read_timeout + http.handler_timeout", read.value + handler.value}},
		{
			{"half of payments.timeout, for each of two tries", provider.value / 2},
			{"payments.connect_timeout", c.Payments.ConnectTimeout},
		},
	} {
		if err := nested(chain); err != nil {
			return err
		}
	}
	return nil
}

// nested checks that each time-out is at most four fifths of the one before it.
func nested(chain []namedDuration) error {
	for i, inner := range chain {
		if inner.value < time.Millisecond {
			return bad(inner.key, inner.value, "it must be at least 1ms")
		}
		if i == 0 {
			continue
		}
		if outer := chain[i-1]; inner.value > outer.value*4/5 {
			return bad(inner.key, inner.value, fmt.Sprintf("it must be at most four fifths of %s (%s)", outer.key, outer.value))
		}
	}
	return nil
}

const minBodyMemory = 1 << 20

func (c Config) sizes() error {
	for key, value := range map[string]int{
		"database.pool_size": c.Database.PoolSize, "invoices.batch": c.Invoices.Batch, "jobs.workers": c.Jobs.Workers,
		"passwords.queue": c.Passwords.Queue, "http.in_flight": c.HTTP.InFlight, "sweeper.parallel": c.Sweeper.Parallel,
		"payments.open_after": c.Payments.OpenAfter,
	} {
		if value < 1 || value > 10_000 {
			return bad(key, value, "write a number from 1 to 10000")
		}
	}
	if c.HTTP.Connections < 1 || c.HTTP.Connections > 1_000_000 {
		return bad("http.connections", c.HTTP.Connections, "write a number from 1 to 1000000")
	}
	if c.HTTP.BodyMemory < minBodyMemory {
		return bad("http.body_memory", c.HTTP.BodyMemory,
			fmt.Sprintf("write a number of bytes from %d, which is room for 16 bodies", minBodyMemory))
	}
	if half := max(c.HTTP.InFlight/2, 1); c.Payments.Slots < 1 || c.Payments.Slots > half {
		return bad("payments.slots", c.Payments.Slots,
			fmt.Sprintf("write a number from 1 to %d, which is half of http.in_flight: the other half is for calls that need no provider", half))
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
	if c.Passwords.Reserved < 1 || c.Passwords.Reserved > 90 {
		return bad("passwords.reserved", c.Passwords.Reserved, "write a percentage from 1 to 90")
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
		return bad("store.currency", c.Store.Currency, "write the ISO 4217 code of a currency in force, such as USD")
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
	for key, value := range map[string]string{
		"database.url":           c.Database.URL,
		"migration.database_url": c.Migration.DatabaseURL,
	} {
		if u, err := url.Parse(value); value != "" && (err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql")) {
			return fmt.Errorf("configuration key %s: write a URL such as postgres://user:password@host:5432/database", key)
		}
	}
	for key, value := range map[string]string{
		"payments.url": c.Payments.URL, "http.public_url": c.HTTP.PublicURL,
		"mockpay.public_url": c.Mockpay.PublicURL,
	} {
		if u, err := url.Parse(value); value != "" &&
			(err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
			return bad(key, value, "write a URL such as http://127.0.0.1:8082")
		}
	}
	return nil
}

// origins checks what browsers send as Origin, and where buyers are led back to: a scheme, a host and perhaps a port,
// without a path.
func (c Config) origins() error {
	for _, list := range []struct {
		key     string
		origins []string
		any     bool // * is allowed
	}{
		{"http.cors_origins", c.HTTP.CORSOrigins, true},
		{"payments.return_origins", c.Payments.ReturnOrigins, false},
	} {
		for _, origin := range list.origins {
			if !isOrigin(strings.TrimSuffix(origin, ":*")) && (origin != "*" || !list.any) {
				return bad(list.key, origin, "write origins such as https://shop.example, or http://localhost:* for any port")
			}
		}
	}
	return nil
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && u.Scheme+"://"+u.Host == text
}

func (c Config) proxies() error {
	for _, cidr := range c.HTTP.TrustedProxies {
		if _, err := netip.ParsePrefix(cidr); err != nil {
			return bad("http.trusted_proxies", cidr, "write address ranges such as 10.0.0.0/8")
		}
	}
	return nil
}
