package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"coinslot/configs"
	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
)

func load(t *testing.T, profile string, environ ...string) (config.Config, error) {
	t.Helper()
	return config.Load(config.Source{Files: configs.Files, Profile: profile, Environ: environ})
}

func TestEveryProfileLoads(t *testing.T) {
	t.Parallel()
	for _, profile := range []string{"", "local", "test", "production"} {
		c, err := load(t, profile)
		require.NoError(t, err, profile)
		require.Equal(t, "USD", c.Store.Currency)
	}
}

func TestTheEnvironmentWinsOverTheProfileAndTheProfileOverTheDefault(t *testing.T) {
	t.Parallel()
	c, err := load(t, "test", "COINSLOT_PAYMENTS_TIMEOUT=3s", "COINSLOT_HTTP_CORS_ORIGINS=https://a.example, https://b.example",
		"COINSLOT_MIGRATION_DATABASE_URL=postgres://owner@db/coinslot", "COINSLOT_TEST_DATABASE_URL=ignored", "PATH=/bin")
	require.NoError(t, err)
	require.Equal(t, 3*time.Second, c.Payments.Timeout)
	require.Equal(t, "127.0.0.1:0", c.HTTP.Address)
	require.Equal(t, 60*time.Second, c.HTTP.IdleTimeout)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, c.HTTP.CORSOrigins)
	require.Equal(t, "postgres://owner@db/coinslot", c.Migration.DatabaseURL)
}

func TestAMistakeIsOneSentenceThatNamesTheKey(t *testing.T) {
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
		"COINSLOT_STORE_CURRENCY=usd":                      "store.currency",
		"COINSLOT_LOG_LEVEL=loud":                          "log.level",
		"COINSLOT_LOG_FORMAT=xml":                          "log.format",
		"COINSLOT_STORE_SELLER_NAME=":                      "store.seller.name",
		"COINSLOT_PASSWORDS_PARALLEL=-1":                   "passwords.parallel",
		"COINSLOT_DATABASE_LOCK_TIMEOUT=0s":                "database.lock_timeout",
		"COINSLOT_HTTP_TRUSTED_PROXIES=10.0.0.0/8,nowhere": "http.trusted_proxies",
	} {
		_, err := load(t, "", variable)
		require.Error(t, err, variable)
		require.Contains(t, err.Error(), names)
		require.NotContains(t, err.Error(), "\n")
	}
}

func TestAPasswordInABadURLIsNotRepeated(t *testing.T) {
	t.Parallel()
	_, err := load(t, "", "COINSLOT_DATABASE_URL=mysql://root:hunter2@db/x")
	require.ErrorContains(t, err, "database.url")
	require.NotContains(t, err.Error(), "hunter2")
}

func TestAFileOfOnesOwn(t *testing.T) {
	t.Parallel()
	for content, wants := range map[string]string{
		"store: {currency: EUR}":   "",
		"store: {curency: EUR}":    "store.curency",
		"store: [unclosed":         "own.yaml is not valid YAML",
		"store: {seller: {vat: x}": "own.yaml is not valid YAML",
	} {
		path := filepath.Join(t.TempDir(), "own.yaml")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		c, err := config.Load(config.Source{Files: configs.Files, Path: path})
		if wants == "" {
			require.NoError(t, err)
			require.Equal(t, "EUR", c.Store.Currency)
			continue
		}
		require.ErrorContains(t, err, wants)
		require.NotContains(t, err.Error(), "\n")
	}
	_, err := config.Load(config.Source{Files: configs.Files, Path: "/does/not/exist.yaml"})
	require.ErrorContains(t, err, "/does/not/exist.yaml")
}

func TestAnUnknownProfileIsRefused(t *testing.T) {
	t.Parallel()
	_, err := load(t, "staging")
	require.ErrorContains(t, err, `no profile "staging"`)
}
