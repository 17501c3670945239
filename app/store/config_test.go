package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
)

func load(t *testing.T, profile string, environ ...string) (store.Config, error) {
	t.Helper()
	return store.LoadConfig(config.Source{Files: configs.Files, Profile: profile, Environ: environ})
}

func TestLoadConfig_EveryProfile_Loads(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"", "local", "compose", "test", "production"} {
		c, err := load(t, profile)
		require.NoError(t, err, profile)
		require.Equal(t, "EUR", c.Store.Currency)
	}
}

func TestLoadConfig_EnvironmentOverridesProfileOverridesDefault(t *testing.T) {
	t.Parallel()
	c, err := load(t, "test", "COINSLOT_PAYMENTS_TIMEOUT=3s",
		"COINSLOT_HTTP_CORS_ORIGINS=https://a.example, https://b.example",
		"COINSLOT_MIGRATION_DATABASE_URL=postgres://owner@db/coinslot", "COINSLOT_TEST_DATABASE_URL=ignored", "PATH=/bin")
	require.NoError(t, err)
	require.Equal(t, 3*time.Second, c.Payments.Timeout)
	require.Equal(t, "127.0.0.1:0", c.HTTP.Address)
	require.Equal(t, 60*time.Second, c.HTTP.IdleTimeout)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, c.HTTP.CORSOrigins)
	require.Equal(t, "postgres://owner@db/coinslot", c.Migration.DatabaseURL)
}

func TestLoadConfig_InvalidValue_ReturnsOneSentenceWithKey(t *testing.T) {
	t.Parallel()
	for variable, names := range map[string]string{
		"COINSLOT_HTTP_ADRESS=127.0.0.1:1":                 "COINSLOT_HTTP_ADRESS",
		"COINSLOT_HTTP_ADDRESS=nonsense":                   "http.address",
		"COINSLOT_HTTP_READ_TIMEOUT=soon":                  "http.read_timeout",
		"COINSLOT_HTTP_READ_TIMEOUT=-1s":                   "http.read_timeout",
		"COINSLOT_DATABASE_POOL_SIZE=many":                 "database.pool_size",
		"COINSLOT_DATABASE_POOL_SIZE=0":                    "database.pool_size",
		"COINSLOT_DATABASE_URL=mysql://x":                  "database.url",
		"COINSLOT_PAYMENTS_TIMEOUT=11s":                    "payments.timeout",
		"COINSLOT_PAYMENTS_URL=there":                      "payments.url",
		"COINSLOT_TOKENS_ACCESS_TTL=1h":                    "tokens.access_ttl",
		"COINSLOT_TOKENS_SESSION_TTL=700h":                 "tokens.session_ttl",
		"COINSLOT_PASSWORDS_RESERVED=0":                    "passwords.reserved",
		"COINSLOT_LIMITS_SIGN_IN_ACCOUNT=10":               "limits.sign_in_account",
		"COINSLOT_LIMITS_REFRESH_ALL=0/1m":                 "limits.refresh_all",
		"COINSLOT_STORE_CURRENCY=usd":                      "store.currency",
		"COINSLOT_LOG_LEVEL=loud":                          "log.level",
		"COINSLOT_LOG_FORMAT=xml":                          "log.format",
		"COINSLOT_STORE_SELLER_NAME=":                      "store.seller.name",
		"COINSLOT_PASSWORDS_PARALLEL=-1":                   "passwords.parallel",
		"COINSLOT_DATABASE_LOCK_TIMEOUT=0s":                "database.lock_timeout",
		"COINSLOT_HTTP_TRUSTED_PROXIES=10.0.0.0/8,nowhere": "http.trusted_proxies",
		"COINSLOT_HTTP_CORS_ORIGINS=https://a.example/":    "http.cors_origins",
		"COINSLOT_HTTP_CORS_ORIGINS=localhost:5173":        "http.cors_origins",
	} {
		_, err := load(t, "", variable)
		require.Error(t, err, variable)
		require.Contains(t, err.Error(), names)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestLoadConfig_InvalidURL_ErrorOmitsPassword(t *testing.T) {
	t.Parallel()
	_, err := load(t, "", "COINSLOT_DATABASE_URL=mysql://root:hunter2@db/x")
	require.ErrorContains(t, err, "database.url")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestLoadConfig_File(t *testing.T) {
	t.Parallel()
	for content, wants := range map[string]string{
		"store: {currency: EUR}":               "",
		"store: {curency: EUR}":                "store.curency",
		"store: {currency: HRK}":               "store.currency",
		"store: {currency: XAU}":               "store.currency",
		"store: [unclosed":                     "own.yaml is not valid YAML",
		"store: {seller: {time_zone: Vienna}}": "store.seller.time_zone",
		"store: {seller: {time_zone: Local}}":  "store.seller.time_zone",
		"store: {seller: {tax_id: ATU1}}":      "store.seller.tax_id",
		"store: {seller: {untaxed: never}}":    "store.seller.untaxed",
		"store: {logo: /does/not/exist.png}":   "store.logo",
		`store: {exchange_rates: [{from: USD, to: EUR, rate: "x", day: "2026-01-01"}]}`: "store.exchange_rates[0].rate",
		`store: {exchange_rates: [{from: USD, to: EUR, rate: "1", day: soon}]}`:         "store.exchange_rates[0].day",
		`store: {exchange_rates: [{from: USD, to: EUR, rate: "1", day: "2026-01-01", until: "2026-02-01"}]}`: "" +
			"there is no rate from 2026-02-01 until today or later",
		`store: {exchange_rates: [{from: USD, to: EUR, rate: "1", day: "2026-01-01", until: "2026-02-01"},
			{from: USD, to: EUR, rate: "2", day: "2026-03-01"}]}`: "no rate from 2026-02-01 until 2026-03-01",
		"store: {seller: {series: at-2}}":                                                         "store.seller.series",
		"store: {branches: [{name: Other GmbH, country: AT, sells_to: [DE]}]}":                    "store.branches[0].series",
		"store: {currency: EUR, branches: [{name: O, country: AT, series: AT2, sells_to: [DE]}]}": "",
		"store: {seller: {v: x}":                                                                  "is not valid YAML",
	} {
		path := filepath.Join(t.TempDir(), "own.yaml")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		c, err := store.LoadConfig(config.Source{Files: configs.Files, Path: path})
		if wants == "" {
			require.NoError(t, err)
			require.Equal(t, "EUR", c.Store.Currency)
			continue
		}
		require.ErrorContains(t, err, wants)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := store.LoadConfig(config.Source{Files: configs.Files, Path: "/does/not/exist.yaml"})
	require.ErrorContains(t, err, "/does/not/exist.yaml")
}

func TestLoadConfig_UnknownProfile_ReturnsError(t *testing.T) {
	t.Parallel()
	_, err := load(t, "staging")
	require.ErrorContains(t, err, `no profile "staging"`)
}

// Each timeout is at most four fifths of the enclosing one.
func TestLoadConfig_InnerTimeoutNotShorter_ReturnsBothKeys(t *testing.T) {
	t.Parallel()
	for variable, names := range map[string][]string{
		"COINSLOT_HTTP_WRITE_TIMEOUT=12s":            {"http.handler_timeout", "http.write_timeout"},
		"COINSLOT_HTTP_HANDLER_TIMEOUT=6s":           {"payments.timeout", "http.handler_timeout"},
		"COINSLOT_PAYMENTS_TIMEOUT=2s":               {"database.transaction_timeout", "payments.timeout"},
		"COINSLOT_DATABASE_STATEMENT_TIMEOUT=1900ms": {"database.statement_timeout", "database.transaction_timeout"},
		"COINSLOT_DATABASE_LOCK_TIMEOUT=1s":          {"database.lock_timeout", "database.statement_timeout"},
		"COINSLOT_DATABASE_ACQUIRE_TIMEOUT=2s":       {"database.acquire_timeout", "database.transaction_timeout"},
		"COINSLOT_DATABASE_COMMIT_TIMEOUT=9s":        {"database.commit_timeout", "http.handler_timeout"},
		"COINSLOT_DATABASE_CONNECT_TIMEOUT=10s":      {"database.connect_timeout", "http.handler_timeout"},
		"COINSLOT_HTTP_READ_HEADER_TIMEOUT=10s":      {"http.read_header_timeout", "http.read_timeout"},
		"COINSLOT_HTTP_DRAIN_TIMEOUT=20s":            {"http.read_timeout + http.handler_timeout", "http.drain_timeout"},
		"COINSLOT_PAYMENTS_CONNECT_TIMEOUT=2200ms":   {"payments.connect_timeout", "payments.timeout"},
		"COINSLOT_PAYMENTS_SLOTS=65":                 {"payments.slots", "http.in_flight"},
		"COINSLOT_PAYMENTS_SLOTS=0":                  {"payments.slots"},
		"COINSLOT_PAYMENTS_OPEN_AFTER=0":             {"payments.open_after"},
		"COINSLOT_PAYMENTS_OPEN_FOR=0s":              {"payments.open_for"},
		"COINSLOT_HTTP_CONNECTIONS=0":                {"http.connections"},
		"COINSLOT_HTTP_BODY_MEMORY=1000":             {"http.body_memory"},
	} {
		_, err := load(t, "", variable)
		require.Error(t, err, variable)
		for _, name := range names {
			require.Contains(t, err.Error(), name)
		}
		require.NotContains(t, err.Error(), "\n")
	}
}
