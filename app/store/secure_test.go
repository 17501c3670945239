package store_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

const (
	goodKey    = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	goodSecret = "twenty-four bytes or mor"
)

var production = []string{
	"COINSLOT_DATABASE_URL=postgres://store@db/coinslot", "COINSLOT_PAYMENTS_URL=https://payments.example",
	"COINSLOT_PAYMENTS_API_KEY=a key of the provider",
	"COINSLOT_LEDGER_SEAL_KEYS=2026:" + goodKey,
	"COINSLOT_MAIL_SMTP=smtp.example.com:587", "COINSLOT_MAIL_LINKS=https://shop.example",
	"COINSLOT_TOKENS_KEY=" + goodKey, "COINSLOT_PAYMENTS_WEBHOOK_SECRETS=" + goodSecret + "," + goodSecret,
}

func TestSecure_WeakSecretOrUnsafeSetting_IsNamed(t *testing.T) {
	t.Parallel()
	equal := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	for name, c := range map[string]struct {
		profile string
		environ []string
		says    string
	}{
		"no token key":      {"production", []string{"COINSLOT_TOKENS_KEY="}, "tokens.key is empty"},
		"a short token key": {"production", []string{"COINSLOT_TOKENS_KEY=c2hvcnQ="}, "tokens.key has 5 bytes"},
		"an all-equal token key": {
			"production",
			[]string{"COINSLOT_TOKENS_KEY=" + equal},
			"tokens.key repeats one byte",
		},
		"a token key that is text": {
			"production",
			[]string{"COINSLOT_TOKENS_KEY=not in base64!"},
			"tokens.key is not base64",
		},
		"no seal key": {"production", []string{"COINSLOT_LEDGER_SEAL_KEYS="}, "ledger.seal_keys is empty"},
		"an all-equal seal key": {
			"production",
			[]string{"COINSLOT_LEDGER_SEAL_KEYS=2026:" + equal},
			"ledger.seal_keys: the key 2026 repeats one byte",
		},
		"the known seal key": {
			"compose",
			[]string{"COINSLOT_LEDGER_SEAL_KEYS=2026:" + goodKey + "," + store.SealTestKey},
			"ledger.seal_keys has the one of the profile test",
		},
		"no webhook secret": {
			"production",
			[]string{"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="},
			"payments.webhook_secrets is empty",
		},
		"a short webhook secret": {
			"test",
			[]string{"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=" + goodSecret[1:]},
			"payments.webhook_secrets[0] has 23 bytes",
		},
		"an all-equal webhook secret": {
			"local",
			[]string{"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=" + strings.Repeat("s", 24)},
			"payments.webhook_secrets[0] repeats one byte",
		},
		"an empty member": {
			"production",
			[]string{"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=" + goodSecret + ",," + goodSecret},
			"payments.webhook_secrets[1] is empty",
		},
		"a comma in front": {
			"production",
			[]string{"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=," + goodSecret},
			"payments.webhook_secrets[0] is empty",
		},
		"no API key": {"production", []string{"COINSLOT_PAYMENTS_API_KEY="}, "payments.api_key is empty"},
		"public API key, production": {
			"production",
			[]string{"COINSLOT_PAYMENTS_API_KEY=mockpay_test_key"},
			"payments.api_key is the public key of the local profile",
		},
		"public API key, compose": {
			"compose",
			[]string{"COINSLOT_PAYMENTS_API_KEY=mockpay_test_key"},
			"payments.api_key is the public key of the local profile",
		},
		"addresses to confirm without a mail server": {
			"production", []string{"COINSLOT_MAIL_SMTP="}, "accounts.confirm_first is true and mail.smtp is empty",
		},
		"no database": {"production", []string{"COINSLOT_DATABASE_URL="}, "database.url is empty"},
		"no provider": {"production", []string{"COINSLOT_PAYMENTS_URL="}, "payments.url is empty"},
		"generated secrets": {
			"production",
			[]string{"COINSLOT_SECRETS_GENERATE=true"},
			"secrets.generate is true",
		},
		"a mock provider": {"production", []string{"COINSLOT_MOCKPAY_SPAWN=true"}, "mockpay.spawn is true"},
		"local, all addresses": {
			"local",
			[]string{"COINSLOT_HTTP_ADDRESS=0.0.0.0:8080"},
			"http.address is 0.0.0.0:8080",
		},
		"local without a host":      {"local", []string{"COINSLOT_HTTP_ADDRESS=:8080"}, "http.address is :8080"},
		"local, all IPv6 addresses": {"local", []string{"COINSLOT_ADMIN_ADDRESS=[::]:8081"}, "admin.address is [::]:8081"},
		"local, mockpay on all addresses": {
			"local",
			[]string{"COINSLOT_MOCKPAY_ADDRESS=192.0.2.1:8082"},
			"mockpay.address is 192.0.2.1:8082",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := load(t, c.profile, append(append([]string{}, production...), c.environ...)...)
			require.NoError(t, err)
			err = cfg.Secure()
			require.ErrorContains(t, err, c.says)
			require.NotContains(t, err.Error(), "; ", "only one violation")
			require.NotContains(t, err.Error(), goodSecret[1:])
		})
	}
}

func TestSecure_SeveralViolations_AreListedTogether(t *testing.T) {
	t.Parallel()
	cfg, err := load(t, "production", "COINSLOT_SECRETS_GENERATE=true", "COINSLOT_PAYMENTS_WEBHOOK_SECRETS=short,")
	require.NoError(t, err)
	err = cfg.Secure()
	for _, key := range []string{
		"tokens.key", "payments.webhook_secrets[0]", "payments.webhook_secrets[1]", "payments.api_key", "database.url",
		"payments.url", "secrets.generate", "ledger.seal_keys",
	} {
		require.ErrorContains(t, err, key)
	}
	require.NotContains(t, err.Error(), "\n")
}

func TestSecure_ValidConfigs_ReturnNil(t *testing.T) {
	t.Parallel()
	for profile, environ := range map[string][]string{
		"production": nil, "compose": nil, "test": {"COINSLOT_PAYMENTS_API_KEY=mockpay_test_key"},
		"local": {
			"COINSLOT_PAYMENTS_API_KEY=mockpay_test_key", "COINSLOT_HTTP_ADDRESS=localhost:0",
			"COINSLOT_ADMIN_ADDRESS=[::1]:0",
			"COINSLOT_ACCOUNTS_CONFIRM_FIRST=true", "COINSLOT_MAIL_SMTP=", // the inbox takes the mail
		},
	} {
		cfg, err := load(t, profile, append(append([]string{}, production...), environ...)...)
		require.NoError(t, err)
		require.NoError(t, cfg.Secure(), profile)
		require.Equal(t, profile, cfg.Profile)
	}
}

func TestReturns_OnlyConfiguredOrigins(t *testing.T) {
	t.Parallel()
	cfg, err := load(t, "", "COINSLOT_PAYMENTS_RETURN_ORIGINS=https://shop.example, http://localhost:*")
	require.NoError(t, err)
	for to, want := range map[string]bool{
		"https://shop.example": true, "https://shop.example/orders?id=1#x": true, "https://SHOP.example/": true,
		"HTTPS://shop.example/":      true,
		"http://localhost:5173/back": true, "http://localhost/back": true,
		"http://shop.example": false, "https://shop.example:444": false, "https://shop.example.evil.example": false,
		"https://evil.example/https://shop.example": false,
		"https://shop.example@evil.example":         false, "https://user@shop.example": false, "//shop.example": false,
		"/orders": false, "": false,
		"javascript:alert(1)": false, "https://localhost:5173": false, "http://localhost.evil.example": false,
		"https://shop.example\\@evil.example":               false,
		"https://shop.example/" + strings.Repeat("x", 2027): true, "https://shop.example/" + strings.Repeat("x", 2028): false,
	} {
		require.Equal(t, want, cfg.Returns(to), to)
	}
	for _, bad := range []string{
		"shop.example", "https://shop.example/", "https://shop.example/path",
		"ftp://shop.example", "https://u@shop.example", "",
	} {
		_, err := load(t, "", "COINSLOT_PAYMENTS_RETURN_ORIGINS=https://ok.example,"+bad)
		require.ErrorContains(t, err, "payments.return_origins", bad)
	}
}
