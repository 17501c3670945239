package store

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"coinslot/platform/config"
)

// MockpayTestKey is mockpay's API key in the local profile. It is public, so production rejects it.
const MockpayTestKey = "mockpay_test_key"

// The profiles that Secure distinguishes.
const (
	Local      = "local"
	Test       = "test"
	Production = "production"
)

const (
	minSecret   = 24 // bytes
	minTokenKey = 32
)

// Secure returns one error that lists all missing or weak secrets and all settings that are unsafe in the profile. A
// store calls it at the start; LoadConfig does not require secrets.
func (c Config) Secure() error {
	var found []string
	for _, check := range []func() []string{
		c.tokenKey, c.sealKeys, c.webhookSecrets, c.apiKey,
		c.localAddresses, c.confirmFirst, c.production,
	} {
		found = append(found, check()...)
	}
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("the store does not start with this configuration: %s", strings.Join(found, "; "))
}

func (c Config) tokenKey() []string {
	const advice = "set COINSLOT_TOKENS_KEY to 32 random bytes in base64, such as the output of `openssl rand -base64 32`"
	raw, err := c.Tokens.Raw()
	switch {
	case c.Tokens.Key == "":
		return []string{"tokens.key is empty: " + advice}
	case err != nil:
		return []string{"tokens.key is not base64: " + advice}
	case len(raw) < minTokenKey:
		return []string{fmt.Sprintf("tokens.key has %d bytes: %s", len(raw), advice)}
	case allEqual(raw):
		return []string{"tokens.key repeats one byte: " + advice}
	}
	return nil
}

// SealTestKey is the key of the ledger's seals in the profile test. Everybody can read it.
const SealTestKey = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

func (c Config) sealKeys() []string {
	const advice = "set COINSLOT_LEDGER_SEAL_KEYS to ID:KEY, with an ID such as 2026 and a key that " +
		"`openssl rand -base64 32` makes"
	keys, err := c.Ledger.Keys()
	switch {
	case err != nil: // Validate has reported it
		return nil
	case len(keys) == 0:
		return []string{"ledger.seal_keys is empty: " + advice}
	case c.Profile != Test && slices.Contains(c.Ledger.SealKeys, SealTestKey):
		return []string{"ledger.seal_keys has the one of the profile test, which everybody knows: " + advice}
	}
	for _, key := range keys {
		if allEqual(key.Secret) {
			return []string{"ledger.seal_keys: the key " + key.ID + " repeats one byte: " + advice}
		}
	}
	return nil
}

func (c Config) webhookSecrets() (found []string) {
	const advice = "set COINSLOT_PAYMENTS_WEBHOOK_SECRETS to the payment provider's signing secret, " +
		"such as the output of `openssl rand -base64 32`"
	if len(c.Payments.WebhookSecrets) == 0 {
		return []string{"payments.webhook_secrets is empty: " + advice}
	}
	for i, secret := range c.Payments.WebhookSecrets {
		switch key := fmt.Sprintf("payments.webhook_secrets[%d]", i); {
		case secret == "":
			found = append(found, key+" is empty: "+advice)
		case len(secret) < minSecret:
			found = append(found, fmt.Sprintf("%s has %d bytes, fewer than %d: %s", key, len(secret), minSecret, advice))
		case allEqual([]byte(secret)):
			found = append(found, key+" repeats one byte: "+advice)
		}
	}
	return found
}

func allEqual(b []byte) bool { return len(b) > 0 && bytes.Count(b, b[:1]) == len(b) }

func (c Config) apiKey() []string {
	const advice = "set COINSLOT_PAYMENTS_API_KEY to the payment provider's key"
	switch {
	case c.Payments.APIKey == "":
		return []string{"payments.api_key is empty: " + advice}
	case c.Payments.APIKey == MockpayTestKey && c.Profile != Local && c.Profile != Test:
		return []string{"payments.api_key is the public key of the local profile: " + advice}
	}
	return nil
}

// localAddresses requires loopback addresses in the local profile, because its passwords and its API key are public.
func (c Config) localAddresses() (found []string) {
	if c.Profile != Local {
		return nil
	}
	for _, a := range []struct{ key, address string }{
		{"http.address", c.HTTP.Address}, {"admin.address", c.Admin.Address}, {"mockpay.address", c.Mockpay.Address},
	} {
		if !config.Loopback(a.address) {
			found = append(found, fmt.Sprintf("%s is %s, which other machines can reach, "+
				"and the passwords of the local profile are public: "+
				"write an address such as 127.0.0.1:8080, or use the profile compose or production", a.key, a.address))
		}
	}
	return found
}

func (c Config) confirmFirst() []string {
	if !c.Accounts.ConfirmFirst || c.Mail.Enabled() || c.Inbox.Run {
		return nil
	}
	return []string{"accounts.confirm_first is true and mail.smtp is empty: set COINSLOT_MAIL_SMTP to a mail server " +
		"such as smtp.example.com:587, or COINSLOT_ACCOUNTS_CONFIRM_FIRST to false"}
}

func (c Config) production() (found []string) {
	if c.Profile != Production {
		return nil
	}
	for _, rule := range []struct {
		broken  bool
		message string
	}{
		{
			c.Database.URL == "",
			"database.url is empty: set COINSLOT_DATABASE_URL, because production has no embedded PostgreSQL",
		},
		{c.Payments.URL == "", "payments.url is empty: set COINSLOT_PAYMENTS_URL to the payment provider's address"},
		{c.Secrets.Generate, "secrets.generate is true: set it to false, because production requires configured secrets"},
		{
			c.Mockpay.Spawn,
			"mockpay.spawn is true: set it to false, because production charges the provider at payments.url",
		},
		{c.Inbox.Run, "inbox.run is true: set it to false, because the inbox delivers no mail"},
		{
			c.Mail.Enabled() && c.Mail.Links == "" && c.HTTP.PublicURL == "",
			"mail.links is empty: set COINSLOT_MAIL_LINKS to the URL of the shop, to which links in mails lead",
		},
	} {
		if rule.broken {
			found = append(found, rule.message)
		}
	}
	return found
}

// Returns reports whether to is a valid return URL: at most 2048 bytes, with an origin of payments.return_origins.
func (c Config) Returns(to string) bool {
	const longest = 2048
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil || len(to) > longest {
		return false
	}
	return config.IsAllowedOrigin(c.Payments.ReturnOrigins, u.Scheme+"://"+u.Host)
}
